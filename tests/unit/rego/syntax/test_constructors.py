"""Constructors give what the class itself gives: frozen, with its defaults, of its type."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any

import pytest

from policyengine.rego.compiler import core
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.constructors import constructor
from policyengine.rego.syntax.source import Location, Source, new_location

PLACE = Location(Source("a.rego", "package a"), 0, 0, 7)
VARIABLE = core.Variable("x")
VAR = ast.Var(name="x", location=PLACE)
LOCAL = core.Local(variable=VARIABLE, location=PLACE)
EQUATION = core.Equation(a=LOCAL, b=LOCAL)
UNIT = core.Unit(location=PLACE)


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        pytest.param(new_location(PLACE.source, 0, 0, 7), PLACE, id="Location"),
        pytest.param(ast.new_var(name="x", location=PLACE), VAR, id="Var"),
        pytest.param(
            ast.new_string(value="x", location=PLACE),
            ast.String(value="x", location=PLACE),
            id="String",
        ),
        pytest.param(
            ast.new_ref(terms=(VAR,), location=PLACE),
            ast.Ref(terms=(VAR,), location=PLACE),
            id="Ref",
        ),
        pytest.param(
            ast.new_expr(terms=VAR, location=PLACE),
            ast.Expr(terms=VAR, location=PLACE),
            id="Expr, by default",
        ),
        pytest.param(
            ast.new_expr(terms=VAR, location=PLACE, negated=True, index=2),
            ast.Expr(terms=VAR, location=PLACE, negated=True, index=2),
            id="Expr, not by default",
        ),
        pytest.param(core.new_variable("x"), VARIABLE, id="Variable"),
        pytest.param(
            core.new_variable("x", declared=True),
            core.Variable("x", declared=True),
            id="Variable, declared",
        ),
        pytest.param(core.new_local(variable=VARIABLE, location=PLACE), LOCAL, id="Local"),
        pytest.param(core.new_equation(a=LOCAL, b=LOCAL), EQUATION, id="Equation"),
        pytest.param(
            core.new_statement(action=EQUATION, location=PLACE, unit=UNIT),
            core.Statement(action=EQUATION, location=PLACE, unit=UNIT),
            id="Statement",
        ),
    ],
)
def test_a_constructor_gives_what_the_class_gives(made: Any, wanted: Any) -> None:
    assert type(made) is type(wanted)
    names = [item.name for item in fields(wanted)]
    assert [getattr(made, name) for name in names] == [getattr(wanted, name) for name in names]
    assert made is not wanted
    assert made != wanted
    assert hash(made) == object.__hash__(made)
    for name in names:
        with pytest.raises(FrozenInstanceError):
            setattr(made, name, None)
        with pytest.raises(FrozenInstanceError):
            delattr(made, name)
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        made.other = None
    assert repr(made) == repr(wanted)
    assert type(replace(made)) is type(wanted)
    assert type(pickle.loads(pickle.dumps(made))) is type(wanted)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: ast.new_var(name="x"), id="too few"),  # type: ignore[call-arg]
        pytest.param(
            lambda: ast.new_var("x", PLACE),  # type: ignore[call-arg]
            id="by position",
        ),
        pytest.param(
            lambda: ast.new_var(name="x", location=PLACE, other=1),  # type: ignore[call-arg]
            id="one that there is not",
        ),
    ],
)
def test_a_constructor_takes_what_the_class_takes(call: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match="new_var"):
        call()


@dataclass(frozen=True)
class Plain:
    a: int


@dataclass(frozen=True, slots=True)
class Finishing:
    a: int

    def __post_init__(self) -> None:
        raise ValueError


@dataclass(frozen=True, slots=True)
class WithFactory:
    a: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WithOwn:
    a: int = field(init=False, default=1)


@pytest.mark.parametrize("cls", [Plain, Finishing, WithFactory, WithOwn, len])
def test_a_class_that_does_more_than_keep_its_fields_has_no_constructor(
    cls: Callable[..., Any],
) -> None:
    with pytest.raises(TypeError):
        constructor(cls)

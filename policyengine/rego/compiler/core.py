"""The tree between the syntax and the Python source: names resolved, calls and references flat.

Operands of calls hold no calls, references or comprehensions: these are statements of their own
before, which bind a variable. A reference stands only at either side of an ``Equation``, or alone
in a ``Test``; its path holds operands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from policyengine.rego.runtime.values import Value
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.constructors import constructor
from policyengine.rego.syntax.source import Location

Path: TypeAlias = tuple[str, ...]
"""A path below ``data``, without ``data`` itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """One variable of one rule; ``name`` as written, or empty for one that the compiler made."""

    name: str
    declared: bool = False

    @property
    def is_wildcard(self) -> bool:
        return self.name.startswith("$")

    @property
    def is_generated(self) -> bool:
        """Whether the compiler made it: people know nothing of it."""
        return not self.name or (self.is_wildcard and not self.name[1:].isdigit())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Const:
    value: Value
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Local:
    variable: Variable
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Root:
    """The ``input`` or the ``data`` document."""

    name: Literal["input", "data"]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    head: Local | Root
    path: tuple[Operand, ...]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayOf:
    items: tuple[Operand, ...]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SetOf:
    items: tuple[Operand, ...]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ObjectOf:
    pairs: tuple[tuple[Operand, Operand], ...]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comprehension:
    """``key`` is there for objects only."""

    kind: Literal["array", "set", "object"]
    key: Operand | None
    value: Operand
    body: Body
    location: Location


Operand: TypeAlias = Const | Local | ArrayOf | SetOf | ObjectOf
CoreTerm: TypeAlias = Operand | Reference | Comprehension


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BuiltinFunction:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RuleFunction:
    path: Path


Function: TypeAlias = BuiltinFunction | RuleFunction


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equation:
    """``a = b``. ``assigns``: written ``:=``, or made by the compiler: ``a`` is bound by it."""

    a: CoreTerm
    b: CoreTerm
    assigns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Test:
    """A term that must be defined and not false."""

    term: CoreTerm


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call:
    """A call; without ``output`` its result must be defined and not false."""

    function: Function
    args: tuple[Operand, ...]
    output: Operand | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Negation:
    """A body that must have no solution. ``explicit``: written in braces."""

    body: Body
    explicit: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Universal:
    """``every``: the domain is bound by a statement before."""

    key: Variable | None
    value: Variable
    domain: Local
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conjunction:
    left: Body
    right: Body
    explicit_left: bool
    explicit_right: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Disjunction:
    left: Body
    right: Body
    explicit_left: bool
    explicit_right: bool


Action: TypeAlias = Equation | Test | Call | Negation | Universal | Conjunction | Disjunction


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replacement:
    """``with``: a path of ``input`` or ``data``, or a function, and what stands for it."""

    target: Literal["input", "data"] | Function
    path: tuple[Value, ...]
    value: Operand | Function
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unit:
    """The statements that one expression became. A call within a call is a unit of its own.

    OPA puts units in order, not statements, and reports an unsafe variable at its unit's place.
    """

    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Statement:
    """``unit`` is the same for all statements of a unit; the last of these tells what it is.

    ``is_flat``: nothing in it has a body, neither the action nor a term of it. Most statements are,
    and passes that look for bodies go by them.
    """

    action: Action
    location: Location
    unit: Unit
    negated: bool = False
    replacements: tuple[Replacement, ...] = ()
    source: ast.Expr | None = None
    compares: bool = False
    is_flat: bool = False


def is_flat(action: Action) -> bool:
    """Whether nothing in an action has a body. Operands of calls have none."""
    if isinstance(action, Equation):
        return not (isinstance(action.a, Comprehension) or isinstance(action.b, Comprehension))
    if isinstance(action, Test):
        return not isinstance(action.term, Comprehension)
    return isinstance(action, Call)


Body: TypeAlias = tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clause:
    """One body of one rule, and what it gives: ``value``, or the set member ``key``.

    ``branches`` are its ``else`` clauses. ``suffix`` is what stands behind ``path`` in a general
    reference head: from the first term that is no string on.
    """

    path: Path
    suffix: tuple[Operand, ...]
    args: tuple[Operand, ...]
    is_function: bool
    is_default: bool
    key: Operand | None
    value: Operand | None
    body: Body
    branches: tuple[Clause, ...]
    location: Location
    rule: ast.Rule
    module: ast.Module


# Constructors of what there is most of.
new_variable = constructor(Variable)
new_const = constructor(Const)
new_local = constructor(Local)
new_reference = constructor(Reference)
new_equation = constructor(Equation)
new_call = constructor(Call)
new_unit = constructor(Unit)
new_statement = constructor(Statement)
new_array = constructor(ArrayOf)
new_root = constructor(Root)
new_builtin = constructor(BuiltinFunction)
new_clause = constructor(Clause)

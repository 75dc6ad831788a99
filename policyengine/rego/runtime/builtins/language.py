"""Builtins that stand behind statements of the language: ``in``, ``print``, template strings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from policyengine.rego.runtime.access import get
from policyengine.rego.runtime.builtins.operands import array
from policyengine.rego.runtime.builtins.registry import Halt, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.printing import to_text
from policyengine.rego.runtime.utf8 import joined, readable
from policyengine.rego.runtime.values import (
    UNDEFINED,
    RegoObject,
    RegoSet,
    Value,
    equal,
    key_of,
)


@builtin("internal.member_2", "any, any -> boolean")
def is_member(member: Value, collection: Value) -> Value:
    kind = type(collection)
    if kind is RegoSet:
        return key_of(member) in collection.members
    if kind is list:
        return any(equal(member, item) for item in collection)
    if kind is dict:
        return any(equal(member, item) for item in collection.values())
    if kind is RegoObject:
        return any(equal(member, pair[1]) for pair in collection.pairs.values())
    return False


@builtin("internal.member_3", "any, any, any -> boolean")
def is_member_at(key: Value, member: Value, collection: Value) -> Value:
    found = get(collection, key)
    return found is not UNDEFINED and equal(found, member)


@builtin("internal.print", "array[set[any]] ->", context=True)
def print_line(session: Session, operands: Value) -> Value:
    if session.print_to is not None:
        for line in _lines(array(operands, 1)):
            session.print_to(readable(" ".join(line)))
    return True


@builtin("print", "any... ->")
def print_values(*_: Value) -> Value:
    return True


@builtin("internal.template_string", "array[any] -> string")
def template_string(parts: Value) -> Value:
    lines = list(_lines(array(parts, 1)))
    if len(lines) > 1:
        raise Halt("template-strings must not produce multiple outputs", code="eval_conflict_error")
    return joined("".join(lines[0]))


TEST_CASES: Final = "internal.test_case"
"""Where an evaluation keeps which cases of a table of tests began: a list in ``Session.memo``."""


@builtin(TEST_CASES, "array[any] ->", context=True)
def begin_test_case(session: Session, case: Value) -> Value:
    session.budget.charge(1)
    session.memo.setdefault(TEST_CASES, []).append(case)
    return True


@builtin("rego.metadata.chain", "-> array[any]")
def metadata_chain() -> Value:
    return []


@builtin("rego.metadata.rule", "-> any")
def metadata_rule() -> Value:
    return {}


def _lines(parts: list[Value]) -> Iterator[tuple[str, ...]]:
    """Every combination of what the parts give; a part without a value is ``<undefined>``."""
    return product(*[_texts(part) for part in parts])


def _texts(part: Value) -> list[str]:
    if isinstance(part, RegoSet):
        return [_text(value) for value in part] or ["<undefined>"]
    return [_text(part)]


def _text(value: Value) -> str:
    return value if type(value) is str else to_text(value)

"""What generated code does with values where it cannot do it in a line of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from policyengine.errors import RegoEvaluationError
from policyengine.rego.runtime.builtins.failures import Halt
from policyengine.rego.runtime.numbers import compare_numbers, number_text, to_int64
from policyengine.rego.runtime.utf8 import NATIVELY_ORDERED
from policyengine.rego.runtime.values import (
    UNDEFINED,
    Key,
    RegoObject,
    RegoSet,
    Value,
    compare,
    in_key_order,
    is_number,
    key_of,
    make_object,
)


def get(value: Value, key: Value) -> Value:
    """``value[key]``, or UNDEFINED. A member of a set is the key that it is asked by."""
    kind = type(value)
    if kind is dict:
        return value.get(key, UNDEFINED) if type(key) is str else UNDEFINED
    if kind is list:
        if type(key) is not int:
            if not is_number(key):
                return UNDEFINED
            exact = to_int64(key)
            if exact is None:
                return UNDEFINED
            key = exact
        return value[key] if 0 <= key < len(value) else UNDEFINED
    if kind is RegoSet:
        return key if key_of(key) in value.members else UNDEFINED
    if kind is RegoObject:
        return value.get(key)
    return _scalar(value, UNDEFINED)


def _scalar(value: Value, found: Any) -> Any:
    """``found``, where ``value`` is a scalar of Rego.

    Raises RegoEvaluationError for what is no value at all, as a tuple: taken for a scalar, a rule
    over it would quietly give nothing.
    """
    if value is None or isinstance(value, str | bool) or is_number(value) or value is UNDEFINED:
        return found
    message = f"a value of the type {type(value).__name__} is none of JSON"
    raise RegoEvaluationError("eval_type_error", message)


def elements(value: Value) -> Any:
    """The values in a collection, in OPA's order; none in a scalar."""
    kind = type(value)
    if kind is list:
        return value
    if kind is dict:
        return [value[key] for key in in_key_order(value)]
    if kind is RegoSet:
        return value.ordered()
    if kind is RegoObject:
        return [pair[1] for pair in value.ordered()]
    return _scalar(value, ())


def items(value: Value) -> Any:
    """Keys and values of a collection, in OPA's order; none in a scalar."""
    kind = type(value)
    if kind is list:
        return list(enumerate(value))
    if kind is dict:
        return [(key, value[key]) for key in in_key_order(value)]
    if kind is RegoSet:
        return [(member, member) for member in value.ordered()]
    if kind is RegoObject:
        return value.ordered()
    return _scalar(value, ())


def keys(value: Value) -> Any:
    """The keys of a collection, in OPA's order; none in a scalar."""
    kind = type(value)
    if kind is dict:
        return in_key_order(value)
    if kind is list:
        return range(len(value))
    if kind is RegoSet:
        return value.ordered()
    if kind is RegoObject:
        return [pair[0] for pair in value.ordered()]
    return _scalar(value, ())


def less(a: Value, b: Value) -> bool:
    kind, other = type(a), type(b)
    if (kind is int or kind is float) and (other is int or other is float):
        return compare_numbers(a, b) < 0 if kind is not other else bool(a < b)
    if kind is str and other is str and str in NATIVELY_ORDERED:
        return bool(a < b)
    return compare(a, b) < 0


def is_collection(value: Value) -> bool:
    """Whether ``every`` can range over the value."""
    kind = type(value)
    return kind is dict or kind is list or kind is RegoSet or kind is RegoObject


def is_place(key: Value, places: frozenset[str]) -> bool:
    """Whether ``key`` is no number, or one that is written as one of ``places``."""
    return not is_number(key) or number_text(key) in places


def base_get(value: Value, key: Value) -> Value:
    """``value[key]`` in a base document, where OPA reads numbers in a path as text and back."""
    kind = type(value)
    if kind is dict and is_number(key):
        return value.get(number_text(key), UNDEFINED)
    if kind is list and type(key) is str:
        return value[int(key)] if key.isdecimal() and int(key) < len(value) else UNDEFINED
    return get(value, key)


def add(members: dict[Key, Value], value: Value) -> None:
    """Put ``value`` into a set that is being made."""
    members.setdefault(value if type(value) is str else key_of(value), value)


class PartialObject(dict[Key, tuple[Value, Any]]):
    """An object that is being made from rules: by key the key itself and what is below it."""


class PartialSet(dict[Key, Value]):
    """A set that is being made from rules."""


def put_empty(
    tree: PartialObject, path: tuple[Value, ...], kind: type[PartialObject | PartialSet]
) -> None:
    """Put an empty object or set at ``path``, for rules that may give nothing below it."""
    node: Any = tree
    for index, key in enumerate(path):
        node = _below(node, key, kind if index == len(path) - 1 else PartialObject)
        if node is None:
            return


def put_member(tree: PartialObject, path: tuple[Value, ...], member: Value) -> bool:
    """Put ``member`` into the set at ``path``. True where something else is there: a conflict."""
    node: Any = tree
    for index, key in enumerate(path):
        node = _below(node, key, PartialSet if index == len(path) - 1 else PartialObject)
        if node is None:
            return True
    add(node, member)
    return False


def put_value(tree: PartialObject, path: tuple[Value, ...], value: Value) -> bool:
    """Put ``value`` at ``path``. True where another value is there: a conflict."""
    node: Any = tree
    for key in path[:-1]:
        node = _below(node, key, PartialObject)
        if node is None:
            return True
    last = key_of(path[-1])
    found = node.get(last)
    if found is None:
        node[last] = (path[-1], value)
        return False
    return isinstance(found[1], PartialObject | PartialSet) or compare(found[1], value) != 0


def _below(node: Any, key: Value, kind: type[PartialObject | PartialSet]) -> Any:
    at = key_of(key)
    found = node.get(at)
    if found is None:
        made = kind()
        node[at] = (key, made)
        return made
    return found[1] if type(found[1]) is kind else None


def finish(part: Any) -> Value:
    """The value of what was put."""
    if isinstance(part, PartialSet):
        return RegoSet(dict(part))
    if isinstance(part, PartialObject):
        return make_object([(key, finish(below)) for key, below in part.values()])
    return part


def put_pair(pairs: dict[Key, tuple[Value, Value]], key: Value, value: Value) -> bool:
    """Put a pair of an object comprehension. True where another value is there: a conflict."""
    at = key if type(key) is str else key_of(key)
    found = pairs.get(at)
    if found is None:
        pairs[at] = (key, value)
        return False
    return compare(found[1], value) != 0


def finish_pairs(pairs: dict[Key, tuple[Value, Value]]) -> Value:
    """The object of an object comprehension."""
    for key in pairs:
        if type(key) is not str:
            return RegoObject(pairs)
    return {key: pair[1] for key, pair in pairs.items()}


def merged(below: Value, above: Value) -> Value:
    """Two documents in one: objects merge, and of two other values ``below`` holds, as in OPA."""
    if type(below) is dict and type(above) is dict:
        out = dict(below)
        for key, value in above.items():
            out[key] = merged(out[key], value) if key in out else value
        return out
    return below


def replaced_at(document: Value, path: Iterable[Value], value: Value) -> Value:
    """A copy of ``document`` with ``value`` at ``path``; objects are made where there are none.

    Raises ``Halt`` where a step is no string, as OPA does when it comes to such a ``with``.
    """
    steps = list(path)
    if not steps:
        return value
    key, rest = steps[0], steps[1:]
    if type(key) is not str:
        raise Halt("bad document path", code="eval_conflict_error")
    if type(document) is dict:
        out: Any = dict(document)
    elif type(document) is RegoObject:
        out = None
    else:
        out = {}
        document = {}
    if out is None:
        pairs = [*(document.ordered() if type(document) is RegoObject else document.items())]
        below = get(document, key)
        pairs.append((key, replaced_at(below, rest, value)))
        return make_object(pairs)
    out[key] = replaced_at(document.get(key, UNDEFINED), rest, value)
    return out


def put_default(tree: PartialObject, path: tuple[Value, ...], value: Value) -> bool:
    """Put ``value`` at ``path`` where nothing is."""
    node: Any = tree
    for key in path[:-1]:
        node = _below(node, key, PartialObject)
        if node is None:
            return False
    node.setdefault(key_of(path[-1]), (path[-1], value))
    return False

"""Looking up instead of looking through: what makes joins and memberships take linear time.

A value never changes, so an index of it holds as long as the value is there; each index keeps its
value alive, and with it the identity under which it is found.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any, Final

from policyengine.rego.runtime.access import base_get, elements, get, items
from policyengine.rego.runtime.evaluation import Context
from policyengine.rego.runtime.values import UNDEFINED, RegoSet, Value, key_of

# Looking through so few costs less than asking whether there is an index.
_FEW: Final = 8


_OWN_KEYS: Final = frozenset({str, int})


def at(value: Value, path: tuple[Value, ...]) -> Value:
    """What ``value`` has at ``path``, or UNDEFINED."""
    for step in path:
        value = get(value, step)
        if value is UNDEFINED:
            break
    return value


def base_at(value: Value, path: tuple[Value, ...]) -> Value:
    """As ``at``, in a base document."""
    for step in path:
        value = base_get(value, step)
        if value is UNDEFINED:
            break
    return value


def member_keys(collection: Value) -> Container[Any]:
    """The keys of all that is ``in`` a collection; nothing is in a scalar."""
    if type(collection) is RegoSet:
        return collection.members
    items = elements(collection)
    if len(items) < _FEW and type(items) is list and _are_own_keys(items):
        return items
    if set(map(type, items)) <= _OWN_KEYS:
        return set(items)
    return {item if type(item) is str else key_of(item) for item in items}


def _are_own_keys(values: list[Value]) -> bool:
    # A generator for so few takes as long as an index.
    for value in values:  # noqa: SIM110
        if type(value) is not str and type(value) is not int:
            return False
    return True


def narrowed(context: Context, value: Value, path: tuple[Value, ...], wanted: Value) -> Any:
    """The elements of ``value`` whose ``path`` may equal ``wanted``, in order.

    The first time these are all of them: an index is made when a second look shows its use.
    """
    return _narrowed(context, value, (path, False), wanted)


def narrowed_items(context: Context, value: Value, path: tuple[Value, ...], wanted: Value) -> Any:
    """As ``narrowed``, each element with its key."""
    return _narrowed(context, value, (path, True), wanted)


def _narrowed(
    context: Context, value: Value, kind: tuple[tuple[Value, ...], bool], wanted: Value
) -> Any:
    path, with_keys = kind
    indexes = context.session.indexes
    place = (id(value), kind)
    found = indexes.get(place)
    if found is None:
        everything = items(value) if with_keys else elements(value)
        if len(everything) > _FEW:
            indexes[place] = (value, None)
        return everything
    by_key = found[1]
    if by_key is None:
        by_key = {}
        everything = items(value) if with_keys else elements(value)
        context.charge(len(everything))
        for item in everything:
            key = at(item[1] if with_keys else item, path)
            if key is not UNDEFINED:
                by_key.setdefault(key if type(key) is str else key_of(key), []).append(item)
        indexes[place] = (value, by_key)
    return by_key.get(wanted if type(wanted) is str else key_of(wanted), ())

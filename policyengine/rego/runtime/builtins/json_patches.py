"""JSON Patch (RFC 6902) over Rego's values; a path may also be an array of keys."""

from __future__ import annotations

from collections.abc import Callable

from policyengine.rego.runtime.access import get
from policyengine.rego.runtime.builtins.registry import BuiltinError
from policyengine.rego.runtime.numbers import int64_of_text, to_int64
from policyengine.rego.runtime.values import (
    UNDEFINED,
    RegoSet,
    Value,
    equal,
    is_number,
    is_object,
    key_of,
    make_object,
    object_get,
    object_items,
)

Change = Callable[[Value], Value]


def patched(value: Value, operations: list[Value]) -> Value:
    """``value`` after all operations. Raises BuiltinError for one that cannot be done."""
    for index, operation in enumerate(operations):
        if not is_object(operation):
            raise BuiltinError(f"operand 2 must be array of objects, element {index} is none")
        value = _applied(value, operation)
    return value


def _applied(value: Value, operation: Value) -> Value:
    name = object_get(operation, "op")
    path = _steps(object_get(operation, "path"), "path")
    match name:
        case "add":
            return _added(value, path, _field(operation, "value"))
        case "remove":
            return _removed(value, path)
        case "replace":
            put = _field(operation, "value")
            _at(value, path)
            return _added(_removed(value, path), path, put) if path else put
        case "move":
            source = _steps(_field(operation, "from"), "from")
            moved = _at(value, source)
            return _added(_removed(value, source), path, moved)
        case "copy":
            return _added(value, path, _at(value, _steps(_field(operation, "from"), "from")))
        case "test":
            if not equal(_at(value, path), _field(operation, "value")):
                raise BuiltinError("value from EditTree != patch value")
            return value
    raise BuiltinError(f"unrecognized op {name!r}")


def _field(operation: Value, name: str) -> Value:
    found = object_get(operation, name)
    if found is UNDEFINED:
        raise BuiltinError(f"operand 2 missing '{name}' attribute")
    return found


def _steps(path: Value, name: str) -> list[Value]:
    if type(path) is list:
        return path
    if type(path) is not str:
        raise BuiltinError(f"operand 2 must be a string or array in '{name}'")
    if not path:
        return []
    return [part.replace("~1", "/").replace("~0", "~") for part in path.lstrip("/").split("/")]


def _at(value: Value, path: list[Value]) -> Value:
    for step in path:
        value = _below(value, step)
    return value


def _below(value: Value, step: Value) -> Value:
    if type(value) is list:
        return value[_index(step, len(value))]
    found = get(value, step)
    if found is UNDEFINED:
        raise BuiltinError("path does not exist")
    return found


def _index(step: Value, size: int) -> int:
    if type(step) is str:
        index = None if step[:1] == "0" and step != "0" else int64_of_text(step)
    else:
        index = to_int64(step) if is_number(step) else None
    if index is None:
        raise BuiltinError("invalid array index")
    if not 0 <= index < size:
        raise BuiltinError("array index out of bounds")
    return index


def _changed(value: Value, path: list[Value], change: Change) -> Value:
    """``value`` with the container of the last step changed."""
    if len(path) == 1:
        return change(value)
    step, rest = path[0], path[1:]
    below = _changed(_below(value, step), rest, change)
    if type(value) is list:
        index = _index(step, len(value))
        return [*value[:index], below, *value[index + 1 :]]
    if is_object(value):
        return _with_key(value, step, below)
    return RegoSet.of([below, *[v for key, v in value.members.items() if key != key_of(step)]])


def _with_key(value: Value, key: Value, item: Value) -> Value:
    if type(value) is dict and type(key) is str:
        return {**value, key: item}
    place = key_of(key)
    return make_object(
        [*[pair for pair in object_items(value) if key_of(pair[0]) != place], (key, item)]
    )


def _added(value: Value, path: list[Value], item: Value) -> Value:
    if not path:
        return item

    def add(container: Value) -> Value:
        last = path[-1]
        if type(container) is list:
            index = len(container) if last == "-" else _index(last, len(container) + 1)
            return [*container[:index], item, *container[index:]]
        if isinstance(container, RegoSet):
            if not equal(last, item):
                raise BuiltinError("set key must be equal to its value")
            return RegoSet({**container.members, key_of(item): item})
        if is_object(container):
            return _with_key(container, last, item)
        raise BuiltinError("path leads into a scalar")

    return _changed(value, path, add)


def _removed(value: Value, path: list[Value]) -> Value:
    if not path:
        return UNDEFINED

    def remove(container: Value) -> Value:
        last = path[-1]
        _below(container, last)
        if type(container) is list:
            index = _index(last, len(container))
            return [*container[:index], *container[index + 1 :]]
        gone = key_of(last)
        if isinstance(container, RegoSet):
            return RegoSet({key: v for key, v in container.members.items() if key != gone})
        return make_object([pair for pair in object_items(container) if key_of(pair[0]) != gone])

    return _changed(value, path, remove)

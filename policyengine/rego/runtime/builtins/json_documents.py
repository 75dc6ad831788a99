"""JSON as text, and parts of JSON documents by their paths."""

from __future__ import annotations

from policyengine.rego.runtime.builtins.json_patches import patched
from policyengine.rego.runtime.builtins.operands import array, rego_object, string, wrong_type
from policyengine.rego.runtime.builtins.registry import BuiltinError, OperandError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.json_values import from_json, is_json
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.values import (
    Key,
    RegoSet,
    Value,
    in_key_order,
    is_object,
    key_of,
    make_object,
    object_items,
    type_name,
)
from policyengine.rego.syntax.json_strings import json_string


@builtin("json.marshal", "any -> string", context=True)
def to_json_text(session: Session, value: Value) -> Value:
    text = marshal(value)
    session.budget.size(len(text))
    return text


@builtin(
    "json.marshal_with_options",
    "any, object<indent: string, prefix: string, pretty: boolean>[string: any] -> string",
    context=True,
)
def to_json_text_with_options(session: Session, value: Value, options: Value) -> Value:
    prefix, indent, pretty = "", "\t", None
    implied = False
    for key, item in object_items(rego_object(options, 2)):
        if key in ("prefix", "indent") and type(item) is str:
            prefix, indent = (item, indent) if key == "prefix" else (prefix, item)
            implied = True
        elif key == "pretty" and type(item) is bool:
            pretty = item
        elif key in ("prefix", "indent", "pretty"):
            raise OperandError(f"operand 2 key {key} failed cast to another type")
        else:
            raise OperandError(f"operand 2 object contained unknown key {marshal(key)}")
    if not (implied if pretty is None else pretty):
        return to_json_text(session, value)
    text = prefix + _indented(value, prefix, indent, "")
    session.budget.size(len(text))
    return text


def _indented(value: Value, prefix: str, indent: str, margin: str) -> str:
    inner = margin + indent
    if is_object(value):
        named = {
            key if type(key) is str else marshal(key): item for key, item in object_items(value)
        }
        parts = [
            f"{json_string(key)}: {_indented(named[key], prefix, indent, inner)}"
            for key in in_key_order(named)
        ]
        opening, closing = "{}"
    elif type(value) is list or isinstance(value, RegoSet):
        parts = [_indented(item, prefix, indent, inner) for item in value]
        opening, closing = "[]"
    else:
        return marshal(value)
    if not parts:
        return opening + closing
    lines = f",\n{prefix}{inner}".join(parts)
    return f"{opening}\n{prefix}{inner}{lines}\n{prefix}{margin}{closing}"


@builtin("json.unmarshal", "string -> any")
def from_json_text(text: Value) -> Value:
    try:
        return from_json(string(text, 1))
    except RecursionError:
        raise BuiltinError("exceeded max depth") from None
    except ValueError as error:
        raise BuiltinError(f"invalid JSON: {error}") from None


@builtin("json.is_valid", "string -> boolean")
def is_valid(text: Value) -> Value:
    return type(text) is str and is_json(text)


# ---- paths ------------------------------------------------------------------------------------


class _Wanted(dict[Key, "_Wanted | None"]):
    """Paths as a tree of their steps; None is the end of one."""


def _tree(paths: Value) -> _Wanted:
    if type(paths) is not list and not isinstance(paths, RegoSet):
        raise wrong_type(2, paths, "set", "array")
    root = _Wanted()
    for path in paths:
        steps = _steps(path)
        node = root
        for step in steps[:-1]:
            below = node.setdefault(key_of(step), _Wanted())
            if below is None:
                break
            node = below
        else:
            if steps:
                node[key_of(steps[-1])] = None
    return root


def _steps(path: Value) -> list[Value]:
    if type(path) is list:
        return path
    if type(path) is str:
        if not path:
            return []
        return [part.replace("~1", "/").replace("~0", "~") for part in path.lstrip("/").split("/")]
    raise OperandError(
        "operand 2 must be one of {set, array} containing string paths or array of path segments"
        f" but got {type_name(path)}"
    )


_PATHS = "array[string | array[any]] | set[string | array[any]]"


@builtin("json.filter", f"object[any: any], {_PATHS} -> object[any: any]")
def keep_paths(value: Value, paths: Value) -> Value:
    document = rego_object(value, 1)
    return _kept(document, _tree(paths))


def _kept(value: Value, wanted: _Wanted | None) -> Value:
    if wanted is None:
        return value
    if is_object(value):
        return make_object(
            [
                (key, _kept(item, wanted[key_of(key)]))
                for key, item in object_items(value)
                if key_of(key) in wanted
            ]
        )
    if type(value) is list:
        return [
            _kept(item, wanted[str(index)])
            for index, item in enumerate(value)
            if str(index) in wanted
        ]
    if isinstance(value, RegoSet):
        return RegoSet.of(
            _kept(item, wanted[key]) for key, item in value.members.items() if key in wanted
        )
    return value


@builtin("json.remove", f"object[any: any], {_PATHS} -> object[any: any]")
def remove_paths(value: Value, paths: Value) -> Value:
    document = rego_object(value, 1)
    return _without(document, _tree(paths))


def _without(value: Value, gone: _Wanted) -> Value:
    if is_object(value):
        return make_object(
            [
                (key, _left(item, gone, key_of(key)))
                for key, item in object_items(value)
                if not _is_gone(gone, key_of(key))
            ]
        )
    if type(value) is list:
        return [
            _left(item, gone, str(index))
            for index, item in enumerate(value)
            if not _is_gone(gone, str(index))
        ]
    if isinstance(value, RegoSet):
        return RegoSet.of(
            _left(item, gone, key) for key, item in value.members.items() if not _is_gone(gone, key)
        )
    return value


def _is_gone(gone: _Wanted, key: Key) -> bool:
    return key in gone and gone[key] is None


def _left(item: Value, gone: _Wanted, key: Key) -> Value:
    below = gone.get(key)
    return item if below is None else _without(item, below)


@builtin("json.patch", "any, array[object<op: string, path: any>[any: any]] -> any")
def patch(value: Value, operations: Value) -> Value:
    return patched(value, array(operations, 2))

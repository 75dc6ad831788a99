"""Objects that show GraphQL documents, back to texts: what a policy built or changed is read again.

Names are put into texts only where they are names, so no object makes a text of another shape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from policyengine.rego.runtime.builtins.graphql_documents import Tree
from policyengine.rego.runtime.builtins.registry import BuiltinError

_NAME: Final = re.compile("[_A-Za-z][_0-9A-Za-z]*", re.ASCII)
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_KEYWORDS: Final = {
    "SCALAR": "scalar",
    "OBJECT": "type",
    "INTERFACE": "interface",
    "UNION": "union",
    "ENUM": "enum",
    "INPUT_OBJECT": "input",
}

# What a field answers to whose alias is empty: two of them are in each other's way.
_NO_ALIAS: Final = "_emptyAlias"


def query_text(tree: Tree) -> str:
    """The text of a tree of operations and fragments. Raises BuiltinError for another object."""
    parts = [_operation(item) for item in _trees(tree, "Operations") if not _is_empty(item)]
    parts += [
        f"fragment {_name(item)} on {_checked(item.get('TypeCondition'))}"
        f"{_directives(item)}{_selections(item)}"
        for item in _trees(tree, "Fragments")
    ]
    return "\n".join(parts)


def schema_text(tree: Tree) -> str:
    """The text of a tree of types and directives. Raises BuiltinError for another object."""
    parts = [_schema("schema", item) for item in _trees(tree, "Schema")]
    parts += [_schema("extend schema", item) for item in _trees(tree, "SchemaExtension")]
    parts += [_directive_definition(item) for item in _trees(tree, "Directives")]
    parts += [_type(item) for item in _trees(tree, "Definitions")]
    parts += [f"extend {_type(item)}" for item in _trees(tree, "Extensions")]
    return "\n".join(parts)


def _trees(tree: Tree, key: str) -> list[Tree]:
    found = tree.get(key)
    if found is None:
        return []
    if type(found) is not list or any(type(item) is not dict for item in found):
        raise BuiltinError(f"GraphQL object: {key} must be an array of objects")
    return found


def _checked(name: object) -> str:
    if type(name) is not str or not _NAME.fullmatch(name):
        raise BuiltinError(f"GraphQL object: {name!r} is not a name")
    return name


def _name(tree: Tree) -> str:
    return _checked(tree.get("Name"))


def _joined(opening: str, items: Iterable[Tree], show: Callable[[Tree], str], closing: str) -> str:
    parts = [show(item) for item in items]
    return f"{opening}{' '.join(parts)}{closing}" if parts else ""


# ---- operations -------------------------------------------------------------------------------


def _operation(tree: Tree) -> str:
    name = tree.get("Name") or ""
    kind = tree.get("Operation") or "query"
    if kind not in {"query", "mutation", "subscription"}:
        raise BuiltinError(f"GraphQL object: {kind!r} is not an operation")
    variables = _joined("(", _trees(tree, "VariableDefinitions"), _variable, ")")
    return (
        f"{kind} {_checked(name) if name else ''}{variables}{_directives(tree)}{_selections(tree)}"
    )


def _is_empty(tree: Tree) -> bool:
    """Whether an operation asks for nothing, as one in an object may."""
    return not any(tree.get(key) for key in ("VariableDefinitions", "Directives", "SelectionSet"))


def _variable(tree: Tree) -> str:
    default = f" = {_value(tree['DefaultValue'])}" if tree.get("DefaultValue") else ""
    name = _checked(tree.get("Variable"))
    return f"${name}: {_type_reference(tree.get('Type'))}{default}{_directives(tree)}"


def _selections(tree: Tree) -> str:
    return _joined(" { ", _trees(tree, "SelectionSet"), _selection, " }")


def _selection(tree: Tree) -> str:
    if "Alias" in tree:
        alias, name = _checked(tree["Alias"] or _NO_ALIAS), _name(tree)
        named = name if alias == name else f"{alias}: {name}"
        return f"{named}{_arguments(tree)}{_directives(tree)}{_selections(tree)}"
    if "Name" in tree:
        return f"...{_name(tree)}{_directives(tree)}"
    condition = tree.get("TypeCondition")
    on = f" on {_checked(condition)}" if condition else ""
    return f"...{on}{_directives(tree)}{_selections(tree)}"


# ---- parts of both ----------------------------------------------------------------------------


def _directives(tree: Tree) -> str:
    found = _trees(tree, "Directives")
    return "".join([f" @{_name(item)}{_arguments(item)}" for item in found])


def _arguments(tree: Tree) -> str:
    return _joined("(", _trees(tree, "Arguments"), _argument, ")")


def _argument(tree: Tree) -> str:
    return f"{_name(tree)}: {_value(tree.get('Value'))}"


def _value(tree: Any) -> str:
    if type(tree) is not dict:
        raise BuiltinError("GraphQL object: a value must be an object")
    kind, raw = tree.get("Kind"), tree.get("Raw", "")
    if type(raw) is not str:
        raise BuiltinError("GraphQL object: Raw must be a string")
    if kind == 0:
        return f"${_checked(raw)}"
    if kind in {1, 2} and _NUMBER.fullmatch(raw):
        return raw
    if kind in {3, 4}:
        return json.dumps(raw, ensure_ascii=False)
    if kind in {5, 6, 7}:
        return _checked(raw)
    if kind == 8:
        return f"[{' '.join([_value(item.get('Value')) for item in _trees(tree, 'Children')])}]"
    if kind == 9:
        return f"{{{' '.join([_argument(item) for item in _trees(tree, 'Children')])}}}"
    raise BuiltinError(f"GraphQL object: {raw!r} is not a value of kind {kind}")


def _type_reference(tree: Any) -> str:
    if type(tree) is not dict:
        raise BuiltinError("GraphQL object: a type must be an object")
    required = "!" if tree.get("NonNull") else ""
    if tree.get("NamedType"):
        return f"{_checked(tree['NamedType'])}{required}"
    return f"[{_type_reference(tree.get('Elem'))}]{required}"


# ---- schemas ----------------------------------------------------------------------------------


def _schema(keyword: str, tree: Tree) -> str:
    return f"{keyword}{_directives(tree)}" + _joined(
        " { ",
        _trees(tree, "OperationTypes"),
        lambda item: f"{_checked(item.get('Operation'))}: {_checked(item.get('Type'))}",
        " }",
    )


def _directive_definition(tree: Tree) -> str:
    arguments = _joined("(", _trees(tree, "Arguments"), _field, ")")
    repeatable = " repeatable" if tree.get("IsRepeatable") else ""
    return f"directive @{_name(tree)}{arguments}{repeatable} on {_names(tree, 'Locations', ' | ')}"


def _names(tree: Tree, key: str, separator: str) -> str:
    found = tree.get(key) or []
    if type(found) is not list:
        raise BuiltinError(f"GraphQL object: {key} must be an array")
    return separator.join([_checked(item) for item in found])


def _type(tree: Tree) -> str:
    kind = tree.get("Kind")
    keyword = _KEYWORDS.get(kind) if type(kind) is str else None
    if keyword is None:
        raise BuiltinError(f"GraphQL object: {kind!r} is not a kind of type")
    interfaces, types = _names(tree, "Interfaces", " & "), _names(tree, "Types", " | ")
    return "".join(
        [
            f"{keyword} {_name(tree)}",
            f" implements {interfaces}" if interfaces else "",
            _directives(tree),
            f" = {types}" if types else "",
            _joined(" { ", _trees(tree, "Fields"), _field, " }"),
            _joined(
                " { ",
                _trees(tree, "EnumValues"),
                lambda item: f"{_name(item)}{_directives(item)}",
                " }",
            ),
        ]
    )


def _field(tree: Tree) -> str:
    arguments = _joined("(", _trees(tree, "Arguments"), _field, ")")
    default = f" = {_value(tree['DefaultValue'])}" if tree.get("DefaultValue") else ""
    return (
        f"{_name(tree)}{arguments}: {_type_reference(tree.get('Type'))}{default}{_directives(tree)}"
    )

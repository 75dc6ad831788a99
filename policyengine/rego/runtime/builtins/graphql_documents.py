"""GraphQL texts to the objects that OPA shows them as: gqlparser's trees, empty parts left out.

graphql-core reads the texts; what it takes and gqlparser does not is refused here.
Comments, which gqlparser keeps in its trees, are not in these objects.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from policyengine.rego.runtime.builtins.registry import BuiltinError

if TYPE_CHECKING:
    from graphql.language import ast

Tree = dict[str, Any]

# The kinds of values, by the names that graphql-core has for their nodes.
_VALUE_KINDS: Final = {
    "variable": 0,
    "int_value": 1,
    "float_value": 2,
    "string_value": 3,
    "boolean_value": 5,
    "null_value": 6,
    "enum_value": 7,
    "list_value": 8,
    "object_value": 9,
}
_BLOCK: Final = 4
_TYPE_KINDS: Final = {
    "scalar_type": "SCALAR",
    "object_type": "OBJECT",
    "interface_type": "INTERFACE",
    "union_type": "UNION",
    "enum_type": "ENUM",
    "input_object_type": "INPUT_OBJECT",
}


def query_tree(text: str) -> Tree:
    """The tree of operations and fragments. Raises BuiltinError."""
    tree: dict[str, list[Tree]] = {"Operations": [], "Fragments": []}
    for node in _definitions(text):
        if node.kind == "operation_definition":
            tree["Operations"].append(_operation(node))
        elif node.kind == "fragment_definition":
            tree["Fragments"].append(_fragment(node))
        else:
            raise _unexpected(node)
    return _pruned(tree)


def schema_tree(text: str) -> Tree:
    """The tree of types, directives and their extensions. Raises BuiltinError."""
    names = ("Schema", "SchemaExtension", "Directives", "Definitions", "Extensions")
    tree: dict[str, list[Tree]] = {name: [] for name in names}
    for node in _definitions(text):
        kind, _, form = node.kind.rpartition("_")
        if node.kind == "schema_definition":
            tree["Schema"].append(_schema(node))
        elif node.kind == "schema_extension":
            tree["SchemaExtension"].append(_schema(node))
        elif node.kind == "directive_definition":
            tree["Directives"].append(_directive_definition(node))
        elif kind not in _TYPE_KINDS or (
            node.kind == "interface_type_extension" and getattr(node, "interfaces", ())
        ):
            raise _unexpected(node)
        else:
            tree["Definitions" if form == "definition" else "Extensions"].append(_type(node))
    return _pruned(tree)


def _definitions(text: str) -> Iterable[Any]:
    from graphql.error import GraphQLError
    from graphql.language import parse

    try:
        document = parse(text, no_location=False, allow_legacy_fragment_variables=True)
    except GraphQLError as error:
        if _is_empty(text):
            return ()
        raise BuiltinError(_located(error)) from None
    except (RecursionError, UnicodeError):
        raise BuiltinError("GraphQL parse error: nested too deep, or not text") from None
    return document.definitions


def _located(error: Any) -> str:
    places = error.locations or ()
    message = error.message.removeprefix("Syntax Error: ").removesuffix(".")
    where = "".join([f" in GraphQL string at location {p.line}:{p.column}" for p in places[:1]])
    return f"{message}{where}"


def _is_empty(text: str) -> bool:
    lines = (line.partition("#")[0] for line in text.replace("\r", "\n").split("\n"))
    return not "".join(lines).strip(" \t,\ufeff")


def _unexpected(node: ast.Node) -> BuiltinError:
    token = node.loc.start_token if node.loc else None
    where = f" in GraphQL string at location {token.line}:{token.column}" if token else ""
    return BuiltinError(f"Unexpected {node.kind}{where}")


def _pruned(tree: Tree) -> Tree:
    return {key: value for key, value in tree.items() if value not in (None, [], {})}


def _text(node: Any) -> str:
    return node.value if node is not None else ""


# ---- operations -------------------------------------------------------------------------------


def _operation(node: Any) -> Tree:
    return _pruned(
        {
            "Operation": node.operation.value,
            "Name": _text(node.name),
            "VariableDefinitions": [_variable(item) for item in node.variable_definitions],
            "Directives": _directives(node),
            "SelectionSet": _selections(node.selection_set),
        }
    )


def _fragment(node: Any) -> Tree:
    return _pruned(
        {
            "Name": node.name.value,
            "VariableDefinition": [_variable(item) for item in node.variable_definitions or ()],
            "TypeCondition": node.type_condition.name.value,
            "Directives": _directives(node),
            "SelectionSet": _selections(node.selection_set),
        }
    )


def _variable(node: Any) -> Tree:
    return _pruned(
        {
            "Variable": node.variable.name.value,
            "Type": _type_reference(node.type),
            "DefaultValue": _value(node.default_value),
            "Directives": _directives(node),
            "Used": False,
        }
    )


def _selections(node: Any) -> list[Tree]:
    return [] if node is None else [_selection(item) for item in node.selections]


def _selection(node: Any) -> Tree:
    tree: Tree = {"Directives": _directives(node)}
    if node.kind == "fragment_spread":
        return _pruned(tree | {"Name": node.name.value})
    tree["SelectionSet"] = _selections(node.selection_set)
    if node.kind == "inline_fragment":
        condition = node.type_condition
        return _pruned(tree | {"TypeCondition": _text(condition.name) if condition else ""})
    return _pruned(
        tree
        | {
            "Alias": _text(node.alias or node.name),
            "Name": node.name.value,
            "Arguments": _arguments(node),
        }
    )


# ---- parts of both ----------------------------------------------------------------------------


def _directives(node: Any) -> list[Tree]:
    return [
        _pruned({"Name": item.name.value, "Arguments": _arguments(item), "Location": ""})
        for item in node.directives or ()
    ]


def _arguments(node: Any) -> list[Tree]:
    return [{"Name": item.name.value, "Value": _value(item.value)} for item in node.arguments]


def _value(node: Any) -> Tree | None:
    if node is None:
        return None
    kind = _VALUE_KINDS[node.kind]
    raw, children = "", []
    if node.kind == "variable":
        raw = node.name.value
    elif node.kind == "boolean_value":
        raw = "true" if node.value else "false"
    elif node.kind == "null_value":
        raw = "null"
    elif node.kind == "list_value":
        children = [{"Name": "", "Value": _value(item)} for item in node.values]
    elif node.kind == "object_value":
        children = [{"Name": item.name.value, "Value": _value(item.value)} for item in node.fields]
    else:
        raw = node.value
        kind = _BLOCK if getattr(node, "block", False) else kind
    return _pruned(
        {"Raw": raw, "Children": children, "Kind": kind, "ExpectedTypeHasDefault": False}
    )


def _type_reference(node: Any) -> Tree:
    required = node.kind == "non_null_type"
    inner = node.type if required else node
    if inner.kind == "list_type":
        return {"NamedType": "", "Elem": _type_reference(inner.type), "NonNull": required}
    return {"NamedType": inner.name.value, "NonNull": required}


# ---- schemas ----------------------------------------------------------------------------------


def _schema(node: Any) -> Tree:
    return _pruned(
        {
            "Description": _text(getattr(node, "description", None)),
            "Directives": _directives(node),
            "OperationTypes": [
                {"Operation": item.operation.value, "Type": item.type.name.value}
                for item in node.operation_types
            ],
        }
    )


def _directive_definition(node: Any) -> Tree:
    return _pruned(
        {
            "Description": _text(node.description),
            "Name": node.name.value,
            "Arguments": [_input(item) for item in node.arguments],
            "Locations": [item.value for item in node.locations],
            "IsRepeatable": node.repeatable,
        }
    )


def _type(node: Any) -> Tree:
    kind = _TYPE_KINDS[node.kind.rpartition("_")[0]]
    read = _input if kind == "INPUT_OBJECT" else _field
    return _pruned(
        {
            "Kind": kind,
            "Description": _text(getattr(node, "description", None)),
            "Name": node.name.value,
            "Directives": _directives(node),
            "Interfaces": [item.name.value for item in getattr(node, "interfaces", ())],
            "Fields": [read(item) for item in getattr(node, "fields", ())],
            "Types": [item.name.value for item in getattr(node, "types", ())],
            "EnumValues": [_enum_value(item) for item in getattr(node, "values", ())],
            "BuiltIn": False,
        }
    )


def _field(node: Any) -> Tree:
    return _pruned(
        {
            "Description": _text(node.description),
            "Name": node.name.value,
            "Arguments": [_input(item) for item in node.arguments],
            "Type": _type_reference(node.type),
            "Directives": _directives(node),
        }
    )


def _input(node: Any) -> Tree:
    return _pruned(
        {
            "Description": _text(node.description),
            "Name": node.name.value,
            "DefaultValue": _value(node.default_value),
            "Type": _type_reference(node.type),
            "Directives": _directives(node),
        }
    )


def _enum_value(node: Any) -> Tree:
    return _pruned(
        {
            "Description": _text(node.description),
            "Name": node.name.value,
            "Directives": _directives(node),
        }
    )

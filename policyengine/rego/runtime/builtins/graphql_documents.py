"""GraphQL texts to the objects that OPA shows them as: gqlparser's trees, empty parts left out.

graphql-core reads the texts, with the grammar of ``graphql_grammar``; what it takes and gqlparser
does not is refused here.
"""

from __future__ import annotations

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
    for node in _document(text).definitions:
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
    tree: dict[str, Any] = {name: [] for name in names}
    document = _document(text)
    tree["Comment"] = _comment(document.loc.end_token)
    for node in document.definitions:
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


def _document(text: str) -> Any:
    from graphql.error import GraphQLError

    from policyengine.rego.runtime.builtins.graphql_grammar import parse_document

    try:
        return parse_document(text)
    except GraphQLError as error:
        raise BuiltinError(_located(error)) from None
    except (RecursionError, UnicodeError):
        raise BuiltinError("GraphQL parse error: nested too deep, or not text") from None


def _located(error: Any) -> str:
    places = error.locations or ()
    message = error.message.removeprefix("Syntax Error: ").removesuffix(".")
    where = "".join([f" in GraphQL string at location {p.line}:{p.column}" for p in places[:1]])
    return f"{message}{where}"


def _unexpected(node: ast.Node) -> BuiltinError:
    token = node.loc.start_token if node.loc else None
    where = f" in GraphQL string at location {token.line}:{token.column}" if token else ""
    return BuiltinError(f"Unexpected {node.kind}{where}")


def _pruned(tree: Tree) -> Tree:
    return {key: value for key, value in tree.items() if value not in (None, [], {})}


def _text(node: Any) -> str:
    return node.value if node is not None else ""


def _comment(token: Any) -> Tree | None:
    """The comments between a token and the one before it."""
    found = []
    while token is not None and (token := token.prev) and token.kind.name == "COMMENT":
        found.append({"Value": token.value})
    return {"List": found[::-1]} if found else None


def _first(node: Any) -> Tree | None:
    """The comments before the first token of a node."""
    return _comment(node.loc.start_token)


def _around(node: Any, *, kept: bool) -> Tree:
    """The comments before a definition's description and after it, and before its last brace.

    Where an empty description is none, as that of a field, the comments before it are not ``kept``.
    """
    description = getattr(node, "description", None)
    keyword = node.loc.start_token
    if description is not None:
        keyword = description.loc.end_token.next
        while keyword.kind.name == "COMMENT":
            keyword = keyword.next
    before = description if kept or _text(description) else None
    return {
        "BeforeDescriptionComment": _first(before) if before else None,
        "AfterDescriptionComment": _comment(keyword),
    }


def _at_end(node: Any) -> Tree | None:
    token = node.loc.end_token
    return _comment(token) if token.kind.name == "BRACE_R" else None


# ---- operations -------------------------------------------------------------------------------


def _operation(node: Any) -> Tree:
    return _pruned(
        {
            "Comment": None if node.loc.start_token.kind.name == "BRACE_L" else _first(node),
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
            "Comment": _first(node),
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
            "Comment": _first(node),
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
    tree: Tree = {"Comment": _first(node), "Directives": _directives(node)}
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
    return [_named_value(item) for item in node.arguments]


def _named_value(node: Any) -> Tree:
    return _pruned({"Comment": _first(node), "Name": node.name.value, "Value": _value(node.value)})


def _value(node: Any) -> Tree | None:
    if node is None:
        return None
    kind = _VALUE_KINDS[node.kind]
    raw, comment, children = "", None, []
    if node.kind == "variable":
        raw = node.name.value
    elif node.kind == "boolean_value":
        raw = "true" if node.value else "false"
    elif node.kind == "null_value":
        raw = "null"
    elif node.kind == "list_value":
        comment = _first(node)
        children = [{"Name": "", "Value": _value(item)} for item in node.values]
    elif node.kind == "object_value":
        comment = _first(node)
        children = [_named_value(item) for item in node.fields]
    else:
        raw = node.value
        kind = _BLOCK if getattr(node, "block", False) else kind
    return _pruned(
        {
            "Comment": comment,
            "Raw": raw,
            "Children": children,
            "Kind": kind,
            "ExpectedTypeHasDefault": False,
        }
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
        _around(node, kept=True)
        | {
            "Description": _text(getattr(node, "description", None)),
            "Directives": _directives(node),
            "OperationTypes": [
                _pruned(
                    {
                        "Comment": _first(item),
                        "Operation": item.operation.value,
                        "Type": item.type.name.value,
                    }
                )
                for item in node.operation_types
            ],
            "EndOfDefinitionComment": _at_end(node),
        }
    )


def _directive_definition(node: Any) -> Tree:
    if any(item.value == "DIRECTIVE_DEFINITION" for item in node.locations):
        raise _unexpected(node)
    return _pruned(
        _around(node, kept=True)
        | {
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
        _around(node, kept=True)
        | {
            "Kind": kind,
            "Description": _text(getattr(node, "description", None)),
            "Name": node.name.value,
            "Directives": _directives(node),
            "Interfaces": [item.name.value for item in getattr(node, "interfaces", ())],
            "Fields": [read(item) for item in getattr(node, "fields", ())],
            "Types": [item.name.value for item in getattr(node, "types", ())],
            "EnumValues": [_enum_value(item) for item in getattr(node, "values", ())],
            "BuiltIn": False,
            "EndOfDefinitionComment": _at_end(node),
        }
    )


def _field(node: Any) -> Tree:
    return _pruned(
        _around(node, kept=False)
        | {
            "Description": _text(node.description),
            "Name": node.name.value,
            "Arguments": [_input(item) for item in node.arguments],
            "Type": _type_reference(node.type),
            "Directives": _directives(node),
        }
    )


def _input(node: Any) -> Tree:
    return _pruned(
        _around(node, kept=False)
        | {
            "Description": _text(node.description),
            "Name": node.name.value,
            "DefaultValue": _value(node.default_value),
            "Type": _type_reference(node.type),
            "Directives": _directives(node),
        }
    )


def _enum_value(node: Any) -> Tree:
    return _pruned(
        _around(node, kept=False)
        | {
            "Description": _text(node.description),
            "Name": node.name.value,
            "Directives": _directives(node),
        }
    )

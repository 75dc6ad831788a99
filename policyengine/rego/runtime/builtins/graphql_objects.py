"""Objects of Rego that show GraphQL documents, read as Go's JSON reads gqlparser's trees.

Of what is absent or null, a text is empty, a number 0 and the rest left out. What a tree does not
know is passed over. Names of fields may be in any case, but in operations, fragments and
selections, whose comments gqlparser passes over as well.
"""

from __future__ import annotations

from typing import Any, Final

from policyengine.rego.runtime.builtins.graphql_documents import Tree
from policyengine.rego.runtime.builtins.registry import BuiltinError
from policyengine.rego.runtime.json_values import to_json
from policyengine.rego.runtime.values import Value

_DESCRIBED: Final = {
    "Description": "string",
    "BeforeDescriptionComment": "CommentGroup",
    "AfterDescriptionComment": "CommentGroup",
}
_NAMED: Final = {**_DESCRIBED, "Name": "string", "Directives": "[Directive"}
_INPUT: Final = {**_NAMED, "DefaultValue": "Value", "Type": "Type"}
_SELECTED: Final = {"Directives": "[Directive", "SelectionSet": "[Field"}

# Each kind of tree: its fields and their kinds, "[" before what there is a list of.
_KINDS: Final[dict[str, dict[str, str]]] = {
    "QueryDocument": {
        "Operations": "[OperationDefinition",
        "Fragments": "[FragmentDefinition",
        "Comment": "CommentGroup",
    },
    "OperationDefinition": {
        "Operation": "string",
        "Name": "string",
        "VariableDefinitions": "[VariableDefinition",
        **_SELECTED,
    },
    "FragmentDefinition": {
        "Name": "string",
        "VariableDefinition": "[VariableDefinition",
        "TypeCondition": "string",
        "Definition": "Definition",
        **_SELECTED,
    },
    "Field": {
        "Alias": "string",
        "Name": "string",
        "Arguments": "[Argument",
        "Definition": "FieldDefinition",
        "ObjectDefinition": "Definition",
        **_SELECTED,
    },
    "VariableDefinition": {
        "Variable": "string",
        "Type": "Type",
        "DefaultValue": "Value",
        "Directives": "[Directive",
        "Comment": "CommentGroup",
        "Definition": "Definition",
        "Used": "bool",
    },
    "Argument": {"Name": "string", "Value": "Value", "Comment": "CommentGroup"},
    "Value": {
        "Raw": "string",
        "Children": "[Argument",
        "Kind": "int",
        "Comment": "CommentGroup",
        "Definition": "Definition",
        "VariableDefinition": "VariableDefinition",
        "ExpectedType": "Type",
        "ExpectedTypeHasDefault": "bool",
    },
    "Directive": {
        "Name": "string",
        "Arguments": "[Argument",
        "ParentDefinition": "Definition",
        "Definition": "DirectiveDefinition",
        "Location": "string",
    },
    "Type": {"NamedType": "string", "Elem": "Type", "NonNull": "bool"},
    "CommentGroup": {"List": "[Comment"},
    "Comment": {"Value": "string"},
    "SchemaDocument": {
        "Schema": "[SchemaDefinition",
        "SchemaExtension": "[SchemaDefinition",
        "Directives": "[DirectiveDefinition",
        "Definitions": "[Definition",
        "Extensions": "[Definition",
        "Comment": "CommentGroup",
    },
    "SchemaDefinition": {
        **_DESCRIBED,
        "Directives": "[Directive",
        "OperationTypes": "[OperationTypeDefinition",
        "EndOfDefinitionComment": "CommentGroup",
    },
    "OperationTypeDefinition": {
        "Operation": "string",
        "Type": "string",
        "Comment": "CommentGroup",
    },
    "DirectiveDefinition": {
        **_DESCRIBED,
        "Name": "string",
        "Arguments": "[ArgumentDefinition",
        "Locations": "[string",
        "IsRepeatable": "bool",
    },
    "Definition": {
        **_NAMED,
        "Kind": "string",
        "Interfaces": "[string",
        "Fields": "[FieldDefinition",
        "Types": "[string",
        "EnumValues": "[EnumValueDefinition",
        "BuiltIn": "bool",
        "EndOfDefinitionComment": "CommentGroup",
    },
    "FieldDefinition": {**_INPUT, "Arguments": "[ArgumentDefinition"},
    "ArgumentDefinition": _INPUT,
    "EnumValueDefinition": _NAMED,
}
_IN_ANY_CASE: Final = {
    kind: {name.lower(): name for name in fields} for kind, fields in _KINDS.items()
}
_AS_WRITTEN: Final = frozenset({"OperationDefinition", "FragmentDefinition", "Field"})
# Without these gqlparser has nothing to follow, and ends OPA.
_NEEDED: Final = {
    "Argument": ("Value",),
    "VariableDefinition": ("Type",),
    "FieldDefinition": ("Type",),
    "ArgumentDefinition": ("Type",),
}
# As deep as graphql-core reads texts.
_DEEPEST: Final = 200
_PLAIN: Final[dict[str, tuple[type, object]]] = {
    "string": (str, ""),
    "bool": (bool, False),
    "int": (int, 0),
}


def query_of(value: Value) -> Tree:
    """The tree of a query that an object shows. Raises BuiltinError."""
    return _read(to_json(value), "QueryDocument", 0)


def schema_of(value: Value) -> Tree:
    """The tree of a schema that an object shows. Raises BuiltinError."""
    return _read(to_json(value), "SchemaDocument", 0)


def _read(shown: Any, kind: str, depth: int) -> Tree:
    if depth > _DEEPEST:
        raise BuiltinError(f"GraphQL object: nested more than {_DEEPEST} deep")
    if type(shown) is not dict:
        raise BuiltinError(f"GraphQL object: a {kind} must be an object")
    fields, spelt = _KINDS[kind], _IN_ANY_CASE[kind]
    given: dict[str, Any] = {}
    # Where one field is spelt in several ways, the last one in the order of texts holds.
    for key in sorted(shown):
        name = key if kind in _AS_WRITTEN else spelt.get(key.lower(), key)
        if name in fields and shown[key] is not None:
            given[name] = shown[key]
    tree: Tree = {}
    for name, wanted in fields.items():
        if name in given:
            found = _part(given[name], wanted, name, depth + 1)
            if found not in ([], {}):
                tree[name] = found
        elif wanted in _PLAIN:
            tree[name] = _PLAIN[wanted][1]
    for name in _NEEDED.get(kind, ()):
        if name not in tree:
            raise BuiltinError(f"GraphQL object: a {kind} has no {name}")
    if kind == "Type" and not (tree["NamedType"] or "Elem" in tree):
        raise BuiltinError("GraphQL object: a Type has neither NamedType nor Elem")
    return tree


def _part(shown: Any, wanted: str, name: str, depth: int) -> Any:
    if wanted in _PLAIN:
        if type(shown) is not _PLAIN[wanted][0]:
            raise BuiltinError(f"GraphQL object: {name} must be of type {wanted}")
        return shown
    if not wanted.startswith("["):
        return _read(shown, wanted, depth)
    if type(shown) is not list:
        raise BuiltinError(f"GraphQL object: {name} must be an array")
    return [_part(item, wanted[1:], name, depth) for item in shown]

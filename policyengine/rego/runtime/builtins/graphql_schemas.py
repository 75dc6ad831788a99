"""Which GraphQL schemas are valid, by the checks of gqlparser, which are fewer than the standard's.

A type that is only extended counts as declared, and a schema needs no query type.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from policyengine.rego.runtime.builtins.graphql_documents import Tree, schema_tree
from policyengine.rego.runtime.builtins.registry import BuiltinError

_STANDARD: Final = """
scalar Int
scalar Float
scalar String
scalar Boolean
scalar ID
directive @defer(if: Boolean = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @deprecated(reason: String = "No longer supported")
    on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
directive @specifiedBy(url: String!) on SCALAR
directive @oneOf on INPUT_OBJECT
"""
_REDECLARED: Final = frozenset({"include", "skip", "deprecated", "specifiedBy", "defer", "oneOf"})
_OUTPUT: Final = frozenset({"SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM"})
_INPUT: Final = frozenset({"SCALAR", "ENUM", "INPUT_OBJECT"})
_GROWING: Final = ("Directives", "Interfaces", "Fields", "Types", "EnumValues")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphqlSchema:
    """Types with their extensions, directives, and the types that operations begin with."""

    types: dict[str, Tree]
    directives: dict[str, Tree]
    roots: dict[str, str]


@cache
def _standard() -> Tree:
    from graphql.utilities import build_schema, print_introspection_schema

    # The directives of graphql-core are not those that a schema is held to here.
    shown = print_introspection_schema(build_schema("type Query { a: Int }"))
    types = schema_tree(shown.replace(" | DIRECTIVE_DEFINITION", ""))
    own = schema_tree(_STANDARD)
    return {
        "Definitions": [*own["Definitions"], *types["Definitions"]],
        "Directives": own["Directives"],
    }


def valid_schema(tree: Tree) -> GraphqlSchema:
    """The schema of a tree. Raises BuiltinError for one that is not valid."""
    types: dict[str, Tree] = {}
    for definition in copy.deepcopy(_standard()["Definitions"]):
        types[definition["Name"]] = definition | {"BuiltIn": True}
    for definition in copy.deepcopy(tree.get("Definitions", [])):
        if definition["Name"] in types:
            raise BuiltinError(f"Cannot redeclare type {definition['Name']}")
        types[definition["Name"]] = definition
    for extension in tree.get("Extensions", []):
        _extend(types, extension)
    directives = _directives(tree)
    roots = _roots(tree, types)
    checks = _Checks(types, directives)
    checks.all(tree)
    if not tree.get("Schema"):
        for operation in ("query", "mutation", "subscription"):
            if operation not in roots and operation.capitalize() in types:
                roots[operation] = operation.capitalize()
    return GraphqlSchema(types=types, directives=directives, roots=roots)


def _extend(types: dict[str, Tree], extension: Tree) -> None:
    name, kind = extension["Name"], extension["Kind"]
    base = types.setdefault(name, {"Kind": kind, "Name": name, "BuiltIn": False})
    if base["Kind"] != kind:
        raise BuiltinError(f"Cannot extend type {name}: it is a {base['Kind']}, not {kind}")
    for key in _GROWING:
        if key in extension:
            base[key] = [*base.get(key, []), *extension[key]]


def _directives(tree: Tree) -> dict[str, Tree]:
    found: dict[str, Tree] = {item["Name"]: item for item in _standard()["Directives"]}
    for definition in tree.get("Directives", []):
        name = definition["Name"]
        if name in found and name not in _REDECLARED:
            raise BuiltinError(f"Cannot redeclare directive {name}")
        found[name] = definition
    return found


def _roots(tree: Tree, types: dict[str, Tree]) -> dict[str, str]:
    schemas = tree.get("Schema", [])
    if len(schemas) > 1:
        raise BuiltinError(
            "Cannot have multiple schema entry points, consider schema extensions instead"
        )
    roots: dict[str, str] = {}
    for schema in (*schemas, *tree.get("SchemaExtension", [])):
        for entry in schema.get("OperationTypes", []):
            if entry["Type"] not in types:
                raise BuiltinError(
                    f"Schema root {entry['Operation']} refers to a type {entry['Type']} that does"
                    " not exist"
                )
            roots[entry["Operation"]] = entry["Type"]
    return roots


def _named(items: Iterable[Tree], name: str) -> Tree | None:
    return next((item for item in items if item["Name"] == name), None)


def innermost(reference: Tree) -> str:
    """The name of the type that lists of lists are of."""
    while not reference["NamedType"]:
        reference = reference["Elem"]
    name: str = reference["NamedType"]
    return name


class _Checks:
    def __init__(self, types: dict[str, Tree], directives: dict[str, Tree]) -> None:
        self._types = types
        self._directives = directives
        self._possible: dict[str, set[str]] = {}
        for definition in types.values():
            name = definition["Name"]
            if definition["Kind"] == "UNION":
                self._possible.setdefault(name, set()).update(definition.get("Types", []))
            elif definition["Kind"] in {"OBJECT", "INPUT_OBJECT", "INTERFACE"}:
                for interface in definition.get("Interfaces", []):
                    self._possible.setdefault(interface, set()).add(name)

    def all(self, tree: Tree) -> None:
        for schema in (*tree.get("Schema", []), *tree.get("SchemaExtension", [])):
            self._used(schema, "SCHEMA")
        for name in sorted(self._types):
            self._definition(self._types[name])
        self._no_endless_inputs()
        for name in sorted(self._directives):
            definition = self._directives[name]
            _own_name(name)
            self._arguments(definition, inside=name)

    def _definition(self, definition: Tree) -> None:
        kind, name = definition["Kind"], definition["Name"]
        fields = definition.get("Fields", [])
        for field in fields:
            self._field(kind, field)
        for member in definition.get("Types", []):
            if self._type(member)["Kind"] != "OBJECT":
                raise BuiltinError(f"{kind} type {member} must be OBJECT")
        for interface in definition.get("Interfaces", []):
            self._implements(definition, interface)
        if kind in {"OBJECT", "INTERFACE", "INPUT_OBJECT"}:
            if not fields:
                raise BuiltinError(f"{kind} {name}: must define one or more fields")
            allowed = _INPUT if kind == "INPUT_OBJECT" else _OUTPUT
            if any(self._type(innermost(f["Type"]))["Kind"] not in allowed for f in fields):
                raise BuiltinError(f"{kind} {name}: field must be one of {sorted(allowed)}")
        if kind == "ENUM":
            self._enum(definition)
        for key in ("Fields", "EnumValues"):
            _distinct(name, [item["Name"] for item in definition.get(key, [])])
        _distinct(name, definition.get("Types", []))
        if not definition["BuiltIn"]:
            _own_name(name)
        self._used(definition, kind, once=False)

    def _field(self, kind: str, field: Tree) -> None:
        _own_name(field["Name"])
        self._type(innermost(field["Type"]))
        self._arguments(field)
        place = "INPUT_FIELD_DEFINITION" if kind == "INPUT_OBJECT" else "FIELD_DEFINITION"
        self._used(field, place)

    def _enum(self, definition: Tree) -> None:
        values = definition.get("EnumValues", [])
        if not values:
            raise BuiltinError(f"ENUM {definition['Name']}: must define one or more enum values")
        for value in values:
            if value["Name"] in {"true", "false", "null"}:
                raise BuiltinError(f"ENUM {definition['Name']}: non-enum value {value['Name']}")
            self._used(value, "ENUM_VALUE")

    def _type(self, name: str) -> Tree:
        found = self._types.get(name)
        if found is None:
            raise BuiltinError(f"Undefined type {name}")
        return found

    def _arguments(self, holder: Tree, *, inside: str = "") -> None:
        for argument in holder.get("Arguments", []):
            _own_name(argument["Name"])
            if self._type(innermost(argument["Type"]))["Kind"] not in _INPUT:
                raise BuiltinError(f"the type of argument {argument['Name']} is not an input type")
            self._used(argument, "ARGUMENT_DEFINITION", inside=inside)

    def _used(self, holder: Tree, place: str, *, inside: str = "", once: bool = True) -> None:
        """Check the directives on ``holder``. Those of a type come from several places."""
        seen: set[str] = set()
        for directive in holder.get("Directives", []):
            name = directive["Name"]
            _own_name(name)
            definition = self._directives.get(name)
            if definition is None or name == inside:
                raise BuiltinError(f"Undefined directive {name}, or one that refers to itself")
            if once and name in seen and not definition["IsRepeatable"]:
                raise BuiltinError(f"The directive {name} can only be used once at this location")
            seen.add(name)
            if place not in definition.get("Locations", []):
                raise BuiltinError(f"Directive {name} is not applicable on {place}")
            _check_given(definition, directive)

    def _implements(self, definition: Tree, name: str) -> None:
        interface = self._type(name)
        if interface["Kind"] != "INTERFACE":
            raise BuiltinError(f"{name} is a non interface type {interface['Kind']}")
        for required in interface.get("Fields", []):
            found = _named(definition.get("Fields", []), required["Name"])
            if found is None or not self._covers(required["Type"], found["Type"]):
                raise BuiltinError(
                    f"For {definition['Name']} to implement {name} it must have a field"
                    f" {required['Name']} of its type"
                )
            self._same_arguments(required, found)
        for inherited in interface.get("Interfaces", []):
            if inherited not in definition["Interfaces"]:
                raise BuiltinError(
                    f"Type {definition['Name']} must implement {inherited} because it is"
                    f" implemented by {name}"
                )

    def _same_arguments(self, required: Tree, found: Tree) -> None:
        own, wanted = found.get("Arguments", []), required.get("Arguments", [])
        for argument in wanted:
            given = _named(own, argument["Name"])
            if given is None or not _compatible(argument["Type"], given["Type"]):
                raise BuiltinError(f"the field {required['Name']} must have the same arguments")
        for argument in own:
            optional = not argument["Type"]["NonNull"] or "DefaultValue" in argument
            if not optional and _named(wanted, argument["Name"]) is None:
                raise BuiltinError(f"the additional argument {argument['Name']} must be optional")

    def _covers(self, required: Tree, actual: Tree) -> bool:
        if required["NonNull"] and not actual["NonNull"]:
            return False
        name = required["NamedType"]
        if name:
            return actual["NamedType"] == name or actual["NamedType"] in self._possible.get(
                name, ()
            )
        return "Elem" in actual and self._covers(required["Elem"], actual["Elem"])

    def _no_endless_inputs(self) -> None:
        """No input object that can only be given by giving itself."""
        needs = {
            name: [
                field["Type"]["NamedType"]
                for field in definition.get("Fields", [])
                if field["Type"]["NonNull"] and field["Type"]["NamedType"]
            ]
            for name, definition in self._types.items()
            if definition["Kind"] == "INPUT_OBJECT"
        }
        # What needs nothing can be given; so can what needs only that.
        pending = dict(needs)
        while pending:
            given = [name for name in pending if not any(need in pending for need in needs[name])]
            if not given:
                raise BuiltinError(f"Cannot reference Input Object {min(pending)} within itself")
            for name in given:
                del pending[name]


def _own_name(name: str) -> None:
    if name.startswith("__"):
        raise BuiltinError(f'Name "{name}" must not begin with "__"')


def _distinct(holder: str, names: list[str]) -> None:
    if len(set(names)) != len(names):
        raise BuiltinError(f"{holder}: a name can only be defined once")


def _check_given(definition: Tree, directive: Tree) -> None:
    given: list[dict[str, Any]] = directive.get("Arguments", [])
    known = definition.get("Arguments", [])
    for argument in given:
        if _named(known, argument["Name"]) is None:
            raise BuiltinError(
                f"Undefined argument {argument['Name']} for directive {directive['Name']}"
            )
    for argument in known:
        if argument["Type"]["NonNull"] and "DefaultValue" not in argument:
            value = _named(given, argument["Name"])
            if value is None or value["Value"]["Kind"] == 6:
                raise BuiltinError(
                    f"Argument {argument['Name']} for directive {directive['Name']} cannot be null"
                )


def _compatible(required: Tree, given: Tree) -> bool:
    if required["NamedType"] != given["NamedType"]:
        return False
    if "Elem" in required and not (
        "Elem" in given and _compatible(required["Elem"], given["Elem"])
    ):
        return False
    return bool(required["NonNull"] or not given["NonNull"])

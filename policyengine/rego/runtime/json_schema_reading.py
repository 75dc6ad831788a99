"""JSON Schemas as OPA takes them: what each keyword may hold, and where references lead.

Without ``$schema`` the keywords of drafts 4, 6 and 7 hold together, which OPA calls hybrid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from policyengine.rego.runtime.builtins.patterns import compile_pattern
from policyengine.rego.runtime.builtins.registry import BuiltinError
from policyengine.rego.runtime.float_texts import json_number
from policyengine.rego.runtime.numbers import (
    number_text,
    to_decimal,
    to_integer,
    written_as_integer,
)
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.values import Value, is_number

HYBRID: Final = 99
_DRAFTS: Final = {f"http://json-schema.org/draft-0{draft}/schema": draft for draft in (4, 6, 7)}
_TYPES: Final = ("array", "boolean", "integer", "number", "null", "object", "string")
_SCHEMA: Final = "Valid Schema"
_LITERAL: Final = frozenset({"const", "enum"})
_BY_NAME: Final = frozenset({"properties", "dependencies", "patternProperties"})
_INT64: Final = range(-(2**63), 2**63)


class SchemaFault(Exception):
    """A schema that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A schema that has been read; ``references`` leads from the id of a dict to its ``$ref``."""

    root: Value
    draft: int
    references: dict[int, Value]


def read_schema(document: Value) -> Schema:
    """Check a schema of plain JSON. Raises SchemaFault."""
    if type(document) is not dict and type(document) is not bool:
        raise SchemaFault("schema is invalid")
    return _Reader(document).read()


def canonical_text(value: Value) -> str:
    """The JSON by which OPA compares values: every number is rounded to a double."""
    return marshal(_rounded(value))


def _rounded(value: Value) -> Value:
    if type(value) is list:
        return [_rounded(item) for item in value]
    if type(value) is dict:
        return {key: _rounded(item) for key, item in value.items()}
    if not is_number(value):
        return value
    rounded = float(to_decimal(value))
    if math.isinf(rounded):
        raise SchemaFault(f"json: cannot unmarshal number {number_text(value)} into a double")
    return json_number(rounded)


class _Reader:
    """One pass that finds what references name, and one that checks the keywords."""

    def __init__(self, root: Value) -> None:
        self.root = root
        self.places: dict[str, Value] = {}
        self.absolute: dict[int, str] = {}
        self.references: dict[int, Value] = {}
        self.checked: set[int] = set()
        self.draft = HYBRID

    def read(self) -> Schema:
        if type(self.root) is dict and "$schema" in self.root:
            named = self.root["$schema"]
            if type(named) is not str:
                raise SchemaFault("$schema must be of type string")
            self.draft = _DRAFTS.get(named.rstrip("#"), HYBRID)
        self._place(self.root, "")
        self.places.setdefault("", self.root)
        self._check(self.root)
        return Schema(root=self.root, draft=self.draft, references=self.references)

    # ---- references ---------------------------------------------------------------------------

    def _place(self, node: Value, base: str) -> None:
        if type(node) is list:
            for item in node:
                self._place(item, base)
        if type(node) is not dict:
            return
        identity = node.get("id" if "id" in node else "$id")
        if type(identity) is str:
            base = _joined(base, identity)
            if base in self.places:
                raise SchemaFault(f'Reference already exists: "{base}"')
            self.places[base] = node
        if type(node.get("$ref")) is str:
            self.absolute[id(node)] = _joined(base, node["$ref"])
        for name, item in node.items():
            if name in _BY_NAME and type(item) is dict:
                for below in item.values():
                    self._place(below, base)
            elif name not in _LITERAL:
                self._place(item, base)

    def _referred(self, reference: str) -> Value:
        if reference in self.places:
            return self.places[reference]
        base, fragment = urldefrag(reference)
        if base not in self.places:
            parts = urlsplit(base)
            if parts.scheme and parts.netloc:
                raise SchemaFault(f"remote reference loading disabled: {reference}")
            raise SchemaFault(f"Reference {reference} must be canonical")
        node = self.places[base]
        pointer = unquote(fragment)
        for token in pointer[1:].split("/") if pointer.startswith("/") else []:
            node = _step(node, token)
        return node

    # ---- keywords -----------------------------------------------------------------------------

    def _check(self, node: Value) -> None:
        if type(node) is bool and self.draft >= 6:
            return
        if type(node) is not dict:
            raise SchemaFault(f"Expected: {_SCHEMA}, given: Invalid JSON")
        if id(node) in self.checked:
            return
        self.checked.add(id(node))
        self._check_strings(node, "id" if self._has_old_id(node) else "$id")
        self._check_definitions(node)
        self._check_strings(node, "title", "description", "$ref")
        if "$ref" in node:
            target = self._referred(self.absolute.get(id(node)) or node["$ref"])
            if type(target) is not dict and type(target) is not bool:
                raise SchemaFault(f"{_SCHEMA} must be of type object")
            self.references[id(node)] = target
            self._check(target)
            return
        _check_types(node)
        self._check_objects(node)
        self._check_items(node)
        _check_multiple(node)
        self._check_bound(node, "minimum", "exclusiveMinimum")
        self._check_bound(node, "maximum", "exclusiveMaximum")
        _check_sizes(node, "minLength", "maxLength")
        self._check_strings(node, "pattern")
        if "pattern" in node and not _compiles(node["pattern"]):
            raise SchemaFault("pattern must be a valid regex")
        self._check_strings(node, "format")
        _check_sizes(node, "minProperties", "maxProperties")
        _check_required(node)
        _check_sizes(node, "minItems", "maxItems", ordered=False)
        if type(node.get("uniqueItems", False)) is not bool:
            raise SchemaFault("uniqueItems must be of a boolean")
        self._check_parts(node)

    def _has_old_id(self, node: dict[str, Value]) -> bool:
        return self.draft == 4 or (self.draft == HYBRID and "id" in node)

    def _check_strings(self, node: dict[str, Value], *names: str) -> None:
        for name in names:
            if name in node and type(node[name]) is not str:
                raise SchemaFault(f"Invalid type. Expected: string, given: {name}")

    def _check_definitions(self, node: dict[str, Value]) -> None:
        definitions = node.get("definitions", {})
        below = list(definitions.values()) if type(definitions) is dict else [None]
        for item in below:
            if type(item) is not bool and type(item) is not dict:
                raise _wrong_type("Array Of Schemas", "definitions")
            self._check(item)

    def _check_objects(self, node: dict[str, Value]) -> None:
        properties = node.get("properties", {})
        if type(properties) is not dict:
            raise SchemaFault("Properties must be of type object")
        for name in sorted(properties):
            self._check(properties[name])
        self._check_additional(node, "additionalProperties")
        patterns = node.get("patternProperties", {})
        if type(patterns) is not dict:
            raise _wrong_type(_SCHEMA, "patternProperties")
        for pattern in sorted(patterns):
            if not _compiles(pattern):
                raise SchemaFault(f"Invalid regex pattern '{pattern}'")
            self._check(patterns[pattern])
        if "propertyNames" in node and self.draft >= 6:
            if type(node["propertyNames"]) not in {bool, dict}:
                raise _wrong_type(_SCHEMA, "patternProperties")
            self._check(node["propertyNames"])
        self._check_dependencies(node)

    def _check_additional(self, node: dict[str, Value], name: str) -> None:
        item = node.get(name, True)
        if type(item) is dict:
            self._check(item)
        elif type(item) is not bool:
            raise _wrong_type(f"boolean/{_SCHEMA}", name)

    def _check_dependencies(self, node: dict[str, Value]) -> None:
        dependencies = node.get("dependencies", {})
        if type(dependencies) is not dict:
            raise SchemaFault("dependencies must be of type object")
        for name in sorted(dependencies):
            item = dependencies[name]
            if type(item) is bool or type(item) is dict:
                self._check(item)
            elif type(item) is not list or any(type(key) is not str for key in item):
                raise SchemaFault("Dependency must be of type Schema Or Array Of Strings")

    def _check_items(self, node: dict[str, Value]) -> None:
        items = node.get("items", [])
        for item in items if type(items) is list else [items]:
            if type(item) is not bool and type(item) is not dict:
                raise _wrong_type(f"{_SCHEMA}/Array Of Schemas", "items")
            self._check(item)
        self._check_additional(node, "additionalItems")

    def _check_bound(self, node: dict[str, Value], name: str, exclusive: str) -> None:
        if name in node and not is_number(node[name]):
            raise SchemaFault(f"{name} must be of a Number")
        if exclusive not in node:
            return
        item = node[exclusive]
        as_boolean = type(item) is bool and self.draft in {4, HYBRID}
        if not as_boolean and not (is_number(item) and self.draft != 4):
            wanted = {4: "boolean", HYBRID: "boolean/number"}.get(self.draft, "number")
            raise _wrong_type(wanted, exclusive)
        if as_boolean and name not in node:
            raise SchemaFault(f"{exclusive} cannot be used without {name}")

    def _check_parts(self, node: dict[str, Value]) -> None:
        if "contains" in node and self.draft >= 6:
            self._check(node["contains"])
        values = _array(node, "enum")
        texts = [canonical_text(item) for item in values]
        if len(set(texts)) < len(texts):
            raise SchemaFault("enum items must be unique")
        for name in ("oneOf", "anyOf", "allOf"):
            for item in _array(node, name):
                self._check(item)
        for name in ("not", "if", "then", "else") if self.draft >= 7 else ("not",):
            if name in node:
                if type(node[name]) is not bool and type(node[name]) is not dict:
                    raise SchemaFault(f"{name} must be of an object")
                self._check(node[name])


def _joined(base: str, reference: str) -> str:
    """The absolute form of a reference. An empty fragment is none."""
    if reference.startswith("#"):
        return (urldefrag(base)[0] + reference).rstrip("#")
    joined = urljoin(base, reference).rstrip("#")
    relative = joined and joined[0] not in "/?" and not urlsplit(joined).scheme
    return f"/{joined}" if relative else joined


def _step(node: Value, token: str) -> Value:
    if type(node) is dict:
        name = token.replace("~1", "/").replace("~0", "~")
        if name not in node:
            raise SchemaFault(f"Object has no key '{name}'")
        return node[name]
    if type(node) is not list:
        raise SchemaFault(f"Invalid token reference '{token}'")
    if not (token.isascii() and token.isdecimal() and len(token) < 10):
        raise SchemaFault(f"Invalid array index '{token}'")
    if int(token) >= len(node):
        raise SchemaFault(f"Out of bound array[0,{len(node)}] index '{int(token)}'")
    return node[int(token)]


def _wrong_type(expected: str, given: str) -> SchemaFault:
    return SchemaFault(f"Invalid type. Expected: {expected}, given: {given}")


def _array(node: dict[str, Value], name: str) -> list[Value]:
    found = node.get(name, [])
    if type(found) is not list:
        raise SchemaFault(f"{name} must be of an array")
    return found


def _compiles(pattern: str) -> bool:
    try:
        compile_pattern(pattern)
    except BuiltinError:
        return False
    return True


def type_names(node: dict[str, Value]) -> list[str]:
    """The types that a checked schema allows; none given: any."""
    named = node.get("type", [])
    return named if type(named) is list else [named]


def _check_types(node: dict[str, Value]) -> None:
    if "type" not in node:
        return
    if type(node["type"]) not in {str, list}:
        raise _wrong_type("type", "string/Array Of Strings")
    for place, name in enumerate(names := type_names(node)):
        if type(name) is not str:
            raise _wrong_type("type", "string/Array Of Strings")
        if name not in _TYPES:
            raise SchemaFault(
                f"has a primitive type that is NOT VALID -- given: /{name}/ "
                f"Expected valid values are:[{' '.join(_TYPES)}]"
            )
        if name in names[:place]:
            raise SchemaFault(f"{name} type is duplicated")


def _check_multiple(node: dict[str, Value]) -> None:
    if "multipleOf" in node:
        if not is_number(node["multipleOf"]):
            raise _wrong_type("Number", "multipleOf")
        if to_decimal(node["multipleOf"]) <= Decimal(0):
            raise SchemaFault("multipleOf must be strictly greater than 0")


def _check_sizes(node: dict[str, Value], least: str, most: str, *, ordered: bool = True) -> None:
    sizes: list[int] = []
    for name in (least, most):
        if name not in node:
            continue
        item = node[name]
        size = to_integer(item) if is_number(item) and written_as_integer(item) else None
        if size is None or size not in _INT64:
            raise SchemaFault(f"{name} must be of an integer")
        if size < 0:
            raise SchemaFault(f"{name} must be greater than or equal to 0")
        sizes.append(size)
    if ordered and len(sizes) == 2 and sizes[0] > sizes[1]:
        raise SchemaFault(f"{least} cannot be greater than {most}")


def _check_required(node: dict[str, Value]) -> None:
    seen: set[str] = set()
    for name in _array(node, "required"):
        if type(name) is not str:
            raise _wrong_type("string", "required")
        if name in seen:
            raise SchemaFault("required items must be unique")
        seen.add(name)

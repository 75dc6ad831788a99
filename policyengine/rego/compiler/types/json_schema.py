"""JSON Schemas as types, read as OPA reads them.

Kept are ``type``, ``properties``, ``items``, ``anyOf``, ``allOf`` and references within the schema;
all other keywords say nothing of types. Of several types one is taken, in OPA's order: boolean,
string, number, object, array. Nothing is ever fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote, urldefrag, urljoin

from policyengine.rego.compiler.types.lattice import (
    ANY_OBJECT,
    BOOLEAN,
    NUMBER,
    STRING,
    union_of,
)
from policyengine.rego.runtime.types import (
    ANY,
    ArrayType,
    ObjectType,
    RecursiveType,
    RegoType,
)

_TYPES: Final = ("array", "boolean", "integer", "number", "null", "object", "string")
_MOST_NESTED: Final = 200


class SchemaError(ValueError):
    """A schema that cannot be read; the message is OPA's where it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Schema:
    """One schema: only what says something of types. ``items`` of one for all is not ``listed``."""

    types: tuple[str, ...] = ()
    properties: tuple[tuple[str, Any], ...] = ()
    items: tuple[Any, ...] = ()
    listed: bool = False
    any_of: tuple[Any, ...] | None = None
    all_of: tuple[Any, ...] | None = None

    @property
    def type_text(self) -> str:
        if len(self.types) == 1:
            return self.types[0]
        return f"[{','.join(self.types)}]" if self.types else "undefined"


def schema_type(schema: Any) -> RegoType:
    """The type of the documents that a JSON Schema allows. Raises SchemaError."""
    return _Reader(schema).type_of(schema, depth=0)


class _Reader:
    def __init__(self, root: Any) -> None:
        self._root = root
        self._base = _text(root, "$id") or _text(root, "id") or ""
        self._done: dict[str, RegoType] = {}
        self._open: dict[str, RecursiveType] = {}

    def type_of(self, schema: Any, depth: int) -> RegoType:
        if depth > _MOST_NESTED:
            raise SchemaError(f"unable to compile the schema: nested over {_MOST_NESTED} deep")
        reference = _text(schema, "$ref")
        if reference is None:
            return self._type(_parsed(schema), depth)
        if reference in self._done:
            return self._done[reference]
        if reference in self._open:
            return self._open[reference]
        recursive = self._open[reference] = RecursiveType(reference)
        found = self.type_of(self._referred(reference), depth + 1)
        if found is recursive:
            raise SchemaError(f"unable to compile the schema: {reference} refers to itself")
        recursive.of = found
        del self._open[reference]
        self._done[reference] = found
        return found

    def _referred(self, reference: str) -> Any:
        """The schema that a reference names."""
        address, fragment = urldefrag(urljoin(self._base, reference))
        if address != urldefrag(self._base)[0] and not reference.startswith("#"):
            raise SchemaError(f"unable to compile the schema: {reference} is not fetched")
        target = self._root
        for step in filter(None, fragment.split("/")):
            name = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(target, dict) and name in target:
                target = target[name]
            elif isinstance(target, list) and name.isdecimal() and int(name) < len(target):
                target = target[int(name)]
            else:
                raise SchemaError(
                    f"unable to compile the schema: object has no key {name!r} of {reference}"
                )
        return target

    def _resolved(self, schema: Any) -> Any:
        seen: set[str] = set()
        while (reference := _text(schema, "$ref")) is not None:
            if reference in seen:
                raise SchemaError(f"unable to compile the schema: {reference} refers to itself")
            seen.add(reference)
            schema = self._referred(reference)
        return schema

    def _type(self, schema: _Schema, depth: int) -> RegoType:
        if schema.any_of is not None:
            return self._any_of(schema, schema.any_of, depth)
        if schema.all_of is not None:
            return self._all_of(schema, schema.all_of, depth)
        types = schema.types
        if "boolean" in types:
            return BOOLEAN
        if "string" in types:
            return STRING
        if "integer" in types or "number" in types:
            return NUMBER
        if "object" in types or (schema.properties and "array" not in types):
            if not schema.properties:
                return ANY_OBJECT
            pairs = [(name, self.type_of(below, depth + 1)) for name, below in schema.properties]
            return ObjectType(tuple(pairs))
        if "array" in types or schema.items:
            items = [self.type_of(item, depth + 1) for item in schema.items]
            if not items:
                return ArrayType((), ANY)
            return ArrayType(tuple(items)) if schema.listed else ArrayType((), items[0])
        return ANY

    def _any_of(self, schema: _Schema, options: tuple[Any, ...], depth: int) -> RegoType:
        types: list[RegoType] = []
        if schema.types:
            own = self._type(replace(schema, any_of=None), depth)
            if isinstance(own, ObjectType) and own.static and own.dynamic is None:
                types.append(own)
        types += [self.type_of(option, depth + 1) for option in options]
        return union_of(types) or ANY

    def _all_of(self, schema: _Schema, parts: tuple[Any, ...], depth: int) -> RegoType:
        found = [_parsed(self._resolved(part)) for part in parts]
        # A part that is nothing but ``anyOf`` has no type to merge.
        found = [
            part
            for part in found
            if part.types or part.any_of is None or part.properties or part.items
        ]
        if not found:
            return ANY
        merged = _merged(found)
        if schema.types:
            if any(kind in schema.types and kind in merged.types for kind in ("object", "array")):
                merged = _merged([merged, schema])
            elif schema.type_text != merged.type_text:
                raise SchemaError("type checking: unable to merge these schemas")
        return self._type(merged, depth + 1)


def _parsed(schema: Any) -> _Schema:
    if isinstance(schema, bool):
        return _Schema()
    if not isinstance(schema, dict):
        raise _invalid("schema")
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        raise _invalid("properties")
    items = schema.get("items", ())
    if not isinstance(items, dict | bool | list | tuple):
        raise _invalid("items")
    listed = isinstance(items, list)
    return _Schema(
        types=_types(schema.get("type", [])),
        properties=tuple(properties.items()),
        items=tuple(items) if isinstance(items, list | tuple) else (items,),
        listed=listed,
        any_of=_schemas(schema, "anyOf"),
        all_of=_schemas(schema, "allOf"),
    )


def _types(found: Any) -> tuple[str, ...]:
    types = [found] if isinstance(found, str) else found
    if not isinstance(types, list):
        raise _invalid("type")
    for index, name in enumerate(types):
        if name not in _TYPES:
            raise SchemaError(
                "unable to compile the schema: has a primitive type that is NOT VALID -- given: "
                f"/{name}/ Expected valid values are:[{' '.join(_TYPES)}]"
            )
        if name in types[:index]:
            raise SchemaError(f"unable to compile the schema: {name} type is duplicated")
    return tuple(types)


def _schemas(schema: Mapping[str, Any], keyword: str) -> tuple[Any, ...] | None:
    if keyword not in schema:
        return None
    found = schema[keyword]
    if not isinstance(found, list):
        raise _invalid(keyword)
    return tuple(found)


def _text(schema: Any, keyword: str) -> str | None:
    found = schema.get(keyword) if isinstance(schema, dict) else None
    if found is not None and not isinstance(found, str):
        raise _invalid(keyword)
    return found


def _invalid(keyword: str) -> SchemaError:
    return SchemaError(f"unable to compile the schema: {keyword} is of an invalid type")


def _merged(schemas: list[_Schema]) -> _Schema:
    """All of the schemas as one: they must have the same types."""
    typed = [_with_container(schema) for schema in schemas]
    merged = typed[0]
    for other in typed[1:]:
        if merged.type_text != other.type_text:
            raise SchemaError(
                "type checking: unable to merge these schemas: type mismatch: "
                f"{merged.type_text} and {other.type_text}"
            )
        if merged.properties and other.properties:
            merged = replace(merged, properties=(*merged.properties, *other.properties))
        elif merged.items and other.items:
            items = [*merged.items, *other.items[len(merged.items) :]]
            for mine, its in zip(items, other.items, strict=False):
                if _parsed(mine).type_text != _parsed(its).type_text:
                    raise SchemaError("type checking: unable to merge these schemas")
            merged = replace(merged, items=tuple(items))
    return merged


def _with_container(schema: _Schema) -> _Schema:
    """The schema with the type that its keywords speak of."""
    kind = "object" if schema.properties else "array" if schema.items else ""
    if not kind or kind in schema.types:
        return schema
    return replace(schema, types=(*schema.types, kind))

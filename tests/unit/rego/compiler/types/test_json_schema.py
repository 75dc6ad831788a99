"""JSON Schemas as types: what they allow, and what is refused without being fetched."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.rego.compiler.types.json_schema import SchemaError, schema_type
from policyengine.rego.compiler.types.messages import type_text


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, "any"),
        (True, "any"),
        ({"type": "integer"}, "number"),
        ({"type": ["null", "string"]}, "string"),
        ({"type": "null"}, "any"),
        ({"type": "object"}, "object[any: any]"),
        ({"properties": {"a": {"type": "string"}}}, "object<a: string>"),
        ({"type": "null", "properties": {"a": {}}}, "object<a: any>"),
        ({"type": "array"}, "array[any]"),
        ({"items": {"type": "boolean"}}, "array[boolean]"),
        ({"items": [{"type": "boolean"}, {}]}, "array<boolean, any>"),
        ({"anyOf": [{"type": "string"}, {"type": "number"}]}, "any<number, string>"),
        ({"anyOf": []}, "any"),
        (
            {"type": "object", "properties": {"a": {}}, "anyOf": [{"type": "string"}]},
            "any<string, object<a: any>>",
        ),
        (
            {"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {"type": "string"}}}]},
            "object<a: any, b: string>",
        ),
        ({"allOf": [{"anyOf": [{"type": "string"}]}]}, "any"),
        (
            {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "string"}}},
            "string",
        ),
        (
            {"$id": "http://x/s.json", "$ref": "s.json#/$defs/a", "$defs": {"a": {"items": {}}}},
            "array[any]",
        ),
        (
            {"properties": {"a": {"$ref": "#"}}},
            "object<a: object<a: recursive(#)>>",
        ),
    ],
)
def test_a_schema_is_the_type_that_opa_makes_of_it(schema: Any, expected: str) -> None:
    assert type_text(schema_type(schema)) == expected


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ([], "schema is of an invalid type"),
        (None, "schema is of an invalid type"),
        ({"type": "text"}, "a primitive type that is NOT VALID -- given: /text/"),
        ({"type": 1}, "type is of an invalid type"),
        ({"type": ["string", "string"]}, "string type is duplicated"),
        ({"properties": []}, "properties is of an invalid type"),
        ({"properties": {"a": 1}}, "schema is of an invalid type"),
        ({"items": 1}, "items is of an invalid type"),
        ({"anyOf": {}}, "anyOf is of an invalid type"),
        ({"$ref": 1}, "$ref is of an invalid type"),
        ({"$ref": "#/a"}, "object has no key 'a'"),
        ({"$ref": "#"}, "# refers to itself"),
        ({"allOf": [{"$ref": "#/allOf/0"}]}, "#/allOf/0 refers to itself"),
        ({"$ref": "http://x.invalid/s.json"}, "is not fetched"),
        ({"$ref": "file:///etc/passwd"}, "is not fetched"),
        ({"$ref": "other.json#/a"}, "is not fetched"),
        ({"allOf": [{"type": "string"}, {"type": "number"}]}, "type mismatch: string and number"),
        ({"type": "string", "allOf": [{"type": "number"}]}, "unable to merge these schemas"),
    ],
)
def test_a_schema_that_cannot_be_read_is_refused(schema: Any, message: str) -> None:
    with pytest.raises(SchemaError) as raised:
        schema_type(schema)
    assert message in str(raised.value)


def test_a_schema_nested_without_end_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(5000):
        schema = {"items": schema}
    with pytest.raises(SchemaError) as raised:
        schema_type(schema)
    assert "deep" in str(raised.value)

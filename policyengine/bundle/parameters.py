"""Parameters of a bundle: their schema, their defaults, and what the user sets.

The schema is JSON Schema 2020-12 of one object whose properties are the parameters, each with a
``description`` and a ``default``. A parameter that the schema does not have, or a value that it
refuses, is an error: a misspelt parameter would be a limit that is not in force.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

import jsonschema_rs
import orjson

from policyengine.bundle.nearest import did_you_mean
from policyengine.errors import BundleFormatError, ParameterError
from policyengine.given_file import read_given
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer

PARAMETERS = "parameters"
"""Where rules find their values, below ``data``."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def check_schema(schema: JsonObject, *, where: str) -> None:
    """Check that ``schema`` is one of parameters. Raises BundleFormatError."""
    if not schema:
        return
    if not (_is_plain(schema) and _is_schema(schema)):
        _check_in_words(schema, where)
    for name, property_ in _properties(schema).items():
        place = f"{where}/properties/{name}"
        if not isinstance(property_, dict) or "default" not in property_:
            raise BundleFormatError(
                "is a parameter without a default", where=place, expected="a default"
            )
        if not isinstance(property_.get("description"), str):
            raise BundleFormatError(
                "is a parameter without a description", where=place, expected="a description"
            )
    _validate(schema, defaults(schema), {}, error=BundleFormatError, where=where)


def _check_in_words(schema: JsonObject, where: str) -> None:
    import jsonschema

    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise BundleFormatError(
            "is not a JSON Schema",
            where=f"{where}{json_pointer(error.absolute_path)}",
            found=error.message,
        ) from None


def _is_plain(schema: JsonObject) -> bool:
    """Say whether the fast validator may look at ``schema``: one of 2020-12 without references.

    A reference that leads back to itself would end the process in it, not in an error.
    """
    written = orjson.dumps(schema)
    return schema.get("$schema", _DIALECT) == _DIALECT and not any(
        word in written for word in (b"$ref", b"$dynamicRef", b"$recursiveRef")
    )


def _is_schema(schema: JsonObject) -> bool:
    try:
        # The metaschema says nothing of patterns: making a validator compiles them.
        jsonschema_rs.Draft202012Validator(schema)
        return jsonschema_rs.meta.is_valid(schema)
    except (ValueError, TypeError):
        return False


def _fits(schema: JsonObject, values: JsonObject) -> bool:
    """Say whether ``values`` are known to fit; where it is False, the other validator decides."""
    try:
        return _is_plain(schema) and jsonschema_rs.Draft202012Validator(schema).is_valid(values)
    except (ValueError, TypeError):
        # A value that is none of JSON, or a pattern that is no regular expression to it.
        return False


def parameter_names(schema: JsonObject) -> tuple[str, ...]:
    """Return the names of all parameters."""
    return tuple(_properties(schema))


def defaults(schema: JsonObject) -> JsonObject:
    """Return the value of each parameter that nobody set."""
    return {
        name: property_["default"]
        for name, property_ in _properties(schema).items()
        if isinstance(property_, dict)
    }


def in_force(schema: JsonObject, given: Mapping[str, JsonValue], *, bundle: str) -> JsonObject:
    """Return defaults overlaid with what is ``given``. Raises ParameterError."""
    known = _properties(schema)
    for name in given:
        if name not in known:
            raise ParameterError(
                f"the bundle {bundle} has no such parameter",
                found=repr(name),
                hint=did_you_mean(name, known),
            )
    values = {**defaults(schema), **given}
    _validate(schema, values, given, error=ParameterError, where=f"parameters of {bundle}")
    return values


def parse_assignment(text: str) -> tuple[str, JsonValue]:
    """Read ``NAME=VALUE``. A value that is JSON is that; anything else is a string."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ParameterError(
            "not a parameter", where="--param", found=repr(text), expected="NAME=VALUE"
        )
    try:
        return name.strip(), parse_json(value.encode(), where=name, error=ParameterError)
    except ParameterError:
        if value[:1] in {"[", "{", '"'}:
            raise
        return name.strip(), value


def read_parameters(path: str) -> JsonObject:
    """Read a file of parameters: one JSON object. Raises ParameterError."""
    data = read_given(path, error=ParameterError)
    values = parse_json(data, where=path, error=ParameterError)
    if not isinstance(values, dict):
        raise ParameterError("is not a JSON object of parameters", where=path)
    return values


def _properties(schema: JsonObject) -> JsonObject:
    properties = schema.get("properties", {})
    return properties if isinstance(properties, dict) else {}


def _validate(
    schema: JsonObject,
    values: JsonObject,
    given: Mapping[str, JsonValue],
    *,
    error: type[ParameterError | BundleFormatError],
    where: str,
) -> None:
    if not schema or _fits(schema, values):
        return
    import jsonschema
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    # A registry of its own: left to itself the validator fetches references from anywhere.
    validator = jsonschema.Draft202012Validator(schema, registry=Registry())
    try:
        problems = list(validator.iter_errors(values))
    except Unresolvable as unresolved:
        raise BundleFormatError(
            "has a $ref that leads nowhere in it", where=where, found=str(unresolved)
        ) from None
    except re.error as wrong:
        raise BundleFormatError(
            "has a pattern that is no regular expression", where=where, found=str(wrong)
        ) from None
    except RecursionError:
        raise BundleFormatError("has a $ref that leads back to itself", where=where) from None
    for problem in sorted(problems, key=lambda item: json_pointer(item.absolute_path)):
        name = str(next(iter(problem.absolute_path), ""))
        hint = _hint(schema, name, given)
        raise error(
            f"a value that the schema refuses: {problem.message}",
            where=f"{where}{json_pointer(problem.absolute_path)}",
            expected=_expected(problem.validator, problem.validator_value),
            hint=hint,
        )


def _expected(keyword: object, value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " or ".join(str(item) for item in value)
    return f"{keyword} {json.dumps(value)}" if keyword != "type" else str(value)


def _hint(schema: JsonObject, name: str, given: Mapping[str, JsonValue]) -> str | None:
    property_ = _properties(schema).get(name)
    if name in given and isinstance(property_, dict):
        return f"{name}: {property_.get('description', '')}; by default {property_['default']!r}"
    return None

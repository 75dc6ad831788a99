"""JSON Schema, drafts 4, 6 and 7, with the errors that OPA's own validator gives.

A reference outside of the schema is an error: nothing is ever fetched.
"""

from __future__ import annotations

from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.json_schema_matching import Matching
from policyengine.rego.runtime.json_schema_reading import Schema, SchemaFault, read_schema
from policyengine.rego.runtime.json_values import from_json
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.values import Value, is_object, key_of

_TOO_DEEP = "the schema or the document nests too deep"


@builtin(
    "json.verify_schema",
    "string | object[any: any] -> array<boolean, null | string>",
    nondeterministic=True,
)
def verify_schema(schema: Value) -> Value:
    try:
        read_schema(_document(schema))
    except SchemaFault as fault:
        return [False, f"jsonschema: {fault}"]
    except RecursionError:
        return [False, f"jsonschema: {_TOO_DEEP}"]
    return [True, None]


@builtin(
    "json.match_schema",
    "string | object[any: any], string | object[any: any] -> "
    "array<boolean, array[object<desc: string, error: string, field: string, type: string>]>",
    context=True,
    nondeterministic=True,
)
def match_schema(session: Session, document: Value, schema: Value) -> Value:
    try:
        value = _document(document)
        faults = Matching(session, _schema(session, schema)).faults_of(value)
    except SchemaFault as fault:
        raise BuiltinError(str(fault)) from None
    except RecursionError:
        raise BuiltinError(_TOO_DEEP) from None
    return [not faults, [fault.shown() for fault in faults]]


def _schema(session: Session, schema: Value) -> Schema:
    key = ("json.match_schema", key_of(schema))
    known: Schema | None = session.memo.get(key)
    if known is None:
        known = session.memo[key] = read_schema(_document(schema))
    return known


def _document(value: Value) -> Value:
    """Plain JSON, of a string that has it or of a collection. Raises SchemaFault."""
    if type(value) is str:
        try:
            return from_json(value)
        except ValueError:
            raise SchemaFault("invalid JSON string") from None
    if type(value) is list or is_object(value):
        return from_json(marshal(value))
    raise SchemaFault("wrong type, expected string or object")

"""YAML as text: read by the rules of Go's ``yaml.v3``, and given on as JSON would be."""

from __future__ import annotations

from policyengine.rego.runtime.builtins.operands import string
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.json_values import from_json
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.utf8 import has_bytes
from policyengine.rego.runtime.values import Value


@builtin("yaml.unmarshal", "string -> any", context=True)
def from_yaml_text(session: Session, text: Value) -> Value:
    return _read(session, string(text, 1))


@builtin("yaml.is_valid", "string -> boolean", context=True)
def is_yaml(session: Session, text: Value) -> Value:
    if type(text) is not str:
        return False
    try:
        _read(session, text)
    except BuiltinError:
        return False
    return True


@builtin("yaml.marshal", "any -> string", context=True)
def to_yaml_text(session: Session, value: Value) -> Value:
    """The value's JSON, written as YAML. What YAML does not read in that JSON is refused."""
    from policyengine.rego.runtime.yaml_writing import write_yaml

    json_text = marshal(value)
    _read(session, json_text)
    text = write_yaml(from_json(json_text))
    session.budget.size(len(text))
    return text


def _read(session: Session, text: str) -> Value:
    # PyYAML takes its time to import.
    from policyengine.rego.runtime.yaml_values import YamlError, from_yaml

    session.budget.charge(len(text))
    if has_bytes(text):
        raise BuiltinError("yaml: invalid leading UTF-8 octet")
    try:
        return from_yaml(text)
    except YamlError as error:
        raise BuiltinError(str(error)) from None

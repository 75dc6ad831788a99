"""From YAML to values, as Go's ``yaml.v3`` reads it and ``encoding/json`` writes what it gives.

Differences to a plain reading: of equal keys the last holds; a date is a string; a key that is a
number or a boolean is its text; any other key, ``.inf`` and ``.nan`` are errors.
"""

from __future__ import annotations

import math
import struct

from policyengine.rego.runtime.float_texts import float_text, json_number
from policyengine.rego.runtime.numbers import AnyNumber
from policyengine.rego.runtime.values import Value
from policyengine.rego.syntax.metadata_yaml import MetadataYamlError, YamlNode, read_stream


class YamlError(Exception):
    """A text that is no YAML, or not to be written as JSON."""


def from_yaml(text: str) -> Value:
    """The value of the first document; null for none. Raises YamlError."""
    try:
        node = read_stream(text)
    except (MetadataYamlError, UnicodeError) as error:
        raise YamlError(str(error)) from None
    return None if node is None else _value(node, {})


def _value(node: YamlNode, known: dict[int, Value]) -> Value:
    """The value of a node; that of an alias is made once."""
    if id(node) in known:
        return known[id(node)]
    value: Value
    if node.tag == "!!seq":
        value = [_value(item, known) for item in node.items]
    elif node.tag == "!!map":
        value = _mapping(node, known)
    else:
        value = _scalar(node)
    known[id(node)] = value
    return value


def _scalar(node: YamlNode) -> Value:
    if node.tag == "!!timestamp" and not node.tagged:
        return node.text
    if node.tag == "!!float":
        return _json_number(_float(node))
    return node.value


def _float(node: YamlNode) -> float:
    number = float(node.value)  # type: ignore[arg-type] # the value of a float
    return -0.0 if number == 0 and node.text.startswith("-") else number


def _json_number(number: float) -> AnyNumber:
    if not math.isfinite(number):
        shown = "NaN" if math.isnan(number) else "+Inf" if number > 0 else "-Inf"
        raise YamlError(f"json: unsupported value: {shown}")
    return json_number(number)


def _mapping(node: YamlNode, known: dict[int, Value]) -> dict[str, Value]:
    made: dict[str, Value] = {}
    merges: list[YamlNode] = []
    for key, item in node.pairs:
        if key.tag == "!!merge":
            merges += item.items if item.tag == "!!seq" else [item]
        else:
            made[_key(key)] = _value(item, known)
    for merge in merges:
        if merge.tag != "!!map":
            raise YamlError("yaml: map merge requires map or sequence of maps as the value")
        for name, value in _value(merge, known).items():
            made.setdefault(name, value)
    return made


def _key(node: YamlNode) -> str:
    if node.tag in {"!!seq", "!!map"}:
        raise YamlError("yaml: invalid map key")
    if node.tag == "!!float":
        return _float_key(_float(node))
    key = _scalar(node)
    if key is None:
        raise YamlError("unsupported map key of type: null")
    if type(key) is bool:
        return "true" if key else "false"
    return str(key)


def _float_key(number: float) -> str:
    """The shortest text that reads back the same at single precision."""
    if math.isnan(number):
        return ".nan"
    try:
        single: float = struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:
        single = math.copysign(math.inf, number)
    if math.isinf(single):
        return ".inf" if single > 0 else "-.inf"
    texts = (f"{single:.{digits}e}" for digits in range(9))
    exact = next(t for t in texts if struct.pack("f", float(t)) == struct.pack("f", single))
    return float_text(exact)

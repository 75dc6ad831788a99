"""Whether a document of plain JSON matches a schema, and what OPA says where it does not.

The score of an attempt decides which of several failed alternatives is reported, as OPA's does:
one for each group of keywords gone through, two less for each fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from policyengine.rego.runtime.builtins.patterns import search
from policyengine.rego.runtime.builtins.regexes import as_searched, compiled
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.float_texts import float_text
from policyengine.rego.runtime.json_schema_formats import has_format
from policyengine.rego.runtime.json_schema_reading import (
    HYBRID,
    Schema,
    SchemaFault,
    canonical_text,
    type_names,
)
from policyengine.rego.runtime.numbers import to_decimal, to_integer
from policyengine.rego.runtime.values import Value, is_number, type_name

# The levels of schemas, each some frames of Python's, that a document may lead through.
_MOST_DEPTH = 250
_FAULT_COST = 2

Path = tuple[str, ...]
Node = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Fault:
    """One keyword that does not hold at ``path``."""

    kind: str
    path: Path
    text: str

    def shown(self) -> dict[str, Value]:
        field = _field(self.path)
        return {
            "desc": self.text,
            "error": f"{field}: {self.text}",
            "field": field,
            "type": self.kind,
        }


def _field(path: Path) -> str:
    return ".".join(path) if path else "(Root)"


class _Attempt:
    """The faults of matching one value, and the score."""

    __slots__ = ("faults", "score")

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.score = 0

    def fault(self, kind: str, path: Path, text: str) -> None:
        self.faults.append(Fault(kind, path, text))
        self.score -= _FAULT_COST

    def take(self, other: _Attempt) -> None:
        self.faults += other.faults
        self.score += other.score


class Matching:
    """The matching of documents with one schema."""

    def __init__(self, session: Session, schema: Schema) -> None:
        self.session = session
        self.schema = schema
        self.depth = 0

    def faults_of(self, document: Value) -> list[Fault]:
        """The faults of a document. Raises SchemaFault for a schema without an end."""
        return self._attempt(self.schema.root, document, ()).faults

    def _attempt(self, node: Value, value: Value, path: Path) -> _Attempt:
        attempt = _Attempt()
        self._match(node, value, path, attempt)
        return attempt

    def _match(self, node: Value, value: Value, path: Path, attempt: _Attempt) -> None:
        self.session.budget.charge(1)
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            raise SchemaFault("the schema or the document nests too deep")
        if type(node) is bool:
            if not node:
                attempt.fault("false", path, "False always fails validation")
        elif id(node) in self.schema.references:
            self._match(self.schema.references[id(node)], value, path, attempt)
        else:
            self._match_keywords(node, value, path, attempt)
        self.depth -= 1

    def _match_keywords(self, node: Node, value: Value, path: Path, attempt: _Attempt) -> None:
        types = type_names(node)
        given = _type_of(value)
        if types and given not in types and not (given == "integer" and "number" in types):
            expected = types[0] if len(types) == 1 else f"[{','.join(types)}]"
            text = f"Invalid type. Expected: {expected}, given: {given}"
            attempt.fault("invalid_type", path, text)
            return
        self._match_schemas(node, value, path, attempt)
        if is_number(value):
            _match_number(node, value, path, attempt, draft=self.schema.draft)
        elif type(value) is list:
            self._match_array(node, value, path, attempt)
        elif type(value) is dict:
            self._match_object(node, value, path, attempt)
        self._match_any_value(node, value, path, attempt)
        if type(value) is str:
            self._match_string(node, value, path, attempt)
        elif type(value) is dict:
            for name in sorted(node.get("properties", {}).keys() & value.keys()):
                self._match(node["properties"][name], value[name], (*path, name), attempt)
        attempt.score += 1

    # ---- schemas of the same value ------------------------------------------------------------

    def _match_schemas(self, node: Node, value: Value, path: Path, attempt: _Attempt) -> None:
        if node.get("anyOf"):
            best = self._best(node["anyOf"], value, path)
            if best.faults:
                text = "Must validate at least one schema (anyOf)"
                attempt.fault("number_any_of", path, text)
                attempt.take(best)
        if node.get("oneOf"):
            self._match_one(node["oneOf"], value, path, attempt)
        tried = [self._attempt(item, value, path) for item in node.get("allOf", [])]
        for one in tried:
            attempt.take(one)
        if any(one.faults for one in tried):
            attempt.fault("number_all_of", path, "Must validate all the schemas (allOf)")
        if "not" in node and not self._attempt(node["not"], value, path).faults:
            attempt.fault("number_not", path, "Must not validate the schema (not)")
        if type(value) is dict:
            self._match_dependencies(node, value, path, attempt)
        if "if" in node and self.schema.draft >= 7:
            self._match_condition(node, value, path, attempt)
        attempt.score += 1

    def _best(self, nodes: Iterable[Value], value: Value, path: Path) -> _Attempt:
        """The first attempt without a fault, or the one of the highest score."""
        best: _Attempt | None = None
        for node in nodes:
            attempt = self._attempt(node, value, path)
            if not attempt.faults:
                return attempt
            if best is None or attempt.score > best.score:
                best = attempt
        return best or _Attempt()

    def _match_one(self, nodes: list[Value], value: Value, path: Path, attempt: _Attempt) -> None:
        tried = [self._attempt(node, value, path) for node in nodes]
        matched = sum(not one.faults for one in tried)
        if matched != 1:
            text = "Must validate one and only one schema (oneOf)"
            attempt.fault("number_one_of", path, text)
        if matched == 0:
            attempt.take(max(tried, key=lambda one: one.score))

    def _match_dependencies(
        self, node: Node, value: dict[str, Value], path: Path, attempt: _Attempt
    ) -> None:
        dependencies = node.get("dependencies", {})
        for name in sorted(dependencies.keys() & value.keys()):
            needed = dependencies[name]
            if type(needed) is not list:
                self._match(needed, value, path, attempt)
                continue
            for other in needed:
                if other not in value:
                    attempt.fault("missing_dependency", path, f"Has a dependency on {other}")

    def _match_condition(self, node: Node, value: Value, path: Path, attempt: _Attempt) -> None:
        holds = not self._attempt(node["if"], value, path).faults
        branch = "then" if holds else "else"
        if branch not in node:
            return
        tried = self._attempt(node[branch], value, path)
        if tried.faults:
            was = "was valid" if holds else "was not valid"
            attempt.fault(f"condition_{branch}", path, f'Must validate "{branch}" as "if" {was}')
            attempt.take(tried)

    # ---- values -------------------------------------------------------------------------------

    def _match_any_value(self, node: Node, value: Value, path: Path, attempt: _Attempt) -> None:
        field = _field(path)
        if "const" in node and self.schema.draft >= 6:
            allowed = canonical_text(node["const"])
            if canonical_text(value) != allowed:
                attempt.fault("const", path, f"{field} does not match: {allowed}")
        if "enum" in node:
            texts = [canonical_text(item) for item in node["enum"]]
            if canonical_text(value) not in texts:
                text = f"{field} must be one of the following: {', '.join(texts)}"
                attempt.fault("enum", path, text)
        if type(value) is str and not has_format(node.get("format", ""), value):
            attempt.fault("format", path, f"Does not match format '{node['format']}'")
        attempt.score += 1

    def _match_array(self, node: Node, value: list[Value], path: Path, attempt: _Attempt) -> None:
        for place, (schema, item) in enumerate(_item_schemas(node, value)):
            attempt.take(self._attempt(schema, item, (*path, str(place))))
        positional = node.get("items")
        if type(positional) is list and 0 < len(positional) < len(value):
            self._match_rest(node, value, len(positional), path, attempt)
        _match_count(node, len(value), ("minItems", "maxItems"), path, attempt)
        if node.get("uniqueItems"):
            seen: dict[str, int] = {}
            for place, item in enumerate(value):
                text = canonical_text(item)
                if text in seen:
                    shown = f"array items[{seen[text]},{place}] must be unique"
                    attempt.fault("unique", path, shown)
                seen[text] = place
        if "contains" in node and self.schema.draft >= 6:
            self._match_contains(node["contains"], value, path, attempt)
        attempt.score += 1

    def _match_rest(
        self, node: Node, value: list[Value], start: int, path: Path, attempt: _Attempt
    ) -> None:
        rest = node.get("additionalItems", True)
        if rest is False:
            text = "No additional items allowed on array"
            attempt.fault("array_no_additional_items", path, text)
        if type(rest) is dict:
            for place in range(start, len(value)):
                attempt.take(self._attempt(rest, value[place], (*path, str(place))))

    def _match_contains(
        self, schema: Value, value: list[Value], path: Path, attempt: _Attempt
    ) -> None:
        best: _Attempt | None = None
        for place, item in enumerate(value):
            tried = self._attempt(schema, item, (*path, str(place)))
            if not tried.faults:
                return
            if best is None or tried.score > best.score:
                best = tried
        attempt.fault("contains", path, "At least one of the items must match")
        if best is not None:
            attempt.take(best)

    def _match_object(
        self, node: Node, value: dict[str, Value], path: Path, attempt: _Attempt
    ) -> None:
        _match_count(node, len(value), ("minProperties", "maxProperties"), path, attempt)
        for name in node.get("required", []):
            if name in value:
                attempt.score += 1
            else:
                attempt.fault("required", path, f"{name} is required")
        for name in sorted(value):
            self._match_property(node, name, value[name], path, attempt)
        if "propertyNames" in node and self.schema.draft >= 6:
            for name in sorted(value):
                tried = self._attempt(node["propertyNames"], name, path)
                if tried.faults:
                    text = f'Property name of "{name}" does not match'
                    attempt.fault("invalid_property_name", path, text)
                    attempt.take(tried)
        attempt.score += 1

    def _match_property(
        self, node: Node, name: str, value: Value, path: Path, attempt: _Attempt
    ) -> None:
        found = name in node.get("properties", {})
        matched = [
            schema
            for pattern, schema in sorted(node.get("patternProperties", {}).items())
            if self._matches(pattern, name)
        ]
        for schema in matched:
            attempt.take(self._attempt(schema, value, (*path, name)))
        if matched:
            attempt.score += 1
        elif not found:
            other = node.get("additionalProperties", True)
            if other is False:
                text = f"Additional property {name} is not allowed"
                attempt.fault("additional_property_not_allowed", path, text)
            if type(other) is dict:
                attempt.take(self._attempt(other, value, (*path, name)))

    def _match_string(self, node: Node, value: str, path: Path, attempt: _Attempt) -> None:
        least, most = node.get("minLength"), node.get("maxLength")
        if least is not None and len(value) < _size(least):
            text = f"String length must be greater than or equal to {_size(least)}"
            attempt.fault("string_gte", path, text)
        if most is not None and len(value) > _size(most):
            text = f"String length must be less than or equal to {_size(most)}"
            attempt.fault("string_lte", path, text)
        if "pattern" in node and not self._matches(node["pattern"], value):
            attempt.fault("pattern", path, f"Does not match pattern '{node['pattern']}'")
        attempt.score += 1

    def _matches(self, pattern: str, text: str) -> bool:
        expression: Any = compiled(self.session, pattern)
        return search(expression, as_searched(text)) is not None


def _type_of(value: Value) -> str:
    if is_number(value):
        number = to_decimal(value)
        return "integer" if number == number.to_integral_value() else "number"
    return type_name(value)


def _item_schemas(node: Node, value: list[Value]) -> Iterable[tuple[Value, Value]]:
    items = node.get("items")
    if items is None:
        return ()
    if type(items) is list:
        return zip(items, value, strict=False)
    return ((items, item) for item in value)


def _size(number: Value) -> int:
    return to_integer(number) or 0


def _match_count(
    node: Node, count: int, names: tuple[str, str], path: Path, attempt: _Attempt
) -> None:
    least, most = node.get(names[0]), node.get(names[1])
    items = names[0] == "minItems"
    start = "Array must have" if items else "Must have"
    kind = "items" if items else "properties"
    if least is not None and count < _size(least):
        attempt.fault(f"array_min_{kind}", path, f"{start} at least {_size(least)} {kind}")
    if most is not None and count > _size(most):
        attempt.fault(f"array_max_{kind}", path, f"{start} at most {_size(most)} {kind}")


def _match_number(node: Node, value: Value, path: Path, attempt: _Attempt, *, draft: int) -> None:
    number = to_decimal(value)
    multiple = node.get("multipleOf")
    if multiple is not None and _quotient_is_broken(number, to_decimal(multiple)):
        attempt.fault("multiple_of", path, f"Must be a multiple of {_shown(multiple)}")
    most, below = _bounds(node, "maximum", "exclusiveMaximum", draft)
    if most is not None and number > to_decimal(most):
        text = f"Must be less than or equal to {_shown(most)}"
        attempt.fault("number_lte", path, text)
    if below is not None and number >= to_decimal(below):
        attempt.fault("number_lt", path, f"Must be less than {_shown(below)}")
    least, above = _bounds(node, "minimum", "exclusiveMinimum", draft)
    if least is not None and number < to_decimal(least):
        text = f"Must be greater than or equal to {_shown(least)}"
        attempt.fault("number_gte", path, text)
    if above is not None and number <= to_decimal(above):
        attempt.fault("number_gt", path, f"Must be greater than {_shown(above)}")
    attempt.score += 1


def _bounds(node: Node, name: str, exclusive: str, draft: int) -> tuple[Value, Value]:
    """The bound that may be reached, and the one that may not; None for none."""
    bound, strict = node.get(name), node.get(exclusive)
    if type(strict) is bool and draft in {4, HYBRID}:
        return (None, bound) if strict else (bound, None)
    return bound, strict


def _quotient_is_broken(number: Decimal, divisor: Decimal) -> bool:
    # Their exponents could make these fractions of any length.
    if abs(number.adjusted()) > 1_000 or abs(divisor.adjusted()) > 1_000:
        raise SchemaFault("a number is too large for multipleOf")
    return (Fraction(number) / Fraction(divisor)).denominator != 1


def _shown(number: Value) -> str:
    return float_text(str(to_decimal(number)))

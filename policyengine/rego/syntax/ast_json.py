"""The syntax tree in the JSON form of ``opa parse --format json``.

Terms are ``{"type", "value"}``; calls that are expressions are lists, the operator first. With
``locations`` most nodes have a ``location`` of file, row, column and text (base64); nodes that
nobody wrote have none, and neither have ``not``, ``and`` and ``or``. Keys stand in OPA's order.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from policyengine.errors import RegoError
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import (
    Annotations,
    Body,
    Expr,
    Module,
    Ref,
    Rule,
    Term,
    YamlValue,
)
from policyengine.rego.syntax.json_strings import json_string
from policyengine.rego.syntax.literals import json_number
from policyengine.rego.syntax.order import sorted_items, sorted_pairs
from policyengine.rego.syntax.render import value_name
from policyengine.rego.syntax.source import Location


@dataclass(frozen=True, slots=True)
class JsonNumber:
    """A number to be written as it stands in the source."""

    text: str


Json: TypeAlias = "JsonNumber | Sequence[Json] | Mapping[str, Json] | YamlValue"


def module_json(
    module: Module, *, locations: bool = False, comments: bool = True
) -> dict[str, Json]:
    """The whole module. Raises ``RegoError`` if it nests too deeply."""
    try:
        return _Writer(locations=locations).module(module, comments=comments)
    except RecursionError:
        raise RegoError(
            "the module nests too deeply to be given as JSON",
            where=module.package.location.file,
        ) from None


def body_json(body: Body, *, locations: bool = False) -> list[Json]:
    """A query. May raise ``RecursionError``."""
    return _Writer(locations=locations).body(body)


def json_text(value: Json, indent: str = "") -> str:
    """JSON with two spaces a level, with Go's escapes. May raise ``RecursionError``."""
    inner = indent + "  "
    if isinstance(value, JsonNumber):
        return value.text
    if isinstance(value, Mapping):
        pairs = [f"{json_string(key)}: {json_text(item, inner)}" for key, item in value.items()]
        return f"{{\n{inner}" + f",\n{inner}".join(pairs) + f"\n{indent}}}" if pairs else "{}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = [json_text(item, inner) for item in value]
        return f"[\n{inner}" + f",\n{inner}".join(items) + f"\n{indent}]" if items else "[]"
    return json_string(value) if isinstance(value, str) else json.dumps(value)


def _sorted(value: Json) -> Json:
    """``value`` with its keys in order, as Go writes a map."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_sorted(item) for item in value]
    return value


class _Writer:
    def __init__(self, *, locations: bool) -> None:
        self.locations = locations

    def module(self, module: Module, *, comments: bool) -> dict[str, Json]:
        result: dict[str, Json] = {"package": self._package(module.package)}
        if module.imports:
            result["imports"] = [self._import(item) for item in module.imports]
        if module.annotations:
            result["annotations"] = [self.annotations(item) for item in module.annotations]
        if module.rules:
            result["rules"] = [self.rule(rule) for rule in module.rules]
        if comments and module.comments:
            # The comment that opens a block has the text of the whole block.
            blocks = {item.location.offset: item.text for item in module.annotations}
            result["comments"] = [
                {
                    "Text": _base64(item.text),
                    "Location": self._place(item.location, blocks.get(item.location.offset)),
                }
                for item in module.comments
            ]
        return result

    def _package(self, package: ast.Package) -> Json:
        return {**self._located(package.location), "path": self.reference(package.path)}

    def _import(self, item: ast.Import) -> Json:
        result: dict[str, Json] = {}
        if item.alias:
            result["alias"] = item.alias
        if self.locations and item.alias_location is not None:
            result["alias_location"] = self._place(item.alias_location)
        return {**result, **self._located(item.location), "path": self.term(item.path)}

    def annotations(self, item: Annotations) -> dict[str, Json]:
        result: dict[str, Json] = {}
        if item.authors:
            result["authors"] = [
                {"name": author.name, **({"email": author.email} if author.email else {})}
                for author in item.authors
            ]
        if item.compile is not None:
            result["compile"] = self._compile(item.compile)
        if item.custom:
            result["custom"] = _sorted(item.custom)
        if item.description:
            result["description"] = item.description
        if item.entrypoint:
            result["entrypoint"] = True
        if item.labels:
            result["labels"] = item.labels
        if self.locations:
            result["location"] = self._place(item.location, item.text)
        if item.organizations:
            result["organizations"] = list(item.organizations)
        if item.related_resources:
            result["related_resources"] = [
                {
                    **({"description": found.description} if found.description else {}),
                    "ref": found.ref,
                }
                for found in item.related_resources
            ]
        if item.schemas:
            result["schemas"] = [self._schema(schema) for schema in item.schemas]
        result["scope"] = item.scope
        if item.title:
            result["title"] = item.title
        return result

    def _compile(self, item: ast.CompileAnnotation) -> Json:
        result: dict[str, Json] = {}
        if item.unknowns:
            result["unknowns"] = [self.reference(ref) for ref in item.unknowns]
        if item.mask_rule is not None:
            result["mask_rule"] = self.reference(item.mask_rule)
        return result

    def _schema(self, item: ast.SchemaAnnotation) -> Json:
        # The path was read from a text of its own, so that its places say nothing.
        result: dict[str, Json] = {"path": _Writer(locations=False).reference(item.path)}
        if item.schema is not None:
            result["schema"] = self.reference(item.schema)
        if item.definition is not None:
            result["definition"] = item.definition
        return result

    def rule(self, rule: Rule) -> dict[str, Json]:
        result: dict[str, Json] = {}
        if rule.annotations:
            result["annotations"] = [self.annotations(item) for item in rule.annotations]
        result["body"] = self.body(rule.body)
        if rule.default:
            result["default"] = True
        if rule.else_ is not None:
            result["else"] = self.rule(rule.else_)
        result["head"] = self._head(rule.head)
        return {**result, **self._located(rule.location)}

    def _head(self, head: ast.Head) -> Json:
        result: dict[str, Json] = {}
        if head.name:
            result["name"] = head.name
        if head.args:
            result["args"] = [self.term(arg) for arg in head.args]
        if head.key is not None:
            result["key"] = self.term(head.key)
        if head.value is not None:
            result["value"] = self.term(head.value)
        if head.assign:
            result["assign"] = True
        result["ref"] = [self.term(term) for term in head.ref]
        return {**result, **self._located(head.location)}

    def body(self, body: Body) -> list[Json]:
        return [self.expr(expr) for expr in body]

    def expr(self, expr: Expr) -> dict[str, Json]:
        result: dict[str, Json] = {}
        if expr.generated:
            result["generated"] = True
        result["index"] = expr.index
        result |= self._located(expr.location)
        if expr.negated:
            result["negated"] = True
        result["terms"] = self._terms(expr.terms)
        if expr.with_:
            result["with"] = [
                {
                    **self._located(with_.location),
                    "target": self.term(with_.target),
                    "value": self.term(with_.value),
                }
                for with_ in expr.with_
            ]
        return result

    def _terms(self, terms: Term | ast.Statement) -> Json:
        match terms:
            case ast.SomeDecl():
                return {
                    **self._located(terms.location),
                    "symbols": [self.term(symbol) for symbol in terms.symbols],
                }
            case ast.Every():
                return {
                    "body": self.body(terms.body),
                    "domain": self.term(terms.domain),
                    "key": None if terms.key is None else self.term(terms.key),
                    **self._located(terms.location),
                    "value": self.term(terms.value),
                }
            case ast.Not():
                return {
                    "body": self.body(terms.body),
                    "explicit_body": terms.explicit_body,
                    "type": "not",
                }
            case ast.LogicalAnd() | ast.LogicalOr():
                return {
                    **({"explicit_lhs": True} if terms.explicit_left else {}),
                    **({"explicit_rhs": True} if terms.explicit_right else {}),
                    "lhs": self.body(terms.left),
                    "rhs": self.body(terms.right),
                    "type": "and" if isinstance(terms, ast.LogicalAnd) else "or",
                }
            case ast.Call():
                return self._call(terms)
            case _:
                return self.term(terms)

    def term(self, term: Term) -> Json:
        return {
            **self._located(term.location),
            "type": value_name(term),
            "value": self._value(term),
        }

    def _value(self, term: Term) -> Json:
        match term:
            case ast.Null():
                # Go writes its empty struct for null.
                return {}
            case ast.Boolean() | ast.String():
                return term.value
            case ast.Number():
                return JsonNumber(json_number(term.text))
            case ast.TemplateString():
                parts: list[Json] = [
                    self.expr(part) if isinstance(part, Expr) else self.term(part)
                    for part in term.parts
                ]
                # Go writes a list that never had anything in it as null.
                return {"parts": parts or None, "multi_line": term.multi_line}
            case ast.Var():
                return term.name
            case ast.Ref():
                return self.reference(term)
            case ast.Array():
                return [self.term(item) for item in term.items]
            case ast.Set():
                return [self.term(item) for item in sorted_items(term)]
            case ast.Object():
                return [[self.term(key), self.term(value)] for key, value in sorted_pairs(term)]
            case ast.ArrayComprehension() | ast.SetComprehension():
                return {"term": self.term(term.term), "body": self.body(term.body)}
            case ast.ObjectComprehension():
                return {
                    "key": self.term(term.key),
                    "value": self.term(term.value),
                    "body": self.body(term.body),
                }
            case ast.Call():
                return self._call(term)

    def _call(self, call: ast.Call) -> Json:
        return [self.term(call.operator), *(self.term(arg) for arg in call.args)]

    def reference(self, ref: Ref) -> Json:
        return [self.term(term) for term in ref.terms]

    def _located(self, location: Location) -> dict[str, Json]:
        if not self.locations or location.start == location.end:
            return {}
        return {"location": self._place(location)}

    def _place(self, location: Location, text: str | None = None) -> Json:
        row, col = location.source.position(location.offset)
        place: dict[str, Json] = {"file": location.file, "row": row, "col": col}
        if self.locations:
            place["text"] = _base64(location.text if text is None else text)
        return place


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()

"""The fields of a METADATA block, checked and typed as OPA does.

A scalar of any type is taken where text is expected; unknown fields are passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from policyengine.errors import RegoCompileError
from policyengine.rego.syntax.ast import (
    Author,
    CompileAnnotation,
    Ref,
    RelatedResource,
    SchemaAnnotation,
    String,
    Term,
    Var,
    YamlValue,
)
from policyengine.rego.syntax.metadata_yaml import (
    MetadataError,
    MetadataYamlError,
    YamlNode,
    merged_pairs,
    plain_mapping,
    plain_value,
    read_yaml,
)
from policyengine.rego.syntax.query_parser import parse_term
from policyengine.rego.syntax.render import quoted
from policyengine.rego.syntax.source import Location, Source
from policyengine.rego.syntax.web_address import normal_url

_T = TypeVar("_T")

_TRUE: Final = frozenset({"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE: Final = frozenset({"n", "N", "no", "No", "NO", "off", "Off", "OFF"})
# Values in messages are cut as Go's reader cuts them.
_SHOWN: Final = 10
_CUT: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawAnnotations:
    """The fields, with the scope as it was written: any text, empty for none."""

    scope: str
    title: str
    description: str
    entrypoint: bool
    organizations: tuple[str, ...]
    related_resources: tuple[RelatedResource, ...]
    authors: tuple[Author, ...]
    schemas: tuple[SchemaAnnotation, ...]
    compile: CompileAnnotation | None
    custom: dict[str, YamlValue]
    labels: dict[str, YamlValue]


def read_fields(text: str) -> RawAnnotations:
    """The fields that a block's YAML gives. Raises ``MetadataError``."""
    return _Fields(read_yaml(text)).read()


class _Fields:
    """The pairs of a block, and the type errors met so far: Go's reader collects them."""

    def __init__(self, document: YamlNode | None) -> None:
        self.problems: list[tuple[int, str]] = []
        self.nodes: dict[str, YamlNode] = {}
        if document is None or document.is_null:
            return
        if document.tag == "!!map":
            self.nodes = {key.text: value for key, value in merged_pairs(document)}
        else:
            self._mismatch(document, "ast.rawAnnotation")

    def read(self) -> RawAnnotations:
        # In the order of the rows, as the reader meets them.
        scope = self._text("scope")
        title = self._text("title")
        entrypoint = self._flag("entrypoint")
        description = self._text("description")
        organizations = tuple(self._as_text(item, "string") for item in self._list("organizations"))
        resources = self._list("related_resources")
        authors = self._list("authors")
        schemas = self._list("schemas", "[]map[string]interface {}")
        for schema in schemas:
            if schema.tag != "!!map" and not schema.is_null:
                self._mismatch(schema, "map[string]interface {}")
        compile_ = self._mapping("compile")
        custom = self._mapping("custom")
        labels = self._mapping("labels")
        if self.problems:
            self.problems.sort(key=lambda problem: problem[0])
            lines = "\n  ".join(text for _, text in self.problems)
            message = f"yaml: unmarshal errors:\n  {lines}"
            raise MetadataYamlError(message, self.problems[0][0])
        return RawAnnotations(
            scope=scope,
            title=title,
            description=description,
            entrypoint=entrypoint,
            organizations=organizations,
            related_resources=tuple(_named("related-resource", _resource, n) for n in resources),
            compile=None if compile_ is None else _compile(compile_),
            schemas=tuple(_schema(node) for node in schemas),
            authors=tuple(_named("author", _author, node) for node in authors),
            custom=_string_keys(custom),
            labels=_string_keys(labels),
        )

    def _mismatch(self, node: YamlNode, wanted: str) -> None:
        shown = ""
        if node.tag not in {"!!seq", "!!map"}:
            text = node.text if len(node.text) <= _SHOWN else f"{node.text[:_CUT]}..."
            shown = f" `{text}`"
        message = f"line {node.line}: cannot unmarshal {node.tag}{shown} into {wanted}"
        self.problems.append((node.line, message))

    def _as_text(self, node: YamlNode, wanted: str) -> str:
        if node.tag in {"!!seq", "!!map"}:
            self._mismatch(node, wanted)
        return "" if node.is_null else node.text

    def _text(self, name: str) -> str:
        node = self.nodes.get(name)
        return "" if node is None else self._as_text(node, "string")

    def _flag(self, name: str) -> bool:
        node = self.nodes.get(name)
        if node is None or node.is_null:
            return False
        if isinstance(node.value, bool):
            return node.value
        if node.tag == "!!str" and node.text in _TRUE | _FALSE:
            return node.text in _TRUE
        self._mismatch(node, "bool")
        return False

    def _list(self, name: str, wanted: str = "[]interface {}") -> list[YamlNode]:
        node = self.nodes.get(name)
        if node is None or node.is_null:
            return []
        if node.tag != "!!seq":
            self._mismatch(node, "[]string" if name == "organizations" else wanted)
        return node.items

    def _mapping(self, name: str) -> YamlNode | None:
        node = self.nodes.get(name)
        if node is None or node.is_null:
            return None
        if node.tag != "!!map":
            self._mismatch(node, "map[string]interface {}")
        return node


def _string_keys(node: YamlNode | None) -> dict[str, YamlValue]:
    """A mapping whose values are no mappings with keys other than text."""
    if node is None:
        return {}
    for _, value in merged_pairs(node):
        _check_keys(value, ())
    return plain_mapping(node)


def _check_keys(node: YamlNode, path: tuple[str, ...]) -> None:
    if node.tag == "!!seq":
        for index, item in enumerate(node.items):
            _check_keys(item, (*path, str(index)))
    elif node.tag == "!!map" and any(key.tag != "!!str" for key, _ in merged_pairs(node)):
        raise MetadataError(f"invalid map key type(s): {'/'.join(path)}")


def _named(what: str, read: Callable[[YamlNode], _T], node: YamlNode) -> _T:
    try:
        return read(node)
    except MetadataError as error:
        message = f"invalid {what} definition {_shown(plain_value(node))}: {error}"
        raise MetadataError(message) from None


def _shown(value: YamlValue) -> str:
    """A value as Go's ``%s`` writes it, near enough."""
    match value:
        case str():
            return value
        case dict():
            return f"map[{' '.join(f'{key}:{_shown(value[key])}' for key in sorted(value))}]"
        case list():
            return f"[{' '.join(map(_shown, value))}]"
        case None:
            return "%!s(<nil>)"
        case bool():
            return f"%!s(bool={str(value).lower()})"
        case int() | float():
            return f"%!s({'int' if isinstance(value, int) else 'float64'}={value})"


def _part(node: YamlNode, name: str) -> str:
    """A text of a mapping, without space around it; empty if it is no text."""
    for key, value in merged_pairs(node):
        if key.text == name and isinstance(value.value, str):
            return value.value.strip()
    return ""


def _resource(node: YamlNode) -> RelatedResource:
    _check_keys(node, ())
    if node.tag == "!!map":
        ref = _part(node, "ref")
        if not ref:
            raise MetadataError("'ref' value required in object")
        return RelatedResource(ref=_url(ref), description=_part(node, "description"))
    if not isinstance(node.value, str):
        raise MetadataError("invalid value type, must be string or map")
    if not node.value:
        raise MetadataError("ref URL may not be empty string")
    return RelatedResource(ref=_url(node.value), description="")


def _url(text: str) -> str:
    try:
        return normal_url(text)
    except ValueError as error:
        raise MetadataError(f"parse {quoted(text)}: {error}") from None


def _author(node: YamlNode) -> Author:
    _check_keys(node, ())
    if node.tag == "!!map":
        name, email = _part(node, "name"), _part(node, "email")
        if not name and not email:
            raise MetadataError("'name' and/or 'email' values required in object")
        return Author(name=name, email=email)
    if not isinstance(node.value, str):
        raise MetadataError("invalid value type, must be string or map")
    words = node.value.split()
    if not words:
        raise MetadataError("author is an empty string")
    email = ""
    if len(words[-1]) > 1 and words[-1].startswith("<") and words[-1].endswith(">"):
        email = words.pop()[1:-1]
    return Author(name=" ".join(words), email=email)


def _term(text: str) -> Term:
    try:
        return parse_term(text)
    except RegoCompileError as error:
        raise MetadataError(f"failed to parse term: {_listed(error)}") from None


def _listed(error: RegoCompileError) -> str:
    """The errors of a text within a block, each with its line, as OPA lists them."""
    lines = [
        f"{found.row}:{found.col}: {found.code}: {found.message}\n"
        f"\t{found.line}\n\t{' ' * (found.col - 1)}^"
        for found in error.errors
    ]
    if len(lines) == 1:
        return f"1 error occurred: {lines[0]}"
    return f"{len(lines)} errors occurred:\n" + "\n".join(lines)


def _compile(node: YamlNode) -> CompileAnnotation:
    unknowns: list[Ref] = []
    mask_rule: Ref | None = None
    for key, value in merged_pairs(node):
        if key.text == "unknowns":
            unknowns = [_unknown(item.value) for item in value.items if isinstance(item.value, str)]
        elif key.text == "mask_rule" and isinstance(value.value, str):
            mask_rule = _mask_rule(value.value)
    return CompileAnnotation(unknowns=tuple(unknowns), mask_rule=mask_rule)


def _unknown(text: str) -> Ref:
    try:
        term = _term(text)
    except MetadataError as error:
        message = f"invalid unknowns element {quoted(text)}: failed to parse ref: {error}"
        raise MetadataError(message) from None
    if not isinstance(term, Ref):
        message = f"expected ref but got {term.location.text}"
        raise MetadataError(f"invalid unknowns element {quoted(text)}: {message}")
    return term


def _mask_rule(text: str) -> Ref:
    try:
        term = _term(text)
    except MetadataError as error:
        raise MetadataError(f"invalid mask_rule annotation {quoted(text)}: {error}") from None
    match term:
        case Ref():
            return term
        case Var() | String():
            return Ref(terms=(term,), location=term.location)
        case _:
            raise MetadataError(f"invalid mask_rule annotation type {quoted(text)}: string")


def _schema(node: YamlNode) -> SchemaAnnotation:
    pairs = merged_pairs(node)
    # A mapping of several pairs: Go takes any of them, so that the first is as good.
    name, value = (pairs[0][0].text, pairs[0][1]) if pairs else ("", node)
    try:
        path = _term(name)
    except MetadataError:
        path = None
    if not isinstance(path, Ref):
        raise MetadataError("invalid document reference")
    if value.tag == "!!map" and all(key.tag == "!!str" for key, _ in merged_pairs(value)):
        return SchemaAnnotation(path=path, schema=None, definition=plain_mapping(value))
    if not isinstance(value.value, str):
        raise MetadataError(f"invalid schema declaration for path {quoted(name)}")
    return SchemaAnnotation(path=path, schema=_schema_reference(value.value), definition=None)


def _schema_reference(text: str) -> Ref:
    """``schema`` or a reference that begins with it."""
    try:
        term = _term(text)
    except MetadataError:
        term = None
    if isinstance(term, Var) and term.name == "schema":
        nowhere = Location(Source("", text), 0, 0, 0)
        return Ref(terms=(Var(name="schema", location=nowhere),), location=nowhere)
    if isinstance(term, Ref):
        head = term.terms[0]
        if isinstance(head, Var) and head.name == "schema":
            return term
    raise MetadataError("invalid schema reference")

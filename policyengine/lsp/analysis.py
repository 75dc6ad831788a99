"""Answers about modules, by file, row and column. Pure; rows and columns count from 0 here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policyengine.bundle.lint import lint_view
from policyengine.bundle.view_schemas import view_schema
from policyengine.errors import RegoCompileError
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.views import DocumentView
from policyengine.rego.lint import LintFinding
from policyengine.rego.lint.calls import name_of
from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.parser import parse_module
from policyengine.rego.syntax.visit import walk

_REFERENCE: Final = re.compile(r'[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\["[^"\n]*"\]|\[\w*\])*\.?')
_PATH: Final = r'[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\["[^"\n]*"\]|\[\w*\])*(?![\w(])'
_BOUND: Final = re.compile(
    rf"(?P<name>[A-Za-z_]\w*) := (?P<value>{_PATH})"
    rf"|(?:some|every) (?:\w+, )?(?P<member>[A-Za-z_]\w*) in (?P<domain>{_PATH})"
)
_STEP: Final = re.compile(r'[A-Za-z_]\w*|"[^"\n]*"|\[\w*\]')
_KEYWORDS: Final = (
    *("as", "contains", "default", "else", "every", "false", "if", "import", "in", "not", "null"),
    *("package", "some", "true", "with"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A stretch of one row of a file; ``end`` is behind its last column."""

    file: str
    row: int
    col: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A word that fits; ``kind`` is ``field``, ``rule``, ``builtin`` or ``keyword``.

    ``start`` is the column where what is begun of it stands, which it replaces.
    """

    word: str
    kind: str
    detail: str
    start: int


class Modules:
    """The Rego of a workspace. A file that does not parse keeps its last tree that did."""

    def __init__(self, view: DocumentView) -> None:
        self._schema = view_schema(view)
        self._view = view
        self.sources: dict[str, str] = {}
        self._trees: dict[str, ast.Module] = {}

    def put(self, file: str, source: str) -> None:
        """Take the text of ``file``."""
        self.sources[file] = source
        try:
            self._trees[file] = parse_module(source, file=file)
        except RegoCompileError:
            return

    def remove(self, file: str) -> None:
        """Forget ``file``."""
        self.sources.pop(file, None)
        self._trees.pop(file, None)

    def findings(self, file: str) -> list[LintFinding]:
        """Return what is wrong in ``file``, compiled with all others that parse."""
        own = self.sources.get(file, "")
        others = {
            name: text
            for name, text in self.sources.items()
            if name != file and name in self._trees and self._trees[name].comments is not None
        }
        parsing = {name: text for name, text in others.items() if _parses(name, text)}
        found = lint_view({**parsing, file: own}, self._view, disabled=frozenset())
        return [finding for finding in found if finding.file == file]

    def hover(self, file: str, row: int, col: int) -> str | None:
        """Return Markdown about what stands there: a fact of the input, a builtin or a rule."""
        written = self._written(file, row, col)
        if written is None:
            return None
        if written.partition(".")[0] == "input":
            return self._fact(written)
        known = BUILTINS.get(written)
        if known is not None:
            return f"```\n{written}\n```\nbuiltin function"
        for rule in self._rules_named(file, written):
            return _about(rule)
        return None

    def definitions(self, file: str, row: int, col: int) -> list[Place]:
        """Return where the rule that stands there is written, each of its definitions."""
        written = self._written(file, row, col)
        if written is None:
            return []
        rules = [_place(rule.head) for rule in self._rules_named(file, written)]
        if rules:
            return rules
        packages = {written, *self._imported(file, written)}
        return [
            _place(tree.package.path)
            for _, tree in sorted(self._trees.items())
            if name_of(tree.package.path) in packages
        ]

    def references(
        self, file: str, row: int, col: int, *, with_definitions: bool = True
    ) -> list[Place]:
        """Return where the rule that stands there is used, its definitions first if wanted."""
        written = self._written(file, row, col)
        target = None if written is None else self._target(file, written)
        if written is None or target is None:
            return []
        defined = [_place(rule.head) for rule in self._rules_named(file, written)]
        places = list(defined)
        for name, tree in sorted(self._trees.items()):
            for node in walk(tree):
                if isinstance(node, ast.Ref | ast.Var):
                    text = name_of(node) if isinstance(node, ast.Ref) else node.name
                    if text and self._target(name, text) == target:
                        place = _place(node)
                        if place not in places:
                            places.append(place)
        return places if with_definitions else places[len(defined) :]

    def completions(self, file: str, row: int, col: int) -> list[Completion]:
        """Return what may follow what is written before the column."""
        line = self.line(file, row)[:col]
        begun = re.search(r'[\w.\[\]"]*$', line)
        text = begun[0] if begun else ""
        head, dot, last = text.rpartition(".")
        read = self._read_by(file, row, head) if dot else None
        if read is not None:
            return [
                Completion(
                    word=name, kind="field", detail=_described(schema), start=len(line) - len(last)
                )
                for name, schema in sorted(self._fields(_steps(read)[1:]).items())
                if name.startswith(last)
            ]
        return list(self._words(file, text, len(line) - len(text)))

    def _read_by(self, file: str, row: int, written: str) -> str | None:
        """Return the path of the input that ``written`` is: as it stands, or by the variable that
        the rows above it bind, up to the beginning of the rule. A rule that is being written does
        not parse, so that its text is read."""
        for above in range(row, -2, -1):
            first = _steps(written)[:1]
            if first == ["input"]:
                return written
            line = self.line(file, above) if above >= 0 else ""
            for bound in _BOUND.finditer(line):
                if [bound["name"] or bound["member"]] != first:
                    continue
                whole = bound["value"] or f"{bound['domain']}[_]"
                written = whole + written[len(first[0]) :]
                break
            if line[:1] not in {"", " ", "\t", "#", "}"}:
                break
        return written if _steps(written)[:1] == ["input"] else None

    def tests(self, file: str) -> list[tuple[str, Place]]:
        """Return the tests in ``file``: the full name of each, and its place."""
        tree = self._trees.get(file)
        if tree is None:
            return []
        package = name_of(tree.package.path)
        return [
            (f"{package}.{rule.head.name}", _place(rule.head))
            for rule in tree.rules
            if rule.head.name.startswith("test_")
        ]

    def _words(self, file: str, text: str, start: int) -> Iterator[Completion]:
        for name, builtin in sorted(BUILTINS.items()):
            if name.startswith(text) and not name.startswith("internal."):
                detail = "deprecated builtin" if builtin.deprecated else "builtin function"
                yield Completion(word=name, kind="builtin", detail=detail, start=start)
        for name, rule in sorted(self._visible(file).items()):
            if name.startswith(text):
                yield Completion(word=name, kind="rule", detail=_title(rule), start=start)
        for word in (*_KEYWORDS, "input", "data"):
            if word.startswith(text):
                yield Completion(word=word, kind="keyword", detail="", start=start)

    def _visible(self, file: str) -> dict[str, ast.Rule]:
        """Return the rules that ``file`` reaches, by the names that it may call them."""
        found = {
            f"{name_of(other.package.path)}.{rule.head.name}": rule
            for other in self._trees.values()
            for rule in other.rules
        }
        tree = self._trees.get(file)
        if tree is None:
            return found
        own = name_of(tree.package.path)
        for other in self._trees.values():
            package = name_of(other.package.path)
            for rule in other.rules:
                if package == own:
                    found.setdefault(rule.head.name, rule)
                for item in tree.imports:
                    if name_of(item.path) == package:
                        found.setdefault(f"{_alias(item)}.{rule.head.name}", rule)
        return found

    def _target(self, file: str, written: str) -> str | None:
        """Return the full name of the rule that ``written`` in ``file`` begins with."""
        tree = self._trees.get(file)
        if tree is None:
            return None
        candidates = [written, f"{name_of(tree.package.path)}.{written}"]
        candidates += self._imported(file, written)
        names = {
            f"{name_of(other.package.path)}.{rule.head.name}"
            for other in self._trees.values()
            for rule in other.rules
        }
        for candidate in candidates:
            parts = candidate.split(".")
            for length in range(len(parts), 1, -1):
                if ".".join(parts[:length]) in names:
                    return ".".join(parts[:length])
        return None

    def _imported(self, file: str, written: str) -> list[str]:
        """Return what ``written`` is in full, if it begins with an import of ``file``."""
        tree = self._trees.get(file)
        first, dot, rest = written.partition(".")
        return [
            f"{name_of(item.path)}{dot}{rest}"
            for item in (tree.imports if tree is not None else ())
            if _alias(item) == first
        ]

    def _rules_named(self, file: str, written: str) -> list[ast.Rule]:
        target = self._target(file, written)
        return [
            rule
            for other in self._trees.values()
            for rule in other.rules
            if f"{name_of(other.package.path)}.{rule.head.name}" == target
        ]

    def line(self, file: str, row: int) -> str:
        """Return a row of the text of ``file``, empty where there is none."""
        lines = self.sources.get(file, "").split("\n")
        return lines[row] if 0 <= row < len(lines) else ""

    def _written(self, file: str, row: int, col: int) -> str | None:
        """Return the reference around the column, up to the part that the column is in."""
        for match in _REFERENCE.finditer(self.line(file, row)):
            if match.start() <= col <= match.end():
                text = match[0]
                end = next(
                    (at for at in range(col - match.start(), len(text)) if text[at] in ".["),
                    len(text),
                )
                return text[:end].rstrip(".") or None
        return None

    def _fact(self, written: str) -> str | None:
        steps = _steps(written)[1:]
        if not steps:
            return f"the input document, in the view `{self._view.value}`"
        schema = self._fields(steps[:-1]).get(steps[-1])
        return None if schema is None else f"```\n{written}: {_type(schema)}\n```\n{_told(schema)}"

    def _fields(self, steps: list[str]) -> dict[str, JsonObject]:
        node: JsonValue = self._schema
        for step in steps:
            node = self._below(self._resolved(node), step)
        resolved = self._resolved(node)
        fields = resolved.get("properties")
        named = fields if isinstance(fields, dict) else {}
        return {name: self._resolved(field) for name, field in named.items()}

    def _below(self, schema: JsonObject, step: str) -> JsonValue:
        properties = schema.get("properties")
        if isinstance(properties, dict) and step in properties:
            return properties[step]
        if step.startswith("["):
            items = schema.get("items")
            return items if items is not None else schema.get("additionalProperties")
        return schema.get("additionalProperties")

    def _resolved(self, node: JsonValue) -> JsonObject:
        for _ in range(10):
            if not isinstance(node, dict):
                return {}
            target = node.get("$ref")
            if not isinstance(target, str):
                return node
            node = _at(self._schema, target)
        return {}


def _at(schema: JsonObject, pointer: str) -> JsonValue:
    node: JsonValue = schema
    for part in pointer.removeprefix("#/").split("/"):
        node = node.get(part) if isinstance(node, dict) else None
    return node


def _steps(written: str) -> list[str]:
    return [found[0].strip('"') for found in _STEP.finditer(written)]


def _type(schema: Mapping[str, JsonValue]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(map(str, kind))
    if isinstance(kind, str):
        return kind
    values = schema.get("enum")
    return " or ".join(map(str, values)) if isinstance(values, list) else "any"


def _told(schema: Mapping[str, JsonValue]) -> str:
    return str(schema.get("description", ""))


def _described(schema: Mapping[str, JsonValue]) -> str:
    return f"{_type(schema)}: {_told(schema)}"


def _alias(item: ast.Import) -> str:
    return item.alias or (name_of(item.path) or "").rpartition(".")[2]


def _title(rule: ast.Rule) -> str:
    return next((item.title for item in rule.annotations if item.title), "rule")


def _about(rule: ast.Rule) -> str:
    parts = [f"**{_title(rule)}**"]
    for item in rule.annotations[:1]:
        parts += [item.description.strip()] if item.description else []
        parts += [f"- {name}: {value}" for name, value in item.custom.items()]
    location = rule.head.location
    return "\n\n".join([*parts, f"{location.file}:{location.row}"])


def _place(node: ast.Head | ast.Ref | ast.Var) -> Place:
    location = node.location
    written = max(location.end - location.start, 1)
    length = len(node.name) if isinstance(node, ast.Head) else written
    row, col = location.row - 1, max(location.col - 1, 0)
    return Place(file=location.file, row=row, col=col, end=col + length)


def _parses(file: str, source: str) -> bool:
    try:
        parse_module(source, file=file)
    except RegoCompileError:
        return False
    return True

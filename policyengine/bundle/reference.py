"""The reference of rules: what they look for, their parameters and controls, and a controls matrix.

One list of blocks is written as Markdown and as HTML, so that both say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import orjson

from policyengine.errors import BundleFormatError
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import FrozenObject
from policyengine.model.policy import PolicyRule

CONTROLS = "controls.json"
# Tests that only hold a result to every part of it show no behaviour of their own.
_TEST = re.compile(r"^test_(?!the_whole_result)(\w+)", re.MULTILINE)
TITLE = "The policy library"
INTRODUCTION = (
    "A rule gives an object with `msg`, the `paths` of the values that it speaks of, what waivers "
    "know the finding by, and sometimes a `severity` of its own. Evidence in parentheses is read "
    "and can be missing: the rule then says what follows from its absence. Without its other "
    "evidence a rule is not judged, and the verdict is *incomplete*. "
    "`docs/bundles.md` says how rules come into a bundle; `policyengine docs` wrote this page."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A recommendation of a framework. ``reason`` says why it cannot be decided, else None."""

    id: str
    title: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A framework of controls, the part of it that is about images."""

    title: str
    version: str
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Items | Table


def read_frameworks(folder: Path) -> tuple[Framework, ...]:
    """Return the frameworks in the ``controls.json`` of a folder. Raises BundleFormatError."""
    path = folder / CONTROLS
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleFormatError("cannot be read", where=str(path), found=error.strerror) from None
    read = FieldReader(str(path), BundleFormatError)
    document = read.root(parse_json(data, where=str(path), error=BundleFormatError))
    place = ("control_frameworks",)
    return tuple(
        Framework(
            title=read.text(each, "title", place),
            version=read.text(each, "version", place),
            controls=tuple(
                Control(
                    id=f"{read.text(each, 'id', place)}-{read.text(item, 'id', place)}",
                    title=read.text(item, "title", place),
                    reason=read.optional_text(item, "reason", place),
                )
                for item in read.required_objects(each, "controls", place)
            ),
        )
        for each in read.required_objects(document, "control_frameworks", ())
    )


def read_examples(folder: Path, rules: Iterable[PolicyRule]) -> dict[str, tuple[str, ...]]:
    """Return, by file of a rule below ``folder``, what the tests beside it show, as sentences."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted({rule.location.file for rule in rules}):
        path = folder / f"{file.removesuffix('.rego')}_test.rego"
        if path.is_file():
            names = _TEST.findall(path.read_text(encoding="utf-8", errors="replace"))
            found[file] = tuple(dict.fromkeys(name.replace("_", " ") for name in names))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a page is about: ``rules``, the schema of their parameters, and the controls.

    ``examples`` is what tests show, by file of a rule. ``every_control``: the matrix has those that
    no rule serves too, as of a library that wants to serve them all.
    """

    title: str
    introduction: str
    rules: tuple[PolicyRule, ...]
    parameter_schema: FrozenObject
    frameworks: tuple[Framework, ...]
    examples: Mapping[str, tuple[str, ...]]
    every_control: bool = False


def blocks(subject: Subject, *, collection: str | None = None) -> tuple[Block, ...]:
    """Return the reference of the rules of ``subject``, or of those in one collection."""
    rules = sorted(
        (r for r in subject.rules if collection is None or collection in r.collections),
        key=lambda rule: (rule.id, rule.location.file, rule.location.row),
    )
    return tuple(_all(rules, subject))


def markdown(parts: Iterable[Block]) -> str:
    """Return ``parts`` as GitHub's Markdown."""
    lines: list[str] = []
    for part in parts:
        match part:
            case Heading():
                lines += [f"{'#' * part.level} {part.text}", ""]
            case Paragraph():
                lines += [part.text, ""]
            case Items():
                lines += [*(f"- {text}" for text in part.texts), ""]
            case Table():
                lines += [_row(part.head), _row(["---"] * len(part.head))]
                lines += [*(_row(cells) for cells in part.rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def html(parts: Iterable[Block]) -> str:
    """Return ``parts`` as one HTML page that loads nothing."""
    body: list[str] = []
    for part in parts:
        match part:
            case Heading():
                body.append(f"<h{part.level}>{_inline(part.text)}</h{part.level}>")
            case Paragraph():
                body.append(f"<p>{_inline(part.text)}</p>")
            case Items():
                items = "".join(f"<li>{_inline(text)}</li>" for text in part.texts)
                body.append(f"<ul>{items}</ul>")
            case Table():
                head = "".join(f"<th>{_inline(cell)}</th>" for cell in part.head)
                rows = "".join(
                    f"<tr>{''.join(f'<td>{_inline(cell)}</td>' for cell in cells)}</tr>"
                    for cells in part.rows
                )
                body.append(f"<table><tr>{head}</tr>{rows}</table>")
    return _PAGE.replace("BODY", "\n".join(body))


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Policy reference</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body { font-family: system-ui, sans-serif; max-width: 70em; margin: 2em auto; line-height: 1.5 }
table { border-collapse: collapse }
th, td { border: 1px solid #999; padding: .2em .6em; text-align: left; vertical-align: top }
code { background: #8882; padding: 0 .2em }
</style></head><body>
BODY
</body></html>
"""


def _all(rules: Sequence[PolicyRule], subject: Subject) -> Iterator[Block]:
    yield Heading(level=1, text=subject.title)
    yield Paragraph(text=subject.introduction)
    yield Heading(level=2, text="Rules")
    yield Table(
        head=("id", "kind", "severity", "title", "evidence", "collections"),
        rows=tuple(
            (
                f"`{rule.id}`",
                rule.kind.value,
                rule.severity.word if rule.severity is not None else "",
                rule.title,
                _evidence(rule),
                ", ".join(rule.collections),
            )
            for rule in rules
        ),
    )
    yield Heading(level=2, text="What each looks for")
    for rule in rules:
        yield from _rule(rule, subject.examples.get(rule.location.file, ()))
    yield from _parameters(rules, subject.parameter_schema)
    yield from _matrix(rules, subject)


def _rule(rule: PolicyRule, examples: tuple[str, ...]) -> Iterator[Block]:
    yield Heading(level=3, text=f"`{rule.id}`")
    said = ". ".join(text for text in (rule.title, " ".join(rule.description.split())) if text)
    if said:
        yield Paragraph(text=said)
    if rule.remediation:
        yield Paragraph(text=f"*Fix:* {rule.remediation}")
    facts = [f"File: `{rule.location.file}`"]
    if rule.parameters:
        facts.append("Parameters: " + ", ".join(f"`{name}`" for name in rule.parameters))
    if rule.controls:
        facts.append("Controls: " + ", ".join(rule.controls))
    if examples:
        facts.append("Examples, each a test: " + "; ".join(examples))
    yield Items(texts=tuple(facts))


def _parameters(rules: Sequence[PolicyRule], schema: FrozenObject) -> Iterator[Block]:
    properties = schema.get("properties")
    names = sorted({name for rule in rules for name in rule.parameters})
    if not names or not isinstance(properties, Mapping):
        return
    yield Heading(level=2, text="Parameters")
    yield Table(
        head=("name", "meaning", "default", "read by"),
        rows=tuple(
            (
                f"`{name}`",
                str(described.get("description", "")),
                f"`{orjson.dumps(described.get('default')).decode()}`",
                ", ".join(f"`{rule.id}`" for rule in rules if name in rule.parameters),
            )
            for name in names
            if isinstance(described := properties.get(name), Mapping)
        ),
    )


def _matrix(rules: Sequence[PolicyRule], subject: Subject) -> Iterator[Block]:
    named = {control for rule in rules for control in rule.controls}
    frameworks = [
        framework
        for framework in subject.frameworks
        if subject.every_control or not named.isdisjoint(c.id for c in framework.controls)
    ]
    unknown = sorted(
        named - {control.id for framework in frameworks for control in framework.controls}
    )
    if not frameworks and not unknown:
        return
    yield Heading(level=2, text="Controls matrix")
    yield Paragraph(
        text="A rule shows a part of what a control asks for. What no image, report or signature "
        "can show is named with the reason."
    )
    for framework in frameworks:
        yield Heading(level=3, text=f"{framework.title} ({framework.version})")
        yield Table(
            head=("control", "title", "rules"),
            rows=tuple(
                (
                    control.id,
                    control.title,
                    f"not decidable: {control.reason}"
                    if control.reason is not None
                    else _serving(control.id, rules),
                )
                for control in framework.controls
            ),
        )
    if unknown:
        yield Heading(level=3, text="Controls of no framework that is described")
        yield Table(
            head=("control", "rules"),
            rows=tuple((control, _serving(control, rules)) for control in unknown),
        )


def _serving(control: str, rules: Sequence[PolicyRule]) -> str:
    return ", ".join(f"`{rule.id}`" for rule in rules if control in rule.controls)


def _evidence(rule: PolicyRule) -> str:
    needed = sorted(kind.value for kind in rule.requires)
    spare = sorted(kind.value for kind in rule.optional)
    words = [*needed, *([f"({', '.join(spare)})"] if spare else [])]
    return " ".join(words) or "none"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _inline(text: str) -> str:
    """Return ``text`` escaped, with what stands between backquotes as code, and *emphasis*."""
    parts = re.split(r"`([^`]*)`", escape(text))
    return "".join(
        f"<code>{part}</code>" if index % 2 else re.sub(r"\*(\w[^*]*)\*", r"<em>\1</em>", part)
        for index, part in enumerate(parts)
    )

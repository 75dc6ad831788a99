"""Who said a fact of the input document: the files, and the places in them.

In this order, the first that gives something:

1. An entry that carries ``source`` (a report, a VEX statement, a record) is of that source alone,
   at its ``pointer`` where it has one.
2. An entry inside a finding that names its ``scanner`` is of that scanner's reports.
3. The nearest enclosing entry with ``reported_by`` is of all that are listed there.
4. Facts about the image are in its configuration and manifest, those of a Dockerfile on its lines;
   all else of a section is of its sources.
5. What no file says is of the command: the clock, the environment, the reference asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policyengine.document import InputDocument
from policyengine.errors import UsageError
from policyengine.evaluate.trace import Tracer
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.views import DocumentView

COMMAND = "command"
_OF_THE_COMMAND = frozenset(
    {"schema_version", "evaluated_at", "evaluated_at_ns", "environment", "evidence"}
)
_SECTIONS = {kind.value: kind for kind in EvidenceKind}
_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactOrigin:
    """One who says it. ``kind`` is that of the evidence, or ``command``; ``location`` is a path,
    a URL, or what of the command it is. ``pointer`` and ``line`` are the place in it."""

    kind: str
    location: str
    sha256: str | None = None
    format: str | None = None
    scanner: str | None = None
    pointer: str | None = None
    line: int | None = None


def fact_path(content: JsonObject, pointer: str) -> _Path:
    """Return the path in ``content`` that a JSON Pointer (RFC 6901) means.

    Raises UsageError for what is no pointer, or leads nowhere.
    """
    if pointer and not pointer.startswith("/"):
        raise UsageError("is no JSON Pointer", found=pointer, expected="/scan/vulnerabilities/17")
    value: JsonValue = content
    path: list[str | int] = []
    for part in pointer.split("/")[1:]:
        token = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and token in value:
            path.append(token)
            value = value[token]
            continue
        # The longest index that a list may have is far from what int() refuses to read.
        index = int(token) if token.isascii() and token.isdigit() and len(token) < 10 else -1
        if isinstance(value, list) and 0 <= index < len(value):
            path.append(index)
            value = value[index]
            continue
        raise UsageError(
            "leads nowhere in the document",
            where=pointer,
            found=json_pointer(tuple(path)) or "/",
            expected=_expected(value),
        )
    return tuple(path)


def _expected(value: JsonValue) -> str:
    if isinstance(value, dict):
        return ", ".join(list(value)[:20]) or "nothing in it"
    if isinstance(value, list):
        return f"an index below {len(value)}" if value else "nothing in it"
    return "nothing below it"


def fact_origins(document: InputDocument, path: _Path) -> list[FactOrigin]:
    """Return who says the fact at ``path`` of ``document``; never nobody."""
    content = document.content
    enclosing = _enclosing(content, path)
    section = path[0] if path else None
    kind = _kind(path)
    if kind is not None:
        for holder in reversed(enclosing):
            found = list(_of_entry(content, _kind_of_entry(kind, holder), holder, enclosing))
            if found:
                return found
    if section in _OF_THE_COMMAND:
        return list(_of_evidence(content, path)) or [
            FactOrigin(kind=COMMAND, location=f"the command: {section}")
        ]
    if not path:
        return _every_source(content) or [FactOrigin(kind=COMMAND, location="the command")]
    tracer = Tracer(document, DocumentView.UNIFIED, content, ())
    (traced,) = tracer.values([path], [])
    known = {item["sha256"]: item for item in _all(content)}
    found = [
        FactOrigin(
            kind=(kind or EvidenceKind.IMAGE).value,
            location=item.location,
            sha256=item.sha256,
            format=_text(known.get(item.sha256, {}), "format"),
            pointer=item.pointer,
            line=item.line,
        )
        for item in traced.sources
    ]
    return found or [FactOrigin(kind=COMMAND, location=f"the command: {section}")]


def _kind(path: _Path) -> EvidenceKind | None:
    return _SECTIONS.get(str(path[0])) if path and path[0] != "evidence" else None


def _kind_of_entry(kind: EvidenceKind, holder: JsonObject) -> EvidenceKind:
    """Return whose index ``source`` of ``holder`` is: VEX statements lie within findings."""
    return EvidenceKind.VEX if "matched_by" in holder else kind


def _enclosing(content: JsonObject, path: _Path) -> list[JsonObject]:
    value: JsonValue = content
    holders: list[JsonObject] = []
    for part in path:
        value = value[part]  # type: ignore[index]  # the path was found in it
        if isinstance(value, dict):
            holders.append(value)
    return holders


def _of_entry(
    content: JsonObject, kind: EvidenceKind, holder: JsonObject, enclosing: Sequence[JsonObject]
) -> Iterator[FactOrigin]:
    index = holder.get("source")
    if isinstance(index, int):
        yield from _of_source(content, kind, index, holder)
        return
    scanner = holder.get("scanner")
    for outer in reversed(enclosing) if scanner is not None else (holder,):
        reported = outer.get("reported_by")
        if not isinstance(reported, list):
            continue
        for entry in reported:
            if not isinstance(entry, dict) or scanner not in {None, entry.get("scanner")}:
                continue
            number = entry["source"]
            assert isinstance(number, int)  # by the schema
            yield from _of_source(content, kind, number, entry)
        return


def _of_source(
    content: JsonObject, kind: EvidenceKind, index: int, entry: JsonObject
) -> Iterator[FactOrigin]:
    sources = _sources(content, kind)
    if 0 <= index < len(sources):
        source = sources[index]
        yield FactOrigin(
            kind=kind.value,
            location=str(source["location"]),
            sha256=_text(source, "sha256"),
            format=_text(source, "format"),
            scanner=_text(entry, "scanner"),
            pointer=_text(entry, "pointer"),
        )


def _of_evidence(content: JsonObject, path: _Path) -> Iterator[FactOrigin]:
    """Yield the source that a part of ``evidence`` describes."""
    if path[0] != "evidence" or len(path) < 4 or path[2] != "sources":
        return
    kind, index = _SECTIONS[str(path[1])], path[3]
    assert isinstance(index, int)  # it was found in a list
    yield from _of_source(content, kind, index, {})


def _every_source(content: JsonObject) -> list[FactOrigin]:
    return [
        origin
        for kind in EvidenceKind
        for index in range(len(_sources(content, kind)))
        for origin in _of_source(content, kind, index, {})
    ]


def _sources(content: JsonObject, kind: EvidenceKind) -> list[JsonObject]:
    evidence = content["evidence"]
    assert isinstance(evidence, dict)  # by the schema
    part = evidence[kind.value]
    assert isinstance(part, dict)  # by the schema
    listed = part["sources"]
    assert isinstance(listed, list)  # by the schema
    return [item for item in listed if isinstance(item, dict)]


def _all(content: JsonObject) -> Iterator[JsonObject]:
    for kind in EvidenceKind:
        yield from _sources(content, kind)


def _text(holder: JsonObject, name: str) -> str | None:
    value = holder.get(name)
    return value if isinstance(value, str) else None

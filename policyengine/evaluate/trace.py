"""From the paths of a reason to the values in the document, and the files they came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from policyengine.document import InputDocument, conftest_lines, mask_json, mask_text
from policyengine.evaluate.image_origins import image_origins
from policyengine.model.evidence import EvidenceKind, EvidenceSource
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.verdict import TracedSource, TracedValue
from policyengine.model.views import DOCKERFILE_VIEWS, DocumentView, evidence_behind

# What a report shows of one value, and of one reason's sources.
_TEXT = 300
_ITEMS = 12
_SOURCES = 8


class Tracer:
    """Traces values of one document in one view. ``secrets`` are masked in what it returns."""

    def __init__(
        self,
        document: InputDocument,
        view: DocumentView,
        shape: JsonValue,
        secrets: tuple[str, ...],
    ) -> None:
        self._view = view
        self._shape = shape
        self._secrets = secrets
        evidence = document.content["evidence"]
        assert isinstance(evidence, dict)  # by the schema
        self._dockerfile = document.content.get("dockerfile")
        self.sources = {kind: _sources(evidence[kind.value]) for kind in EvidenceKind}

    def values(
        self,
        paths: Sequence[Sequence[str | int]] | None,
        fallback: Sequence[Sequence[str | int]],
    ) -> tuple[TracedValue, ...]:
        """Return the values at ``paths``; where a reason names none, at those of ``fallback``
        that exist. A path that leads nowhere has the value None: its absence may be the reason.
        """
        if paths is None:
            chosen = [path for path in fallback if path and self._find(path)[0]]
        else:
            chosen = list(paths)
        return tuple(self._traced(tuple(path)) for path in chosen)

    def _traced(self, path: tuple[str | int, ...]) -> TracedValue:
        found, value, enclosing = self._find(path)
        return TracedValue(
            # The name of a label may be a secret as well as its value.
            pointer=mask_text(json_pointer(path), self._secrets),
            value=_shortened(mask_json(value, self._secrets)) if found else None,
            sources=tuple(
                replace(origin, pointer=mask_text(origin.pointer, self._secrets))
                if origin.pointer is not None
                else origin
                for origin in islice(self._origins(path, enclosing), _SOURCES)
            ),
        )

    def _find(self, path: Sequence[str | int]) -> tuple[bool, JsonValue, list[JsonObject]]:
        """Return whether ``path`` leads to a value, the value, and the objects on the way."""
        value: JsonValue = self._shape
        enclosing: list[JsonObject] = []
        for part in path:
            if isinstance(value, dict):
                enclosing.append(value)
                if not isinstance(part, str) or part not in value:
                    return False, None, enclosing
                value = value[part]
            elif isinstance(value, list):
                if not isinstance(part, int) or not 0 <= part < len(value):
                    return False, None, enclosing
                value = value[part]
            else:
                return False, None, enclosing
        if isinstance(value, dict):
            enclosing.append(value)
        return True, value, enclosing

    def _origins(
        self, path: tuple[str | int, ...], enclosing: list[JsonObject]
    ) -> Iterator[TracedSource]:
        names = tuple(part for part in path if isinstance(part, str))
        whole = not names and self._view not in DOCKERFILE_VIEWS
        kinds = [] if whole else sorted(evidence_behind(self._view, names[:2]))
        for holder in reversed(enclosing):
            reported = holder.get("reported_by")
            if isinstance(reported, list):
                for entry in reported:
                    if isinstance(entry, dict):
                        yield from self._origin(kinds, entry)
                return
        for kind in kinds:
            if kind is EvidenceKind.IMAGE and self._view is DocumentView.UNIFIED:
                yield from image_origins(path, self.sources[kind])
                continue
            if kind is EvidenceKind.LAYERS:
                yield from self._layer_origins(enclosing)
                continue
            line = self._line(path, enclosing) if kind is EvidenceKind.DOCKERFILE else None
            for source in self.sources[kind]:
                yield TracedSource(location=source.location, sha256=source.sha256, line=line)

    def _layer_origins(self, enclosing: list[JsonObject]) -> Iterator[TracedSource]:
        layer = next((item["layer"] for item in reversed(enclosing) if "layer" in item), None)
        for source in self.sources[EvidenceKind.LAYERS]:
            if not isinstance(layer, str) or source.location.endswith(layer):
                yield TracedSource(location=source.location, sha256=source.sha256)

    def _line(self, path: tuple[str | int, ...], enclosing: list[JsonObject]) -> int | None:
        """Return the line of the Dockerfile on which what holds ``path`` begins."""
        if self._view is DocumentView.DOCKERFILE and isinstance(self._dockerfile, dict):
            lines = conftest_lines(self._dockerfile)
            index = path[0] if path else None
            return lines[index] if isinstance(index, int) and 0 <= index < len(lines) else None
        name = "StartLine" if self._view is DocumentView.TRIVY_DOCKERFILE else "line"
        for holder in reversed(enclosing):
            line = holder.get(name)
            if isinstance(line, int):
                return line
        return None

    def _origin(self, kinds: Sequence[EvidenceKind], entry: JsonObject) -> Iterator[TracedSource]:
        index, pointer = entry["source"], entry["pointer"]
        for kind in kinds:
            sources = self.sources[kind]
            if isinstance(index, int) and index < len(sources):
                source = sources[index]
                yield TracedSource(
                    location=source.location, sha256=source.sha256, pointer=str(pointer)
                )


def _sources(section: JsonValue) -> tuple[EvidenceSource, ...]:
    assert isinstance(section, dict)  # by the schema
    listed = section["sources"]
    assert isinstance(listed, list)
    return tuple(EvidenceSource(**item) for item in listed if isinstance(item, dict))  # type: ignore[arg-type]


def _shortened(value: JsonValue) -> JsonValue:
    if isinstance(value, str) and len(value) > _TEXT:
        return value[:_TEXT] + f"... ({len(value)} characters)"
    if isinstance(value, list) and len(value) > _ITEMS:
        return f"({len(value)} items)"
    if isinstance(value, dict) and len(value) > _ITEMS:
        # The plain facts of it, which are what a person asks for first.
        plain = {k: v for k, v in value.items() if isinstance(v, str | int | float) and v != ""}
        return {name: _shortened(plain[name]) for name in list(plain)[:_ITEMS]}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    if isinstance(value, dict):
        return {name: _shortened(item) for name, item in value.items()}
    return value

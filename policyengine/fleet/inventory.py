"""The inventory of an audit: one image or stored document a line.

A line is a reference as ``check`` takes it, the path of an input document (``*.json``), or a JSON
object with ``image`` or ``document`` and, for an image, ``evidence``, ``scan``, ``sbom``,
``trust``, ``dockerfile`` (arrays of paths), ``environment`` and ``platform``. Empty lines and
lines that begin with ``#`` are passed over. Relative paths are relative to the inventory. A line
that stands twice is two rows: an inventory is somebody's list, and its rows are to be found again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from policyengine.collect.files import EvidenceOffer
from policyengine.errors import UsageError
from policyengine.given_file import read_given
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.platform import Platform

_KINDS = {
    "evidence": None,
    "scan": EvidenceKind.SCAN,
    "vex": EvidenceKind.VEX,
    "sbom": EvidenceKind.SBOM,
    "trust": EvidenceKind.TRUST,
    "dockerfile": EvidenceKind.DOCKERFILE,
}
_KEYS = frozenset({"image", "document", "environment", "platform", *_KINDS})


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryItem:
    """One line. Of ``image`` and ``document`` exactly one is set; ``index`` counts items from 0,
    ``line`` lines from 1."""

    index: int
    line: int
    image: str | None
    document: str | None
    offers: tuple[EvidenceOffer, ...] = ()
    environment: str | None = None
    platform: Platform | None = None

    @property
    def name(self) -> str:
        """What a row calls it."""
        return self.image or self.document or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All items, and the sha256 of the file that lists them."""

    items: tuple[InventoryItem, ...]
    sha256: str


def read_inventory(path: str) -> Inventory:
    """Read an inventory. Raises UsageError with the line."""
    data = read_given(path, error=UsageError)
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError as error:
        raise UsageError("is not UTF-8", where=f"{path} at byte {error.start}") from None
    folder = Path(path).parent
    items: list[InventoryItem] = []
    for number, text in enumerate(lines, 1):
        line = text.strip()
        if line and not line.startswith("#"):
            items.append(_item(line, len(items), number, f"{path}:{number}", folder))
    if not items:
        raise UsageError("is an inventory without an image", where=path)
    return Inventory(items=tuple(items), sha256=hashlib.sha256(data).hexdigest())


def _item(line: str, index: int, number: int, where: str, folder: Path) -> InventoryItem:
    if line.startswith("{"):
        return _object(line, index, number, where, folder)
    if line.endswith(".json") and ":" not in line:
        return InventoryItem(index=index, line=number, image=None, document=str(folder / line))
    return InventoryItem(index=index, line=number, image=line, document=None)


def _object(line: str, index: int, number: int, where: str, folder: Path) -> InventoryItem:
    read = FieldReader(where, UsageError)
    entry = read.root(parse_json(line.encode(), where=where, error=UsageError))
    for key in entry:
        if key not in _KEYS:
            near = get_close_matches(key, _KEYS, n=1)
            raise read.wrong(
                (key,), "an unknown key", f"did you mean {near[0]}?" if near else "a known one"
            )
    image = read.optional_text(entry, "image", ())
    document = read.optional_text(entry, "document", ())
    if (image is None) == (document is None):
        raise read.wrong((), "both or none of image and document", "one of them")
    if document is not None and entry.keys() != {"document"}:
        raise read.wrong(("document",), "a document with more keys", "a document by itself")
    platform = read.optional_text(entry, "platform", ())
    return InventoryItem(
        index=index,
        line=number,
        image=image,
        document=None if document is None else str(folder / document),
        offers=tuple(
            EvidenceOffer(path=str(folder / path), kind=kind)
            for key, kind in _KINDS.items()
            for path in read.texts(entry, key, ())
        ),
        environment=read.optional_text(entry, "environment", ()),
        platform=None if platform is None else _platform(platform, read),
    )


def _platform(text: str, read: FieldReader) -> Platform:
    try:
        return Platform.parse(text)
    except UsageError as error:
        raise read.wrong(("platform",), repr(text), error.expected or "a platform") from None

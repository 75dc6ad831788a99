"""The ignore files of other tools as waivers.

They name no rule of ours, and mostly nobody who answers for them: the importer is told both. What
an ignore file says that a waiver cannot say is left out and named: an import never lets more pass
than its source did.
"""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.errors import WaiverError
from policyengine.waivers.imports.terms import Imported, ImportTerms
from policyengine.waivers.writing import NewWaiver

__all__ = ["IMPORTS", "ImportTerms", "Imported", "import_waivers"]

IMPORTS = ("trivyignore", "trivyignore-yaml", "grype", "conforma")


@dataclass(frozen=True, slots=True)
class _Sign:
    """A line that only one of the formats has."""

    kind: str
    key: bytes


_SIGNS = (
    _Sign("conforma", b"volatileConfig"),
    _Sign("grype", b"ignore:"),
    _Sign("trivyignore-yaml", b"vulnerabilities:"),
    _Sign("trivyignore-yaml", b"misconfigurations:"),
    _Sign("trivyignore-yaml", b"secrets:"),
    _Sign("trivyignore-yaml", b"licenses:"),
)


def import_waivers(data: bytes, *, where: str, kind: str | None, terms: ImportTerms) -> Imported:
    """Return the waivers in ``data``; ``kind`` is one of ``IMPORTS``, or None to tell by content.

    Raises WaiverError.
    """
    from policyengine.waivers.imports import conforma, grype, trivyignore, trivyignore_yaml

    readers = {
        "trivyignore": trivyignore.read,
        "trivyignore-yaml": trivyignore_yaml.read,
        "grype": grype.read,
        "conforma": conforma.read,
    }
    chosen = kind or _told(data)
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise WaiverError("is not UTF-8", where=f"{where} at byte {error.start}") from None
    return _each_once(readers[chosen](data, where, terms))


def _each_once(imported: Imported) -> Imported:
    """Keep of several waivers of one thing the first: a waiver file has no two."""
    kept: dict[tuple[str | None, ...], NewWaiver] = {}
    again = []
    for waiver in imported.waivers:
        if kept.setdefault(waiver.about, waiver) is not waiver:
            narrowed = " ".join(text for text in waiver.about if text is not None)
            again.append(f"{narrowed}: is there twice")
    return Imported(waivers=tuple(kept.values()), left_out=(*imported.left_out, *again))


def _told(data: bytes) -> str:
    for sign in _SIGNS:
        if any(sign.key in line.split(b"#")[0] for line in data.splitlines()):
            return sign.kind
    return "trivyignore"

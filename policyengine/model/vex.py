"""VEX documents: what somebody says of the exploitability of vulnerabilities in products."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policyengine.model.evidence import EvidenceSource
from policyengine.model.instant import Instant
from policyengine.model.scan import ReportedSubject


class VexStatus(StrEnum):
    """The four statuses that all formats share (CISA, Minimum Requirements for VEX)."""

    NOT_AFFECTED = "not_affected"
    AFFECTED = "affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"


@dataclass(frozen=True, slots=True, kw_only=True)
class VexProduct:
    """A product that a statement is about, and how it can be known.

    ``text`` is how the document names it. ``purl`` is a package URL in canonical form; ``image`` is
    set where the product is an image. ``subcomponents`` are package URLs of packages in it; with
    some the statement is about these alone. ``unknown`` says why the product cannot be compared
    with anything, where that is so.
    """

    text: str
    purl: str | None = None
    image: ReportedSubject | None = None
    subcomponents: tuple[str, ...] = ()
    unknown: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VexStatement:
    """One status of one vulnerability in some products.

    ``justification`` is in the word of the format, ``impact_statement`` is the free text that may
    stand for it. ``timestamp`` is the statement's own, else that of the document.
    """

    vulnerability: str
    status: VexStatus
    products: tuple[VexProduct, ...]
    pointer: str
    aliases: tuple[str, ...] = ()
    justification: str | None = None
    impact_statement: str | None = None
    action_statement: str | None = None
    timestamp: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VexDocument:
    """One VEX document. ``subject`` is the image that it was attested for, where it was."""

    source: EvidenceSource
    id: str | None
    author: str | None
    statements: tuple[VexStatement, ...]
    role: str | None = None
    version: str | None = None
    timestamp: Instant | None = None
    subject: ReportedSubject | None = None
    unmapped: tuple[tuple[str, int], ...] = ()

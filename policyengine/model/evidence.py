"""Where evidence came from, and what became of each kind of it.

There is no status for evidence that was found and could not be read: that is an EvidenceError,
raised where it is read, so that nothing is judged on half of what the user gave.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EvidenceKind(StrEnum):
    """The kinds of evidence; each names the section of the input document that it fills."""

    IMAGE = "image"
    LAYERS = "layers"
    SCAN = "scan"
    VEX = "vex"
    SBOM = "sbom"
    TRUST = "trust"
    DOCKERFILE = "dockerfile"


class EvidenceStatus(StrEnum):
    """What became of one kind of evidence."""

    COLLECTED = "collected"
    MISSING = "missing"  # looked for, and nothing of it was there
    NOT_REQUESTED = "not_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestedBy:
    """Who stands for evidence that came as an attestation's predicate.

    ``verified`` says whether the signature was found to hold; the other fields are those of the
    attestation (``policyengine.model.trust.Attestation``).
    """

    predicate_type: str
    verified: bool
    signer: str | None = None
    identity: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSource:
    """One file, stream or URL that evidence was read from.

    ``location`` is the path or URL as the user gave it, ``-`` for standard input. ``sha256`` is
    of the bytes as read, before decompression, in lower-case hexadecimal. ``format`` is the name
    in the table of formats (``trivy-json``), ``format_version`` the document's own.
    ``attested_by`` is set where the evidence is the predicate of an attestation.
    """

    location: str
    sha256: str
    media_type: str
    format: str
    format_version: str | None = None
    tool: str | None = None
    tool_version: str | None = None
    attested_by: AttestedBy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedMismatch:
    """Evidence about another image that the user chose to use all the same."""

    kind: EvidenceKind
    location: str
    message: str

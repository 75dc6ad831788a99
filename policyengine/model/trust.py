"""Signatures and attestations: what was signed, by whom, and who verified it.

Bytes become ``TrustMaterial`` where they are read, and records where they are verified against a
trust policy. What no verifier has found to hold carries a ``problem`` and never counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policyengine.model.evidence import EvidenceSource
from policyengine.model.instant import Instant
from policyengine.model.json_value import FrozenObject

OURSELVES = "policyengine"


class SignatureKind(StrEnum):
    """The signing system."""

    NOTARY = "notary"
    COSIGN = "cosign"
    NOTATION = "notation"
    SIMPLE = "simple"


class EnvelopeKind(StrEnum):
    """What holds an attestation's statement."""

    DSSE = "dsse"
    SIGSTORE_BUNDLE = "sigstore-bundle"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signer's word on one image.

    ``signed_digest`` is the manifest digest that was signed. ``verifier`` is the program that
    verified the signature: this one (``OURSELVES``), or the one whose record it is. ``problem`` is
    that verifier's own finding, None where the signature holds; whether it holds for the image at
    hand is decided against the image when the document is assembled. ``signer`` is a name of the
    trust policy (or of the record), None where nobody known signed. ``identity`` and ``issuer`` are
    a certificate's. ``repository`` and ``tag`` are None where the signature does not bind them.
    ``expires`` is when it ends to hold, None where nothing ends it: a document may be judged later.
    """

    kind: SignatureKind
    signer: str | None
    signed_digest: str
    verifier: str
    pointer: str
    repository: str | None = None
    tag: str | None = None
    problem: str | None = None
    identity: str | None = None
    issuer: str | None = None
    keyids: tuple[str, ...] = ()
    signed_at: Instant | None = None
    expires: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestedSubject:
    """A subject of a statement. ``digests`` are pairs of algorithm and hexadecimal."""

    name: str
    digests: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildMaterial:
    """What went into a build: a resolved dependency, or a material of SLSA 0.x."""

    uri: str
    digests: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildFacts:
    """What SLSA provenance or a verification summary says of a build, of whichever version.

    ``level`` is the SLSA build level as far as it can be told, None where it cannot, and
    ``level_source`` says from what. ``parameters`` are those that whoever asked for the build set.
    """

    builder_id: str | None
    build_type: str | None
    source_repository: str | None = None
    source_commit: str | None = None
    source_ref: str | None = None
    parameters: FrozenObject | None = None
    invocation_id: str | None = None
    started_at: Instant | None = None
    finished_at: Instant | None = None
    resolved_dependencies: tuple[BuildMaterial, ...] = ()
    level: int | None = None
    level_source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """A statement about subjects, and who stands for it; fields as in ``Signature``.

    ``predicate`` is None where its content became evidence of its own kind, ``content``.
    """

    envelope: EnvelopeKind
    predicate_type: str
    subjects: tuple[AttestedSubject, ...]
    predicate: FrozenObject | None
    verifier: str
    pointer: str
    problem: str | None
    signer: str | None = None
    identity: str | None = None
    issuer: str | None = None
    keyids: tuple[str, ...] = ()
    signed_at: Instant | None = None
    build: BuildFacts | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRecord:
    """What one source says about the signatures of one repository, or of images by digest.

    ``signers`` are the known signers and their key ids, with or without a signature. ``anchor``
    says why the root of a Notary repository is believed: ``pinned``, ``known`` or ``first_use``.
    ``problems`` are what could not be verified beside the signatures, each a sentence.
    """

    source: EvidenceSource
    repository: str | None
    signatures: tuple[Signature, ...]
    attestations: tuple[Attestation, ...] = ()
    signers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    root_keyids: tuple[str, ...] = ()
    repository_keyids: tuple[str, ...] = ()
    anchor: str | None = None
    problems: tuple[str, ...] = ()

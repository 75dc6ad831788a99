"""Bytes that claim to sign or attest something, read but not yet verified.

A reader makes these of a file, a layout or a registry's answer; ``collect/trust/verify.py`` holds
them to a trust policy and makes records of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from policyengine.model.evidence import EvidenceSource
from policyengine.model.json_value import FrozenObject
from policyengine.model.trust import AttestedSubject


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeSignature:
    """One signature of an envelope. ``keyid`` is a hint that nothing may depend on."""

    keyid: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DsseEnvelope:
    """A Dead Simple Signing Envelope; ``payload`` is decoded."""

    payload_type: str
    payload: bytes
    signatures: tuple[EnvelopeSignature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An in-toto statement, 0.1 or 1."""

    predicate_type: str
    subjects: tuple[AttestedSubject, ...]
    predicate: FrozenObject | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedStatement:
    """A statement in an envelope. ``bundle`` is the Sigstore bundle around it, as JSON text, where
    there is one; ``certified`` says whether that holds a certificate in place of a key.
    ``certificate`` and ``log_bundle`` are those that lie beside an envelope, as in
    ``CosignSignature``."""

    source: EvidenceSource
    pointer: str
    envelope: DsseEnvelope
    statement: Statement
    bundle: bytes | None = None
    certified: bool = False
    certificate: bytes | None = None
    log_bundle: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedStatement:
    """A statement that nobody signed: BuildKit's attestations, or a file."""

    source: EvidenceSource
    pointer: str
    statement: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class CosignSignature:
    """A signature of cosign's own form: over ``payload``, which names the image.

    ``certificate`` is PEM text and ``log_bundle`` the JSON of Rekor's answer, where the signature
    carries them.
    """

    source: EvidenceSource
    pointer: str
    payload: bytes
    signature: bytes
    digest: str
    repository: str | None
    tag: str | None
    certificate: bytes | None = None
    log_bundle: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableMaterial:
    """Something that lies where signatures of the image lie, and cannot be read as one.

    ``digest`` is that of the image whose place it lies in. Anybody who may push can put it there;
    so it is told, and takes nothing from what others signed.
    """

    source: EvidenceSource
    pointer: str
    digest: str
    problem: str


TrustMaterial: TypeAlias = (
    SignedStatement | UnsignedStatement | CosignSignature | UnreadableMaterial
)

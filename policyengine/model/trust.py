"""Signatures and attestations, and who verified them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policyengine.model.evidence import EvidenceSource
from policyengine.model.instant import Instant


class SignatureKind(StrEnum):
    """The signing system."""

    NOTARY = "notary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signer's word on one tag of a repository.

    ``signed_digest`` is the manifest digest that was signed. ``verifier`` is the program whose
    verification is recorded here; whether the signature holds for the image at hand is decided
    against the image's digest when the document is assembled. ``keyids`` are the signer's keys.
    """

    kind: SignatureKind
    signer: str
    repository: str | None
    tag: str
    signed_digest: str
    verifier: str
    pointer: str
    keyids: tuple[str, ...] = ()
    signed_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRecord:
    """What one source says about the signatures of one repository.

    ``signers`` are the known signers and their key ids, with or without a signature.
    """

    source: EvidenceSource
    repository: str | None
    signatures: tuple[Signature, ...]
    signers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    root_keyids: tuple[str, ...] = ()
    repository_keyids: tuple[str, ...] = ()

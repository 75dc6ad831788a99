"""What verification found of one signature: who made it, or why it counts for nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policyengine.collect.trust.keys import key_signed
from policyengine.model.instant import Instant
from policyengine.model.trust_policy import TrustedKey, TrustedSigner, TrustPolicy

NO_POLICY = (
    "no trust policy says whose signature counts (give --trust-policy, --key, "
    "or --certificate-identity)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One signer of the trust policy who signed, or a ``problem``; see ``Signature``."""

    signer: TrustedSigner | None = None
    problem: str | None = None
    identity: str | None = None
    issuer: str | None = None
    keyids: tuple[str, ...] = ()
    signed_at: Instant | None = None

    @property
    def name(self) -> str | None:
        """The signer's name."""
        return None if self.signer is None else self.signer.name


def by_keys(
    signatures: Iterable[bytes], message: bytes, policy: TrustPolicy | None
) -> tuple[Finding, ...]:
    """Return a finding for each signer whose key made one of ``signatures`` over ``message``, or
    one with the problem."""
    if policy is None:
        return (Finding(problem=NO_POLICY),)
    signatures = tuple(signatures)
    found = []
    for signer in policy.signers:
        keys = [key for key in signer.keys if _made_one(key, signatures, message)]
        if keys:
            found.append(Finding(signer=signer, keyids=tuple(key.keyid for key in keys)))
    if found:
        return tuple(found)
    named = [signer.name for signer in policy.signers if signer.keys]
    if not named:
        return (Finding(problem="is made with a key, and the trust policy has no keys"),)
    return (
        Finding(
            problem="is not by a key of the trust policy, or what it signs was changed "
            f"(signers with keys: {', '.join(named)})"
        ),
    )


def _made_one(key: TrustedKey, signatures: Iterable[bytes], message: bytes) -> bool:
    return any(key_signed(key, signature, message) for signature in signatures)

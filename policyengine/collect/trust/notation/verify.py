"""Does a Notary Project signature hold, for an image of this repository, at this time?

The procedure (numbers are in the code), after notaryproject/specifications, "Signature
Verification":

1. A statement of the trust policy is for the repository; at level ``skip`` nothing is verified.
2. Integrity: the signature is by the key of the signer's certificate, with its algorithm. A
   signature that wants to be verified by a plugin is not: no program of others is run.
3. Authenticity: the chain fits the rules, one of its certificates is in a trust store of the
   statement, and the signer is one of the trusted identities.
4. Expiry: the signer's own date has not come.
5. Timestamp: the certificates were valid when the signature was made. Under ``notary.x509`` that
   is told by a timestamp of a trusted authority, and without trust in any it must be so now;
   under ``notary.x509.signingAuthority`` the signature's own time is believed.
6. Revocation: nothing is asked over the network, so a certificate that could have been revoked is
   not known to be good.

What the level has as ``log`` is told, and takes nothing from the signature, but for 2 and 3: a
signature that is not authentic is never a verified one, at level ``audit`` neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from policyengine.collect.trust.notation.certificates import (
    BadChain,
    name_of,
    read_chain,
    says_where_revocations_are,
    signed_with,
    validity,
    verifies,
)
from policyengine.collect.trust.notation.envelope import SIGNING_AUTHORITY, NotationEnvelope
from policyengine.collect.trust.notation.timestamp import BadTimestamp, verify_timestamp
from policyengine.collect.trust.notation.trust_policy import (
    ENFORCE,
    LOG,
    SKIP,
    NotationPolicy,
    Statement,
)
from policyengine.collect.trust.notation.trust_store import read_store
from policyengine.model.instant import Instant

_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NotationTrust:
    """Notation's own configuration: the policy, and the folder of the trust stores."""

    policy: NotationPolicy
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class NotationFinding:
    """What was found of one signature. ``problem`` is None where it holds.

    ``statement`` is the name of the trust policy's statement, ``logged`` what the level only
    tells. ``identity`` and ``issuer`` are names in the signer's certificate, for reports where the
    signature does not hold. ``expires`` is the first moment at which it would not hold any more,
    None where no time that passes ends it.
    """

    problem: str | None
    statement: str | None = None
    logged: tuple[str, ...] = ()
    identity: str | None = None
    issuer: str | None = None
    expires: Instant | None = None


def verify_notation(
    envelope: NotationEnvelope, repository: str, trust: NotationTrust, *, now: Instant
) -> NotationFinding:
    """Hold ``envelope`` to ``trust``. Raises TrustPolicyError for stores that cannot be read."""
    try:
        chain = read_chain(envelope.chain)
    except BadChain as bad:
        return NotationFinding(problem=f"the certificate chain does not fit: {bad}")
    identity = name_of(chain[0])
    issuer = chain[0].issuer.rfc4514_string().replace("\n", " ")[:1024]
    # 1.
    statement = trust.policy.statement_for(repository)
    problem: str | None = None
    logged: list[str] = []
    if statement is None:
        problem = f"no statement of {trust.policy.origin} is for {repository}"
    elif statement.level == SKIP:
        problem = f"the statement {statement.name!r} of {trust.policy.origin} skips verification"
    else:
        problem = _integrity(envelope, chain) or _authenticity(envelope, chain, statement, trust)
        if problem is None:
            for check, failure in _others(envelope, chain, statement, trust, now):
                action = statement.actions[check]
                if action == ENFORCE and problem is None:
                    problem = failure
                elif action == LOG:
                    logged.append(f"{check} at level {statement.level}: {failure}")
    return NotationFinding(
        problem=problem,
        statement=statement.name if statement is not None else None,
        logged=tuple(logged),
        identity=identity,
        issuer=issuer,
        expires=_end(envelope, chain, statement, trust, now) if problem is None else None,
    )


def _integrity(envelope: NotationEnvelope, chain: Sequence[x509.Certificate]) -> str | None:
    """2."""
    expected = signed_with(chain[0])
    if envelope.algorithm != expected:
        return f"signed with {envelope.algorithm}, where the signer's key is for {expected}"
    if not verifies(chain[0], envelope.signature, envelope.message):
        return "the signature does not fit: it or what was signed has been altered"
    if envelope.plugin is not None:
        return f"it is to be verified by the plugin {envelope.plugin[:80]!r}, which is not run"
    return None


def _authenticity(
    envelope: NotationEnvelope,
    chain: Sequence[x509.Certificate],
    statement: Statement,
    trust: NotationTrust,
) -> str | None:
    """3."""
    kind = "signingAuthority" if envelope.scheme == SIGNING_AUTHORITY else "ca"
    names = statement.stores_of(kind)
    if not names:
        return f"the statement {statement.name!r} has no trust store for {envelope.scheme}"
    trusted = {
        certificate for name in names for certificate in read_store(trust.folder, kind, name)
    }
    if trusted.isdisjoint(chain):
        stores = ", ".join(f"{kind}:{name}" for name in names)
        return f"no certificate of {name_of(chain[0])} or above it is in {stores}"
    if not statement.identities:
        return None
    subject = _attributes(chain[0])
    if subject is None or not any(
        identity.items() <= subject.items() for identity in statement.identities
    ):
        return f"{name_of(chain[0])} is none of the identities that {statement.name!r} trusts"
    return None


def _attributes(certificate: x509.Certificate) -> dict[str, str] | None:
    """Return the subject's attributes; None where one is there twice or parts have several."""
    found: dict[str, str] = {}
    for part in certificate.subject.rdns:
        attributes = list(part)
        if len(attributes) != 1 or attributes[0].rfc4514_attribute_name in found:
            return None
        found[attributes[0].rfc4514_attribute_name] = str(attributes[0].value)
    return found


def _others(
    envelope: NotationEnvelope,
    chain: Sequence[x509.Certificate],
    statement: Statement,
    trust: NotationTrust,
    now: Instant,
) -> Iterator[tuple[str, str]]:
    """4. to 6.: yield each check that fails, and how."""
    if envelope.expiry is not None and envelope.expiry <= now:
        yield "expiry", f"the signature expired at {envelope.expiry}"
    failure = _timestamp(envelope, chain, statement, trust, now)
    if failure is not None:
        yield "authenticTimestamp", failure
    revocable = [item for item in chain[:-1] if says_where_revocations_are(item)]
    if revocable and statement.actions["revocation"] != SKIP:
        unknown = f"whether {name_of(revocable[0])} was revoked is not known: no server is asked"
        yield "revocation", f'{unknown}; override "revocation" in the trust policy to go without'


def _end(
    envelope: NotationEnvelope,
    chain: Sequence[x509.Certificate],
    statement: Statement | None,
    trust: NotationTrust,
    now: Instant,
) -> Instant | None:
    """Return when the first enforced check of 4. and 5. would fail that does not fail now.

    The second after a certificate's last one is tried: where a timestamp stands for its time, or
    a signing authority does, it holds then too.
    """
    if statement is None:
        return None
    ends = []
    if envelope.expiry is not None and statement.actions["expiry"] == ENFORCE:
        ends.append(envelope.expiry)
    if statement.actions["authenticTimestamp"] == ENFORCE:
        after = Instant(min(validity(item)[1] for item in chain).ns + _SECOND)
        if after > now and _timestamp(envelope, chain, statement, trust, after) is not None:
            ends.append(after)
    return min(ends, default=None)


def _timestamp(
    envelope: NotationEnvelope,
    chain: Sequence[x509.Certificate],
    statement: Statement,
    trust: NotationTrust,
    now: Instant,
) -> str | None:
    """5."""
    if envelope.scheme == SIGNING_AUTHORITY:
        return _invalid_at(chain, envelope.signing_time, envelope.signing_time, "it was signed")
    stores = statement.stores_of("tsa")
    needed = bool(stores) and (
        statement.always_timestamp or any(validity(item)[1] < now for item in chain)
    )
    if not needed:
        return _invalid_at(chain, now, now, "it is verified, and no timestamp is asked for")
    if envelope.timestamp is None:
        return "the signature has no timestamp"
    roots = [item for name in stores for item in read_store(trust.folder, "tsa", name)]
    try:
        found = verify_timestamp(envelope.timestamp, envelope.signature, roots)
    except BadTimestamp as problem:
        return f"the timestamp does not hold: {problem}"
    if found.earliest > now:
        return f"the timestamp is of {found.earliest}, which is yet to come"
    return _invalid_at(chain, found.earliest, found.latest, "the timestamp says it was signed")


def _invalid_at(
    chain: Sequence[x509.Certificate], earliest: Instant, latest: Instant, when: str
) -> str | None:
    for certificate in chain:
        begin, end = validity(certificate)
        if earliest < begin or latest > end:
            name = name_of(certificate)
            return f"{name} is valid from {begin} to {end}, not at {latest}, when {when}"
    return None

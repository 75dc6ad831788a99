"""A verified repository as trust records: one a role, so that each signature names its file.

Who signed is told by keys. Without a trust policy the repository's root vouches for its roles,
and a signer has its role's name. With one, a signer is whom the policy gives the key to: a role
of the same name with another key is a key that was rotated, or somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.collect.trust.notary.keys import TufKey
from policyengine.collect.trust.notary.verify import SignedTag, SigningRole, VerifiedRepository
from policyengine.model.evidence import EvidenceSource
from policyengine.model.json_value import json_pointer
from policyengine.model.trust import OURSELVES, Signature, SignatureKind, TrustRecord
from policyengine.model.trust_policy import TrustedSigner, TrustPolicy

FORMAT_NAME = "notary-tuf"
_NAMES = {"targets": "Repo Admin"}  # Docker's word for the repository's own key


def trust_records(
    repository: VerifiedRepository, policy: TrustPolicy | None
) -> tuple[TrustRecord, ...]:
    """Return a record for each role that has metadata; never none, as ``targets`` always has."""
    problems = tuple(f"{role.name}: {role.problem}" for role in repository.roles if role.problem)
    return tuple(
        TrustRecord(
            source=EvidenceSource(
                location=role.location,
                sha256=role.sha256,
                media_type="application/json",
                format=FORMAT_NAME,
                format_version="1",
            ),
            repository=repository.repository,
            signatures=tuple(_signatures(repository.repository, role, policy)),
            signers=tuple(
                (signer_name(item.name), item.keyids)
                for item in repository.roles
                if item.name == role.name
            ),
            root_keyids=repository.root_keyids,
            repository_keyids=repository.roles[0].keyids,
            anchor=repository.anchor.value,
            problems=() if role.name != "targets" else problems,
        )
        for role in repository.roles
        if role.location is not None and role.sha256 is not None
    )


def signer_name(role: str) -> str:
    """Return the name of who signs as ``role``, as Docker shows it."""
    return _NAMES.get(role, role.removeprefix("targets/"))


def _signatures(
    repository: str, role: SigningRole, policy: TrustPolicy | None
) -> Iterator[Signature]:
    for tag in role.tags:
        problem = role.problem or tag.problem
        if policy is None:
            keyids = tuple(key.keyid for key in role.signed_by)
            yield _signature(repository, role, tag, signer_name(role.name), keyids, problem=problem)
            continue
        signers = [
            (signer, tuple(key.keyid for key in role.signed_by if _has(signer, key)))
            for signer in policy.signers
        ]
        known = [(signer.name, keyids) for signer, keyids in signers if keyids]
        for name, keyids in known:
            yield _signature(repository, role, tag, name, keyids, problem=problem)
        if not known:
            keyids = tuple(key.keyid for key in role.signed_by)
            unknown = _unknown(role, policy)
            yield _signature(repository, role, tag, None, keyids, problem=problem or unknown)


def _signature(
    repository: str,
    role: SigningRole,
    tag: SignedTag,
    signer: str | None,
    keyids: tuple[str, ...],
    *,
    problem: str | None,
) -> Signature:
    return Signature(
        kind=SignatureKind.NOTARY,
        signer=signer,
        repository=repository,
        tag=tag.tag,
        signed_digest=tag.digest,
        verifier=OURSELVES,
        problem=problem,
        keyids=keyids or role.keyids,
        expires=role.expires,
        pointer=json_pointer(("signed", "targets", tag.tag)),
    )


def _has(signer: TrustedSigner, key: TufKey) -> bool:
    ids = {key.keyid, key.bare_keyid}
    return not ids.isdisjoint(signer.keyids) or any(
        trusted.keyid == key.fingerprint for trusted in signer.keys
    )


def _unknown(role: SigningRole, policy: TrustPolicy) -> str:
    name = signer_name(role.name)
    found = ", ".join(key.keyid for key in role.signed_by)
    namesake = policy.signer(name)
    if namesake is None:
        return f"{role.name} signed with {found}, a key of no signer of the trust policy"
    expected = ", ".join([*namesake.keyids, *(key.keyid for key in namesake.keys)]) or "none"
    return (
        f"{name} signed with {found}, which is none of its keys in the trust policy ({expected}): "
        "the key was rotated, or somebody else uses the name"
    )

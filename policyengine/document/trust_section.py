"""The ``trust`` section: which signatures hold for the image at hand.

A recorded signature binds (repository, tag) to a manifest digest. It is verified for this image
when, in this order,

1. the image has a name, and the signature is for that repository;
2. the image has a manifest digest, and it is the one that was signed;
3. the image was asked for by the signed tag, or by digest.

Anything else is not verified, with the reason in ``problem``. Signatures of other tags for other
digests say nothing about this image: they are counted, not listed.
"""

from __future__ import annotations

from collections.abc import Sequence

from policyengine.document.subject_match import known_digests
from policyengine.document.times import instant_fields
from policyengine.errors import InvalidReference
from policyengine.model.image import ImageEvidence, Subject
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.reference import ImageReference
from policyengine.model.trust import Signature, TrustRecord


def trust_section(
    records: Sequence[TrustRecord], evidence: ImageEvidence
) -> tuple[JsonObject, int]:
    """Return ``trust`` and the number of signatures that are about other images."""
    signatures: list[JsonValue] = []
    others = 0
    digests = known_digests(evidence)
    for index, record in enumerate(records):
        for signature in record.signatures:
            if signature.signed_digest in digests or signature.tag == asked_tag(evidence.subject):
                problem = _problem(signature, evidence.subject, digests)
                signatures.append(_signature(index, signature, problem))
            else:
                others += 1
    return {
        "records": [_record(index, record) for index, record in enumerate(records)],
        "signatures": signatures,
    }, others


def asked_tag(subject: Subject) -> str | None:
    """Return the tag that the image was asked for by: ``latest`` where none was written, None
    where it was asked for by digest."""
    if subject.tag is not None:
        return subject.tag
    return None if "@" in subject.reference else "latest"


def same_repository(name: str, subject: Subject) -> bool:
    """Say whether ``name`` is the repository of the image."""
    try:
        reference = ImageReference.parse(name)
    except InvalidReference:
        return False
    return (reference.registry, reference.repository) == (subject.registry, subject.repository)


def _problem(signature: Signature, subject: Subject, digests: frozenset[str]) -> str | None:
    if subject.repository is None:
        return "the image has no repository name to compare with the signature's"
    if signature.repository is None or not same_repository(signature.repository, subject):
        return f"signed for {signature.repository}, not for {subject.registry}/{subject.repository}"
    if not digests:
        return "the image has no manifest digest to compare with the signed one"
    if signature.signed_digest not in digests:
        return f"{signature.signed_digest} was signed, which is another image"
    tag = asked_tag(subject)
    if tag is not None and signature.tag != tag:
        return f"signed as {signature.tag}, asked for as {tag}"
    return None


def _signature(index: int, signature: Signature, problem: str | None) -> JsonObject:
    return {
        "kind": signature.kind.value,
        "signer": signature.signer,
        "repository": signature.repository,
        "tag": signature.tag,
        "signed_digest": signature.signed_digest,
        "verified": problem is None,
        "verifier": signature.verifier,
        "problem": problem,
        "keyids": list(signature.keyids),
        **instant_fields("signed_at", signature.signed_at),
        "reported_by": [{"source": index, "pointer": signature.pointer}],
    }


def _record(index: int, record: TrustRecord) -> JsonObject:
    return {
        "source": index,
        "repository": record.repository,
        "signers": [{"name": name, "keyids": list(keyids)} for name, keyids in record.signers],
        "root_keyids": list(record.root_keyids),
        "repository_keyids": list(record.repository_keyids),
    }

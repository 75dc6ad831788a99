"""Signatures of the Notary Project and of containers/image: found, and held to their policies.

They are given as files, or lie beside the image: those of the Notary Project in manifests that
refer to it, those of Sigstore's form under cosign's tags. A file that is no such signature is an
error. What lies beside the image and cannot be read is told, as anybody who may push can put it
there, and takes nothing from the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policyengine.collect.trust.discovery import AttachedBlob, attached_blobs
from policyengine.collect.trust.notation.envelope import (
    COSE_TYPE,
    ENVELOPE_BYTES,
    JWS_TYPE,
    envelope_of,
    is_cose_envelope,
)
from policyengine.collect.trust.notation.trust_policy import read_notation_policy
from policyengine.collect.trust.notation.verify import NotationTrust, verify_notation
from policyengine.collect.trust.simple_signing.policy import ImagePolicy, read_image_policy
from policyengine.collect.trust.simple_signing.verify import (
    PAYLOAD_TYPE,
    SimpleFinding,
    SimpleSignature,
    attached_signature,
    is_simple_signature,
    read_simple_signature,
    verify_simple,
)
from policyengine.errors import EvidenceError, LimitExceeded, SourceUnavailable
from policyengine.given_file import open_given
from policyengine.model.access import RegistryAccess
from policyengine.model.evidence import EvidenceSource
from policyengine.model.image import ImageEvidence, Subject
from policyengine.model.instant import Instant
from policyengine.model.limits import ReadLimits
from policyengine.model.reference import ImageReference
from policyengine.model.trust import OURSELVES, Signature, SignatureKind, TrustRecord
from policyengine.model.trust_sources import TrustSources

_POLICY_NAMES = ("trustpolicy.oci.json", "trustpolicy.json")
_FORMATS = {JWS_TYPE: "notation-jws", COSE_TYPE: "notation-cose"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Bytes of a signature. ``blob`` is where it lies beside the image, None for a file."""

    location: str
    data: bytes
    blob: AttachedBlob | None = None


def signature_records(
    image: ImageEvidence,
    sources: TrustSources,
    *,
    access: RegistryAccess,
    limits: ReadLimits,
    now: Instant,
) -> tuple[TrustRecord, ...]:
    """Return a record for each signature, and one for ``policy.json`` where one is named."""
    files = [_Found(location=name, data=data) for name, data in _files(sources, limits)]
    simple = [item for item in files if _is_simple(item.data)]
    notation = [item for item in files if not _is_simple(item.data)]
    unread: list[AttachedBlob] = []
    wanted: set[str] = set()
    if sources.notation is not None:
        wanted |= {JWS_TYPE, COSE_TYPE}
    if sources.containers_policy is not None:
        wanted.add(PAYLOAD_TYPE)
    for blob in attached_blobs(image, frozenset(wanted), limits=limits, registry=access):
        found = _Found(location=blob.location, data=blob.data, blob=blob)
        if blob.problem is not None:
            unread.append(blob)
        elif blob.media_type == PAYLOAD_TYPE:
            simple.append(found)
        else:
            notation.append(found)
    return (
        *_notation_records(notation, image.subject, sources.notation, now),
        *_simple_records(simple, image.subject, sources.containers_policy, now),
        *(_unread(blob.location, blob.data, str(blob.problem)) for blob in unread),
    )


def _is_simple(data: bytes) -> bool:
    return not is_cose_envelope(data) and is_simple_signature(data)


def _files(sources: TrustSources, limits: ReadLimits) -> Iterator[tuple[str, bytes]]:
    for name in sources.signatures:
        path = Path(name)
        paths = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
        if not paths:
            raise SourceUnavailable("is a directory without signatures", where=name)
        if len(paths) > limits.evidence_files:
            raise LimitExceeded(
                "has too many files", where=name, expected=f"at most {limits.evidence_files}"
            )
        for file in paths:
            with open_given(file, error=SourceUnavailable) as stream:
                data = stream.read(ENVELOPE_BYTES + 1)
            if len(data) > ENVELOPE_BYTES:
                raise LimitExceeded(
                    "is too large for a signature",
                    where=str(file),
                    expected=f"at most {ENVELOPE_BYTES} bytes",
                )
            yield str(file), data


def _notation_records(
    found: Sequence[_Found], subject: Subject, folder: Path | None, now: Instant
) -> Iterator[TrustRecord]:
    if not found:
        return
    trust = None if folder is None else _notation_trust(folder)
    # An image without a name is of no scope but the wildcard.
    repository = f"{subject.registry}/{subject.repository}" if subject.repository else ""
    for item in found:
        try:
            envelope = envelope_of(item.data, item.location)
        except EvidenceError as problem:
            if item.blob is None:
                raise
            yield _unread(item.location, item.data, str(problem))
            continue
        signature = Signature(
            kind=SignatureKind.NOTATION,
            signer=None,
            signed_digest=envelope.digest,
            verifier=OURSELVES,
            pointer="/payload",
            problem="nothing says whom to trust: --notation is missing",
            signed_at=envelope.signing_time,
        )
        logged: tuple[str, ...] = ()
        if trust is not None:
            finding = verify_notation(envelope, repository, trust, now=now)
            logged = finding.logged
            signature = Signature(
                kind=SignatureKind.NOTATION,
                signer=finding.statement if finding.problem is None else None,
                signed_digest=envelope.digest,
                verifier=OURSELVES,
                pointer="/payload",
                problem=finding.problem,
                identity=finding.identity,
                issuer=finding.issuer,
                signed_at=envelope.signing_time,
                expires=finding.expires,
            )
        media_type = envelope.media_type
        yield TrustRecord(
            source=_source(item.location, item.data, media_type, _FORMATS[media_type]),
            repository=None,
            signatures=(signature,),
            problems=logged,
        )


def _notation_trust(folder: Path) -> NotationTrust:
    # Since 1.3 notation has a policy for images and one for other files; the old name is for both.
    path = next((folder / name for name in _POLICY_NAMES if (folder / name).exists()), None)
    chosen = path or folder / _POLICY_NAMES[-1]
    return NotationTrust(policy=read_notation_policy(chosen), folder=folder)


def _simple_records(
    found: Sequence[_Found], subject: Subject, path: Path | None, now: Instant
) -> Iterator[TrustRecord]:
    read: list[tuple[_Found, SimpleSignature]] = []
    for item in found:
        try:
            read.append((item, _simple_signature(item)))
        except EvidenceError as problem:
            if item.blob is None:
                raise
            yield _unread(item.location, item.data, str(problem))
    policy = None if path is None else read_image_policy(path)
    reference = _reference(subject)
    findings = [SimpleFinding(problem="nothing says whom to trust") for _ in read]
    unmet: tuple[str, ...] = ()
    if policy is not None and reference is not None:
        findings, unmet = verify_simple([item for _, item in read], reference, policy, now=now)
    elif policy is not None:
        unmet = (f"{policy.origin} is for images with a name, and this one has none",)
        findings = [SimpleFinding(problem=unmet[0]) for _ in read]
    for (item, _), finding in zip(read, findings, strict=True):
        yield _simple_record(item, finding, reference)
    if policy is not None:
        yield _policy_record(policy, unmet)


def _simple_signature(item: _Found) -> SimpleSignature:
    if item.blob is None:
        return read_simple_signature(item.data, item.location)
    return attached_signature(item.data, dict(item.blob.annotations), item.location)


def _reference(subject: Subject) -> ImageReference | None:
    """Return the image as it was asked for; by digest only where it was asked for so."""
    if subject.registry is None or subject.repository is None:
        return None
    asked = "@" in subject.reference
    return ImageReference(
        registry=subject.registry,
        repository=subject.repository,
        tag=subject.tag,
        digest=subject.digest if asked else None,
    )


def _simple_record(
    item: _Found, finding: SimpleFinding, reference: ImageReference | None
) -> TrustRecord:
    source = _source(item.location, item.data, "application/octet-stream", "simple-signing")
    if finding.digest is None:
        problem = finding.problem or "nothing is signed"
        return TrustRecord(source=source, repository=None, signatures=(), problems=(problem,))
    # Which reference had to be signed was for policy.json to say: it may name a mirror's origin.
    is_good = finding.problem is None and reference is not None
    signature = Signature(
        kind=SignatureKind.SIMPLE,
        signer=finding.signer if is_good else None,
        repository=reference.name if is_good and reference is not None else finding.reference,
        signed_digest=finding.digest,
        verifier=OURSELVES,
        pointer="/critical",
        problem=finding.problem,
        keyids=() if finding.keyid is None else (finding.keyid,),
        signed_at=finding.signed_at,
    )
    return TrustRecord(source=source, repository=None, signatures=(signature,))


def _policy_record(policy: ImagePolicy, unmet: tuple[str, ...]) -> TrustRecord:
    source = EvidenceSource(
        location=policy.origin,
        sha256=policy.sha256,
        media_type="application/json",
        format="containers-policy",
    )
    return TrustRecord(source=source, repository=None, signatures=(), problems=unmet)


def _unread(location: str, data: bytes, problem: str) -> TrustRecord:
    source = _source(location, data, "application/octet-stream", "unreadable-signature")
    return TrustRecord(source=source, repository=None, signatures=(), problems=(problem,))


def _source(location: str, data: bytes, media_type: str, name: str) -> EvidenceSource:
    return EvidenceSource(
        location=location,
        sha256=hashlib.sha256(data).hexdigest(),
        media_type=media_type,
        format=name,
    )

"""Attestations beside an image in its registry, in the two forms that ``cosign`` looks for.

1. A Sigstore bundle in an artifact that refers to the image (OCI 1.1), where cosign 3 looks.
2. An envelope as a layer of what stands under ``sha256-HEX.att``, where older cosign looks. What is
   there already is kept. A keyless signature is not written there: it would need its certificate
   and log entry in annotations, which only cosign's own older form has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from policyengine.attest.sign import BUNDLE_TYPE, SignedStatement
from policyengine.errors import MalformedEvidence, SubjectMismatch
from policyengine.model.access import RegistryAccess
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import FrozenJson, FrozenObject
from policyengine.model.limits import ReadLimits
from policyengine.model.media_types import OCI_MANIFEST
from policyengine.model.reference import ImageReference
from policyengine.registry.artifact import (
    Artifact,
    Blob,
    descriptor,
    digest_of,
    open_repository,
    push,
    read_manifest,
)
from policyengine.registry.session import Session
from policyengine.registry.upload import push_blob, push_manifest

ENVELOPE_TYPE = "application/vnd.dsse.envelope.v1+json"
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_SIGNATURE = "dev.cosignproject.cosign/signature"
_NO_TIME = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """Where an attestation is now. ``tag`` is cosign's, None where nothing was written there."""

    repository: str
    referrer: str
    tag: str | None


def attach(
    signed: SignedStatement,
    reference: ImageReference,
    *,
    tagged: bool,
    access: RegistryAccess,
    limits: ReadLimits,
) -> Attached:
    """Put ``signed`` beside its image in the repository of ``reference``; ``tagged`` under cosign's
    tag too.

    Raises SubjectMismatch where ``reference`` names another image, NotInRegistry where the
    repository does not have it.
    """
    digest = signed.statement.digest
    with open_repository(reference, access=access, limits=limits) as session:
        named = reference.digest or reference.tag
        if named is not None and named != digest:
            _require_named(session, named, digest, str(reference))
        image, media_type, _ = session.manifest(digest)
        # The digest was checked; the media type is the registry's word, else the manifest's own.
        subject = descriptor(image, media_type or _media_type(image, str(reference)))
        referrer = push(session, _referrer(signed, {**subject, "digest": digest}))
        tag = _add_under_tag(session, signed, digest) if tagged else None
    return Attached(repository=reference.name, referrer=referrer, tag=tag)


def _require_named(session: Session, named: str, digest: str, where: str) -> None:
    """Require that ``named`` is the image, or an index that has it."""
    data, _, found = session.manifest(named)
    if digest in {found, digest_of(data)}:
        return
    entries = _list(parse_json(data, where=where), "manifests")
    if not any(isinstance(item, Mapping) and item.get("digest") == digest for item in entries):
        raise SubjectMismatch(
            "the verdict is about another image",
            where=where,
            found=found,
            expected=digest,
            hint="judge the image that is to be attested",
        )


def _media_type(manifest: bytes, where: str) -> str:
    document = parse_json(manifest, where=where)
    stated = document.get("mediaType") if isinstance(document, dict) else None
    return stated if isinstance(stated, str) else OCI_MANIFEST


def _referrer(signed: SignedStatement, subject: FrozenObject) -> Artifact:
    return Artifact(
        artifact_type=BUNDLE_TYPE,
        layers=(Blob(media_type=BUNDLE_TYPE, data=signed.bundle),),
        subject=subject,
        annotations=(
            ("dev.sigstore.bundle.content", "dsse-envelope"),
            ("dev.sigstore.bundle.predicateType", signed.statement.predicate_type),
        ),
    )


def _add_under_tag(session: Session, signed: SignedStatement, digest: str) -> str:
    tag = digest.replace(":", "-", 1) + ".att"
    held: Sequence[FrozenJson] = ()
    there = read_manifest(session, tag)
    if there is not None:
        held = _list(there, "layers")
        if not held:
            raise MalformedEvidence(
                "is no list of attestations, and is not written over",
                where=f"{session.endpoint.host}/{session.endpoint.repository}:{tag}",
                expected="layers",
            )
    layer = Blob(
        media_type=ENVELOPE_TYPE,
        data=signed.envelope,
        annotations=((_SIGNATURE, ""), ("predicateType", signed.statement.predicate_type)),
    )
    layers = [*held, layer.descriptor]
    config = orjson.dumps(
        {
            "architecture": "",
            "os": "",
            "created": _NO_TIME,
            "config": {},
            "history": [{"created": _NO_TIME} for _ in layers],
            "rootfs": {
                "type": "layers",
                "diff_ids": [item.get("digest") for item in layers if isinstance(item, Mapping)],
            },
        }
    )
    manifest = orjson.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": descriptor(config, _CONFIG_TYPE),
            "layers": layers,
        }
    )
    push_blob(session, digest_of(signed.envelope), signed.envelope)
    push_blob(session, digest_of(config), config)
    push_manifest(session, tag, manifest, OCI_MANIFEST)
    return tag


def _list(document: object, name: str) -> Sequence[FrozenJson]:
    found = document.get(name) if isinstance(document, Mapping) else None
    return found if isinstance(found, list) else ()

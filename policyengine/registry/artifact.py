"""Artifacts in a repository, by OCI image 1.1 and OCI distribution 1.1: written, and attached.

A manifest whose ``subject`` is another refers to it. A registry that knows of referrers says so as
it takes the manifest; with others whoever writes also keeps an index under the fallback tag
(distribution, "Referrers Tag Schema"). Two who write that index at once may lose an entry: the
specification has no way to prevent it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson

from policyengine.errors import MalformedEvidence, NotInRegistry
from policyengine.model.access import RegistryAccess
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import FrozenJson, FrozenObject, JsonObject
from policyengine.model.limits import ReadLimits
from policyengine.model.media_types import OCI_INDEX, OCI_MANIFEST
from policyengine.model.reference import ImageReference
from policyengine.registry.credentials import CredentialStore
from policyengine.registry.endpoint import endpoints_for
from policyengine.registry.pacing import REAL_PACING
from policyengine.registry.session import Session
from policyengine.registry.transport import Transport
from policyengine.registry.upload import push_blob, push_manifest

EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
EMPTY = b"{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Bytes that a manifest points to."""

    media_type: str
    data: bytes = field(repr=False)
    annotations: tuple[tuple[str, str], ...] = ()

    @property
    def descriptor(self) -> FrozenObject:
        """The descriptor that points to them."""
        return descriptor(self.data, self.media_type, annotations=dict(self.annotations))


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A manifest and its blobs. ``subject`` is the descriptor of the manifest it refers to."""

    artifact_type: str
    layers: tuple[Blob, ...]
    config: Blob = Blob(media_type=EMPTY_TYPE, data=EMPTY)
    subject: FrozenObject | None = None
    annotations: tuple[tuple[str, str], ...] = ()

    @property
    def manifest(self) -> bytes:
        """The manifest: the same bytes for the same artifact."""
        found: dict[str, FrozenJson] = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": self.artifact_type,
            "config": self.config.descriptor,
            "layers": [layer.descriptor for layer in self.layers],
        }
        if self.subject is not None:
            found["subject"] = self.subject
        if self.annotations:
            found["annotations"] = dict(self.annotations)
        return orjson.dumps(found)


def descriptor(
    data: bytes, media_type: str, *, annotations: FrozenObject | None = None
) -> FrozenObject:
    """Return the descriptor of ``data``."""
    found: dict[str, FrozenJson] = {
        "mediaType": media_type,
        "digest": digest_of(data),
        "size": len(data),
    }
    if annotations:
        found["annotations"] = annotations
    return found


def digest_of(data: bytes) -> str:
    """Return the sha256 digest of ``data``."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@contextmanager
def open_repository(
    reference: ImageReference, *, access: RegistryAccess, limits: ReadLimits
) -> Iterator[Session]:
    """Open the repository of ``reference`` at its registry: what is written goes to no mirror."""
    transport = Transport(access, REAL_PACING)
    endpoint = endpoints_for(reference, access)[-1]
    try:
        yield Session(endpoint, transport, CredentialStore(access), access=access, limits=limits)
    finally:
        transport.close()


def push(session: Session, artifact: Artifact, *, tag: str | None = None) -> str:
    """Write an artifact, its blobs first; return its digest.

    An artifact with a subject is listed among the subject's referrers afterwards.
    """
    for blob in (artifact.config, *artifact.layers):
        push_blob(session, digest_of(blob.data), blob.data)
    manifest = artifact.manifest
    digest = digest_of(manifest)
    listed = push_manifest(session, tag or digest, manifest, OCI_MANIFEST)
    if artifact.subject is not None and not listed:
        _list_referrer(session, artifact, manifest)
    return digest


def read_manifest(session: Session, tag_or_digest: str) -> JsonObject | None:
    """Return a manifest or index that stands in the repository, None where none does."""
    try:
        data, _, _ = session.manifest(tag_or_digest)
    except NotInRegistry:
        return None
    where = f"{session.endpoint.host}/{session.endpoint.repository}:{tag_or_digest}"
    document = parse_json(data, where=where)
    if not isinstance(document, dict):
        raise MalformedEvidence("is no manifest", where=where, expected="a JSON object")
    return document


def _list_referrer(session: Session, artifact: Artifact, manifest: bytes) -> None:
    assert artifact.subject is not None
    tag = str(artifact.subject["digest"]).replace(":", "-", 1)
    index = read_manifest(session, tag)
    held: Sequence[FrozenJson] = []
    if index is not None:
        listed = index.get("manifests")
        if not isinstance(listed, list):
            raise MalformedEvidence(
                "is no index of referrers, and is not written over",
                where=f"{session.endpoint.host}/{session.endpoint.repository}:{tag}",
                expected="manifests",
            )
        held = listed
    entry = {**descriptor(manifest, OCI_MANIFEST), "artifactType": artifact.artifact_type}
    if artifact.annotations:
        entry["annotations"] = dict(artifact.annotations)
    kept = [
        item
        for item in held
        if not (isinstance(item, dict) and item.get("digest") == entry["digest"])
    ]
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*kept, entry]}
    push_manifest(session, tag, orjson.dumps(document), OCI_INDEX)

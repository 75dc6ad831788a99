"""Signatures and attestations that lie beside an image: in its repository, or its OCI layout.

In this order, for the image manifest and for the index it was chosen from:

1. cosign's tags, ``sha256-HEX.sig`` and ``sha256-HEX.att``;
2. what refers to the manifest: the referrers API of OCI distribution 1.1, else its fallback tag;
   in a layout the entries of ``index.json`` that have it as their subject, and those that
   ``cosign save`` marks;
3. BuildKit's attestation manifests, which are entries of the index.

What lies there and cannot be read is recorded as that. A registry that fails to answer is an
error: signatures that could not be looked for are not signatures that are not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from policyengine.collect.format import Origin
from policyengine.collect.image.content import Descriptor, FetchedManifest, collected, verified
from policyengine.collect.image.file_tree import DirectoryTree, FileTree, open_archive
from policyengine.collect.image.manifest import INDEX_TYPES, parse_artifact, parse_index
from policyengine.collect.image.oci_layout import (
    ATTACHED,
    KIND,
    entry_names,
    layout_blob,
    layout_entries,
    layout_manifest,
)
from policyengine.collect.trust import cosign_payload, dsse, in_toto_statement, sigstore_bundle
from policyengine.collect.trust.keys import base64_bytes
from policyengine.collect.trust.verify import readable
from policyengine.errors import (
    EvidenceError,
    InvalidReference,
    LimitExceeded,
    MalformedEvidence,
    SourceUnavailable,
)
from policyengine.model.access import RegistryAccess
from policyengine.model.evidence import EvidenceSource
from policyengine.model.image import ImageEvidence, Subject, Transport
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonValue
from policyengine.model.limits import ReadLimits
from policyengine.model.reference import ImageReference
from policyengine.model.trust import TrustRecord
from policyengine.model.trust_material import (
    CosignSignature,
    SignedStatement,
    TrustMaterial,
    UnreadableMaterial,
)
from policyengine.model.trust_policy import TrustPolicy

SIGNATURE = "dev.cosignproject.cosign/signature"
CERTIFICATE = "dev.sigstore.cosign/certificate"
LOG_BUNDLE = "dev.sigstore.cosign/bundle"
_SUFFIXES = (".sig", ".att")
# No image has more; somebody who may push could make it so many.
_MOST = 256
_ATTESTED = ("vnd.docker.reference.digest", "vnd.docker.reference.type", "attestation-manifest")

_JSON_LAYERS: dict[str, Callable[[JsonValue, Origin], tuple[TrustMaterial, ...]]] = {
    "application/vnd.dsse.envelope.v1+json": dsse.read_material,
    "application/vnd.in-toto+json": in_toto_statement.read_material,
    "application/vnd.dev.sigstore.bundle.v0.3+json": sigstore_bundle.read_material,
    "application/vnd.dev.sigstore.bundle+json;version=0.3": sigstore_bundle.read_material,
    "application/vnd.dev.sigstore.bundle+json;version=0.2": sigstore_bundle.read_material,
    "application/vnd.dev.sigstore.bundle+json;version=0.1": sigstore_bundle.read_material,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """What was found. ``records`` say where was looked; ``about`` are the image's digests."""

    records: tuple[TrustRecord, ...] = ()
    material: tuple[TrustMaterial, ...] = ()
    about: frozenset[str] = frozenset()


def discover(
    image: ImageEvidence, policy: TrustPolicy, *, limits: ReadLimits, registry: RegistryAccess
) -> Discovered:
    """Look up what lies beside ``image``.

    Docker's daemon keeps no signatures, but knows by which digests registries hold its image: they
    are looked up there. A Docker archive knows nothing of the kind.

    Raises SourceUnavailable where the registry does not answer.
    """
    return discover_beside(image.subject, policy, limits=limits, registry=registry)


def discover_beside(
    subject: Subject,
    policy: TrustPolicy,
    *,
    limits: ReadLimits,
    registry: RegistryAccess,
    through: Callable[[Place], Place] | None = None,
) -> Discovered:
    """Look up what lies beside ``subject``, which need not be an image. Raises as ``discover``.

    ``through`` stands between the look-up and the place where it is made, to keep what is read.
    """
    subject = _in_a_registry(subject)
    digests = [item for item in (subject.digest, subject.index_digest) if item is not None]
    if not digests or subject.transport not in _STORES:
        return Discovered()
    with ExitStack() as stack:
        place: Place = _STORES[subject.transport](stack, subject, limits, registry)
        if through is not None:
            place = through(place)
        found: list[TrustMaterial] = []
        listed: list[str] = []
        about = frozenset(digests)
        for digest in digests:
            for attached in place.attached(digest):
                listed.append(attached.name)
                found += _materials(place, attached, digest, limits)
                if len(found) > _MOST:
                    raise LimitExceeded(
                        "has too many signatures and attestations",
                        where=place.origin,
                        expected=f"at most {_MOST}",
                    )
        material = {
            _identity(item): readable(item, policy, digests[0], about=about) for item in found
        }
    return Discovered(
        records=(_looked(place.origin, digests, listed),),
        material=tuple(material.values()),
        about=about,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedBlob:
    """A layer of a manifest that lies beside an image. ``problem`` says why it was not read."""

    location: str
    media_type: str
    data: bytes = b""
    annotations: tuple[tuple[str, str], ...] = ()
    problem: str | None = None


def attached_blobs(
    image: ImageEvidence,
    media_types: frozenset[str],
    *,
    limits: ReadLimits,
    registry: RegistryAccess,
) -> tuple[AttachedBlob, ...]:
    """Return what lies beside ``image`` in layers of ``media_types``, each content once."""
    subject = _in_a_registry(image.subject)
    digests = [item for item in (subject.digest, subject.index_digest) if item is not None]
    if not digests or subject.transport not in _STORES:
        return ()
    found: dict[str, AttachedBlob] = {}
    with ExitStack() as stack:
        place = _STORES[subject.transport](stack, subject, limits, registry)
        for attached in (item for digest in digests for item in place.attached(digest)):
            for blob in _blobs(place, attached, media_types):
                found.setdefault(blob.location, blob)
            if len(found) > _MOST:
                raise LimitExceeded(
                    "has too many signatures", where=place.origin, expected=f"at most {_MOST}"
                )
    return tuple(found.values())


def _blobs(place: Place, attached: Attached, media_types: frozenset[str]) -> Iterator[AttachedBlob]:
    where = f"{place.origin}: {attached.name}"
    try:
        layers = parse_artifact(attached.fetch(), where).layers
    except SourceUnavailable:
        raise
    except EvidenceError as problem:
        yield AttachedBlob(location=where, media_type="", problem=str(problem))
        return
    for index, layer in enumerate(layers[:_MOST]):
        if layer.media_type not in media_types:
            continue
        here = f"{where} layer {index}"
        try:
            data = place.blob(layer)
        except SourceUnavailable:
            raise
        except EvidenceError as problem:
            yield AttachedBlob(location=here, media_type=layer.media_type, problem=str(problem))
            continue
        yield AttachedBlob(
            location=here,
            media_type=layer.media_type,
            data=data,
            annotations=layer.annotations,
        )


def _in_a_registry(subject: Subject) -> Subject:
    """Return where a registry holds a daemon's image, under the name that was asked for."""
    if subject.transport is not Transport.DOCKER_DAEMON:
        return subject
    for name in subject.repo_digests:
        try:
            held = ImageReference.parse(name)
        except InvalidReference:
            continue
        if (held.registry, held.repository) == (subject.registry, subject.repository):
            return replace(subject, transport=Transport.REGISTRY, digest=held.digest)
    return subject


def _identity(item: TrustMaterial) -> tuple[object, ...]:
    """Return what tells ``item`` from others: one may lie under a tag and refer to the image.

    All that is verified is in it, so that nobody can put a spoilt copy in the place of a good one.
    """
    if isinstance(item, UnreadableMaterial):
        return (item.source.location,)
    if isinstance(item, CosignSignature):
        return (item.source.sha256, item.signature, item.certificate, item.log_bundle)
    if isinstance(item, SignedStatement):
        return (item.source.sha256, item.certificate, item.log_bundle)
    return (item.source.sha256,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A manifest that lies beside the image, to be ``fetched`` yet."""

    name: str
    fetch: Callable[[], FetchedManifest]


class Place(Protocol):
    """Where signatures lie beside what they are of."""

    @property
    def origin(self) -> str:
        """The repository or path, for messages."""

    def attached(self, digest: str) -> Iterator[Attached]:
        """Yield what lies beside ``digest``."""

    def blob(self, descriptor: Descriptor) -> bytes:
        """Return the content of a layer, checked."""


class _Registry:
    """The repository of the image."""

    def __init__(
        self, stack: ExitStack, subject: Subject, limits: ReadLimits, access: RegistryAccess
    ) -> None:
        from policyengine.collect.image.registry import open_registry

        reference = ImageReference(
            registry=subject.registry or "",
            repository=subject.repository or "",
            digest=subject.digest,
        )
        self._source = stack.enter_context(open_registry(reference, access=access, limits=limits))
        self._limits = limits
        self._index = subject.index_digest
        self.origin = f"{subject.registry}/{subject.repository}"

    def attached(self, digest: str) -> Iterator[Attached]:
        """Yield what lies beside ``digest``."""
        base = digest.replace(":", "-", 1)
        for suffix in _SUFFIXES:
            tagged = self._source.tagged(base + suffix)
            if tagged is not None:
                yield Attached(name=base + suffix, fetch=partial(_itself, tagged))
        for listed in self._source.referrers(digest):
            for entry in parse_index(listed, f"{self.origin}: what refers to {digest}"):
                yield Attached(name=entry.digest, fetch=partial(self._source.manifest, entry))
        if digest != self._index and self._index is not None:
            index = self._source.tagged(self._index)
            for entry in () if index is None else _attestations(index, digest, self.origin):
                yield Attached(name=entry.digest, fetch=partial(self._source.manifest, entry))

    def blob(self, descriptor: Descriptor) -> bytes:
        """Return the content of a layer, checked."""
        where = f"{self.origin}: {descriptor.digest}"
        if descriptor.size > self._limits.manifest_bytes:
            raise _too_large(descriptor, where, self._limits)
        chunks = self._source.blob(descriptor.digest, descriptor.size)
        return collected(
            verified(chunks, digest=descriptor.digest, size=descriptor.size, where=where),
            limit=self._limits.manifest_bytes,
            where=where,
        )


class _Layout:
    """The OCI layout or archive of the image."""

    def __init__(
        self, stack: ExitStack, subject: Subject, limits: ReadLimits, access: RegistryAccess
    ) -> None:
        del access  # a layout is reached by its path
        path = Path(subject.origin)
        self._tree: FileTree = (
            DirectoryTree(path, location=subject.origin)
            if subject.transport is Transport.OCI
            else stack.enter_context(open_archive(path, location=subject.origin, limits=limits))
        )
        self._limits = limits
        self.origin = subject.origin
        self._index = subject.index_digest

    def attached(self, digest: str) -> Iterator[Attached]:
        """Yield what lies beside ``digest``."""
        base = digest.replace(":", "-", 1)
        tags = {base, *(base + suffix for suffix in _SUFFIXES)}
        entries = layout_entries(self._tree, self._limits)
        if len(entries) > _MOST:
            raise LimitExceeded(
                "has too many entries to look for signatures",
                where=self.origin,
                expected=f"at most {_MOST}",
            )
        for entry in entries:
            fetch = partial(layout_manifest, self._tree, entry, self._limits)
            if entry.media_type in INDEX_TYPES:
                # The image of several platforms; or the fallback tag's list.
                listed = fetch()
                inner = (
                    parse_index(listed, f"{self.origin}: {entry.digest}")
                    if tags.intersection(entry_names(entry))
                    else _attestations(listed, digest, self.origin)
                )
                for item in inner:
                    yield Attached(
                        name=item.digest,
                        fetch=partial(layout_manifest, self._tree, item, self._limits),
                    )
            elif (
                entry.annotation(KIND) in ATTACHED
                or tags.intersection(entry_names(entry))
                or self._refers(fetch, digest)
            ):
                yield Attached(name=entry.digest, fetch=fetch)

    def blob(self, descriptor: Descriptor) -> bytes:
        """Return the content of a layer, checked."""
        return layout_blob(self._tree, descriptor, self._limits)

    def _refers(self, fetch: Callable[[], FetchedManifest], digest: str) -> bool:
        try:
            return parse_artifact(fetch(), self.origin).subject == digest
        except EvidenceError:
            # An entry that is neither this image nor says that it is about it.
            return False


_STORES: dict[
    Transport,
    Callable[[ExitStack, Subject, ReadLimits, RegistryAccess], _Registry | _Layout],
] = {
    Transport.REGISTRY: _Registry,
    Transport.OCI: _Layout,
    Transport.OCI_ARCHIVE: _Layout,
}


def _itself(fetched: FetchedManifest) -> FetchedManifest:
    return fetched


def _attestations(index: FetchedManifest, digest: str, where: str) -> list[Descriptor]:
    """Return BuildKit's attestation manifests for ``digest`` among the entries of ``index``."""
    about, kind, attestation = _ATTESTED
    return [
        entry
        for entry in parse_index(index, where)
        if entry.annotation(kind) == attestation and entry.annotation(about) == digest
    ]


def _materials(
    place: Place, attached: Attached, digest: str, limits: ReadLimits
) -> Iterator[TrustMaterial]:
    where = f"{place.origin}: {attached.name}"
    try:
        fetched = attached.fetch()
        layers = parse_artifact(fetched, where).layers
    except SourceUnavailable:
        raise
    except EvidenceError as problem:
        yield _unreadable(where, b"", digest, problem)
        return
    for index, layer in enumerate(layers[:_MOST]):
        media_type = layer.media_type
        if media_type not in _JSON_LAYERS and media_type != cosign_payload.PAYLOAD_MEDIA_TYPE:
            continue
        here = f"{where} layer {index}"
        data = b""
        try:
            data = place.blob(layer)
            origin = Origin(
                location=here, sha256=hashlib.sha256(data).hexdigest(), media_type=media_type
            )
            if media_type == cosign_payload.PAYLOAD_MEDIA_TYPE:
                yield _cosign(layer, data, origin)
            else:
                document = parse_json(data, where=here, depth=limits.depth)
                for item in _JSON_LAYERS[media_type](document, origin):
                    yield _certified(item, layer)
        except SourceUnavailable:
            raise
        except EvidenceError as problem:
            yield _unreadable(here, data, digest, problem)


def _certified(item: TrustMaterial, layer: Descriptor) -> TrustMaterial:
    """Return an envelope with the certificate and log entry that cosign writes beside it."""
    certificate, log_bundle = layer.annotation(CERTIFICATE), layer.annotation(LOG_BUNDLE)
    if not certificate or not isinstance(item, SignedStatement) or item.bundle is not None:
        return item
    return replace(
        item,
        certificate=certificate.encode(),
        log_bundle=log_bundle.encode() if log_bundle else None,
    )


def _cosign(layer: Descriptor, payload: bytes, origin: Origin) -> CosignSignature:
    text = layer.annotation(SIGNATURE)
    signature = None if text is None else base64_bytes(text)
    if not signature:
        raise MalformedEvidence(
            f"has no signature in the annotation {SIGNATURE}",
            where=origin.location,
            found="nothing" if text is None else repr(text[:40]),
            expected="base64 with its padding",
        )
    digest, repository, tag = cosign_payload.read_payload(payload, origin.location)
    certificate, log_bundle = layer.annotation(CERTIFICATE), layer.annotation(LOG_BUNDLE)
    return CosignSignature(
        source=origin.source("cosign-signature"),
        pointer="/critical",
        payload=payload,
        signature=signature,
        digest=digest,
        repository=repository,
        tag=tag,
        certificate=certificate.encode() if certificate else None,
        log_bundle=log_bundle.encode() if log_bundle else None,
    )


def _unreadable(where: str, data: bytes, digest: str, problem: EvidenceError) -> UnreadableMaterial:
    source = EvidenceSource(
        location=where,
        sha256=hashlib.sha256(data).hexdigest(),
        media_type="application/octet-stream",
        format="unreadable",
    )
    return UnreadableMaterial(source=source, pointer="", digest=digest, problem=str(problem))


def _too_large(descriptor: Descriptor, where: str, limits: ReadLimits) -> LimitExceeded:
    return LimitExceeded(
        "is too large for a signature or attestation",
        where=where,
        found=f"{descriptor.size} bytes",
        expected=f"at most {limits.manifest_bytes}",
        hint="limits.manifest_bytes raises the limit",
    )


def _looked(origin: str, digests: list[str], listed: list[str]) -> TrustRecord:
    """Return the record of having looked: its digest is of the list of what was there."""
    text = "".join(f"{line}\n" for line in (*digests, *listed))
    return TrustRecord(
        source=EvidenceSource(
            location=f"{origin}: signatures of {', '.join(digests)}",
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            media_type="text/plain",
            format="signature-look-up",
        ),
        repository=None,
        signatures=(),
    )

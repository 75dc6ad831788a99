"""cosign's signatures as they lie in a registry, and as a look-up keeps them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from policyengine.collect.image.content import Descriptor, FetchedManifest
from policyengine.collect.trust.cosign_payload import PAYLOAD_MEDIA_TYPE
from policyengine.collect.trust.discovery import CERTIFICATE, LOG_BUNDLE, SIGNATURE, Attached
from policyengine.collect.trust.kept_look_up import LookUpKeeper
from policyengine.errors import MalformedEvidence
from policyengine.model.media_types import OCI_MANIFEST
from policyengine.model.trust_material import CosignSignature
from policyengine.registry.artifact import Artifact, Blob, digest_of


def signed_layer(signature: CosignSignature) -> Blob:
    """Return a signature as cosign writes it."""
    annotations = {SIGNATURE: base64.b64encode(signature.signature).decode()}
    if signature.certificate is not None:
        annotations[CERTIFICATE] = signature.certificate.decode()
    if signature.log_bundle is not None:
        annotations[LOG_BUNDLE] = signature.log_bundle.decode()
    return Blob(
        media_type=PAYLOAD_MEDIA_TYPE,
        data=signature.payload,
        annotations=tuple(annotations.items()),
    )


@dataclass(frozen=True, slots=True)
class OneSignature:
    """A place with one signature, and a manifest that cannot be read."""

    layer: Blob
    origin: str = "here"

    @property
    def manifest(self) -> bytes:
        return Artifact(artifact_type="application/vnd.example", layers=(self.layer,)).manifest

    def attached(self, _: str) -> Iterator[Attached]:
        data = self.manifest
        fetched = FetchedManifest(data=data, media_type=OCI_MANIFEST, digest=digest_of(data))
        yield Attached(name="junk", fetch=_unreadable)
        yield Attached(name="signature", fetch=lambda: fetched)

    def blob(self, _: Descriptor) -> bytes:
        return self.layer.data


def _unreadable() -> FetchedManifest:
    raise MalformedEvidence("is junk", where="here")


def kept_archive(signature: CosignSignature) -> bytes:
    """Return what a look-up of ``signature`` keeps."""
    layer = signed_layer(signature)
    keeper = LookUpKeeper()
    place = keeper.through(OneSignature(layer))
    for attached in place.attached(""):
        if attached.name == "signature":
            attached.fetch()
    place.blob(
        Descriptor(
            digest=digest_of(layer.data),
            size=len(layer.data),
            media_type=layer.media_type,
            annotations=layer.annotations,
        )
    )
    return keeper.archive()

"""Sigstore bundles: an envelope or a message signature, with what verifies it offline.

Source: sigstore/protobuf-specs, sigstore_bundle.proto, and the media types 0.1 to 0.3 of it.
"""

from __future__ import annotations

import orjson

from policyengine.collect.format import Origin, ReportFormat
from policyengine.collect.trust.dsse import read_envelope, signed_statement
from policyengine.errors import UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.trust_material import SignedStatement

_NAME = "sigstore-bundle"
_PREFIX = "application/vnd.dev.sigstore.bundle"
_VERSIONS = {
    "application/vnd.dev.sigstore.bundle+json;version=0.1": "0.1",
    "application/vnd.dev.sigstore.bundle+json;version=0.2": "0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.3": "0.3",
    "application/vnd.dev.sigstore.bundle.v0.3+json": "0.3",
}


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` calls itself a bundle."""
    return isinstance(document, dict) and str(document.get("mediaType", "")).startswith(_PREFIX)


def read_material(document: JsonValue, origin: Origin) -> tuple[SignedStatement, ...]:
    """Read a bundle of an envelope.

    Raises UnsupportedFormat for another version, and for a bundle that signs a file: it does not
    say which image it is about.
    """
    read = FieldReader(origin.location)
    bundle = read.root(document)
    media_type = read.text(bundle, "mediaType", ())
    version = _VERSIONS.get(media_type)
    if version is None:
        raise UnsupportedFormat(
            "is a Sigstore bundle of a version that is not read",
            where=origin.location,
            found=media_type[:200],
            expected=", ".join(_VERSIONS),
        )
    material = read.object(bundle, "verificationMaterial", ())
    kinds = [name for name in ("dsseEnvelope", "messageSignature") if bundle.get(name) is not None]
    if kinds == ["messageSignature"]:
        raise UnsupportedFormat(
            "is a signature of a file, not of an image",
            where=origin.location,
            expected="a bundle with an envelope, as cosign writes for images",
        )
    if len(kinds) != 1:
        raise read.wrong((), " and ".join(kinds) or "neither", "dsseEnvelope or messageSignature")
    envelope = read_envelope(read, read.object(bundle, "dsseEnvelope", ()), ("dsseEnvelope",))
    return (
        signed_statement(
            envelope,
            origin=origin,
            format_name=_NAME,
            pointer="/dsseEnvelope",
            version=version,
            bundle=orjson.dumps(bundle),
            certified=_certified(read, material),
        ),
    )


def _certified(read: FieldReader, material: JsonObject) -> bool:
    names = [
        name
        for name in ("publicKey", "certificate", "x509CertificateChain")
        if material.get(name) is not None
    ]
    if len(names) != 1:
        raise read.wrong(
            ("verificationMaterial",),
            " and ".join(names) or "no key and no certificate",
            "publicKey, certificate or x509CertificateChain",
        )
    return names != ["publicKey"]


FORMAT = ReportFormat(
    name=_NAME, kind=EvidenceKind.TRUST, recognises=recognises, read=read_material
)

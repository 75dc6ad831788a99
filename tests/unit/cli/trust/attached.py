"""Signatures and attestations beside the image of the command's tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from policyengine.model.dsse import pae
from tests.image_files import INDEX_TYPE, MANIFEST_TYPE, descriptor, digest, to_json
from tests.unit.cli.conftest import IMAGE, Command
from tests.unit.collect.image.registry.scripted_server import (
    Reply,
    ScriptedServer,
    manifest_reply,
)
from tests.unit.collect.trust.sigstore_world import b64

KEY = ec.generate_private_key(ec.SECP256R1())
IMAGE_DIGEST = digest(IMAGE.manifest())
IN_TOTO = "application/vnd.in-toto+json"
DSSE = "application/vnd.dsse.envelope.v1+json"
SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
VULNERABILITIES = "https://cosign.sigstore.dev/attestation/vuln/v1"
SIGNED = "https://sigstore.dev/cosign/sign/v1"
SIGNATURE = "dev.cosignproject.cosign/signature"
OCI_INDEX_HEADERS = (("Content-Type", INDEX_TYPE),)


def statement(kind: str, predicate: Any, *, about: str = IMAGE_DIGEST) -> bytes:
    return to_json(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "app", "digest": {"sha256": about.removeprefix("sha256:")}}],
            "predicateType": kind,
            "predicate": predicate,
        }
    )


def signature_over(message: bytes) -> str:
    return b64(KEY.sign(message, ec.ECDSA(SHA256())))


def envelope(payload: bytes) -> dict[str, Any]:
    return {
        "payloadType": IN_TOTO,
        "payload": b64(payload),
        "signatures": [{"sig": signature_over(pae(IN_TOTO, payload))}],
    }


def bundle(payload: bytes) -> bytes:
    return to_json(
        {
            "mediaType": BUNDLE,
            "verificationMaterial": {"publicKey": {"hint": "x"}},
            "dsseEnvelope": envelope(payload),
        }
    )


def cosign_payload(name: str = "registry.example/team/app") -> bytes:
    return to_json(
        {
            "critical": {
                "identity": {"docker-reference": name},
                "image": {"docker-manifest-digest": IMAGE_DIGEST},
                "type": "cosign container image signature",
            }
        }
    )


@dataclass(kw_only=True)
class Attached:
    """An artifact manifest of one layer, and its blobs."""

    layer: bytes
    media_type: str
    annotations: dict[str, str] = field(default_factory=dict)
    subject: bool = False

    @property
    def manifest(self) -> bytes:
        layer = {**descriptor(self.layer, self.media_type), "annotations": self.annotations}
        document: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": descriptor(b"{}", "application/vnd.oci.empty.v1+json"),
            "layers": [layer],
        }
        if self.subject:
            document["subject"] = descriptor(IMAGE.manifest(), MANIFEST_TYPE)
        return to_json(document)


def signed(name: str = "registry.example/team/app") -> Attached:
    payload = cosign_payload(name)
    annotations = {SIGNATURE: signature_over(payload)}
    return Attached(layer=payload, media_type=SIMPLE, annotations=annotations)


def attach(layout: Path, attached: Attached, **annotations: str) -> None:
    """Put an artifact into a layout's index."""
    entry = {**descriptor(attached.manifest, MANIFEST_TYPE), "annotations": annotations}
    for data in (attached.manifest, attached.layer):
        (layout / "blobs" / "sha256" / digest(data).removeprefix("sha256:")).write_bytes(data)
    index = json.loads((layout / "index.json").read_bytes())
    index["manifests"].append(entry)
    (layout / "index.json").write_bytes(to_json(index))


def collected(command: Command, folder: Path, *arguments: str | Path) -> Any:
    done = command("collect", *arguments, "-o", "out.json")
    assert (done.code, done.err) == (0, "")
    return json.loads((folder / "out.json").read_bytes())


NAMED = "oci:layout:registry.example/team/app:1.4"
SIG_TAG = IMAGE_DIGEST.replace(":", "-") + ".sig"


def serve_blob(server: ScriptedServer, data: bytes) -> None:
    server.on(f"/v2/team/app/blobs/{digest(data)}", Reply(body=data))


def serve(server: ScriptedServer, attached: Attached, *names: str) -> None:
    for name in (digest(attached.manifest), *names):
        server.on(f"/v2/team/app/manifests/{name}", manifest_reply(attached.manifest))
    serve_blob(server, attached.layer)

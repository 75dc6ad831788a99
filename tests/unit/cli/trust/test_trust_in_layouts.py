"""What is looked up beside an image in an OCI layout under a trust policy, and what counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.image_files import INDEX_TYPE, MANIFEST_TYPE, descriptor, digest, to_json
from tests.unit.cli.conftest import IMAGE, Command
from tests.unit.cli.trust.attached import (
    BUNDLE,
    DSSE,
    IMAGE_DIGEST,
    IN_TOTO,
    NAMED,
    SIG_TAG,
    SIGNATURE,
    SIGNED,
    SIMPLE,
    VULNERABILITIES,
    Attached,
    attach,
    bundle,
    collected,
    cosign_payload,
    envelope,
    signature_over,
    signed,
    statement,
)
from tests.unit.collect.trust.signing import pem_of


@pytest.mark.parametrize(
    ("attached", "annotations"),
    [
        pytest.param(signed(), {"org.opencontainers.image.ref.name": SIG_TAG}, id="by tag"),
        pytest.param(signed(), {"kind": "dev.cosignproject.cosign/sigs"}, id="by cosign's mark"),
        pytest.param(
            Attached(layer=bundle(statement(SIGNED, {})), media_type=BUNDLE, subject=True),
            {},
            id="by subject",
        ),
    ],
)
def test_a_signature_in_a_layout_is_found(
    command: Command, folder: Path, key: Path, attached: Attached, annotations: dict[str, str]
) -> None:
    attach(folder / "layout", attached, **annotations)
    document = collected(command, folder, NAMED, "--key", key)
    assert [item["verified"] for item in document["trust"]["signatures"]] == [True]
    assert document["trust"]["policy"]["requirements"][0]["met_by"] == ["release"]


@pytest.mark.parametrize(
    ("attached", "problem"),
    [
        pytest.param(
            signed("registry.example/team/other"),
            "signed for registry.example/team/other",
            id="other",
        ),
        pytest.param(
            Attached(layer=cosign_payload(), media_type=SIMPLE),
            "has no signature in the annotation",
            id="no annotation",
        ),
        pytest.param(
            Attached(
                layer=cosign_payload(),
                media_type=SIMPLE,
                annotations={SIGNATURE: signature_over(cosign_payload()).rstrip("=") + " "},
            ),
            "expected base64 with its padding",
            id="a signature that decoders differ in",
        ),
        pytest.param(
            Attached(
                layer=cosign_payload().replace(b"cosign container image", b"atomic container"),
                media_type=SIMPLE,
                annotations={SIGNATURE: "AAAA"},
            ),
            "'cosign container image signature'",
            id="another type of payload",
        ),
        pytest.param(Attached(layer=b"{", media_type=BUNDLE), "is cut off", id="half a bundle"),
        pytest.param(
            Attached(layer=b" " * (1024 * 1024 + 1), media_type=DSSE),
            "is too large",
            id="a huge envelope",
        ),
    ],
)
def test_what_does_not_hold_or_cannot_be_read_is_told(
    command: Command, folder: Path, key: Path, attached: Attached, problem: str
) -> None:
    (folder / "policyengine.toml").write_text("[limits]\nmanifest_bytes = 1048576\n")
    attach(folder / "layout", attached, **{"org.opencontainers.image.ref.name": SIG_TAG})
    document = collected(command, folder, NAMED, "--key", key)
    (written,) = document["trust"]["signatures"]
    assert not written["verified"]
    assert problem in written["problem"]
    assert not document["trust"]["policy"]["requirements"][0]["met"]


def test_nothing_beside_an_image_is_looked_for_and_missed(
    command: Command, folder: Path, key: Path
) -> None:
    document = collected(command, folder, NAMED, "--key", key)
    assert document["trust"]["signatures"] == []
    assert document["evidence"]["trust"]["status"] == "collected"
    archive = collected(command, folder, "image.tar", "--key", key)
    assert archive["evidence"]["trust"]["status"] == "missing"
    for found in (document, archive):
        assert found["trust"]["policy"]["requirements"][0]["met"] is False


SCAN = {
    "scanner": {
        "uri": "pkg:github/aquasecurity/trivy",
        "result": {
            "SchemaVersion": 2,
            "ArtifactName": "something/else:1",
            "ArtifactType": "container_image",
            "Results": [],
        },
    }
}


def test_an_attested_scan_is_evidence_only_if_somebody_stands_for_it(
    command: Command, folder: Path, key: Path
) -> None:
    file = folder / "att.json"
    file.write_bytes(to_json(envelope(statement(VULNERABILITIES, SCAN))))
    document = collected(command, folder, NAMED, "--key", key, "--trust", file)
    (source,) = document["evidence"]["scan"]["sources"]
    assert (source["attested_by"]["verified"], source["attested_by"]["signer"]) == (True, "release")
    assert document["scan"]["reports"][0]["subject_match"] == "digest"
    other = folder / "other.pub"
    other.write_text(pem_of(ec.generate_private_key(ec.SECP256R1())))
    document = collected(command, folder, NAMED, "--key", other, "--trust", file)
    assert "scan" not in document
    assert document["trust"]["attestations"][0]["content"] is None
    # Without a trust policy it is a file like any other.
    document = collected(command, folder, NAMED, "--trust", file)
    (source,) = document["evidence"]["scan"]["sources"]
    assert source["attested_by"]["verified"] is False


def test_an_attested_scan_of_another_image_is_refused(
    command: Command, folder: Path, key: Path
) -> None:
    file = folder / "att.json"
    other = "sha256:" + "0" * 64
    file.write_bytes(to_json(envelope(statement(VULNERABILITIES, SCAN, about=other))))
    done = command("collect", NAMED, "--key", key, "--trust", file)
    assert done.code == 3
    assert other in done.err


def test_attestations_of_buildkit_are_told_and_not_believed(
    command: Command, folder: Path, key: Path
) -> None:
    provenance = {"buildType": "https://mobyproject.org/buildkit@v1", "builder": {"id": "b"}}
    layer = statement("https://slsa.dev/provenance/v0.2", provenance)
    attached = Attached(layer=layer, media_type=IN_TOTO)
    image = {
        **descriptor(IMAGE.manifest(), MANIFEST_TYPE),
        "platform": {"os": "linux", "architecture": "amd64"},
    }
    attestation = {
        **descriptor(attached.manifest, MANIFEST_TYPE),
        "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": IMAGE_DIGEST,
        },
    }
    index = to_json(
        {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [image, attestation]}
    )
    blobs = folder / "layout" / "blobs" / "sha256"
    for data in (index, attached.manifest, attached.layer):
        (blobs / digest(data).removeprefix("sha256:")).write_bytes(data)
    (folder / "layout" / "index.json").write_bytes(
        to_json({"schemaVersion": 2, "manifests": [descriptor(index, INDEX_TYPE)]})
    )
    document = collected(command, folder, "oci:layout", "--key", key)
    (written,) = document["trust"]["attestations"]
    assert (written["envelope"], written["problem"]) == ("unsigned", "is not signed")
    assert written["build"]["build_type"] == "https://mobyproject.org/buildkit@v1"
    assert written["build"]["level"] is None


def test_a_spoilt_copy_does_not_take_the_place_of_a_good_signature(
    command: Command, folder: Path, key: Path
) -> None:
    good = signed()
    spoilt = {**good.annotations, "dev.sigstore.cosign/certificate": "x"}
    copy = Attached(layer=good.layer, media_type=SIMPLE, annotations=spoilt)
    for attached in (copy, good, copy):
        attach(folder / "layout", attached, kind="dev.cosignproject.cosign/sigs")
    document = collected(command, folder, NAMED, "--key", key)
    assert sorted(item["verified"] for item in document["trust"]["signatures"]) == [False, True]
    assert document["trust"]["policy"]["requirements"][0]["met"]

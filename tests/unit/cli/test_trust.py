"""A trust policy on the command line: what is looked up beside an image, and what then counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from policyengine.collect.trust.discovery import discover
from policyengine.collect.trust.policy_file import policy_of_options
from policyengine.model.access import RegistryAccess
from policyengine.model.dsse import pae
from policyengine.model.image import Transport
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.trust_material import CosignSignature
from tests.bundle_files import write_bundle
from tests.evidence_values import OTHER_DIGEST, image_evidence, subject
from tests.image_files import INDEX_TYPE, MANIFEST_TYPE, descriptor, digest, to_json
from tests.unit.cli.conftest import IMAGE, Command
from tests.unit.collect.image.registry.scripted_server import (
    MANIFEST_PATH,
    Reply,
    RunningServer,
    ScriptedServer,
    manifest_reply,
)
from tests.unit.collect.trust.signing import pem_of
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


@pytest.fixture
def key(folder: Path) -> Path:
    path = folder / "release.pub"
    path.write_text(pem_of(KEY))
    return path


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


@pytest.fixture
def registry(folder: Path) -> Iterator[ScriptedServer]:
    """A registry that speaks plain HTTP and has the image ``team/app:1``."""
    settings = "[registry]\nretries = 0\ntimeout = 2\n"
    with RunningServer(None) as server:
        settings += f'insecure_hosts = ["{server.host}"]\n'
        (folder / "policyengine.toml").write_text(settings)
        server.on(MANIFEST_PATH, manifest_reply(IMAGE.manifest()))
        server.on(f"/v2/team/app/manifests/{IMAGE_DIGEST}", manifest_reply(IMAGE.manifest()))
        serve_blob(server, IMAGE.configuration())
        yield server


def serve_blob(server: ScriptedServer, data: bytes) -> None:
    server.on(f"/v2/team/app/blobs/{digest(data)}", Reply(body=data))


def serve(server: ScriptedServer, attached: Attached, *names: str) -> None:
    for name in (digest(attached.manifest), *names):
        server.on(f"/v2/team/app/manifests/{name}", manifest_reply(attached.manifest))
    serve_blob(server, attached.layer)


REFERRERS = f"/v2/team/app/referrers/{IMAGE_DIGEST}"
FALLBACK = f"/v2/team/app/manifests/{IMAGE_DIGEST.replace(':', '-')}"


@pytest.mark.parametrize("place", [REFERRERS, FALLBACK], ids=["API", "fallback tag"])
def test_what_refers_to_the_image_is_found(
    command: Command, folder: Path, key: Path, registry: ScriptedServer, place: str
) -> None:
    attached = Attached(layer=bundle(statement(SIGNED, {})), media_type=BUNDLE, subject=True)
    serve(registry, attached)
    registry.on(place, Reply(headers=OCI_INDEX_HEADERS, body=index_of(attached.manifest)))
    image = f"registry:{registry.host}/team/app:1"
    document = collected(command, folder, image, "--key", key)
    assert [item["verified"] for item in document["trust"]["signatures"]] == [True]


def index_of(*manifests: bytes) -> bytes:
    return to_json(
        {
            "schemaVersion": 2,
            "mediaType": INDEX_TYPE,
            "manifests": [descriptor(manifest, MANIFEST_TYPE) for manifest in manifests],
        }
    )


def page(link: str, *manifests: bytes) -> Reply:
    return Reply(headers=(*OCI_INDEX_HEADERS, ("Link", link)), body=index_of(*manifests))


def test_what_refers_to_the_image_is_found_on_the_last_of_several_pages(
    command: Command, folder: Path, key: Path, registry: ScriptedServer
) -> None:
    attached = Attached(layer=bundle(statement(SIGNED, {})), media_type=BUNDLE, subject=True)
    serve(registry, attached)
    registry.on(
        REFERRERS,
        page(f'<{REFERRERS}?last=a>; rel="next"'),
        page(f'<{registry.url}{REFERRERS}?last=b>; rel="next"'),
        Reply(headers=OCI_INDEX_HEADERS, body=index_of(attached.manifest)),
    )
    image = f"registry:{registry.host}/team/app:1"
    document = collected(command, folder, image, "--key", key)
    assert [item["verified"] for item in document["trust"]["signatures"]] == [True]
    assert [seen.path.partition("?")[2] for seen in registry.asked(REFERRERS)][:3] == [
        "",
        "last=a",
        "last=b",
    ]


@pytest.mark.parametrize(
    ("link", "message"),
    [
        pytest.param('<https://evil.example/v2/>; rel="next"', "not on the registry", id="host"),
        pytest.param('<http://[/>; rel="next"', "not on the registry", id="no URL"),
        pytest.param(f'<{REFERRERS}>; rel="next"', "has no end", id="itself"),
    ],
)
def test_a_list_that_cannot_be_read_to_its_end_is_no_list(
    command: Command, folder: Path, key: Path, registry: ScriptedServer, link: str, message: str
) -> None:
    registry.on(REFERRERS, page(link))
    done = command("collect", f"registry:{registry.host}/team/app:1", "--key", key)
    assert done.code == 3
    assert message in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("place", "answer", "message"),
    [
        (f"/v2/team/app/manifests/{SIG_TAG}", Reply(status=500), "failed to give"),
        (f"/v2/team/app/manifests/{SIG_TAG}", Reply(status=403), "does not allow"),
        (REFERRERS, Reply(status=503), "failed to give"),
        (
            REFERRERS,
            Reply(headers=(("Content-Type", "text/html"),), body=b"<html>"),
            "did not answer with an image index",
        ),
        (FALLBACK, Reply(status=502), "failed to give"),
    ],
)
def test_signatures_that_could_not_be_looked_for_are_not_signatures_that_are_not_there(
    command: Command,
    folder: Path,
    key: Path,
    registry: ScriptedServer,
    place: str,
    answer: Reply,
    message: str,
) -> None:
    registry.on(place, answer)
    done = command("collect", f"registry:{registry.host}/team/app:1", "--key", key)
    assert done.code == 3
    assert message in done.err
    assert done.err.count("\n") == 1


def test_a_bundle_without_a_rule_for_it_cannot_be_held_to_a_trust_policy(
    command: Command, folder: Path, key: Path
) -> None:
    rule = (
        'package acme\n\ndeny contains msg if {\n\tinput.image.user.is_root\n\tmsg := "root"\n}\n'
    )
    path = write_bundle(folder / "acme", {"acme.rego": rule}, entrypoints=["acme"])
    done = command("check", "image.tar", "--bundle", path, "--key", key)
    assert done.code == 2
    assert "no rule of the bundle reads input.trust.policy" in done.err
    assert command("check", "image.tar", "--bundle", path).code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--key", "gone.pub"), "gone.pub: cannot be opened"),
        (("--key", "image.tar"), "is no public key"),
        (("--certificate-identity", "a@b"), "found neither"),
        (("--certificate-oidc-issuer", "https://a"), "found neither"),
        (("--trusted-root", "trivy.json"), "nothing says who they are"),
        (("--trust-policy", "trivy.json"), "unknown field 'SchemaVersion'"),
        (("--trust-policy", "trivy.json", "--key", "release.pub"), "write them into the policy"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    command: Command, folder: Path, key: Path, options: tuple[str, ...], message: str
) -> None:
    done = command("check", "image.tar", *options)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_an_audit_holds_its_images_to_the_trust_policy(
    command: Command, folder: Path, key: Path
) -> None:
    (folder / "images.txt").write_text(f"{NAMED}\n")
    line = ("audit", "run", "images.txt", "--key", key, "--jobs", "1")
    command(*line, "-o", "before.jsonl")
    attach(folder / "layout", signed(), kind="dev.cosignproject.cosign/sigs")
    command(*line, "-o", "after.jsonl")
    found = [
        "trust.policy" in (folder / name).read_text().partition('"judged"')[0]
        for name in ("before.jsonl", "after.jsonl")
    ]
    assert found == [True, False]


def test_the_policy_of_the_settings_is_in_force(command: Command, folder: Path, key: Path) -> None:
    (folder / "trust.toml").write_text('[signers.release]\nkeys = ["release.pub"]\n')
    (folder / "policyengine.toml").write_text('[trust]\npolicy = "trust.toml"\n')
    document = collected(command, folder, NAMED)
    assert [item["name"] for item in document["trust"]["policy"]["signers"]] == ["release"]


def test_for_an_image_of_a_daemon_the_registry_is_asked_that_it_came_from(
    folder: Path, key: Path, registry: ScriptedServer
) -> None:
    serve(registry, signed(f"{registry.host}/team/app"), SIG_TAG)
    held = subject(
        transport=Transport.DOCKER_DAEMON,
        registry=registry.host,
        repository="team/app",
        digest=None,
        repo_digests=(f"elsewhere/app@{OTHER_DIGEST}", f"{registry.host}/team/app@{IMAGE_DIGEST}"),
    )
    access = RegistryAccess(insecure_hosts=frozenset({registry.host}), retries=0)
    policy = policy_of_options(keys=(key,))
    found = discover(image_evidence(of=held), policy, limits=DEFAULT_LIMITS, registry=access)
    (item,) = found.material
    assert isinstance(item, CosignSignature)
    assert found.about == {IMAGE_DIGEST}
    nowhere = discover(
        image_evidence(of=replace(held, repo_digests=())),
        policy,
        limits=DEFAULT_LIMITS,
        registry=access,
    )
    assert nowhere.records == ()


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

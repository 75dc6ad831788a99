"""Signatures of the Notary Project and of containers/image, beside images in a real registry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from policyengine.cli import cli
from tests.integration.components import run
from tests.integration.images import make_with_crane
from tests.integration.registries import Registry
from tests.notation_files import Signing, write_configuration

_EMPTY = b"{}"


@pytest.fixture(scope="module")
def image(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_with_crane(tmp_path_factory.mktemp("image"), registry, "signed/example")


def collected(image: str, registry: Registry, *options: str, folder: Path) -> dict[str, Any]:
    written = folder / "document.json"
    arguments = ["collect", image, "--insecure-registry", registry.host, *options]
    done = CliRunner().invoke(cli, [*arguments, "--output", str(written)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    trust: dict[str, Any] = json.loads(written.read_text())["trust"]
    return trust


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def push(registry: Registry, repository: str, files: dict[str, bytes], name: str) -> None:
    """Push blobs and a manifest with plain requests: no program at hand writes these."""
    import httpx

    base = f"http://{registry.host}/v2/{repository}"
    with httpx.Client(trust_env=False) as client:
        for data in [files[key] for key in files if key != "manifest"]:
            place = client.post(f"{base}/blobs/uploads/").headers["location"]
            answer = client.put(
                f"{place}&digest={_digest(data)}",
                content=data,
                headers={"Content-Type": "application/octet-stream"},
            )
            assert answer.status_code == 201, answer.text
        media_type = json.loads(files["manifest"])["mediaType"]
        answer = client.put(
            f"{base}/manifests/{name}", content=files["manifest"],
            headers={"Content-Type": media_type},
        )  # fmt: skip
        assert answer.status_code == 201, answer.text


def attach(registry: Registry, image: str, envelopes: list[tuple[str, bytes]]) -> None:
    """Attach envelopes as notation does where the registry has no referrers API."""
    repository = image.removeprefix(f"{registry.host}/").rpartition(":")[0]
    digest = run("crane", "digest", "--insecure", image).strip()
    size = len(run("crane", "manifest", "--insecure", image).encode())
    subject = {
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "digest": digest,
        "size": size,
    }
    entries = []
    for media_type, data in envelopes:
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "artifactType": "application/vnd.cncf.notary.signature",
            "config": {
                "mediaType": "application/vnd.cncf.notary.signature",
                "digest": _digest(_EMPTY),
                "size": len(_EMPTY),
            },
            "layers": [{"mediaType": media_type, "digest": _digest(data), "size": len(data)}],
            "subject": subject,
        }
        written = json.dumps(manifest).encode()
        files = {"config": _EMPTY, "envelope": data, "manifest": written}
        push(registry, repository, files, _digest(written))
        entries.append(
            {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": _digest(written),
                "size": len(written),
                "artifactType": "application/vnd.cncf.notary.signature",
            }
        )
    index = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": entries,
    }
    tag = digest.replace(":", "-")
    push(registry, repository, {"manifest": json.dumps(index).encode()}, tag)


def test_notation_signatures_beside_an_image_are_found_and_held_to_the_policy(
    image: str, registry: Registry, tmp_path: Path
) -> None:
    digest = run("crane", "digest", "--insecure", image).strip()
    good, stranger, other = Signing(), Signing(), Signing()
    good.digest = stranger.digest = digest
    good.expiry = stranger.expiry = None
    chain = good.chain()
    other.root, other.middle, other.leaf = good.root, good.middle, good.leaf
    other.expiry = None
    attach(
        registry,
        image,
        [
            ("application/jose+json", json.dumps(good.jws(chain)).encode()),
            ("application/cose", good.cose(chain)),
            ("application/jose+json", json.dumps(stranger.jws()).encode()),
            ("application/jose+json", json.dumps(other.jws(chain)).encode()),
            ("application/jose+json", b"{"),
        ],
    )
    write_configuration(tmp_path, chain[-1])
    trust = collected(image, registry, "--notation", str(tmp_path), folder=tmp_path)
    said = [(item["verified"], item["signer"], item["problem"]) for item in trust["signatures"]]
    assert said[:2] == [(True, "acme-images", None)] * 2
    assert [item[0] for item in said[2:]] == [False, False]
    assert "is in ca:acme" in str(said[2][2])
    assert "another image" in str(said[3][2])
    assert any("cut off" in str(record["problems"]) for record in trust["records"])


def test_without_signatures_nothing_is_verified(registry: Registry, tmp_path: Path) -> None:
    bare = make_with_crane(tmp_path, registry, "signed/bare")
    write_configuration(tmp_path, Signing().chain()[-1])
    written = tmp_path / "document.json"
    arguments = [
        "collect", bare, "--insecure-registry", registry.host,
        "--notation", str(tmp_path), "--output", str(written),
    ]  # fmt: skip
    assert CliRunner().invoke(cli, arguments, catch_exceptions=False).exit_code == 0
    document = json.loads(written.read_text())
    assert document["evidence"]["trust"]["status"] == "missing"
    assert "trust" not in document


@pytest.fixture(scope="module")
def skopeo_signature(
    image: str, registry: Registry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Path]]:
    """A signature by skopeo with a key of its own, and the key."""
    import shutil
    import subprocess
    import tempfile

    from tests.integration.components import unavailable

    if shutil.which("gpg-agent") is None:
        unavailable("gpg-agent is not installed")
    folder = tmp_path_factory.mktemp("skopeo")
    with tempfile.TemporaryDirectory(prefix="pe-", ignore_cleanup_errors=True) as home:
        gpg = (
            "gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback",
            "--passphrase", "",
        )  # fmt: skip
        run(*gpg, "--quick-generate-key", "ann@example.org", "rsa2048", "sign", "never")
        key = folder / "ann.gpg"
        run(*gpg, "--output", str(key), "--export", "ann@example.org")
        manifest = folder / "manifest.json"
        manifest.write_text(run("crane", "manifest", "--insecure", image))
        signature = folder / "signatures" / "signature-1"
        signature.parent.mkdir()
        run(
            "skopeo", "standalone-sign", manifest, image, "ann@example.org",
            "--output", signature, environment={"GNUPGHOME": home},
        )  # fmt: skip
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=False)
        yield signature, key


def test_what_skopeo_signed_holds_by_policy_json(
    image: str, registry: Registry, skopeo_signature: tuple[Path, Path], tmp_path: Path
) -> None:
    signature, key = skopeo_signature
    policy = tmp_path / "policy.json"
    requirement = {"type": "signedBy", "keyType": "GPGKeys", "keyPath": str(key)}

    def trust(**scopes: Any) -> dict[str, Any]:
        document = {"default": [{"type": "reject"}], "transports": {"docker": scopes}}
        policy.write_text(json.dumps(document))
        options = ["--signature", str(signature.parent), "--containers-policy", str(policy)]
        return collected(image, registry, *options, folder=tmp_path)

    (found,) = trust(**{registry.host: [requirement]})["signatures"]
    assert (found["verified"], found["signer"], found["problem"]) == (True, "ann", None)
    assert found["kind"] == "simple"
    rejected = trust(**{"registry.example": [requirement]})
    assert rejected["signatures"] == []
    assert "default rejects every image" in json.dumps(rejected["records"])

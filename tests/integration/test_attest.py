"""Verdicts attested by the installed command and believed by the real cosign."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.components import program, run
from tests.integration.registries import Registry
from tests.integration.signed_images import Signed

VSA = "https://slsa.dev/verification_summary/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"


def policyengine(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).parent / "policyengine", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name, options in (
        ("P-256", ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")),
        ("Ed25519", ("-algorithm", "ED25519")),
        ("RSA", ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072")),
        ("other", ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")),
    ):
        private, public = folder / f"{name}.pem", folder / f"{name}.pub"
        run("openssl", "genpkey", *options, "-out", private)
        run("openssl", "pkey", "-in", private, "-pubout", "-out", public)
    return folder


@pytest.fixture
def signed(registry: Registry, keys: Path, request: pytest.FixtureRequest) -> Signed:
    """A repository of its own for each test."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name.lower())[:60].strip("-")
    while "--" in name:
        name = name.replace("--", "-")
    return Signed(registry=registry, repository=f"attested/{name}", folder=keys)


def judged(signed: Signed, folder: Path, tag: str = "1.0") -> tuple[str, Path]:
    digest = signed.push(tag)
    result = folder / "result.json"
    done = policyengine(
        *("check", f"registry:{signed.name}:{tag}", "--bundle", "baseline"),
        *("--insecure-registry", signed.registry.host, "--format", "json", "-o", result),
    )
    assert done.returncode in {0, 1, 3}, done.stderr
    return digest, result


def attest(signed: Signed, result: Path, key: str, *more: str) -> subprocess.CompletedProcess[str]:
    return policyengine(
        *("attest", result, "--key", signed.folder / f"{key}.pem"),
        *("--attach", f"{signed.name}:1.0", "--insecure-registry", signed.registry.host, *more),
    )


def verify(signed: Signed, digest: str, key: str, kind: str, *, bundle: bool) -> Any:
    """Return what cosign believes, None where it refuses."""
    done = subprocess.run(
        [
            *(program("cosign"), "verify-attestation", "--key", signed.key(key), "--type", kind),
            *("--insecure-ignore-tlog=true", "--allow-http-registry"),
            f"--new-bundle-format={str(bundle).lower()}",
            f"{signed.name}@{digest}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else None


@pytest.mark.parametrize("bundle", [True, False], ids=["bundle", "older form"])
@pytest.mark.parametrize("key", ["P-256", "Ed25519", "RSA"])
def test_cosign_believes_a_summary_by_its_key_alone(
    signed: Signed, tmp_path: Path, key: str, bundle: bool
) -> None:
    digest, result = judged(signed, tmp_path)
    done = attest(signed, result, key)
    assert (done.returncode, done.stdout) == (0, "")
    assert verify(signed, digest, key, VSA, bundle=bundle) is not None
    assert verify(signed, digest, "other", VSA, bundle=bundle) is None
    assert verify(signed, digest, key, TEST_RESULT, bundle=bundle) is None


def test_two_attestations_stand_beside_each_other(signed: Signed, tmp_path: Path) -> None:
    digest, result = judged(signed, tmp_path)
    for kind in ("vsa", "test-result"):
        assert attest(signed, result, "P-256", "--type", kind).returncode == 0
    for bundle in (True, False):
        for kind in (VSA, TEST_RESULT):
            assert verify(signed, digest, "P-256", kind, bundle=bundle) is not None


def test_policyengine_reads_back_what_it_attested(signed: Signed, tmp_path: Path) -> None:
    _, result = judged(signed, tmp_path)
    assert attest(signed, result, "P-256").returncode == 0
    out = tmp_path / "input.json"
    done = policyengine(
        *("collect", f"registry:{signed.name}:1.0", "--key", signed.key("P-256"), "-o", out),
        *("--insecure-registry", signed.registry.host),
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_bytes())["trust"]["attestations"]
    assert {item["predicate_type"] for item in found} == {VSA}
    assert all(item["verified"] for item in found)


def test_a_verdict_is_not_attached_to_another_image(signed: Signed, tmp_path: Path) -> None:
    _, result = judged(signed, tmp_path, "old")
    signed.push("1.0")
    done = attest(signed, result, "P-256")
    assert done.returncode == 3
    assert "the verdict is about another image" in done.stderr
    assert not [
        tag
        for tag in run("crane", "ls", "--insecure", signed.name).split()
        if tag.startswith("sha256-")
    ]

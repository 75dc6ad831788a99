"""Images signed and attested by the real cosign, looked up where they lie."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.components import run
from tests.integration.registries import Registry
from tests.integration.signed_images import PROVENANCE, Signed, make_keys

SCAN = {
    "invocation": {"parameters": [], "uri": "", "event_id": "", "builder.id": ""},
    "scanner": {
        "uri": "pkg:github/aquasecurity/trivy",
        "version": "0.58.0",
        "db": {"uri": "", "version": ""},
        "result": {
            "SchemaVersion": 2,
            "ArtifactName": "app",
            "ArtifactType": "container_image",
            "Results": [
                {
                    "Target": "app",
                    "Class": "os-pkgs",
                    "Type": "debian",
                    "Vulnerabilities": [
                        {
                            "VulnerabilityID": "CVE-2026-0001",
                            "PkgName": "openssl",
                            "InstalledVersion": "3.0.1",
                            "Severity": "HIGH",
                        }
                    ],
                }
            ],
        },
    },
    "metadata": {
        "scanStartedOn": "2026-01-31T12:00:00Z",
        "scanFinishedOn": "2026-01-31T12:01:00Z",
    },
}
SBOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "version": 1,
    "components": [{"type": "library", "name": "openssl", "version": "3.0.1"}],
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder, "release", "other")
    return folder


@pytest.fixture
def signed(registry: Registry, keys: Path, request: pytest.FixtureRequest) -> Signed:
    """A repository of its own for each test."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name.lower())[:80].strip("-")
    return Signed(registry=registry, repository=f"signed/{name}".replace("--", "-"), folder=keys)


def collected(signed: Signed, image: str, *options: str | Path, out: Path) -> Any:
    done = policyengine(
        *("collect", image, "--insecure-registry", signed.registry.host),
        *(*options, "-o", out),
    )
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_bytes())


def policyengine(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).parent / "policyengine", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def tag_of(digest: str, suffix: str) -> str:
    return digest.replace(":", "-") + suffix


FORMS = [
    pytest.param({"bundle": True}, id="bundle"),
    pytest.param({"bundle": False}, id="older form"),
    pytest.param({"bundle": False, "referrers": True}, id="older form that refers"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("by", ["release", "other"])
def test_a_signature_counts_by_its_key_alone(
    signed: Signed, tmp_path: Path, by: str, form: dict[str, bool]
) -> None:
    digest = signed.push("1.0")
    signed.sign(digest, by=by, **form)
    image = f"registry:{signed.name}:1.0"
    document = collected(signed, image, "--key", signed.key("release"), out=tmp_path / "o.json")
    (written,) = document["trust"]["signatures"]
    right = by == "release"
    assert (written["verified"], written["signer"]) == (right, "release" if right else None)
    assert ("is not by a key of the trust policy" in (written["problem"] or "")) is not right
    assert written["signed_digest"] == digest
    (requirement,) = document["trust"]["policy"]["requirements"]
    assert requirement["met"] is right


def test_check_denies_what_nobody_required_signed(signed: Signed, tmp_path: Path) -> None:
    digest = signed.push("1.0")
    policy = tmp_path / "trust.json"
    policy.write_text(
        json.dumps(
            {
                "signers": {
                    "release-team": {
                        "keys": [str(signed.key("release"))],
                        "repos": [f"{signed.registry.host}/signed/*"],
                    }
                }
            }
        )
    )
    command = [
        *("check", f"registry:{signed.name}:1.0", "--trust-policy", str(policy)),
        *("--insecure-registry", signed.registry.host, "--format", "json"),
    ]

    def reasons() -> set[str]:
        result = json.loads(policyengine(*command).stdout)
        return {reason["rule"]["id"] for reason in result["verdicts"][0]["reasons"]}

    assert "trust.policy" in reasons()
    signed.sign(digest, by="other", bundle=True)
    assert "trust.policy" in reasons()
    signed.sign(digest, by="release", bundle=True)
    assert "trust.policy" not in reasons()


def payload_for(digest: str) -> Callable[[Any], Any]:
    def change(payload: Any) -> Any:
        payload["critical"]["image"]["docker-manifest-digest"] = digest
        return payload

    return change


def test_an_altered_payload_is_not_verified(signed: Signed, tmp_path: Path) -> None:
    signed_one, evil = signed.push("1.0"), signed.push("evil")
    signed.sign(signed_one, bundle=False)
    # The signature is moved to the other image, and its payload made to name that.
    manifest = signed.manifest(tag_of(signed_one, ".sig"))
    signed.put(tag_of(evil, ".sig"), manifest)
    signed.change_layer(tag_of(evil, ".sig"), payload_for(evil))
    image = f"registry:{signed.name}:evil"
    document = collected(signed, image, "--key", signed.key("release"), out=tmp_path / "o.json")
    (written,) = document["trust"]["signatures"]
    assert not written["verified"]
    assert "or what it signs was changed" in written["problem"]


@pytest.mark.parametrize("suffix", [".sig", ".att"])
def test_what_was_signed_of_another_image_does_not_hold_for_this(
    signed: Signed, tmp_path: Path, suffix: str
) -> None:
    one, evil = signed.push("1.0"), signed.push("evil")
    signed.sign(one, bundle=False)
    signed.attest(one, "cyclonedx", SBOM, bundle=False)
    signed.put(tag_of(evil, suffix), signed.manifest(tag_of(one, suffix)))
    image = f"registry:{signed.name}:evil"
    document = collected(signed, image, "--key", signed.key("release"), out=tmp_path / "o.json")
    trust = document["trust"]
    (written,) = trust["signatures"] + trust["attestations"]
    assert not written["verified"]
    assert "which is another image" in written["problem"]
    # Whoever may push could move an SBOM over: none is taken from it.
    assert "sbom" not in document


def test_an_altered_envelope_is_not_verified_and_its_content_not_used(
    signed: Signed, tmp_path: Path
) -> None:
    digest = signed.push("1.0")
    signed.attest(digest, "cyclonedx", SBOM, bundle=False)

    def change(envelope: Any) -> Any:
        # The same statement, called something else: only the encoding that is signed knows.
        return {**envelope, "payloadType": "application/vnd.in-toto+json", "signatures": [
            {"sig": envelope["signatures"][0]["sig"][:-8] + "AAAAAAA="}
        ]}  # fmt: skip

    signed.change_layer(tag_of(digest, ".att"), change)
    image = f"registry:{signed.name}:1.0"
    document = collected(signed, image, "--key", signed.key("release"), out=tmp_path / "o.json")
    (written,) = document["trust"]["attestations"]
    assert not written["verified"]
    assert written["content"] is None
    assert "sbom" not in document


@pytest.mark.parametrize("bundle", [True, False], ids=["bundle", "older form"])
def test_attestations_become_evidence_with_their_signer(
    signed: Signed, tmp_path: Path, bundle: bool
) -> None:
    digest = signed.push("1.0")
    signed.attest(digest, "cyclonedx", SBOM, bundle=bundle)
    signed.attest(digest, "slsaprovenance1", PROVENANCE, bundle=bundle)
    signed.attest(digest, "vuln", SCAN, bundle=bundle)
    image = f"registry:{signed.name}:1.0"
    document = collected(signed, image, "--key", signed.key("release"), out=tmp_path / "o.json")
    by_type = {item["predicate_type"]: item for item in document["trust"]["attestations"]}
    assert all(item["verified"] and item["signer"] == "release" for item in by_type.values())
    build = by_type["https://slsa.dev/provenance/v1"]["build"]
    assert build["builder_id"] == "https://example.com/builder"
    assert build["source_repository"] == "git+https://example.com/app"
    assert (build["source_commit"], build["source_ref"]) == ("01" * 20, "refs/heads/main")
    assert (build["level"], build["level_source"]) == (1, "there is provenance")
    assert [package["name"] for package in document["sbom"]["packages"]] == ["openssl"]
    assert [item["id"] for item in document["scan"]["vulnerabilities"]] == ["CVE-2026-0001"]
    assert document["evidence"]["scan"]["sources"][0]["attested_by"]["signer"] == "release"
    (source,) = document["evidence"]["sbom"]["sources"]
    assert source["attested_by"] == {
        "predicate_type": "https://cyclonedx.org/bom",
        "verified": True,
        "signer": "release",
        "identity": None,
        "issuer": None,
    }
    assert by_type["https://cyclonedx.org/bom"]["content"] == "sbom"
    assert by_type["https://cyclonedx.org/bom"]["predicate"] is None


def test_a_saved_layout_keeps_its_signatures(signed: Signed, tmp_path: Path) -> None:
    digest = signed.push("1.0")
    signed.sign(digest, bundle=False)
    signed.attest(digest, "slsaprovenance1", PROVENANCE, bundle=False)
    layout = signed.save("1.0")
    document = collected(
        signed, f"oci:{layout}", "--key", signed.key("release"), out=tmp_path / "o.json"
    )
    assert document["subject"]["digest"] == digest
    assert [item["verified"] for item in document["trust"]["signatures"]] == [True]
    assert [item["verified"] for item in document["trust"]["attestations"]] == [True]


def test_two_signers_meet_a_threshold_and_one_outside_its_repositories_does_not(
    signed: Signed, tmp_path: Path
) -> None:
    digest = signed.push("1.0")
    signed.sign(digest, by="release", bundle=True)
    signed.sign(digest, by="other", bundle=False)
    signers = {
        name: {"keys": [str(signed.key(name))], "repos": [f"{signed.registry.host}/**"]}
        for name in ("release", "other")
    }
    policy = tmp_path / "trust.json"
    for repos, met in ((f"{signed.registry.host}/**", True), ("registry.example/x", False)):
        signers["other"]["repos"] = [repos]
        both = {"signers": ["release", "other"], "threshold": 2}
        policy.write_text(json.dumps({"signers": signers, "require": [both]}))
        document = collected(
            signed,
            f"registry:{signed.name}:1.0",
            *("--trust-policy", policy),
            out=tmp_path / "o.json",
        )
        trust = document["trust"]
        assert trust["policy"]["requirements"][0]["met"] is met
        problems = [item["problem"] for item in trust["signatures"] if item["problem"]]
        assert problems == (
            [] if met else [f"other may sign registry.example/x only, not {signed.name}"]
        )


def test_junk_beside_a_signature_is_told_and_takes_nothing_from_it(
    signed: Signed, tmp_path: Path
) -> None:
    digest = signed.push("1.0")
    signed.sign(digest, bundle=False)
    signed.attest(digest, "cyclonedx", SBOM, bundle=False)
    signed.change_layer(tag_of(digest, ".att"), lambda envelope: {**envelope, "payload": "AAA"})
    image = f"registry:{signed.name}:1.0"
    document = collected(signed, image, "--key", signed.key("release"), out=tmp_path / "o.json")
    assert sorted(item["verified"] for item in document["trust"]["signatures"]) == [False, True]
    assert document["trust"]["policy"]["requirements"][0]["met"]


def test_cosign_itself_agrees(signed: Signed) -> None:
    digest = signed.push("1.0")
    signed.sign(digest, bundle=True)
    run(
        *("cosign", "verify", "--key", signed.key("release"), "--insecure-ignore-tlog=true"),
        *("--allow-http-registry", f"{signed.name}@{digest}"),
    )

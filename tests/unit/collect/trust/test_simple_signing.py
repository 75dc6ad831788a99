"""containers/image: policies, scopes and simple signatures by a real ``gpg``."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from policyengine.collect.trust.simple_signing.policy import read_image_policy, scopes_of
from policyengine.collect.trust.simple_signing.verify import (
    SIGSTORE_MARK,
    SimpleFinding,
    read_simple_signature,
    verify_simple,
)
from policyengine.errors import EvidenceError, TrustPolicyError
from policyengine.model.instant import Instant
from policyengine.model.reference import ImageReference

IMAGE = ImageReference.parse("registry.example/prod/api:1.4")
DIGEST = "sha256:" + "4" * 64


def payload(**changes: Any) -> dict[str, Any]:
    """What is signed; ``changes`` are of the critical part."""
    critical: dict[str, Any] = {
        "type": "atomic container signature",
        "image": {"docker-manifest-digest": DIGEST},
        "identity": {"docker-reference": str(IMAGE)},
        **changes,
    }
    return {"critical": critical, "optional": {"creator": "test", "timestamp": 1_770_000_000}}


@dataclass(frozen=True, slots=True)
class Gpg:
    """A home with keys: ``ann`` and ``bob`` for good, ``old`` for a day."""

    home: Path

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        command = [
            "gpg", "--homedir", str(self.home), "--batch", "--yes", "--quiet",
            "--pinentry-mode", "loopback", "--passphrase", "", *arguments,
        ]  # fmt: skip
        return subprocess.run(
            command, input=data, capture_output=True, check=True, timeout=60
        ).stdout

    def sign(self, name: str, document: Any, *more: str) -> bytes:
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self.run("--local-user", f"{name}@example.org", *more, "--sign", data=data)

    def public(self, name: str) -> bytes:
        return self.run("--export", f"{name}@example.org")


@pytest.fixture(scope="module")
def gpg() -> Iterator[Gpg]:
    if shutil.which("gpg") is None or shutil.which("gpg-agent") is None:
        if os.environ.get("CI"):
            pytest.fail("gpg and gpg-agent are not installed")
        pytest.skip("gpg and gpg-agent are not installed")
    # The socket of the agent needs a short path.
    with tempfile.TemporaryDirectory(prefix="pe-", ignore_cleanup_errors=True) as name:
        made = Gpg(Path(name))
        for who, days in (("ann", "never"), ("bob", "never"), ("old", "1d")):
            made.run("--quick-generate-key", f"{who}@example.org", "ed25519", "sign", days)
        yield made
        subprocess.run(
            ["gpgconf", "--homedir", name, "--kill", "gpg-agent"], check=False, timeout=20
        )


@pytest.fixture
def now() -> Instant:
    return Instant(time.time_ns() + 60_000_000_000)


def days_after(now: Instant, days: int) -> Instant:
    return Instant(now.ns + days * 86_400_000_000_000)


def policy_in(folder: Path, gpg: Gpg, *requirements: dict[str, Any], name: str = "ann") -> Path:
    (folder / "ann.gpg").write_bytes(gpg.public(name))
    given = requirements or ({"type": "signedBy", "keyType": "GPGKeys", "keyPath": "ann.gpg"},)
    path = folder / "policy.json"
    path.write_text(
        json.dumps(
            {
                "default": [{"type": "reject"}],
                "transports": {"docker": {"registry.example/prod": list(given)}},
            }
        )
    )
    return path


def found(
    path: Path, *signatures: bytes, now: Instant, image: ImageReference = IMAGE
) -> tuple[list[SimpleFinding], tuple[str, ...]]:
    read = [read_simple_signature(data, "signature-1") for data in signatures]
    return verify_simple(read, image, read_image_policy(path), now=now)


def test_a_signature_by_the_key_of_the_scope_holds(gpg: Gpg, tmp_path: Path, now: Instant) -> None:
    (finding,), unmet = found(policy_in(tmp_path, gpg), gpg.sign("ann", payload()), now=now)
    assert (finding.problem, unmet) == (None, ())
    assert (finding.digest, finding.signer, finding.reference) == (DIGEST, "ann", str(IMAGE))
    assert finding.keyid is not None
    assert finding.keyid in gpg.run("--list-keys", "--with-colons").decode()


def test_keys_may_stand_in_the_policy(gpg: Gpg, tmp_path: Path, now: Instant) -> None:
    data = base64.b64encode(gpg.public("ann")).decode()
    path = policy_in(tmp_path, gpg, {"type": "signedBy", "keyType": "GPGKeys", "keyData": data})
    assert found(path, gpg.sign("ann", payload()), now=now)[0][0].problem is None


def _altered(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    return bytes(changed)


def test_what_is_not_by_the_key_does_not_hold(gpg: Gpg, tmp_path: Path, now: Instant) -> None:
    path = policy_in(tmp_path, gpg)
    good = gpg.sign("ann", payload(), "--compress-algo", "none")
    for data in (
        gpg.sign("bob", payload()),
        _altered(good),
        good[: len(good) // 2],
        good + good,
        gpg.sign("ann", payload(), "--local-user", "bob@example.org"),
        b"\x80",
        gpg.run("--local-user", "ann@example.org", "--detach-sign", data=b"{}"),
        gpg.run("--symmetric", "--passphrase", "x", data=json.dumps(payload()).encode()),
        gpg.run("--store", data=json.dumps(payload()).encode()),
    ):
        findings, unmet = found(path, data, now=now)
        assert findings[0].problem is not None, data
        assert unmet


def test_an_expired_key_is_told_by_the_clock_of_the_evaluation(
    gpg: Gpg, tmp_path: Path, now: Instant
) -> None:
    path = policy_in(tmp_path, gpg, name="old")
    data = gpg.sign("old", payload())
    assert found(path, data, now=now)[0][0].problem is None
    later = found(path, data, now=days_after(now, 3))[0][0]
    assert later.problem == "the key has expired"


@pytest.mark.parametrize(
    ("document", "text"),
    [
        pytest.param(b"not json", "not valid JSON", id="no-json"),
        pytest.param({"critical": {}}, "/critical/image", id="empty"),
        pytest.param(payload(type="cosign container image signature"), "type", id="other-type"),
        pytest.param(payload(image={"docker-manifest-digest": "md5:0"}), "a digest", id="digest"),
        pytest.param(payload(more=1), "an unknown field", id="unknown-critical"),
        pytest.param({**payload(), "more": 1}, "an unknown field", id="unknown-field"),
        pytest.param(
            payload(identity={"docker-reference": "registry.example/prod/web:1.4"}),
            "signed for registry.example/prod/web",
            id="other-repository",
        ),
        pytest.param(
            payload(identity={"docker-reference": "registry.example/prod/api:1.3"}),
            "asked for as",
            id="other-tag",
        ),
        pytest.param(
            payload(identity={"docker-reference": "registry.example/prod/api"}),
            "asked for as",
            id="no-tag",
        ),
        pytest.param(
            payload(identity={"docker-reference": "not a reference"}), "no image ref", id="no-name"
        ),
    ],
)
def test_a_payload_that_does_not_fit_does_not_hold(
    gpg: Gpg, tmp_path: Path, now: Instant, document: Any, text: str
) -> None:
    (finding,), _ = found(policy_in(tmp_path, gpg), gpg.sign("ann", document), now=now)
    assert finding.problem is not None
    assert text in finding.problem


BY_DIGEST = f"registry.example/prod/api@{DIGEST}"


@pytest.mark.parametrize(
    ("identity", "image", "holds"),
    [
        ({"type": "matchExact"}, str(IMAGE), True),
        ({"type": "matchExact"}, "registry.example/prod/api:1.5", False),
        ({"type": "matchExact"}, BY_DIGEST, False),
        ({"type": "matchRepoDigestOrExact"}, BY_DIGEST, True),
        ({"type": "matchRepoDigestOrExact"}, "registry.example/prod/api:1.5", False),
        ({"type": "matchRepository"}, "registry.example/prod/api:1.5", True),
        ({"type": "matchRepository"}, "registry.example/prod/web:1.4", False),
        (
            {"type": "exactReference", "dockerReference": str(IMAGE)},
            "registry.example/prod/web:9",
            True,
        ),
        ({"type": "exactReference", "dockerReference": "a.example/b:1"}, str(IMAGE), False),
        (
            {"type": "exactRepository", "dockerRepository": "registry.example/prod/api"},
            "registry.example/prod/web:9",
            True,
        ),
        ({"type": "exactRepository", "dockerRepository": "a.example/b"}, str(IMAGE), False),
        (
            {
                "type": "remapIdentity",
                "prefix": "registry.example/prod/mirror",
                "signedPrefix": "registry.example/prod",
            },
            "registry.example/prod/mirror/api:1.4",
            True,
        ),
        (
            {
                "type": "remapIdentity",
                "prefix": "registry.example/prod/mirror",
                "signedPrefix": "registry.example/prod",
            },
            "registry.example/prod/mirrors/api:1.4",
            False,
        ),
    ],
)
def test_identities_say_which_reference_must_be_signed(
    gpg: Gpg, tmp_path: Path, now: Instant, identity: dict[str, str], image: str, holds: bool
) -> None:
    requirement = {
        "type": "signedBy",
        "keyType": "GPGKeys",
        "keyPath": "ann.gpg",
        "signedIdentity": identity,
    }
    path = policy_in(tmp_path, gpg, requirement)
    findings, _ = found(
        path, gpg.sign("ann", payload()), now=now, image=ImageReference.parse(image)
    )
    assert (findings[0].problem is None) is holds


def test_every_requirement_must_be_met_by_some_signature(
    gpg: Gpg, tmp_path: Path, now: Instant
) -> None:
    (tmp_path / "bob.gpg").write_bytes(gpg.public("bob"))
    both = [
        {"type": "signedBy", "keyType": "GPGKeys", "keyPath": f"{name}.gpg"}
        for name in ("ann", "bob")
    ]
    path = policy_in(tmp_path, gpg, *both)
    ann, bob = gpg.sign("ann", payload()), gpg.sign("bob", payload())
    findings, unmet = found(path, ann, bob, now=now)
    assert ([item.problem for item in findings], unmet) == ([None, None], ())
    findings, unmet = found(path, ann, now=now)
    assert "requirement 2 is met by no signature" in str(findings[0].problem)
    assert found(path, now=now)[1] == tuple(
        f'{path} transports.docker["registry.example/prod"] requirement {number} is met by no '
        "signature"
        for number in (1, 2)
    )


@pytest.mark.parametrize(
    ("requirements", "text"),
    [
        pytest.param([{"type": "reject"}], "rejects every image", id="reject"),
        pytest.param([{"type": "insecureAcceptAnything"}], "nothing was verified", id="anything"),
        pytest.param(
            [{"type": "insecureAcceptAnything"}, {"type": "reject"}], "rejects", id="both"
        ),
    ],
)
def test_scopes_without_keys_make_no_signature_verified(
    gpg: Gpg, tmp_path: Path, now: Instant, requirements: list[dict[str, Any]], text: str
) -> None:
    path = policy_in(tmp_path, gpg, *requirements)
    (finding,), unmet = found(path, gpg.sign("ann", payload()), now=now)
    assert text in str(finding.problem)
    assert text in unmet[0]


def test_the_most_specific_scope_decides_alone() -> None:
    assert list(scopes_of(ImageReference.parse("a.b.example:5000/x/y:1"))) == [
        "a.b.example:5000/x/y:1",
        "a.b.example:5000/x/y",
        "a.b.example:5000/x",
        "a.b.example:5000",
        "*.b.example:5000",
        "*.example:5000",
        "",
    ]
    assert next(scopes_of(ImageReference.parse("a.example/x"))) == "a.example/x:latest"
    assert next(scopes_of(ImageReference.parse(f"a.example/x@{DIGEST}"))) == f"a.example/x@{DIGEST}"


# -- Sigstore's form -----------------------------------------------------------------------------


def sigstore(key: ec.EllipticCurvePrivateKey, **changes: Any) -> bytes:
    document = payload(type="cosign container image signature", **changes)
    signed = json.dumps({**document, "optional": None}).encode()
    value = key.sign(signed, ec.ECDSA(hashes.SHA256()))
    form = {
        "mimeType": "application/vnd.dev.cosign.simplesigning.v1+json",
        "payload": base64.b64encode(signed).decode(),
        "annotations": {"dev.cosignproject.cosign/signature": base64.b64encode(value).decode()},
    }
    return SIGSTORE_MARK + json.dumps(form).encode()


def public(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def test_a_signature_of_sigstores_form_holds_by_its_key(
    gpg: Gpg, tmp_path: Path, now: Instant
) -> None:
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    (tmp_path / "release.pub").write_bytes(public(key))
    path = policy_in(tmp_path, gpg, {"type": "sigstoreSigned", "keyPath": "release.pub"})
    assert found(path, sigstore(key), now=now)[0][0].signer == "release"
    for data in (sigstore(other), gpg.sign("ann", payload())):
        assert found(path, data, now=now)[0][0].problem is not None
    certified = {"type": "sigstoreSigned", "fulcio": {}}
    (finding,), _ = found(policy_in(tmp_path, gpg, certified), sigstore(key), now=now)
    assert "asks for certificates" in str(finding.problem)


REKOR = "dev.sigstore.cosign/bundle"


def real(shared_dir: Path) -> tuple[dict[str, Any], bytes, bytes]:
    """A real signature in the public log, its key out of the entry, and the log's key."""
    folder = shared_dir / "samples" / "trust"
    (path,) = (folder / "containers-image-signatures").glob("*key-rekor-valid__signature-1")
    form = json.loads(path.read_bytes().removeprefix(SIGSTORE_MARK))
    bundle = json.loads(form["annotations"][REKOR])
    entry = json.loads(base64.b64decode(bundle["Payload"]["body"]))
    key = base64.b64decode(entry["spec"]["signature"]["publicKey"]["content"])
    wanted = base64.b64encode(bytes.fromhex(bundle["Payload"]["logID"])).decode()
    for root in sorted((folder / "trusted-root").iterdir()):
        for log in _logs(root):
            if log["logId"]["keyId"] == wanted:
                der = base64.b64decode(log["publicKey"]["rawBytes"])
                public_key = serialization.load_der_public_key(der)
                pem = public_key.public_bytes(
                    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
                )
                return form, key, pem
    raise AssertionError("no sample has the key of the log")


def _logs(path: Path) -> list[dict[str, Any]]:
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        return []
    return list(document.get("tlogs", [])) if isinstance(document, dict) else []


def _no_entry(form: dict[str, Any], _: dict[str, Any]) -> None:
    del form["annotations"][REKOR]


def _time(_: dict[str, Any], bundle: dict[str, Any]) -> None:
    bundle["Payload"]["integratedTime"] += 1


def _promise(_: dict[str, Any], bundle: dict[str, Any]) -> None:
    bundle["SignedEntryTimestamp"] = base64.b64encode(b"x" * 70).decode()


def _more(_: dict[str, Any], bundle: dict[str, Any]) -> None:
    bundle["Payload"]["more"] = 1


def _same(_: dict[str, Any], __: dict[str, Any]) -> None:
    pass


@pytest.mark.parametrize(
    ("change", "text"),
    [
        pytest.param(_same, None, id="as-it-is"),
        pytest.param(_no_entry, "and there is none", id="no-entry"),
        pytest.param(_time, "a promise of another log", id="other-time"),
        pytest.param(_promise, "a promise of another log", id="other-promise"),
        pytest.param(_more, "expected body", id="unknown-field"),
    ],
)
def test_a_real_entry_of_the_public_log_is_held_to_its_signature(
    shared_dir: Path, tmp_path: Path, now: Instant, change: Any, text: str | None
) -> None:
    form, key, log_key = real(shared_dir)
    (tmp_path / "release.pub").write_bytes(key)
    (tmp_path / "rekor.pub").write_bytes(log_key)
    requirement = {
        "type": "sigstoreSigned",
        "keyPath": "release.pub",
        "rekorPublicKeyPath": "rekor.pub",
        "signedIdentity": {"type": "matchRepository"},
    }
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"default": [requirement]}))
    image = ImageReference.parse("192.168.64.2:5000/cosign-signed/key-1:latest")
    bundle = json.loads(form["annotations"][REKOR])
    form["annotations"][REKOR] = ""
    change(form, bundle)
    if REKOR in form["annotations"]:
        form["annotations"][REKOR] = json.dumps(bundle)
    data = SIGSTORE_MARK + json.dumps(form).encode()
    (finding,), _ = found(path, data, now=now, image=image)
    if text is None:
        assert (finding.problem, str(finding.signed_at)[:4]) == (None, "2023")
    else:
        assert text in str(finding.problem)


@pytest.mark.parametrize("part", ["payload", "signature", "key", "kind"])
def test_an_entry_of_something_else_does_not_hold(tmp_path: Path, now: Instant, part: str) -> None:
    """The log's promise is good, and about another thing."""
    key, other, log = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    data = sigstore(key)
    form = json.loads(data.removeprefix(SIGSTORE_MARK))
    value = form["annotations"]["dev.cosignproject.cosign/signature"]
    entry = {
        "kind": "other" if part == "kind" else "hashedrekord",
        "apiVersion": "0.0.1",
        "spec": {
            "data": {
                "hash": {
                    "algorithm": "sha256",
                    "value": "0" * 64
                    if part == "payload"
                    else hashlib.sha256(base64.b64decode(form["payload"])).hexdigest(),
                }
            },
            "signature": {
                "content": "AAAA" if part == "signature" else value,
                "publicKey": {
                    "content": base64.b64encode(public(other if part == "key" else key)).decode()
                },
            },
        },
    }
    body = base64.b64encode(json.dumps(entry).encode()).decode()
    logged = {"body": body, "integratedTime": 1_770_000_000, "logIndex": 1, "logID": "00"}
    message = json.dumps(logged, sort_keys=True, separators=(",", ":")).encode()
    promise = base64.b64encode(log.sign(message, ec.ECDSA(hashes.SHA256()))).decode()
    form["annotations"][REKOR] = json.dumps({"SignedEntryTimestamp": promise, "Payload": logged})
    (tmp_path / "release.pub").write_bytes(public(key))
    (tmp_path / "rekor.pub").write_bytes(public(log))
    requirement = {
        "type": "sigstoreSigned",
        "keyPath": "release.pub",
        "rekorPublicKeyPath": "rekor.pub",
    }
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"default": [requirement]}))
    (finding,), _ = found(path, SIGSTORE_MARK + json.dumps(form).encode(), now=now)
    assert "the entry/" in str(finding.problem)


# -- Policies that are refused -------------------------------------------------------------------

GPG_KEY = {"type": "signedBy", "keyType": "GPGKeys", "keyData": "AAAA"}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        pytest.param({}, "/default", id="empty"),
        pytest.param({"default": []}, "no requirements", id="no-requirements"),
        pytest.param({"default": [{"type": "acceptAnything"}]}, "/type", id="unknown-type"),
        pytest.param({"default": [{"type": "reject", "x": 1}]}, "an unknown field", id="field"),
        pytest.param({"default": [{"type": "reject"}], "x": 1}, "an unknown field", id="top"),
        pytest.param(
            {"default": [{"type": "signedBy", "keyType": "GPGKeys"}]}, "keys", id="no-key"
        ),
        pytest.param({"default": [{**GPG_KEY, "keyType": "X509"}]}, "GPGKeys", id="key-type"),
        pytest.param({"default": [{**GPG_KEY, "keyPath": "x"}]}, "one of", id="two-keys"),
        pytest.param({"default": [{**GPG_KEY, "keyData": "?"}]}, "base64", id="no-base64"),
        pytest.param(
            {"default": [{**GPG_KEY, "signedIdentity": {"type": "matchAll"}}]},
            "type",
            id="identity",
        ),
        pytest.param(
            {"default": [{**GPG_KEY, "signedIdentity": {"type": "exactReference"}}]},
            "dockerReference",
            id="identity-without-reference",
        ),
        pytest.param(
            {
                "default": [
                    {
                        **GPG_KEY,
                        "signedIdentity": {"type": "exactReference", "dockerReference": "a.b/c"},
                    }
                ]
            },
            "with tag or digest",
            id="identity-without-tag",
        ),
        pytest.param({"default": [{"type": "sigstoreSigned"}]}, "fulcio", id="sigstore-no-key"),
        pytest.param(
            {"default": [{"type": "sigstoreSigned", "keyData": "AAAA", "fulcio": {}}]},
            "keys and certificates",
            id="sigstore-both",
        ),
    ],
)
def test_a_policy_that_is_wrong_is_refused(tmp_path: Path, document: Any, text: str) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(document))
    with pytest.raises(TrustPolicyError) as caught:
        read_image_policy(path)
    assert text in str(caught.value)


def test_a_key_that_gpg_does_not_read_is_an_error(gpg: Gpg, tmp_path: Path, now: Instant) -> None:
    path = policy_in(tmp_path, gpg)
    (tmp_path / "ann.gpg").write_bytes(b"not a key")
    with pytest.raises(TrustPolicyError, match="no public key"):
        found(path, gpg.sign("ann", payload()), now=now)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b'{"mimeType": "text/plain", "payload": "", "annotations": {}}'],
)
def test_a_file_of_sigstores_form_that_is_wrong_is_refused(content: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_simple_signature(SIGSTORE_MARK + content, "signature-1")

"""Bundles that OPA makes are read here, and OPA reads those made here: with the real program."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from policyengine.bundle import open_bundle
from policyengine.bundle.archive import write_archive
from policyengine.bundle.build import build_bundle
from policyengine.bundle.open import BundleAccess, hold_source
from policyengine.bundle.signatures import SIGNATURES, sign
from policyengine.bundle.trust import BundleTrust, TrustEntry
from policyengine.errors import BundleNotAuthentic
from policyengine.rego.json_web_signatures import read_private_key
from policyengine.resources import BUNDLES
from policyengine.signed_files import trusted_keys
from tests.bundle_files import write_bundle
from tests.integration.components import program, run

DATA = '{"z": {"b": 1.50, "a": 1e3, "é<&>": "\\u2028\\u001f\\b"}, "list": [1, -0, null, true, "x"]}'
BIN = Path(sys.executable).parent
KEYS = {
    "RS256": ("genrsa", "2048"),
    "PS384": ("genrsa", "2048"),
    "ES256": ("ecparam", "-name", "prime256v1", "-genkey", "-noout"),
    "ES512": ("ecparam", "-name", "secp521r1", "-genkey", "-noout"),
    "EdDSA": ("genpkey", "-algorithm", "ed25519"),
}


def keys(folder: Path, algorithm: str) -> tuple[Path, Path]:
    private, public = folder / f"{algorithm}.pem", folder / f"{algorithm}.pub"
    private.write_text(run("openssl", *KEYS[algorithm]))
    public.write_text(run("openssl", "pkey", "-in", private, "-pubout"))
    return private, public


def access(public: Path, scope: str = "") -> BundleAccess:
    trusted = trusted_keys([public], None, algorithms=(), keyid=None, scope=scope, where="test")
    return BundleAccess(trust=BundleTrust(entries=(TrustEntry(pattern="*", trusted=trusted),)))


def source(folder: Path) -> Path:
    return write_bundle(folder / "acme", files={"acme/data.json": DATA.encode()})


def refused(*arguments: str | Path) -> str:
    done = subprocess.run(
        [program(str(arguments[0])), *arguments[1:]], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    return done.stderr + done.stdout


@pytest.mark.parametrize("name", sorted(path.name for path in BUNDLES.iterdir() if path.is_dir()))
def test_opa_loads_what_is_built_of_each_bundle_that_ships(name: str, tmp_path: Path) -> None:
    built = build_bundle(BUNDLES / name, now_ns=time.time_ns())
    path = tmp_path / "built.tar.gz"
    path.write_bytes(built.archive)
    manifest = json.loads(run("opa", "inspect", "-f", "json", path))["manifest"]
    assert manifest["revision"] == built.identity.revision
    assert manifest["metadata"]["policyengine"]["version"] == built.identity.version
    document = tmp_path / "input.json"
    document.write_text("{}")
    answer = json.loads(run("opa", "eval", "-b", path, "-i", document, "count(data.policyengine)"))
    assert answer["result"][0]["expressions"][0]["value"] > 0


def test_opa_and_this_program_find_the_same_by_a_built_bundle(tmp_path: Path) -> None:
    path = tmp_path / "built.tar.gz"
    path.write_bytes(build_bundle(BUNDLES / "baseline", now_ns=time.time_ns()).archive)
    document = tmp_path / "input.json"
    document.write_text('{"image": {"user": {"is_root": true, "name": "root"}, "config": {}}}')
    query = "data.policyengine.image.root_user"
    assert json.loads(run("opa", "eval", "-b", path, "-i", document, query)) == json.loads(
        run(BIN / "policyengine", "eval", "-b", path, "-i", document, query)
    )


def test_a_bundle_of_opa_build_is_read(tmp_path: Path) -> None:
    path = tmp_path / "opa.tar.gz"
    run("opa", "build", "-b", source(tmp_path), "-o", path)
    bundle = open_bundle(str(path), parameters={})
    assert (bundle.identity.name, bundle.identity.revision) == ("acme", "r7")
    assert [rule.id for rule in bundle.rules] == ["acme.user.deny"]
    acme: Any = bundle.data["acme"]
    assert acme["list"] == (1, 0, None, True, "x") or list(acme["list"]) == [1, 0, None, True, "x"]


def test_a_bundle_without_a_part_of_ours_is_read_from_opa_build(tmp_path: Path) -> None:
    folder = source(tmp_path)
    (folder / ".manifest").write_text('{"roots": ["acme"], "revision": "3.4.5"}')
    path = tmp_path / "rules.tar.gz"
    run("opa", "build", "-b", folder, "-o", path)
    identity = open_bundle(str(path), parameters={}).identity
    assert (identity.name, identity.version) == ("rules", "3.4.5")


@pytest.mark.parametrize("algorithm", KEYS)
def test_what_opa_build_signs_verifies_here(algorithm: str, tmp_path: Path) -> None:
    private, public = keys(tmp_path, algorithm)
    path = tmp_path / "opa.tar.gz"
    signing = ("--signing-key", private, "--signing-alg", algorithm)
    run("opa", "build", "-b", source(tmp_path), "-o", path, *signing)
    held = hold_source(str(path), access(public))
    assert (held.signer or "").startswith("sha256:")
    with pytest.raises(BundleNotAuthentic, match="scope"):
        hold_source(str(path), access(public, "other"))
    _, stranger = keys(tmp_path / "acme", algorithm)
    with pytest.raises(BundleNotAuthentic, match="not signed by a trusted key"):
        hold_source(str(path), access(stranger))


def test_what_opa_sign_signs_in_place_verifies_here(tmp_path: Path) -> None:
    private, public = keys(tmp_path, "RS256")
    folder = source(tmp_path)
    claims = tmp_path / "claims.json"
    claims.write_text('{"scope": "release", "keyid": "k1"}')
    subprocess.run(
        [program("opa"), "sign", "-b", ".", "--signing-key", private, "--claims-file", claims],
        cwd=folder,
        check=True,
    )
    assert (folder / SIGNATURES).exists()
    assert hold_source(str(folder), access(public, "release")).signer
    (folder / "user.rego").write_text("package acme.user\n")
    with pytest.raises(BundleNotAuthentic, match="changed after"):
        hold_source(str(folder), access(public, "release"))


@pytest.mark.parametrize("algorithm", KEYS)
def test_opa_verifies_what_is_signed_here(algorithm: str, tmp_path: Path) -> None:
    private, public = keys(tmp_path, algorithm)
    built = hold_source(str(source(tmp_path)), BundleAccess()).contents
    token = sign(
        built, read_private_key(private.read_bytes()), algorithm=algorithm, keyid="k", scope="s"
    )
    path, output = tmp_path / "b.tar.gz", tmp_path / "out.tar.gz"
    path.write_bytes(write_archive({**built, SIGNATURES: token}))
    build = ("opa", "build", "-b", path, "-o", output, "--signing-key", private)
    verifying = (
        *("--signing-alg", algorithm, "--verification-key", public),
        *("--verification-key-id", "k"),
    )
    run(*build, *verifying, "--scope", "s")
    assert output.exists()
    assert "scope mismatch" in refused(*build, *verifying, "--scope", "t")
    path.write_bytes(write_archive({**built, "x.rego": b"package acme.x\n", SIGNATURES: token}))
    assert "not included in bundle signature" in refused(*build, *verifying, "--scope", "s")

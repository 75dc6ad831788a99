"""Bundles in a real registry: pushed, pulled, locked, and read when the registry is gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bundle_files import RULE, write_bundle
from tests.integration.components import program, run
from tests.integration.registries import Registry, plain_registry, secure_registry
from tests.integration.signed_images import make_keys

BIN = Path(sys.executable).parent
TEST = "package acme.user_test\n\ntest_nothing if true\n"
DOCUMENT = "image.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A folder with settings for a registry, an archive ``b.tar.gz``, and a cache of its own."""

    folder: Path
    registry: Registry

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BIN / "policyengine", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")},
        )

    def ok(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def source(self) -> str:
        return f"oci://{self.registry.host}/team/acme"

    def build(self, version: str, rule: str = RULE) -> str:
        changes = f"## {version}\n\n- x\n".encode()
        write_bundle(
            self.folder / "acme",
            {"user.rego": rule, "user_test.rego": TEST},
            files={"CHANGELOG.md": changes, "acme/data.json": b'{"x": 1}'},
            version=version,
        )
        name = f"acme-{version}.tar.gz"
        self.ok("bundle", "build", "acme", "-o", name)
        return name


def desk(folder: Path, registry: Registry) -> Desk:
    (folder / "work").mkdir()
    lines = [f'docker_config = "{registry.config}"', "retries = 0"]
    if registry.ca_file is None:
        lines.append(f'insecure_hosts = ["{registry.host}"]')
    else:
        lines.append(f'ca_files = ["{registry.ca_file}"]')
    settings = folder / "work" / "policyengine.toml"
    settings.write_text("\n".join(["[registry]", *lines, ""]))
    return Desk(folder=folder / "work", registry=registry)


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "registry").mkdir()
    with plain_registry(tmp_path / "registry") as registry:
        yield desk(tmp_path, registry)


@pytest.mark.parametrize("kind", ["opa", "conftest"])
def test_what_is_pushed_is_pulled(kind: str, plain: Desk) -> None:
    archive = plain.build("1.0.0")
    pushed = json.loads(
        plain.ok("bundle", "push", archive, f"{plain.source}:1", "--as", kind, "-f", "json")
    )
    again = json.loads(
        plain.ok("bundle", "push", archive, f"{plain.source}:2", "--as", kind, "-f", "json")
    )
    assert again["artifact"] == pushed["artifact"]
    pulled = json.loads(
        plain.ok("bundle", "pull", f"{plain.source}:1", "-o", "got.tar.gz", "-f", "json")
    )
    assert pulled["artifact"] == pushed["artifact"]
    assert pulled["digest"] == pushed["digest"]
    assert (plain.folder / "got.tar.gz").read_bytes() == (plain.folder / archive).read_bytes()
    named = run("crane", "digest", "--insecure", f"{plain.registry.host}/team/acme:1").strip()
    assert named == pushed["artifact"]


def test_a_registry_with_tls_and_login_is_pushed_to(tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    with secure_registry(tmp_path / "registry") as registry:
        there = desk(tmp_path, registry)
        archive = there.build("1.0.0")
        there.ok("bundle", "push", archive, f"{there.source}:1")
        assert "acme 1.0.0" in there.ok("bundle", "pull", f"{there.source}:1", "-o", "x.tar.gz")
        settings = (there.folder / "policyengine.toml").read_text()
        (there.folder / "policyengine.toml").write_text(
            settings.replace(str(registry.config), str(tmp_path))
        )
        refused = there.run("bundle", "push", archive, f"{there.source}:2")
        assert (refused.returncode, "login" in refused.stderr) == (4, True)


def test_what_conftest_pushes_is_read(plain: Desk) -> None:
    policy = plain.folder / "policy"
    (policy / "sub").mkdir(parents=True)
    (policy / "user.rego").write_text(RULE)
    (policy / "sub" / "data.json").write_text('{"x": 1}')
    target = f"{plain.registry.host}/team/rules:1"
    subprocess.run(
        [program("conftest"), "push", "-p", "policy", "--tls=false", f"oci://{target}"],
        cwd=plain.folder,
        check=True,
        capture_output=True,
    )
    found = json.loads(
        plain.ok("bundle", "pull", f"oci://{target}", "-o", "r.tar.gz", "-f", "json")
    )
    assert (found["name"], found["version"]) == ("rules", "0.0.0")
    answer = json.loads(plain.ok("eval", "-b", f"oci://{target}", "data.sub.x"))
    assert answer["result"][0]["expressions"][0]["value"] == 1


def test_conftest_judges_by_what_is_pushed_for_it(plain: Desk) -> None:
    archive = plain.build("1.0.0")
    plain.ok("bundle", "push", archive, f"{plain.source}:1", "--as", "conftest")
    (plain.folder / "in.json").write_text('{"image": {"user": {"is_root": true}}}')
    subprocess.run(
        [program("conftest"), "pull", "--tls=false", "-p", "pulled", f"{plain.source}:1"],
        cwd=plain.folder,
        check=True,
        capture_output=True,
    )
    done = subprocess.run(
        [
            *(program("conftest"), "test", "-p", "pulled", "--all-namespaces"),
            *("-o", "json", "in.json"),
        ],
        cwd=plain.folder,
        check=False,
        capture_output=True,
        text=True,
    )
    failures = [item["msg"] for row in json.loads(done.stdout) for item in row.get("failures", ())]
    assert failures == ["runs as root"]


def test_a_locked_bundle_needs_no_registry_and_never_becomes_another(tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    with plain_registry(tmp_path / "registry") as registry:
        there = desk(tmp_path, registry)
        source = f"{there.source}:1"
        there.ok("bundle", "push", there.build("1.0.0"), source)
        there.ok("bundle", "lock", source)
        first = there.ok("eval", "-b", source, "data.acme")
        # The tag is moved: the locked one is still what is read.
        laxer = there.build("1.1.0", RULE.replace("as root", "as the root user"))
        there.ok("bundle", "push", laxer, source)
        assert there.ok("eval", "-b", source, "data.acme") == first
        told = there.run("bundle", "outdated")
        assert (told.returncode, "1.0.0, now 1.1.0" in told.stdout) == (1, True)
    # The registry is gone.
    assert there.ok("eval", "-b", source, "data.acme") == first
    told = there.run("bundle", "outdated")
    assert (told.returncode, "cannot be told" in told.stdout) == (4, True)
    kept = (there.folder / "policyengine.lock").read_bytes()
    update = there.run("bundle", "update")
    assert (update.returncode, "stays as it is locked" in update.stderr) == (4, True)
    assert (there.folder / "policyengine.lock").read_bytes() == kept
    # Without the lock file the registry would have to be asked.
    (there.folder / "policyengine.lock").unlink()
    assert there.run("eval", "-b", source, "data.acme").returncode == 4
    # By its digest it is in the cache; a spoilt cache is none.
    digest = json.loads(kept)["bundles"][source]["artifact"]
    assert there.ok("eval", "-b", f"{there.source}@{digest}", "data.acme") == first
    for path in (there.folder / "cache" / "policyengine" / "bundles").iterdir():
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert there.run("eval", "-b", f"{there.source}@{digest}", "data.acme").returncode == 4


def test_trust_holds_for_what_is_pushed_and_pulled(plain: Desk) -> None:
    key, public = plain.folder / "k.pem", plain.folder / "k.pub"
    key.write_text(run("openssl", "genpkey", "-algorithm", "ed25519"))
    public.write_text(run("openssl", "pkey", "-in", key, "-pubout"))
    archive = plain.build("1.0.0")
    plain.ok("bundle", "push", archive, f"{plain.source}:unsigned")
    with (plain.folder / "policyengine.toml").open("a") as settings:
        settings.write('[bundles.trust."oci://*/acme:*"]\nkeys = ["k.pub"]\n')
        settings.write('[bundles.trust.acme]\nkeys = ["k.pub"]\n')
    assert plain.run("bundle", "push", archive, f"{plain.source}:1").returncode == 4
    assert plain.run("bundle", "pull", f"{plain.source}:unsigned", "-o", "x").returncode == 4
    assert plain.run("bundle", "lock", f"{plain.source}:unsigned").returncode == 4
    assert not (plain.folder / "policyengine.lock").exists()
    plain.ok("bundle", "sign", archive, "--key", "k.pem")
    for kind in ("opa", "conftest"):
        plain.ok("bundle", "push", archive, f"{plain.source}:{kind}", "--as", kind)
        plain.ok("bundle", "pull", f"{plain.source}:{kind}", "-o", "x.tar.gz")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("oci://HOST/Team/acme", "no place in a registry"),
        ("oci://", "no place in a registry"),
        ("oci://HOST/team/none:1", "has no manifest"),
    ],
)
def test_what_is_not_there_is_refused(source: str, said: str, plain: Desk) -> None:
    done = plain.run("bundle", "pull", source.replace("HOST", plain.registry.host), "-o", "x")
    assert (done.returncode, said in done.stderr) == (4, True)


def test_an_image_is_no_bundle(plain: Desk, tmp_path: Path) -> None:
    layer = tmp_path / "layer.tar"
    layer.write_bytes(bytes(10240))
    host = plain.registry.host
    run("crane", "append", "--insecure", "-f", layer, "-t", f"{host}/team/image:1")
    done = plain.run("bundle", "pull", f"oci://{host}/team/image:1", "-o", "x")
    assert (done.returncode, "is no bundle" in done.stderr) == (4, True)


def test_offline_reads_the_cache_alone(plain: Desk) -> None:
    source = f"{plain.source}:1"
    plain.ok("bundle", "push", plain.build("1.0.0"), source)
    plain.ok("bundle", "lock", source)
    with (plain.folder / "policyengine.toml").open("a") as settings:
        settings.write("[bundles]\noffline = true\n")
    plain.ok("eval", "-b", source, "data.acme")
    (plain.folder / "policyengine.lock").unlink()
    assert "no registry is asked" in plain.run("eval", "-b", source, "data.acme").stderr


COSIGN = ("--tlog-upload=false", "--use-signing-config=false", "--allow-http-registry", "-y")


def cosigned(plain: Desk, artifact: str, key: str, *more: str) -> None:
    run(
        *("cosign", "sign", "--key", str(plain.folder / f"{key}.key"), *COSIGN, *more),
        f"{plain.registry.host}/team/acme@{artifact}",
        environment={"COSIGN_PASSWORD": "only for tests"},
    )


@pytest.mark.parametrize("form", ["--new-bundle-format=true", "--new-bundle-format=false"])
def test_an_artifact_is_held_to_signatures_of_cosign(form: str, plain: Desk) -> None:
    make_keys(plain.folder, "release", "other")
    source = f"{plain.source}:1"
    pushed = json.loads(plain.ok("bundle", "push", plain.build("1.0.0"), source, "-f", "json"))[
        "artifact"
    ]
    policy = {"signers": {"release": {"keys": ["release.pub"]}}}
    (plain.folder / "policy.json").write_text(json.dumps(policy))
    with (plain.folder / "policyengine.toml").open("a") as settings:
        settings.write('[bundles.trust."acme"]\ncosign = "policy.json"\n')
    read = ("eval", "-b", source, "data.acme")
    assert plain.run(*read).returncode == 4
    cosigned(plain, pushed, "other", form)
    refused = plain.run(*read)
    assert (refused.returncode, "as the trust policy asks" in refused.stderr) == (4, True)
    cosigned(plain, pushed, "release", form)
    plain.ok(*read)
    plain.ok("bundle", "lock", source)
    locked = json.loads((plain.folder / "policyengine.lock").read_text())["bundles"][source]
    assert locked["signer"] == "cosign: release"
    # The same tag, another artifact: the signature is of the first.
    (plain.folder / "policyengine.lock").unlink()
    plain.build("1.1.0", RULE.replace("as root", "as the root user"))
    archive = "acme-1.1.0.tar.gz"
    settings_file = plain.folder / "policyengine.toml"
    asked = settings_file.read_text()
    settings_file.write_text(asked.partition("[bundles.trust")[0])
    plain.ok("bundle", "push", archive, source)
    settings_file.write_text(asked)
    assert plain.run(*read).returncode == 4
    # In a file there is no signature of cosign.
    assert plain.run("eval", "-b", archive, "data.acme").returncode == 4

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

from policyengine.bundle.cache import BundleCache
from policyengine.bundle.registry import RegistryBundles
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


def released(there: Desk, *tags: str, rule: str = RULE) -> None:
    """Push under each tag the version that it names."""
    for tag in tags:
        version = tag.removeprefix("v")
        there.ok("bundle", "push", there.build(version, rule), f"{there.source}:{tag}")


def outdated(there: Desk) -> tuple[int, dict[str, object]]:
    done = there.run("bundle", "outdated", "-f", "json")
    (row,) = json.loads(done.stdout)
    return done.returncode, row


def test_later_versions_are_found_among_the_tags(plain: Desk) -> None:
    released(plain, "1.2.0")
    source = f"{plain.source}:1.2.0"
    plain.ok("bundle", "lock", source)
    assert outdated(plain) == (
        0,
        {
            "source": source,
            "current": "1.2.0",
            "wanted": "1.2.0",
            "latest": "1.2.0",
            "newer": [],
            "changed": False,
            "outdated": False,
            "problem": None,
        },
    )
    released(plain, "1.9.0", "v1.10.0", "2.0.0-rc.1")
    for tag in ("stable", "1", "1.10"):
        run("crane", "tag", "--insecure", f"{plain.registry.host}/team/acme:v1.10.0", tag)
    code, row = outdated(plain)
    assert code == 1
    assert (row["wanted"], row["latest"], row["changed"]) == ("1.2.0", "1.10.0", False)
    assert row["newer"] == [
        {"version": "1.9.0", "tag": "1.9.0"},
        {"version": "1.10.0", "tag": "v1.10.0"},
    ]
    told = plain.run("bundle", "outdated").stdout.splitlines()
    assert told[1] == "  later versions: 1.9.0, 1.10.0; policyengine bundle update --to 1.10.0"


def test_an_update_takes_the_version_that_is_chosen(plain: Desk) -> None:
    released(plain, "1.2.0", "1.3.0", "v1.4.0")
    source = f"{plain.source}:1.2.0"
    plain.ok("bundle", "lock", source)
    plain.ok("bundle", "update")
    said = plain.ok("bundle", "update", source, "--to", "1.3.0")
    assert said == f"{plain.source}:1.3.0: acme 1.3.0, in place of {source}\n"
    assert plain.run("eval", "-b", source, "data.acme").returncode == 4
    plain.ok("eval", "-b", f"{plain.source}:1.3.0", "data.acme")
    plain.ok("bundle", "update", "--latest")
    assert list(json.loads((plain.folder / "policyengine.lock").read_text())["bundles"]) == [
        f"{plain.source}:v1.4.0"
    ]
    assert plain.run("bundle", "outdated").returncode == 0
    # There is no later one: it stays what it is.
    plain.ok("bundle", "update", "--latest")
    assert plain.run("bundle", "outdated").returncode == 0


def test_a_setting_that_names_the_version_before_is_told(plain: Desk) -> None:
    released(plain, "1.2.0", "1.3.0")
    source = f"{plain.source}:1.2.0"
    settings = plain.folder / "policyengine.toml"
    settings.write_text(f'bundle = "{source}"\n\n{settings.read_text()}')
    plain.ok("bundle", "lock")
    done = plain.run("bundle", "update", "--latest")
    assert done.returncode == 0
    assert done.stderr.startswith(f"the setting bundle still names {source}")


@pytest.fixture(scope="module")
def misleading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A lock on 1.2.0, and a registry in which tags lead to what they do not name."""
    folder = tmp_path_factory.mktemp("misleading")
    (folder / "registry").mkdir()
    with plain_registry(folder / "registry") as registry:
        there = desk(folder, registry)
        released(there, "1.2.0", "1.3.0")
        host = f"{there.registry.host}/team/acme"
        run("crane", "tag", "--insecure", f"{host}:1.3.0", "9.0.0")
        run("crane", "tag", "--insecure", f"{host}:1.3.0", "stable")
        write_bundle(
            there.folder / "other",
            {"user.rego": RULE, "user_test.rego": TEST},
            files={"CHANGELOG.md": b"## 8.0.0\n\n- x\n"},
            name="other",
            version="8.0.0",
        )
        there.ok("bundle", "build", "other", "-o", "other.tar.gz")
        there.ok("bundle", "push", "other.tar.gz", f"{there.source}:8.0.0")
        there.ok("bundle", "lock", f"{there.source}:1.2.0")
        yield there


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(("--to", "1.2.9"), 4, "no such version among its tags", id="no such version"),
        pytest.param(("--to", "stable"), 4, "no such version", id="a tag that moves"),
        pytest.param(("--to", "9.0.0"), 4, "leads to another bundle", id="a tag that lies"),
        pytest.param(("--to", "8.0.0"), 4, "leads to another bundle", id="another bundle"),
        pytest.param(("--to", "1.3.0", "--latest"), 2, "different things", id="both"),
        pytest.param(("oci://127.0.0.1:1/x:1", "--latest"), 4, "not in the lock", id="not locked"),
    ],
)
def test_what_is_not_the_version_asked_for_is_not_locked(
    arguments: tuple[str, ...], code: int, said: str, misleading: Desk
) -> None:
    before = (misleading.folder / "policyengine.lock").read_bytes()
    done = misleading.run("bundle", "update", *arguments)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert (misleading.folder / "policyengine.lock").read_bytes() == before


def test_every_page_of_tags_is_read(plain: Desk) -> None:
    released(plain, "1.0.0")
    for number in range(1, 8):
        run("crane", "tag", "--insecure", f"{plain.registry.host}/team/acme:1.0.0", f"1.0.{number}")
    bundles = RegistryBundles(plain.registry.access, cache=BundleCache(plain.folder / "c"))
    for page in (1, 3, 8, 1_000):
        found = bundles.tags(plain.source, page=page)
        assert sorted(found) == [f"1.0.{number}" for number in range(8)]


def test_tags_that_cannot_be_listed_are_no_news(plain: Desk) -> None:
    released(plain, "1.0.0")
    plain.ok("bundle", "lock", f"{plain.source}:1.0.0")
    settings = plain.folder / "policyengine.toml"
    settings.write_text(settings.read_text() + "\n[bundles]\noffline = true\n")
    code, row = outdated(plain)
    assert (code, row["outdated"], row["latest"]) == (4, None, None)
    done = plain.run("bundle", "update", "--latest")
    assert (done.returncode, "stays as it is locked" in done.stderr) == (4, True)

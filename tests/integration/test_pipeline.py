"""The pipeline with real programs: what is allowed is pushed and signed, and nothing else is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bundle_files import write_bundle
from tests.integration.components import program
from tests.integration.images import write_root
from tests.integration.registries import Registry
from tests.integration.signed_images import make_keys

RULES = """package acme

deny contains "runs as root" if input.image.user.is_root

deny contains vulnerability.id if {
	some vulnerability in input.scan.vulnerabilities
	vulnerability.severity == "critical"
}

deny contains "telnetd is in it" if {
	some part in input.sbom.packages
	part.name == "telnetd"
}
"""
# No vulnerability database is to be had here: this stands in for the scanner alone.
SCANNER = """#!/bin/sh
cat <<'END'
{"SchemaVersion": 2, "ArtifactName": "image.tar", "ArtifactType": "container_image",
 "Results": [{"Target": "os", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": [
  {"VulnerabilityID": "CVE-2026-1", "PkgName": "zlib1g", "InstalledVersion": "1",
   "Severity": "SEVERITY"}]}]}
END
"""
CONTAINERFILE = "FROM scratch\nCOPY etc /etc\nCOPY var /var\nCOPY usr /usr\nUSER 1001\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What is built, a bundle, and a PATH of the programs that the pipeline may find."""
    context = write_root(tmp_path / "context")
    (context / "Containerfile").write_text(CONTAINERFILE)
    write_bundle(tmp_path / "bundle", {"acme.rego": RULES}, entrypoints=["acme"])
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("buildah", "syft", "skopeo", "cosign"):
        (programs / name).symlink_to(program(name))
    scanner(tmp_path, "HIGH")
    make_keys(tmp_path, "release")
    return tmp_path


def scanner(project: Path, severity: str) -> None:
    path = project / "bin" / "trivy"
    path.write_text(SCANNER.replace("SEVERITY", severity))
    path.chmod(0o755)


def pipeline(
    project: Path, registry: Registry, *arguments: str
) -> subprocess.CompletedProcess[str]:
    system = f"{project / 'bin'}:/usr/bin:/bin:/usr/sbin:/sbin"
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PATH"},
        "PATH": system,
        "HOME": str(project),
        "COSIGN_PASSWORD": "only for tests",
        "STORAGE_DRIVER": "vfs",
        "BUILDAH_ISOLATION": "chroot",
        "XDG_RUNTIME_DIR": str(project / "run"),
    }
    command: list[str | Path] = [
        *(Path(sys.executable).with_name("policyengine"), "pipeline", image(registry)),
        *("--context", "context", "--file", "context/Containerfile", "--bundle", "./bundle"),
        *("--insecure-registry", registry.host, "--push-option", "--dest-tls-verify=false"),
        *("--signing-key", "release.key", "--sign-option", "--tlog-upload=false"),
        *("--sign-option", "--use-signing-config=false"),
        *("--sign-option", "--allow-http-registry=true", "--report", "json=result.json"),
        *arguments,
    ]
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def image(registry: Registry) -> str:
    return f"{registry.host}/pipeline/web:1.4"


def there(registry: Registry) -> list[str]:
    listed = subprocess.run(
        [program("crane"), "ls", "--insecure", f"{registry.host}/pipeline/web"],
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.split()


@pytest.mark.parametrize(
    ("severity", "containerfile"),
    [("CRITICAL", CONTAINERFILE), ("HIGH", CONTAINERFILE.replace("USER 1001\n", ""))],
    ids=["a critical finding", "root"],
)
def test_what_is_denied_is_neither_pushed_nor_signed(
    severity: str, containerfile: str, project: Path, registry: Registry
) -> None:
    before = there(registry)
    scanner(project, severity)
    (project / "context" / "Containerfile").write_text(containerfile)
    done = pipeline(project, registry)
    assert done.returncode == 1, done.stderr
    assert "nothing is pushed or signed" in done.stderr
    assert there(registry) == before


def test_a_step_that_fails_stops_everything_behind_it(project: Path, registry: Registry) -> None:
    before = there(registry)
    (project / "bin" / "trivy").write_text("#!/bin/sh\necho no database >&2\nexit 1\n")
    done = pipeline(project, registry)
    assert (done.returncode, done.stdout) == (3, "")
    assert "the step scan failed: ended with 1: no database" in done.stderr
    assert "left to do: judge, push, sign" in done.stderr
    assert not (project / "policyengine-evidence" / "scan.json").exists()
    assert there(registry) == before


def test_without_a_scanner_the_image_is_incomplete_and_stays_here(
    project: Path, registry: Registry
) -> None:
    before = there(registry)
    (project / "bin" / "trivy").unlink()
    done = pipeline(project, registry)
    assert done.returncode == 3, done.stderr
    assert "INCOMPLETE" in done.stdout
    assert there(registry) == before


def test_what_is_allowed_is_pushed_as_it_was_judged_and_signed(
    project: Path, registry: Registry
) -> None:
    done = pipeline(project, registry)
    assert done.returncode == 0, done.stdout + done.stderr
    (verdict,) = json.loads((project / "result.json").read_text())["verdicts"]
    kept = {path.name for path in (project / "policyengine-evidence").iterdir()}
    assert kept == {"image.tar", "scan.json", "sbom.cdx.json"}
    digest = subprocess.run(
        [program("crane"), "digest", "--insecure", image(registry)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert digest == verdict["digest"]
    verified = subprocess.run(
        [
            *(program("cosign"), "verify", "--key", project / "release.pub"),
            *("--insecure-ignore-tlog=true", "--allow-http-registry=true"),
            f"{registry.host}/pipeline/web@{digest}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stderr


def test_a_dry_run_prints_the_commands_and_runs_none(project: Path, registry: Registry) -> None:
    shutil.rmtree(project / "context")
    done = pipeline(project, registry, "--dry-run")
    assert done.returncode == 0, done.stderr
    words = [line.split()[0] for line in done.stdout.splitlines()]
    assert words == ["buildah", "buildah", "syft", "trivy", "policyengine", "skopeo", "cosign"]
    assert not (project / "policyengine-evidence").exists()

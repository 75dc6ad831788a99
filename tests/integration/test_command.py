"""The installed command, as a new user runs it, on real images."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from policyengine.resources import read_schema
from tests.integration.images import Layout, copy, load
from tests.integration.registries import Registry

NOW = "2026-11-24T12:00:00Z"
BIN = Path(sys.executable).parent
SECRETS = ("correct-horse-battery", "AKIAEXAMPLEEXAMPLE42", "A1b2C3d4A1b2C3d4")


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "policyengine", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DOCKER_HOST": "unix:///nonexistent/docker.sock", **environment},
    )


def image_section(*arguments: str | Path, **environment: str) -> tuple[bytes, Any]:
    done = run("collect", *arguments, "--now", NOW, **environment)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    return json.dumps(document["image"]).encode(), document


def test_the_demonstration_denies_one_image_and_allows_the_other(
    project_root: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        ["sh", project_root / "examples" / "demo.sh"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "BIN": str(BIN), "DEMO_DIR": str(tmp_path)},
    )
    denied, allowed = done.stdout.split("hardened.tar\n", 1)
    assert "DENIED" in denied
    assert "ALLOWED" in allowed
    for rule in (
        "root_user",
        "latest",
        "secrets_env",
        "secrets_history",
        "healthcheck",
        "ssh_port",
    ):
        assert f"image.{rule}" in denied
    assert not any(secret in done.stdout for secret in SECRETS)


def test_the_recorded_evidence_is_about_the_images_that_are_built(
    project_root: Path, tmp_path: Path
) -> None:
    built = subprocess.run(
        [sys.executable, project_root / "examples" / "build_images.py", tmp_path],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in ("insecure", "hardened"):
        evidence = project_root / "examples" / name / "evidence"
        done = run("collect", tmp_path / f"{name}.tar", "-e", evidence, "--now", NOW)
        document = json.loads(done.stdout)
        assert document["subject"]["digest"] in built
        matches = [
            *(report["subject_match"] for report in document["scan"]["reports"]),
            *(sbom["subject_match"] for sbom in document["sbom"]["documents"]),
        ]
        assert set(matches) == {"digest"}


def test_the_same_question_gets_the_same_bytes(project_root: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, project_root / "examples" / "build_images.py", tmp_path], check=True
    )
    command = ("--now", NOW, "-e", project_root / "examples" / "hardened" / "evidence")
    for verb, more in (("collect", ()), ("check", ("--format", "json"))):
        one, other = (run(verb, tmp_path / "hardened.tar", *command, *more) for _ in range(2))
        assert one.stdout == other.stdout != ""


def test_every_transport_gives_the_same_image_section(
    umoci_image: Layout, registry: Registry, docker_host: str, tmp_path: Path
) -> None:
    name = f"{registry.host}/team/command:1.4"
    copy(umoci_image.skopeo, f"docker://{name}", registry=registry)
    copy(umoci_image.skopeo, f"oci-archive:{tmp_path}/oci.tar:1.4")
    copy(umoci_image.skopeo, f"docker-archive:{tmp_path}/docker.tar:team/command:1.4")
    load(tmp_path / "docker.tar", docker_host)
    sections = {
        transport: image_section(*arguments, DOCKER_HOST=docker_host)
        for transport, arguments in {
            "oci": (umoci_image.skopeo,),
            "oci-archive": (f"oci-archive:{tmp_path}/oci.tar",),
            "docker-archive": (f"docker-archive:{tmp_path}/docker.tar",),
            "docker-daemon": ("docker-daemon:team/command:1.4",),
            "registry": (f"registry:{name}", "--insecure-registry", registry.host),
        }.items()
    }
    assert len({section for section, _ in sections.values()}) == 1
    for transport, (_, document) in sections.items():
        assert document["subject"]["transport"] == transport


def test_a_login_is_taken_from_dockers_configuration(
    umoci_image: Layout, locked_registry: Registry, tmp_path: Path
) -> None:
    name = f"{locked_registry.host}/team/command:1"
    copy(umoci_image.skopeo, f"docker://{name}", registry=locked_registry)
    arguments = (f"registry:{name}", "--registry-ca", str(locked_registry.ca_file))
    refused = run("collect", *arguments, DOCKER_CONFIG=str(tmp_path))
    assert refused.returncode == 3
    assert refused.stderr.count("\n") == 1
    assert "401" in refused.stderr
    done = run("collect", *arguments, DOCKER_CONFIG=str(locked_registry.config))
    assert done.returncode == 0, done.stderr
    login = json.loads((locked_registry.config / "config.json").read_text())
    secret = base64.b64decode(login["auths"][locked_registry.host]["auth"]).decode()
    assert secret.partition(":")[2] not in done.stdout + done.stderr


def test_an_image_is_judged_with_an_sbom_by_syft_and_says_what_is_missing(
    umoci_image: Layout, syft_reports: dict[str, Path]
) -> None:
    sbom = next(path for name, path in syft_reports.items() if name.startswith("cyclonedx-json"))
    arguments = ("check", umoci_image.skopeo, "--format", "json", "--allow-mismatch")
    done = run(*arguments, "--sbom", sbom)
    result = json.loads(done.stdout)
    jsonschema.validate(result, read_schema("result-v1"))
    (verdict,) = result["verdicts"]
    assert {kind for item in verdict["unjudged"] for kind in item["missing"]} == {"scan"}
    assert verdict["outcome"] != "allowed"
    assert done.returncode in {1, 3}


def test_a_shut_pipe_is_no_success(project_root: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, project_root / "examples" / "build_images.py", tmp_path], check=True
    )
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [
            *(BIN / "policyengine", "check", tmp_path / "hardened.tar", "--now", NOW),
            *("-e", project_root / "examples" / "hardened" / "evidence"),
        ],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_the_wheel_holds_all_that_the_command_needs(project_root: Path, tmp_path: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "-w",
            tmp_path,
            project_root,
        ],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    unpacked = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    subprocess.run(
        [sys.executable, project_root / "examples" / "build_images.py", tmp_path], check=True
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "policyengine.cli", "check", tmp_path / "hardened.tar"),
            *("-e", project_root / "examples" / "hardened" / "evidence", "--now", NOW),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked), "PYTHONSAFEPATH": "1"},
    )
    assert "ALLOWED" in done.stdout, done.stderr
    assert (unpacked / "policyengine" / "_data" / "schemas" / "input-v1.schema.json").is_file()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_a_shell(shell: str) -> None:
    done = run("completion", shell)
    assert done.returncode == 0
    assert "_POLICYENGINE_COMPLETE" in done.stdout

"""What CI systems are given: valid by their schemas, and run as they run it."""

from __future__ import annotations

import importlib.resources
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from policyengine import __version__
from tests.bundle_files import write_bundle
from tests.image_files import BuiltImage, tar

ROOT = Path(__file__).resolve().parents[3]
RULE = (
    'package acme\n\ndeny contains "runs as root" if input.image.user.is_root\n\n'
    'deny contains "not there" if input.environment != data.parameters.place\n'
)
DENYING = BuiltImage(config={"User": "0"})
ALLOWING = replace(DENYING, config={"User": "1000"})


def load(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


# ---- schemas ---------------------------------------------------------------------------------


def vendored(name: str) -> Any:
    folder = importlib.resources.files("check_jsonschema.builtin_schemas.vendor")
    return json.loads(folder.joinpath(f"{name}.json").read_text())


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("action.yml", "github-actions"),
        ("examples/ci/github-workflow.yml", "github-workflows"),
        ("examples/ci/gitlab-ci.yml", "gitlab-ci"),
        ("examples/ci/azure-pipelines.yml", "azure-pipelines"),
        ("ci/azure/check.yml", "azure-pipelines"),
    ],
)
def test_a_file_is_valid_by_its_vendors_schema(path: str, schema: str) -> None:
    document = load(path)
    # YAML 1.1 reads the key "on" as a boolean; the vendors read 1.2.
    if isinstance(document, dict) and True in document:
        document["on"] = document.pop(True)
    jsonschema.validators.validator_for(vendored(schema))(vendored(schema)).validate(document)


def test_the_job_of_the_component_is_valid_by_gitlabs_schema() -> None:
    spec, job = yaml.safe_load_all((ROOT / "templates/check.yml").read_text())
    jsonschema.Draft7Validator(vendored("gitlab-ci")).validate(job)
    used = set(re.findall(r"\$\[\[ inputs\.([a-z-]+) \]\]", yaml.safe_dump(job, width=1000)))
    assert used == set(spec["spec"]["inputs"])


def test_the_tekton_task_declares_what_it_uses() -> None:
    task = load("ci/tekton/check.yaml")
    assert (task["apiVersion"], task["kind"]) == ("tekton.dev/v1", "Task")
    text = yaml.safe_dump(task["spec"]["steps"], width=1000)
    declared = {param["name"] for param in task["spec"]["params"]}
    assert set(re.findall(r"\$\(params\.([a-z-]+)\)", text)) == declared
    run = load("examples/ci/tekton-run.yaml")["spec"]
    assert run["taskRef"]["name"] == task["metadata"]["name"]
    assert {param["name"] for param in run["params"]} <= declared
    assert [w["name"] for w in run["workspaces"]] == [w["name"] for w in task["spec"]["workspaces"]]


def test_the_hooks_of_pre_commit_are_those_of_the_example() -> None:
    hooks = load(".pre-commit-hooks.yaml")
    assert all({"id", "name", "entry", "language", "files"} <= hook.keys() for hook in hooks)
    assert all(re.compile(hook["files"]) for hook in hooks)
    named = {
        hook["id"]
        for repo in load("examples/ci/pre-commit-config.yaml")["repos"]
        for hook in repo["hooks"]
    }
    assert named <= {hook["id"] for hook in hooks}


GOOD = "FROM scratch\nCOPY app /app\nUSER 10001:10001\nHEALTHCHECK NONE\n"
ROOT_USER = "FROM scratch\nCOPY app /app\nHEALTHCHECK NONE\n"


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ([GOOD], 0),
        ([GOOD, GOOD], 0),
        ([ROOT_USER, GOOD], 1),
        ([GOOD, ROOT_USER], 1),
        (["FROM\n", ROOT_USER], 3),
    ],
)
def test_the_hook_for_dockerfiles_fails_with_the_worst_of_them(
    texts: list[str], code: int, tmp_path: Path
) -> None:
    (hook,) = [h for h in load(".pre-commit-hooks.yaml") if h["id"] == "policyengine-dockerfile"]
    names = ["Dockerfile", "a b.dockerfile"][: len(texts)]
    for name, text in zip(names, texts, strict=True):
        assert re.search(hook["files"], name)
        (tmp_path / name).write_text(text)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [*shlex.split(hook["entry"]), *names],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr


@pytest.mark.parametrize(
    "path",
    [
        "action.yml",
        "templates/check.yml",
        "ci/azure/check.yml",
        "ci/tekton/check.yaml",
        "ci/jenkins/vars/policyengineCheck.groovy",
        "examples/ci/github-workflow.yml",
        "examples/ci/gitlab-ci.yml",
        "examples/ci/azure-pipelines.yml",
        "examples/ci/Jenkinsfile",
        "examples/ci/pre-commit-config.yaml",
    ],
)
def test_what_is_installed_is_this_version(path: str) -> None:
    text = (ROOT / path).read_text()
    found = set(re.findall(r"(?<![\d.])0\.\d+\.\d+(?![\d.])", text))
    assert found == {__version__}


def test_no_input_is_ever_part_of_a_scripts_text() -> None:
    action = load("action.yml")
    scripts = [step["run"] for step in action["runs"]["steps"]]
    azure = [step["bash"] for step in load("ci/azure/check.yml")["steps"] if "bash" in step]
    tekton = [step["script"] for step in load("ci/tekton/check.yaml")["spec"]["steps"]]
    _, gitlab = yaml.safe_load_all((ROOT / "templates/check.yml").read_text())
    for script in [*scripts, *azure, *tekton, *gitlab["policyengine"]["script"]]:
        assert not re.search(r"\$\{\{|\$\(params|\$\[\[", script)


def test_the_step_of_jenkins_runs_the_script_of_the_others() -> None:
    script = ROOT / "ci/jenkins/resources/policyengine/check.sh"
    assert script.read_text() == (ROOT / "ci/check.sh").read_text()
    step = (ROOT / "ci/jenkins/vars/policyengineCheck.groovy").read_text()
    assert "libraryResource('policyengine/check.sh')" in step
    # A Groovy string in single quotes takes no values in.
    assert not re.search(r'sh [^\n]*script: """|sh "', step)


# ---- runs ------------------------------------------------------------------------------------


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """The folder of a job: two images, a bundle, and the command on its PATH."""
    (tmp_path / "root.tar").write_bytes(tar(DENYING.docker_files()))
    (tmp_path / "user.tar").write_bytes(tar(ALLOWING.docker_files()))
    place = {"place": {"type": "string", "default": "live", "description": "where it may run"}}
    write_bundle(
        tmp_path / "my bundle", {"acme.rego": RULE}, parameters=place, entrypoints=["acme"]
    )
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "policyengine").symlink_to(Path(sys.executable).with_name("policyengine"))
    return tmp_path


def run(job: Path, script: str, variables: Mapping[str, str], *, shell: str = "sh") -> int:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    # pip is not what is tried here: what it would install is on the PATH.
    (job / "bin" / "python3").write_text("#!/bin/sh\nexit 0\n")
    (job / "bin" / "python3").chmod(0o755)
    environment = {
        "PATH": f"{job / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(job),
        **variables,
    }
    done = subprocess.run(
        [program, "-c", script], cwd=job, env=environment, check=False, capture_output=True
    )
    assert b"syntax error" not in done.stderr, done.stderr
    return done.returncode


def github(**inputs: str) -> tuple[str, dict[str, str]]:
    action = load("action.yml")
    (step,) = [step for step in action["runs"]["steps"] if step.get("id") == "check"]
    given = {name: field.get("default", "") for name, field in action["inputs"].items()} | inputs
    variables = {
        name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: given[found[1]], text)
        for name, text in step["env"].items()
    }
    runner = {"GITHUB_ACTION_PATH": str(ROOT), "GITHUB_ACTIONS": "true"}
    return step["run"], variables | runner


def gitlab(**inputs: str) -> tuple[str, dict[str, str]]:
    spec, job = yaml.safe_load_all((ROOT / "templates/check.yml").read_text())
    given = {name: field.get("default", "") for name, field in spec["spec"]["inputs"].items()}
    given |= inputs
    variables = {
        name: re.sub(r"\$\[\[ inputs\.([a-z-]+) \]\]", lambda found: given[found[1]], text)
        for name, text in job["policyengine"]["variables"].items()
    }
    return "set -e\n" + "\n".join(job["policyengine"]["script"]), {**variables, "GITLAB_CI": "true"}


def azure(**inputs: str) -> tuple[str, dict[str, str]]:
    template = load("ci/azure/check.yml")
    given = {item["name"]: item.get("default", "") for item in template["parameters"]} | inputs
    step = [step for step in template["steps"] if "bash" in step][-1]
    variables = {
        name: re.sub(r"\$\{\{ parameters\.([a-z]+) \}\}", lambda found: given[found[1]], text)
        for name, text in step["env"].items()
    }
    return "set -e\n" + step["bash"], {**variables, "TF_BUILD": "True"}


def tekton(**inputs: str) -> tuple[str, dict[str, str]]:
    task = load("ci/tekton/check.yaml")["spec"]
    given = {param["name"]: param.get("default", "") for param in task["params"]} | inputs
    (step,) = task["steps"]
    variables = {
        item["name"]: re.sub(
            r"\$\(params\.([a-z]+)\)", lambda found: given[found[1]], item["value"]
        ).replace("$(results.verdict.path)", "verdict")
        for item in step["env"]
    }
    return step["script"], variables


SYSTEMS = {"github": github, "gitlab": gitlab, "azure": azure, "tekton": tekton}
SHELLS = {"azure": "bash"}


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize(
    ("image", "environment", "code"),
    [
        ("root.tar", "live", 1),
        ("user.tar", "live", 0),
        ("user.tar", "test", 1),
        ("gone.tar", "", 3),
    ],
)
def test_a_job_ends_as_the_check_does(
    name: str, image: str, environment: str, code: int, job: Path
) -> None:
    script, variables = SYSTEMS[name](image=image, bundle="my bundle", environment=environment)
    files = {"GITHUB_OUTPUT": "outputs", "GITHUB_STEP_SUMMARY": "summary"}
    ended = run(job, script, variables | files, shell=SHELLS.get(name, "sh"))
    assert ended == code
    if code != 3:
        result = json.loads((job / "policyengine-result.json").read_text())
        word = "denied" if code else "allowed"
        assert result["verdicts"][0]["outcome"] == word
        if name == "tekton":
            assert (job / "verdict").read_text() == word
        if name == "github":
            assert (job / "outputs").read_text() == (
                f"report=policyengine-result.json\nverdict={word}\n"
            )
            assert (job / "summary").read_text().startswith("### ")


ATTACKS = [
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "a' ; touch pwned ; '",
    'a" ; touch pwned ; "',
    "* ? [a]",
    "--output=pwned",
    "a\n--output=pwned",
    "-o\npwned",
]


KNOWN = re.compile(r"--(report|bundle|evidence|waivers|param|environment|baseline|fail-on)=")


def recorded(job: Path) -> list[str]:
    """Return the words that the command was given by the last run."""
    return (job / "words").read_bytes().decode().split("\0")[:-1]


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("text", ATTACKS)
def test_no_input_becomes_a_command_or_an_option(name: str, text: str, job: Path) -> None:
    stand_in = job / "bin" / "policyengine"
    stand_in.unlink()
    stand_in.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\" >words\n")
    stand_in.chmod(0o755)
    for field in ("image", "environment", "bundle", "evidence"):
        script, variables = SYSTEMS[name](**{"image": "user.tar", field: text})
        run(job, script, variables, shell=SHELLS.get(name, "sh"))
        assert not (job / "pwned").exists(), field
        command, *words = recorded(job)
        options, image = words[: words.index("--")], words[words.index("--") + 1 :]
        assert command == "check"
        assert all(KNOWN.match(word) for word in options), options
        assert image == [text if field == "image" else "user.tar"]
        if field in {"bundle", "evidence"}:
            given = [word.partition("=")[2] for word in options if word.startswith(f"--{field}=")]
            assert given == text.split("\n")
        if field == "environment":
            assert f"--environment={text}" in options


def test_the_script_of_every_system_takes_lists_a_line_each(job: Path) -> None:
    script = f"exec {ROOT / 'ci' / 'check.sh'}"
    variables = {
        "POLICYENGINE_IMAGE": "user.tar",
        "POLICYENGINE_BUNDLE": "\nmy bundle\n",
        "POLICYENGINE_PARAMS": "place=test\n",
        "POLICYENGINE_REPORTS": "junit=a b.xml\ntext=c.txt",
    }
    assert run(job, script, variables) == 1
    assert (job / "a b.xml").exists()
    assert (job / "c.txt").exists()
    assert run(job, script, {"POLICYENGINE_IMAGE": ""}) == 2

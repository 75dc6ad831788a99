"""The policy library: every rule documented and tested, by OPA's own judgement."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from policyengine.bundle import open_bundle
from policyengine.model.json_value import JsonObject
from policyengine.model.policy import PolicyRule
from policyengine.resources import BUNDLES, POLICIES

RULE_FILES = sorted(
    path
    for path in POLICIES.rglob("*.rego")
    if path.parent.name != "lib" and not path.name.endswith("_test.rego")
)
BASELINE = open_bundle("baseline", parameters={})
ID = re.compile(r"[a-z]+(?:\.[a-z][a-z0-9_]*)+")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_opa_finds_nothing_wrong_in_the_library(opa: str) -> None:
    done = run(opa, "check", "--strict", str(POLICIES))
    assert (done.stdout + done.stderr).strip() == ""
    assert done.returncode == 0


def test_the_library_is_formatted(opa: str) -> None:
    assert run(opa, "fmt", "--list", str(POLICIES)).stdout == ""


def test_the_tests_of_the_library_pass_and_cover_it_all(opa: str) -> None:
    done = run(opa, "test", "--coverage", "--format", "json", str(POLICIES))
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    missed = {
        name: file["not_covered"] for name, file in report["files"].items() if "not_covered" in file
    }
    assert missed == {}


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.relative_to(POLICIES).as_posix())
def test_every_rule_has_tests_beside_it(path: Path) -> None:
    tests = path.with_name(f"{path.stem}_test.rego").read_text()
    names = re.findall(r"^test_(\w+) if", tests, re.MULTILINE)
    assert any(re.search(r"denied|warn|missing|undated|unknown|from_none", name) for name in names)
    assert any(
        re.search(r"not_denied|not_asked|enough|asks_nothing|allows?", name) for name in names
    )
    assert any(re.search(r"^(without|with_nothing|an?_.*unknown)|no_limit", name) for name in names)


@pytest.mark.parametrize("rule", BASELINE.rules, ids=lambda rule: rule.id)
def test_every_rule_is_documented(rule: PolicyRule) -> None:
    assert ID.fullmatch(rule.id)
    assert rule.title
    assert len(rule.description) > 20
    assert rule.severity is not None
    assert rule.remediation.endswith(".")


@pytest.mark.parametrize("name", sorted(path.name for path in BUNDLES.iterdir()))
def test_every_parameter_of_a_bundle_is_used_by_its_policies(name: str) -> None:
    bundle = open_bundle(name, parameters={})
    text = "".join(module.source for module in bundle.modules)
    unused = {item for item in bundle.parameters if f"data.parameters.{item}" not in text}
    assert unused == set()


@pytest.mark.parametrize("name", sorted(path.name for path in BUNDLES.iterdir()))
def test_a_change_log_tells_the_version_of_each_bundle(name: str) -> None:
    version = open_bundle(name, parameters={}).identity.version
    assert f"## {version}" in (BUNDLES / name / "CHANGELOG.md").read_text()


def test_every_rule_file_of_the_library_is_in_a_bundle() -> None:
    included: set[str] = set()
    for path in BUNDLES.iterdir():
        manifest: JsonObject = json.loads((path / ".manifest").read_text())
        included.update(manifest["metadata"]["policyengine"]["include"])  # type: ignore[index,call-overload,arg-type]
    assert {path.relative_to(POLICIES).as_posix() for path in RULE_FILES} <= included


EVIDENCE: dict[str, frozenset[str]] = {
    "base": frozenset({"image"}),
    "image": frozenset({"image"}),
    "license": frozenset({"sbom"}),
    "package": frozenset({"sbom"}),
    "registry": frozenset({"image"}),
    "scan": frozenset({"scan"}),
    "trust": frozenset(),
}
# Who must sign depends on the registry.
OTHER_EVIDENCE = {"trust.required_signers": frozenset({"image"})}


@pytest.mark.parametrize("rule", BASELINE.rules, ids=lambda rule: rule.id)
def test_a_rule_asks_for_the_evidence_that_it_reads_and_no_other(rule: PolicyRule) -> None:
    expected = OTHER_EVIDENCE.get(rule.id, EVIDENCE[rule.id.partition(".")[0]])
    assert {kind.value for kind in rule.requires} == expected
    assert {kind.value for kind in rule.optional} == (
        {"trust"} if rule.id.startswith("trust.") else set()
    )

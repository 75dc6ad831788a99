"""The policy library: every rule documented and tested, by OPA's own judgement."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest

from policyengine.bundle import open_bundle, open_library
from policyengine.bundle.inputs import InputReader
from policyengine.model.policy import PolicyRule
from policyengine.rego import Policy
from policyengine.rego.syntax.parser import parse_modules
from policyengine.resources import BUNDLES, POLICIES

LIBRARY = open_library()
RULES = pytest.mark.parametrize("rule", LIBRARY.rules, ids=lambda rule: rule.id)
SHIPPED = pytest.mark.parametrize("name", sorted(path.name for path in BUNDLES.iterdir()))
ID = re.compile(r"[a-z]+(?:\.[a-z][a-z0-9_]*)+")
SOURCES = {module.path: module.source for module in LIBRARY.modules}
TREES = parse_modules(SOURCES)
CONTROLS = {
    f"{framework['id']}-{control['id']}": control
    for framework in orjson.loads((POLICIES / "controls.json").read_bytes())["control_frameworks"]
    for control in framework["controls"]
}
SECTIONS = {"base", "dockerfile", "image", "image_manifest", "layers", "sbom", "scan", "trust"}


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


def never(rule: PolicyRule, source: str) -> str:
    lines = source.splitlines()
    assert lines[rule.location.row - 1].endswith("if {")
    return "\n".join([*lines[: rule.location.row], "\tfalse", *lines[rule.location.row :]]) + "\n"


def always(rule: PolicyRule, source: str) -> str:
    return f'{source}\n{rule.name} contains {{"msg": "always"}}\n'


def without_evidence(rule: PolicyRule, source: str) -> str:
    read = {path[0] for path in rule.input_paths if path}
    absent = "; ".join(f"not input.{root}" for root in sorted((read & SECTIONS) or read))
    return f'{source}\n{rule.name} contains {{"msg": "absent"}} if {{ {absent} }}\n'


def imported(text: str) -> dict[str, str]:
    """The modules of the library that ``text`` imports, and those that they do."""
    found = {
        f"lib/{name}.rego"
        for name in re.findall(r"^import data\.policyengine\.lib\.(\w+)", text, re.MULTILINE)
    }
    return {
        name: source
        for each in sorted(found)
        for name, source in {each: SOURCES[each], **imported(SOURCES[each])}.items()
    }


SPOILT = {
    "when it should fire": never,
    "when it should not": always,
    "when its evidence is missing": without_evidence,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
@RULES
def test_every_rule_has_a_test_of_what_it_does(rule: PolicyRule, spoil: Any) -> None:
    """Spoilt in each of these ways, a rule fails one of the tests beside it."""
    file = rule.location.file
    tests = POLICIES / file.replace(".rego", "_test.rego")
    modules = {file: spoil(rule, SOURCES[file]), "the_test.rego": tests.read_text()}
    policy = Policy.compile({**modules, **imported("".join(modules.values()))})
    package = ".".join(("data", *rule.package[:-1], f"{rule.package[-1]}_test"))
    names = set(re.findall(r"^(test_\w+)", tests.read_text(), re.MULTILINE))
    values = policy.query(f"x := {package}")[0].bindings["x"]
    assert not names <= {name for name, value in values.items() if value is True}


@RULES
def test_every_rule_is_documented(rule: PolicyRule) -> None:
    assert ID.fullmatch(rule.id)
    assert rule.title
    assert len(rule.description) > 20
    assert rule.severity is not None
    assert rule.remediation.endswith(".")
    assert rule.collections


@RULES
def test_every_rule_names_controls_that_there_are_and_can_be_decided(rule: PolicyRule) -> None:
    assert rule.controls
    assert {name for name in rule.controls if not CONTROLS[name]["decidable"]} == set()


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_that_can_be_decided_has_a_rule_and_another_a_reason(control: str) -> None:
    served = any(control in rule.controls for rule in LIBRARY.rules)
    assert served == CONTROLS[control]["decidable"]
    assert served != bool(CONTROLS[control].get("reason"))


@RULES
def test_a_rule_declares_the_parameters_that_it_reads(rule: PolicyRule) -> None:
    tree = TREES[rule.location.file]
    found = next(r for r in tree.rules if r.head.location.row == rule.location.row)
    assert sorted(InputReader(TREES).parameters_read_by(found, tree)) == list(rule.parameters)


def test_every_parameter_of_the_library_is_read_and_told() -> None:
    schemas = orjson.loads((POLICIES / "parameters.json").read_bytes())["parameter_schemas"]
    assert list(schemas) == sorted(schemas)
    assert set(schemas) == {name for rule in LIBRARY.rules for name in rule.parameters}


@RULES
def test_a_rule_is_in_the_bundles_of_the_frameworks_whose_controls_it_names(
    rule: PolicyRule,
) -> None:
    for prefix, collection in (("CIS-Docker-", "cis-docker"), ("NIST-800-190-", "nist-800-190")):
        named = any(control.startswith(prefix) for control in rule.controls)
        assert named == (collection in rule.collections)


@SHIPPED
def test_a_bundle_that_ships_has_the_rules_of_its_collection(name: str) -> None:
    found = {rule.id for rule in open_bundle(name, parameters={}).rules}
    assert found == {rule.id for rule in LIBRARY.rules if name in rule.collections}


@SHIPPED
def test_every_parameter_of_a_bundle_is_used_by_its_policies(name: str) -> None:
    bundle = open_bundle(name, parameters={})
    assert set(bundle.parameters) == {each for rule in bundle.rules for each in rule.parameters}


@SHIPPED
def test_a_change_log_tells_the_version_of_each_bundle(name: str) -> None:
    version = open_bundle(name, parameters={}).identity.version
    assert f"## {version}" in (BUNDLES / name / "CHANGELOG.md").read_text()


def test_every_rule_is_in_a_bundle_that_ships() -> None:
    assert {name for rule in LIBRARY.rules for name in rule.collections} == {
        path.name for path in BUNDLES.iterdir()
    }


def test_a_rule_is_in_a_file_or_folder_of_its_group() -> None:
    for rule in LIBRARY.rules:
        assert Path(rule.location.file).parts[0] == rule.id.partition(".")[0]


EVIDENCE: dict[str, frozenset[str]] = {
    "base": frozenset({"image"}),
    "dockerfile": frozenset(),
    "history": frozenset({"image"}),
    "image": frozenset({"image"}),
    "layers": frozenset({"image"}),
    "license": frozenset({"sbom"}),
    "package": frozenset({"sbom"}),
    "provenance": frozenset(),
    "reference": frozenset({"image"}),
    "registry": frozenset({"image"}),
    "sbom": frozenset({"sbom"}),
    "scan": frozenset({"scan"}),
    "signature": frozenset(),
    "trust": frozenset(),
}
EXCEPTIONS = {
    "reference.pinned": frozenset[str](),
    # Who must sign depends on the registry.
    "trust.required_signers": frozenset({"image"}),
    "signature.cosign_identity": frozenset({"image"}),
    "signature.notation_identity": frozenset({"image"}),
    "signature.required_kinds": frozenset({"image"}),
    "signature.verified": frozenset({"image"}),
    "sbom.present": frozenset({"image"}),
    "scan.present": frozenset[str](),
    "layers.credentials": frozenset[str](),
    "layers.setuid": frozenset[str](),
    "layers.world_writable": frozenset[str](),
}
OPTIONAL = {
    "dockerfile": {"dockerfile"},
    "provenance": {"trust"},
    "signature": {"trust"},
    "trust": {"trust"},
    "layers.credentials": {"layers"},
    "layers.read": {"layers"},
    "layers.setuid": {"layers"},
    "layers.world_writable": {"layers"},
    "sbom.present": {"sbom"},
    "scan.present": {"scan"},
}


@RULES
def test_a_rule_asks_for_the_evidence_that_it_reads_and_no_other(rule: PolicyRule) -> None:
    group = rule.id.partition(".")[0]
    assert {kind.value for kind in rule.requires} == EXCEPTIONS.get(rule.id, EVIDENCE[group])
    optional = OPTIONAL.get(rule.id, OPTIONAL.get(group, set()))
    assert {kind.value for kind in rule.optional} == optional

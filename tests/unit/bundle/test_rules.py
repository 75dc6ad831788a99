"""Which rules decide, what their METADATA says, and which evidence each of them reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from policyengine.bundle import open_bundle
from policyengine.errors import BundleFormatError
from policyengine.model.evidence import EvidenceKind
from policyengine.model.policy import PolicyRule, RuleKind
from policyengine.model.severity import Severity
from tests.bundle_files import RULE, write_bundle

IMAGE, SCAN = EvidenceKind.IMAGE, EvidenceKind.SCAN
SBOM, TRUST = EvidenceKind.SBOM, EvidenceKind.TRUST
# VEX documents only take away, so what reads everything does not ask for them.
ALL = set(EvidenceKind) - {EvidenceKind.VEX}


def rules_of(folder: Path, *modules: str, view: str = "unified") -> tuple[PolicyRule, ...]:
    named = {f"m{index}.rego": module for index, module in enumerate(modules)}
    return open_bundle(str(write_bundle(folder, named, view=view)), parameters={}).rules


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ('deny contains "a"', RuleKind.DENY),
        ('deny_root contains "a"', RuleKind.DENY),
        ('violation contains "a"', RuleKind.DENY),
        ('violation contains {"msg": "a"}', RuleKind.DENY),
        ('violation_2 contains "a"', RuleKind.DENY),
        ('warn contains "a"', RuleKind.WARN),
        ('warn_old contains "a"', RuleKind.WARN),
        ("allow := true", RuleKind.ALLOW),
        ("default allow := false", RuleKind.ALLOW),
        ("allow", RuleKind.ALLOW),
        ('deny := "a"', RuleKind.DENY),
        ('default deny := "a"', RuleKind.DENY),
        ('deny["a"] := "b"', RuleKind.DENY),
        ('deny.a.b := "b"', RuleKind.DENY),
    ],
)
def test_a_rule_decides_by_its_name(head: str, kind: RuleKind, tmp_path: Path) -> None:
    text = f"{head} if input.image.user.is_root" if not head.startswith("default") else head
    (rule,) = rules_of(tmp_path, f"package acme.a\n\n{text}\n")
    assert rule.kind is kind
    assert (rule.location.file, rule.location.row) == ("m0.rego", 3)


@pytest.mark.parametrize("name", ["denied", "xdeny", "Deny", "denyall", "warning", "allow_all"])
def test_a_rule_of_another_name_does_not_decide(name: str, tmp_path: Path) -> None:
    (rule,) = rules_of(tmp_path, RULE, f'package acme.b\n\n{name} contains "a"\n')
    assert rule.location.file == "m0.rego"


def test_a_default_beside_definitions_is_not_a_rule_of_its_own(tmp_path: Path) -> None:
    module = "package acme.a\n\ndefault allow := false\n\nallow if input.image.user.is_root\n"
    (rule,) = rules_of(tmp_path, module)
    assert rule.location.row == 5


def test_a_default_beside_definitions_in_another_file_is_not_a_rule_of_its_own(
    tmp_path: Path,
) -> None:
    default = "package acme.a\n\ndefault allow := false\n"
    (rule,) = rules_of(tmp_path, default, "package acme.a\n\nallow if input.image.user.is_root\n")
    assert rule.location.file == "m1.rego"


def test_a_default_is_not_spared_by_definitions_of_another_package(tmp_path: Path) -> None:
    other = "package acme.b\n\nallow if input.image.user.is_root\n"
    rules = rules_of(tmp_path, "package acme.a\n\ndefault allow := false\n", other)
    assert [rule.package for rule in rules] == [("acme", "a"), ("acme", "b")]


def test_each_definition_is_a_rule_in_order_of_file_and_row(tmp_path: Path) -> None:
    one = 'package acme.a\n\ndeny contains "1"\n\ndeny contains "2"\n'
    places = [
        (rule.location.file, rule.location.row)
        for rule in rules_of(tmp_path, one, one.replace("1", "3"))
    ]
    assert places == [("m0.rego", 3), ("m0.rego", 5), ("m1.rego", 3), ("m1.rego", 5)]


def test_two_rules_in_one_row_are_refused(tmp_path: Path) -> None:
    module = 'package acme.a\n\ndeny contains "a" if { false } deny contains "b" if { true }\n'
    with pytest.raises(BundleFormatError, match=r"m0\.rego:3"):
        rules_of(tmp_path, module)


def annotated(custom: str, body: str = 'deny contains "a" if input.image.user.is_root') -> str:
    return f"package acme.a\n\n# METADATA\n# title: A title\n{custom}{body}\n"


def test_metadata_describes_a_rule(tmp_path: Path) -> None:
    custom = (
        "# description: |\n#   Two\n#   lines.\n# custom:\n#   id: acme.root\n#   severity: high\n"
        "#   remediation: Use another user.\n#   effective_on: 2027-01-01T00:00:00Z\n"
    )
    (rule,) = rules_of(tmp_path, annotated(custom))
    assert rule.id == "acme.root"
    assert rule.title == "A title"
    assert rule.description == "Two\nlines."
    assert rule.severity is Severity.HIGH
    assert rule.remediation == "Use another user."
    assert str(rule.effective_on) == "2027-01-01T00:00:00Z"


def test_a_rule_without_metadata_is_named_by_its_place(tmp_path: Path) -> None:
    (rule,) = rules_of(tmp_path, RULE)
    assert (rule.id, rule.title, rule.severity) == ("acme.user.deny", "", None)


def test_severity_and_remedy_may_be_said_for_a_whole_package(tmp_path: Path) -> None:
    module = (
        "# METADATA\n# title: The package\n# custom:\n#   severity: low\n#   id: acme.package\n"
        'package acme.a\n\ndeny contains "a" if input.image.user.is_root\n'
    )
    (rule,) = rules_of(tmp_path, module)
    assert rule.severity is Severity.LOW
    # An id and a title are of one rule: the package's would be told of all.
    assert (rule.id, rule.title) == ("acme.a.deny", "")


@pytest.mark.parametrize(
    ("custom", "said"),
    [
        ("severity: hgh", "severity"),
        ("severity: 3", "severity"),
        ("severity: [high]", "severity"),
        ("effective_on: soon", "effective_on"),
        ("effective_on: 2027-13-01T00:00:00Z", "effective_on"),
        ("id: 7", "id"),
        ("remediation: {a: b}", "remediation"),
        ("evidence: scan", "evidence"),
        ("evidence: {optional: scan}", "evidence"),
        ("evidence: {optional: [scans]}", "evidence"),
        ("evidence: {optional: [1]}", "evidence"),
        ("evidence: {optionl: [scan]}", "evidence"),
        ("evidence: {optional: [scan], required: [image]}", "evidence"),
    ],
)
def test_metadata_that_does_not_fit_is_refused(custom: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BundleFormatError) as caught:
        rules_of(tmp_path, annotated(f"# custom:\n#   {custom}\n"))
    assert f"custom.{said}" in str(caught.value)
    assert "m0.rego:7" in str(caught.value)


def test_two_rules_of_one_id_are_refused(tmp_path: Path) -> None:
    one = annotated("# custom:\n#   id: acme.same\n")
    with pytest.raises(BundleFormatError, match=r"acme\.same") as caught:
        rules_of(tmp_path, one, one.replace("package acme.a", "package acme.b"))
    assert "m0.rego:7" in str(caught.value)
    assert "m1.rego:7" in str(caught.value)


def test_an_id_that_is_the_place_of_another_rule_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleFormatError, match="two rules have the id"):
        rules_of(tmp_path, RULE, annotated("# custom:\n#   id: acme.user.deny\n"))


def test_optional_evidence_is_not_required(tmp_path: Path) -> None:
    body = 'deny contains "a" if {\n  input.scan.vulnerabilities[_]\n  input.image.user.is_root\n}'
    (rule,) = rules_of(tmp_path, annotated("# custom:\n#   evidence: {optional: [scan]}\n", body))
    assert rule.requires == {IMAGE}
    assert rule.optional == {SCAN}


def test_evidence_that_a_rule_does_not_read_is_not_made_optional_for_it(tmp_path: Path) -> None:
    (rule,) = rules_of(tmp_path, annotated("# custom:\n#   evidence: {optional: [sbom]}\n"))
    assert rule.requires == {IMAGE}
    assert rule.optional == set()


def test_evidence_that_the_bundle_asks_for_is_required_of_optional_rules_too(
    tmp_path: Path,
) -> None:
    body = 'deny contains "a" if {\n  input.scan.vulnerabilities[_]\n  input.image.user.is_root\n}'
    module = annotated("# custom:\n#   evidence: {optional: [scan, image]}\n", body)
    folder = write_bundle(tmp_path, {"a.rego": module, "b.rego": RULE}, evidence=["scan"])
    asking, other = open_bundle(str(folder), parameters={}).rules
    assert asking.requires == {SCAN}
    assert asking.optional == {IMAGE}
    assert other.requires == {IMAGE}


def test_evidence_that_no_rule_reads_cannot_be_asked_for(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, evidence=["image", "sbom"])
    with pytest.raises(BundleFormatError, match=r"none of its rules reads(.|\n)*sbom"):
        open_bundle(str(folder), parameters={})


LIBRARY = """package acme.lib

found contains v if some v in input.scan.vulnerabilities
signed if input.trust.signatures[_].verified
packages := input.sbom.packages
is_bad(name) if { some p in input.sbom.packages; p.name == name }
pure(x) := x + 1
constant := 7
nested.deep.value := input.trust.records
chosen := input.image.created if { constant == 8 } else := input.scan.reports
default fallback := []
fallback := input.sbom.documents if constant == 7
whole := input
"""


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("input.image.user.is_root", {IMAGE}),
        ('input["image"]["user"].is_root', {IMAGE}),
        ("input.image_manifest.size > 1", {IMAGE}),
        ("input.base == null", {IMAGE}),
        ("count(input.scan.vulnerabilities) > 0", {SCAN}),
        ("some v in input.scan.vulnerabilities; v.id", {SCAN}),
        ("not input.scan", {SCAN}),
        ("input.environment == input.subject.reference", set()),
        ("input.environment == input.subject.tag", {IMAGE}),
        ("input.dockerfile.stages[_]", {EvidenceKind.DOCKERFILE}),
        ("input.evaluated_at_ns > 0", set()),
        ("1 == 1", set()),
        # through rules and functions of other packages, and of their own
        ("count(data.acme.lib.found) > 0", {SCAN}),
        ("not data.acme.lib.signed", {TRUST}),
        ('data.acme.lib.is_bad("x")', {SBOM}),
        ("data.acme.lib.pure(1) > 0", set()),
        ("data.acme.lib.pure(count(input.scan.secrets)) > 0", {SCAN}),
        ("data.acme.lib.constant == 7", set()),
        ("data.acme.lib.nested.deep.value", {TRUST}),
        ('data.acme.lib["nested"]["deep"]["value"]', {TRUST}),
        ("data.acme.lib.chosen", {IMAGE, SCAN}),
        ("data.acme.lib.fallback", {SBOM}),
        ("lib.signed", {TRUST}),
        ("other.signed", {TRUST}),
        ("is_really_bad", {SBOM}),
        ("pic.user.is_root", {IMAGE}),
        ("vulnerabilities[_]", {SCAN}),
        ("own_helper", {TRUST, SCAN}),
        # names that are only known when it is evaluated
        ('some k in ["found"]; data.acme.lib[k]', ALL),
        ('some p in ["lib"]; data.acme[p].found', ALL),
        ("input[_]", ALL),
        ('some k in ["scan"]; input[k]', ALL),
        ("input.scan[input.environment]", {SCAN}),
        # passed on as a value
        ("x := input; x.scan", ALL),
        ("data.acme.lib.pure(input)", ALL),
        ("walk(input, [path, value])", ALL),
        ('object.get(input, ["scan"], {})', ALL),
        ('json.filter(input, ["scan"])', ALL),
        ('{"scan": s} = input; s', ALL),
        ("{input}[_].scan", ALL),
        ("[v | v := input.sbom.packages[_]][_]", {SBOM}),
        ("{k: v | some k, v in input.trust}", {TRUST}),
        ("every v in input.scan.vulnerabilities { v.severity }", {SCAN}),
        ("data.acme.lib.whole.environment", ALL),
        # nested in what looks like something else
        ('x := {"a": [input.sbom]}; x', {SBOM}),
        ('sprintf("%v", [input.trust])', {TRUST}),
        ("input.image.config.Labels[input.sbom.packages[0].name]", {IMAGE, SBOM}),
        ("data.acme.lib.found[input.trust.records[0]]", {SCAN, TRUST}),
        ("some i; input.image.layers[i]; input.sbom.packages[i]", {IMAGE, SBOM}),
    ],
)
def test_the_evidence_that_a_rule_reads_is_found(
    body: str, kinds: set[EvidenceKind], tmp_path: Path
) -> None:
    module = (
        "package acme.a\n\nimport data.acme.lib\nimport data.acme.lib as other\n"
        "import data.acme.lib.is_bad\nimport input.image as pic\n"
        "import input.scan.vulnerabilities\n"
        'is_really_bad if is_bad("x")\n'
        "own_helper if { deeper }\n"
        "deeper if { lib.signed; further(1) }\n"
        "further(x) if lib.found[x]\n"
        f'deny contains "a" if {{ {body} }}\n'
    )
    *_, rule = rules_of(tmp_path, module, LIBRARY)
    assert set(rule.requires) == kinds


@pytest.mark.parametrize(
    ("rule", "kinds"),
    [
        ("deny contains input.scan.reports", {SCAN}),
        ("deny contains msg if msg := input.sbom.documents[0].tool", {SBOM}),
        ('deny := input.trust.records if input.image.id else := "b"', {IMAGE, TRUST}),
        ('deny := "a" if 1 == 2 else := input.scan.reports', {SCAN}),
        ('deny := "a" if 1 == 2 else := "b" if input.sbom', {SBOM}),
        ('deny[input.scan.reports[0].scanner] := "a"', {SCAN}),
        ('deny contains {"msg": "a", "paths": [input.trust]}', {TRUST}),
        ('deny contains $"there are {input.scan.vulnerabilities}"', {SCAN}),
        ("default allow := false", set()),
    ],
)
def test_evidence_read_in_a_head_or_a_branch_counts(
    rule: str, kinds: set[EvidenceKind], tmp_path: Path
) -> None:
    (found,) = rules_of(tmp_path, f"package acme.a\n\n{rule}\n")
    assert set(found.requires) == kinds


def test_rules_that_refer_to_each_other_are_followed_once(tmp_path: Path) -> None:
    module = 'package acme.a\n\ndeny contains "a" if one\none if two\ntwo if { one; input.scan }\n'
    (rule,) = rules_of(tmp_path, module)
    assert rule.requires == {SCAN}


@pytest.mark.parametrize(
    ("body", "view", "kinds"),
    [
        ("input.Config.User", "docker-inspect", {IMAGE}),
        ("input", "docker-inspect", {IMAGE}),
        ("input.image.user", "registry", {IMAGE}),
        ('input.image.scan_status == "failed"', "registry", {SCAN}),
        ("input.image.signatures[_].verified", "registry", {TRUST}),
        ("input.image", "registry", {IMAGE, SCAN, TRUST}),
        ("input.environment", "registry", set()),
    ],
)
def test_evidence_is_told_by_the_view_of_the_bundle(
    body: str, view: str, kinds: set[EvidenceKind], tmp_path: Path
) -> None:
    module = f'package acme.a\n\ndeny contains "a" if {body}\n'
    (rule,) = rules_of(tmp_path, module, view=view)
    assert rule.requires == kinds

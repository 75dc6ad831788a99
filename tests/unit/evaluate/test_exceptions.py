"""conftest's exceptions: a denial that is excepted warns, and nothing else is let pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from policyengine.bundle import open_bundle
from policyengine.document import InputDocument
from policyengine.evaluate.exceptions import excepted, judgeable
from policyengine.model.evidence import EvidenceKind
from policyengine.model.verdict import Outcome, Verdict
from policyengine.model.waiver_set import NO_WAIVERS
from policyengine.prepared import PreparedBundles
from policyengine.rego.engine import DEFAULT_EVALUATION_LIMITS, RuleQuery, RuleResult
from policyengine.rego.engines import ENGINES
from tests.bundle_files import write_bundle
from tests.policy_values import document, rule

RULES = """package main

deny contains "bare" if input.subject.reference
deny_named contains "named" if input.subject.reference
violation_v contains {"msg": "object"} if input.subject.reference
warn_w contains "warned" if input.subject.reference
"""


@contextmanager
def prepared(folder: Path, source: str, engine: str) -> Iterator[PreparedBundles]:
    root = write_bundle(folder, {"a.rego": source}, files={".manifest": MANIFEST})
    bundle = open_bundle(str(root), parameters={})
    found = PreparedBundles(
        [bundle], engine=engine, limits=DEFAULT_EVALUATION_LIMITS, waivers=NO_WAIVERS
    )
    try:
        yield found
    finally:
        found.close()


MANIFEST = (
    b'{"roots": ["main", "other"], "metadata": {"policyengine": {"name": "m", "version": "1.0.0"}}}'
)


def judged(
    folder: Path, source: str, of: InputDocument | None = None, engine: str = ENGINES[0]
) -> Verdict:
    with prepared(folder, source, engine) as bundles:
        return bundles.judge(of or document(), image="app")


def named(verdict: Verdict) -> tuple[list[str], list[str]]:
    return (
        sorted(reason.message for reason in verdict.reasons),
        sorted(reason.message for reason in verdict.warnings),
    )


ALL = ["bare", "named", "object"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("exception", "denied"),
    [
        pytest.param('contains rules if { rules := ["named"] }', ["bare", "object"], id="one rule"),
        pytest.param('contains rules if { rules := [""] }', ["named", "object"], id="the bare one"),
        pytest.param(
            'contains rules if { rules := ["v", "named"] }', ["bare"], id="a violation too"
        ),
        pytest.param('contains rules if { rules := ["deny"] }', ALL, id="no name of a rule"),
        pytest.param(
            'contains rules if { rules := ["deny_named"] }', ALL, id="a name with its prefix"
        ),
        pytest.param('contains "named"', ALL, id="a name, not an array of them"),
        pytest.param("contains [7, null]", ALL, id="what is no name"),
        pytest.param(
            'contains rules if { rules := ["named"]; input.subject.reference == "x" }',
            ALL,
            id="one that does not hold",
        ),
        pytest.param(':= [["named"]]', ["bare", "object"], id="a complete rule"),
    ],
)
def test_what_is_excepted_warns(
    exception: str, denied: list[str], engine: str, tmp_path: Path
) -> None:
    verdict = judged(tmp_path, f"{RULES}\nexception {exception}\n", engine=engine)
    assert named(verdict) == (denied, sorted({*ALL, "warned"} - {*denied}))
    for reason in verdict.warnings:
        if reason.message != "warned":
            assert reason.details["exception"] == "a.rego:8"
    assert verdict.outcome is Outcome.DENIED


def test_all_excepted_is_allowed_with_warnings(tmp_path: Path) -> None:
    source = f'{RULES}\nexception contains ["", "named", "v", "w"]\n'
    verdict = judged(tmp_path, source)
    assert named(verdict) == ([], sorted([*ALL, "warned"]))
    assert verdict.outcome is Outcome.ALLOWED


def test_an_exception_of_another_package_excepts_nothing(tmp_path: Path) -> None:
    root = write_bundle(
        tmp_path,
        {
            "a.rego": RULES,
            "b.rego": 'package other\n\ndeny contains "o" if false\n\nexception contains [""]\n',
        },
        files={".manifest": MANIFEST},
    )
    bundle = open_bundle(str(root), parameters={})
    with_other = PreparedBundles(
        [bundle], engine=ENGINES[0], limits=DEFAULT_EVALUATION_LIMITS, waivers=NO_WAIVERS
    )
    assert named(with_other.judge(document(), image="app"))[0] == ALL
    with_other.close()


def test_an_exception_whose_evidence_is_missing_excepts_nothing(tmp_path: Path) -> None:
    source = f'{RULES}\nexception contains ["named"] if not input.scan.vulnerabilities\n'
    assert named(judged(tmp_path, source))[0] == ALL
    optional = "# METADATA\n# custom:\n#   evidence:\n#     optional: [scan]\n"
    source = source.replace("\nexception", f"\n{optional}exception")
    assert named(judged(tmp_path, source))[0] == ALL


@pytest.mark.parametrize("kind", sorted(set(EvidenceKind) - {EvidenceKind.IMAGE}))
@pytest.mark.parametrize(
    "reading",
    [
        pytest.param("not input.{kind}", id="its section"),
        pytest.param('name := "{kind}"; not input[name]', id="a section by a variable"),
        pytest.param('not object.get(input, "{kind}", false)', id="the whole document"),
        pytest.param('all := input; not all["{kind}"]', id="the document under another name"),
    ],
)
def test_no_absence_of_evidence_turns_denied_into_allowed(
    kind: EvidenceKind, reading: str, tmp_path: Path
) -> None:
    every = '["", "named", "v"]'
    source = f"{RULES}\nexception contains {every} if {{ {reading.format(kind=kind.value)} }}\n"
    assert named(judged(tmp_path, source))[0] == ALL
    gathered = frozenset(EvidenceKind) - {kind}
    (exception,) = open_bundle(str(tmp_path), parameters={}).exceptions
    assert judgeable([exception], gathered) == ()
    assert judgeable([exception], frozenset(EvidenceKind)) == (exception,)


def test_a_package_that_must_allow_has_no_exception(tmp_path: Path) -> None:
    allow = 'package main\n\nallow if input.subject.reference == "x"\n'
    source = f'{allow}\nexception contains ["allow", ""]\n'
    verdict = judged(tmp_path, source)
    assert verdict.outcome is Outcome.DENIED


def test_exceptions_alone_decide_nothing(tmp_path: Path) -> None:
    source = 'package main\n\nwarn_x contains "w" if input.image\n\nexception contains ["x"]\n'
    bundle = open_bundle(
        str(write_bundle(tmp_path, {"a.rego": source}, files={".manifest": MANIFEST})),
        parameters={},
    )
    assert [item.name for item in bundle.rules] == ["warn_x"]
    assert [item.name for item in bundle.exceptions] == ["exception"]
    assert bundle.rules[0].requires == frozenset({EvidenceKind.IMAGE})


@pytest.mark.parametrize("value", [None, "named", 7, True, {"a": "named"}, ["named"], [[7]]])
def test_other_shapes_name_nothing(value: Any) -> None:
    exception = rule("exception")
    query = RuleQuery(package=("acme",), name="exception", file="acme.rego", row=1)
    assert not excepted([exception], [RuleResult(query=query, defined=True, value=value)])
    assert not excepted([exception], [RuleResult(query=query, defined=False, value=None)])

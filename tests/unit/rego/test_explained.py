"""The paths of the input that led to each result of a rule."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.rego import Policy

DOCUMENT: dict[str, Any] = {
    "image": {"user": "root", "labels": {"a": "1", "b": "2"}, "ports": [22, 80]},
    "scan": {
        "vulnerabilities": [
            {"id": "A", "severity": "low", "fixes": []},
            {"id": "B", "severity": "critical", "fixes": ["1.2", "1.3"]},
            {"id": "C", "severity": "critical", "fixes": []},
        ]
    },
    "packages": [{"name": "x", "by": "B"}, {"name": "y", "by": "A"}],
    "trust": {"signatures": [{"ok": False}, {"ok": False}]},
}

LIB = """package lib

critical contains v if {
    some v in input.scan.vulnerabilities
    v.severity == "critical"
}

ids contains v.id if some v in critical

by_name[p.name] := p.by if some p in input.packages

is_root if input.image.user == "root"

is_root if input.image.user == "0"

signed if {
    some s in input.trust.signatures
    s.ok
}

default allowed := false

allowed if input.image.approved

severe(v) if v.severity == "critical"

word(v) := "bad" if severe(v)

else := "fine"
"""

# The body of ``deny``, and the paths of each result in the order of the results.
CASES: list[Any] = [
    pytest.param(
        'contains v.id if { some i, v in input.scan.vulnerabilities; v.severity == "critical" }',
        [["/scan/vulnerabilities/1"], ["/scan/vulnerabilities/2"]],
        id="an element of a loop",
    ),
    pytest.param(
        'contains v.id if { v := input.scan.vulnerabilities[_]; v.severity == "critical" }',
        [["/scan/vulnerabilities/1"], ["/scan/vulnerabilities/2"]],
        id="an element of an old loop",
    ),
    pytest.param('contains "m" if input.image.user == "root"', [["/image/user"]], id="a field"),
    pytest.param(
        "contains k if some k, v in input.image.labels",
        [["/image/labels/a"], ["/image/labels/b"]],
        id="an element of an object",
    ),
    pytest.param('contains "m" if 22 in input.image.ports', [["/image/ports"]], id="a membership"),
    pytest.param(
        "contains v.id if { some v in data.lib.critical }",
        [["/scan/vulnerabilities/1"], ["/scan/vulnerabilities/2"]],
        id="members of a set that a rule makes",
    ),
    pytest.param(
        "contains id if some id in data.lib.ids",
        [["/scan/vulnerabilities/1"], ["/scan/vulnerabilities/2"]],
        id="plain members of a set that a rule makes",
    ),
    pytest.param(
        'contains "m" if count(data.lib.ids) > 1',
        [["/scan/vulnerabilities/2", "/scan/vulnerabilities/1"]],
        id="a set as a whole",
    ),
    pytest.param(
        'contains "m" if data.lib.by_name.x == "B"', [["/packages/0"]], id="a key of an object"
    ),
    pytest.param('contains "m" if data.lib.is_root', [["/image/user"]], id="a rule that holds"),
    pytest.param(
        'contains "m" if not data.lib.signed', [["/trust/signatures"]], id="a rule that fails"
    ),
    pytest.param(
        'contains "m" if not data.lib.allowed', [["/image/approved"]], id="a default that decides"
    ),
    pytest.param(
        'contains "m" if not input.image.healthcheck', [["/image/healthcheck"]], id="an absence"
    ),
    pytest.param(
        "contains v.id if { some v in input.scan.vulnerabilities; data.lib.severe(v) }",
        [["/scan/vulnerabilities/1"], ["/scan/vulnerabilities/2"]],
        id="a function",
    ),
    pytest.param(
        'contains v.id if { some v in input.scan.vulnerabilities; data.lib.word(v) == "fine" }',
        [["/scan/vulnerabilities/0"]],
        id="an else",
    ),
    pytest.param(
        "contains v.id if { some v in input.scan.vulnerabilities; some p in input.packages; "
        "p.by == v.id }",
        [
            ["/packages/1", "/scan/vulnerabilities/0"],
            ["/packages/0", "/scan/vulnerabilities/1"],
        ],
        id="a join",
    ),
    pytest.param(
        'contains "m" if count([1 | some v in input.scan.vulnerabilities; '
        'v.severity == "critical"]) > 1',
        [["/scan/vulnerabilities/1", "/scan/vulnerabilities/2"]],
        id="a comprehension",
    ),
    pytest.param(
        'contains "m" if count([1 | some v in input.scan.vulnerabilities; v.id == "Z"]) == 0',
        [["/scan/vulnerabilities"]],
        id="a comprehension without solutions",
    ),
    pytest.param(
        'contains "m" if every s in input.trust.signatures { not s.ok }',
        [["/trust/signatures"]],
        id="every",
    ),
    pytest.param(
        "contains f if { some v in input.scan.vulnerabilities; some f in v.fixes }",
        [["/scan/vulnerabilities/1/fixes/0"], ["/scan/vulnerabilities/1/fixes/1"]],
        id="a loop in an element",
    ),
    pytest.param(
        'contains "m" if data.lib.is_root with input.image.user as "0"', [[]], id="a replaced input"
    ),
    pytest.param(
        ':= "m" if { some v in input.scan.vulnerabilities; v.id == "B" }',
        [["/scan/vulnerabilities/1"]],
        id="a rule of one value",
    ),
    pytest.param(
        ':= v.severity if { some v in input.scan.vulnerabilities; v.severity == "critical" }',
        [["/scan/vulnerabilities/1", "/scan/vulnerabilities/2"]],
        id="a rule of one value with many solutions",
    ),
    pytest.param(
        'contains "m" if { walk(input.scan, [_, v]); v.id == "B" }',
        [["/scan/vulnerabilities/1"]],
        id="walk",
    ),
]


def explained(body: str, document: Any = DOCUMENT) -> list[list[str]]:
    policy = Policy.compile({"a.rego": f"package a\n\ndeny {body}\n", "lib.rego": LIB})
    values = policy.evaluate_rules("data.a", {"deny"}, input=document)
    (found,) = policy.explain(values, input=document)
    return [["".join(f"/{part}" for part in path) for path in paths] for paths in found.paths]


@pytest.mark.parametrize(("body", "expected"), CASES)
def test_each_result_has_the_paths_that_led_to_it(body: str, expected: list[list[str]]) -> None:
    assert explained(body) == expected


def test_very_many_elements_are_told_by_their_array() -> None:
    document = {"ports": list(range(100))}
    body = 'contains "m" if count([1 | some p in input.ports; p > 9]) > 3'
    assert explained(body, document) == [["/ports"]]


def test_rules_that_loop_deeper_than_python_allows_are_explained_too() -> None:
    loops = "; ".join(f"some v{i} in input.ports" for i in range(25))
    assert explained(f"contains v24 if {{ {loops} }}", {"ports": [7]}) == [["/ports/0"]]

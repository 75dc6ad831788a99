"""A builtin function that fails makes a verdict incomplete, unless the bundle says otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policyengine.bundle import open_bundle
from policyengine.errors import BundleFormatError, RegoEvaluationError
from policyengine.model.policy import PolicyBundle
from policyengine.rego.engine import PreparedPolicy, RuleQuery
from policyengine.rego.engines import engine_named
from tests.bundle_files import write_bundle

_MODULE = """package acme.age

deny contains "too old" if time.parse_rfc3339_ns(input.image.created) < 0

deny contains "always"
"""


def _prepared(bundle: PolicyBundle) -> PreparedPolicy:
    return engine_named("native").prepare(
        {module.path: module.source for module in bundle.modules},
        {},
        strict_builtin_errors=bundle.strict_builtin_errors,
    )


def _opened(folder: Path, **own: Any) -> PolicyBundle:
    return open_bundle(str(write_bundle(folder, {"age.rego": _MODULE}, **own)), parameters={})


def _given(bundle: PolicyBundle) -> list[object]:
    queries = [
        RuleQuery(
            package=rule.package, name=rule.name, file=rule.location.file, row=rule.location.row
        )
        for rule in bundle.rules
    ]
    document = json.dumps({"image": {"created": "yesterday"}}).encode()
    results = _prepared(bundle).evaluate(document, queries, now_ns=0)
    return [result.value for result in results]


@pytest.mark.parametrize(
    "own",
    [pytest.param({}, id="default"), pytest.param({"builtin_errors": "incomplete"}, id="said")],
)
def test_a_failing_builtin_is_an_error_with_its_place(tmp_path: Path, own: dict[str, str]) -> None:
    with pytest.raises(RegoEvaluationError) as caught:
        _given(_opened(tmp_path, **own))
    assert (caught.value.code, caught.value.where) == ("eval_builtin_error", "age.rego:3")


def test_a_bundle_may_take_a_failing_builtin_as_undefined(tmp_path: Path) -> None:
    assert _given(_opened(tmp_path, builtin_errors="undefined")) == [[], ["always"]]


def test_another_word_is_an_error_with_its_place_in_the_manifest(tmp_path: Path) -> None:
    with pytest.raises(BundleFormatError, match="builtin_errors") as caught:
        _opened(tmp_path, builtin_errors="ignore")
    assert caught.value.expected == "incomplete or undefined"

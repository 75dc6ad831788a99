"""A bundle may hold Rego v0, or files of several versions, and each denies as it should."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policyengine.bundle import open_bundle
from policyengine.errors import RegoCompileError
from policyengine.rego.engine import RuleQuery
from policyengine.rego.engines import engine_named
from tests.bundle_files import manifest, write_bundle

_V0 = """package acme.old

deny[msg] { input.image.user.is_root; msg := "runs as root" }

deny[msg] {
	msg := "no user"
	input.image.user.name == ""
} {
	msg := "no uid"
	input.image.user.uid == 0
}

violation[{"msg": msg}] { not input.image.user.name; msg := "nameless" }
"""
_V1 = 'package acme.new\n\ndeny contains "new" if input.image.user.uid == 0\n'


def _bundle(folder: Path, **fields: Any) -> Path:
    modules = {"old/a.rego": _V0, "new/b.rego": _V1}
    files = {".manifest": json.dumps(manifest() | fields).encode()}
    return write_bundle(folder, modules, files=files)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"file_rego_versions": {"/old/*": 0}}, id="a glob"),
        pytest.param({"rego_version": 0, "file_rego_versions": {"/new/b.rego": 1}}, id="a file"),
    ],
)
def test_files_of_two_versions_deny(tmp_path: Path, fields: dict[str, Any]) -> None:
    bundle = open_bundle(str(_bundle(tmp_path, **fields)), parameters={})
    assert {m.path: m.rego_version for m in bundle.modules} == {
        "old/a.rego": "v0",
        "new/b.rego": "v1",
    }
    rules = [(rule.name, rule.location.row) for rule in bundle.rules if "old" in rule.package]
    assert rules == [("deny", 3), ("deny", 5), ("deny", 8), ("violation", 13)]
    policy = engine_named("native").prepare(
        {module.path: module.source for module in bundle.modules},
        {},
        rego_versions={module.path: module.rego_version for module in bundle.modules},
    )
    queries = [
        RuleQuery(
            package=rule.package, name=rule.name, file=rule.location.file, row=rule.location.row
        )
        for rule in bundle.rules
    ]
    document = {"image": {"user": {"is_root": True, "uid": 0, "name": ""}}}
    results = policy.evaluate(json.dumps(document).encode(), queries, now_ns=0)
    assert sorted(str(result.value) for result in results) == [
        "['new']",
        "['no uid']",
        "['no user']",
        "['runs as root']",
        "[]",
    ]


def test_v0_in_a_bundle_of_v1_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegoCompileError, match="`if` keyword is required"):
        open_bundle(str(_bundle(tmp_path)), parameters={})

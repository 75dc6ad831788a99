"""The engine gives on the shipped rules what OPA gives, on documents with and without faults."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from policyengine.bundle import open_bundle
from policyengine.document import InputDocument, assemble
from policyengine.document.input_document import checked
from policyengine.errors import EvidenceError
from policyengine.model.gathered import GatheredReports
from policyengine.rego.engine import ENGINES, PreparedPolicy, RuleQuery, engine_named
from tests.evidence_values import (
    NOW,
    image,
    image_evidence,
    sbom_document,
    scan_report,
    signature,
    trust_record,
    vulnerability,
)

BUNDLE = open_bundle(
    "baseline",
    parameters={
        "allowed_bases": ["registry.example/base/*"],
        "allowed_registries": ["registry.example"],
        "required_signers": {"registry.example/**": ["release"]},
        "max_base_age_days": 30,
        "require_resolved_user": True,
    },
)

Change = Callable[[Any], None]


def whole() -> InputDocument:
    reports = GatheredReports(
        scans=(scan_report(vulnerability()),),
        sboms=(sbom_document(),),
        trusts=(trust_record(signature()),),
    )
    evidence = image_evidence(having=image({"User": "1000", "Env": ["A=b"], "Labels": {"a": "b"}}))
    return assemble(evidence, reports, environment="production", evaluated_at=NOW)


def without_reports(document: Any) -> None:
    for section in ("scan", "sbom", "trust"):
        del document[section]


CHANGES: dict[str, Change] = {
    "nothing": lambda d: None,
    "no evidence but the image": without_reports,
    "root": lambda d: d["image"]["user"].update(name="0", uid=0, is_root=True),
    "unresolved user": lambda d: d["image"]["user"].update(name="x", uid=None, is_root=None),
    "no date": lambda d: d["image"].update(created=None, created_ns=None),
    "a date to come": lambda d: d["image"].update(created_ns=d["evaluated_at_ns"] * 2),
    "no names": lambda d: d["subject"].update(registry=None, repository=None, tag=None),
    "latest": lambda d: d["subject"].update(tag="latest"),
    "secrets": lambda d: d["image"]["config"].update(
        Env=['DB_PASSWORD=hun\tter"2\\', "X=AKIAABCDEFGHIJKLMNOP", "NOT=a\nsecret", "P=ü"],
        Labels={"token": "é\u2028x", "b": "https://u:p@h/"},
    ),
    "history": lambda d: d["image"]["history"][0].update(
        created_by='|1 GIT_TOKEN="two words" /bin/sh -c echo \\"x\\" # buildkit'
    ),
    "ports": lambda d: d["image"]["config"].update(
        ExposedPorts={"22/tcp": {}, "80": {}, "1-9": {}, "8080/tcp": {}, "ssh": {}}
    ),
    "health check": lambda d: d["image"]["config"].update(
        Healthcheck={"Test": ["CMD-SHELL", 'curl -f "http://x" || exit 1']}
    ),
    "base": lambda d: d.update(
        base={
            "name": "registry.example/base/a:1",
            "digest": None,
            "created": None,
            "created_ns": None,
            "found_in": "label",
            "newer_known": None,
            "newer": None,
            "also_found": [],
        }
    ),
    "unfixed and unknown": lambda d: d["scan"]["vulnerabilities"].extend(
        [
            {
                **d["scan"]["vulnerabilities"][0],
                "severity": "critical",
                "fixed_versions": [],
                "fix_state": "not_fixed",
            },
            {**d["scan"]["vulnerabilities"][0], "severity": "unknown", "id": 'a"b\\c\n'},
        ]
    ),
    "unsigned": lambda d: d["trust"].update(signatures=[]),
    "packages": lambda d: d["sbom"].update(
        packages=[
            {
                "name": name,
                "version": None,
                "purl": None,
                "type": None,
                "path": None,
                "purl_problem": None,
                "cpes": [],
                "supplier": None,
                "suppliers": [],
                "licenses": [
                    {
                        "value": text,
                        "kind": "expression",
                        "concluded": False,
                        "expression": text,
                        "ids": [],
                        "problem": None,
                    }
                ],
                "hashes": [],
                "reported_by": [],
                "claims": [],
            }
            for name, text in (
                ("telnetd", "MIT"),
                ("x-dev", "MIT OR AGPL-3.0-only"),
                ("ünïcode", "MIT AND (AGPL-3.0-only)"),
                ('quo"te', "agpl-3.0-or-later"),
            )
        ]
    ),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_engine_gives_what_opa_gives(
    change: Change, engine: str, opa: str, tmp_path: Path
) -> None:
    content = orjson.loads(whole().encoded)
    change(content)
    document = checked(content, where="document")
    ours: dict[str, list[Any]] = {}
    for query, value in engine_answers(document, engine):
        ours.setdefault(f"{'.'.join(query.package)}.{query.name}", []).extend(value)
    theirs = opa_answers(opa, document, sorted(ours), tmp_path)
    for name, values in ours.items():
        assert sorted(map(canonical, values)) == sorted(map(canonical, theirs[name])), name


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, item in pairs:
        yield (*path, key)
        yield from places(item, (*path, key))


def test_no_fact_that_may_be_unknown_stops_the_evaluation() -> None:
    policy = prepared("native")
    nulled = 0
    for path in places(orjson.loads(whole().encoded)):
        content = orjson.loads(whole().encoded)
        holder = content
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = None
        try:
            document = checked(content, where="document")
        except EvidenceError:
            continue
        policy.evaluate(document.encoded, queries(), now_ns=NOW.ns)
        nulled += 1
    assert nulled > 40


def prepared(engine: str) -> PreparedPolicy:
    return engine_named(engine).prepare(
        {module.path: module.source for module in BUNDLE.modules},
        {**BUNDLE.data, "parameters": BUNDLE.parameters},
    )


def queries() -> list[RuleQuery]:
    return [
        RuleQuery(
            package=rule.package, name=rule.name, file=rule.location.file, row=rule.location.row
        )
        for rule in BUNDLE.rules
    ]


def engine_answers(document: InputDocument, engine: str) -> list[tuple[RuleQuery, list[Any]]]:
    policy = prepared(engine)
    try:
        results = policy.evaluate(document.encoded, queries(), now_ns=NOW.ns)
    finally:
        policy.close()
    return [(result.query, result.value) for result in results]


def opa_answers(
    opa: str, document: InputDocument, names: list[str], folder: Path
) -> dict[str, list[Any]]:
    for module in BUNDLE.modules:
        path = folder / "modules" / module.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(module.source)
    (folder / "input.json").write_bytes(document.encoded)
    (folder / "data.json").write_bytes(orjson.dumps({"parameters": BUNDLE.parameters}))
    query = "x := {" + ", ".join(f'"{name}": data.{name}' for name in names) + "}"
    done = subprocess.run(
        [
            *(opa, "eval", "-f", "json", "-i", str(folder / "input.json")),
            *("-d", str(folder / "modules"), "-d", str(folder / "data.json"), query),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    answers: dict[str, list[Any]] = json.loads(done.stdout)["result"][0]["bindings"]["x"]
    return answers


def canonical(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)

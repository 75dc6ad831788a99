"""The engine gives on the shipped rules what OPA gives, on documents with and without faults."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from policyengine.bundle import open_library
from policyengine.document import InputDocument, assemble
from policyengine.document.input_document import checked
from policyengine.errors import EvidenceError
from policyengine.model.gathered import GatheredReports
from policyengine.rego.engine import PreparedPolicy, RuleQuery
from policyengine.rego.engines import ENGINES, engine_named
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

# Every rule is asked for something.
BUNDLE = open_library(
    parameters={
        "allowed_bases": ["registry.example/base/*"],
        "allowed_platforms": ["linux/s390x"],
        "allowed_registries": ["registry.example"],
        "allowed_repositories": ["registry.example/base/*"],
        "digest_required_in": ["production"],
        "epss_limit": 0.1,
        "exploit_severity": "unknown",
        "forbidden_registries": ["docker.io"],
        "license_severity": "unknown",
        "max_base_age_days": 30,
        "max_database_age_days": 1,
        "max_days_since_fix": {"high": 1, "critical": 1},
        "max_days_since_publication": {"high": 1},
        "max_image_bytes": 1,
        "max_layers": 1,
        "max_scan_age_days": 1,
        "max_vulnerabilities": {"high": 0, "unknown": 0},
        "min_uid": 2000,
        "misconfiguration_severity": "unknown",
        "allowed_sources": ["https://git.example/**"],
        "allowed_source_refs": ["refs/tags/*"],
        "cosign_identities": {"**": [{"identity": "**", "issuer": "x"}]},
        "max_signature_age_days": 1,
        "min_slsa_level": 2,
        "notation_identities": {"**": ["CN=*"]},
        "require_resolved_user": True,
        "require_trust_policy": True,
        "required_attestations": ["https://slsa.dev/*"],
        "required_signature_kinds": {"**": ["cosign"]},
        "trusted_builders": ["https://builders.example/*"],
        "allowed_licenses": ["MIT"],
        "max_packages": 1,
        "max_sbom_age_days": 1,
        "max_unlicensed_share": 0,
        "min_identified_share": 1,
        "minimum_versions": {"openssl": "99"},
        "require_attested_sbom": True,
        "required_labels": ["a", "owner"],
        "required_scanners": ["trivy", "other"],
        "required_signers": {"registry.example/**": ["release"]},
        "tag_patterns": ["^[0-9]+$"],
        "wont_fix_severity": "unknown",
    },
)

# Many modules at once crash regopy: of the whole library it is asked for one at a time.
BASELINE = frozenset(rule.location.file for rule in BUNDLE.rules if "baseline" in rule.collections)
OTHERS = sorted({rule.location.file for rule in BUNDLE.rules} - BASELINE)

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
    "steps": lambda d: d["image"].update(
        history=[
            {**d["image"]["history"][0], "created_by": text}
            for text in (
                "RUN /bin/sh -c sudo apt-get update # buildkit",
                "/bin/sh -c chmod -R 777 /app && apt-get install -y --allow-unauthenticated x",
                "ADD https://a.example/x /x # buildkit",
                "/bin/sh -c curl -k https://a.example | sh",
                "/bin/sh -c #(nop) ADD file:0 in /x",
            )
        ]
    ),
    "configuration": lambda d: d["image"]["config"].update(
        Cmd=["/bin/sh", "-c", "DB_PASSWORD=hunter2 app"],
        Env=["NODE_TLS_REJECT_UNAUTHORIZED=0"],
        OnBuild=["RUN x"],
        StopSignal="SIGKILL",
        Volumes={"/etc": {}},
    ),
    "scan": lambda d: d["scan"]["vulnerabilities"][0].update(
        published_at=d["evaluated_at"],
        published_at_ns=d["evaluated_at_ns"] - 10 * 86_400_000_000_000,
        fix_state="wont_fix",
        known_exploited=True,
        exploit_available=True,
        epss={"score": 0.75, "percentile": None},
    ),
    "a report with problems": lambda d: d["scan"]["reports"][0].update(
        end_of_life=True, covers_vulnerabilities=False, problem="cut", subject_match="unknown"
    ),
    "group": lambda d: d["image"]["user"].update(gid=0),
    "no manifest": lambda d: d.update(image_manifest=None),
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


def needed(files: Iterable[str]) -> set[str]:
    """The modules of the library that ``files`` import, and those that they do."""
    sources = {module.path: module.source for module in BUNDLE.modules}
    found: set[str] = set()
    pending = [sources[file] for file in files]
    while pending:
        for name in re.findall(
            r"^import data\.policyengine\.lib\.(\w+)", pending.pop(), re.MULTILINE
        ):
            if f"lib/{name}.rego" not in found:
                found.add(f"lib/{name}.rego")
                pending.append(sources[f"lib/{name}.rego"])
    return found


def prepared(engine: str, files: frozenset[str] | None = None) -> PreparedPolicy:
    modules = {
        module.path: module.source
        for module in BUNDLE.modules
        if files is None or module.path in files or module.path in needed(files)
    }
    return engine_named(engine).prepare(modules, {**BUNDLE.data, "parameters": BUNDLE.parameters})


def queries(files: frozenset[str] | None = None) -> list[RuleQuery]:
    return [
        RuleQuery(
            package=rule.package, name=rule.name, file=rule.location.file, row=rule.location.row
        )
        for rule in BUNDLE.rules
        if files is None or rule.location.file in files
    ]


def engine_answers(
    document: InputDocument, engine: str, files: frozenset[str] | None = None
) -> list[tuple[RuleQuery, list[Any]]]:
    asked = BASELINE if files is None and engine == "regopy" else files
    policy = prepared(engine, asked)
    try:
        results = policy.evaluate(document.encoded, queries(asked), now_ns=NOW.ns)
    finally:
        policy.close()
    return [(result.query, result.value) for result in results]


@pytest.mark.parametrize("file", OTHERS)
def test_regopy_gives_what_the_engine_gives(file: str) -> None:
    content = orjson.loads(whole().encoded)
    for name in ("steps", "configuration", "scan", "base", "group"):
        CHANGES[name](content)
    document = checked(content, where="document")
    theirs, ours = (
        [value for _, value in engine_answers(document, engine, frozenset({file}))]
        for engine in ("regopy", "native")
    )
    assert [sorted(map(canonical, value)) for value in theirs] == [
        sorted(map(canonical, value)) for value in ours
    ]


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

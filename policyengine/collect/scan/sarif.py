"""SARIF 2.1.0 (OASIS) as scanners of images write it: a report for each run.

SARIF says what to show, not what was found: package, versions and severity are in texts that
differ by tool. What can be read of them is; the rest of a finding stays unknown, never the finding
itself. A result is a vulnerability, a secret, a licence or a check, by the tags and the name of its
rule, the form of its identifier, and the tool.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from policyengine.collect.format import (
    Origin,
    ReportFormat,
    count_unmapped,
    in_order,
    optional_instant,
)
from policyengine.collect.scan.fields import (
    fix_of,
    image_named,
    number,
    plain,
    rating,
    share,
    versions,
)
from policyengine.collect.scan.identifiers import cves_in, leading_identifier
from policyengine.collect.scan.sarif_packages import packages_of
from policyengine.collect.scan.sarif_rules import (
    Rule,
    locations_of,
    message_of,
    read_rule,
    rule_of,
    told_lines,
)
from policyengine.errors import ScanFailed, UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    FixState,
    LicenseFinding,
    Misconfiguration,
    ReportedSubject,
    ScanReport,
    ScanSecret,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "sarif"
_VERSION = "2.1.0"
_MAPPED = frozenset(
    {"tool", "results", "properties", "invocations"}
    # Places of files and the numbering of columns, which say nothing of the image.
    | {"originalUriBaseIds", "artifacts", "automationDetails", "versionControlProvenance"}
)
# Tools that look for nothing but vulnerabilities, by the beginning of their name in lower case.
_ONLY_VULNERABILITIES = (
    *("grype", "docker scout", "snyk", "prisma cloud", "owasp dependency-track", "clair"),
    *("osv-scanner", "anchore"),
)
_ONLY_CHECKS = ("dockle",)
_LEVELS = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "note": Severity.LOW,
    "none": Severity.NONE,
}
# The least scores of the ratings, by CVSS 3.1, section 5.
_SCORES = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM))
_BRACKETED = re.compile(r"\[(\w+)\] +")
_QUALIFIED = re.compile(r"(.+?)@(?:[a-z0-9]+:)?[^@:/]*:/.*")


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` is SARIF, of whatever version."""
    return isinstance(document, dict) and document.keys() >= {"version", "runs"}


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read the runs, one report each."""
    read = FieldReader(origin.location)
    root = read.root(document)
    if root["version"] != _VERSION:
        raise UnsupportedFormat(
            "is SARIF of a version that is not read",
            where=f"{origin.location}/version",
            found=repr(root["version"])[:40],
            expected=_VERSION,
        )
    runs = read.required_objects(root, "runs", ())
    if not runs:
        raise read.wrong(("runs",), "no run", "at least one")
    return tuple(_report(read, run, ("runs", index), origin) for index, run in enumerate(runs))


@dataclass(slots=True)
class _Findings:
    vulnerabilities: list[Vulnerability]
    secrets: list[ScanSecret]
    checks: list[Misconfiguration]
    licenses: list[LicenseFinding]


def _report(read: FieldReader, run: JsonObject, path: Path, origin: Origin) -> ScanReport:
    driver_path = (*path, "tool", "driver")
    driver = read.object(read.object(run, "tool", path), "driver", driver_path[:-1])
    tool = read.text(driver, "name", driver_path)
    version = read.optional_text(driver, "version", driver_path)
    _refuse_failed(read, run, path)
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, run, _MAPPED)
    rules = [
        read_rule(read, item, (*driver_path, "rules", index))
        for index, item in enumerate(read.objects(driver, "rules", driver_path))
    ]
    by_id = {rule.id: rule for rule in rules}
    found = _Findings([], [], [], [])
    names: dict[str, None] = {}
    for index, result in enumerate(read.required_objects(run, "results", path)):
        here = (*path, "results", index)
        kind, baseline = read.optional_texts(result, ("kind", "baselineState"), here)
        if kind in {"pass", "notApplicable"} or baseline == "absent":
            unmapped[f"results {baseline if baseline == 'absent' else kind}"] += 1
            continue
        rule = rule_of(read, result, here, rules, by_id)
        _add(read, result, here, rule, tool=tool.lower(), found=found)
        names.update(dict.fromkeys(_images(read, result, here)))
    scanner = tool.lower().partition(":")[0]
    covers = bool(found.vulnerabilities) or scanner.startswith(_ONLY_VULNERABILITIES)
    checks_only = scanner.startswith(_ONLY_CHECKS)
    return ScanReport(
        source=origin.source(_NAME, version=_VERSION, tool=tool, tool_version=version),
        scanner=scanner,
        scanner_version=version,
        subject=_subject(read, run, path, list(names)),
        finished_at=_finished(read, run, path),
        covers_vulnerabilities=covers,
        problem=None
        if covers or checks_only
        else "does not say whether vulnerabilities were looked for",
        vulnerabilities=tuple(found.vulnerabilities),
        secrets=tuple(found.secrets),
        misconfigurations=tuple(found.checks),
        licenses=tuple(found.licenses),
        unmapped=in_order(unmapped),
    )


def _refuse_failed(read: FieldReader, run: JsonObject, path: Path) -> None:
    for index, item in enumerate(read.objects(run, "invocations", path)):
        if item.get("executionSuccessful") is False:
            raise ScanFailed(
                "is of a run that failed",
                where=f"{read.where}{json_pointer((*path, 'invocations', index))}",
                found="executionSuccessful false",
                hint="scan again",
            )


def _finished(read: FieldReader, run: JsonObject, path: Path) -> Instant | None:
    items = read.objects(run, "invocations", path)
    return (
        optional_instant(read, items[-1], "endTimeUtc", (*path, "invocations", len(items) - 1))
        if items
        else None
    )


def _add(
    read: FieldReader,
    result: JsonObject,
    path: Path,
    rule: Rule,
    *,
    tool: str,
    found: _Findings,
) -> None:
    rule_id = read.optional_text(result, "ruleId", path) or rule.id
    text = message_of(read, result, "message", path)
    told = {**told_lines(rule.help), **told_lines(text)}
    bracketed = _BRACKETED.match(rule_id)
    rule_id = rule_id[bracketed.end() :] if bracketed else rule_id
    said = bracketed.group(1) if bracketed else plain(told.get("severity"))
    severity, word, score = _severity(read, result, path, rule, said)
    place, line = _place(read, result, path)
    pointer = json_pointer(path)
    tags = set(rule.tags)
    if "secret" in tags or rule.name == "Secret":
        found.secrets.append(
            ScanSecret(
                rule_id=rule_id,
                title=rule.title or "",
                severity=severity,
                severity_word=word,
                path=place or "",
                start_line=line,
                layer=None,
                pointer=pointer,
            )
        )
        return
    if "license" in tags or rule.name == "License":
        name, _, license_name = rule_id.partition(":")
        found.licenses.append(
            LicenseFinding(
                license=license_name or rule_id,
                category=plain(told.get("classification")),
                severity=severity,
                severity_word=word,
                package=AffectedPackage(name=name, version="") if license_name else None,
                path=place,
                pointer=pointer,
            )
        )
        return
    identifier = leading_identifier(rule_id)
    if not _is_vulnerability(identifier, rule, tool):
        found.checks.append(
            Misconfiguration(
                id=rule_id,
                title=rule.title or "",
                message=text,
                severity=severity,
                severity_word=word,
                path=place,
                pointer=pointer,
            )
        )
        return
    properties = read.optional_object(result, "properties", path)
    inner = (*path, "properties")
    fixes = versions(
        told.get("fixed version") or told.get("fix version") or _fixed_by_rule(read, rule)
    )
    # Docker Scout has them in the text.
    scores: JsonObject = {
        "epssScore": told.get("epss score"),
        "epssPercentile": told.get("epss percentile"),
    }
    known = cves_in((rule_id, rule.title or "", rule.description))
    own = identifier or rule_id
    cvss = rating(read, rule.path, source=tool, vector=_vector(rule), score=score)
    for package in packages_of(read, result, path, rule, told=told, text=text, place=place):
        found.vulnerabilities.append(
            Vulnerability(
                id=own,
                aliases=known if own not in known and len(known) == 1 else (),
                severity=severity,
                severity_word=word,
                package=package,
                fix_state=fix_of(fixes, FixState.UNKNOWN),
                fixed_versions=fixes,
                status_word="suppressed" if read.objects(result, "suppressions", path) else None,
                cvss=() if cvss is None else (cvss,),
                epss_score=share(read, {**scores, **properties}, "epssScore", inner),
                epss_percentile=share(read, {**scores, **properties}, "epssPercentile", inner),
                title=rule.title,
                url=rule.uri,
                pointer=pointer,
            )
        )


def _is_vulnerability(identifier: str | None, rule: Rule, tool: str) -> bool:
    if tool.startswith(_ONLY_CHECKS) or "misconfiguration" in rule.tags:
        return False
    return (
        identifier is not None
        or "vulnerability" in rule.tags
        or rule.name.endswith("Vulnerability")
        or tool.startswith(_ONLY_VULNERABILITIES)
    )


def _severity(
    read: FieldReader, result: JsonObject, path: Path, rule: Rule, said: str | None
) -> tuple[Severity, str, float | None]:
    """Return severity, the scanner's word for it, and the score.

    1. The word in the text, which is the scanner's own.
    2. The rule's ``security-severity``, a score.
    3. The level of the result, of its rule, or SARIF's default.
    """
    score = number(read, rule.properties, "security-severity", rule.path)
    if said is not None and (found := Severity.from_word(said)) is not Severity.UNKNOWN:
        return found, said, score
    level = read.optional_text(result, "level", path) or rule.level or "warning"
    if score is not None and score > 0:
        found = next((word for least, word in _SCORES if score >= least), Severity.LOW)
        return found, said or str(score), score
    if said is not None:
        return Severity.UNKNOWN, said, score
    return _LEVELS.get(level, Severity.UNKNOWN), level, score


def _vector(rule: Rule) -> str | None:
    for name in ("cvssV3", "cvssV3_vector", "cvss_vector"):
        vector = rule.properties.get(name)
        if isinstance(vector, str) and vector.startswith("CVSS:"):
            return vector
    return None


def _fixed_by_rule(read: FieldReader, rule: Rule) -> str | None:
    return plain(read.optional_text(rule.properties, "fixed_version", rule.path))


def _place(read: FieldReader, result: JsonObject, path: Path) -> tuple[str | None, int | None]:
    for item, here in locations_of(read, result, path):
        physical = read.optional_object(item, "physicalLocation", here)
        inner = (*here, "physicalLocation")
        artifact = read.optional_object(physical, "artifactLocation", inner)
        region = read.optional_object(physical, "region", inner)
        uri = read.optional_text(artifact, "uri", (*inner, "artifactLocation"))
        if uri is not None:
            return uri, read.optional_integer(region, "startLine", (*inner, "region"))
    return None, None


def _images(read: FieldReader, result: JsonObject, path: Path) -> list[str]:
    """Return the images in fully qualified names: ``app:1@sha256:LAYER:/etc/passwd``."""
    return [
        match.group(1)
        for item, here in locations_of(read, result, path)
        for index, entry in enumerate(read.objects(item, "logicalLocations", here))
        if (
            match := _QUALIFIED.fullmatch(
                read.optional_text(entry, "fullyQualifiedName", (*here, "logicalLocations", index))
                or ""
            )
        )
    ]


def _subject(read: FieldReader, run: JsonObject, path: Path, names: list[str]) -> ReportedSubject:
    properties = read.optional_object(run, "properties", path)
    inner = (*path, "properties")
    name, image_id = read.optional_texts(properties, ("imageName", "imageID"), inner)
    if name is None and len(names) == 1:
        name = names[0]
    subject = image_named(name, image_id=image_id)
    return ReportedSubject(
        name=subject.name,
        image_ids=subject.image_ids,
        repo_tags=tuple(read.texts(properties, "repoTags", inner)),
        repo_digests=(*subject.repo_digests, *read.texts(properties, "repoDigests", inner)),
    )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)

"""The reports of two front ends of Clair 2: clair-scanner and Klar.

Source: arminc/clair-scanner, reporter.go (``image``, ``unapproved``, ``vulnerabilities``); optiopay
Klar, ``JSON_OUTPUT`` (``LayerCount``, ``Vulnerabilities`` by severity).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from policyengine.collect.format import Origin, ReportFormat, count_unmapped, in_order
from policyengine.collect.scan.fields import fix_of, image_named, versions
from policyengine.collect.scan.identifiers import identified
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    FixState,
    ScannerVerdict,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "clair-scanner-json"
# The fields of a finding, in the order in which _vulnerability takes them.
_SCANNER = ("vulnerability", "severity", "link", "fixedby", "featurename", "featureversion")
_KLAR = ("Name", "Severity", "Link", "FixedBy", "FeatureName", "FeatureVersion")
_NO_FIX = frozenset({"#MAXV#"})


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has one of the two shapes."""
    return isinstance(document, dict) and (
        document.keys() >= {"image", "unapproved", "vulnerabilities"}
        or document.keys() >= {"LayerCount", "Vulnerabilities"}
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    report = read.root(document)
    klar = "LayerCount" in report
    unmapped: Counter[str] = Counter()
    count_unmapped(
        unmapped, report, frozenset({"Vulnerabilities", "vulnerabilities", "unapproved"})
    )
    found = tuple(_klar(read, report) if klar else _scanner(read, report))
    layers = read.optional_integer(report, "LayerCount", ())
    return (
        ScanReport(
            source=origin.source(_NAME, tool="klar" if klar else "clair-scanner"),
            scanner="clair",
            scanner_version=None,
            covers_secrets=False,
            covers_misconfigurations=False,
            subject=image_named(read.optional_text(report, "image", ())),
            # Klar counts no layer where it could not look into the image.
            covers_vulnerabilities=layers != 0,
            problem="no layer was looked at" if layers == 0 else None,
            vulnerabilities=found,
            verdicts=() if klar else _verdicts(read, report),
            unmapped=in_order(unmapped),
        ),
    )


def _scanner(read: FieldReader, report: JsonObject) -> Iterator[Vulnerability]:
    for index, item in enumerate(read.required_objects(report, "vulnerabilities", ())):
        yield _vulnerability(read, item, ("vulnerabilities", index), _SCANNER)


def _klar(read: FieldReader, report: JsonObject) -> Iterator[Vulnerability]:
    by_severity = read.object(report, "Vulnerabilities", ())
    for word in by_severity:
        path: Path = ("Vulnerabilities", word)
        for index, item in enumerate(read.objects(by_severity, word, ("Vulnerabilities",))):
            yield _vulnerability(read, item, (*path, index), _KLAR)


def _vulnerability(
    read: FieldReader, item: JsonObject, path: Path, fields: tuple[str, ...]
) -> Vulnerability:
    name, word, link, fixed, package, version = read.optional_texts(item, fields, path)
    identifier, aliases = identified(name or read.text(item, fields[0], path), (link or "").split())
    fixes = tuple(entry for entry in versions(fixed) if entry not in _NO_FIX)
    return Vulnerability(
        id=identifier,
        aliases=aliases,
        severity=Severity.from_word(word or ""),
        severity_word=word or "",
        package=AffectedPackage(
            name=package or read.text(item, fields[4], path), version=version or ""
        ),
        fix_state=fix_of(fixes, FixState.NOT_FIXED),
        fixed_versions=fixes,
        url=link,
        pointer=json_pointer(path),
    )


def _verdicts(read: FieldReader, report: JsonObject) -> tuple[ScannerVerdict, ...]:
    unapproved = read.texts(report, "unapproved", ())
    return (
        ScannerVerdict(
            policy="whitelist",
            passed=not unapproved,
            word="unapproved" if unapproved else "approved",
            reason=", ".join(unapproved) or None,
            pointer="/unapproved",
        ),
    )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)

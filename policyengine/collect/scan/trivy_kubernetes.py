"""Trivy's report of a Kubernetes cluster: a report for each image of each workload.

Source: aquasecurity/trivy, pkg/k8s/report/report.go. Findings of packages belong to the image that
the result of its operating system names; those of a workload with several images that name none
belong to each of them, so that none loses one. Findings about the workload itself are of no image.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from policyengine.collect.format import Origin, ReportFormat, count_unmapped, in_order
from policyengine.collect.scan.fields import digests, image_named
from policyengine.collect.scan.trivy import Findings, read_result
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.scan import ReportedSubject, ScanReport

_NAME = "trivy-kubernetes"
_FIELDS = ("Resources", "Vulnerabilities", "Misconfigurations", "Findings")
_MAPPED = frozenset(_FIELDS)
_MAPPED_IN_RESOURCE = frozenset({"Results", "Metadata"})


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of the report."""
    return isinstance(document, dict) and "ClusterName" in document


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report for each image, and one for each workload with findings of its own."""
    read = FieldReader(origin.location)
    root = read.root(document)
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, root, _MAPPED)
    reports: list[ScanReport] = []
    if not any(field in root for field in _FIELDS):
        raise read.wrong((), "no workload", " or ".join(_FIELDS))
    for field in _FIELDS:
        for index, resource in enumerate(read.objects(root, field, ())):
            reports += _resource(read, resource, (field, index), origin)
    if not reports:
        cluster = ReportedSubject(other_than_image="Kubernetes cluster")
        reports.append(_report(origin, cluster, Findings(), covers=False, unmapped=unmapped))
    return tuple(reports)


def _resource(
    read: FieldReader, resource: JsonObject, path: Path, origin: Origin
) -> Iterator[ScanReport]:
    kind, name, error = read.optional_texts(resource, ("Kind", "Name", "Error"), path)
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, resource, _MAPPED_IN_RESOURCE)
    images: dict[str, Findings] = {}
    systems: dict[str, str | None] = {}
    shared, own = Findings(), Findings()
    for index, result in enumerate(read.objects(resource, "Results", path)):
        here = (*path, "Results", index)
        found = read_result(read, result, here, unmapped)
        result_class, target = read.optional_texts(result, ("Class", "Target"), here)
        if result_class == "config":
            own.add(found)
        elif result_class == "os-pkgs" and target:
            image, _, system = target.partition(" (")
            images.setdefault(image, Findings()).add(found)
            systems[image] = system.removesuffix(")") or None
        else:
            shared.add(found)
    for image, found in images.items():
        found.add(shared)
        yield _report(
            origin,
            _subject(read, resource, path, image, only=len(images) == 1),
            found,
            covers=error is None,
            problem=error,
            distribution=systems[image],
            unmapped=unmapped,
        )
        unmapped = Counter()
    if not images and (error is not None or not shared.is_empty):
        # No target names an image; its metadata may, if there is only one.
        subject = _subject(read, resource, path, None, only=True)
        covers = error is None and bool(shared.vulnerabilities)
        yield _report(origin, subject, shared, covers=covers, problem=error, unmapped=unmapped)
        unmapped = Counter()
    if unmapped or not own.is_empty:
        subject = ReportedSubject(
            name=name, other_than_image=f"Kubernetes {kind or 'resource'} {name or ''}".strip()
        )
        yield _report(origin, subject, own, covers=False, unmapped=unmapped)


def _subject(
    read: FieldReader, resource: JsonObject, path: Path, image: str | None, *, only: bool
) -> ReportedSubject:
    """Return the image called ``image``, with what the workload's metadata say of it.

    Metadata are a list without names. Those of the image have its name among their tags or
    digests; a single one of a workload with a single image is of that.
    """
    entries = read.objects(resource, "Metadata", path)
    for index, entry in enumerate(entries):
        here = (*path, "Metadata", index)
        tags, pinned = read.texts(entry, "RepoTags", here), read.texts(entry, "RepoDigests", here)
        if image in {*tags, *pinned} or (only and len(entries) == 1):
            return ReportedSubject(
                name=image,
                image_ids=digests(read.optional_text(entry, "ImageID", here)),
                repo_tags=tuple(tags),
                repo_digests=tuple(pinned),
                diff_ids=tuple(read.texts(entry, "DiffIDs", here)),
            )
    return image_named(image)


def _report(
    origin: Origin,
    subject: ReportedSubject,
    found: Findings,
    *,
    covers: bool,
    unmapped: Counter[str],
    problem: str | None = None,
    distribution: str | None = None,
) -> ScanReport:
    return ScanReport(
        source=origin.source(_NAME, tool="trivy"),
        scanner="trivy",
        scanner_version=None,
        subject=subject,
        distribution=distribution,
        covers_vulnerabilities=covers,
        problem=problem,
        vulnerabilities=tuple(found.vulnerabilities),
        secrets=tuple(found.secrets),
        misconfigurations=tuple(found.misconfigurations),
        licenses=tuple(found.licenses),
        unmapped=in_order(unmapped),
    )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)

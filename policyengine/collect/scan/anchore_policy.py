"""Anchore's policy evaluations: what its gates found, and the final action.

Source: anchorectl ``image check --detail -o json-raw`` (a list, or since 1.1 one object with
``evaluations``), and Anchore Enterprise's ``/images/DIGEST/check?detail=true`` (a list keyed by
digest and tag, whose findings are rows under a header). The gate ``vulnerabilities`` is a policy's
view of some vulnerabilities: no list of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from policyengine.collect.format import (
    Origin,
    ReportFormat,
    count_unmapped,
    in_order,
    whole_instant,
)
from policyengine.collect.scan.fields import as_object, image_named
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path, described
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    Misconfiguration,
    ReportedSubject,
    ScannerVerdict,
    ScanReport,
)
from policyengine.model.severity import Severity

_NAME = "anchore-policy"
_ACTIONS = {"stop": Severity.HIGH, "warn": Severity.MEDIUM, "go": Severity.LOW}
_MAPPED = frozenset({"detail", "details"})
_PASSED = {"pass": True, "fail": False}
_COLUMNS = ("Trigger_Id", "Gate", "Trigger", "Check_Output", "Gate_Action")


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has one of the three shapes."""
    if isinstance(document, dict):
        return document.keys() >= {"imageDigest", "evaluations"}
    return (
        isinstance(document, list)
        and bool(document)
        and all(
            isinstance(item, dict) and (item.keys() >= {"finalAction", "digest"} or _keyed(item))
            for item in document
        )
    )


def _keyed(item: JsonObject) -> bool:
    """Say whether ``item`` is keyed by digests."""
    return bool(item) and all(
        name.startswith("sha256:") and isinstance(value, dict) for name, value in item.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evaluation:
    """One evaluation: its fields, where they are, and the findings in them."""

    subject: ReportedSubject
    policy: str
    fields: JsonObject
    path: Path
    time: str | None
    checks: list[Misconfiguration]


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read the evaluations, one report each."""
    read = FieldReader(origin.location)
    excepted: Counter[str] = Counter()
    found = list(_evaluations(read, document, excepted))
    for evaluation in found:
        count_unmapped(excepted, evaluation.fields, _MAPPED)
    if not found:
        raise read.wrong((), "no evaluation", "at least one")
    return tuple(
        ScanReport(
            source=origin.source(_NAME, tool="anchore"),
            scanner="anchore",
            scanner_version=None,
            subject=item.subject,
            finished_at=_time(item.time),
            covers_vulnerabilities=False,
            misconfigurations=tuple(item.checks),
            verdicts=(_verdict(read, item),),
            unmapped=in_order(excepted) if index == 0 else (),
        )
        for index, item in enumerate(found)
    )


def _time(text: str | None) -> Instant | None:
    return whole_instant(text)


def _verdict(read: FieldReader, item: _Evaluation) -> ScannerVerdict:
    status = read.text(item.fields, "status", item.path)
    return ScannerVerdict(
        policy=item.policy,
        passed=_PASSED.get(status.lower()),
        word=status,
        reason=read.optional_text(item.fields, "finalActionReason", item.path),
        pointer=json_pointer((*item.path, "status")),
    )


def _evaluations(
    read: FieldReader, document: JsonValue, excepted: Counter[str]
) -> Iterator[_Evaluation]:
    if isinstance(document, dict):
        tag, digest, policy = read.optional_texts(
            document, ("evaluatedTag", "imageDigest", "policyId"), ()
        )
        for index, item in enumerate(read.required_objects(document, "evaluations", ())):
            path: Path = ("evaluations", index)
            yield _Evaluation(
                subject=image_named(tag, digest=digest),
                policy=policy or "default",
                fields=item,
                path=path,
                time=read.optional_text(item, "evaluationTime", path),
                checks=_checks(read, item, "details", path),
            )
        return
    assert isinstance(document, list)
    for index, entry in enumerate(document):
        item = as_object(read, entry, (index,))
        if "finalAction" in item:
            tag, digest, policy, time = read.optional_texts(
                item, ("tag", "digest", "policyId", "lastEvaluation"), (index,)
            )
            yield _Evaluation(
                subject=image_named(tag, digest=digest),
                policy=policy or "default",
                fields=item,
                path=(index,),
                time=time,
                checks=_checks(read, item, "detail", (index,)),
            )
            continue
        yield from _of_enterprise(read, item, (index,), excepted)


def _checks(read: FieldReader, item: JsonObject, field: str, path: Path) -> list[Misconfiguration]:
    # null stands for none in the list of anchorectl, whose status then is "pass".
    found = []
    for index, entry in enumerate(read.objects(item, field, path)):
        here = (*path, field, index)
        trigger, gate, name, text, action = read.optional_texts(
            entry, ("triggerId", "gate", "triggerName", "description", "status"), here
        )
        found.append(_check(here, trigger, gate, name, text=text, action=action))
    return found


def _check(
    path: Path,
    trigger: str | None,
    gate: str | None,
    name: str | None,
    *,
    text: str | None,
    action: str | None,
) -> Misconfiguration:
    word = action or ""
    return Misconfiguration(
        id="/".join(part for part in (gate, name) if part),
        title=trigger or "",
        message=text or "",
        severity=_ACTIONS.get(word.lower(), Severity.UNKNOWN),
        severity_word=word,
        path=None,
        pointer=json_pointer(path),
    )


def _of_enterprise(
    read: FieldReader, item: JsonObject, path: Path, excepted: Counter[str]
) -> Iterator[_Evaluation]:
    for digest in item:
        by_tag = read.object(item, digest, path)
        for tag in by_tag:
            for index, entry in enumerate(read.required_objects(by_tag, tag, (*path, digest))):
                here = (*path, digest, tag, index)
                policy, time = read.optional_texts(entry, ("policyId", "last_evaluation"), here)
                yield _Evaluation(
                    subject=image_named(tag, digest=digest),
                    policy=policy or "default",
                    fields=entry,
                    path=here,
                    time=time,
                    checks=_rows(read, entry, here, excepted),
                )


def _rows(
    read: FieldReader, entry: JsonObject, path: Path, excepted: Counter[str]
) -> list[Misconfiguration]:
    place = (*path, "detail", "result")
    outer = read.object(read.object(entry, "detail", path), "result", place[:-1])
    by_image = read.object(outer, "result", place)
    found = []
    for image in by_image:
        here = (*place, "result", image)
        if image in {"policy_data", "policy_name", "whitelist_data", "whitelist_names"}:
            continue
        table = read.object(read.object(by_image, image, here[:-1]), "result", here)
        inner = (*here, "result")
        header = read.texts(table, "header", inner)
        missing = {*_COLUMNS, "Whitelisted"} - set(header)
        if missing:
            raise read.wrong((*inner, "header"), ", ".join(header), ", ".join(sorted(missing)))
        rows = read.array(table, "rows", inner)
        counted = read.optional_integer(table, "row_count", inner)
        if counted is not None and counted != len(rows):
            raise read.wrong((*inner, "rows"), f"{len(rows)} rows", f"{counted} rows")
        for index, row in enumerate(rows):
            at = (*inner, "rows", index)
            if not isinstance(row, list) or len(row) != len(header):
                raise read.wrong(at, described(row), f"an array of {len(header)} values")
            cells = dict(zip(header, row, strict=True))
            if cells["Whitelisted"]:
                excepted["whitelisted findings"] += 1
                continue
            trigger, gate, name, text, action = read.optional_texts(cells, _COLUMNS, at)
            found.append(_check(at, trigger, gate, name, text=text, action=action))
    return found


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)

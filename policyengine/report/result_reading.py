"""Results read back: the wire form of ``result_json`` into verdicts.

A result is checked against ``result-v1.schema.json`` first, so what is read is whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from policyengine.errors import ResultError
from policyengine.model.evidence import AcceptedMismatch, EvidenceKind, EvidenceSource
from policyengine.model.instant import Instant
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import json_pointer
from policyengine.model.policy import BundleIdentity, PolicyRule, RuleKind, SourceLocation
from policyengine.model.severity import Severity
from policyengine.model.verdict import (
    Outcome,
    Reason,
    TracedSource,
    TracedValue,
    UnjudgedRule,
    Verdict,
    WaivedReason,
)
from policyengine.model.waiver import Waiver, WaiverFault, WaiverProblem
from policyengine.report.result_json import SCHEMA_VERSION
from policyengine.resources import read_schema


def read_result(data: bytes, *, where: str) -> tuple[Verdict, ...]:
    """Return the verdicts in a result. Raises ResultError with the place of what does not fit."""
    document: Any = parse_json(data, where=where, error=ResultError)
    version = document.get("schema_version") if isinstance(document, dict) else None
    if version != SCHEMA_VERSION:
        raise ResultError(
            "is not a result of a version that is read",
            where=where,
            found=f"schema_version {version!r}",
            expected=f"schema_version {SCHEMA_VERSION!r}",
            hint="policyengine check --format json writes one",
        )
    try:
        _validator().validate(document)
    except jsonschema_rs.ValidationError as error:
        place = json_pointer(error.instance_path) or "/"
        raise ResultError(
            f"is not a valid result: {error.message}", where=f"{where}{place}"
        ) from None
    try:
        return tuple(_verdict(item) for item in document["verdicts"])
    except ValueError as error:
        raise ResultError(f"is not a valid result: {error}", where=where) from None


@cache
def _validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(read_schema("result-v1"))


# What follows reads documents that fit the schema.

_Checked = Mapping[str, Any]
_SEVERITIES = {severity.word: severity for severity in Severity}


def _verdict(item: _Checked) -> Verdict:
    return Verdict(
        outcome=Outcome(item["outcome"]),
        image=item["image"],
        repository=item["repository"],
        digest=item["digest"],
        environment=item["environment"],
        evaluated_at=Instant.parse(item["evaluated_at"]),
        bundles=tuple(_bundle(bundle) for bundle in item["bundles"]),
        engine=item["engine"],
        document_digest=item["document_sha256"],
        reasons=tuple(_reason(reason) for reason in item["reasons"]),
        warnings=tuple(_reason(reason) for reason in item["warnings"]),
        waived=tuple(
            WaivedReason(reason=_reason(entry["reason"]), waiver=_waiver(entry["waiver"]))
            for entry in item["waived"]
        ),
        known=tuple(_reason(reason) for reason in item["known"]),
        refused_waivers=tuple(
            WaiverProblem(
                waiver=_waiver(entry["waiver"]),
                fault=WaiverFault(entry["fault"]),
                message=entry["message"],
            )
            for entry in item["refused_waivers"]
        ),
        unjudged=tuple(
            UnjudgedRule(
                rule=_rule(entry["rule"]),
                missing=tuple(EvidenceKind(kind) for kind in entry["missing"]),
                hint=entry["hint"],
            )
            for entry in item["unjudged"]
        ),
        judged=tuple(_rule(rule) for rule in item["judged"]),
        sources=tuple(EvidenceSource(**source) for source in item["sources"]),
        mismatches=tuple(
            AcceptedMismatch(
                kind=EvidenceKind(entry["kind"]),
                location=entry["location"],
                message=entry["message"],
            )
            for entry in item["mismatches"]
        ),
        problem=item["problem"],
    )


def _bundle(item: _Checked) -> BundleIdentity:
    return BundleIdentity(
        name=item["name"],
        version=item["version"],
        revision=item["revision"],
        digest=item["sha256"],
    )


def _reason(item: _Checked) -> Reason:
    return Reason(
        rule=_rule(item["rule"]),
        kind=RuleKind(item["kind"]),
        message=item["message"],
        severity=_SEVERITIES[item["severity"]],
        bundle=_bundle(item["bundle"]),
        values=tuple(
            TracedValue(
                pointer=value["pointer"],
                value=value["value"],
                sources=tuple(TracedSource(**source) for source in value["sources"]),
            )
            for value in item["values"]
        ),
        details=item["details"],
    )


def _rule(item: _Checked) -> PolicyRule:
    severity, effective_on = item["severity"], item["effective_on"]
    return PolicyRule(
        id=item["id"],
        kind=RuleKind(item["kind"]),
        package=tuple(item["package"].split(".")),
        name=item["name"],
        location=SourceLocation(file=item["file"], row=item["row"]),
        title=item["title"],
        description=item["description"],
        severity=None if severity is None else _SEVERITIES[severity],
        remediation=item["remediation"],
        effective_on=None if effective_on is None else Instant.parse(effective_on),
        controls=tuple(item["controls"]),
        collections=tuple(item["collections"]),
    )


def _waiver(item: _Checked) -> Waiver:
    return Waiver(
        **{
            **item,
            "created": Instant.parse(item["created"]),
            "expires": Instant.parse(item["expires"]),
            "signed_at": None if item["signed_at"] is None else Instant.parse(item["signed_at"]),
        }
    )

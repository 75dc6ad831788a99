"""The report for programs, version 1; its schema is ``result-v1.schema.json``.

The wire form is written out here field by field: a change of the model never changes it unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TextIO

import orjson

from policyengine import __version__
from policyengine.model.evidence import EvidenceSource
from policyengine.model.json_value import FrozenJson, FrozenObject
from policyengine.model.policy import BundleIdentity, PolicyRule
from policyengine.model.verdict import (
    Outcome,
    Reason,
    TracedValue,
    UnjudgedRule,
    Verdict,
    WaivedReason,
)
from policyengine.model.waiver import Waiver
from policyengine.report import ReportOptions

SCHEMA_VERSION = "1"


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write one document over all verdicts."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    stream.write(orjson.dumps(result_object(verdicts), option=options).decode())


def result_object(verdicts: Sequence[Verdict]) -> FrozenObject:
    """Return the document over all verdicts."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "policyengine", "version": __version__},
        "summary": {
            "images": len(verdicts),
            **{outcome.value: counts[outcome] for outcome in Outcome},
        },
        "verdicts": [verdict_object(verdict) for verdict in verdicts],
    }


def verdict_object(verdict: Verdict) -> FrozenObject:
    """Return one verdict in its wire form."""
    return {
        "image": _text(verdict.image),
        "repository": verdict.repository,
        "digest": verdict.digest,
        "outcome": verdict.outcome.value,
        "environment": _optional_text(verdict.environment),
        "evaluated_at": str(verdict.evaluated_at),
        "bundles": [_bundle(bundle) for bundle in verdict.bundles],
        "engine": verdict.engine,
        "document_sha256": verdict.document_digest,
        "problem": _optional_text(verdict.problem),
        "reasons": [reason_object(reason) for reason in verdict.reasons],
        "warnings": [reason_object(reason) for reason in verdict.warnings],
        "waived": [_waived(item) for item in verdict.waived],
        "known": [reason_object(reason) for reason in verdict.known],
        "refused_waivers": [
            {
                "waiver": waiver_object(item.waiver),
                "fault": item.fault.value,
                "message": item.message,
            }
            for item in verdict.refused_waivers
        ],
        "unjudged": [_unjudged(item) for item in verdict.unjudged],
        "judged": [_rule(rule) for rule in verdict.judged],
        "sources": [_source(source) for source in verdict.sources],
        "mismatches": [
            {
                "kind": item.kind.value,
                "location": _text(item.location),
                "message": _text(item.message),
            }
            for item in verdict.mismatches
        ],
    }


def _bundle(bundle: BundleIdentity) -> FrozenObject:
    return {
        "name": bundle.name,
        "version": bundle.version,
        "revision": bundle.revision,
        "sha256": bundle.digest,
    }


def reason_object(reason: Reason) -> FrozenObject:
    """Return one reason in its wire form."""
    return {
        "rule": _rule(reason.rule),
        "kind": reason.kind.value,
        "fingerprint": reason.fingerprint,
        "severity": reason.severity.word,
        "message": reason.message,
        "bundle": _bundle(reason.bundle),
        "values": [_value(value) for value in reason.values],
        "details": reason.details,
    }


def _rule(rule: PolicyRule) -> dict[str, FrozenJson]:
    effective_on = rule.effective_on
    return {
        "id": rule.id,
        "kind": rule.kind.value,
        "severity": None if rule.severity is None else rule.severity.word,
        "title": rule.title,
        "description": rule.description,
        "remediation": rule.remediation,
        "package": ".".join(rule.package),
        "name": rule.name,
        "file": rule.location.file,
        "row": rule.location.row,
        "effective_on": None if effective_on is None else str(effective_on),
        "controls": list(rule.controls),
        "collections": list(rule.collections),
    }


def _value(value: TracedValue) -> FrozenObject:
    return {
        "pointer": value.pointer,
        "value": value.value,
        "sources": [
            {
                "location": _text(source.location),
                "sha256": source.sha256,
                "pointer": source.pointer,
                "line": source.line,
            }
            for source in value.sources
        ],
    }


def _waived(item: WaivedReason) -> FrozenObject:
    return {"reason": reason_object(item.reason), "waiver": waiver_object(item.waiver)}


def waiver_object(waiver: Waiver) -> FrozenObject:
    """Return one waiver in its wire form."""
    return {
        "rule": waiver.rule,
        "repository": waiver.repository,
        "digest": waiver.digest,
        "vulnerability": waiver.vulnerability,
        "package": waiver.package,
        "path": waiver.path,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "approver": waiver.approver,
        "created": str(waiver.created),
        "expires": str(waiver.expires),
        "ticket": waiver.ticket,
        "file": _text(waiver.file),
        "row": waiver.row,
        "file_sha256": waiver.file_sha256,
        "signer": waiver.signer,
        "keyid": waiver.keyid,
        "signed_at": None if waiver.signed_at is None else str(waiver.signed_at),
    }


def _unjudged(item: UnjudgedRule) -> FrozenObject:
    return {
        "rule": _rule(item.rule),
        "missing": [kind.value for kind in item.missing],
        "hint": item.hint,
    }


def _source(source: EvidenceSource) -> FrozenObject:
    return {
        "location": _text(source.location),
        "sha256": source.sha256,
        "media_type": source.media_type,
        "format": source.format,
        "format_version": source.format_version,
        "tool": source.tool,
        "tool_version": source.tool_version,
    }


def _text(text: str) -> str:
    """Return ``text`` with halves of characters written as escapes: JSON cannot carry them, and a
    path whose bytes are not UTF-8 has them."""
    return text.encode("utf-8", "backslashreplace").decode()


def _optional_text(text: str | None) -> str | None:
    return None if text is None else _text(text)

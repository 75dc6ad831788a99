"""Writing 10,000 reasons in every format, against ``orjson.dumps`` of the same result.

Memory is what writing allocates at its peak, beside the verdict, for each byte written.
"""

from __future__ import annotations

import io
import tracemalloc
from dataclasses import replace
from functools import partial
from typing import TextIO, cast

import orjson

from benchmarks.measure import in_turn
from policyengine.model.evidence import EvidenceSource
from policyengine.model.instant import Instant
from policyengine.model.policy import BundleIdentity, PolicyRule, RuleKind, SourceLocation
from policyengine.model.severity import Severity
from policyengine.model.verdict import Outcome, Reason, TracedSource, TracedValue, Verdict
from policyengine.report import FORMATS, ReportOptions, writer_for
from policyengine.report.result_json import result_object

_REASONS = 10_000
_SECONDS = 1.0
_MEMORY = 5.0  # times the output
_BUNDLE = BundleIdentity(name="bench", version="1.0.0", revision="1", digest="b" * 64)


def main() -> None:
    """Measure, and print a line a format."""
    judged = denied(_REASONS)
    floor = partial(_dump, judged)
    for form in FORMATS:
        write = partial(_write, form, judged)
        result = in_turn(write, floor, runs=3)
        output = len(write().encode())
        drain = cast("TextIO", _Drain())
        tracemalloc.start()
        writer_for(form)((judged,), drain, ReportOptions(everything=True))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        memory = peak / output
        met = result.ours <= _SECONDS and memory <= _MEMORY
        line = result.line(f"{_REASONS} reasons as {form}", f"<= {_SECONDS} s", met=met)
        print(f"{line}  memory {memory:.1f} x {output / 1e6:.1f} MB, wanted <= {_MEMORY} x")


class _Drain(io.TextIOBase):
    """A stream that keeps nothing, as a file does."""

    def write(self, text: str, /) -> int:
        return len(text)


def _write(form: str, judged: Verdict) -> str:
    stream = io.StringIO()
    writer_for(form)((judged,), stream, ReportOptions(everything=True))
    return stream.getvalue()


def _dump(judged: Verdict) -> bytes:
    return orjson.dumps(result_object((judged,)))


def denied(number: int) -> Verdict:
    """Return a denial with ``number`` reasons of 40 rules."""
    rules = [_rule(index) for index in range(40)]
    source = EvidenceSource(
        location="reports/trivy.json",
        sha256="d" * 64,
        media_type="application/json",
        format="trivy-json",
    )
    return Verdict(
        outcome=Outcome.DENIED,
        image="registry.example/team/app:1.4",
        repository="registry.example/team/app",
        digest="sha256:" + "2" * 64,
        environment="production",
        evaluated_at=Instant.parse("2026-01-31T12:00:00Z"),
        bundles=(_BUNDLE,),
        engine="bench",
        document_digest="c" * 64,
        reasons=tuple(_reason(rules[index % 40], index) for index in range(number)),
        judged=tuple(rules),
        sources=(source,),
    )


def _rule(index: int) -> PolicyRule:
    return PolicyRule(
        id=f"bench.rule_{index}",
        kind=RuleKind.DENY,
        package=("bench", f"rule_{index}"),
        name="deny",
        location=SourceLocation(file=f"bench/rule_{index}.rego", row=12),
        title="No severe vulnerabilities that have a fix",
        description="Where scanners disagree the higher severity counts.",
        severity=Severity(2 + index % 5),
        remediation="Update the package to a fixed version and build the image anew.",
    )


def _reason(rule: PolicyRule, index: int) -> Reason:
    traced = TracedValue(
        pointer=f"/scan/vulnerabilities/{index}",
        value={"id": f"CVE-2026-{index}", "severity": "high", "title": "Out of bounds write"},
        sources=(
            TracedSource(
                location="reports/trivy.json",
                sha256="d" * 64,
                pointer=f"/Results/0/Vulnerabilities/{index}",
            ),
        ),
    )
    return Reason(
        rule=rule,
        kind=RuleKind.DENY,
        message=f"CVE-2026-{index} (high) in libc6 2.36-{index} is fixed in 2.36-9+deb12u10",
        severity=rule.severity or Severity.HIGH,
        bundle=replace(_BUNDLE),
        values=(traced,),
        details={"vulnerability": f"CVE-2026-{index}", "package": "libc6"},
    )


if __name__ == "__main__":
    main()

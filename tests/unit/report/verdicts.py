"""Verdicts of every kind, and the reports that are written of them."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from policyengine import __version__
from policyengine.model.evidence import AcceptedMismatch, EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.policy import PolicyRule, RuleKind, SourceLocation
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
from policyengine.report import ReportOptions, writer_for
from tests.evidence_values import DIGEST, NOW, source
from tests.policy_values import IDENTITY

GOLDEN = Path(__file__).with_name("golden")

ROOT_USER = PolicyRule(
    id="acme.root",
    kind=RuleKind.DENY,
    package=("acme", "user"),
    name="deny",
    location=SourceLocation(file="image/root_user.rego", row=14),
    title="The image does not run as root",
    description="Root in a container is root on the host where isolation fails.",
    severity=Severity.HIGH,
    remediation="Add a USER line with the number of another user to the end of the Dockerfile, "
    "and give that user the files that it needs.",
)
VULNERABLE = replace(
    ROOT_USER,
    id="acme.vulnerable",
    package=("acme", "scan"),
    location=SourceLocation(file="scan/vulnerabilities.rego", row=30),
    title="",
    remediation="",
    severity=None,
)
OLD = replace(
    ROOT_USER,
    id="acme.old",
    kind=RuleKind.WARN,
    name="warn",
    location=SourceLocation(file="image/age.rego", row=9),
    title="The image is young enough",
    remediation="Build it again.",
)
SOON = replace(
    ROOT_USER,
    id="acme.soon",
    location=SourceLocation(file="image/soon.rego", row=9),
    title="The image has a health check",
    remediation="",
    effective_on=Instant.parse("2027-01-01T00:00:00Z"),
)


def value(pointer: str = "/image/user/uid", held: Any = 0, **changes: Any) -> TracedValue:
    made = TracedValue(
        pointer=pointer,
        value=held,
        sources=(TracedSource(location="app.tar", sha256="a" * 64, pointer="/config/User"),),
    )
    return replace(made, **changes)


def reason(rule: PolicyRule = ROOT_USER, **changes: Any) -> Reason:
    made = Reason(
        rule=rule,
        kind=rule.kind,
        message="runs as root (uid 0)",
        severity=rule.severity or Severity.UNKNOWN,
        bundle=IDENTITY,
        values=(value(),),
        details={},
    )
    return replace(made, **changes)


def waiver(text: str = "", **changes: Any) -> Waiver:
    """A waiver; ``text`` in every place that its file may fill."""
    made = Waiver(
        rule=text or "acme.root",
        reason=text or "The vendor's image needs it; a new one is promised for March.",
        owner=text or "team-shop",
        approver=text or "security",
        created=Instant.parse("2026-01-10T00:00:00Z"),
        expires=Instant.parse("2026-12-31T00:00:00Z"),
        file=text or "waivers.yaml",
        row=3,
        file_sha256="b" * 64,
        repository=text or "registry.example/team/*",
        digest=text or None,
        vulnerability=text or None,
        package=text or None,
        path=text or None,
        ticket=text or "SEC-17",
        signer=text or None,
        keyid=text or None,
    )
    return replace(made, **changes)


SIGNED = waiver(
    signer=f"sha256:{'c' * 64}",
    keyid="security-2026",
    signed_at=Instant.parse("2026-01-11T09:00:00Z"),
)


def verdict(outcome: Outcome = Outcome.ALLOWED, **changes: Any) -> Verdict:
    made = Verdict(
        outcome=outcome,
        image="registry.example/team/app:1.4",
        repository="registry.example/team/app",
        digest=DIGEST,
        environment=None,
        evaluated_at=NOW,
        bundles=(IDENTITY,),
        engine="engine 1.0",
        document_digest="c" * 64,
        judged=(ROOT_USER, VULNERABLE, OLD),
        sources=(source(),),
    )
    return replace(made, **changes)


ALLOWED = verdict()
DENIED = verdict(
    Outcome.DENIED,
    environment="production",
    reasons=(
        reason(),
        reason(
            VULNERABLE,
            message="CVE-2026-0001 is critical and openssl 3.0.1 has a fix: 3.0.2",
            severity=Severity.CRITICAL,
            values=tuple(
                value(
                    f"/scan/vulnerabilities/{index}/severity",
                    "critical",
                    sources=(
                        TracedSource(
                            location="reports/trivy.json",
                            sha256="d" * 64,
                            pointer=f"/Results/0/Vulnerabilities/{index}",
                        ),
                    ),
                )
                for index in range(7)
            ),
            details={"cve": "CVE-2026-0001", "score": 9.8, "fixed": ["3.0.2"], "none": None},
        ),
    ),
)
WARNED = verdict(
    warnings=(
        reason(OLD, message="is 45 days old", values=(value("/image/created", None, sources=()),)),
        reason(SOON, kind=RuleKind.WARN, message="has no health check", values=()),
    ),
)
UNJUDGED = verdict(
    Outcome.INCOMPLETE,
    judged=(ROOT_USER,),
    unjudged=(
        UnjudgedRule(
            rule=VULNERABLE,
            missing=(EvidenceKind.SCAN, EvidenceKind.SBOM),
            hint="--scan FILE with a report of Trivy or Grype, and --sbom FILE",
        ),
    ),
)
DENIED_AND_UNJUDGED = replace(DENIED, unjudged=UNJUDGED.unjudged, reasons=DENIED.reasons[:1])
MISMATCHED = verdict(
    mismatches=(
        AcceptedMismatch(
            kind=EvidenceKind.SCAN,
            location="reports/trivy.json",
            message="is about sha256:" + "9" * 64,
        ),
    )
)
UNCOLLECTED = verdict(
    Outcome.INCOMPLETE,
    image="oci:nowhere",
    repository=None,
    digest=None,
    document_digest=None,
    judged=(),
    sources=(),
    problem="oci:nowhere: cannot be opened; found No such file or directory",
)

WAIVED = verdict(
    waived=(WaivedReason(reason=DENIED.reasons[0], waiver=SIGNED),),
    known=(DENIED.reasons[1],),
)

MANY = verdict(
    Outcome.DENIED,
    reasons=tuple(
        reason(
            VULNERABLE,
            message=f"CVE-2026-{index:04} in libc6 has no fix",
            severity=Severity.CRITICAL if index < 5 else Severity.MEDIUM,
            values=(value(f"/scan/vulnerabilities/{index}", None),),
        )
        for index in range(12)
    ),
    unjudged=UNJUDGED.unjudged * 10,
)
LINKED = verdict(
    warnings=(
        reason(
            OLD,
            message="see https://example.com/a?b=1, or http://example.com, or https://ex\x1bample",
            values=(),
        ),
    ),
)

ESCAPE = "\x1b[2J\x1b]0;title\x07"
FORGED = "line\r\nALLOWED: 9 rules judged"
TURNED = "\u202etxt.exe\u2066 \u200b \ufeff \u2028 \u2029 \x9b31m"
LONG = "x" * 2000
HOSTILE = f"{ESCAPE}{FORGED}{TURNED}"


def hostile(text: str) -> Verdict:
    """A denial with ``text`` in every place that an image, a report or a bundle may fill."""
    rule = replace(
        ROOT_USER,
        id=text,
        title=text,
        description=text,
        remediation=text,
        package=(text,),
        name=text,
        location=SourceLocation(file=text, row=1),
    )
    bundle = replace(IDENTITY, name=text, version=text, revision=text)
    return Verdict(
        outcome=Outcome.DENIED,
        image=text,
        repository=text,
        digest=text,
        environment=text,
        evaluated_at=NOW,
        bundles=(bundle,),
        engine=text,
        document_digest="c" * 64,
        reasons=(
            reason(
                rule,
                message=text,
                bundle=bundle,
                values=(
                    value(f"/{text}", text),
                    value(
                        "/labels",
                        {text: [text]},
                        sources=(TracedSource(location=text, sha256="a" * 64, pointer=text),),
                    ),
                ),
                details={text: text},
            ),
            reason(replace(rule, title=""), message=text, values=()),
        ),
        warnings=(reason(replace(rule, kind=RuleKind.WARN), message=text),),
        waived=(WaivedReason(reason=reason(rule, message=text), waiver=waiver(text)),),
        known=(reason(rule, message=text),),
        refused_waivers=(
            WaiverProblem(waiver=waiver(text), fault=WaiverFault.EXPIRED, message=text),
        ),
        unjudged=(UnjudgedRule(rule=rule, missing=(EvidenceKind.SCAN,), hint=text),),
        judged=(rule,),
        sources=(source(text, text),),
        mismatches=(AcceptedMismatch(kind=EvidenceKind.SCAN, location=text, message=text),),
    )


PLAIN = ReportOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Verdicts, and how their report looks."""

    verdicts: tuple[Verdict, ...]
    options: ReportOptions = PLAIN
    format: str = "text"

    @property
    def report(self) -> str:
        stream = io.StringIO()
        writer_for(self.format)(self.verdicts, stream, self.options)
        return stream.getvalue()

    @property
    def golden(self) -> str:
        """The report, the same for every version of the program. A page is without its stylesheet
        and its script, which are files of their own, and their digests."""
        versions = re.compile(rf'("?(?:version|semanticVersion)"?: ?"){re.escape(__version__)}"')
        report = versions.sub(r'\1VERSION"', self.report)
        if self.format == "html":
            report = re.sub(r"(?s)(<style>|<script>).*?(</)", r"\1...\2", report)
            report = re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-DIGEST", report)
            report = report.replace(f"policyengine {__version__}", "policyengine VERSION")
        return report


SEVERAL = (ALLOWED, DENIED, UNCOLLECTED, WARNED)
COLOURED = ReportOptions(colour=True)
CASES: Mapping[str, Case] = {
    "allowed.txt": Case(verdicts=(ALLOWED,)),
    "denied.txt": Case(verdicts=(DENIED,)),
    "denied-narrow.txt": Case(verdicts=(DENIED,), options=ReportOptions(width=44)),
    "denied-wide.txt": Case(verdicts=(DENIED,), options=ReportOptions(width=200)),
    "denied-coloured.txt": Case(verdicts=(DENIED,), options=COLOURED),
    "denied-and-unjudged.txt": Case(verdicts=(DENIED_AND_UNJUDGED,)),
    "incomplete.txt": Case(verdicts=(UNJUDGED,)),
    "incomplete-coloured.txt": Case(verdicts=(UNJUDGED,), options=COLOURED),
    "uncollected.txt": Case(verdicts=(UNCOLLECTED,)),
    "warned.txt": Case(verdicts=(WARNED,)),
    "warned-coloured.txt": Case(verdicts=(WARNED,), options=COLOURED),
    "mismatched.txt": Case(verdicts=(MISMATCHED,)),
    "waived.txt": Case(verdicts=(WAIVED,)),
    "waived-shown.txt": Case(
        verdicts=(WAIVED,), options=ReportOptions(show=frozenset({"waived", "passed"}))
    ),
    "refused-waiver.txt": Case(
        verdicts=(
            replace(
                DENIED,
                refused_waivers=(
                    WaiverProblem(
                        waiver=waiver(),
                        fault=WaiverFault.EXPIRED,
                        message="expired at 2026-01-01T00:00:00Z",
                    ),
                ),
            ),
        )
    ),
    "many.txt": Case(verdicts=(MANY,)),
    "many-all.txt": Case(verdicts=(MANY,), options=ReportOptions(everything=True)),
    "linked.txt": Case(verdicts=(LINKED,), options=ReportOptions(links=True)),
    "several.txt": Case(verdicts=SEVERAL),
    "hostile.txt": Case(verdicts=(hostile(HOSTILE),)),
    "allowed.json": Case(verdicts=(ALLOWED,), format="json"),
    "denied.json": Case(verdicts=(DENIED,), format="json"),
    "several.json": Case(verdicts=(*SEVERAL, UNJUDGED, MISMATCHED), format="json"),
    "hostile.json": Case(verdicts=(hostile(HOSTILE),), format="json"),
    "none.json": Case(verdicts=(), format="json"),
    **{
        name: Case(verdicts=(DENIED, WARNED, WAIVED, UNJUDGED, UNCOLLECTED), format=form)
        for form, name in (
            ("jsonl", "mixed.jsonl"),
            ("yaml", "mixed.yaml"),
            ("csv", "mixed.csv"),
            ("sarif", "mixed.sarif"),
            ("gitlab", "mixed-gitlab.json"),
            ("gitlab-codequality", "mixed-gitlab-codequality.json"),
            ("junit", "mixed-junit.xml"),
            ("github", "mixed-github.txt"),
            ("azure", "mixed-azure.txt"),
            ("markdown", "mixed.md"),
            ("html", "mixed.html"),
            ("tap", "mixed.tap"),
            ("sonarqube", "mixed-sonarqube.json"),
            ("conftest", "mixed-conftest.json"),
        )
    },
}

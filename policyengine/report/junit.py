"""JUnit XML, as Jenkins, GitLab and Azure draw it: an image a suite, a rule a test case.

A rule that denies is a failure. A rule that could not be judged is an error, not a skip: a pipeline
must not show it green. A rule of which every reason is waived or known is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO
from xml.etree import ElementTree as ET

from policyengine.model.policy import PolicyRule
from policyengine.model.verdict import UnjudgedRule, Verdict
from policyengine.report import ReportOptions
from policyengine.report.entries import Entry, Standing, by_rule, named
from policyengine.report.escape import terminal_text

_SUITE_COUNTS = ("tests", "failures", "errors", "skipped")


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write one document over all verdicts."""
    root = ET.Element("testsuites", name="policyengine")
    totals = dict.fromkeys(_SUITE_COUNTS, 0)
    for verdict in verdicts:
        suite = _suite(verdict)
        root.append(suite)
        for name in _SUITE_COUNTS:
            totals[name] += int(suite.get(name, "0"))
    for name, number in totals.items():
        root.set(name, str(number))
    ET.indent(root)
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(ET.tostring(root, encoding="unicode") + "\n")


def _suite(verdict: Verdict) -> ET.Element:
    cases = list(_cases(verdict))
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    suite = ET.Element("testsuite", name=terminal_text(verdict.image))
    # The schema of Jenkins wants a time without an offset.
    suite.set("timestamp", str(verdict.evaluated_at).partition(".")[0].removesuffix("Z"))
    for name, number in counts.items():
        suite.set(name, str(number))
    properties = ET.SubElement(suite, "properties")
    facts = {"outcome": verdict.outcome.value, "digest": verdict.digest or ""}
    for bundle in verdict.bundles:
        facts[f"bundle.{bundle.name}"] = f"{bundle.version} ({bundle.revision})"
    for name, text in facts.items():
        ET.SubElement(properties, "property", name=terminal_text(name), value=terminal_text(text))
    suite.extend(cases)
    return suite


def _cases(verdict: Verdict) -> Iterator[ET.Element]:
    if verdict.problem is not None:
        case = _case("policyengine", "the image is judged")
        _fault(case, "error", "incomplete", [verdict.problem])
        yield case
    for rule, found in by_rule(verdict).values():
        yield _rule_case(rule, found)
    for item in verdict.unjudged:
        yield _unjudged_case(item)


def _rule_case(rule: PolicyRule, found: Sequence[Entry]) -> ET.Element:
    case = _case(".".join(rule.package), f"{rule.id}: {named(rule)}", rule)
    denied = [entry for entry in found if entry.standing is Standing.DENY]
    passed_over = [e for e in found if e.standing in {Standing.WAIVED, Standing.KNOWN}]
    if denied:
        lines = [f"{entry.reason.severity.word}: {entry.reason.message}" for entry in denied]
        if rule.remediation:
            lines.append(f"fix: {rule.remediation}")
        _fault(case, "failure", denied[0].reason.severity.word, lines)
    elif passed_over and len(passed_over) == len(found):
        ET.SubElement(case, "skipped", message=terminal_text(_excuse(passed_over[0])))
    warned = [entry for entry in found if entry.standing is Standing.WARN]
    if warned:
        output = ET.SubElement(case, "system-out")
        output.text = "\n".join(
            terminal_text(f"warning, {e.reason.severity.word}: {e.reason.message}") for e in warned
        )
    return case


def _excuse(entry: Entry) -> str:
    if entry.waiver is None:
        return f"known from the baseline: {entry.reason.message}"
    return f"waived until {entry.waiver.expires}: {entry.waiver.reason}"


def _unjudged_case(item: UnjudgedRule) -> ET.Element:
    rule = item.rule
    case = _case(".".join(rule.package), f"{rule.id}: {named(rule)}", rule)
    missing = ", ".join(kind.value for kind in item.missing)
    problem = f"not judged: needs evidence that was not gathered: {missing}"
    _fault(case, "error", "incomplete", [problem, f"supply it: {item.hint}"])
    return case


def _case(classname: str, name: str, rule: PolicyRule | None = None) -> ET.Element:
    case = ET.Element(
        "testcase", classname=terminal_text(classname), name=terminal_text(name), time="0"
    )
    if rule is not None:
        case.set("file", terminal_text(rule.location.file))
        case.set("line", str(rule.location.row))
    return case


def _fault(case: ET.Element, tag: str, kind: str, lines: Sequence[str]) -> None:
    fault = ET.SubElement(case, tag, type=kind, message=terminal_text(lines[0]))
    fault.text = "\n".join(terminal_text(line) for line in lines)

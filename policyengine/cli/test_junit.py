"""Results of tests as JUnit XML: a file of Rego is a suite, a test or a case of one a test case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from policyengine.rego.testing.results import Case, Status, SuiteResult, TestResult
from policyengine.report.escape import terminal_text


def junit_text(result: SuiteResult, why: Mapping[str, Sequence[str]]) -> str:
    """The document over all results; ``why`` are lines by the full name of a test."""
    root = ET.Element("testsuites", name="policyengine test")
    for file, group in groupby(result.results, key=lambda item: item.test.file):
        suite = ET.SubElement(root, "testsuite", name=terminal_text(file))
        cases = [case for item in group for case in _cases(item, why)]
        _count(suite, cases)
        suite.extend(cases)
    _count(root, list(root.iter("testcase")))
    ET.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return head + ET.tostring(root, encoding="unicode") + "\n"


def _count(element: ET.Element, cases: list[ET.Element]) -> None:
    element.set("tests", str(len(cases)))
    for name, fault in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(name, str(sum(case.find(fault) is not None for case in cases)))


def _cases(item: TestResult, why: Mapping[str, Sequence[str]]) -> Iterator[ET.Element]:
    lines = why.get(item.test.full_name, ())
    if not item.cases or item.status is Status.ERROR:
        yield _element(item, item.test.name, lines, failed=item.status is Status.FAILED)
        return
    for names, case in _leaves(item.cases):
        yield _element(item, f"{item.test.name}/{'/'.join(names)}", lines, failed=case.failed)


def _leaves(
    cases: Mapping[str, Case], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Case]]:
    for case in cases.values():
        names = (*above, case.name)
        if case.cases:
            yield from _leaves(case.cases, names)
        else:
            yield names, case


def _element(item: TestResult, name: str, why: Sequence[str], *, failed: bool) -> ET.Element:
    test = item.test
    case = ET.Element(
        "testcase",
        classname=terminal_text(test.package),
        name=terminal_text(name),
        file=terminal_text(test.file),
        line=str(test.row),
        time=f"{item.seconds:.6f}",
    )
    place = terminal_text(f"{test.file}:{test.row}")
    if item.problem is not None:
        message = terminal_text(f"{item.problem.code}: {item.problem.message}")
        ET.SubElement(case, "error", message=message).text = place
    elif item.status is Status.SKIPPED:
        ET.SubElement(case, "skipped", message="put off: its name begins with todo_test_")
    elif failed:
        # Many viewers show nothing of a failure but its message.
        message = f"does not hold: {why[0]}" if why else "the test does not hold"
        failure = ET.SubElement(case, "failure", message=message)
        failure.text = "\n".join([place, *why])
    if item.output:
        lines = [terminal_text(line) for text in item.output for line in text.splitlines()]
        ET.SubElement(case, "system-out").text = "\n".join(lines)
    return case

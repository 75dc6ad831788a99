"""Findings of the sample reports, counted over the raw JSON by paths: no code of the readers.

A path is names parted by dots: ``*`` is every item of an array or every value of an object, ``?``
before a condition keeps the objects that meet it. A folder has a list of paths for each count.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from typing import Any

Condition = Callable[[Any], bool]
Paths = tuple[list[str], list[str], list[str], list[str]]
Counts = tuple[int, int, int, int]


def _license(item: Any) -> bool:
    return bool(item.get("type") == "license")


def _failed(item: Any) -> bool:
    return item.get("Status") not in {"PASS", "EXCEPTION"}


def _unsuccessful(item: Any) -> bool:
    return item["success"] is False


def _without_vulnerabilities(item: Any) -> bool:
    return "packageVulnerabilityDetails" not in item


def _not_passed(item: Any) -> bool:
    return "Vulnerabilities" not in item and item["Compliance"]["Status"] == "FAILED"


CONDITIONS: dict[str, Condition] = {
    "license": _license,
    "no-license": lambda item: not _license(item),
    "failed": _failed,
    "unsuccessful": _unsuccessful,
    "no-package": _without_vulnerabilities,
    "not-passed": _not_passed,
    "bad-level": lambda item: item["level"] in {"FATAL", "WARN", "INFO"},
    "warned": lambda item: item["level"] in {"WARN", "HIGH", "ERROR"},
    "dockle": lambda item: item["ruleId"].startswith(("CIS-DI", "DKL-")),
    "no-dockle": lambda item: not item["ruleId"].startswith(("CIS-DI", "DKL-")),
    "not-whitelisted": lambda row: row[7] is False,
}

_TRIVY: Paths = (
    ["*.Vulnerabilities.*", "Results.*.Vulnerabilities.*"],
    ["Results.*.Secrets.*"],
    ["Results.*.Misconfigurations.*?failed"],
    ["Results.*.Licenses.*"],
)
_GRYPE: Paths = (["matches.*"], [], [], [])
_SARIF: Paths = (["runs.*.results.*?no-dockle"], [], ["runs.*.results.*?dockle"], [])
_ANCHORE_ROWS = "*.*.*.*.detail.result.result.*.result.rows.*?not-whitelisted"
_ASFF: Paths = (
    [f"{field}.*.Vulnerabilities.*.VulnerablePackages.*" for field in ("Findings", "findings")],
    [],
    ["findings.*?not-passed.Resources.*"],
    [],
)
_KUBERNETES = ("Vulnerabilities", "Misconfigurations", "Resources")

FOLDERS: dict[str, Paths] = {
    "trivy-v1": _TRIVY,
    "trivy-v2": _TRIVY,
    "trivy-history": _TRIVY,
    "trivy-other": _TRIVY,
    "grype": _GRYPE,
    "grype-history": _GRYPE,
    "trivy-k8s": (
        [f"{field}.*.Results.*.Vulnerabilities.*" for field in _KUBERNETES],
        [],
        [f"{field}.*.Results.*.Misconfigurations.*?failed" for field in _KUBERNETES],
        [],
    ),
    "trivy-operator": (
        ["report.vulnerabilities.*", "*.*.report.vulnerabilities.*"],
        ["report.secrets.*", "*.*.report.secrets.*"],
        [
            "report.checks.*?unsuccessful",
            "*.*.report.checks.*?unsuccessful",
            "status.detailReport.results.*.checks.*?unsuccessful",
        ],
        [],
    ),
    "anchore": (["vulnerabilities.*", "securityEvaluation.*", "*.vuln"], [], [], []),
    "anchore-policy": ([], [], ["*.detail.*", "evaluations.*.details.*"], []),
    "anchore-enterprise-policycheck": ([], [], [_ANCHORE_ROWS], []),
    "aqua": (
        ["resources.*.vulnerabilities.*", "*.results.resources.*.vulnerabilities.*", "result.*"],
        ["*.results.resources.*.sensitive_data_items.*"],
        [],
        [],
    ),
    "asff": _ASFF,
    "aws-securityhub": _ASFF,
    "aws-inspector2": (
        ["findings.*.packageVulnerabilityDetails.vulnerablePackages.*"],
        [],
        ["findings.*?no-package"],
        [],
    ),
    "clair-v4": (["package_vulnerabilities.*.*"], [], [], []),
    "clair-scanner": (["Vulnerabilities.*.*"], [], [], []),
    "dependency-track": (["findings.*"], [], [], []),
    "dockle": ([], [], ["details.*?bad-level"], []),
    "gitlab-container_scanning": (["vulnerabilities.*"], [], [], []),
    "harbor": (["*.vulnerabilities.*"], [], [], []),
    "jfrog-xray": (
        ["rows.*", "data.*", "artifacts.*.issues.*.impact_path.*"],
        [],
        [],
        ["artifacts.*.licenses.*.components.*"],
    ),
    "neuvector": (
        ["report.vulnerabilities.*"],
        ["report.secrets.*"],
        ["report.checks.*?warned", "report.setid_perms.*"],
        [],
    ),
    "osv-scanner": (["results.*.packages.*.vulnerabilities.*"], [], [], []),
    "quay-sec": (["data.Layer.Features.*.Vulnerabilities.*"], [], [], []),
    "sarif-dockle": _SARIF,
    "sarif-grype": _SARIF,
    "sarif-owasp-dependency-track": _SARIF,
    "sarif-prisma-cloud-twistcli": _SARIF,
    "sarif-trivy": _SARIF,
    "snyk": (
        [
            "vulnerabilities.*?no-license",
            "applications.*.vulnerabilities.*?no-license",
            "*.vulnerabilities.*?no-license",
        ],
        [],
        [],
        ["vulnerabilities.*?license", "*.vulnerabilities.*?license"],
    ),
    "sysdig": (["result.packages.*.vulns.*", "data.*", "panels.*.data.*"], [], [], []),
    "twistlock": (["results.*.vulnerabilities.*", "*.results.*.vulnerabilities.*"], [], [], []),
    "wiz": (
        [f"result.{field}.*.vulnerabilities.*" for field in ("osPackages", "libraries")],
        ["result.secrets.*"],
        [],
        [],
    ),
}


def counts(folder: str, document: Any) -> Counts:
    """Count vulnerabilities, secrets, misconfigurations and licences of a report."""
    first, second, third, fourth = (
        sum(1 for path in paths for _ in found(document, path.split(".")))
        for paths in FOLDERS[folder]
    )
    return first, second, third, fourth


def rows(text: str) -> int:
    """Count the rows of a table after its header; blank lines are none."""
    return sum(1 for row in csv.reader(text.splitlines()) if any(row)) - 1


def found(value: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        yield value
        return
    name, _, condition = path[0].partition("?")
    items: list[Any] = []
    if name == "*" and isinstance(value, dict):
        items = list(value.values())
    elif name == "*" and isinstance(value, list):
        items = value
    elif name != "*" and isinstance(value, dict) and name in value:
        items = [value[name]]
    for item in items:
        if not condition or CONDITIONS[condition](item):
            yield from found(item, path[1:])

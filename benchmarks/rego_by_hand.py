"""The image rules as plain Python, a function a rule, and the join: floors of the Rego benchmark.

Rules are kept apart, as in Rego, so that each can be read, tested and switched off by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

Json = dict[str, Any]

_SECRET: Final = re.compile(r"(secret|token|passw(or)?d|api[_-]?key)", re.IGNORECASE)


def deny(document: Json, parameters: Json) -> list[str]:
    """The sorted reasons that ``rego_rules/image.rego`` gives."""
    reasons: set[str] = set()
    for rule in RULES:
        reasons.update(rule(document, parameters))
    return sorted(reasons)


def _root_user(document: Json, _: Json) -> Iterator[str]:
    if document["image"]["config"].get("User") in {"", "0", "root"}:
        yield "the image runs as root"


def _health_check(document: Json, _: Json) -> Iterator[str]:
    if not document["image"]["config"].get("Healthcheck"):
        yield "the image has no health check"


def _latest(document: Json, _: Json) -> Iterator[str]:
    if document["reference"].endswith(":latest"):
        yield "the tag is latest"


def _registry(document: Json, parameters: Json) -> Iterator[str]:
    registry = document["reference"].split("/")[0]
    if registry not in parameters["registries"]:
        yield f"the registry {registry} is not allowed"


def _secrets(document: Json, _: Json) -> Iterator[str]:
    for variable in document["image"]["config"].get("Env", ()):
        parts = variable.split("=")
        if _SECRET.search(parts[0]) and parts[1] != "":
            yield f"the variable {parts[0]} holds a secret"


def _ports(document: Json, parameters: Json) -> Iterator[str]:
    for key in document["image"]["config"].get("ExposedPorts", ()):
        port = int(key.split("/")[0])
        if port < 1024 and port not in parameters["ports"]:
            yield f"port {port} is privileged"


def _fixable(document: Json, parameters: Json) -> Iterator[str]:
    ranks = parameters["ranks"]
    lowest = ranks[parameters["severity"]]
    for vulnerability in document["vulnerabilities"]:
        severity, fixes = vulnerability["severity"], vulnerability["fixed_versions"]
        if ranks[severity] >= lowest and fixes:
            if _is_excepted(vulnerability["id"], document, parameters):
                continue
            name = vulnerability["package"]["name"]
            yield f"{vulnerability['id']} ({severity}) in {name} is fixed in {fixes[0]}"


def _unfixed(document: Json, parameters: Json) -> Iterator[str]:
    for vulnerability in document["vulnerabilities"]:
        if vulnerability["severity"] == "critical" and not vulnerability["fixed_versions"]:
            if _is_excepted(vulnerability["id"], document, parameters):
                continue
            yield f"{vulnerability['id']} in {vulnerability['package']['name']} has no fix"


def _forbidden(document: Json, parameters: Json) -> Iterator[str]:
    for vulnerability in document["vulnerabilities"]:
        name = vulnerability["package"]["name"]
        if name.startswith(parameters["forbidden_prefix"]):
            yield f"the package {name} is forbidden"


def _is_excepted(vulnerability_id: str, document: Json, parameters: Json) -> bool:
    return any(
        exception["id"] == vulnerability_id and exception["until"] > document["evaluated_at"]
        for exception in parameters["exceptions"]
    )


RULES: Final[tuple[Callable[[Json, Json], Iterator[str]], ...]] = (
    _root_user,
    _health_check,
    _latest,
    _registry,
    _secrets,
    _ports,
    _fixable,
    _unfixed,
    _forbidden,
)


def joins(document: Json) -> list[tuple[str, str]]:
    """What ``rego_rules/joins.rego`` gives: each grave vulnerability with its package's licence."""
    packages: dict[str, list[Json]] = {}
    for package in document["packages"]:
        packages.setdefault(package["purl"], []).append(package)
    return sorted(
        {
            (vulnerability["id"], package["license"])
            for vulnerability in document["vulnerabilities"]
            if vulnerability["severity"] in {"high", "critical"}
            for package in packages.get(vulnerability["package"]["purl"], ())
        }
    )

"""Inputs of the Rego benchmarks: an image with any number of vulnerabilities and packages."""

from __future__ import annotations

from typing import Any

PARAMETERS: dict[str, Any] = {
    "registries": ["registry.example", "mirror.example"],
    "ports": [80, 443],
    "severity": "high",
    "ranks": {"low": 1, "medium": 2, "high": 3, "critical": 4},
    "forbidden_prefix": "telnet",
    "exceptions": [
        {"id": "CVE-2025-00007", "until": "2026-12-31"},
        {"id": "CVE-2025-00011", "until": "2025-01-01"},
    ],
}
_SEVERITIES = ("low", "medium", "low", "high", "medium", "low", "critical")


def document(records: int) -> dict[str, Any]:
    """An input with so many vulnerabilities, packages and layers of 20 packages."""
    return {
        "reference": "registry.example/team/app:latest",
        "evaluated_at": "2026-01-31",
        "image": {
            "config": {
                "User": "",
                "Env": ["PATH=/usr/bin", "API_TOKEN=abcdef", "HOME=/root", "LANG=C.UTF-8"],
                "ExposedPorts": {"22/tcp": {}, "443/tcp": {}, "8080/tcp": {}},
                "Labels": {"maintainer": "team@example"},
            }
        },
        "vulnerabilities": [_vulnerability(number) for number in range(records)],
    }


def with_packages(records: int) -> dict[str, Any]:
    """The same with its packages, for rules of other shapes."""
    return {
        **document(records),
        "packages": [_package(number) for number in range(records)],
        "layers": {
            f"sha256:{layer:064x}": {
                "packages": {
                    f"lib{number}": {"files": _files(number)}
                    for number in range(layer * 20, min(layer * 20 + 20, records))
                }
            }
            for layer in range((records + 19) // 20)
        },
    }


def _vulnerability(number: int) -> dict[str, Any]:
    package = number * 7 % 5_003
    return {
        "id": f"CVE-2025-{number:05}",
        "severity": _SEVERITIES[number % 7],
        "severities": {"debian": "low", "nvd": _SEVERITIES[number % 7], "redhat": "medium"},
        "package": {
            "name": "telnetd" if number % 500 == 499 else f"lib{package}",
            "version": f"1.{number % 9}.{number % 13}-r1",
            "purl": f"pkg:deb/debian/lib{number}@1.{number % 9}?arch=amd64",
            "type": "deb",
            "path": "/var/lib/dpkg/status",
        },
        "fixed_versions": [f"1.9.{number % 13}"] if number % 3 else [],
        "fix_state": "fixed" if number % 3 else "not-fixed",
        "reported_by": ["trivy", "grype"],
        "urls": [f"https://advisories.example/{number}/{part}" for part in range(6)],
    }


def _package(number: int) -> dict[str, Any]:
    return {
        "name": f"lib{number}" + ("-dev" if number % 11 == 0 else ""),
        "version": f"1.{number % 9}.{number % 13}" + ("-r1" if number % 4 else ""),
        "purl": f"pkg:deb/debian/lib{number}@1.{number % 9}?arch=amd64",
        "license": ("MIT", "GPL-2.0-only", "Apache-2.0", "BSD-3-Clause")[number % 4],
        "tags": ["os"] if number % 5 else ["vendor", "os"],
    }


def _files(number: int) -> dict[str, Any]:
    return {
        f"/usr/lib/lib{number}.so.{part}": {
            "mode": {"setuid": (number + part) % 17 == 0, "bits": 493},
            "owner": {"uid": number % 2, "gid": 0},
        }
        for part in range(3)
    }

"""Policies written for other tools find the shape that they expect."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from policyengine.document import InputDocument, assemble, view_of
from policyengine.model.gathered import GatheredReports
from policyengine.model.image import BaseImage
from policyengine.model.severity import Severity
from policyengine.model.views import DocumentView
from policyengine.resources import read_schema
from tests.evidence_values import (
    NOW,
    image,
    image_evidence,
    scan_report,
    signature,
    trust_record,
    vulnerability,
)

BASE = BaseImage(name="docker.io/library/debian:12", digest=None, created=None, found_in="label")


def document(**changes: Any) -> InputDocument:
    reports = changes.pop("reports", GatheredReports())
    evidence = image_evidence(having=image({"User": "app", "Labels": {"a": "b"}}), **changes)
    return assemble(evidence, reports, environment="production", evaluated_at=NOW)


def test_the_unified_view_is_the_document_itself() -> None:
    one = document()
    assert view_of(one, DocumentView.UNIFIED) is one.content


def test_docker_inspect_is_made_from_the_configuration_where_no_daemon_was_asked() -> None:
    view: Any = view_of(document(base=BASE), DocumentView.DOCKER_INSPECT)
    assert view["Config"]["User"] == "app"
    assert view["Config"]["Image"] == "docker.io/library/debian:12"
    assert "Image" not in document(base=BASE).content["image"]["config"]  # type: ignore[index,call-overload,operator]
    jsonschema.validate(view, read_schema("view-docker-inspect-v1"))


def test_docker_inspect_from_a_daemon_is_the_daemons_own() -> None:
    own = {"Id": "sha256:x", "Config": {"User": "daemon's"}, "Anything": [1]}
    assert view_of(document(docker_inspect=own), DocumentView.DOCKER_INSPECT) == own


@pytest.mark.parametrize(
    ("severities", "status"),
    [
        ((), "passed"),
        ((Severity.MEDIUM,), "passed"),
        ((Severity.MEDIUM, Severity.HIGH), "failed"),
        ((Severity.CRITICAL,), "failed"),
    ],
)
def test_the_registry_view_sums_up_the_scan(severities: tuple[Severity, ...], status: str) -> None:
    found = [
        vulnerability(f"CVE-2026-{number:04}", severity=severity)
        for number, severity in enumerate(severities)
    ]
    reports = GatheredReports(scans=(scan_report(*found),), trusts=(trust_record(signature()),))
    view: Any = view_of(document(reports=reports), DocumentView.REGISTRY)
    assert view["image"]["scan_status"] == status
    assert view["image"]["signatures"][0]["verified"] is True
    assert view["environment"] == "production"
    jsonschema.validate(view, read_schema("view-registry-v1"))


def test_the_registry_view_has_no_scan_status_without_a_scan() -> None:
    view: Any = view_of(document(), DocumentView.REGISTRY)
    assert not {"scan_status", "vulnerabilities", "signatures"} & view["image"].keys()

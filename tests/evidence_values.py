"""Evidence as values, for tests that need some and do not care how it was read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from policyengine.model.evidence import EvidenceSource
from policyengine.model.gathered import GatheredReports
from policyengine.model.image import (
    HistoryEntry,
    Image,
    ImageEvidence,
    ImageUser,
    Subject,
    Transport,
)
from policyengine.model.instant import Instant
from policyengine.model.platform import DEFAULT_PLATFORM
from policyengine.model.sbom import Package, SbomDocument
from policyengine.model.scan import (
    AffectedPackage,
    FixState,
    ReportedSubject,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity
from policyengine.model.trust import Signature, SignatureKind, TrustRecord

NOW = Instant.parse("2026-01-31T12:00:00Z")
IMAGE_ID = "sha256:" + "1" * 64
DIGEST = "sha256:" + "2" * 64
OTHER_DIGEST = "sha256:" + "3" * 64
LAYER = "sha256:" + "4" * 64


def source(location: str = "report.json", format_name: str = "trivy-json") -> EvidenceSource:
    return EvidenceSource(
        location=location, sha256="a" * 64, media_type="application/json", format=format_name
    )


def image(config: dict[str, Any] | None = None, **changes: Any) -> Image:
    value = Image(
        id=IMAGE_ID,
        platform=DEFAULT_PLATFORM,
        created=Instant.parse("2026-01-01T00:00:00Z"),
        author="",
        config=config or {},
        history=(
            HistoryEntry(
                created=Instant.parse("2026-01-01T00:00:00Z"),
                created_by="COPY app /app",
                comment="",
                empty_layer=False,
                layer=LAYER,
            ),
        ),
        layers=(LAYER,),
        user=ImageUser(name="1000", uid=1000, gid=None, is_root=False, resolved_by="number"),
    )
    return replace(value, **changes)


def subject(**changes: Any) -> Subject:
    value = Subject(
        reference="registry.example/team/app:1.4",
        transport=Transport.REGISTRY,
        origin="https://registry.example/v2/team/app/manifests/1.4",
        registry="registry.example",
        repository="team/app",
        tag="1.4",
        digest=DIGEST,
    )
    return replace(value, **changes)


def image_evidence(
    *, of: Subject | None = None, having: Image | None = None, **changes: Any
) -> ImageEvidence:
    value = ImageEvidence(
        subject=of or subject(),
        image=having or image(),
        manifest=None,
        base=None,
        docker_inspect=None,
        sources=(source("manifest", "oci-image-manifest"),),
    )
    return replace(value, **changes)


def vulnerability(identifier: str = "CVE-2026-0001", **changes: Any) -> Vulnerability:
    value = Vulnerability(
        id=identifier,
        severity=Severity.HIGH,
        severity_word="HIGH",
        package=AffectedPackage(
            name="openssl", version="3.0.1", purl="pkg:deb/debian/openssl@3.0.1"
        ),
        fix_state=FixState.FIXED,
        fixed_versions=("3.0.2",),
        pointer="/Results/0/Vulnerabilities/0",
    )
    return replace(value, **changes)


def scan_report(*found: Vulnerability, **changes: Any) -> ScanReport:
    value = ScanReport(
        source=source(),
        scanner="trivy",
        scanner_version="0.58.0",
        subject=ReportedSubject(),
        vulnerabilities=found,
    )
    return replace(value, **changes)


def sbom_document(*packages: Package, **changes: Any) -> SbomDocument:
    value = SbomDocument(
        source=source("sbom.json", "cyclonedx-json"),
        subject=ReportedSubject(),
        created=None,
        serial=None,
        packages=packages,
    )
    return replace(value, **changes)


def signature(signer: str | None = "release", **changes: Any) -> Signature:
    value = Signature(
        kind=SignatureKind.NOTARY,
        signer=signer,
        repository="registry.example/team/app",
        tag="1.4",
        signed_digest=DIGEST,
        verifier="docker trust inspect",
        pointer="/0/SignedTags/0",
    )
    return replace(value, **changes)


def trust_record(*signatures: Signature, **changes: Any) -> TrustRecord:
    value = TrustRecord(
        source=source("trust.json", "docker-trust-inspect"),
        repository="registry.example/team/app",
        signatures=signatures,
    )
    return replace(value, **changes)


def gathered(**changes: Any) -> GatheredReports:
    return GatheredReports(**changes)

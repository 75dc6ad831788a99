"""Reading and normalising large reports, against ``orjson.loads`` of the same bytes.

The time is from the bytes in memory to the checked input document: recognised, read into values,
merged, validated against the schema and encoded.
"""

from __future__ import annotations

import io
from functools import partial

import orjson

from benchmarks.measure import in_turn
from policyengine.collect.files import EvidenceOffer, read_evidence
from policyengine.document.assemble import assemble
from policyengine.document.input_document import InputDocument
from policyengine.model.image import Image, ImageEvidence, ImageUser, Subject, Transport
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.platform import DEFAULT_PLATFORM

_ENTRIES = 5_000
_WANTED_RATIO = 6
_WANTED_EXTRA = 0.050
_NOW = Instant.parse("2026-01-31T12:00:00Z")
_IMAGE_ID = "sha256:" + "a" * 64
_DIGEST = "sha256:" + "d" * 64
_SEVERITIES = ("LOW", "MEDIUM", "HIGH", "CRITICAL")


def main() -> None:
    """Measure, and print a line each."""
    image = the_image()
    data = orjson.dumps(trivy_report(_ENTRIES))
    result = in_turn(partial(document_of, data, image), partial(orjson.loads, data))
    met = result.ours <= _WANTED_RATIO * result.floor + _WANTED_EXTRA
    wanted = f"<= {_WANTED_RATIO} x + {_WANTED_EXTRA * 1e3:.0f} ms"
    name = f"Trivy report, {_ENTRIES} entries, {len(data) / 1e6:.1f} MB"
    print(result.line(name, wanted, met=met))


def document_of(data: bytes, image: ImageEvidence) -> InputDocument:
    """Return the input document of one report about ``image``."""
    reports = read_evidence(
        (EvidenceOffer(path="-"),), limits=DEFAULT_LIMITS, stdin=io.BytesIO(data)
    )
    return assemble(image, reports, environment=None, evaluated_at=_NOW)


def trivy_report(count: int) -> JsonObject:
    """Return a report with 2 KB a finding: real ones have from 1 KB to 4 KB."""
    return {
        "SchemaVersion": 2,
        "CreatedAt": "2026-01-31T08:00:00.123456789Z",
        "ArtifactName": "registry.example/team/app:1.4",
        "ArtifactType": "container_image",
        "Metadata": {"OS": {"Family": "debian", "Name": "12.9"}, "ImageID": _IMAGE_ID},
        "Results": [
            {
                "Target": "registry.example/team/app:1.4 (debian 12.9)",
                "Class": "os-pkgs",
                "Type": "debian",
                "Vulnerabilities": [_finding(number) for number in range(count)],
            }
        ],
    }


def _finding(number: int) -> JsonObject:
    package, version = f"lib{number % 700}", f"1.{number % 9}-{number % 13}"
    return {
        "VulnerabilityID": f"CVE-2025-{number:05}",
        "PkgID": f"{package}@{version}",
        "PkgName": package,
        "PkgIdentifier": {
            "PURL": f"pkg:deb/debian/{package}@{version}?arch=amd64&distro=debian-12.9",
            "UID": f"{number:016x}",
        },
        "InstalledVersion": version,
        "FixedVersion": "1.9-99",
        "Status": "fixed",
        "Layer": {"Digest": "sha256:" + "b" * 64, "DiffID": "sha256:" + "c" * 64},
        "SeveritySource": "debian",
        "PrimaryURL": f"https://advisories.example/cve-2025-{number:05}",
        "DataSource": {
            "ID": "debian",
            "Name": "Debian Security Tracker",
            "URL": "https://tracker.example/",
        },
        "Title": f"{package}: heap overflow {number}",
        "Description": "A length is taken from the file, and the buffer's is not. " * 8,
        "Severity": _SEVERITIES[number % 4],
        "CweIDs": ["CWE-122"],
        "VendorSeverity": {"debian": 1, "nvd": 3, "redhat": 2},
        "CVSS": {
            "nvd": {"V3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "V3Score": 7.5},
            "redhat": {"V3Vector": "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "V3Score": 6.2},
        },
        "References": [
            f"https://advisories.example/security/cve-2025-{number:05}/statement/{part}"
            for part in range(10)
        ],
        "PublishedDate": f"2025-01-{1 + number % 28:02}T10:{number % 60:02}:00.{number % 1000:03}Z",
        "LastModifiedDate": f"2025-03-{1 + number % 28:02}T1{number % 10}:00:{number % 60:02}Z",
    }


def cyclonedx_bom(count: int) -> JsonObject:
    """Return a BOM with 0.8 KB a component: real ones have from 0.4 KB to 1.8 KB."""
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {
            "timestamp": "2026-01-31T08:00:00Z",
            "tools": {"components": [{"type": "application", "name": "syft", "version": "1.38"}]},
            "component": {
                "type": "container",
                "name": "registry.example/team/app:1.4",
                "version": _DIGEST,
            },
        },
        "components": [_component(number) for number in range(count)],
    }


def _component(number: int) -> JsonObject:
    name, version = f"lib{number}", f"1.{number % 90}"
    return {
        "bom-ref": f"pkg:deb/debian/{name}@{version}?package-id={number:016x}",
        "type": "library",
        "publisher": "Debian Maintainers <maintainers@packages.example>",
        "name": name,
        "version": version,
        "licenses": [{"license": {"id": "GPL-2.0-only"}}, {"license": {"name": "public-domain"}}],
        "cpe": f"cpe:2.3:a:{name}:{name}:{version}:*:*:*:*:*:*:*",
        "purl": f"pkg:deb/debian/{name}@{version}?arch=amd64&distro=debian-12",
        "hashes": [{"alg": "SHA-256", "content": f"{number:064x}"}],
        "properties": [
            {"name": "syft:package:foundBy", "value": "dpkg-db-cataloger"},
            {"name": "syft:package:type", "value": "deb"},
            {"name": "syft:location:0:layerID", "value": "sha256:" + "b" * 64},
            {"name": "syft:location:0:path", "value": "/var/lib/dpkg/status"},
        ],
    }


def the_image() -> ImageEvidence:
    """Return the image that the reports are about."""
    return ImageEvidence(
        subject=Subject(
            reference="registry.example/team/app:1.4",
            transport=Transport.REGISTRY,
            origin="https://registry.example/v2/team/app/manifests/1.4",
            registry="registry.example",
            repository="team/app",
            tag="1.4",
            digest=_DIGEST,
        ),
        image=Image(
            id=_IMAGE_ID,
            platform=DEFAULT_PLATFORM,
            created=None,
            author="",
            config={},
            history=(),
            layers=(),
            user=ImageUser(name="", uid=0, gid=0, is_root=True, resolved_by="default"),
        ),
        manifest=None,
        base=None,
        docker_inspect=None,
        sources=(),
    )

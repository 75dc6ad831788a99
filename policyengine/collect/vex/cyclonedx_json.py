"""CycloneDX documents of vulnerabilities alone, in JSON: see ``collect/cyclonedx_analysis``."""

from __future__ import annotations

from policyengine.collect.cyclonedx_analysis import cyclonedx_vex, is_vex_alone
from policyengine.collect.format import Origin, ReportFormat
from policyengine.errors import UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_value import JsonValue
from policyengine.model.vex import VexDocument

_NAME = "cyclonedx-vex-json"
VERSIONS = ("1.4", "1.5", "1.6", "1.7")


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` is a CycloneDX BOM of vulnerabilities alone."""
    return isinstance(document, dict) and is_vex_alone(document)


def read_document(document: JsonValue, origin: Origin) -> tuple[VexDocument, ...]:
    """Read one document."""
    read = FieldReader(origin.location)
    bom = read.root(document)
    version = read.text(bom, "specVersion", ())
    if version not in VERSIONS:
        raise UnsupportedFormat(
            "is CycloneDX of a version that has no vulnerabilities",
            where=f"{origin.location}/specVersion",
            found=version[:80],
            expected=f"{VERSIONS[0]} to {VERSIONS[-1]}",
        )
    return (cyclonedx_vex(bom, origin, _NAME, version),)


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.VEX, recognises=recognises, read=read_document)

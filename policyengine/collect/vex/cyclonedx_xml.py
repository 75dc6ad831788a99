"""CycloneDX's vulnerabilities in XML, of documents without components: see ``cyclonedx_json``."""

from __future__ import annotations

import re

from policyengine.collect.cyclonedx_analysis import cyclonedx_vex
from policyengine.collect.format import Origin, TextFormat
from policyengine.collect.sbom import cyclonedx_xml
from policyengine.collect.vex.cyclonedx_json import VERSIONS
from policyengine.errors import UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.limits import ReadLimits
from policyengine.model.vex import VexDocument

_NAME = "cyclonedx-vex-xml"
_VULNERABILITIES = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?vulnerabilities[\s>]")
_COMPONENTS = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?components[\s/>]")


def recognises(data: bytes) -> bool:
    """Say whether ``data`` is CycloneDX in XML with vulnerabilities and nowhere components."""
    return (
        cyclonedx_xml.recognises(data)
        and _VULNERABILITIES.search(data) is not None
        and _COMPONENTS.search(data) is None
    )


def read_document(data: bytes, origin: Origin, limits: ReadLimits) -> tuple[VexDocument, ...]:
    """Read one document."""
    bom, version, unmapped = cyclonedx_xml.bom_in_json(data, origin, limits)
    if version not in VERSIONS:
        raise UnsupportedFormat(
            "is CycloneDX of a version that has no vulnerabilities",
            where=f"{origin.location}/bom",
            found=version,
            expected=f"{VERSIONS[0]} to {VERSIONS[-1]}",
        )
    return (cyclonedx_vex(bom, origin, _NAME, version, uncounted=unmapped),)


FORMAT = TextFormat(
    name=_NAME,
    kind=EvidenceKind.VEX,
    media_type="application/vnd.cyclonedx+xml",
    recognises=recognises,
    read=read_document,
)

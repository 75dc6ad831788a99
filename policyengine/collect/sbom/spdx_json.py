"""SPDX in JSON, 2.2 and 2.3."""

from __future__ import annotations

from policyengine.collect.format import Origin, ReportFormat
from policyengine.collect.sbom.spdx_document import read_spdx
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_value import JsonValue
from policyengine.model.sbom import SbomDocument

_NAME = "spdx-json"


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` is SPDX 2 in JSON."""
    return isinstance(document, dict) and "spdxVersion" in document


def read_document(document: JsonValue, origin: Origin) -> tuple[SbomDocument, ...]:
    """Read one document."""
    return (read_spdx(FieldReader(origin.location).root(document), origin, _NAME),)


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SBOM, recognises=recognises, read=read_document)

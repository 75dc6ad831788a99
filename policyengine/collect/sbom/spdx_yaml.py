"""SPDX in YAML, 2.2 and 2.3: the JSON's fields, written as YAML."""

from __future__ import annotations

import re

from policyengine.collect.format import Origin, TextFormat
from policyengine.collect.sbom.spdx_document import read_spdx, refuse_cut
from policyengine.errors import MalformedEvidence
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader
from policyengine.model.limits import ReadLimits
from policyengine.model.sbom import SbomDocument
from policyengine.model.yaml_text import parse_yaml

_NAME = "spdx-yaml"
_VERSION = re.compile(rb"^[\"']?spdxVersion[\"']?\s*:", re.MULTILINE)
# A plain value that does not end its line may have been longer.
_ENDS = frozenset({b"\n", b'"', b"'", b"]", b"}"})
_INTEGERS = frozenset({"lineNumber", "offset"})


def recognises(data: bytes) -> bool:
    """Say whether ``data`` is SPDX in YAML."""
    return _VERSION.search(data) is not None


def read_document(data: bytes, origin: Origin, limits: ReadLimits) -> tuple[SbomDocument, ...]:
    """Read one document."""
    if data[-1:] not in _ENDS:
        raise MalformedEvidence(
            "is cut off: the last line does not end",
            where=f"{origin.location} at byte {len(data)}",
            hint="write it again",
        )
    document = parse_yaml(data, where=origin.location, limits=limits, integers=_INTEGERS)
    spdx = FieldReader(origin.location).root(document)
    read = read_spdx(spdx, origin, _NAME)
    refuse_cut(spdx, where=origin.location)
    return (read,)


FORMAT = TextFormat(
    name=_NAME,
    kind=EvidenceKind.SBOM,
    media_type="application/yaml",
    recognises=recognises,
    read=read_document,
)

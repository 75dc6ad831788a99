"""SPDX in YAML, 2.2 and 2.3: the JSON's fields, written as YAML."""

from __future__ import annotations

import re

from policyengine.collect.format import Origin, TextFormat
from policyengine.collect.sbom.spdx_document import read_spdx, refuse_dangling
from policyengine.collect.yaml_text import parse_yaml
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader
from policyengine.model.limits import ReadLimits
from policyengine.model.sbom import SbomDocument

_NAME = "spdx-yaml"
_VERSION = re.compile(rb"^[\"']?spdxVersion[\"']?\s*:", re.MULTILINE)
_INTEGERS = frozenset({"lineNumber", "offset"})


def recognises(data: bytes) -> bool:
    """Say whether ``data`` is SPDX in YAML."""
    return _VERSION.search(data) is not None


def read_document(data: bytes, origin: Origin, limits: ReadLimits) -> tuple[SbomDocument, ...]:
    """Read one document."""
    document = parse_yaml(data, where=origin.location, limits=limits, integers=_INTEGERS)
    spdx = FieldReader(origin.location).root(document)
    refuse_dangling(spdx, where=origin.location)
    return (read_spdx(spdx, origin, _NAME),)


FORMAT = TextFormat(
    name=_NAME,
    kind=EvidenceKind.SBOM,
    media_type="application/yaml",
    recognises=recognises,
    read=read_document,
)

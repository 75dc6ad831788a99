"""An in-toto statement by itself, without an envelope: nobody stands for it.

``cosign``, ``syft`` and BuildKit write such files. It is kept as an attestation that is not
verified; what it holds of a scan or an SBOM is used as an unsigned report would be.
"""

from __future__ import annotations

from policyengine.collect.format import Origin, ReportFormat
from policyengine.collect.trust.statement import is_statement, read_statement
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_value import JsonValue
from policyengine.model.trust_material import UnsignedStatement

_NAME = "in-toto-statement"


def read_material(document: JsonValue, origin: Origin) -> tuple[UnsignedStatement, ...]:
    """Read one statement."""
    statement = read_statement(document, FieldReader(origin.location))
    return (UnsignedStatement(source=origin.source(_NAME), pointer="", statement=statement),)


FORMAT = ReportFormat(
    name=_NAME, kind=EvidenceKind.TRUST, recognises=is_statement, read=read_material
)

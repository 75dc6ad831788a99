"""An in-toto statement by itself, without an envelope: nobody stands for it.

``cosign`` and BuildKit write such files. It is kept as an attestation that is not verified; what
it holds of a scan is used as an unsigned report would be. A statement of an SBOM is a format of
SBOMs (``collect/sbom/statement.py``).
"""

from __future__ import annotations

from policyengine.collect.format import Origin, ReportFormat
from policyengine.collect.sbom.statement import is_sbom_predicate
from policyengine.collect.trust.statement import is_statement, read_statement
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_value import JsonValue
from policyengine.model.trust_material import UnsignedStatement

_NAME = "in-toto-statement"


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of a statement about something else than an SBOM."""
    return (
        isinstance(document, dict)
        and is_statement(document)
        and not is_sbom_predicate(document.get("predicateType"))
    )


def read_material(document: JsonValue, origin: Origin) -> tuple[UnsignedStatement, ...]:
    """Read one statement."""
    statement = read_statement(document, FieldReader(origin.location))
    return (UnsignedStatement(source=origin.source(_NAME), pointer="", statement=statement),)


FORMAT = ReportFormat(
    name=_NAME, kind=EvidenceKind.TRUST, recognises=recognises, read=read_material
)

"""No document comes to a policy that its schema does not allow, whichever way it came."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import orjson
import pytest

import policyengine
from policyengine.document.input_document import read_document
from policyengine.errors import EvidenceError
from policyengine.model.gathered import GatheredReports
from tests.evidence_values import scan_report, vulnerability
from tests.policy_values import document

PACKAGE = policyengine.__path__[0]


def test_documents_are_made_in_one_place_which_checks_them() -> None:
    makers = {
        path.relative_to(PACKAGE).as_posix()
        for path in Path(PACKAGE).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] == "InputDocument"
    }
    assert makers == {"document/input_document.py"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("epss", {"score": "0.9", "percentile": None}, id="a score that is a text"),
        pytest.param("epss", {"score": None, "percentile": None}, id="a score that is null"),
        pytest.param("epss", 0.9, id="a score without its object"),
        pytest.param("severity", "CRITICAL", id="a severity in another case"),
        pytest.param("known_exploited", "yes", id="a word for a truth"),
        pytest.param("published_at_ns", "1", id="an instant that is a text"),
        pytest.param("vex", None, id="statements that are null"),
        pytest.param("unheard_of", 1, id="a field that there is not"),
    ],
)
def test_a_document_that_a_rule_could_misread_is_refused(field: str, value: Any) -> None:
    content = orjson.loads(document(GatheredReports(scans=(scan_report(vulnerability()),))).encoded)
    content["scan"]["vulnerabilities"][0][field] = value
    with pytest.raises(EvidenceError, match="/scan/vulnerabilities/0"):
        read_document(orjson.dumps(content), where="input.json")

"""Results of tests as ``opa test --format json`` writes them.

With ``--var-values`` a test that failed has OPA's ``trace`` too, of its failed expressions alone:
an event ``Fail`` each, with OPA's ``Op``, ``Location`` and ``Locals`` (terms with ``name``). With
them is what OPA has as a syntax tree: ``Text``, ``Values`` of references and calls as they are
written, ``Undefined``, and ``OfTest``, false for an expression of a rule that the test asked.
``gave`` is what a test gave that gave something else than true.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

from policyengine.rego.runtime.json_values import to_json
from policyengine.rego.runtime.numbers import Number
from policyengine.rego.runtime.values import RegoSet, Value, object_items
from policyengine.rego.syntax.ast_json import Json, json_text
from policyengine.rego.testing.results import Case, Status, SuiteResult, TestResult
from policyengine.rego.testing.why import Failed, Why


def results_text(result: SuiteResult, why: Mapping[str, Why], *, variables: bool) -> str:
    """The document over all results; ``why`` is of tests by full name."""
    told = why if variables else {}
    return json_text([_result(item, told.get(item.test.full_name)) for item in result.results])


def _result(item: TestResult, why: Why | None) -> Json:
    test = item.test
    shown: dict[str, Json] = {
        "location": {"file": test.file, "row": test.row, "col": test.col},
        "package": test.package,
        "name": test.name,
    }
    if item.problem is not None:
        problem = item.problem
        shown["error"] = {
            "code": problem.code,
            "message": problem.message,
            "location": {"file": problem.file, "row": problem.row, "col": problem.col},
        }
    if item.status is Status.FAILED:
        shown["fail"] = True
    if item.status is Status.SKIPPED:
        shown["skip"] = True
    shown["duration"] = int(item.seconds * 1_000_000_000)
    if item.output:
        text = "".join(f"{line}\n" for line in item.output)
        shown["output"] = base64.b64encode(text.encode(errors="replace")).decode()
    if item.cases:
        shown["sub_results"] = {name: _case(case) for name, case in item.cases.items()}
    if why is not None:
        shown["trace"] = [
            *(_event(failed, is_own=True) for failed in why.own),
            *(_event(failed, is_own=False) for failed in why.others),
        ]
        if why.values:
            shown["gave"] = [to_json(value) for value in why.values]
    return shown


def _case(case: Case) -> Json:
    shown: dict[str, Json] = {"name": case.name}
    if case.failed:
        shown["fail"] = True
    if case.cases:
        shown["sub_results"] = {name: _case(below) for name, below in case.cases.items()}
    return shown


def _event(failed: Failed, *, is_own: bool) -> Json:
    extent, attempt = failed.extent, failed.attempt
    return {
        "Op": "Fail",
        "Location": {"file": extent.file, "row": extent.row, "col": extent.col},
        "Locals": [{"name": name, **_term(v)} for name, v in attempt.variables.items()],
        "Text": extent.text,
        "Values": [{"text": text, "value": to_json(value)} for text, value in attempt.values],
        "Undefined": attempt.undefined,
        "OfTest": is_own,
    }


def _term(value: Value) -> dict[str, Json]:
    """A value as OPA writes a term of its syntax tree."""
    name, below = _shape(value)
    if value is None:
        # As OPA writes its type for null, which is a struct without fields.
        return {"type": name, "value": {}}
    if below is None:
        return {"type": name, "value": to_json(value)}
    if name == "object":
        pairs = iter(below)
        return {
            "type": name,
            "value": [
                [{**_term(key)}, {**_term(item)}] for key, item in zip(pairs, pairs, strict=True)
            ],
        }
    return {"type": name, "value": [{**_term(item)} for item in below]}


def _shape(value: Value) -> tuple[str, Iterator[Value] | None]:
    kind = type(value)
    if value is None:
        return "null", None
    if kind is bool:
        return "boolean", None
    if kind is str:
        return "string", None
    if kind is int or kind is float or isinstance(value, Number):
        return "number", None
    if kind is list:
        return "array", iter(value)
    if kind is RegoSet:
        return "set", iter(value)
    return "object", (part for pair in object_items(value) for part in pair)

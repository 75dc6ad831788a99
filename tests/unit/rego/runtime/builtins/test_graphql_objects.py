"""Objects that show GraphQL documents and that OPA ends at, or takes: each is refused here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policyengine.errors import RegoEvaluationError
from policyengine.rego.policy import Policy
from policyengine.rego.runtime.values import UNDEFINED

INT = {"NamedType": "Int"}
SCHEMA = {
    "Definitions": [{"Kind": "OBJECT", "Name": "Query", "Fields": [{"Name": "a", "Type": INT}]}]
}
POLICY = Policy.compile(
    {
        "p.rego": """package p
parsed := graphql.parse(input.query, input.schema)
valid := graphql.is_valid(input.query, input.schema)
valid_schema := graphql.schema_is_valid(input.schema)
"""
    }
)


def asking(*selections: Any, **operation: Any) -> dict[str, Any]:
    return {
        "Operations": [{"Operation": "query", "SelectionSet": list(selections)} | operation],
    }


def nested(depth: int) -> dict[str, Any]:
    selection: dict[str, Any] = {"Alias": "a", "Name": "a"}
    for _ in range(depth):
        selection = {"Alias": "a", "Name": "a", "SelectionSet": [selection]}
    return selection


FIELD = {"Alias": "a", "Name": "a"}
QUERIES = [
    pytest.param({"Operations": [None]}, id="an operation that is null"),
    pytest.param(asking(FIELD, Operation="foo"), id="an operation of no known kind"),
    pytest.param(asking(FIELD | {"Arguments": [{"Name": "x"}]}), id="an argument without a value"),
    pytest.param(asking(FIELD | {"Alias": "a b"}), id="an alias that is no name"),
    pytest.param(asking(FIELD, Name="Q-1"), id="an operation whose name is none"),
    pytest.param(
        asking(FIELD, VariableDefinitions=[{"Variable": "v"}]), id="a variable without a type"
    ),
    pytest.param(
        asking(FIELD | {"Arguments": [{"Name": "x", "Value": {"Kind": 1, "Raw": "1) b"}}]}),
        id="a number that is text of a query",
    ),
    pytest.param(asking(nested(150)), id="deeper than the schema"),
    pytest.param(asking(nested(201)), id="deeper than a text may be"),
]


def definition(**parts: Any) -> dict[str, Any]:
    return {"Definitions": [{"Kind": "OBJECT", "Name": "Query"} | parts]}


def lists(depth: int) -> dict[str, Any]:
    of: dict[str, Any] = INT
    for _ in range(depth):
        of = {"Elem": of}
    return of


SCHEMAS = [
    pytest.param({"Definitions": [None]}, id="a definition that is null"),
    pytest.param({"Schema": [None]}, id="a schema that is null"),
    pytest.param(definition(Fields=[None]), id="a field that is null"),
    pytest.param(definition(Fields=[{}]), id="a field without a type"),
    pytest.param(definition(Fields=[{"Name": "a", "Type": {}}]), id="a type of nothing"),
    pytest.param(
        definition(Fields=[{"Name": "a", "Type": INT, "Arguments": [{"Name": "x"}]}]),
        id="an argument without a type",
    ),
    pytest.param(
        definition(Fields=[{"Name": "a", "Type": lists(201)}]), id="more lists than in a text"
    ),
]


def answer(rule: str, query: Any, schema: Any, *, strict: bool) -> Any:
    return POLICY.evaluate(
        f"data.p.{rule}",
        input={"query": query, "schema": schema},
        strict_builtin_errors=strict,
    )


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_that_cannot_be_followed_is_refused(query: Any) -> None:
    assert answer("valid", query, SCHEMA, strict=False) is False
    assert answer("parsed", query, SCHEMA, strict=False) is UNDEFINED
    with pytest.raises(RegoEvaluationError) as caught:
        answer("parsed", query, SCHEMA, strict=True)
    assert caught.value.code == "eval_builtin_error"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_schema_that_cannot_be_followed_is_not_valid(schema: Any) -> None:
    assert answer("valid_schema", {}, schema, strict=False) is False
    assert answer("valid", json.loads("{}"), schema, strict=False) is False
    with pytest.raises(RegoEvaluationError) as caught:
        answer("parsed", {}, schema, strict=True)
    assert caught.value.code == "eval_builtin_error"


def test_what_all_of_these_differ_from_is_valid() -> None:
    assert answer("valid", asking(FIELD), SCHEMA, strict=True) is True
    assert answer("valid_schema", {}, SCHEMA, strict=True) is True

"""GraphQL: documents read, schemas checked, and queries checked against schemas."""

from __future__ import annotations

import json
from typing import Any, Final

from policyengine.rego.runtime.builtins.graphql_documents import Tree, query_tree, schema_tree
from policyengine.rego.runtime.builtins.graphql_objects import query_of, schema_of
from policyengine.rego.runtime.builtins.graphql_schemas import GraphqlSchema, valid_schema
from policyengine.rego.runtime.builtins.graphql_texts import query_text, schema_text
from policyengine.rego.runtime.builtins.operands import string, wrong_type
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.utf8 import readable
from policyengine.rego.runtime.values import Value, is_object

_DOCUMENT: Final = "string | object[any: any]"
_TREE: Final = "object[any: any]"
# What graphql-core knows by itself, and would not have declared again.
_KNOWN_TO_CORE: Final = frozenset({"Int", "Float", "String", "Boolean", "ID"})


def _query(session: Session, value: Value) -> Tree:
    """The tree of a query, given as a text or as a tree itself."""
    if type(value) is str:
        session.budget.charge(len(value))
        return query_tree(value)
    if is_object(value):
        return query_of(value)
    raise wrong_type(0, value, "string", "object")


def _schema(session: Session, value: Value) -> Tree:
    if type(value) is str:
        session.budget.charge(len(value))
        return schema_tree(value)
    if is_object(value):
        return schema_of(value)
    raise wrong_type(1, value, "string", "object")


def _checked_schema(session: Session, tree: Tree) -> GraphqlSchema:
    """The schema of a tree; kept for the evaluation."""
    key = ("graphql schema", json.dumps(tree))
    found: GraphqlSchema | None = session.memo.get(key)
    if found is None:
        found = session.memo[key] = valid_schema(tree)
    return found


def _kept_core_schema(session: Session, tree: Tree, schema: GraphqlSchema) -> Any:
    key = ("graphql-core schema", json.dumps(tree))
    found = session.memo.get(key)
    if found is None:
        found = session.memo[key] = _core_schema(schema)
    return found


def _core_schema(schema: GraphqlSchema) -> Any:
    from graphql.language import parse
    from graphql.utilities import build_ast_schema

    roots = [{"Operation": kind, "Type": name} for kind, name in schema.roots.items()]
    tree: Tree = {
        "Schema": [{"OperationTypes": roots}] if roots else [],
        "Directives": list(schema.directives.values()),
        "Definitions": [
            definition
            for name, definition in schema.types.items()
            if name not in _KNOWN_TO_CORE and not name.startswith("__")
        ],
    }
    return build_ast_schema(parse(schema_text(tree)), assume_valid=True, assume_valid_sdl=True)


def _check(session: Session, query: Tree, schema: Tree) -> None:
    """Raises BuiltinError for a query that the schema does not allow."""
    from graphql.language import parse
    from graphql.validation import validate

    from policyengine.rego.runtime.builtins.graphql_values import RULES

    known = _checked_schema(session, schema)
    operations = query.get("Operations", [])
    for operation in operations:
        # What an object leaves out is a query.
        name = operation["Operation"] or "query"
        if name not in known.roots:
            raise BuiltinError(f"Schema does not support operation type {name}")
    names = {operation["Name"] for operation in operations}
    if len(names) < len(operations):
        raise BuiltinError("GraphQL query: two operations have one name")
    if len(names) > 1 and "" in names:
        raise BuiltinError("GraphQL query: an operation without a name is not the only one")
    text = query_text(query)
    if not text:
        return
    core = _kept_core_schema(session, schema, known)
    try:
        problems = validate(core, parse(text), RULES, max_errors=1)
    except RecursionError:
        raise BuiltinError("GraphQL query is nested too deep") from None
    if problems:
        raise BuiltinError(problems[0].message.removesuffix("."))


@builtin("graphql.parse_query", f"string -> {_TREE}", context=True)
def parse_query(session: Session, text: Value) -> Value:
    return _query(session, readable(string(text, 1)))


@builtin("graphql.parse_schema", f"string -> {_TREE}", context=True)
def parse_schema(session: Session, text: Value) -> Value:
    return _schema(session, readable(string(text, 1)))


@builtin("graphql.parse", f"{_DOCUMENT}, {_DOCUMENT} -> array<{_TREE}, {_TREE}>", context=True)
def parse(session: Session, query: Value, schema: Value) -> Value:
    query_found, schema_found = _query(session, query), _schema(session, schema)
    _check(session, query_found, schema_found)
    return [query_found, schema_found]


@builtin(
    "graphql.parse_and_verify",
    f"{_DOCUMENT}, {_DOCUMENT} -> array<boolean, {_TREE}, {_TREE}>",
    context=True,
)
def parse_and_verify(session: Session, query: Value, schema: Value) -> Value:
    try:
        return [True, *parse(session, query, schema)]
    except BuiltinError:
        return [False, {}, {}]


@builtin("graphql.is_valid", f"{_DOCUMENT}, {_DOCUMENT} -> boolean", context=True)
def is_valid(session: Session, query: Value, schema: Value) -> Value:
    try:
        parse(session, query, schema)
    except BuiltinError:
        return False
    return True


@builtin("graphql.schema_is_valid", f"{_DOCUMENT} -> boolean", context=True)
def schema_is_valid(session: Session, schema: Value) -> Value:
    if type(schema) is not str and not is_object(schema):
        return False
    try:
        valid_schema(_schema(session, schema))
    except BuiltinError:
        return False
    return True

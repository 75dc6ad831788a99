"""GraphQL: documents read, schemas checked, and queries checked against schemas."""

from __future__ import annotations

from typing import Any, Final

from policyengine.rego.runtime.builtins.graphql_documents import Tree, query_tree, schema_tree
from policyengine.rego.runtime.builtins.graphql_schemas import GraphqlSchema, valid_schema
from policyengine.rego.runtime.builtins.graphql_texts import (
    query_of,
    query_text,
    refuse_fragments,
    schema_of,
    schema_text,
)
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
        tree = query_of(value)
        refuse_fragments(tree)
        return query_tree(query_text(tree))
    raise wrong_type(0, value, "string", "object")


def _schema(session: Session, value: Value) -> Tree:
    if type(value) is str:
        session.budget.charge(len(value))
        return schema_tree(value)
    if is_object(value):
        return schema_tree(schema_text(schema_of(value)))
    raise wrong_type(1, value, "string", "object")


def _checked_schema(session: Session, tree: Tree) -> tuple[GraphqlSchema, Any]:
    """The schema, and that of graphql-core for it; kept for the evaluation."""
    text = schema_text(tree)
    key = ("graphql schema", text)
    found: tuple[GraphqlSchema, Any] | None = session.memo.get(key)
    if found is None:
        schema = valid_schema(tree)
        found = session.memo[key] = (schema, _core_schema(schema))
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

    known, core = _checked_schema(session, schema)
    for operation in query.get("Operations", []):
        if operation["Operation"] not in known.roots:
            raise BuiltinError(f"Schema does not support operation type {operation['Operation']}")
    if not query:
        return
    try:
        problems = validate(core, parse(query_text(query)), RULES, max_errors=1)
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

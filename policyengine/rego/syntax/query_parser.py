"""Queries, terms and references that stand alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn, TypeVar, get_args

from policyengine.errors import RegoCompileError, RegoFinding
from policyengine.rego.syntax.ast import (
    Body,
    Call,
    Expr,
    Import,
    Package,
    Ref,
    RegoVersion,
    String,
    Term,
)
from policyengine.rego.syntax.module_builder import finding
from policyengine.rego.syntax.source import Location, Source
from policyengine.rego.syntax.stack import deep_stack
from policyengine.rego.syntax.statement_parser import StatementParser
from policyengine.rego.syntax.tokens import tokenize

_TERMS = get_args(Term)
_Kind = TypeVar("_Kind", Package, Import)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryScope:
    """What names of a query mean: as if it stood in ``package``, behind ``imports``."""

    package: tuple[str, ...] = ()
    imports: tuple[Import, ...] = ()


def parse_query(source: str, *, file: str = "", rego_version: RegoVersion = "v1") -> Body:
    """Read a query: expressions, one a line or with ``;`` between.

    An empty query is an empty body. Raises ``RegoCompileError``.
    """
    text = Source(file, source)
    tokens = tokenize(text)
    parser = StatementParser(tokens, rego_version)
    with deep_stack(tokens.depth):
        statements = parser.statements(with_rules=False)
    if parser.errors:
        refuse(parser.errors)
    exprs: list[Expr] = []
    for statement in statements:
        if not isinstance(statement, tuple):
            kind = type(statement).__name__.lower()
            refuse([finding(statement.location, f"expected body but got {kind}")])
        exprs += statement
    if len(statements) == 1:
        return tuple(exprs)
    return tuple(replace(expr, index=index) for index, expr in enumerate(exprs))


def parse_scope(
    package: str, imports: Sequence[str], *, rego_version: RegoVersion = "v1"
) -> QueryScope:
    """What a query is read within: ``a.b`` a package, ``data.x as y`` an import.

    Raises RegoCompileError.
    """
    path: tuple[str, ...] = ()
    if package:
        found = _statement(f"package {package}", Package, rego_version)
        path = tuple(t.value for t in found.path.terms[1:] if isinstance(t, String))
    return QueryScope(
        package=path,
        imports=tuple(_statement(f"import {text}", Import, rego_version) for text in imports),
    )


def _statement(source: str, kind: type[_Kind], rego_version: RegoVersion) -> _Kind:
    tokens = tokenize(Source("", source))
    parser = StatementParser(tokens, rego_version)
    with deep_stack(tokens.depth):
        statements = parser.statements(with_rules=False)
    if parser.errors:
        refuse(parser.errors)
    if len(statements) != 1 or not isinstance(statements[0], kind):
        refuse([finding(_start("", source), f"expected exactly one {kind.__name__.lower()}")])
    return statements[0]


def parse_term(source: str, *, file: str = "", rego_version: RegoVersion = "v1") -> Term:
    """Read one term. Raises ``RegoCompileError``."""
    body = parse_query(source, file=file, rego_version=rego_version)
    if len(body) == 1 and isinstance(body[0].terms, _TERMS):
        # OPA reads calls as expressions, and takes none for a term here.
        term: Term = body[0].terms
        if not isinstance(term, Call):
            return term
    return refuse([finding(_start(file, source), "expected exactly one term")])


def parse_ref(source: str, *, file: str = "", rego_version: RegoVersion = "v1") -> Ref:
    """Read one reference. Raises ``RegoCompileError``."""
    term = parse_term(source, file=file, rego_version=rego_version)
    if not isinstance(term, Ref):
        refuse([finding(term.location, "expected a reference")])
    return term


def _start(file: str, source: str) -> Location:
    return Location(Source(file, source), 0, 0, len(source))


def refuse(errors: list[RegoFinding]) -> NoReturn:
    """Raise the errors in order of position, each once."""
    found = dict.fromkeys(sorted(errors, key=lambda error: (error.row, error.col)))
    raise RegoCompileError(tuple(found))

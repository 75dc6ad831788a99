"""Source text to modules, queries, terms and references."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn, get_args

from policyengine.errors import RegoCompileError, RegoFinding
from policyengine.rego.syntax.ast import Body, Call, Comment, Expr, Module, Ref, RegoVersion, Term
from policyengine.rego.syntax.cursor import PARSE_ERROR
from policyengine.rego.syntax.module_builder import assemble, finding
from policyengine.rego.syntax.source import Location, Source
from policyengine.rego.syntax.stack import deep_stack
from policyengine.rego.syntax.statement_parser import StatementParser
from policyengine.rego.syntax.tokens import Tokens, tokenize

_TERMS = get_args(Term)


def parse_module(source: str, *, file: str, rego_version: RegoVersion = "v1") -> Module:
    """Read one Rego source file.

    Bytes that are not UTF-8 may be in ``source`` as lone surrogates (``surrogateescape``), and are
    then found where they stand. Raises ``RegoCompileError`` with each error in order of position.
    """
    text = Source(file, source)
    tokens = tokenize(text)
    parser = StatementParser(tokens, rego_version)
    with deep_stack(tokens.depth):
        statements = parser.statements()
    comments = _comments(tokens)
    if parser.errors:
        _refuse(parser.errors)
    if not statements:
        empty = RegoFinding(code=PARSE_ERROR, message="empty module", file=file, row=0, col=0)
        _refuse([empty])
    parts = assemble(statements, rego_version)
    if parts.errors or parts.package is None:
        _refuse(list(parts.errors))
    return Module(
        package=parts.package,
        imports=parts.imports,
        rules=parts.rules,
        annotations=(),
        comments=comments,
        rego_version=rego_version,
        features=parts.features,
    )


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
        _refuse(parser.errors)
    exprs: list[Expr] = []
    for statement in statements:
        if not isinstance(statement, tuple):
            kind = type(statement).__name__.lower()
            _refuse([finding(statement.location, f"expected body but got {kind}")])
        exprs += statement
    if len(statements) == 1:
        return tuple(exprs)
    return tuple(replace(expr, index=index) for index, expr in enumerate(exprs))


def parse_term(source: str, *, file: str = "", rego_version: RegoVersion = "v1") -> Term:
    """Read one term. Raises ``RegoCompileError``."""
    body = parse_query(source, file=file, rego_version=rego_version)
    if len(body) == 1 and isinstance(body[0].terms, _TERMS):
        # OPA reads calls as expressions, and takes none for a term here.
        term: Term = body[0].terms
        if not isinstance(term, Call):
            return term
    _refuse([finding(_start(file, source), "expected exactly one term")])


def parse_ref(source: str, *, file: str = "", rego_version: RegoVersion = "v1") -> Ref:
    """Read one reference. Raises ``RegoCompileError``."""
    term = parse_term(source, file=file, rego_version=rego_version)
    if not isinstance(term, Ref):
        _refuse([finding(term.location, "expected a reference")])
    return term


def _start(file: str, source: str) -> Location:
    return Location(Source(file, source), 0, 0, len(source))


def _refuse(errors: list[RegoFinding]) -> NoReturn:
    raise RegoCompileError(tuple(sorted(errors, key=lambda error: (error.row, error.col))))


def _comments(tokens: Tokens) -> tuple[Comment, ...]:
    text = tokens.source.text
    return tuple(
        Comment(
            text=_comment_text(text[start + 1 : end]),
            location=Location(tokens.source, start, start, end),
        )
        for start, end in tokens.comments
    )


def _comment_text(text: str) -> str:
    """Without the carriage returns at its end, as OPA cuts them."""
    if text == "\r":
        return ""
    while len(text) > 1 and text.endswith("\r"):
        text = text[:-1]
    return text

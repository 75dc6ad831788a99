"""Source text to a module."""

from __future__ import annotations

from collections.abc import Mapping

from policyengine.errors import RegoCompileError, RegoFinding
from policyengine.rego.syntax.annotations import annotate, attach, read_blocks
from policyengine.rego.syntax.ast import Comment, Module, RegoVersion
from policyengine.rego.syntax.cursor import PARSE_ERROR
from policyengine.rego.syntax.module_builder import assemble, finding
from policyengine.rego.syntax.query_parser import parse_query, parse_ref, parse_term, refuse
from policyengine.rego.syntax.source import Location, Source
from policyengine.rego.syntax.stack import deep_stack, paused_for
from policyengine.rego.syntax.statement_parser import StatementParser
from policyengine.rego.syntax.tokens import Tokens, tokenize

__all__ = ["parse_module", "parse_modules", "parse_query", "parse_ref", "parse_term"]


def parse_module(
    source: str, *, file: str, rego_version: RegoVersion = "v1", with_annotations: bool = True
) -> Module:
    """Read one Rego source file.

    1. The source is cut into tokens, and these are read as statements.
    2. The METADATA blocks among the comments are read.
    3. The statements become a module.
    4. The blocks are attached to its package and rules.

    Without ``with_annotations`` the METADATA blocks are comments like any other.

    Bytes that are not UTF-8 may be in ``source`` as ``decode`` leaves them, and are then found
    where they stand. Raises ``RegoCompileError`` with the errors of the first step that has any,
    in order of position.
    """
    with paused_for(len(source)):
        return _parse_module(Source(file, source), rego_version, with_annotations)


def parse_modules(
    sources: Mapping[str, str],
    *,
    rego_version: RegoVersion = "v1",
    file_rego_versions: Mapping[str, RegoVersion] | None = None,
) -> dict[str, Module]:
    """Read several files, by name; ``file_rego_versions`` has those not in ``rego_version``.

    Raises ``RegoCompileError`` with what is wrong in any of them.
    """
    versions = file_rego_versions or {}
    modules: dict[str, Module] = {}
    findings: list[RegoFinding] = []
    for file, source in sources.items():
        try:
            modules[file] = parse_module(
                source, file=file, rego_version=versions.get(file, rego_version)
            )
        except RegoCompileError as error:
            findings += error.errors
    if findings:
        raise RegoCompileError(tuple(findings))
    return modules


def _parse_module(source: Source, rego_version: RegoVersion, with_annotations: bool) -> Module:
    tokens = tokenize(source)
    parser = StatementParser(tokens, rego_version)
    with deep_stack(tokens.depth):
        statements = parser.statements()
    comments = _comments(tokens, parser.starts[parser.index])
    blocks, errors = read_blocks(comments if with_annotations else ())
    if parser.errors or errors:
        refuse([*parser.errors, *errors])
    if not statements:
        if blocks:
            refuse([finding(blocks[0].location, "package expected")])
        refuse(
            [RegoFinding(code=PARSE_ERROR, message="empty module", file=source.file, row=0, col=0)]
        )
    parts = assemble(statements, rego_version)
    if parts.errors or parts.package is None:
        refuse(list(parts.errors))
    annotations, errors = attach(blocks, parts, parts.package)
    if errors:
        refuse(errors)
    return Module(
        package=parts.package,
        imports=parts.imports,
        rules=annotate(parts.rules, annotations, parts.package),
        annotations=annotations,
        comments=comments,
        rego_version=rego_version,
        features=parts.features,
        depth=tokens.depth,
    )


def _comments(tokens: Tokens, before: int) -> tuple[Comment, ...]:
    """The comments in front of the character at ``before``."""
    text = tokens.source.text
    return tuple(
        Comment(
            text=_comment_text(text[start + 1 : end]),
            location=Location(tokens.source, start, start, end),
        )
        for start, end in tokens.comments
        if start < before
    )


def _comment_text(text: str) -> str:
    """Without the carriage returns at its end, as OPA cuts them."""
    if text == "\r":
        return ""
    while len(text) > 1 and text.endswith("\r"):
        text = text[:-1]
    return text

"""Modules in the one layout that ``opa fmt`` gives them."""

from __future__ import annotations

from typing import Final

from policyengine.errors import RegoCompileError, RegoFinding
from policyengine.rego.syntax.ast import Module, RegoVersion
from policyengine.rego.syntax.formatting.imports import imports_for
from policyengine.rego.syntax.formatting.kept import changed_rule, lost_comment
from policyengine.rego.syntax.formatting.lines import FormatError
from policyengine.rego.syntax.formatting.module_writer import written
from policyengine.rego.syntax.formatting.style import Target
from policyengine.rego.syntax.formatting.v1_checks import v1_problems
from policyengine.rego.syntax.parser import parse_module
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.stack import deep_stack

__all__ = ["Target", "format_module", "format_source"]

_FORMAT_ERROR: Final = "format_error"
_COMMENTS: Final = "put comments on lines of their own, in front of expressions"


def format_source(
    source: str,
    *,
    file: str,
    rego_version: RegoVersion = "v1",
    target: Target = "v1",
    drop_v0_imports: bool = False,
) -> str:
    """Lay out one Rego source file for ``target``.

    1. The source is read as ``rego_version``, and what v1 refuses in it is found.
    2. It is laid out by the places of its nodes and comments.
    3. What was written is read again, by each version of the target, and must have the same rules
       and every comment. Where OPA's own layout has not, the file is refused rather than
       damaged.

    Raises ``RegoCompileError`` with the errors of the first step that has any.
    """
    module = parse_module(source, file=file, rego_version=rego_version, with_annotations=False)
    text = format_module(module, target, drop_v0_imports=drop_v0_imports)
    if text != source:
        _check(module, text, "v0" if target == "v0" else "v1")
        if target == "v0-v1":
            _check(module, text, "v0")
    return text


def _check(module: Module, text: str, version: RegoVersion) -> None:
    file = module.package.location.file
    try:
        again = parse_module(text, file=file, rego_version=version, with_annotations=False)
    except RegoCompileError as error:
        first = error.errors[0]
        message = f"what was written does not read ({first.message}: {first.line.strip()})"
        raise _refusal(module.package.location, message) from None
    rule = changed_rule(module, again)
    if rule is not None:
        raise _refusal(rule.location, "this rule would become another one", _COMMENTS)
    comment = lost_comment(module, again)
    if comment is not None:
        raise _refusal(comment.location, "this comment would be lost", _COMMENTS)


def _refusal(location: Location, message: str, hint: str | None = None) -> RegoCompileError:
    row, col = location.source.position(location.offset)
    finding = RegoFinding(
        code=_FORMAT_ERROR,
        message=f"cannot be laid out: {message}",
        file=location.file,
        row=row,
        col=col,
        line=location.source.line(row),
        hint=hint,
    )
    return RegoCompileError((finding,))


def format_module(module: Module, target: Target, *, drop_v0_imports: bool = False) -> str:
    """Lay out a module, without the imports that v1 has no need of if ``drop_v0_imports``.

    Raises ``RegoCompileError``.
    """
    if target != "v0" and (problems := v1_problems(module)):
        raise RegoCompileError(problems)
    try:
        with deep_stack(module.depth):
            return written(module, target, imports_for(module, target, drop=drop_v0_imports))
    except FormatError as error:
        raise _refusal(error.location, str(error)) from None

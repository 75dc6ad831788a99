"""``# METADATA`` blocks: found among the comments, read as YAML, and attached to what is below.

1. A comment in the first column that begins with ``METADATA`` opens a block; the comments on the
   rows right below, also in the first column, are its YAML.
2. Each block is attached to the first package, import or rule below it. Without a ``scope`` it is
   of scope ``package`` there, or ``rule`` (``document`` if it is an ``entrypoint``).
3. Each rule is given the blocks of scope ``document`` for its path, and of scope ``rule`` above it
   that no rule of that path before it took.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict, deque
from dataclasses import dataclass, replace
from typing import Final, TypeGuard, get_args

from policyengine.errors import RegoFinding
from policyengine.rego.syntax.annotation_fields import RawAnnotations, read_fields
from policyengine.rego.syntax.ast import (
    Annotations,
    AnnotationScope,
    Comment,
    Import,
    Package,
    Rule,
    String,
    Term,
    Var,
)
from policyengine.rego.syntax.metadata_yaml import MetadataError, MetadataYamlError
from policyengine.rego.syntax.module_builder import Assembled, finding
from policyengine.rego.syntax.render import quoted, reference_text
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.visit import is_ground

_SCOPES: Final = get_args(AnnotationScope)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """One block as read, before it is attached."""

    fields: RawAnnotations
    text: str
    end_row: int
    location: Location


# ---- reading --------------------------------------------------------------------------------


def read_blocks(comments: tuple[Comment, ...]) -> tuple[list[Block], list[RegoFinding]]:
    """Every METADATA block, and what is wrong with those that do not read."""
    blocks: list[Block] = []
    errors: list[RegoFinding] = []
    for index, comment in enumerate(comments):
        if not _opens_block(comment):
            continue
        lines = _lines(comments, index)
        try:
            blocks.append(_read(comment, lines))
        except MetadataYamlError as error:
            errors.append(finding(_place(error, comment, lines), _hinted(str(error), lines)))
        except MetadataError as error:
            errors.append(finding(comment.location, str(error)))
    return blocks, errors


def _opens_block(comment: Comment) -> bool:
    return comment.text.strip().startswith("METADATA") and comment.location.col == 1


def _lines(comments: tuple[Comment, ...], opening: int) -> list[Comment]:
    """The comments that belong to the block opened by the one at index ``opening``."""
    lines: list[Comment] = []
    row = comments[opening].location.row
    for index in range(opening + 1, len(comments)):
        row += 1
        line = comments[index]
        if line.location.row != row or line.location.col != 1 or _opens_block(line):
            break
        lines.append(line)
    return lines


def _read(opening: Comment, lines: list[Comment]) -> Block:
    text = "\n".join(line.text.removeprefix(" ") for line in lines)
    if not text.strip():
        raise MetadataError("expected METADATA block, found whitespace")
    return Block(
        fields=read_fields(text + "\n"),
        text="# METADATA\n" + "\n".join(f"# {line}" for line in text.split("\n")),
        end_row=lines[-1].location.row,
        location=opening.location,
    )


def _place(error: MetadataYamlError, opening: Comment, lines: list[Comment]) -> Location:
    """Where OPA puts an error: the line behind the one that the YAML reader names."""
    if not lines:
        return opening.location
    if error.line is None:
        return lines[0].location
    return lines[min(error.line, len(lines) - 1)].location


def _hinted(message: str, lines: list[Comment]) -> str:
    """The message, with OPA's guess for lines that have no space behind a colon."""
    for line in lines:
        parts = line.text.split(":")[1:]
        wrong = []
        for index, part in enumerate(parts):
            if (not part and index == len(parts) - 1) or part.startswith((" ", "\t")):
                break
            wrong.append(_rune(part[:1]))
        if wrong:
            message += (
                f"\n  Hint: on line {line.location.row}, symbol(s) [{' '.join(wrong)}] immediately "
                "following a key/value separator ':' is not a legal yaml space character"
            )
    return message


def _rune(char: str) -> str:
    """A character as Go's ``%+q`` writes it; the replacement character for none."""
    if not char:
        return "'\\ufffd'"
    if not char.isascii():
        code = ord(char)
        return f"'\\u{code:04x}'" if code <= 0xFFFF else f"'\\U{code:08x}'"
    return "'\\''" if char == "'" else f"'{quoted(char)[1:-1]}'" if char != '"' else "'\"'"


# ---- attaching ------------------------------------------------------------------------------


def attach(
    blocks: list[Block], parts: Assembled, package: Package
) -> tuple[tuple[Annotations, ...], list[RegoFinding]]:
    """Attach each block to the statement below it, and check that its scope allows that."""
    statements: list[Package | Import | Rule] = [package, *parts.imports, *parts.rules]
    statements.sort(key=lambda statement: statement.location.row)
    rows = [statement.location.row for statement in statements]
    indexes = {id(rule): index for index, rule in enumerate(parts.rules)}
    annotations: list[Annotations] = []
    errors: list[RegoFinding] = []
    for block in blocks:
        at = bisect_left(rows, block.location.row + 1)
        target = statements[at] if at < len(statements) else None
        scope = block.fields.scope or _default_scope(block, target)
        problem = _scope_problem(scope, target)
        if problem:
            errors.append(finding(block.location, problem))
        if block.fields.entrypoint and scope not in {"document", "package"}:
            message = f"annotation entrypoint applied to non-document or package scope '{scope}'"
            errors.append(finding(block.location, message))
        if _is_scope(scope):
            annotations.append(_annotations(block, scope, indexes.get(id(target))))
    return tuple(annotations), errors


def _annotations(block: Block, scope: AnnotationScope, rule: int | None) -> Annotations:
    fields = block.fields
    return Annotations(
        scope=scope,
        rule=rule,
        title=fields.title,
        description=fields.description,
        entrypoint=fields.entrypoint,
        organizations=fields.organizations,
        related_resources=fields.related_resources,
        authors=fields.authors,
        schemas=fields.schemas,
        compile=fields.compile,
        custom=fields.custom,
        labels=fields.labels,
        text=block.text,
        end_row=block.end_row,
        location=block.location,
    )


def _is_scope(scope: str) -> TypeGuard[AnnotationScope]:
    return scope in _SCOPES


def _default_scope(block: Block, target: Package | Import | Rule | None) -> str:
    match target:
        case Rule():
            return "document" if block.fields.entrypoint else "rule"
        case Package():
            return "package"
        case Import():
            return "import"
        case None:
            return ""


def _scope_problem(scope: str, target: Package | Import | Rule | None) -> str | None:
    wanted: type[Package | Rule]
    if scope in {"rule", "document"}:
        wanted = Rule
    elif scope in {"package", "subpackages"}:
        wanted = Package
    else:
        return (
            f"invalid annotation scope '{scope}'. "
            "Use one of 'rule', 'document', 'package', or 'subpackages'"
        )
    if isinstance(target, wanted):
        return None
    have = "" if target is None else f" (have {type(target).__name__.lower()})"
    name = wanted.__name__.lower()
    return f"annotation scope '{scope}' must be applied to {name}{have}"


def annotate(
    rules: tuple[Rule, ...], annotations: tuple[Annotations, ...], package: Package
) -> tuple[Rule, ...]:
    """The rules, each with the annotations of its own."""
    documents: dict[str, list[int]] = defaultdict(list)
    above: dict[str, deque[int]] = defaultdict(deque)
    for index, item in enumerate(annotations):
        if item.rule is not None and item.scope in {"document", "rule"}:
            path = reference_text(rule_path(rules[item.rule], package))
            indexes = documents[path] if item.scope == "document" else above[path]
            indexes.append(index)
    if not documents and not above:
        return rules
    pending: dict[str, list[int]] = defaultdict(list)
    result = []
    for rule in rules:
        path = reference_text(rule_path(rule, package))
        row = rule.location.row
        waiting, open_ = above[path], pending[path]
        while waiting and annotations[waiting[0]].location.row < row:
            insort(open_, waiting.popleft())
        own = sorted([*documents[path], *open_])
        if open_:
            open_.pop()
        if own:
            attached = tuple(annotations[index] for index in own)
            result.append(replace(rule, annotations=attached))
        else:
            result.append(rule)
    return tuple(result)


def rule_path(rule: Rule, package: Package) -> tuple[Term, ...]:
    """The path of the document that a rule defines, up to its first variable."""
    first, *steps = rule.head.ref
    path = [*package.path.terms]
    if isinstance(first, Var):
        path.append(String(value=first.name, location=first.location))
    for term in steps:
        if not is_ground(term):
            break
        path.append(term)
    return tuple(path)

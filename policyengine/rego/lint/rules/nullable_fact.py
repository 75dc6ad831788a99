"""Facts that may be null, where null is an error or quietly decides.

A builtin that is called on null is an error, and the verdict incomplete; in a comparison null is
less than everything else, so that ``input.x < 5`` holds for it. Found is only what is sure: in the
rules that give reasons, a fact of the schema, without anything in the body that may keep null away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policyengine.rego.lint.calls import name_of, rules
from policyengine.rego.lint.facts import Fact, Facts
from policyengine.rego.lint.finding import Found, LintModule, LintRule
from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.runtime.types import RegoType, ScalarType, UnionType
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.formatting.operators import SIGNS
from policyengine.rego.syntax.visit import children

_REASONS: Final = re.compile(r"(deny|violation|warn)(_.*)?")
# The operand for which null makes the comparison hold, and the one that null cannot be then.
_SMALLER: Final = {"lt": (0, 1), "lte": (0, 1), "gt": (1, 0), "gte": (1, 0)}
_EQUALITIES: Final = frozenset({"equal", "eq"})
_MEMBERSHIPS: Final = frozenset({"internal.member_2", "internal.member_3"})
_KINDS: Final = frozenset(
    {
        *("is_array", "is_boolean", "is_number", "is_object", "is_set", "is_string"),
        "type_name",
    }
)
# What is said in a body within holds there alone.
_BODIES: Final = (
    ast.ArrayComprehension,
    ast.SetComprehension,
    ast.ObjectComprehension,
    ast.Every,
    ast.Not,
    ast.LogicalAnd,
    ast.LogicalOr,
)


def _check(module: LintModule) -> Iterator[Found]:
    if module.input_schema is None:
        return
    known = Facts(module.input_schema).importing(module.tree.imports)
    for rule in rules(module.tree):
        if _REASONS.fullmatch(rule.head.name):
            heads = [term for term in (rule.head.key, rule.head.value) if term is not None]
            yield from _in_body(rule.body, heads, known, frozenset())


def _in_body(
    body: ast.Body, heads: list[ast.Term], facts: Facts, guarded: frozenset[str]
) -> Iterator[Found]:
    facts = facts.within(body)
    guarded = guarded.union(*(_kept_from_null(expression, facts) for expression in body))
    for expression in body:
        # ``with`` puts other values in the place of facts.
        if not expression.with_:
            yield from _of_comparison(expression, facts, guarded)
            yield from _in_node(expression.terms, facts, guarded)
    for head in heads:
        yield from _in_node(head, facts, guarded)


def _in_node(node: ast.Node, facts: Facts, guarded: frozenset[str]) -> Iterator[Found]:
    match node:
        case ast.ArrayComprehension() | ast.SetComprehension():
            yield from _in_body(node.body, [node.term], facts, guarded)
        case ast.ObjectComprehension():
            yield from _in_body(node.body, [node.key, node.value], facts, guarded)
        case ast.Every():
            yield from _in_node(node.domain, facts, guarded)
            yield from _in_body(node.body, [], facts.through(node), guarded)
        case ast.Not():
            yield from _in_body(node.body, [], facts, guarded)
        case ast.LogicalAnd() | ast.LogicalOr():
            yield from _in_body(node.left, [], facts, guarded)
            yield from _in_body(node.right, [], facts, guarded)
        case _:
            if isinstance(node, ast.Call):
                yield from _of_call(node, facts, guarded)
            for child in children(node):
                yield from _in_node(child, facts, guarded)


def _of_call(call: ast.Call, facts: Facts, guarded: frozenset[str]) -> Iterator[Found]:
    name = name_of(call.operator)
    builtin = BUILTINS.get(name) if name is not None else None
    if name is None or builtin is None:
        return
    for term, kind in zip(call.args, builtin.signature.args, strict=False):
        fact = _nullable(term, facts, guarded)
        if fact is not None and not _takes_null(kind):
            sign = SIGNS.get(name, name)
            yield Found(
                at=term.location,
                message=f"{term.location.text} may be null, for which {sign} is an error: "
                "the verdict is then incomplete",
                hint=f"write {term.location.text} != null before it",
            )


def _of_comparison(expression: ast.Expr, facts: Facts, guarded: frozenset[str]) -> Iterator[Found]:
    call = expression.terms
    if not isinstance(call, ast.Call) or len(call.args) != 2:
        return
    name = name_of(call.operator) or ""
    if name not in _SMALLER:
        return
    smaller, larger = _SMALLER[name]
    index = larger if expression.negated else smaller
    term = call.args[index]
    if _nullable(term, facts, guarded) is not None:
        holds = "does not hold for it, and not makes it hold" if expression.negated else "holds"
        yield Found(
            at=term.location,
            message=f"{term.location.text} may be null, and null is less than every number and "
            f"string: the comparison {holds}",
            hint=f"write {term.location.text} != null too",
        )


def _nullable(term: ast.Term, facts: Facts, guarded: frozenset[str]) -> Fact | None:
    fact = facts.of(term)
    if fact is None or not fact.is_nullable or fact.name in guarded:
        return None
    return fact


def _takes_null(kind: RegoType | None) -> bool:
    if isinstance(kind, UnionType):
        # The union of nothing is anything.
        return not kind.of or any(_takes_null(each) for each in kind.of)
    return isinstance(kind, ScalarType) and kind.name == "null"


def _kept_from_null(expression: ast.Expr, facts: Facts) -> frozenset[str]:
    """The facts that are not null where ``expression`` holds, or may not be: what is not sure is
    left to whoever wrote it."""
    if expression.with_:
        return frozenset()
    found: set[str] = set()
    if isinstance(expression.terms, ast.SomeDecl):
        return frozenset()
    pending: list[ast.Node] = [expression.terms]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Call):
            found.update(_kept_by(node, facts, negated=expression.negated))
        if not isinstance(node, _BODIES):
            pending.extend(children(node))
    return frozenset(found)


def _kept_by(call: ast.Call, facts: Facts, *, negated: bool) -> Iterator[str]:
    name = name_of(call.operator)
    if name in _SMALLER and len(call.args) == 2:
        smaller, larger = _SMALLER[name]
        other = call.args[smaller if not negated else larger]
        kept = call.args[larger if not negated else smaller]
        # Null is at least null.
        if name in {"lt", "gt"} or not isinstance(other, ast.Null):
            yield from _named(kept, facts)
        return
    if name == "neq" and not negated:
        if any(isinstance(term, ast.Null) for term in call.args):
            for term in call.args:
                yield from _named(term, facts)
        return
    is_test = name in _EQUALITIES and (
        any(isinstance(term, ast.Null) for term in call.args) == negated
    )
    is_own = name is None or name not in BUILTINS
    if is_test or is_own or name in _KINDS or name in _MEMBERSHIPS or name == "is_null":
        for term in call.args:
            yield from _named(term, facts)


def _named(term: ast.Term, facts: Facts) -> Iterator[str]:
    fact = facts.of(term)
    if fact is not None:
        yield fact.name


_SCHEMA: Final = {
    "type": "object",
    "properties": {"age": {"type": ["number", "null"]}, "name": {"type": ["string", "null"]}},
}

RULE = LintRule(
    id="nullable-fact",
    category="bug",
    explanation="A fact that may be null by the schema of the view is an error in a builtin, and "
    "less than everything in a comparison, which then holds for what nobody knows.",
    bad=(
        "package a\n\n# METADATA\n# title: A\n"
        'deny contains "old" if {\n\tinput.age < 5\n\tstartswith(input.name, "x")\n}\n'
    ),
    good=(
        "package a\n\n# METADATA\n# title: A\n"
        'deny contains "old" if {\n\tinput.age != null\n\tinput.age < 5\n'
        '\tis_string(input.name)\n\tstartswith(input.name, "x")\n}\n'
    ),
    schema=_SCHEMA,
    check=_check,
)

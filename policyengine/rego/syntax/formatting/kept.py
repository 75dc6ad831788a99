"""What a layout lost: OPA's drops comments, and now and then code, that stand in odd places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Comment, Module, Node, Rule
from policyengine.rego.syntax.order import sorted_items, sorted_pairs
from policyengine.rego.syntax.visit import children

_Leaf: TypeAlias = tuple[str, str]


def lost_rule(before: Module, after: Module) -> Rule | None:
    """The first rule of ``before`` that has other names, constants or expressions in ``after``."""
    rules = sorted(before.rules, key=lambda rule: rule.location.offset)
    others = sorted(after.rules, key=lambda rule: rule.location.offset)
    for index, rule in enumerate(rules):
        if index >= len(others) or Counter(_leaves(rule)) != Counter(_leaves(others[index])):
            return rule
    return None


def lost_comment(before: Module, after: Module) -> Comment | None:
    """The first comment of ``before`` that ``after`` has not, or not as often."""
    left = Counter(comment.text.rstrip() for comment in after.comments)
    for comment in before.comments:
        text = comment.text.rstrip()
        if not left[text]:
            return comment
        left[text] -= 1
    return None


def _leaves(rule: Rule) -> Iterator[_Leaf]:
    """What a rule is made of, whatever its layout and the version it is written for.

    The value ``true`` of a head may be written or not, and a constant in a template string with
    braces or without.
    """
    pending: list[Node] = [rule]
    while pending:
        node = pending.pop()
        match node:
            case ast.Var():
                yield "var", "_" if node.is_wildcard else node.name
            case ast.String():
                yield "string", node.value
            case ast.Number():
                yield "number", node.text
            case ast.Boolean() | ast.Null():
                pass
            case ast.TemplateString():
                pending.extend(part for part in node.parts if isinstance(part, ast.Expr))
            case ast.Set():
                yield "set", ""
                pending.extend(sorted_items(node))
            case ast.Object():
                yield "object", ""
                pending.extend(term for pair in sorted_pairs(node) for term in pair)
            case ast.Expr():
                yield "not" if node.negated else "expr", ""
                pending.extend(children(node))
            case _:
                yield type(node).__name__, ""
                pending.extend(children(node))

"""What a layout lost or changed.

OPA's drops comments that stand in odd places, now and then with the code beside them, and leaves
out some parentheses that are needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Comment, Module, Node, Rule
from policyengine.rego.syntax.order import sorted_items, sorted_pairs
from policyengine.rego.syntax.visit import children

# The kind of a node, what it says, and how many nodes are below it.
_Part: TypeAlias = tuple[str, str, int]


def changed_rule(before: Module, after: Module) -> Rule | None:
    """The first rule of ``before`` that is another one in ``after``."""
    rules = sorted(before.rules, key=lambda rule: rule.location.offset)
    others = sorted(after.rules, key=lambda rule: rule.location.offset)
    for index, rule in enumerate(rules):
        if index >= len(others) or [*_shape(rule)] != [*_shape(others[index])]:
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


def _shape(rule: Rule) -> Iterator[_Part]:
    """A rule without its layout and what differs between versions: equal for equal rules.

    That is each node with the number of those below it, which stand behind it. The value ``true``
    of a head may be written or not, and a constant in a template string with braces or without.
    """
    pending: list[Node] = [rule]
    while pending:
        node = pending.pop()
        value = ""
        below: list[Node] = []
        match node:
            case ast.Var():
                value = "_" if node.is_wildcard else node.name
            case ast.String():
                value = node.value
            case ast.Number():
                value = node.text
            case ast.Boolean():
                value = str(node.value)
            case ast.TemplateString():
                below.extend(part for part in node.parts if isinstance(part, ast.Expr))
            case ast.Set():
                below.extend(sorted_items(node))
            case ast.Object():
                below.extend(term for pair in sorted_pairs(node) for term in pair)
            case ast.Head():
                value = f"{len(node.ref)} {len(node.args)}"
                below = children(node)
                if isinstance(node.value, ast.Boolean) and node.value.value:
                    below.pop()
            case ast.Expr():
                value = "not" if node.negated else ""
                below = children(node)
            case ast.Rule():
                value = "default" if node.default else ""
                below = children(node)
            case _:
                below = children(node)
        yield type(node).__name__, value, len(below)
        pending.extend(reversed(below))

"""Ways through a syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Node

_LEAVES: Final = (ast.Var, ast.String, ast.Number, ast.Boolean, ast.Null)


def children(node: Node) -> list[Node]:
    """The nodes directly below ``node``, in the order of the source.

    A call's operator is one of them. A head's ``key`` is left out where it is also the last term
    of ``ref``, so that a walk sees each node once.
    """
    if isinstance(node, _LEAVES):
        return []
    match node:
        case ast.Ref():
            return [*node.terms]
        case ast.Call():
            return [node.operator, *node.args]
        case ast.Expr():
            return [node.terms, *node.with_]
        case ast.Array() | ast.Set():
            return [*node.items]
        case ast.Object():
            return [term for pair in node.items for term in pair]
        case ast.ArrayComprehension() | ast.SetComprehension():
            return [node.term, *node.body]
        case ast.ObjectComprehension():
            return [node.key, node.value, *node.body]
        case ast.TemplateString():
            return [*node.parts]
        case ast.With():
            return [node.target, node.value]
        case ast.SomeDecl():
            return [*node.symbols]
        case ast.Every():
            key: list[Node] = [] if node.key is None else [node.key]
            return [*key, node.value, node.domain, *node.body]
        case ast.Not():
            return [*node.body]
        case ast.LogicalAnd() | ast.LogicalOr():
            return [*node.left, *node.right]
        case ast.Head():
            below: list[Node] = [*node.ref, *node.args]
            if node.key is not None and (len(node.ref) < 2 or node.key is not node.ref[-1]):
                below.append(node.key)
            if node.value is not None:
                below.append(node.value)
            return below
        case ast.Rule():
            return [node.head, *node.body, *([] if node.else_ is None else [node.else_])]
        case ast.Package() | ast.Import():
            return [node.path]
        case ast.Module():
            return [node.package, *node.imports, *node.rules]
        case _:
            return []


def walk(node: Node) -> Iterator[Node]:
    """``node`` and every node below it, parents first, in the order of the source.

    It keeps its own stack: a tree may be deeper than Python's.
    """
    pending: list[Node] = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))


def is_ground(term: ast.Term) -> bool:
    """Whether no variable decides the term's value, as OPA's parser asks it of a head.

    The head of a reference does not count, nor does a call's operator.
    """
    pending: list[Node] = [term]
    while pending:
        node = pending.pop()
        match node:
            case ast.Var() | ast.TemplateString() | ast.SomeDecl() | ast.Every():
                return False
            case ast.Ref():
                pending.extend(node.terms[1:])
            case ast.Call():
                pending.extend(node.args)
            case ast.Expr():
                pending.append(node.terms)
            case _:
                pending.extend(children(node))
    return True


def is_call_of(terms: Node, name: str) -> bool:
    """Whether this is a call of the builtin ``name``, which is one word."""
    if not isinstance(terms, ast.Call) or len(terms.operator.terms) != 1:
        return False
    head = terms.operator.terms[0]
    return isinstance(head, ast.Var) and head.name == name

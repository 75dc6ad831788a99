"""Bodies that OPA takes for empty ones.

A rule without a body has the body ``true``, and OPA puts what a head needs evaluated in its place.
It does so with every body that is one ``true``, also a negated one or one under ``with``: since its
compiler drops the statement, ``r := f(1) if not true`` holds, and ``r := 1 if not true`` does not.
"""

from __future__ import annotations

from collections.abc import Sequence

from policyengine.rego.compiler import core
from policyengine.rego.runtime.values import RegoObject, RegoSet
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.visit import children


def drop_empty_body(
    exprs: Sequence[ast.Expr],
    body: list[core.Statement],
    head: Sequence[core.Statement],
    reference: Sequence[core.Operand] = (),
) -> None:
    """Drop ``body``, made of ``exprs``, if it is an empty one and the ``head`` needs statements.

    What a head's ``reference`` has behind its name is taken out of it first, then its calls, then
    those of a ``with``, which make a body longer than one, and then the head's references.
    """
    keyed = any(_is_taken_out(operand) for operand in reference)
    if len(exprs) != 1 or not (head or keyed):
        return
    (expr,) = exprs
    if not isinstance(expr.terms, ast.Boolean) or not expr.terms.value:
        return
    called = any(isinstance(statement.action, core.Call) for statement in head)
    if keyed or called or not _calls(expr):
        body.clear()


def _is_taken_out(operand: core.Operand) -> bool:
    """Whether a part of a head's reference is neither a scalar nor a variable of the policy's."""
    if isinstance(operand, core.Const):
        return isinstance(operand.value, list | dict | RegoSet | RegoObject)
    return not isinstance(operand, core.Local) or operand.variable.is_generated


def _calls(expr: ast.Expr) -> bool:
    return any(_has_call(modifier.value) for modifier in expr.with_)


def _has_call(node: ast.Node) -> bool:
    """Whether there is a call outside comprehensions, whose calls stay in their own bodies."""
    if isinstance(node, ast.Call | ast.TemplateString):
        return True
    if isinstance(node, ast.ArrayComprehension | ast.SetComprehension | ast.ObjectComprehension):
        return False
    return any(_has_call(below) for below in children(node))

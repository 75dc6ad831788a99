"""Queries that ask for one document alone: they need no compiler."""

from __future__ import annotations

from policyengine.rego.compiler.query import Query
from policyengine.rego.compiler.running import Program
from policyengine.rego.runtime.evaluation import Context, Node, extent
from policyengine.rego.runtime.values import UNDEFINED, Value
from policyengine.rego.syntax import ast


def document_query(program: Program, body: ast.Body) -> Query | None:
    """The query, if it is ``data.a.b`` where a rule or a package is; else None.

    A path that goes on below a rule is left to the compiler, which knows the rule's type.
    """
    node = _node(program.nodes, body)
    if node is None or node.is_function:
        return None
    place = node

    def run(context: Context, out: list[tuple[Value, ...]]) -> None:
        value = extent(context, place)
        if value is not UNDEFINED:
            out.append((value,))

    return Query(
        run=run,
        bindings=(),
        expressions=(0,),
        body=body,
        program=program,
        owners=program.image.owners,
        spans=(),
        takes_whole=program.image.takes_whole,
    )


def _node(root: Node, body: ast.Body) -> Node | None:
    if len(body) != 1 or body[0].negated or body[0].with_:
        return None
    reference = body[0].terms
    if not isinstance(reference, ast.Ref):
        return None
    head, *steps = reference.terms
    if not isinstance(head, ast.Var) or head.name != "data":
        return None
    node: Node | None = root
    for step in steps:
        # Below a rule with a general head there are names of rules, and other keys of it too.
        if node is None or node.evaluate is not None or not isinstance(step, ast.String):
            return None
        node = node.children.get(step.value)
    return node

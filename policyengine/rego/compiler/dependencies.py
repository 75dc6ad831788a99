"""Which rules each rule refers to.

A variable in a reference stands for any name, unless the body binds it to constants before: then
``some root in ["a", "b"]; data[root].p`` refers to two rules only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.core import Variable
from policyengine.rego.compiler.tree import TreeNode
from policyengine.rego.runtime.access import get
from policyengine.rego.runtime.values import (
    UNDEFINED,
    RegoSet,
    Value,
    is_object,
    object_items,
)

Dependencies: TypeAlias = dict[TreeNode, tuple[TreeNode, ...]]

_Known: TypeAlias = dict[Variable, list[Value]]

# OPA's bound on how many references one reference stands for.
_MOST_VALUES: Final = 64


Reached: TypeAlias = tuple[TreeNode, tuple[str | None, ...]]
"""Rules, and the steps that a reference takes behind their place: None for any."""


def dependencies(tree: TreeNode) -> Dependencies:
    """The rules that each rule refers to, in the order of its bodies."""
    nodes = [node for node in subtree(tree) if node.clauses]
    return {
        node: tuple(
            dict.fromkeys(
                other
                for clause in node.clauses
                for branch in (clause, *clause.branches)
                for other, _ in reached(tree, branch)
            )
        )
        for node in nodes
    }


def subtree(node: TreeNode) -> Iterator[TreeNode]:
    """A node and all below it."""
    yield node
    for child in node.children.values():
        yield from subtree(child)


def reached(tree: TreeNode, branch: core.Clause) -> Iterator[Reached]:
    """What the body of one rule, or of one ``else``, refers to."""
    known: _Known = {}
    for statement in branch.body:
        yield from _of_statement(tree, statement, known)
        _learn(statement, known)


def _of_body(tree: TreeNode, body: core.Body, known: _Known) -> Iterator[Reached]:
    for statement in body:
        yield from _of_statement(tree, statement, known)


def _of_statement(tree: TreeNode, statement: core.Statement, known: _Known) -> Iterator[Reached]:
    action = statement.action
    match action:
        case core.Equation():
            for term in (action.a, action.b):
                if not isinstance(term, core.Local | core.Const):
                    yield from _of_term(tree, term, known)
        case core.Test():
            yield from _of_term(tree, action.term, known)
        case core.Call():
            yield from _of_function(tree, action.function)
    for replacement in statement.replacements:
        if isinstance(replacement.value, core.RuleFunction):
            yield from _of_function(tree, replacement.value)
        if isinstance(replacement.target, core.RuleFunction):
            yield from _of_function(tree, replacement.target)
        elif replacement.target == "data":
            yield from _of_path(tree, replacement.path)
    if statement.is_flat:
        return
    for inner in (*variables.explicit_bodies(action), *variables.implicit_bodies(action)):
        yield from _of_body(tree, inner, known)


def _of_function(tree: TreeNode, function: core.Function) -> Iterator[Reached]:
    if isinstance(function, core.RuleFunction):
        node: TreeNode | None = tree
        for name in function.path:
            node = None if node is None else node.children.get(name)
        if node is not None and node.clauses:
            yield node, ()


def _of_term(tree: TreeNode, term: core.CoreTerm, known: _Known) -> Iterator[Reached]:
    if isinstance(term, core.Comprehension):
        yield from _of_body(tree, term.body, known)
    elif isinstance(term, core.Reference) and _is_data(term.head):
        for path in _paths(term.path, known):
            yield from _of_path(tree, path)


def _is_data(head: core.Local | core.Root) -> bool:
    return isinstance(head, core.Root) and head.name == "data"


def _paths(path: tuple[core.Operand, ...], known: _Known) -> list[tuple[Value, ...]]:
    """What a reference's steps can be, UNDEFINED for a step that may be anything."""
    paths: list[tuple[Value, ...]] = [()]
    for step in path:
        # Without a value the body never holds, but that is not decided here.
        values = _values(step, known) or [UNDEFINED]
        if len(paths) * len(values) > _MOST_VALUES:
            values = [UNDEFINED]
        paths = [(*steps, value) for steps in paths for value in values]
    return paths


def _of_path(tree: TreeNode, path: tuple[Value, ...]) -> Iterator[Reached]:
    level = [tree]
    for index, key in enumerate(path):
        following: list[TreeNode] = []
        for node in level:
            if node.clauses and _intersects(node, path[index:]):
                yield node, _steps(node, path[index:])
            if key is UNDEFINED:
                following += node.children.values()
            elif type(key) is str and key in node.children:
                following.append(node.children[key])
        level = following
    for node in level:
        for below in subtree(node):
            if below.clauses:
                yield below, ()


def _steps(node: TreeNode, rest: tuple[Value, ...]) -> tuple[str | None, ...]:
    if not node.is_general:
        return ()
    return tuple([step if type(step) is str else None for step in rest])


def _intersects(node: TreeNode, rest: tuple[Value, ...]) -> bool:
    steps = _steps(node, rest)
    return not steps or any(may_be(clause, steps) for clause in node.clauses)


def may_be(clause: core.Clause, steps: tuple[str | None, ...]) -> bool:
    """Whether steps behind a rule's place can be those of its own reference."""
    return all(
        step is None or not isinstance(own, core.Const) or own.value == step
        for own, step in zip(clause.suffix, steps, strict=False)
    )


# ---- variables that hold constants -----------------------------------------------------------


def _learn(statement: core.Statement, known: _Known) -> None:
    """Keep the values of a variable that a statement binds to constants."""
    action = statement.action
    if not isinstance(action, core.Equation) or statement.negated or statement.replacements:
        return
    for side, other in ((action.a, action.b), (action.b, action.a)):
        if isinstance(side, core.Local):
            values = _values(other, known)
            if values is not None:
                known.setdefault(side.variable, values)
                return


def _values(term: core.CoreTerm, known: _Known) -> list[Value] | None:
    """The constants that a term can be; None where that is not known."""
    match term:
        case core.Const():
            return [term.value]
        case core.Local():
            return known.get(term.variable)
        case core.Reference(head=core.Local() as head):
            return _members(known.get(head.variable), term.path)
    return None


def _members(values: list[Value] | None, path: tuple[core.Operand, ...]) -> list[Value] | None:
    for step in path:
        if values is None:
            return None
        found: list[Value] = []
        for value in values:
            if isinstance(step, core.Const):
                member = get(value, step.value)
                found += [] if member is UNDEFINED else [member]
            elif type(value) is list or isinstance(value, RegoSet):
                found += value
            elif is_object(value):
                found += [item for _, item in object_items(value)]
            else:
                return None
        values = found if len(found) <= _MOST_VALUES else None
    return values

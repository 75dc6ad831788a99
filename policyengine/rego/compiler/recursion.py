"""Rules that need their own value."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.errors import RegoFinding
from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.conflicts import rule_text
from policyengine.rego.compiler.findings import RECURSION_ERROR, finding_at
from policyengine.rego.compiler.tree import TreeNode


def dependencies(tree: TreeNode) -> dict[TreeNode, tuple[TreeNode, ...]]:
    """Which other rules each rule refers to."""
    nodes = [node for node in _nodes(tree) if node.clauses]
    return {node: tuple(dict.fromkeys(_reached(tree, node))) for node in nodes}


def find_recursion(reached: dict[TreeNode, tuple[TreeNode, ...]]) -> list[RegoFinding]:
    """Every rule that reaches itself, with the way. ``reached`` is that of ``dependencies``."""
    nodes = [*reached]
    looping = _looping(nodes, reached)
    findings: list[RegoFinding] = []
    for node in nodes:
        if node not in looping:
            continue
        way = _way(node, reached)
        if not way:
            continue
        name = rule_text(node.clauses[0])
        text = " -> ".join(rule_text(step.clauses[0]) for step in way)
        findings.append(
            finding_at(
                node.clauses[0].rule.location,
                RECURSION_ERROR,
                f"rule {name} is recursive: {text}",
            )
        )
    return findings


def _nodes(node: TreeNode) -> Iterator[TreeNode]:
    yield node
    for child in node.children.values():
        yield from _nodes(child)


def _looping(nodes: list[TreeNode], reached: dict[TreeNode, tuple[TreeNode, ...]]) -> set[TreeNode]:
    """What is left when all that ends is taken away: the nodes on cycles, and before them."""
    waiting = {node: len(reached[node]) for node in nodes}
    users: dict[TreeNode, list[TreeNode]] = {node: [] for node in nodes}
    for node in nodes:
        for other in reached[node]:
            users[other].append(node)
    ended = [node for node in nodes if not waiting[node]]
    while ended:
        node = ended.pop()
        for user in users[node]:
            waiting[user] -= 1
            if not waiting[user]:
                ended.append(user)
    return {node for node in nodes if waiting[node]}


def _way(start: TreeNode, reached: dict[TreeNode, tuple[TreeNode, ...]]) -> list[TreeNode] | None:
    """The shortest way from a node back to itself."""
    before: dict[TreeNode, TreeNode] = {}
    level = [start]
    while level:
        following: list[TreeNode] = []
        for node in level:
            for other in reached[node]:
                if other is start:
                    way = [start, node]
                    while way[-1] is not start:
                        way.append(before[way[-1]])
                    return way[::-1] if way[0] is start else way
                if other not in before:
                    before[other] = node
                    following.append(other)
        level = following
    return None


def _reached(tree: TreeNode, node: TreeNode) -> Iterator[TreeNode]:
    for clause in node.clauses:
        for branch in (clause, *clause.branches):
            yield from _of_body(tree, branch.body)


def _of_body(tree: TreeNode, body: core.Body) -> Iterator[TreeNode]:
    for statement in body:
        action = statement.action
        match action:
            case core.Equation():
                yield from _of_term(tree, action.a)
                yield from _of_term(tree, action.b)
            case core.Test():
                yield from _of_term(tree, action.term)
            case core.Call():
                yield from _of_function(tree, action.function)
        for replacement in statement.replacements:
            if isinstance(replacement.value, core.RuleFunction):
                yield from _of_function(tree, replacement.value)
        for inner in (*variables.explicit_bodies(action), *variables.implicit_bodies(action)):
            yield from _of_body(tree, inner)


def _of_function(tree: TreeNode, function: core.Function) -> Iterator[TreeNode]:
    if isinstance(function, core.RuleFunction):
        node: TreeNode | None = tree
        for name in function.path:
            node = None if node is None else node.children.get(name)
        if node is not None and node.clauses:
            yield node


def _of_term(tree: TreeNode, term: core.CoreTerm) -> Iterator[TreeNode]:
    if isinstance(term, core.Comprehension):
        yield from _of_body(tree, term.body)
    elif isinstance(term, core.Reference) and _is_data(term.head):
        yield from _of_path(tree, term.path)


def _is_data(head: core.Local | core.Root) -> bool:
    return isinstance(head, core.Root) and head.name == "data"


def _of_path(tree: TreeNode, path: tuple[core.Operand, ...]) -> Iterator[TreeNode]:
    level = [tree]
    for key in path:
        following: list[TreeNode] = []
        for node in level:
            if node.clauses:
                yield node
            if not isinstance(key, core.Const):
                following += node.children.values()
            elif type(key.value) is str and key.value in node.children:
                following.append(node.children[key.value])
        level = following
    for node in level:
        for below in _nodes(node):
            if below.clauses:
                yield below

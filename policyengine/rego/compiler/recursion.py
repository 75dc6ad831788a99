"""Rules that need their own value."""

from __future__ import annotations

from typing import TypeAlias

from policyengine.errors import RegoFinding
from policyengine.rego.compiler.conflicts import rule_text
from policyengine.rego.compiler.core import Clause
from policyengine.rego.compiler.dependencies import Dependencies, may_be, reached
from policyengine.rego.compiler.findings import RECURSION_ERROR, finding_at
from policyengine.rego.compiler.tree import TreeNode

_Graph: TypeAlias = dict[Clause, tuple[Clause, ...]]


def find_recursion(tree: TreeNode, needed: Dependencies) -> list[RegoFinding]:
    """Every definition and every ``else`` that reaches itself, with the way.

    ``needed`` is that of ``dependencies``.
    """
    nodes = [*needed]
    looping = _looping(nodes, needed)
    graph = _graph(tree, [node for node in nodes if node in looping], looping)
    findings: list[RegoFinding] = []
    for start in graph:
        way = _way(start, graph)
        if way:
            text = " -> ".join(rule_text(step) for step in way)
            findings.append(
                finding_at(
                    start.rule.location,
                    RECURSION_ERROR,
                    f"rule {rule_text(start)} is recursive: {text}",
                )
            )
    return findings


def _looping(nodes: list[TreeNode], needed: Dependencies) -> set[TreeNode]:
    """What is left when all that ends is taken away: the nodes on cycles, and before them."""
    waiting = {node: len(needed[node]) for node in nodes}
    users: dict[TreeNode, list[TreeNode]] = {node: [] for node in nodes}
    for node in nodes:
        for other in needed[node]:
            users[other].append(node)
    ended = [node for node in nodes if not waiting[node]]
    while ended:
        node = ended.pop()
        for user in users[node]:
            waiting[user] -= 1
            if not waiting[user]:
                ended.append(user)
    return {node for node in nodes if waiting[node]}


def _graph(tree: TreeNode, nodes: list[TreeNode], looping: set[TreeNode]) -> _Graph:
    """Definition by definition: one that refers to a rule refers to all of its definitions."""
    graph: _Graph = {}
    for node in nodes:
        for clause in node.clauses:
            for branch in (clause, *clause.branches):
                found: dict[Clause, None] = {}
                for other, steps in dict.fromkeys(reached(tree, branch)):
                    if other in looping:
                        for target in other.clauses:
                            if may_be(target, steps):
                                found |= dict.fromkeys((target, *target.branches))
                graph[branch] = tuple(found)
    return graph


def _way(start: Clause, graph: _Graph) -> list[Clause] | None:
    """The shortest way from a definition back to itself."""
    before: dict[Clause, Clause] = {}
    level = [start]
    while level:
        following: list[Clause] = []
        for clause in level:
            for other in graph[clause]:
                if other is start:
                    way = [start, clause]
                    while way[-1] is not start:
                        way.append(before[way[-1]])
                    return way[::-1] if way[0] is start else way
                if other not in before:
                    before[other] = clause
                    following.append(other)
        level = following
    return None

"""Rules that need their own value."""

from __future__ import annotations

from policyengine.errors import RegoFinding
from policyengine.rego.compiler.conflicts import rule_text
from policyengine.rego.compiler.dependencies import Dependencies
from policyengine.rego.compiler.findings import RECURSION_ERROR, finding_at
from policyengine.rego.compiler.tree import TreeNode


def find_recursion(reached: Dependencies) -> list[RegoFinding]:
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


def _looping(nodes: list[TreeNode], reached: Dependencies) -> set[TreeNode]:
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


def _way(start: TreeNode, reached: Dependencies) -> list[TreeNode] | None:
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

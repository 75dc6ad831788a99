"""The types of rules, from those that need no other on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from policyengine.errors import RegoFinding
from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.core import Clause, Path
from policyengine.rego.compiler.dependencies import Dependencies, subtree
from policyengine.rego.compiler.tree import TreeNode
from policyengine.rego.compiler.types.check_expressions import BodyChecker
from policyengine.rego.compiler.types.environment import TypeEnvironment
from policyengine.rego.compiler.types.lattice import Known, bounded, is_composite
from policyengine.rego.compiler.types.rule_types import Steps, TypeNode
from policyengine.rego.compiler.types.schemas import Schemas
from policyengine.rego.runtime.types import ANY, ObjectType, RegoType, SetType, Signature
from policyengine.rego.syntax import ast


class RuleTypes:
    """The types of the rules of one policy, and what is wrong with them in ``findings``.

    Rules are checked each after those that it refers to. ``schemas`` has JSON Schemas by
    reference: ``schema`` is that of the input, ``schema.a.b`` one that METADATA of ``modules`` may
    name.
    """

    def __init__(
        self,
        tree: TreeNode,
        dependencies: Dependencies,
        modules: Iterable[ast.Module] = (),
        schemas: Mapping[str, Any] | None = None,
    ) -> None:
        self._tree = tree
        self._dependencies = dependencies
        self._users: dict[TreeNode, list[TreeNode]] | None = None
        self._widened: dict[tuple[Path, bool], TypeNode | None] = {}
        self._environment = TypeEnvironment()
        self.findings: list[RegoFinding] = []
        given = Schemas(schemas or {}, modules)
        known = given.input_type()
        if isinstance(known, RegoFinding):
            self.findings.append(known)
            return
        if known is not None:
            self._environment.document("input").put((), known)
        bodies = BodyChecker(self._dependents)
        for node in _sorted(dependencies):
            for clause in node.clauses:
                for branch in (clause, *clause.branches):
                    own = TypeEnvironment(self._environment)
                    self.findings += given.apply(own, branch, clause)
                    self._check(bodies, own, branch)

    def check_query(self, body: core.Body) -> list[RegoFinding]:
        """What is wrong with the types of a query, its statements in order.

        As in OPA ``==`` compares values of any types in a query.
        """
        return BodyChecker(self._dependents, compares_any=True).check(self._environment, body)[1]

    def _check(self, bodies: BodyChecker, own: TypeEnvironment, clause: Clause) -> None:
        inner, findings = bodies.check(own, clause.body)
        rules = self._environment.document("data")
        path, suffix = _ground(clause)
        if findings:
            self.findings += findings
            # Whoever uses the rule shall not be told of the same error again.
            if suffix:
                rules.make(path)
            else:
                rules.put(path, ANY)
            return
        known = (
            _function_type(inner, clause) if clause.is_function else _type(inner, clause, suffix)
        )
        if known is not None:
            rules.insert(path, known)

    # ---- rules that depend on a place ----------------------------------------------------------

    def _dependents(self, path: Path, function: bool) -> TypeNode | None:
        """A tree with ``any`` for each rule at ``path``, and each that depends on one of them."""
        key = (path, function)
        if key not in self._widened:
            self._widened[key] = self._tree_of_dependents(path, function)
        return self._widened[key]

    def _tree_of_dependents(self, path: Path, function: bool) -> TypeNode | None:
        pending = _rules_at(self._tree, path)
        seen = set(pending)
        tree = TypeNode("data")
        while pending:
            node = pending.pop()
            for user in self._users_of(node):
                if user not in seen:
                    seen.add(user)
                    pending.append(user)
            if not (function and node.path == path):
                for clause in node.clauses:
                    tree.put(_ground(clause)[0], ANY)
        return tree if tree.children else None

    def _users_of(self, node: TreeNode) -> list[TreeNode]:
        if self._users is None:
            self._users = {}
            for user, needed in self._dependencies.items():
                for other in needed:
                    self._users.setdefault(other, []).append(user)
        return self._users.get(node, [])


def _sorted(dependencies: Dependencies) -> list[TreeNode]:
    """Every node behind those that it needs, in the order of the source otherwise."""
    done: dict[TreeNode, None] = {}
    entered: set[TreeNode] = set()
    for start in sorted(dependencies, key=_place):
        pending = [(start, False)]
        while pending:
            node, finished = pending.pop()
            if finished:
                done[node] = None
            elif node not in entered:
                entered.add(node)
                pending.append((node, True))
                pending += [(other, False) for other in reversed(dependencies.get(node, ()))]
    return [*done]


def _place(node: TreeNode) -> tuple[str, int]:
    location = node.clauses[0].rule.location
    return location.file, location.offset


def _rules_at(tree: TreeNode, path: Path) -> list[TreeNode]:
    """The rules on the way to a place, at it and below it."""
    found: list[TreeNode] = []
    node: TreeNode | None = tree
    for name in path:
        node = node.children.get(name) if node is not None else None
        if node is None:
            return found
        if node.clauses:
            found.append(node)
    if node is not None:
        found += [below for below in subtree(node) if below is not node and below.clauses]
    return found


def _ground(clause: Clause) -> tuple[Steps, tuple[core.Operand, ...]]:
    """The constant steps that a rule's reference starts with, and the steps behind them."""
    steps: list[object] = [*clause.path]
    for index, step in enumerate(clause.suffix):
        if not isinstance(step, core.Const) or is_composite(step.value):
            return tuple(steps), clause.suffix[index:]
        steps.append(step.value)
    return tuple(steps), ()


def _function_type(environment: TypeEnvironment, clause: Clause) -> Signature:
    for arg in clause.args:
        for variable in variables.of_operand(arg):
            if environment.variable(variable) is None:
                environment.bind(variable, ANY)
    args = tuple([environment.document_type(arg) for arg in clause.args])
    result = None if clause.value is None else environment.document_type(clause.value)
    return Signature(args, result)


def _type(
    environment: TypeEnvironment, clause: Clause, suffix: tuple[core.Operand, ...]
) -> Known | None:
    if clause.value is not None:
        known = environment.document_type(clause.value)
    elif clause.key is not None:
        key = environment.document_type(clause.key)
        known = None if key is None else bounded(SetType(key))
    else:
        return None
    return _nested(environment, suffix, known)


def _nested(
    environment: TypeEnvironment, suffix: tuple[core.Operand, ...], known: RegoType | None
) -> RegoType | None:
    """A type below the steps of a reference head, each any key of its type."""
    for step in reversed(suffix):
        key = environment.document_type(step)
        if known is None or key is None:
            return None
        known = bounded(ObjectType((), (key, known)))
    return known

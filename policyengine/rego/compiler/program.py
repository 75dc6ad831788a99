"""Modules to a program: code objects, and what they refer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import CodeType
from typing import Any, NoReturn

from policyengine.errors import RegoCompileError, RegoEvaluationError, RegoFinding
from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.conflicts import find_conflicts
from policyengine.rego.compiler.constants import Constants
from policyengine.rego.compiler.core import Clause
from policyengine.rego.compiler.functions import function_key
from policyengine.rego.compiler.metadata import Metadata
from policyengine.rego.compiler.modules import Names, lower_modules
from policyengine.rego.compiler.order import Ordering
from policyengine.rego.compiler.parts import Definition, Parts
from policyengine.rego.compiler.recursion import dependencies, find_recursion
from policyengine.rego.compiler.rule_writer import argument_variables, write_rules
from policyengine.rego.compiler.tree import TreeNode, build_tree
from policyengine.rego.compiler.types.check_rules import check_types
from policyengine.rego.runtime import access, evaluation, indexes, values
from policyengine.rego.runtime.builtins.language import is_member
from policyengine.rego.runtime.builtins.registry import BuiltinError
from policyengine.rego.runtime.evaluation import Context, Node
from policyengine.rego.runtime.values import UNDEFINED, Value
from policyengine.rego.syntax import ast

_RUNTIME: dict[str, Any] = {
    "U": UNDEFINED,
    "MISSING": evaluation.MISSING,
    "BuiltinError": BuiltinError,
    "PartialObject": access.PartialObject,
    "RegoSet": values.RegoSet,
    "add": access.add,
    "at": indexes.at,
    "base_at": indexes.base_at,
    "base_get": access.base_get,
    "branch": evaluation.branch,
    "branch_get": evaluation.branch_get,
    "branch_items": evaluation.branch_items,
    "compare": values.compare,
    "elements": access.elements,
    "equal": values.equal,
    "extent": evaluation.extent,
    "finish": access.finish,
    "finish_pairs": access.finish_pairs,
    "get": access.get,
    "is_collection": access.is_collection,
    "is_member": is_member,
    "key_of": values.key_of,
    "is_object": values.is_object,
    "items": access.items,
    "make_object": values.make_object,
    "member_keys": indexes.member_keys,
    "narrowed": indexes.narrowed,
    "narrowed_items": indexes.narrowed_items,
    "put_default": access.put_default,
    "put_member": access.put_member,
    "put_pair": access.put_pair,
    "put_value": access.put_value,
    "string_keys": access.string_keys,
    "whole": evaluation.whole,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Modules that passed all checks: their rules, with bodies in order."""

    names: Names
    tree: TreeNode
    mocked: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A compiled policy. ``namespace`` has the functions, ``nodes`` the tree of documents."""

    checked: Checked
    parts: Parts
    definitions: tuple[Definition, ...]
    source: str
    namespace: dict[str, Any]
    nodes: Node
    documents: int


def check(modules: Mapping[str, ast.Module]) -> Checked:
    """Check modules. Raises RegoCompileError with all findings in order of position."""
    names = Names(modules.values())
    clauses, findings = lower_modules(modules, names, Metadata(modules.values()).value)
    if findings:
        refuse(findings)
    conflicts = find_conflicts(build_tree(clauses, names.packages), modules.values())
    if conflicts:
        refuse(conflicts)
    ordering = Ordering()
    ordered = [_ordered(clause, ordering) for clause in clauses]
    if ordering.findings:
        refuse(ordering.findings)
    mocked: set[str] = set()
    for clause in ordered:
        for branch in (clause, *clause.branches):
            mocked |= mocks(branch.body)
    tree = build_tree(ordered, names.packages)
    needed = dependencies(tree)
    recursion = find_recursion(needed)
    if recursion:
        refuse(recursion)
    mistyped = check_types(tree, needed)
    if mistyped:
        refuse(mistyped)
    return Checked(names=names, tree=tree, mocked=frozenset(mocked))


def refuse(findings: list[RegoFinding]) -> NoReturn:
    unique = dict.fromkeys(sorted(findings, key=lambda f: (f.file, f.row, f.col, f.message)))
    raise RegoCompileError(tuple(unique))


def _ordered(clause: Clause, ordering: Ordering) -> Clause:
    bound = argument_variables(clause)
    body = ordering.body(clause.body, bound)
    heads = [*clause.suffix]
    heads += [operand for operand in (clause.key, clause.value) if operand is not None]
    if not ordering.findings:
        ordering.require(heads, body, bound)
    branches = tuple([_ordered(branch, ordering) for branch in clause.branches])
    return replace(clause, body=body, branches=branches)


def mocks(body: core.Body) -> set[str]:
    """The functions that a ``with`` in ``body`` replaces."""
    found: set[str] = set()
    for statement in body:
        for item in statement.replacements:
            if not isinstance(item.target, str):
                found.add(function_key(item.target))
        action = statement.action
        for inner in (*variables.explicit_bodies(action), *variables.implicit_bodies(action)):
            found |= mocks(inner)
        for comprehension in variables.comprehensions(action):
            found |= mocks(comprehension.body)
    return found


def link(checked: Checked, mocked: frozenset[str] = frozenset()) -> Program:
    """Generate and compile the Python of checked modules."""
    _forget(checked.tree)
    nodes: dict[int, str] = {}
    constants = Constants()

    def node_name(node: TreeNode) -> str:
        name = nodes.get(id(node))
        if name is None:
            name = nodes[id(node)] = constants.thing("d", Node(node.path))
        return name

    parts = Parts(
        constants=constants,
        tree=checked.tree,
        mockable=checked.mocked | mocked,
        node_name=node_name,
    )
    documents = write_rules(parts)
    source = "\n\n\n".join("\n".join(emitter.lines) for emitter in parts.functions) + "\n"
    namespace: dict[str, Any] = dict(_RUNTIME)
    namespace.update(faults(constants.sites))
    root = _link_nodes(checked.tree, nodes, constants, namespace)
    namespace.update(constants.names)
    execute(compile(source, "<policy>", "exec"), namespace)
    _bind_nodes(checked.tree, root, namespace)
    return Program(
        checked=checked,
        parts=parts,
        definitions=tuple(parts.definitions),
        source=source,
        namespace=namespace,
        nodes=root,
        documents=documents,
    )


def execute(code: CodeType, namespace: dict[str, Any]) -> None:
    """Define the functions of generated code in ``namespace``."""
    exec(code, namespace)  # noqa: S102 # generated from a checked tree, see constants.py


def _forget(node: TreeNode) -> None:
    node.function = ""
    for child in node.children.values():
        _forget(child)


def _link_nodes(
    node: TreeNode, names: dict[int, str], constants: Constants, namespace: dict[str, Any]
) -> Node:
    name = names.get(id(node))
    linked: Node = constants.names[name] if name is not None else Node(node.path)
    if name is None:
        names[id(node)] = constants.thing("d", linked)
    linked.is_function = node.is_function
    for key, child in node.children.items():
        linked.children[key] = _link_nodes(child, names, constants, namespace)
    return linked


def _bind_nodes(node: TreeNode, linked: Node, namespace: dict[str, Any]) -> None:
    if node.function and not node.is_function:
        linked.evaluate = namespace[node.function]
    for key, child in node.children.items():
        _bind_nodes(child, linked.children[key], namespace)


def faults(sites: list[tuple[str, int, int]]) -> dict[str, Any]:
    def conflict(site: int) -> NoReturn:
        file, row, col = sites[site]
        raise RegoEvaluationError(
            "eval_conflict_error", "a rule produced conflicting values", file=file, row=row, col=col
        )

    def failed(context: Context, error: BuiltinError, name: str, site: int) -> Value:
        if not context.session.strict:
            return UNDEFINED
        file, row, col = sites[site]
        raise RegoEvaluationError(error.code, f"{name}: {error}", file=file, row=row, col=col)

    def value_mock(value: Value) -> Any:
        return partial(_first, value)

    return {"conflict": conflict, "failed": failed, "value_mock": value_mock}


def _first(value: Value, *_: object) -> Value:
    return value

"""Modules to a program: code objects, and what they refer to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import Any, NoReturn

from policyengine.errors import RegoEvaluationError
from policyengine.rego.compiler.check import Checked
from policyengine.rego.compiler.constants import Constants
from policyengine.rego.compiler.parts import Definition, Parts
from policyengine.rego.compiler.rule_writer import write_rules
from policyengine.rego.compiler.tree import TreeNode
from policyengine.rego.runtime import access, evaluation, indexes, values
from policyengine.rego.runtime.builtins.language import is_member
from policyengine.rego.runtime.builtins.registry import BuiltinError
from policyengine.rego.runtime.evaluation import Context, Node
from policyengine.rego.runtime.values import UNDEFINED, Value

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
class Program:
    """A compiled policy. ``namespace`` has the functions, ``nodes`` the tree of documents."""

    checked: Checked
    parts: Parts
    definitions: tuple[Definition, ...]
    source: str
    namespace: dict[str, Any]
    nodes: Node
    documents: int


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

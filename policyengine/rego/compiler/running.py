"""An image that runs: its functions defined, and linked to what they call.

Nothing here imports what makes an image, so that one from the cache is run without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import Any, Final, NoReturn

from policyengine.errors import RegoEvaluationError
from policyengine.rego.compiler.image import Image, builtin_calls
from policyengine.rego.runtime import access, evaluation, explain, indexes, values
from policyengine.rego.runtime.builtins import regexes
from policyengine.rego.runtime.builtins.language import is_member
from policyengine.rego.runtime.builtins.registry import BuiltinError
from policyengine.rego.runtime.evaluation import Context, Node
from policyengine.rego.runtime.utf8 import NATIVELY_ORDERED
from policyengine.rego.runtime.values import UNDEFINED, Value

GENERATED: Final = "<policy>"
"""The file name of generated code, by which a traceback tells it from the runtime."""

_RUNTIME: dict[str, Any] = {
    "U": UNDEFINED,
    "E": {},
    "WIDE": 2**64,
    "LONG": 4096,
    "MISSING": evaluation.MISSING,
    "NATIVE": NATIVELY_ORDERED,
    "BuiltinError": BuiltinError,
    "PartialObject": access.PartialObject,
    "PartialSet": access.PartialSet,
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
    "explained_clause": explain.explained_clause,
    "explained_collection": explain.explained_collection,
    "explained_key": explain.explained_key,
    "explained_value": explain.explained_value,
    "extent": evaluation.extent,
    "finish": access.finish,
    "finish_pairs": access.finish_pairs,
    "get": access.get,
    "is_collection": access.is_collection,
    "is_member": is_member,
    "key_of": values.key_of,
    "keys": access.keys,
    "is_object": values.is_object,
    "is_place": access.is_place,
    "items": access.items,
    "make_object": values.make_object,
    "matcher": regexes.matcher,
    "searcher": regexes.searcher,
    "SHORT": regexes.SHORT,
    "member_keys": indexes.member_keys,
    "narrowed": indexes.narrowed,
    "narrowed_items": indexes.narrowed_items,
    "put_default": access.put_default,
    "put_empty": access.put_empty,
    "put_member": access.put_member,
    "put_pair": access.put_pair,
    "put_value": access.put_value,
    "whole": evaluation.whole,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A compiled policy, ready to run: nothing in it changes.

    ``namespace`` has the functions, ``nodes`` the tree of documents.
    """

    image: Image
    namespace: dict[str, Any]
    nodes: Node


def start(image: Image) -> Program:
    """Define the functions of an image, and link them to the tree of documents."""
    namespace: dict[str, Any] = dict(_RUNTIME)
    namespace.update(faults(image.sites))
    nodes = {node.path: node for node in image.names.values() if type(node) is Node}
    # A name may stand for another node of the same path where an image was read.
    namespace.update(
        (name, nodes[value.path] if type(value) is Node else value)
        for name, value in image.names.items()
    )
    namespace.update(builtin_calls(image))
    execute(image.code, namespace)
    for place in image.places:
        node = nodes[place.path]
        node.is_function = place.is_function
        if place.function and not place.is_function:
            node.evaluate = namespace[place.function]
        if place.path:
            nodes[place.path[:-1]].children[place.path[-1]] = node
    return Program(image=image, namespace=namespace, nodes=nodes[()])


def execute(code: CodeType, namespace: dict[str, Any]) -> None:
    """Define the functions of generated code in ``namespace``."""
    exec(code, namespace)  # noqa: S102 # generated from a checked tree, see constants.py


def faults(sites: Sequence[tuple[str, int, int]]) -> dict[str, Any]:
    def conflict(site: int) -> NoReturn:
        file, row, col = sites[site]
        message = "a rule produced conflicting values"
        raise RegoEvaluationError("eval_conflict_error", message, file=file, row=row, col=col)

    def conflict_key(site: int) -> NoReturn:
        file, row, col = sites[site]
        message = "object keys must be unique"
        raise RegoEvaluationError("eval_conflict_error", message, file=file, row=row, col=col)

    def failed(context: Context, error: BuiltinError, name: str, site: int) -> Value:
        if not context.session.strict:
            return UNDEFINED
        file, row, col = sites[site]
        raise RegoEvaluationError(error.code, f"{name}: {error}", file=file, row=row, col=col)

    def attempt(context: Context, site: int, name: str, call: Any, *operands: Value) -> Value:
        try:
            return call(*operands)
        except BuiltinError as error:
            return failed(context, error, name, site)

    def value_mock(value: Value) -> Any:
        return partial(_first, value)

    return {
        "attempt": attempt,
        "conflict": conflict,
        "conflict_key": conflict_key,
        "failed": failed,
        "value_mock": value_mock,
    }


def _first(value: Value, *_: object) -> Value:
    return value

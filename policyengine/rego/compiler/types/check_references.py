"""References into documents whose types are known."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.errors import RegoFinding
from policyengine.rego.compiler import core
from policyengine.rego.compiler.types.environment import TypeEnvironment
from policyengine.rego.compiler.types.lattice import (
    Known,
    is_composite,
    is_empty_collection,
    keys_of,
    select,
    unwrapped,
    values_of,
)
from policyengine.rego.compiler.types.messages import Made, error, reference_text, type_text
from policyengine.rego.compiler.types.rule_types import TypeNode
from policyengine.rego.compiler.types.unify import compatible, match
from policyengine.rego.runtime.types import ANY, ObjectType, Signature, UnionType
from policyengine.rego.runtime.values import Key

_NAMED_KEYS = 20


class _Undefined(Exception):
    """The reference is wrong; ``hint`` says what is there."""

    def __init__(self, hint: str, *, function: bool = False) -> None:
        super().__init__(hint)
        self.hint = hint
        self.function = function


def check_reference(
    environment: TypeEnvironment,
    reference: core.Reference,
    made: Made,
) -> RegoFinding | None:
    """What is wrong with a reference. Variables in it get the types of the keys they can be."""
    try:
        # No variable is a function, nor is a part of the input.
        if _is_data(reference) and isinstance(environment.of(reference), Signature):
            raise _Undefined("call it", function=True)
        if isinstance(reference.head, core.Root):
            _check_document(environment, reference)
        else:
            variable = reference.head.variable
            known = environment.variable(variable)
            if known is None and not isinstance(made.get(variable), core.Const):
                environment.bind(variable, ANY)
            _check_steps(environment, ANY if known is None else known, reference.path)
    except _Undefined as undefined:
        text = reference_text(reference, made)
        if undefined.function:
            message = f"function {text} used as reference, not called"
        else:
            message = f"undefined ref: {text}"
        return error(reference.head.location, message, hint=undefined.hint)
    return None


def _is_data(reference: core.Reference) -> bool:
    return isinstance(reference.head, core.Root) and reference.head.name == "data"


def _check_document(environment: TypeEnvironment, reference: core.Reference) -> None:
    """Follow the reference in each environment, from the inside out, until one knows its place."""
    assert isinstance(reference.head, core.Root)
    for current in environment.chain():
        node = current.documents.get(reference.head.name)
        if node is not None and _check_tree(environment, node, reference.path):
            return
    _check_steps(environment, ANY, reference.path)


def _check_tree(
    environment: TypeEnvironment, node: TypeNode, path: tuple[core.Operand, ...]
) -> bool:
    """Whether the tree has the place. Raises _Undefined."""
    for index, step in enumerate(path):
        if node.type is not None:
            _check_steps(environment, node.type, path[index:])
            return True
        if index < 2 and not _may_name_package(step):
            raise _Undefined(f"found {type_text(environment.of(step))}, expected a name")
        if isinstance(step, core.Local):
            keys = keys_of(node.extent())
            known = environment.variable(step.variable)
            if known is None:
                environment.bind(step.variable, keys)
            elif not compatible(keys, known):
                raise _Undefined(f"found {type_text(known)}, expected {_names(node)}")
            return False
        child = node.child(step.value) if isinstance(step, core.Const) else None
        if child is None:
            return False
        node = child
    return True


def _may_name_package(step: core.Operand) -> bool:
    return isinstance(step, core.Local) or (
        isinstance(step, core.Const) and type(step.value) is str
    )


def _check_steps(
    environment: TypeEnvironment, known: Known | None, path: tuple[core.Operand, ...]
) -> None:
    """Follow a path in a value of a known type. Raises _Undefined."""
    for step in path:
        if known is ANY and isinstance(step, core.Const):
            continue
        if is_empty_collection(known):
            _check_empty(environment, known, step)
            return
        keys = keys_of(known)
        if keys is None:
            raise _Undefined(f"{type_text(known)} has no members", function=_is_function(known))
        if isinstance(step, core.Local):
            found = environment.variable(step.variable)
            if found is None:
                environment.bind(step.variable, keys)
            elif not compatible(found, keys):
                raise _Undefined(f"found {type_text(found)}, expected {_expected(known)}")
        elif not isinstance(step, core.Const) or is_composite(step.value):
            if not match(environment, step, keys):
                raise _Undefined(
                    f"found {type_text(environment.of(step))}, expected {_expected(known)}"
                )
        else:
            found = select(known, step.value)
            if found is None:
                raise _Undefined(f"expected {_expected(known)}")
            known = found
            continue
        known = values_of(known)


def _check_empty(environment: TypeEnvironment, known: Known | None, step: core.Operand) -> None:
    if isinstance(step, core.Const) and not is_composite(step.value):
        raise _Undefined("it has no members")
    if isinstance(step, core.Local):
        found = environment.variable(step.variable)
        keys = keys_of(known)
        if found is None:
            environment.bind(step.variable, ANY)
        elif keys is not None and not compatible(found, keys):
            raise _Undefined(f"found {type_text(found)}, expected {type_text(keys)}")


def _is_function(known: Known | None) -> bool:
    return isinstance(known, Signature)


def _names(node: TypeNode) -> str:
    return _listed(sorted(key for key in node.children if type(key) is str))


def _expected(known: Known | None) -> str:
    names = sorted(set(_static_keys(known)))
    return _listed(names) if names else type_text(keys_of(known))


def _static_keys(known: Known | None) -> Iterator[Key]:
    match unwrapped(known):
        case ObjectType() as thing:
            yield from (key for key in thing.by_key if type(key) is str)
        case UnionType() as options:
            for option in options.of:
                yield from _static_keys(option)


def _listed(names: list[str]) -> str:
    more = ", ..." if len(names) > _NAMED_KEYS else ""
    return "one of " + ", ".join(names[:_NAMED_KEYS]) + more

"""References as Python: look-ups in line, loops over what is unbound, calls of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.general_heads import numbers_of_places
from policyengine.rego.compiler.keyed import depth_of
from policyengine.rego.compiler.loop_writer import write_loop
from policyengine.rego.compiler.makes import (
    is_explained,
    is_in_order,
    note_whole,
    write_explained_step,
)
from policyengine.rego.compiler.tree import TreeNode
from policyengine.rego.runtime.numbers import number_text
from policyengine.rego.runtime.values import Value, is_number

if TYPE_CHECKING:
    from policyengine.rego.compiler.body_writer import BodyWriter


def write_reference(writer: BodyWriter, reference: core.Reference) -> str:
    """Write what finds the value of ``reference``, and return its name."""
    head = reference.head
    if isinstance(head, core.Local):
        return _steps(writer, writer.named(writer.bound[head.variable]), reference.path)
    fixed = _hoisted(writer, head.name, reference.path)
    if fixed is not None:
        return fixed
    if head.name == "input":
        value = _root(writer, "input")
        if not reference.path:
            writer.emitter.fail_if(f"{value} is U")
        return _steps(writer, value, reference.path)
    return _data(writer, reference.path)


def _root(writer: BodyWriter, name: Literal["input", "data"]) -> str:
    """The name of a root document in the writer's context."""
    place = (writer.context, (name,))
    value = writer.looked_up.get(place)
    if value is None:
        value = writer.looked_up[place] = writer.names.fresh("v")
        writer.emitter.emit(f"{value} = {writer.context}.{name}")
    return value


def _hoisted(
    writer: BodyWriter, root: Literal["input", "data"], path: tuple[core.Operand, ...]
) -> str | None:
    """In a loop, the part of a base document's path that no loop changes is looked up before it.

    None where there is no such part, or where rules may make the value.
    """
    if not writer.emitter.nesting or writer.context != "c" or is_in_order(writer.parts):
        return None
    if _is_looked_up(writer, root, path):
        return None
    steps: list[Value] = []
    for key in path:
        if not isinstance(key, core.Const) or type(key.value) is not str:
            break
        steps.append(key.value)
    if not steps or (root == "data" and writer.parts.has_rules(tuple(steps))):
        return None
    fixed = writer.parts.constants.thing("p", tuple(steps))
    look_up = "at" if root == "input" else "base_at"
    name = writer.hoisted((root, tuple(steps)), f"{look_up}(c.{root}, {fixed})")
    writer.emitter.fail_if(f"{name} is U")
    return _steps(writer, name, path[len(steps) :], "get" if root == "input" else "base_get")


def _is_looked_up(writer: BodyWriter, root: str, path: tuple[core.Operand, ...]) -> bool:
    """Whether all of the path that is known beforehand was looked up already."""
    value = writer.looked_up.get((writer.context, (root,)))
    names = _names(writer, path)
    return value is not None and (not names or (value, names) in writer.looked_up)


def write_equality(
    writer: BodyWriter, reference: core.Reference, constant: core.Const
) -> str | None:
    """A condition: ``reference`` is defined and equals ``constant``; None where it takes more."""
    head, value = reference.head, constant.value
    if (
        is_in_order(writer.parts)
        or not reference.path
        or (isinstance(head, core.Root) and head.name == "data")
    ):
        return None
    last = reference.path[-1]
    if not (isinstance(last, core.Const) and type(last.value) is str):
        return None
    if not (value is None or isinstance(value, str | bool)):
        return None
    names = _names(writer, reference.path[::-1])[::-1]
    above = len(reference.path) - len(names)
    whole = write_reference(writer, start_of(reference, above))
    found = _look_up(writer, whole, reference.path[above:], names, "get")
    wanted = writer.operand(constant)
    return f"{found} == {wanted}" if isinstance(value, str) else f"{found} is {wanted}"


def start_of(reference: core.Reference, count: int) -> core.Reference:
    """The reference with the first steps of its path."""
    return core.new_reference(
        head=reference.head, path=reference.path[:count], location=reference.location
    )


def _data(writer: BodyWriter, path: tuple[core.Operand, ...]) -> str:
    emit = writer.emitter.emit
    node = writer.parts.tree
    writer.emitter.calls_rules = writer.emitter.calls_rules or _may_be_made(writer, path)
    for index, key in enumerate(path):
        if node.function and (node.is_general or not node.children):
            return _rule(writer, node, path[index:])
        if not isinstance(key, core.Const):
            if not node.children:
                break
            return _branches(writer, node, path[index:])
        child = node.children.get(key.value) if type(key.value) is str else None
        if child is None:
            return _steps(writer, _root(writer, "data"), path, look_up="base_get")
        node = child
    else:
        if node.function:
            return _rule(writer, node, ())
        value = writer.names.fresh("v")
        emit(f"{value} = extent({writer.context}, {writer.parts.node_name(node)})")
        writer.emitter.fail_if(f"{value} is U")
        return value
    return _steps(writer, _root(writer, "data"), path, look_up="base_get")


def _may_be_made(writer: BodyWriter, path: tuple[core.Operand, ...]) -> bool:
    """Whether a rule may make what is at ``path`` below ``data``."""
    names = []
    for key in path:
        if not isinstance(key, core.Const) or type(key.value) is not str:
            break
        names.append(key.value)
    return not names or writer.parts.has_rules(tuple(names))


def _rule(writer: BodyWriter, node: TreeNode, rest: tuple[core.Operand, ...]) -> str:
    value = writer.names.fresh("v")
    known = _known_keys(writer, node, rest)
    if known and node.is_general:
        _write_place(writer, node, rest[0])
    if known and node.by_keys:
        count = min(known, len(node.by_keys))
        keys = ", ".join([writer.operand(key) for key in rest[:count]])
        writer.emitter.emit(f"{value} = {node.by_keys[count - 1]}({writer.context}, {keys})")
        writer.emitter.fail_if(f"{value} is U")
        writer.parts.takes_whole |= count < known
        return _steps(writer, value, rest[count:])
    writer.parts.takes_whole |= known > 0
    if node.is_function:
        writer.emitter.emit(f"{value} = U")
    else:
        writer.emitter.emit(f"{value} = {node.function}({writer.context})")
    writer.emitter.fail_if(f"{value} is U")
    if not rest:
        note_whole(writer, value)
    return _steps(writer, value, rest)


def _write_place(writer: BodyWriter, node: TreeNode, key: core.Operand) -> None:
    """Give up where ``key`` is the number of a place, and is written in another way."""
    places = numbers_of_places(node.path, node.all_clauses())
    if places is None or (isinstance(key, core.Const) and not is_number(key.value)):
        return
    if not isinstance(key, core.Const):
        if places:
            known = writer.parts.constants.thing("k", places)
            writer.emitter.fail_if(f"not is_place({writer.operand(key)}, {known})")
    elif number_text(key.value) not in places:
        writer.emitter.fail_if("True")


def _known_keys(writer: BodyWriter, node: TreeNode, path: tuple[core.Operand, ...]) -> int:
    """How many keys of a partial rule's document are known at the beginning of ``path``."""
    if not path or node.is_function:
        return 0
    known = 0
    for key in path[: depth_of(node)]:
        if not all(variable in writer.bound for variable in variables.of_operand(key)):
            break
        known += 1
    return known


def _branches(writer: BodyWriter, node: TreeNode, path: tuple[core.Operand, ...]) -> str:
    """Steps into documents that are evaluated only where the path leads."""
    emit = writer.emitter.emit
    value = writer.names.fresh("v")
    emit(f"{value} = branch({writer.context}, {writer.parts.node_name(node)})")
    for key in path:
        below = writer.names.fresh("v")
        unbound = [v for v in variables.of_operand(key) if v not in writer.bound]
        if not unbound:
            emit(f"{below} = branch_get({writer.context}, {value}, {writer.operand(key)})")
            writer.emitter.fail_if(f"{below} is U")
        else:
            name = writer.names.fresh("v")
            emit(f"{writer.context}.charge(1)")
            writer.emitter.loop(f"for {name}, {below} in branch_items({writer.context}, {value}):")
            writer.match(key, name)
        value = below
    found = writer.names.fresh("v")
    emit(f"{found} = whole({writer.context}, {value})")
    writer.emitter.fail_if(f"{found} is U")
    return found


def _steps(
    writer: BodyWriter, value: str, path: tuple[core.Operand, ...], look_up: str = "get"
) -> str:
    rest = path
    while rest:
        names = () if is_explained(writer) else _names(writer, rest)
        if names:
            value = _look_up(writer, value, rest[: len(names)], names, look_up)
            if value not in writer.defined:
                writer.emitter.fail_if(f"{value} is U")
                writer.defined.add(value)
            rest = rest[len(names) :]
        else:
            value = _step(writer, value, rest[0], look_up)
            rest = rest[1:]
    return value


def _names(writer: BodyWriter, path: tuple[core.Operand, ...]) -> tuple[str, ...]:
    """The names of the strings of the policy that ``path`` begins with."""
    names: list[str] = []
    for key in path:
        if not isinstance(key, core.Const) or type(key.value) is not str:
            break
        names.append(writer.parts.constants.constant(key.value))
    return tuple(names)


def _look_up(
    writer: BodyWriter,
    value: str,
    path: tuple[core.Operand, ...],
    names: tuple[str, ...],
    look_up: str,
) -> str:
    """The name of what ``value`` has at ``path``, the strings of these ``names``; it may be U.

    Objects of strings are dicts, and of what cannot be looked into Python says so itself. A key
    that is missing is no error, which would take ten times as long: ``E`` is empty.
    """
    # Values do not change: what was looked up once, and is there, is still there.
    known = writer.looked_up.get((value, names))
    if known is not None:
        return known
    value = writer.variable(value)
    found = writer.looked_up[value, names] = writer.names.fresh("v")
    place = writer.parts.constants.path(
        tuple([key.value for key in path if isinstance(key, core.Const)])
    )
    steps = "".join([f".get({name}, E)" for name in names[:-1]])
    slow = "at" if look_up == "get" else "base_at"
    writer.emitter.emit(f"try: {found} = {value}{steps}.get({names[-1]}, U)")
    writer.emitter.emit(f"except AttributeError: {found} = {slow}({value}, {place})")
    return found


def _is_index(key: core.Operand) -> bool:
    return isinstance(key, core.Const) and type(key.value) is int and key.value >= 0


def _write_index(writer: BodyWriter, below: str, value: str, index: str) -> None:
    value, emit, fail = writer.variable(value), writer.emitter.emit, writer.emitter.fail
    if writer.kind(value) == "texts":
        lacks = f"not {value}" if index == "0" else f"len({value}) <= {index}"
        emit(f"if {lacks}: {fail}")
        emit(f"{below} = {value}[{index}]")
        writer.kinds[below] = "text"
    else:
        has = value if index == "0" else f"len({value}) > {index}"
        emit(f"if type({value}) is list and {has}: {below} = {value}[{index}]")
        emit(f"elif ({below} := get({value}, {index})) is U: {fail}")


def _step(writer: BodyWriter, value: str, key: core.Operand, look_up: str) -> str:
    if is_explained(writer):
        return write_explained_step(writer, value, key, look_up)
    emitter = writer.emitter
    unbound = [v for v in variables.of_operand(key) if v not in writer.bound]
    if not unbound:
        below = writer.names.fresh("v")
        name = writer.operand(key)
        place = (value, (name,))
        known = writer.looked_up.get(place)
        if known is not None:
            return known
        if isinstance(key, core.Const | core.Local):
            writer.looked_up[place] = below
        if _is_index(key) and look_up == "get":
            _write_index(writer, below, value, name)
            return below
        if isinstance(key, core.Local):
            emitter.emit(
                f"{below} = {value}.get({name}, U) if type({value}) is dict"
                f" and type({name}) is str else {look_up}({value}, {name})"
            )
        else:
            emitter.emit(f"{below} = {look_up}({value}, {name})")
        emitter.fail_if(f"{below} is U")
        return below
    return write_loop(writer, value, key)

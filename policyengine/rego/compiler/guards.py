"""What a rule needs of ``input`` and ``data`` is asked first: OPA's index of rules does the same.

A rule that needs ``input.image.user`` cannot hold where there is none, whatever else stands in its
body; so nothing else of it is evaluated, and nothing else of it can fail with an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policyengine.rego.compiler import core
from policyengine.rego.compiler.reference_writer import start_of, write_equality, write_reference
from policyengine.rego.runtime.values import RegoSet

if TYPE_CHECKING:
    from policyengine.rego.compiler.body_writer import BodyWriter

_COLLECTIONS: Final = (list, dict, RegoSet)


def write_guards(writer: BodyWriter, body: core.Body) -> None:
    """Write the look-ups, in base documents, without which ``body`` has no solution.

    The body finds what they looked up under ``writer.looked_up``.
    """
    for statement in body[1:]:
        if statement.negated or statement.replacements:
            continue
        match statement.action:
            case core.Equation(a=core.Reference() as reference, b=other) if _is_indexed(other):
                _guard(writer, reference, other)
            case core.Equation(a=other, b=core.Reference() as reference, assigns=assigns) if (
                _is_indexed(other)
            ):
                found = _guard(writer, reference, other)
                if assigns and found is not None and isinstance(other, core.Local):
                    writer.bound.setdefault(other.variable, found)
            case core.Test(term=core.Reference() as reference):
                _guard(writer, reference, None)
    writer.emitter.end_guards()


def _is_indexed(other: core.CoreTerm) -> bool:
    """Whether OPA's index has what is equal to this: a variable, a scalar, or an array of them."""
    match other:
        case core.Local():
            return True
        case core.Const():
            if isinstance(other.value, list):
                return not any(isinstance(item, _COLLECTIONS) for item in other.value)
            return not isinstance(other.value, _COLLECTIONS)
        case core.ArrayOf():
            return all(_is_indexed(item) and not _is_array(item) for item in other.items)
        case _:
            return False


def _is_array(operand: core.Operand) -> bool:
    return isinstance(operand, core.ArrayOf) or (
        isinstance(operand, core.Const) and isinstance(operand.value, list)
    )


def _guard(
    writer: BodyWriter, reference: core.Reference, other: core.CoreTerm | None
) -> str | None:
    """The name of the value of ``reference``, where all of it is known beforehand."""
    known = _known_steps(writer, reference)
    if known == 0:
        return None
    if known < len(reference.path) and not isinstance(other, core.Const):
        return None
    if known < len(reference.path):
        # Of a path that goes on with what a loop finds, the beginning is needed all the same.
        write_reference(writer, start_of(reference, known))
        return None
    if isinstance(other, core.Const):
        condition = write_equality(writer, reference, other)
        if condition is not None:
            writer.emitter.fail_if(f"not ({condition})")
            return None
    name = write_reference(writer, reference)
    writer.fixed.add(name)
    return name


def _known_steps(writer: BodyWriter, reference: core.Reference) -> int:
    """How many steps of the path are known before the body; none where a rule makes the value."""
    head = reference.head
    if not isinstance(head, core.Root):
        return 0
    names: list[str] = []
    count = 0
    for key in reference.path:
        if isinstance(key, core.Const) and not isinstance(key.value, _COLLECTIONS):
            if type(key.value) is str and len(names) == count:
                names.append(key.value)
        elif not isinstance(key, core.Local) or key.variable not in writer.bound:
            break
        count += 1
    if head.name == "data" and (not names or writer.parts.has_rules(tuple(names))):
        return 0
    return count

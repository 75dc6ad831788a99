"""What a rule needs of ``input`` and ``data`` is asked first: OPA's index of rules does the same.

A rule that needs ``input.image.user`` cannot hold where there is none, whatever else stands in its
body; so nothing else of it is evaluated, and nothing else of it can fail with an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policyengine.rego.compiler import core
from policyengine.rego.compiler.reference_writer import write_equality, write_reference
from policyengine.rego.runtime.values import RegoSet, Value

if TYPE_CHECKING:
    from policyengine.rego.compiler.body_writer import BodyWriter


def write_guards(writer: BodyWriter, body: core.Body) -> None:
    """Write the look-ups, in base documents, without which ``body`` has no solution.

    The body finds what they looked up under ``writer.looked_up``.
    """
    for statement in body[1:]:
        if statement.negated or statement.replacements:
            continue
        match statement.action:
            case core.Equation(a=core.Reference() as reference, b=other):
                _guard(writer, reference, other)
            case core.Equation(a=other, b=core.Reference() as reference):
                _guard(writer, reference, other)
            case core.Test(term=core.Reference() as reference):
                _guard(writer, reference, None)


def _guard(writer: BodyWriter, reference: core.Reference, other: core.CoreTerm | None) -> None:
    if not _is_base(writer, reference):
        return
    if isinstance(other, core.Const):
        condition = write_equality(writer, reference, other)
        if condition is not None:
            writer.emitter.fail_if(f"not ({condition})")
            return
    writer.fixed.add(write_reference(writer, reference))


def _is_base(writer: BodyWriter, reference: core.Reference) -> bool:
    """Whether no rule makes what the reference finds, and its path is known beforehand."""
    head = reference.head
    if not isinstance(head, core.Root) or not reference.path:
        return False
    steps: list[Value] = []
    for key in reference.path:
        if not isinstance(key, core.Const) or isinstance(key.value, list | dict | RegoSet):
            return False
        steps.append(key.value)
    if head.name == "input":
        return True
    return isinstance(steps[0], str) and not writer.parts.has_rules(tuple(steps))

"""``some x in {f(y)}``: what ranges over one element written in place binds it, without a loop."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from policyengine.rego.compiler import core, variables


def without_loops_over_one(body: core.Body, bound: Collection[core.Variable]) -> core.Body:
    """``body``, in which a loop over a set or an array of one element is that element.

    The statement that binds the collection goes: the compiler made its variable for the loop alone,
    which comes next. ``bound`` are variables that are known before ``body``.
    """
    found: list[core.Statement] = []
    for statement in body:
        binding = _over_one(found, statement, bound) if found else None
        if binding is None:
            found.append(statement)
        else:
            found[-1:] = binding
    return body if len(found) == len(body) and found[-1:] == [*body[-1:]] else tuple(found)


def _over_one(
    before: list[core.Statement], loop: core.Statement, bound: Collection[core.Variable]
) -> list[core.Statement] | None:
    """What ``loop`` binds, where it is over the one element that the statement before it binds."""
    domain, ranges = before[-1], loop.action
    made = domain.action
    if not (
        isinstance(made, core.Equation)
        and isinstance(made.a, core.Local)
        and not made.a.variable.name
        and isinstance(made.b, core.SetOf | core.ArrayOf)
        and len(made.b.items) == 1
        and isinstance(ranges, core.Equation)
        and isinstance(ranges.b, core.Reference)
        and ranges.b.head is made.a
        and len(ranges.b.path) == 1
        and isinstance(ranges.b.path[0], core.Local)
        and not (domain.negated or loop.negated or domain.replacements or loop.replacements)
    ):
        return None
    key, element = ranges.b.path[0], made.b.items[0]
    if key.variable in bound or any(
        key.variable in variables.of_statement(statement) for statement in before
    ):
        # It is a look-up and no loop.
        return None
    binding = replace(loop, action=core.new_equation(a=ranges.a, b=element))
    if not key.variable.name:
        return [binding]
    place = (
        element if isinstance(made.b, core.SetOf) else core.Const(value=0, location=key.location)
    )
    return [replace(loop, action=core.new_equation(a=key, b=place)), binding]

"""Cases of table tests that failed are known by name too: each says that it begins.

``test_sum[note] if { some note, case in {...}; case.a + case.b == case.sum }`` has no entry for a
case that does not hold. So the note is passed to ``internal.test_case`` as soon as its variables
are bound, as ``opa test`` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.core import Clause, Variable
from policyengine.rego.compiler.modules import package_path
from policyengine.rego.runtime.builtins.language import TEST_CASES
from policyengine.rego.testing.suite import is_table, name_length


def with_cases(clause: Clause) -> Clause:
    """A clause of a table test with a statement that tells its case; any other as it is."""
    head = clause.rule.head
    length = name_length(head)
    if clause.is_default or length is None or not is_table(head):
        return clause
    if any(_is_telling(statement) for statement in clause.body):
        return clause
    names = clause.path[len(package_path(clause.module)) + length :]
    keys = (
        *[core.Const(value=name, location=clause.location) for name in names],
        *clause.suffix,
    )
    return replace(clause, body=_told(clause, keys))


def _is_telling(statement: core.Statement) -> bool:
    action = statement.action
    return (
        isinstance(action, core.Call)
        and isinstance(action.function, core.BuiltinFunction)
        and action.function.name == TEST_CASES
    )


def _told(clause: Clause, keys: tuple[core.Operand, ...]) -> core.Body:
    """The body with the statement put where ``keys`` are first known.

    What makes a key that is written in the head (``[case.note]``) stands at the end of the body,
    and moves up with it.
    """
    needed = {v for key in keys for v in variables.of_operand(key)}
    moved: list[core.Statement] = []
    for statement in reversed(clause.body):
        made = _made(statement)
        if made is not None and made in needed and made.is_generated:
            needed |= variables.of_statement(statement) - {made}
            needed.discard(made)
            moved.insert(0, statement)
    rest = [statement for statement in clause.body if statement not in moved]
    at = _behind(rest, needed)
    array = core.ArrayOf(items=keys, location=clause.location)
    call = core.Call(function=core.BuiltinFunction(name=TEST_CASES), args=(array,), output=None)
    told = core.Statement(
        action=call, location=clause.location, unit=core.Unit(location=clause.location)
    )
    units: dict[core.Unit, core.Unit] = {}
    own = [
        replace(
            statement,
            unit=units.setdefault(statement.unit, core.Unit(location=statement.unit.location)),
        )
        for statement in moved
    ]
    return (*rest[:at], *own, told, *rest[at:])


def _behind(body: Sequence[core.Statement], needed: set[Variable]) -> int:
    """Behind the statement up to which each variable was named once."""
    at = 0
    for variable in needed:
        for index, statement in enumerate(body):
            if variable in variables.of_statement(statement):
                at = max(at, index + 1)
                break
    return at


def _made(statement: core.Statement) -> Variable | None:
    action = statement.action
    operand: core.CoreTerm | None = None
    if isinstance(action, core.Equation):
        operand = action.a
    elif isinstance(action, core.Call):
        operand = action.output
    return operand.variable if isinstance(operand, core.Local) else None

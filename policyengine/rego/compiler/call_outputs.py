"""What OPA takes for the outputs of an ``every`` when it puts a body in order.

OPA collects the outputs of calls and equations in one set, which an equation empties and a call
leaves behind. An ``every`` binds nothing, but is handed that set; where the set is just what its
body reads from outside, OPA takes the ``every`` for one that binds what it reads, and passes it
over. So ``every y in [1] { y < x }; input.names[x] > 1`` is unsafe; the other way round it is not,
nor is it with ``z := 1`` at the end.
"""

from __future__ import annotations

from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.core import Variable


def left_behind(unit: core.Body, safe: set[Variable], before: set[Variable]) -> set[Variable]:
    """The set behind a unit that was tried while ``safe`` were bound; it was ``before``."""
    last = unit[-1]
    if last.negated or not variables.of_replacements(last) <= safe:
        return before
    found = before
    read: set[Variable] = set()
    for statement in unit:
        action = statement.action
        match action:
            case core.Equation() if statement.compares:
                terms = (action.a, action.b)
                found = read.union(*[variables.reference_outputs(term, safe) for term in terms])
            case core.Equation():
                if statement is last:
                    found = set()
                else:
                    # An argument of the call that follows.
                    read |= variables.reference_outputs(action.b, safe)
            case core.Call():
                found, read = _of_call(action, unit, read, safe), set()
            case _:
                pass
    return found


def _of_call(
    call: core.Call, unit: core.Body, read: set[Variable], safe: set[Variable]
) -> set[Variable]:
    if call.output is None:
        return read
    inputs = {v for arg in call.args for v in variables.bindable(arg)}
    for statement in unit:
        action = statement.action
        if isinstance(action, core.Equation) and isinstance(action.a, core.Local):
            inputs.discard(action.a.variable)
    return read | set(variables.bindable(call.output)) if inputs <= read | safe else read

"""Variables in ``print`` and in template strings that nothing gives a value.

Both show what is undefined as such, so that OPA looks at their variables on their own: those of
``print`` must have a value before it in the body, those of a template string anywhere in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.errors import RegoFinding
from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.core import Clause, Variable
from policyengine.rego.compiler.findings import COMPILE_ERROR, finding_at
from policyengine.rego.compiler.order import units_of


def undeclared_in_templates(clause: Clause) -> list[RegoFinding]:
    """Undeclared variables in the template strings of one body of a rule."""
    return _in_templates(clause.body, variables.of_arguments(clause))


def undeclared_in_prints(clause: Clause) -> list[RegoFinding]:
    """Undeclared variables in each body's first ``print`` that has any, inner bodies first."""
    return _in_prints(clause.body, variables.of_arguments(clause))


def _in_templates(body: core.Body, bound: set[Variable]) -> list[RegoFinding]:
    safe = set(bound)
    for unit in units_of(body):
        safe |= variables.outputs(unit, safe)
    findings: list[RegoFinding] = []
    for unit in units_of(body):
        for inner, known in _nested(unit, safe):
            findings += _in_templates(inner, known)
        if _calls(unit, "internal.template_string"):
            findings += _undeclared(unit, safe, bare=False)
    return findings


def _in_prints(body: core.Body, bound: set[Variable]) -> list[RegoFinding]:
    safe = set(bound)
    findings: list[RegoFinding] = []
    own: list[RegoFinding] = []
    for unit in units_of(body):
        for inner, known in _nested(unit, safe):
            findings += _in_prints(inner, known)
        if not own and _calls(unit, "internal.print"):
            own = [*_undeclared(unit, safe, bare=True)]
        safe |= variables.outputs(unit, safe)
    return findings or own


def _nested(unit: core.Body, safe: set[Variable]) -> Iterator[tuple[core.Body, set[Variable]]]:
    """The bodies in a unit, and what is bound in them from the outside."""
    for statement in unit:
        action = statement.action
        known = safe
        if isinstance(action, core.Universal):
            known = {*safe, action.value, *([] if action.key is None else [action.key])}
        for body in (*variables.explicit_bodies(action), *variables.implicit_bodies(action)):
            yield body, known
        for comprehension in variables.comprehensions(action):
            yield comprehension.body, safe


def _calls(unit: core.Body, name: str) -> bool:
    action = unit[-1].action
    return (
        isinstance(action, core.Call)
        and isinstance(action.function, core.BuiltinFunction)
        and action.function.name == name
    )


def _undeclared(unit: core.Body, safe: set[Variable], *, bare: bool) -> Iterator[RegoFinding]:
    """Findings for the parts of a call; a ``bare`` variable among them counts or not."""
    for statement in unit:
        action = statement.action
        if isinstance(action, core.Equation) and isinstance(action.b, core.Comprehension):
            found = set[Variable]()
            for inner in action.b.body:
                # A template string in another one is looked at on its own, and by the safety check.
                if bare or not _calls((inner,), "internal.template_string"):
                    found |= variables.of_statement(inner)
            yield from _findings(found - safe, action.b)
        elif bare and isinstance(action, core.Call):
            for array in action.args:
                for item in array.items if isinstance(array, core.ArrayOf) else ():
                    yield from _findings(set(variables.of_operand(item)) - safe, item)


def _findings(missing: set[Variable], term: core.CoreTerm) -> Iterator[RegoFinding]:
    for variable in missing:
        if not variable.is_generated:
            name = "_" if variable.is_wildcard else variable.name
            yield finding_at(term.location, COMPILE_ERROR, f"var {name} is undeclared")

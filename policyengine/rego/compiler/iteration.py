"""Whether a body can have more than one solution."""

from __future__ import annotations

from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.core import Variable
from policyengine.rego.runtime.builtins.families import BUILTINS


def iterates(body: core.Body, bound: set[Variable]) -> bool:
    """Whether code for ``body`` opens loops, where ``bound`` are bound."""
    known = set(bound)
    for statement in body:
        action = statement.action
        if not statement.negated:
            terms: tuple[core.CoreTerm, ...] = ()
            match action:
                case core.Equation():
                    terms = (action.a, action.b)
                case core.Test():
                    terms = (action.term,)
                case core.Call(function=core.BuiltinFunction(name=name)):
                    if BUILTINS[name].relation:
                        return True
            for term in terms:
                if isinstance(term, core.Reference) and any(
                    v not in known for part in term.path for v in variables.of_operand(part)
                ):
                    return True
        known |= variables.of_statement(statement)
    return False

"""Variables that nothing binds, as OPA tells of them: those of heads before those of bodies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from policyengine.errors import RegoFinding
from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.core import Clause, Operand, Variable
from policyengine.rego.compiler.findings import UNSAFE_VAR_ERROR, finding_at
from policyengine.rego.compiler.order import Unsafe
from policyengine.rego.compiler.rule_writer import argument_variables
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.render import reference_text
from policyengine.rego.syntax.source import Location

# Only in v0 are these no keywords.
_EVALUATED: Final = (core.Reference, core.Comprehension)
_FUTURE_KEYWORDS: Final = frozenset({"and", "contains", "every", "if", "in", "not", "or"})


def unsafe_heads(clause: Clause, scope: str) -> Iterator[RegoFinding]:
    """The variables of a rule's head that its body does not even speak of."""
    known = argument_variables(clause)
    for statement in clause.body:
        known |= variables.of_statement(statement)
    for operand in _made(clause):
        if not _is_evaluated(operand, clause):
            for local in variables.locals_of(operand):
                if local.variable not in known and not local.variable.is_generated:
                    known.add(local.variable)
                    yield _finding(local.variable, local.location, scope)


def evaluated_heads(clause: Clause) -> Iterator[Unsafe]:
    """What is unsafe in parts of a head that OPA evaluates as the body's last expression."""
    known = argument_variables(clause)
    for statement in clause.body:
        known |= variables.of_statement(statement)
    for operand in _made(clause):
        missing = frozenset(variables.of_operand(operand)) - known
        if missing and _is_evaluated(operand, clause):
            yield Unsafe(location=operand.location, variables=missing, assigned=frozenset())


def _made(clause: Clause) -> list[Operand]:
    made = [clause.key, clause.value]
    return [*clause.suffix, *[operand for operand in made if operand is not None]]


def _is_evaluated(operand: Operand, clause: Clause) -> bool:
    """Whether there is a reference or a comprehension in an operand."""
    inside = set(variables.of_operand(operand))
    for statement in clause.body:
        action = statement.action
        if isinstance(action, core.Equation) and isinstance(action.a, core.Local):
            local, term = action.a.variable, action.b
            if local in inside and not local.name and isinstance(term, _EVALUATED):
                return True
    return False


def unsafe_bodies(found: Iterable[Unsafe], scope: str) -> list[RegoFinding]:
    """What is unsafe in the bodies of one rule: each variable once, where it is met first."""
    found = sorted(found, key=lambda unsafe: unsafe.location.offset)
    assigned = frozenset[Variable]().union(*[unsafe.assigned for unsafe in found])
    first: dict[Variable, Location] = {}
    for unsafe in found:
        for variable in unsafe.variables:
            if not variable.is_generated:
                first.setdefault(variable, unsafe.location)
    # A variable that cannot be assigned is unsafe because of another one.
    causes = {variable: at for variable, at in first.items() if variable not in assigned}
    if first:
        return [_finding(variable, at, scope) for variable, at in (causes or first).items()]
    told: set[Variable] = set()
    findings: list[RegoFinding] = []
    for unsafe in found:
        if not unsafe.variables <= told:
            text = f"expression is unsafe{scope}"
            findings.append(finding_at(unsafe.location, UNSAFE_VAR_ERROR, text))
        told |= unsafe.variables
    return findings


class Scopes:
    """The words that name a rule where its row has rules of several names."""

    def __init__(self, modules: Iterable[ast.Module]) -> None:
        self._names: dict[tuple[str, int], set[str]] = {}
        for module in modules:
            for rule in module.rules:
                step: ast.Rule | None = rule
                while step is not None:
                    at = (step.location.file, step.location.row)
                    self._names.setdefault(at, set()).add(_name(rule))
                    step = step.else_

    def of(self, clause: Clause) -> str:
        at = (clause.rule.location.file, clause.rule.location.row)
        return f" in rule {_name(clause.rule)}" if len(self._names.get(at, ())) > 1 else ""


def _name(rule: ast.Rule) -> str:
    terms = rule.head.ref
    ground = next((i for i, term in enumerate(terms) if i and isinstance(term, ast.Var)), None)
    return reference_text(terms[:ground])


def _finding(variable: Variable, location: Location, scope: str) -> RegoFinding:
    name = "_" if variable.is_wildcard else variable.name
    text = f"var {name} is unsafe{scope}"
    if name in _FUTURE_KEYWORDS:
        text += f" (hint: `import future.keywords.{name}` to import a future keyword)"
    return finding_at(location, UNSAFE_VAR_ERROR, text)

"""Variables that nothing binds, as OPA tells of them: those of heads before those of bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final, NoReturn

from policyengine.errors import RegoCompileError, RegoFinding
from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.core import Clause, Operand, Path, Variable
from policyengine.rego.compiler.findings import UNSAFE_VAR_ERROR, finding_at
from policyengine.rego.compiler.modules import package_path
from policyengine.rego.compiler.names import import_name
from policyengine.rego.compiler.nearest import suggestion
from policyengine.rego.compiler.order import Unsafe
from policyengine.rego.compiler.stages import in_order
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.render import reference_text
from policyengine.rego.syntax.source import Location

# Only in v0 are these no keywords.
_EVALUATED: Final = (core.Reference, core.Comprehension)
_FUTURE_KEYWORDS: Final = frozenset({"and", "contains", "every", "if", "in", "not", "or"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What to say of an unsafe variable: where it is, and which names are known there.

    ``scope`` names the rule where its row has rules of several names.
    """

    scope: str
    known: Callable[[], Iterable[str]]


def unsafe_heads(clause: Clause, scopes: Scopes) -> Iterator[RegoFinding]:
    """The variables of a rule's head that its body does not even speak of."""
    missing = _unmentioned(clause)
    if not missing:
        return
    for operand in _made(clause):
        if not _is_evaluated(operand, clause):
            for local in variables.locals_of(operand):
                if local.variable in missing and not local.variable.is_generated:
                    missing.discard(local.variable)
                    words = scopes.of(clause)
                    yield _finding(local.variable, local.location, words, in_head=True)


def evaluated_heads(clause: Clause) -> Iterator[Unsafe]:
    """What is unsafe in parts of a head that OPA evaluates as the body's last expression."""
    unmentioned = _unmentioned(clause)
    if not unmentioned:
        return
    for operand in _made(clause):
        missing = unmentioned.intersection(variables.of_operand(operand))
        if missing and _is_evaluated(operand, clause):
            yield Unsafe(
                location=operand.location, variables=frozenset(missing), assigned=frozenset()
            )


def _unmentioned(clause: Clause) -> set[Variable]:
    """The variables of a head that are neither arguments nor in the body, outside of closures."""
    missing = {v for operand in _made(clause) for v in variables.of_operand(operand)}
    missing -= variables.of_arguments(clause)
    # What makes them stands last, mostly.
    for statement in reversed(clause.body):
        if not missing:
            break
        missing -= variables.of_statement(statement)
    return missing


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


def refuse_circle(pairs: Iterable[tuple[core.CoreTerm, core.CoreTerm]]) -> NoReturn:
    """Refuse an equation whose parts wait for one another: ``[x, y] = [{y}, {x}]``.

    Raises RegoCompileError. OPA takes it, and crashes when it comes to it.
    """
    found = [
        finding_at(term.location, UNSAFE_VAR_ERROR, f"var {term.variable.name} is unsafe")
        for pair in pairs
        for term in pair
        if isinstance(term, core.Local)
    ]
    raise RegoCompileError(in_order(found))


def unsafe_bodies(found: Iterable[Unsafe], words: Words) -> list[RegoFinding]:
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
        return [_finding(variable, at, words) for variable, at in (causes or first).items()]
    told: set[Variable] = set()
    findings: list[RegoFinding] = []
    for unsafe in found:
        if not unsafe.variables <= told:
            text = f"expression is unsafe{words.scope}"
            findings.append(finding_at(unsafe.location, UNSAFE_VAR_ERROR, text))
        told |= unsafe.variables
    return findings


class Scopes:
    """What to say of the rules of some modules, found out when the first of them is wrong."""

    def __init__(self, modules: Iterable[ast.Module]) -> None:
        self._modules = tuple(modules)

    @cached_property
    def _names(self) -> dict[tuple[str, int], set[str]]:
        """The names of the rules that begin in one row of one file."""
        found: dict[tuple[str, int], set[str]] = {}
        for module in self._modules:
            for rule in module.rules:
                name = _name(rule)
                step: ast.Rule | None = rule
                while step is not None:
                    at = (step.location.file, step.location.row)
                    found.setdefault(at, set()).add(name)
                    step = step.else_
        return found

    @cached_property
    def _known(self) -> dict[Path, set[str]]:
        """The names that are known in each package."""
        found: dict[Path, set[str]] = {}
        for module in self._modules:
            known = found.setdefault(package_path(module), {"data", "input"})
            known.update(import_name(item) for item in module.imports)
            known.update(map(_name, module.rules))
        return found

    def of(self, clause: Clause) -> Words:
        at = (clause.rule.location.file, clause.rule.location.row)
        is_shared = len(self._names.get(at, ())) > 1
        return Words(
            scope=f" in rule {_name(clause.rule)}" if is_shared else "",
            known=partial(self._known_in, clause),
        )

    def _known_in(self, clause: Clause) -> list[str]:
        inside = variables.everything(clause.body) | variables.of_arguments(clause)
        names = {variable.name for variable in inside if not variable.is_wildcard}
        return sorted((names | self._known[package_path(clause.module)]) - {""})


def _name(rule: ast.Rule) -> str:
    terms = rule.head.ref
    computed = (i for i, term in enumerate(terms) if i and not isinstance(term, ast.Scalar))
    ground = next(computed, None)
    return reference_text(terms[:ground])


def _finding(
    variable: Variable, location: Location, words: Words, *, in_head: bool = False
) -> RegoFinding:
    name = "_" if variable.is_wildcard else variable.name
    text = f"var {name} is unsafe{words.scope}"
    if name in _FUTURE_KEYWORDS and not in_head:
        text += f" (hint: `import future.keywords.{name}` to import a future keyword)"
    hint = suggestion(name, words.known())
    return finding_at(location, UNSAFE_VAR_ERROR, text, hint=hint)

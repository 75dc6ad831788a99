"""Queries over a program: what their variables and expressions are in each solution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from policyengine.errors import RegoCompileError, RegoFinding
from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.body_writer import BodyWriter
from policyengine.rego.compiler.body_writer import Names as LocalNames
from policyengine.rego.compiler.check import mocks
from policyengine.rego.compiler.constants import Constants
from policyengine.rego.compiler.core import Variable
from policyengine.rego.compiler.core_terms import bound_to, operator_name
from policyengine.rego.compiler.emitter import Emitter
from policyengine.rego.compiler.environment import Environment
from policyengine.rego.compiler.goals import AppendTuple
from policyengine.rego.compiler.iteration import iterates
from policyengine.rego.compiler.lower import Lowering
from policyengine.rego.compiler.make import Make
from policyengine.rego.compiler.metadata import Metadata
from policyengine.rego.compiler.modules import environment
from policyengine.rego.compiler.names import declared_names
from policyengine.rego.compiler.order import Ordering
from policyengine.rego.compiler.owners import QUERY_OWNER, Owner
from policyengine.rego.compiler.parts import Parts
from policyengine.rego.compiler.program import Linked, link
from policyengine.rego.compiler.running import GENERATED, Program, execute, faults
from policyengine.rego.compiler.safety import Words, unsafe_bodies
from policyengine.rego.compiler.shapes import compiled
from policyengine.rego.compiler.stages import Findings, Stage
from policyengine.rego.compiler.trace_writer import entering
from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.query_parser import QueryScope
from policyengine.rego.syntax.source import Location

_NO_QUERY: Final = RegoFinding(
    code="rego_compile_error", message="empty query cannot be compiled", file="", row=0, col=0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A compiled query: ``run`` appends a tuple for each solution.

    ``bindings`` are the names of the first values of the tuple. ``expressions`` has for each
    expression the index of its value in the tuple, or None where the value is ``true``.
    ``spans`` are what code of the covered make notes, by number. ``takes_whole`` as of ``Parts``.
    """

    run: Any
    bindings: tuple[str, ...]
    expressions: tuple[int | None, ...]
    body: ast.Body
    program: Program
    owners: Mapping[str, Owner]
    spans: Sequence[Location]
    takes_whole: bool


def compile_query(
    linked: Linked,
    body: ast.Body,
    *,
    scope: QueryScope | None = None,
) -> Query:
    """Compile a query over a program, read within ``scope``. Raises RegoCompileError."""
    names = linked.checked.names
    within = QueryScope() if scope is None else scope
    env = environment(names, within.package, within.imports, Metadata(()).value, Findings())
    if not body:
        # Nothing would have one solution, and a script that lost its query an answer.
        raise RegoCompileError((_NO_QUERY,))
    lowering = Lowering(env)
    lowering.scope.expect(declared_names(body))
    captured, taken = _captured(body, env)
    ordered = _lowered(lowering, env, captured)
    env.findings.add(Stage.TYPES, linked.checked.types.check_query(ordered))
    env.findings.refuse_unavailable(mocks(ordered))
    env.findings.end()
    if len(body) > 1 or iterates(ordered, set()):
        # An expression that is false ends a solution; a lone one shows what it is.
        tests = tuple(
            ast.Expr(terms=name, location=name.location) for name in taken if name is not None
        )
        lowering = Lowering(env)
        lowering.scope.expect(declared_names(body))
        ordered = _lowered(lowering, env, (*captured, *tests))
    wanted = mocks(ordered) - linked.parts.mockable
    if wanted:
        mockable = linked.parts.mockable | wanted
        linked = link(linked.checked, mockable, linked.parts.make, by_keys=linked.parts.by_keys)
    program = linked.program
    shown = _shown(ordered)
    values = [lowering.scope.implicit(name.name) if name is not None else None for name in taken]
    parts = Parts(
        constants=Constants("q"),
        tree=linked.parts.tree,
        mockable=linked.parts.mockable,
        node_name=linked.parts.node_name,
        prefix="q",
        make=Make.TRACED if linked.parts.make is Make.TRACED else Make.PLAIN,
        by_keys=linked.parts.by_keys,
    )
    parts.owner = parts.owners["query"] = QUERY_OWNER
    emitter = Emitter("query", ["c", "out"], "return")
    writer = BodyWriter(parts, emitter, LocalNames(), {})
    location = body[0].location if body else None
    operands = tuple(
        core.Local(variable=variable, location=location)  # type: ignore[arg-type] # not read
        for variable in (*shown, *[value for value in values if value is not None])
    )
    goal = AppendTuple(operands=operands, parameters=("out",))
    with entering(writer, goal, ordered) as told:
        writer.run(ordered, told)
    emitter.close("return")
    parts.functions.append(emitter)
    namespace = dict(program.namespace)
    namespace.update(faults(parts.constants.sites))
    namespace.update(parts.constants.names)
    namespace.update(
        (name, BUILTINS[builtin].call) for name, builtin in parts.constants.builtins.items()
    )
    execute(compiled(parts.sources(), GENERATED), namespace)
    return Query(
        run=namespace["query"],
        bindings=tuple(variable.name for variable in shown),
        expressions=_indexes(values, len(shown)),
        body=body,
        program=program,
        owners={**program.image.owners, **parts.owners},
        spans=linked.parts.constants.spans,
        takes_whole=parts.takes_whole or program.image.takes_whole,
    )


def _lowered(lowering: Lowering, env: Environment, body: ast.Body) -> core.Body:
    lowered = lowering.body(body)
    env.findings.end()
    ordering = Ordering()
    ordered = ordering.body(lowered, set())
    env.findings.add(
        Stage.UNSAFE_BODIES,
        unsafe_bodies(ordering.unsafe, Words(scope="", known=lambda: env.globals)),
    )
    env.findings.end()
    return ordered


def _captured(body: ast.Body, env: Environment) -> tuple[ast.Body, list[ast.Var | None]]:
    """``body`` with a variable for what each expression gives; None for one that is only true."""
    exprs: list[ast.Expr] = []
    taken: list[ast.Var | None] = []
    for index, expr in enumerate(body):
        terms = expr.terms
        if expr.negated or not isinstance(terms, ast.Term) or not _gives_value(terms, env):
            exprs.append(expr)
            taken.append(None)
            continue
        name = ast.Var(name=f"$value{index}", location=terms.location)
        if isinstance(terms, ast.Call) and env.builtin_arity(operator_name(terms)) is not None:
            # With one argument more than the function has, the last one takes the result.
            exprs.append(replace(expr, terms=replace(terms, args=(*terms.args, name))))
        else:
            exprs.append(replace(bound_to(name, terms, expr.with_), location=expr.location))
        taken.append(name)
    return tuple(exprs), taken


def _gives_value(term: ast.Term, env: Environment) -> bool:
    if not isinstance(term, ast.Call):
        return True
    name = operator_name(term)
    if name in {"assign", "eq", "print"}:
        return False
    arity = env.builtin_arity(name)
    # With one argument more than the function has, the last one takes the result.
    return arity is None or len(term.args) == arity


def _indexes(values: list[Variable | None], start: int) -> tuple[int | None, ...]:
    found: list[int | None] = []
    for value in values:
        found.append(None if value is None else start)
        start += value is not None
    return tuple(found)


def _shown(body: core.Body) -> list[Variable]:
    found: dict[Variable, None] = {}
    for statement in body:
        for variable in variables.of_statement(statement):
            if variable.name and not variable.is_wildcard:
                found[variable] = None
    return list(found)

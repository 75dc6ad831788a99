"""Definitions of rules evaluated by followed code: their steps over one input."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from policyengine.errors import RegoEvaluationError
from policyengine.rego.compiler.check import check
from policyengine.rego.compiler.make import Make
from policyengine.rego.compiler.nesting import room_for
from policyengine.rego.compiler.owners import QUERY_OWNER
from policyengine.rego.compiler.program import Linked, link
from policyengine.rego.definitions import context_of, defined
from policyengine.rego.guard import Asked, Ending, Guarded
from policyengine.rego.runtime.follow import Event, Following
from policyengine.rego.runtime.limits import DEFAULT_LIMITS, Limits
from policyengine.rego.runtime.values import Value
from policyengine.rego.steps import Choice, RuleSteps, StepReader
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.parser import parse_modules


def follow_rules(
    sources: Mapping[str, str],
    places: Collection[tuple[str, int]],
    *,
    input: Value,  # noqa: A002 # the name of Rego's own document
    data: Mapping[str, Any],
    now_ns: int,
    strict_builtin_errors: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    rego_versions: Mapping[str, ast.RegoVersion] | None = None,
    choice: Choice | None = None,
) -> tuple[list[RuleSteps], list[RuleSteps]]:
    """The steps of the rules at ``places`` (file and row), and of all others evaluated for them.

    ``choice`` says which solutions of the rules at ``places`` are told beside the first few.
    Raises RegoCompileError, RegoEvaluationError and EvaluationLimitExceeded.
    """
    modules = parse_modules(sources, file_rego_versions=rego_versions)
    with room_for(modules):
        checked = check(modules)
        linked = link(checked, make=Make.FOLLOWED)
    wanted: list[ast.Rule] = []
    others: list[ast.Rule] = []
    for module in modules.values():
        for rule in module.rules:
            is_wanted = (rule.location.file, rule.location.row) in places
            (wanted if is_wanted else others).append(rule)

    def read(linked: Linked, limits: Limits) -> tuple[StepReader, StepReader]:
        spots = linked.spots()
        readers = (StepReader(wanted, spots, choice), StepReader(others, spots))

        def take(event: Event) -> None:
            for reader in readers:
                reader.take(event)

        asked = Asked(QUERY_OWNER)
        with Ending(Guarded(limits, linked.program.image.owners, asked)) as guard, guard:
            context = context_of(
                linked.program,
                dict(data),
                guard,
                document=input,
                now_ns=now_ns,
                strict=strict_builtin_errors,
                record=Following(take),
            )
            for definition in linked.program.image.definitions:
                if (definition.file, definition.row) in places:
                    asked.owner = definition.owner
                    defined(linked.program, definition, context)
        return readers

    begun = time.monotonic()
    try:
        readers = read(linked, limits)
    except RegoEvaluationError:
        if not linked.program.image.takes_whole:
            raise
        # It may be of a key that nobody asks for.
        with room_for(modules):
            linked = link(checked, make=Make.FOLLOWED, by_keys=True)
        readers = read(linked, limits.after(begun))
    behind = readers[1].steps(others)
    return (
        readers[0].steps(wanted),
        [steps for steps in behind if steps.given or any(step.tried for step in steps.steps)],
    )

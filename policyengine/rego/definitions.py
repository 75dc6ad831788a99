"""Single definitions of rules, each evaluated by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from policyengine.rego.answers import ExplainedValue, RuleValue
from policyengine.rego.compiler.owners import Definition
from policyengine.rego.compiler.running import Program
from policyengine.rego.guard import Asked
from policyengine.rego.runtime.access import PartialObject, finish
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.evaluation import Context, Node, extent
from policyengine.rego.runtime.explain import InputPath, Record, shown_paths
from policyengine.rego.runtime.json_values import to_json
from policyengine.rego.runtime.limits import Budget
from policyengine.rego.runtime.trace import Trace
from policyengine.rego.runtime.values import UNDEFINED, Key, RegoSet, Value, key_of
from policyengine.rego.runtime.watch import Watched

if TYPE_CHECKING:
    from policyengine.rego.compiler.core import Path


def context_of(
    program: Program,
    data: Value,
    watched: Watched,
    *,
    document: Value,
    now_ns: int | None,
    strict: bool,
    print_to: Callable[[str], None] | None = None,
    record: Any = None,
) -> Context:
    """The state of the evaluation ``watched`` of ``program`` over ``document`` and ``data``."""
    budget = Budget(watched.limits, watched.deadline)
    now_ns = time.time_ns() if now_ns is None else now_ns
    session = Session(budget, now_ns, document, strict)
    # Arguments by name take as long again as all that a session is.
    if print_to is not None or record is not None:
        notes = record.note if isinstance(record, Trace) else None
        session.tell(print_to=print_to, trace_to=notes, record=record)
    return Context(session, document, data, program.image.documents)


def document_at(program: Program, path: tuple[str, ...], context: Context) -> Value:
    """The document of all definitions at ``path`` below ``data``."""
    node: Node | None = program.nodes
    for name in path:
        node = None if node is None else node.children.get(name)
    return UNDEFINED if node is None else extent(context, node)


def defined(program: Program, definition: Definition, context: Context) -> Value:
    """What one definition gives; UNDEFINED where a rule with one value has none."""
    function = program.namespace[definition.function]
    if definition.kind == "value":
        return function(context)
    if definition.kind == "set":
        members: dict[Key, Value] = {}
        function(context, members)
        return RegoSet(members)
    made = PartialObject()
    function(context, made)
    return finish(made)


def explained(
    program: Program, definition: Definition, context: Context
) -> tuple[Value, tuple[tuple[InputPath, ...], ...]]:
    """As ``defined``, with the paths that led to each item of a set or array, or to the value."""
    record: Record = context.session.record
    record.back(0)
    record.notes = {}
    value = defined(program, definition, context)
    notes = record.notes
    if definition.kind == "set":
        members = [notes.get(key_of(member), []) for member in value.ordered()]
        return value, tuple(map(shown_paths, members))
    trail = [*record.trail, *(path for paths in notes.values() for path in paths)]
    shown = shown_paths(trail)
    return value, (shown,) * (len(value) if type(value) is list or type(value) is RegoSet else 1)


def rule_values(
    program: Program,
    rules: Mapping[Path, Collection[str]],
    asked: Asked,
    context: Context,
) -> list[RuleValue]:
    """What each definition of ``rules`` gives, in source order."""
    found: list[RuleValue] = []
    for definition in program.image.definitions:
        if definition.name in rules.get(definition.package, ()):
            asked.owner = definition.owner
            if definition.kind != "set":
                document_at(program, (*definition.package, definition.name), context)
            found.append(
                RuleValue(
                    file=definition.file,
                    row=definition.row,
                    name=definition.name,
                    value=to_json(defined(program, definition, context)),
                )
            )
    return sorted(found, key=lambda value: (value.file, value.row))


def explained_values(
    program: Program,
    wanted: Mapping[tuple[str, int, str], RuleValue],
    asked: Asked,
    context: Context,
) -> list[ExplainedValue]:
    """What led to ``wanted``, by file, row and name."""
    found: list[ExplainedValue] = []
    for definition in program.image.definitions:
        rule = wanted.get((definition.file, definition.row, definition.name))
        if rule is not None:
            asked.owner = definition.owner
            value, paths = explained(program, definition, context)
            if to_json(value) == rule.value:
                found.append(ExplainedValue(rule=rule, paths=paths))
    return found

"""Single definitions of rules, each evaluated by itself."""

from __future__ import annotations

from policyengine.rego.compiler.owners import Definition
from policyengine.rego.compiler.running import Program
from policyengine.rego.runtime.access import PartialObject, finish
from policyengine.rego.runtime.evaluation import Context
from policyengine.rego.runtime.explain import InputPath, Record, shown_paths
from policyengine.rego.runtime.values import Key, RegoSet, Value, key_of


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

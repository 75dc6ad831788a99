"""References that lead nowhere, found before anything is evaluated.

In Rego a misspelt path is undefined, and a rule over it quietly never applies. So every reference
to ``data`` must lead to a rule, to the bundle's data, or to a parameter of its schema, and every
path of ``input`` must be one that the schema of the bundle's view has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from policyengine.bundle.inputs import Path, PathIndex, Reference, references
from policyengine.bundle.nearest import did_you_mean
from policyengine.bundle.parameters import PARAMETERS
from policyengine.bundle.view_schemas import view_schema
from policyengine.errors import RegoFinding
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.views import DocumentView
from policyengine.rego.syntax import ast

_SCALARS = frozenset({"null", "string", "boolean", "integer", "number"})


def dead_references(
    trees: Mapping[str, ast.Module],
    *,
    names: frozenset[Path],
    data: JsonObject,
    parameters: Iterable[str],
    view: DocumentView,
) -> tuple[RegoFinding, ...]:
    """Return a finding for each reference that leads nowhere, in order of file and row."""
    known = frozenset(parameters)
    rules = PathIndex(names)
    own = {name[-1] for name in names}
    schema = view_schema(view)
    found: list[RegoFinding] = []
    for tree in trees.values():
        for rule in tree.rules:
            for reference in references(rule, tree):
                problem = (
                    _in_input(reference.path, schema)
                    if reference.root == "input"
                    else _in_data(reference, rules, own, data, known)
                )
                if problem is not None:
                    found.append(_finding(reference.node, *problem))
    return tuple(sorted(set(found), key=lambda item: (item.file, item.row, item.col)))


def _in_input(path: Path, schema: JsonObject) -> tuple[str, str] | None:
    for depth, name in enumerate(path):
        names = _properties(path[:depth], schema)
        if names is not None and name not in names:
            where = ".".join(("input", *path[: depth + 1]))
            near = did_you_mean(name, names).replace(
                "did you mean ", f"did you mean {'.'.join(('input', *path[:depth], ''))}"
            )
            return f"{where} is not in the input document", near
    return None


def _properties(path: Path, schema: JsonObject) -> frozenset[str] | None:
    """Return the names that may follow ``path``, or None where any may."""
    names: set[str] = set()
    level = list(_alternatives(schema, schema))
    for part in path:
        below: list[JsonObject] = []
        for item in level:
            properties = item.get("properties")
            if isinstance(properties, dict) and part in properties:
                below.extend(_alternatives(properties[part], schema))
            elif item.get("additionalProperties") is not False:
                return None
        level = below
    for item in level:
        properties = item.get("properties")
        if not isinstance(properties, dict) or item.get("additionalProperties") is not False:
            types = item.get("type")
            if types and _SCALARS.issuperset(types if isinstance(types, list) else [types]):
                continue
            return None
        names.update(properties)
    return frozenset(names)


def _alternatives(value: JsonValue, schema: JsonObject) -> Iterator[JsonObject]:
    """Yield what a subschema may be: references followed, alternatives each by itself."""
    if not isinstance(value, dict):
        return
    reference = value.get("$ref")
    if isinstance(reference, str):
        definitions = schema["$defs"]
        assert isinstance(definitions, dict)
        yield from _alternatives(definitions[reference.rpartition("/")[2]], schema)
        return
    options = value.get("anyOf")
    if isinstance(options, list):
        for option in options:
            yield from _alternatives(option, schema)
        return
    yield value


def _in_data(
    reference: Reference,
    rules: PathIndex,
    own: set[str],
    data: JsonObject,
    parameters: frozenset[str],
) -> tuple[str, str] | None:
    path = reference.path
    if path[:1] == (PARAMETERS,):
        if len(path) > 1 and path[1] not in parameters:
            near = did_you_mean(path[1], parameters)
            return f"the bundle has no parameter {path[1]}", near
        return None
    if path in rules:
        return None
    if _leads_to_value(path, data):
        return None
    # The compiler judges names that may be variables or builtins.
    if not reference.certain:
        return None
    near = did_you_mean(path[-1], own) if path else ""
    return f"data.{'.'.join(path)} is not in the bundle", near


def _leads_to_value(path: Path, data: JsonObject) -> bool:
    value: JsonValue = data
    for part in path:
        if not isinstance(value, dict):
            return False
        if part not in value:
            return False
        value = value[part]
    return True


def _finding(node: ast.Ref | ast.Var, message: str, hint: str) -> RegoFinding:
    location = node.location
    return RegoFinding(
        code="rego_type_error",
        message=f"undefined ref: {message}" + (f" ({hint})" if hint else ""),
        file=location.file,
        row=location.row,
        col=location.col,
        line=location.source.line(location.row),
        hint=hint or None,
    )

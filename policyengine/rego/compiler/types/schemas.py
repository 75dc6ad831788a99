"""The schemas of ``input`` and ``data``: given for all modules, and named by METADATA."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from policyengine.errors import RegoFinding
from policyengine.rego.compiler.core import Clause
from policyengine.rego.compiler.findings import TYPE_ERROR
from policyengine.rego.compiler.types.environment import RootName, TypeEnvironment
from policyengine.rego.compiler.types.json_schema import SchemaError, schema_type
from policyengine.rego.compiler.types.lattice import ANY_OBJECT, Known, unwrapped
from policyengine.rego.compiler.types.messages import error
from policyengine.rego.compiler.types.rule_types import Steps
from policyengine.rego.runtime.types import ANY, ObjectType, RegoType
from policyengine.rego.runtime.values import key_of
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.annotation_set import AnnotationSet
from policyengine.rego.syntax.render import reference_text

INPUT_SCHEMA: Final = "schema"


class Schemas:
    """The types of all schemas, each read once.

    ``given`` maps references to JSON Schemas: ``schema`` is that of the input, ``schema.a.b`` one
    that METADATA may name.
    """

    def __init__(self, given: Mapping[str, Any], modules: Iterable[ast.Module]) -> None:
        self._given = given
        self._types: dict[str, RegoType | SchemaError] = {}
        modules = tuple(modules)
        named = any(block.schemas for module in modules for block in _blocks(module))
        self._annotations = AnnotationSet(modules) if named else None
        self._indexes: dict[ast.Rule, int] = {}
        if named:
            for module in modules:
                self._indexes.update({rule: at for at, rule in enumerate(module.rules)})

    def input_type(self) -> RegoType | RegoFinding | None:
        """The type of the input, what is wrong with its schema, or None if there is none."""
        if self._given.get(INPUT_SCHEMA) is None:
            return None
        found = self._type(INPUT_SCHEMA)
        if not isinstance(found, SchemaError):
            return found
        return RegoFinding(code=TYPE_ERROR, message=str(found), file=INPUT_SCHEMA, row=1, col=1)

    def apply(
        self, environment: TypeEnvironment, clause: Clause, first: Clause
    ) -> list[RegoFinding]:
        """Give ``environment`` the types that METADATA says of documents in a rule.

        ``first`` is the rule whose ``else`` branch ``clause`` is, or ``clause`` itself.
        """
        findings: list[RegoFinding] = []
        for annotation in self._of_rule(clause, first):
            found = self._annotated(annotation)
            if isinstance(found, SchemaError):
                findings.append(error(clause.rule.location, str(found)))
            elif found is not None:
                _put(environment, annotation.path, found)
        return findings

    def _of_rule(self, clause: Clause, first: Clause) -> Iterator[ast.SchemaAnnotation]:
        """The annotations of a rule, from the outermost scope inwards."""
        if self._annotations is None:
            return
        chain = self._annotations.chain(first.module, self._indexes[first.rule])
        for ref in reversed(chain):
            block = ref.annotations
            # An ``else`` branch has no annotations of its own.
            if block is not None and (clause is first or block.scope != "rule"):
                yield from block.schemas

    def _annotated(self, annotation: ast.SchemaAnnotation) -> RegoType | SchemaError | None:
        if annotation.schema is None:
            return _read(annotation.definition)
        if not self._given:
            return None
        name = reference_text(annotation.schema.terms)
        if name not in self._given:
            return SchemaError(f"undefined schema: {name}")
        return self._type(name)

    def _type(self, name: str) -> RegoType | SchemaError:
        if name not in self._types:
            self._types[name] = _read(self._given[name])
        return self._types[name]


def _blocks(module: ast.Module) -> Iterator[ast.Annotations]:
    yield from module.annotations
    for rule in module.rules:
        yield from rule.annotations


def _read(schema: Any) -> RegoType | SchemaError:
    try:
        return schema_type(schema)
    except SchemaError as fault:
        return fault


def _put(environment: TypeEnvironment, path: ast.Ref, known: RegoType) -> None:
    head, *terms = path.terms
    if not isinstance(head, ast.Var) or head.name not in {"input", "data"}:
        return
    name: RootName = "input" if head.name == "input" else "data"
    steps = tuple([term.value for term in terms if isinstance(term, ast.String)])
    if len(steps) != len(terms):
        return
    if steps:
        found = environment.at(name, ())
        known = _overridden(ANY if found is None else found, steps, known)
    environment.document(name).put((), known)


def _overridden(whole: Known, steps: Steps, known: RegoType) -> ObjectType:
    """``whole`` with another type at a place in it."""
    thing = unwrapped(whole)
    if not isinstance(thing, ObjectType):
        thing = ANY_OBJECT
        below: RegoType = ANY
    else:
        found = thing.by_key.get(key_of(steps[0]))
        below = ObjectType((), thing.dynamic) if found is None else found
    if len(steps) > 1:
        known = _overridden(below, steps[1:], known)
    static = dict(thing.static)
    static[key_of(steps[0])] = known
    return ObjectType(tuple(static.items()), thing.dynamic)

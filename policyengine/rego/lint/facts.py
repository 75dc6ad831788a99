"""Facts of the input, by its JSON Schema: which a term of a rule reads, and what it may be.

Only what is sure is answered: a path of constant names, an element of an array, and variables that
a body binds to them by ``:=`` or ``some ... in``. Of anything else nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from policyengine.rego.lint.calls import name_of
from policyengine.rego.syntax import ast

Schema: TypeAlias = Mapping[str, Any]

# As many references lead from one to the next, in a schema that is not made to confuse.
_REFERENCES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A place in the input: ``name`` is the same for the same place, ``may_be`` what is there."""

    name: str
    may_be: tuple[Schema, ...]

    @property
    def is_nullable(self) -> bool:
        """Whether the schema lets it be null, and something else too."""
        kinds = [each.get("type") for each in self.may_be]
        return "null" in kinds and any(kind != "null" for kind in kinds)


class Facts:
    """What the variables of one body are, and so what its terms read."""

    def __init__(self, schema: Schema, known: Mapping[str, Fact | None] | None = None) -> None:
        """``known`` are variables by name; None is one of which nothing is known."""
        self._schema = schema
        root = Fact(name="input", may_be=tuple(self._alternatives(schema)))
        self._known = {"input": root} if known is None else known

    def importing(self, imports: Iterable[ast.Import]) -> Facts:
        """Return what is known where a module has ``imports``."""
        known = dict(self._known)
        for item in imports:
            last = item.path.terms[-1]
            name = item.alias or (last.value if isinstance(last, ast.String) else None)
            if name is not None:
                known[name] = self.of(item.path)
        return Facts(self._schema, known)

    def within(self, body: ast.Body) -> Facts:
        """Return what is known in ``body`` too."""
        known = dict(self._known)
        for expression in body:
            if not expression.negated and not expression.with_:
                known.update(Facts(self._schema, known).bound_by(expression.terms))
        return Facts(self._schema, known)

    def through(self, every: ast.Every) -> Facts:
        """Return what is known where the variables of ``every`` go through its domain."""
        value = every.value.name
        known = {**self._known, value: self._element(every.domain, value)}
        if every.key is not None:
            known[every.key.name] = None
        return Facts(self._schema, known)

    def of(self, term: ast.Node) -> Fact | None:
        """Return the fact that ``term`` is, None where that is not sure."""
        if isinstance(term, ast.Var):
            return self._known.get(term.name)
        if not isinstance(term, ast.Ref):
            return None
        head = term.terms[0]
        fact = self._known.get(head.name) if isinstance(head, ast.Var) else None
        for step in term.terms[1:]:
            if fact is None:
                return None
            fact = self._below(fact, step)
        return fact

    def bound_by(self, terms: ast.Term | ast.Statement) -> dict[str, Fact | None]:
        """Return what an expression binds variables to."""
        if isinstance(terms, ast.Call) and name_of(terms.operator) == "assign":
            target, value = terms.args
            return {target.name: self.of(value)} if isinstance(target, ast.Var) else {}
        found: dict[str, Fact | None] = {}
        for symbol in terms.symbols if isinstance(terms, ast.SomeDecl) else ():
            if isinstance(symbol, ast.Call):
                *names, domain = symbol.args
                found.update({name.name: None for name in names if isinstance(name, ast.Var)})
                value = names[-1]
                if isinstance(value, ast.Var):
                    found[value.name] = self._element(domain, value.name)
            elif isinstance(symbol, ast.Var):
                found[symbol.name] = None
        return found

    def _element(self, domain: ast.Term, name: str) -> Fact | None:
        """What the variable ``name`` is that goes through the array ``domain``."""
        fact = self.of(domain)
        return None if fact is None else self._elements(fact, name)

    def _below(self, fact: Fact, step: ast.Term) -> Fact | None:
        if isinstance(step, ast.String):
            found = [
                schema
                for each in fact.may_be
                if isinstance(below := (each.get("properties") or {}).get(step.value), Mapping)
                for schema in self._alternatives(below)
            ]
            name = f"{fact.name}.{step.value}"
            return Fact(name=name, may_be=tuple(found)) if found else None
        if isinstance(step, ast.Var | ast.Number):
            label = step.name if isinstance(step, ast.Var) else step.text
            # Each wildcard is another element.
            own = f"{label}@{step.location.offset}" if label.startswith("$") else label
            return self._elements(fact, own)
        return None

    def _elements(self, fact: Fact, label: str) -> Fact | None:
        found = [
            schema
            for each in fact.may_be
            if isinstance(below := each.get("items"), Mapping)
            for schema in self._alternatives(below)
        ]
        return Fact(name=f"{fact.name}[{label}]", may_be=tuple(found)) if found else None

    def _alternatives(self, schema: Schema, depth: int = 0) -> Iterator[Schema]:
        """Each schema that a value may fit, with one type at most."""
        if depth > _REFERENCES:
            return
        reference = schema.get("$ref")
        if isinstance(reference, str):
            named = (self._schema.get("$defs") or {}).get(reference.rpartition("/")[2])
            if isinstance(named, Mapping):
                yield from self._alternatives(named, depth + 1)
            return
        options = schema.get("anyOf") or schema.get("oneOf")
        if isinstance(options, list):
            for option in options:
                if isinstance(option, Mapping):
                    yield from self._alternatives(option, depth + 1)
            return
        kinds = schema.get("type")
        if isinstance(kinds, list):
            yield from ({**schema, "type": kind} for kind in kinds)
            return
        yield schema

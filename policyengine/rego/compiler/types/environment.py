"""What is known of the types of variables and documents at one place of a policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from policyengine.rego.compiler import core
from policyengine.rego.compiler.core import Variable
from policyengine.rego.compiler.types.lattice import (
    DEEPEST,
    Known,
    bounded,
    is_composite,
    is_empty_collection,
    select,
    type_of_pairs,
    type_of_value,
    union_of,
    values_of,
)
from policyengine.rego.compiler.types.rule_types import Steps, TypeNode
from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.runtime.types import ANY, ArrayType, ObjectType, RegoType, SetType, Signature
from policyengine.rego.runtime.values import UNDEFINED

RootName = Literal["input", "data"]

_ELSEWHERE: Final = object()


class TypeEnvironment:
    """Types of variables and documents; what is not here is asked of the environment ``outer``.

    ``comprehensions`` keeps the types of comprehensions of the statement that is being checked.
    """

    __slots__ = ("comprehensions", "documents", "outer", "variables")

    def __init__(
        self,
        outer: TypeEnvironment | None = None,
        variables: dict[Variable, RegoType] | None = None,
    ) -> None:
        self.outer = outer
        self.variables: dict[Variable, RegoType] = {} if variables is None else variables
        self.documents: dict[RootName, TypeNode] = {}
        self.comprehensions: dict[core.Comprehension, RegoType | None] = {}

    def replaced(self) -> TypeEnvironment:
        """An environment for one statement with ``with``: variables stay those of this one."""
        inner = TypeEnvironment(self, self.variables)
        inner.comprehensions = self.comprehensions
        return inner

    def chain(self) -> Iterator[TypeEnvironment]:
        """This environment and those around it."""
        current: TypeEnvironment | None = self
        while current is not None:
            yield current
            current = current.outer

    def document(self, name: RootName) -> TypeNode:
        """The tree of this environment alone, for writing."""
        found = self.documents.get(name)
        if found is None:
            found = self.documents[name] = TypeNode(name)
        return found

    def variable(self, variable: Variable) -> RegoType | None:
        current: TypeEnvironment | None = self
        while current is not None:
            found = current.variables.get(variable)
            if found is not None:
                return found
            current = current.outer
        return None

    def bind(self, variable: Variable, known: RegoType | None) -> None:
        if known is not None:
            self.variables[variable] = known

    def function(self, function: core.Function) -> Known | None:
        """The type of a function; ``any`` for one that is not known."""
        if isinstance(function, core.RuleFunction):
            return self.at("data", function.path)
        builtin = BUILTINS.get(function.name)
        return ANY if builtin is None else builtin.signature

    def at(self, name: RootName, steps: Steps) -> Known | None:
        """The type of what is at a place of a document."""
        current: TypeEnvironment | None = self
        while current is not None:
            node = current.documents.get(name)
            if node is not None:
                found = _found(node, steps)
                if found is not _ELSEWHERE:
                    return found  # type: ignore[return-value] # not the mark
            current = current.outer
        return ANY

    def of(self, term: core.CoreTerm, depth: int = 0) -> Known | None:
        """The type of a term; None where it is not known."""
        if isinstance(term, core.Local):
            return self.variable(term.variable)
        if isinstance(term, core.Const):
            return type_of_value(term.value, depth)
        match term:
            case core.Reference():
                if isinstance(term.head, core.Root):
                    return self.at(term.head.name, steps_of(term.path))
                return selected(self.variable(term.head.variable), steps_of(term.path))
            case core.Comprehension():
                return self.comprehensions.get(term)
            case _ if depth > DEEPEST:
                return ANY
            case core.ArrayOf():
                items = [self.document_type(item, depth + 1) for item in term.items]
                return bounded(ArrayType(tuple(items)))
            case core.SetOf():
                members = [self.document_type(item, depth + 1) for item in term.items]
                return bounded(SetType(union_of(members)))
            case core.ObjectOf():
                return bounded(self._object(term, depth + 1))

    def document_type(self, term: core.CoreTerm, depth: int = 0) -> RegoType | None:
        """The type of a term that is no function."""
        found = self.of(term, depth)
        return None if isinstance(found, Signature) else found

    def _object(self, term: core.ObjectOf, depth: int) -> ObjectType:
        keys = [
            (
                key.value if isinstance(key, core.Const) else UNDEFINED,
                self.document_type(key, depth),
            )
            for key, _ in term.pairs
        ]
        return type_of_pairs(keys, [self.document_type(value, depth) for _, value in term.pairs])


def steps_of(path: tuple[core.Operand, ...]) -> Steps:
    """The steps of a reference, UNDEFINED for those that are not constant."""
    return tuple([step.value if isinstance(step, core.Const) else UNDEFINED for step in path])


def _found(node: TypeNode, steps: Steps) -> Known | object | None:
    for index, step in enumerate(steps):
        if step is UNDEFINED:
            return selected(node.extent(), steps[index:])
        child = node.child(step)
        if child is None:
            return _ELSEWHERE if node.type is None else selected(node.type, steps[index:])
        node = child
    return node.extent()


def selected(known: Known | None, steps: Steps) -> Known | None:
    """The type of what is at ``steps`` in a value of type ``known``; None where it is not known."""
    for step in steps:
        if known is None or known is ANY:
            return known
        if step is not UNDEFINED and not is_composite(step):
            known = select(known, step)
        elif is_empty_collection(known):
            return ANY
        else:
            known = values_of(known)
    return known

"""Which variables parts of the core tree hold, and which of them they bind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from policyengine.rego.compiler import core
from policyengine.rego.compiler.core import Variable
from policyengine.rego.runtime.values import equal, is_object, object_items

# Most actions are of these, and what is in them is asked many times: they have no bodies.
_FLAT: Final = frozenset({core.Equation, core.Test, core.Call})


def locals_of(operand: core.Operand) -> Iterator[core.Local]:
    """All places in an operand where a variable stands."""
    match operand:
        case core.Local():
            yield operand
        case core.ArrayOf() | core.SetOf():
            for item in operand.items:
                yield from locals_of(item)
        case core.ObjectOf():
            for key, value in operand.pairs:
                yield from locals_of(key)
                yield from locals_of(value)


def of_operand(operand: core.Operand) -> Sequence[Variable]:
    """All variables of an operand."""
    # Most are one of these two, and this is asked several times of all that a policy says.
    if isinstance(operand, core.Local):
        return (operand.variable,)
    if isinstance(operand, core.Const):
        return ()
    return [local.variable for local in locals_of(operand)]


def of_arguments(clause: core.Clause) -> set[Variable]:
    """The variables that a function's arguments bind."""
    return {v for arg in clause.args for v in of_operand(arg)}


def bindable(operand: core.Operand) -> Iterator[Variable]:
    """The variables that a match can bind: not those in sets or in keys of objects."""
    match operand:
        case core.Local():
            yield operand.variable
        case core.ArrayOf():
            for item in operand.items:
                yield from bindable(item)
        case core.ObjectOf():
            for _, value in operand.pairs:
                yield from bindable(value)


def of_term(term: core.CoreTerm) -> Sequence[Variable]:
    """All variables of a term but for those inside of comprehensions."""
    if isinstance(term, core.Local):
        return (term.variable,)
    if isinstance(term, core.Reference):
        found = [term.head.variable] if isinstance(term.head, core.Local) else []
        for part in term.path:
            if not isinstance(part, core.Const):
                found += of_operand(part)
        return found
    return () if isinstance(term, core.Comprehension) else of_operand(term)


def _terms(action: core.Action) -> tuple[core.CoreTerm, ...]:
    match action:
        case core.Equation():
            return (action.a, action.b)
        case core.Test():
            return (action.term,)
        case core.Call():
            return action.args if action.output is None else (*action.args, action.output)
        case core.Universal():
            return (action.domain,)
        case _:
            return ()


def of_statement(statement: core.Statement) -> set[Variable]:
    """The variables of a statement outside of closures.

    A body in a ``not``, ``and`` or ``or`` that was not written in braces is no closure.
    """
    found: set[Variable] = set()
    action = statement.action
    for term in _terms(action):
        found.update(of_term(term))
    if not statement.is_flat:
        for body in implicit_bodies(action):
            for inner in body:
                found.update(v for v in of_statement(inner) if v.name)
    if statement.replacements:
        found.update(of_replacements(statement))
    return found


def of_replacements(statement: core.Statement) -> set[Variable]:
    found: set[Variable] = set()
    for replacement in statement.replacements:
        if not isinstance(replacement.value, core.BuiltinFunction | core.RuleFunction):
            found.update(of_operand(replacement.value))
    return found


def implicit_bodies(action: core.Action) -> Sequence[core.Body]:
    """The bodies in an action that were not written in braces."""
    if type(action) in _FLAT:
        return ()
    match action:
        case core.Negation(explicit=False):
            return (action.body,)
        case core.Conjunction() | core.Disjunction():
            left = () if action.explicit_left else (action.left,)
            return left if action.explicit_right else (*left, action.right)
        case _:
            return ()


def explicit_bodies(action: core.Action) -> Sequence[core.Body]:
    """The bodies in an action that were written in braces."""
    if type(action) in _FLAT:
        return ()
    match action:
        case core.Negation(explicit=True) | core.Universal():
            return (action.body,)
        case core.Conjunction() | core.Disjunction():
            left = (action.left,) if action.explicit_left else ()
            return (*left, action.right) if action.explicit_right else left
        case _:
            return ()


def bodies(action: core.Action) -> list[core.Body]:
    """All bodies in an action, those of its comprehensions last."""
    found = [comprehension.body for comprehension in comprehensions(action)]
    return [*explicit_bodies(action), *implicit_bodies(action), *found]


def comprehensions(action: core.Action) -> list[core.Comprehension]:
    """The comprehensions that are terms of an action itself."""
    return [term for term in _terms(action) if isinstance(term, core.Comprehension)]


def of_closures(action: core.Action) -> set[Variable]:
    """All variables inside of the closures of an action, at any depth."""
    found: set[Variable] = set()
    for comprehension in comprehensions(action):
        found |= everything(comprehension.body)
        found.update(of_operand(comprehension.value))
        if comprehension.key is not None:
            found.update(of_operand(comprehension.key))
    for body in explicit_bodies(action):
        found |= everything(body)
    for body in implicit_bodies(action):
        for inner in body:
            found |= of_closures(inner.action)
    if isinstance(action, core.Universal):
        found.discard(action.value)
        if action.key is not None:
            found.discard(action.key)
    return found


def everything(body: Iterable[core.Statement]) -> set[Variable]:
    """All variables of a body, at any depth."""
    found: set[Variable] = set()
    for statement in body:
        found |= of_statement(statement)
        if statement.is_flat:
            continue
        found |= of_closures(statement.action)
        for inner in implicit_bodies(statement.action):
            found |= everything(inner)
    return found


def reference_outputs(term: core.CoreTerm, safe: set[Variable]) -> set[Variable]:
    """The variables that a reference binds by iterating."""
    if not isinstance(term, core.Reference):
        return set()
    if isinstance(term.head, core.Local) and term.head.variable not in safe:
        return set()
    return {v for part in term.path for v in of_operand(part)}


def outputs(unit: core.Body, safe: set[Variable]) -> set[Variable]:
    """The variables that the statements of a unit bind, given those that are ``safe``.

    A negated one binds none, nor does a call with a result that waits for an argument, not even
    those of its references.
    """
    last = unit[-1]
    if last.negated or not of_replacements(last) <= safe:
        return set()
    known = safe
    for statement in unit[:-1]:
        known = known | _outputs(statement, known)
    action = last.action
    if isinstance(action, core.Call):
        if action.output is None:
            return known - safe
        if any(v not in known for arg in action.args for v in bindable(arg)):
            return set()
    return (known | _outputs(last, known)) - safe


def _outputs(statement: core.Statement, safe: set[Variable]) -> set[Variable]:
    action = statement.action
    match action:
        case core.Equation():
            found = reference_outputs(action.a, safe) | reference_outputs(action.b, safe)
            if statement.compares:
                return found - safe
            basis = found | safe
            if action.assigns:
                basis -= set(of_term(action.a))
            return (basis | _Unifier(basis).unify(action.a, action.b)) - safe
        case core.Test():
            return reference_outputs(action.term, safe)
        case core.Call():
            if action.output is None:
                return set()
            # OPA takes a variable for bound that stands in a set or a key among the arguments too.
            return set(bindable(action.output)).difference(*map(of_operand, action.args))
        case _:
            return set()


class _Unifier:
    """Which variables an equation binds, as OPA's ``Unify`` finds them."""

    def __init__(self, safe: set[Variable]) -> None:
        self._safe = safe
        self._unified: set[Variable] = set()
        self._waiting: dict[Variable, set[Variable]] = {}

    def unify(self, a: core.CoreTerm, b: core.CoreTerm) -> set[Variable]:
        self._unify(a, b)
        return self._unified

    def _is_safe(self, variable: Variable) -> bool:
        return variable in self._safe or variable in self._unified

    def _unify(self, a: core.CoreTerm, b: core.CoreTerm) -> None:
        if isinstance(b, core.Local) and not isinstance(a, core.Local):
            a, b = b, a
        if isinstance(a, core.Local):
            self._variable(a.variable, b)
            return
        match a, b:
            case core.ArrayOf(), core.ArrayOf():
                if len(a.items) == len(b.items):
                    for x, y in zip(a.items, b.items, strict=True):
                        self._unify(x, y)
            case ((core.ArrayOf() | core.ObjectOf()), core.Const()):
                self._unify(a, _opened(b))
            case core.Const(), (core.ArrayOf() | core.ObjectOf()):
                self._unify(_opened(a), b)
            case core.ObjectOf(), core.ObjectOf():
                self._objects(a, b)
            case ((core.Reference() | core.Comprehension()), (core.ArrayOf() | core.ObjectOf())):
                if self._is_computable(a):
                    self._mark_all(b)
            case ((core.ArrayOf() | core.ObjectOf()), (core.Reference() | core.Comprehension())):
                if self._is_computable(b):
                    self._mark_all(a)

    def _objects(self, a: core.ObjectOf, b: core.ObjectOf) -> None:
        if len(a.pairs) != len(b.pairs):
            return
        for key, value in a.pairs:
            for other_key, other in b.pairs:
                if _same_key(key, other_key):
                    self._unify(value, other)

    def _is_computable(self, term: core.CoreTerm) -> bool:
        if isinstance(term, core.Reference):
            head = term.head
            return not isinstance(head, core.Local) or head.variable in self._safe
        return True

    def _variable(self, variable: Variable, other: core.CoreTerm) -> None:
        if not (isinstance(other, core.Local) or self._is_safe(variable)) and (
            variable in of_term(other)
        ):
            # No value holds itself. OPA takes ``x = {x}``, and crashes at it.
            return
        match other:
            case core.Local():
                if self._is_safe(other.variable):
                    self._mark(variable)
                elif self._is_safe(variable):
                    self._mark(other.variable)
                else:
                    self._waiting.setdefault(variable, set()).add(other.variable)
                    self._waiting.setdefault(other.variable, set()).add(variable)
            case core.ArrayOf() | core.ObjectOf():
                if self._is_safe(variable):
                    self._mark_all(other)
                    return
                unsafe = {v for v in bindable(other) if not self._is_safe(v)}
                if unsafe:
                    self._waiting.setdefault(variable, set()).update(unsafe)
                else:
                    self._mark(variable)
            case _:
                if self._is_computable(other):
                    self._mark(variable)

    def _mark_all(self, operand: core.Operand) -> None:
        for variable in bindable(operand):
            self._mark(variable)

    def _mark(self, variable: Variable) -> None:
        self._unified.add(variable)
        if not self._waiting:
            return
        for needed in self._waiting.pop(variable, ()):
            if needed not in self._unified:
                self._mark(needed)
        for waiting, needs in [*self._waiting.items()]:
            if variable in needs:
                needs.discard(variable)
                if not needs and waiting not in self._unified:
                    self._mark(waiting)


def _opened(constant: core.Const) -> core.ArrayOf | core.ObjectOf:
    """A constant array or object as one of constants. No other one has parts to bind."""
    value, location = constant.value, constant.location
    if type(value) is list:
        items = tuple([core.Const(value=item, location=location) for item in value])
        return core.ArrayOf(items=items, location=location)
    pairs = [
        (core.Const(value=key, location=location), core.Const(value=item, location=location))
        for key, item in (object_items(value) if is_object(value) else ())
    ]
    return core.ObjectOf(pairs=tuple(pairs), location=location)


def _same_key(a: core.Operand, b: core.Operand) -> bool:
    if isinstance(a, core.Const) and isinstance(b, core.Const):
        return equal(a.value, b.value)
    return isinstance(a, core.Local) and isinstance(b, core.Local) and a.variable is b.variable

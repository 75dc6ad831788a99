"""Bodies as Python statements.

The code is flat: each expression either binds Python locals or gives up with the emitter's
``fail``. An iteration opens a loop in which all the rest of the body stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.call_writer import write_call, write_refuted
from policyengine.rego.compiler.core import Variable
from policyengine.rego.compiler.emitter import MAX_LOOPS, Emitter
from policyengine.rego.compiler.every_writer import write_every
from policyengine.rego.compiler.following import followed, tell_value
from policyengine.rego.compiler.goals import AddMember, Append, Flag, Found, Goal, PutPair
from policyengine.rego.compiler.inline_calls import Kind
from policyengine.rego.compiler.iteration import iterates
from policyengine.rego.compiler.makes import (
    attempt,
    gathering,
    note_statement,
)
from policyengine.rego.compiler.narrowing import Narrowing, find_narrowing
from policyengine.rego.compiler.operators import equality
from policyengine.rego.compiler.parts import Parts
from policyengine.rego.compiler.reference_writer import write_equality, write_reference
from policyengine.rego.compiler.replacement_writer import write_replacements
from policyengine.rego.compiler.safety import refuse_circle
from policyengine.rego.compiler.single_elements import without_loops_over_one
from policyengine.rego.compiler.trace_writer import (
    MOST_BLOCKS,
    entering,
    is_traced,
    write_traced,
)
from policyengine.rego.runtime.values import Value, key_of
from policyengine.rego.syntax.source import Location

_LITERALS: Final = frozenset({"None", "True", "False"})
# Inline blocks nest; beyond this they become functions, so that loops have room.
_MAX_INLINE = 7


class Names:
    """Numbers for the locals of one function and those made from parts of it."""

    def __init__(self) -> None:
        self._counter = 0

    def fresh(self, letter: str) -> str:
        self._counter += 1
        return f"{letter}{self._counter}"


class BodyWriter:
    """Writes one body into one Python function. ``bound`` has the Python name of each variable."""

    def __init__(
        self,
        parts: Parts,
        emitter: Emitter,
        names: Names,
        bound: dict[Variable, str],
        context: str = "c",
    ) -> None:
        self.parts = parts
        self.emitter = emitter
        self.names = names
        self.bound = bound
        self.context = context
        self.looked_up: dict[tuple[str, tuple[str, ...]], str] = {}
        self.defined: set[str] = set()
        self.fixed: set[str] = set()
        self.kinds: dict[str, Kind] = {}
        self._narrowed: Narrowing | None = None
        self._key_of_unused: core.Operand | None = None
        self.expression: Location | None = None

    @contextmanager
    def scope(self) -> Iterator[None]:
        """What is bound inside is forgotten behind."""
        bound, looked_up, defined = dict(self.bound), dict(self.looked_up), set(self.defined)
        yield
        self.bound, self.looked_up, self.defined = bound, looked_up, defined

    # ---- bodies ------------------------------------------------------------------------------

    def run(self, body: core.Body, goal: Goal) -> None:
        """Write ``body``, and ``goal`` for each of its solutions."""
        traced, may_narrow = is_traced(self), self.parts.make.may_narrow
        most = MOST_BLOCKS if traced else MAX_LOOPS
        if may_narrow:
            body = without_loops_over_one(body, self.bound)
        for index, statement in enumerate(body):
            if self.emitter.loops >= most:
                self._spill(body[index:], goal)
                return
            if traced:
                write_traced(self, body[index:], goal)
                return
            if may_narrow and self.emitter.nesting:
                self._narrowed = find_narrowing(statement, body[index + 1 :], self.bound)
            self.statement(statement)
            self._narrowed = None
        goal.reach(self)

    def narrowing(self, key: core.Operand) -> str | None:
        """The last arguments of ``narrowed`` for the loop over ``key``; None to look through all.

        What is wanted is evaluated before the loop: where it is undefined no element can equal it.
        """
        found = self._narrowed
        if found is None or not isinstance(key, core.Local) or key.variable is not found.key:
            return None
        self._narrowed = None
        path = self.parts.constants.thing("p", found.path)
        return f"{path}, {self.term(found.wanted)}"

    def is_key_enough(self, key: core.Operand) -> bool:
        """Whether the statement asks for the keys of the loop over ``key``, and for no element."""
        return key is self._key_of_unused

    def is_hoisted(self, name: str) -> bool:
        """Whether the value of this name is the same in all rounds of all loops."""
        return name[0] == "h" or name in self.fixed

    def fixed_once(self, what: str, name: str, expression: str) -> str:
        """The name of an expression over ``name``, which is hoisted, evaluated before all loops."""
        key = (what, name)
        known = self.emitter.hoisted(key)
        if known is not None:
            return known
        is_early = name[0] == "h"
        return self.emitter.hoist(key, self.names.fresh("h"), expression, is_early=is_early)

    def kind(self, name: str) -> Kind:
        """What is known of a value: nothing but that it may be any."""
        if name.isdecimal():
            return "integer"
        if type(self.parts.constants.names.get(name)) is str:
            return "text"
        return self.kinds.get(name, "")

    def hoisted(self, key: tuple[str, object], expression: str) -> str:
        """The name of an expression that is evaluated at the function's beginning."""
        name = self.emitter.hoisted(key)
        return name or self.emitter.hoist(key, self.names.fresh("h"), expression)

    def _spill(self, rest: core.Body, goal: Goal) -> None:
        call = self.function(rest, goal, "x", end="return U")
        if goal.returns:
            found = self.names.fresh("t")
            self.emitter.emit(f"{found} = {call}")
            self.emitter.emit(f"if {found} is not U: return {found}")
        else:
            self.emitter.emit(call)

    def function(
        self,
        body: core.Body,
        goal: Goal,
        letter: str,
        *,
        end: str,
    ) -> str:
        """Write ``body`` as a function of its own, and return the call of it."""
        self.emitter.calls_rules = True
        needed = variables.everything(body)
        for operand in goal.operands:
            needed.update(variables.of_operand(operand))
        inner = {v: name for v, name in self.bound.items() if v in needed}
        passed = sorted({name for name in inner.values() if name[0] in "vah"})
        parameters = [*passed, *goal.parameters]
        name = self.parts.function_name(letter)
        emitter = Emitter(name, ["c", *parameters], end)
        writer = BodyWriter(self.parts, emitter, self.names, inner)
        writer.kinds = self.kinds
        writer.run(body, goal)
        emitter.close(end)
        self.parts.functions.append(emitter)
        return f"{name}({', '.join([self.context, *parameters])})"

    # ---- statements --------------------------------------------------------------------------

    def statement(self, statement: core.Statement) -> None:
        note_statement(self, statement)
        if not self.parts.is_followed:
            self._under_replacements(statement)
            return
        with followed(self, statement):
            self._under_replacements(statement)

    def _under_replacements(self, statement: core.Statement) -> None:
        before = self.context
        if statement.replacements:
            self.context = write_replacements(self, statement.replacements)
            statement = replace(statement, replacements=())
        self._plain(statement)
        self.context = before

    def _plain(self, statement: core.Statement) -> None:
        if statement.negated:
            if write_refuted(self, replace(statement, negated=False)):
                return
            self.emitter.fail_if(self._exists((replace(statement, negated=False),)))
            return
        action = statement.action
        match action:
            case core.Equation():
                if self.parts.make.may_narrow:
                    self._key_of_unused = self._only_key(action)
                self._equation(action.a, action.b)
                self._key_of_unused = None
            case core.Test():
                value = self.term(action.term)
                if not value.isdecimal():
                    self.emitter.fail_if(f"{value} is False")
            case core.Call():
                write_call(self, action, statement.location)
            case core.Negation():
                self.emitter.fail_if(self._exists(action.body))
            case core.Universal():
                write_every(self, action, statement.location)
            case core.Conjunction():
                for body in (action.left, action.right):
                    self.emitter.fail_if(f"not {self._exists(body)}")
            case core.Disjunction():
                found = self._exists(action.left)
                with self.scope(), self.emitter.block(f"if not {found}:"):
                    self.emitter.emit(f"{found} = {self._exists(action.right)}")
                self.emitter.fail_if(f"not {found}")

    def _exists(self, body: core.Body) -> str:
        """The name of a flag: whether ``body`` has a solution."""
        flag = self.names.fresh("n")
        in_line = self.is_in_line(body)
        goal = Flag(parameters=(flag,)) if in_line else Found(returns=True)
        with attempt(self, flag), entering(self, goal, body) as told:
            if in_line:
                self.emitter.emit(f"{flag} = False")
                with self.scope(), self.emitter.once():
                    self.run(body, told)
            else:
                call = self.function(body, told, "n", end="return False")
                self.emitter.emit(f"{flag} = {call}")
        return flag

    def is_in_line(self, body: core.Body) -> bool:
        """Whether ``body``, of which one solution is enough, becomes no function of its own."""
        # Traced code may end in another function, which cannot set a flag here.
        return not (
            is_traced(self) or self.emitter.loops >= _MAX_INLINE or iterates(body, set(self.bound))
        )

    # ---- equations ---------------------------------------------------------------------------

    def _equation(self, a: core.CoreTerm, b: core.CoreTerm) -> None:
        pending: list[tuple[core.CoreTerm, core.CoreTerm]] = [(a, b)]
        while pending:
            waiting: list[tuple[core.CoreTerm, core.CoreTerm]] = []
            for x, y in pending:
                if self._is_unbound(x) and self._is_unbound(y):
                    if x.variable is not y.variable:  # type: ignore[union-attr] # both are Local
                        waiting.append((x, y))
                elif isinstance(x, core.ArrayOf) and isinstance(y, core.ArrayOf):
                    if len(x.items) != len(y.items):
                        self.emitter.fail_if("True")
                        self._bind_rest([x, y])
                        return
                    waiting += zip(x.items, y.items, strict=True)
                elif isinstance(x, core.ObjectOf) and isinstance(y, core.ObjectOf):
                    waiting += self._object_pairs(x, y)
                elif self._is_pattern(x) and self._is_pattern(y):
                    # Other parts bind what one of the two needs.
                    waiting.append((x, y))
                else:
                    self._unify(x, y)
            if waiting == pending and any(
                not (self._is_unbound(x) and self._is_unbound(y)) for x, y in waiting
            ):
                refuse_circle(waiting)
            if len(waiting) == len(pending) and all(
                self._is_unbound(x) and self._is_unbound(y) for x, y in waiting
            ):
                self._bind_rest([term for pair in waiting for term in pair])
                return
            pending = waiting

    def _only_key(self, equation: core.Equation) -> core.Operand | None:
        """The key of ``_ = x[key]``: nothing asks for the value."""
        match equation:
            case core.Equation(a=core.Local(variable=value), b=core.Reference(path=(*_, key))) if (
                value.is_wildcard and not value.is_generated and value not in self.bound
            ):
                return key
        return None

    def _bind_rest(self, terms: list[core.CoreTerm]) -> None:
        """Bind what an equation that always fails leaves unbound, for the code behind it."""
        for term in terms:
            for variable in variables.of_term(term):
                self.bound.setdefault(variable, "None")

    def _object_pairs(
        self, x: core.ObjectOf, y: core.ObjectOf
    ) -> list[tuple[core.CoreTerm, core.CoreTerm]]:
        others = {_pair_key(key): value for key, value in y.pairs}
        mine = {_pair_key(key): value for key, value in x.pairs}
        if any(key is None for key in (*others, *mine)):
            if all(v in self.bound for v in variables.of_operand(x)):
                return [(core.Local(variable=self._hold(self.operand(x)), location=x.location), y)]
            return [(x, core.Local(variable=self._hold(self.operand(y)), location=y.location))]
        if others.keys() != mine.keys():
            self.emitter.fail_if("True")
            self._bind_rest([x, y])
            return []
        return [(value, others[key]) for key, value in mine.items()]

    def _hold(self, expression: str) -> Variable:
        variable = Variable("")
        self.bound[variable] = expression
        return variable

    def _is_unbound(self, term: core.CoreTerm) -> bool:
        return isinstance(term, core.Local) and term.variable not in self.bound

    def _unify(self, x: core.CoreTerm, y: core.CoreTerm) -> None:
        if self._is_pattern(y):
            self.match(y, self.term(x))
        elif self._is_pattern(x):
            self.match(x, self.term(y))
        elif isinstance(x, core.Const) and not isinstance(y, core.Const):
            self._unify(y, x)
        elif isinstance(y, core.Const):
            condition = write_equality(self, x, y) if isinstance(x, core.Reference) else None
            if condition is None:
                condition = equality(self.term(x), y, self)
            self.emitter.fail_if(f"not ({condition})")
        else:
            left, right = self.term(x), self.term(y)
            if left == right:
                return
            same = f"{left} == {right} if type({left}) is type({right}) is str"
            self.emitter.fail_if(f"not ({same} else equal({left}, {right}))")

    def _is_pattern(self, term: core.CoreTerm) -> bool:
        if isinstance(term, core.Local):
            return term.variable not in self.bound
        if isinstance(term, core.Const | core.Reference | core.Comprehension):
            return False
        return any(v not in self.bound for v in variables.of_operand(term))

    def match(self, pattern: core.CoreTerm, value: str) -> None:
        """Bind the variables of ``pattern`` so that it equals ``value``, or give up."""
        match pattern:
            case core.Local() if pattern.variable not in self.bound:
                self.bound[pattern.variable] = value
            case core.ArrayOf() if self._is_pattern(pattern):
                whole = self.named(value)
                size = len(pattern.items)
                self.emitter.fail_if(f"type({whole}) is not list or len({whole}) != {size}")
                for index, item in enumerate(pattern.items):
                    self._match_part(item, f"{whole}[{index}]")
            case core.ObjectOf() if self._is_pattern(pattern):
                whole = self.named(value)
                self.emitter.fail_if(
                    f"not is_object({whole}) or len({whole}) != {len(pattern.pairs)}"
                )
                for key, item in pattern.pairs:
                    part = self.names.fresh("v")
                    self.emitter.emit(f"{part} = get({whole}, {self.operand(key)})")
                    self.emitter.fail_if(f"{part} is U")
                    self.match(item, part)
            case core.SetOf() if self._is_pattern(pattern):
                # A set is no pattern to OPA: with variables that nothing bound it matches nothing.
                self.emitter.fail_if("True")
                self._bind_rest([pattern])
            case core.Const():
                self.emitter.fail_if(f"not ({equality(self.named(value), pattern, self)})")
            case core.Local() | core.ArrayOf() | core.ObjectOf() | core.SetOf():
                self.emitter.fail_if(f"not equal({value}, {self.operand(pattern)})")

    def _match_part(self, item: core.Operand, expression: str) -> None:
        if isinstance(item, core.Local) and item.variable not in self.bound:
            if item.variable.is_wildcard:
                self.bound[item.variable] = "None"
                return
            part = self.names.fresh("v")
            self.emitter.emit(f"{part} = {expression}")
            self.bound[item.variable] = part
        else:
            self.match(item, self.named(expression))

    # ---- terms -------------------------------------------------------------------------------

    def named(self, expression: str) -> str:
        """A name for an expression that is used more than once."""
        if expression.isidentifier() or expression.isdecimal():
            return expression
        name = self.names.fresh("v")
        self.emitter.emit(f"{name} = {expression}")
        return name

    def variable(self, expression: str) -> str:
        """A name for an expression that has methods and items: Python refuses those of literals."""
        is_name = expression.isidentifier() and expression not in _LITERALS
        return expression if is_name else self.named(f"({expression})")

    def term(self, term: core.CoreTerm) -> str:
        """The value of a term, as a name or a constant; gives up where it is undefined."""
        match term:
            case core.Reference():
                value = write_reference(self, term)
                tell_value(self, term.location, value)
                return value
            case core.Comprehension():
                return self._comprehension(term)
            case _:
                return self.named(self.operand(term))

    def operand(self, operand: core.Operand) -> str:
        """A Python expression for an operand whose variables are all bound."""
        match operand:
            case core.Const():
                return self.parts.constants.constant(operand.value)
            case core.Local():
                return self.bound[operand.variable]
            case core.ArrayOf():
                return "[" + ", ".join([self.operand(item) for item in operand.items]) + "]"
            case core.SetOf():
                items = "".join([self.operand(item) + ", " for item in operand.items])
                return f"RegoSet.of(({items}))"
            case core.ObjectOf():
                pairs = [(self.operand(key), self.operand(value)) for key, value in operand.pairs]
                if all(_is_text(key) for key, _ in operand.pairs):
                    return "{" + ", ".join([f"{key}: {value}" for key, value in pairs]) + "}"
                inside = "".join([f"({key}, {value}), " for key, value in pairs])
                return f"make_object(({inside}))"

    def _comprehension(self, term: core.Comprehension) -> str:
        out = self.names.fresh("v")
        site = self.parts.constants.site(term.location)
        start = "[]" if term.kind == "array" else "{}"
        goal: Goal
        if term.kind == "array":
            goal = Append(operands=(term.value,), parameters=(out,))
        elif term.kind == "set":
            goal = AddMember(operands=(term.value,), parameters=(out,))
        else:
            keys = (term.value,) if term.key is None else (term.key, term.value)
            goal = PutPair(operands=keys, parameters=(out,), site=site)
        finish = {"array": "{}", "set": "RegoSet({})", "object": "finish_pairs({})"}[term.kind]
        self.emitter.emit(f"{out} = {start}")
        with gathering(self, goal) as gathered, entering(self, gathered, term.body) as told:
            if self.emitter.loops >= _MAX_INLINE:
                self.emitter.emit(self.function(term.body, told, "s", end="return U"))
            else:
                with self.scope(), self.emitter.once():
                    self.run(term.body, told)
        if term.kind == "array":
            return out
        return self.named(finish.replace("{}", out))


def _is_text(operand: core.Operand) -> bool:
    return isinstance(operand, core.Const) and type(operand.value) is str


def _pair_key(operand: core.Operand) -> Value | None:
    if isinstance(operand, core.Const):
        return ("const", key_of(operand.value))
    return operand.variable if isinstance(operand, core.Local) else None

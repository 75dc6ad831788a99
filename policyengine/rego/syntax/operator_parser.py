"""Infix operators."""

from __future__ import annotations

from typing import Final

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Ref, Term, new_ref, new_string, new_var
from policyengine.rego.syntax.source import Location, new_location
from policyengine.rego.syntax.term_parser import TermParser
from policyengine.rego.syntax.token_kinds import (
    ADD,
    AND,
    COMMA,
    DIVIDE,
    EQUAL,
    FIRST_KEYWORD,
    GREATER,
    GREATER_OR_EQUAL,
    IN,
    LESS,
    LESS_OR_EQUAL,
    MULTIPLY,
    NAMES,
    NOT_EQUAL,
    OR,
    REMAINDER,
    SUBTRACT,
)

# How tightly the infix operators bind. ``in``, which has two forms, is weaker than all of them.
_RELATION: Final = 1
_TIGHTEST: Final = 5
_STRENGTH: Final[dict[int, int]] = {
    EQUAL: _RELATION,
    NOT_EQUAL: _RELATION,
    LESS: _RELATION,
    LESS_OR_EQUAL: _RELATION,
    GREATER: _RELATION,
    GREATER_OR_EQUAL: _RELATION,
    OR: 2,
    AND: 3,
    ADD: 4,
    SUBTRACT: 4,
    MULTIPLY: _TIGHTEST,
    DIVIDE: _TIGHTEST,
    REMAINDER: _TIGHTEST,
}
# Calls that OPA's parser opens for a term with operators before it reads the first term.
_INFIX_CALLS: Final = 7


class OperatorParser(TermParser):
    """Reads terms with their operators."""

    def infix(self, *, key_value: bool = True) -> Term | None:
        """Read a term with its operators.

        ``key_value`` allows ``k, v in xs``, which a list of terms does not.
        """
        if not self.enter(_INFIX_CALLS):
            return None
        term = self._membership(key_value=key_value)
        self.recursion -= _INFIX_CALLS
        return term

    def _membership(self, *, key_value: bool) -> Term | None:
        start = self.starts[self.index]
        left = self._operators(_RELATION, start)
        while left is not None:
            if key_value and self.kind == COMMA:
                call = self._key_value_membership(left, start)
                if call is not None:
                    left = call
                    if self.kind == IN:
                        continue
                    return left
            if self.kind >= FIRST_KEYWORD:
                # A keyword that begins the reference of the next line.
                self.take_keyword_as_name()
            if self.kind != IN:
                return left
            operator = self.member_operator("member_2")
            right = self._operators(_RELATION, self.starts[self.index])
            if right is None:
                return left
            left = self._call(operator, (left, right), left.location, start)
            if self.kind != IN:
                return left
        return left

    def _key_value_membership(self, key: Term, start: int) -> Term | None:
        """Read ``, v in xs`` behind a key; ``None``, and back at the comma, if it is not that."""
        state = self.save()
        self.advance()
        value = self._operators(_RELATION, start)
        if value is not None and self.kind == IN:
            operator = self.member_operator("member_3")
            collection = self._operators(_RELATION, self.starts[self.index])
            if collection is not None:
                return self._call(operator, (key, value, collection), key.location, start)
        self.restore(state)
        return None

    def _operators(self, weakest: int, start: int) -> Term | None:
        """Read a term and the operators behind it that bind as ``weakest`` or tighter.

        ``start`` is where the text of the outermost call begins. Where a right side does not
        read, the left side stands, and only operators that bind less are looked for.
        """
        left = self.term()
        if left is None:
            return None
        ceiling = _TIGHTEST
        built = chained = 0
        while True:
            strength = _STRENGTH.get(self.kind, 0)
            if not weakest <= strength <= ceiling:
                break
            # OPA's parser calls itself once more for each further operator of the same strength.
            if strength == built:
                if not self.enter():
                    left = None
                    break
                chained += 1
            else:
                self.recursion -= chained
                chained = 0
            operator = self.operator()
            right_start = self.starts[self.index]
            if strength == _TIGHTEST:
                right = self.term()
            else:
                right = self._operators(strength + 1, right_start)
            if right is None:
                ceiling = strength - 1
                continue
            left = self._call(operator, (left, right), left.location, start)
            ceiling = built = strength
        self.recursion -= chained
        return left

    def operator(self) -> Ref:
        """The current token as the reference to its builtin; moves on."""
        here = self.here()
        name = new_var(name=NAMES[self.kind], location=here)
        self.advance()
        return new_ref(terms=(name,), location=here)

    def member_operator(self, name: str) -> Ref:
        here = self.here()
        self.advance()
        terms = (new_var(name="internal", location=here), new_string(value=name, location=here))
        return new_ref(terms=terms, location=here)

    def _call(self, operator: Ref, args: tuple[Term, ...], at: Location, start: int) -> ast.Call:
        location = new_location(self.source, at.offset, start, self.last_end)
        return ast.new_call(operator=operator, args=args, location=location)

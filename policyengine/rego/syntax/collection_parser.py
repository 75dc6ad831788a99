"""Arrays, sets, objects and comprehensions.

``{a | b}`` may be a set of one union or a comprehension; the comprehension is tried first, so an
element is read as a single term before it is read with its operators.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Body, Term
from policyengine.rego.syntax.cursor import Cursor, State
from policyengine.rego.syntax.source import Location, new_location
from policyengine.rego.syntax.token_kinds import (
    COLON,
    COMMA,
    NAMES,
    OR,
    RIGHT_BRACE,
    RIGHT_BRACKET,
)


class CollectionParser(Cursor, ABC):
    """Reads collections; how to read what is in them is given by the classes below it."""

    @abstractmethod
    def term(self) -> Term | None:
        """Read one term without operators around it."""

    @abstractmethod
    def infix(self, *, key_value: bool = True) -> Term | None:
        """Read a term with its operators."""

    @abstractmethod
    def body(self, end: int) -> Body | None:
        """Read expressions up to the token kind ``end``."""

    def terms_until(self, end: int, terms: list[Term]) -> list[Term] | None:
        """Read terms, with commas between, up to ``end``; one more comma before it is allowed."""
        if self.kind == end:
            return terms
        while True:
            term = self.infix(key_value=False)
            if term is None:
                return None
            terms.append(term)
            if self.kind == end:
                return terms
            if self.kind != COMMA:
                self.unexpected(f'expected "," or "{NAMES[end]}"')
                return None
            self.advance()
            if self.kind == end:
                return terms

    def array(self) -> Term | None:
        """Read from ``[`` to ``]``, and stop at it."""
        if not self.enter():
            return None
        start = self.here()
        term = self._array(start)
        self.recursion -= 1
        return term

    def _array(self, start: Location) -> Term | None:
        self.advance()
        if self.kind == RIGHT_BRACKET:
            return ast.Array(items=(), location=self._to_here(start))
        may_comprehend = self._skip_comma()
        state = self.save()
        head = self.term()
        if head is None:
            return None
        if self.kind == RIGHT_BRACKET:
            return ast.Array(items=(head,), location=self._to_here(start))
        terms: list[Term] | None
        if self.kind == COMMA:
            self.advance()
            terms = self.terms_until(RIGHT_BRACKET, [head])
        else:
            if self.kind == OR and may_comprehend:
                self.advance()
                body = self.body(RIGHT_BRACKET)
                if body is not None:
                    location = self._to_here(start)
                    return ast.ArrayComprehension(term=head, body=body, location=location)
                if self.kind != COMMA:
                    return None
            self.restore(state)
            terms = self.terms_until(RIGHT_BRACKET, [])
        if terms is None:
            return None
        return ast.new_array(items=tuple(terms), location=self._to_here(start))

    def set_or_object(self) -> Term | None:
        """Read from ``{`` to ``}``, and stop at it."""
        if not self.enter():
            return None
        start = self.here()
        term = self._set_or_object(start)
        self.recursion -= 1
        return term

    def _set_or_object(self, start: Location) -> Term | None:
        self.advance()
        if self.kind == RIGHT_BRACE:
            return ast.Object(items=(), location=self._to_here(start))
        may_comprehend = self._skip_comma()
        state = self.save()
        head = self.term()
        if head is None:
            return None
        if self.kind == COLON:
            return self._object(start, head, may_comprehend=may_comprehend)
        if self.kind in {RIGHT_BRACE, COMMA} or (self.kind == OR and may_comprehend):
            return self._set(start, state, head, may_comprehend=may_comprehend)
        self.restore(state)
        head = self.infix(key_value=False)
        if head is None:
            return None
        if self.kind == COLON:
            return self._object(start, head, may_comprehend=may_comprehend)
        if self.kind in {RIGHT_BRACE, COMMA}:
            return self._set(start, state, head, may_comprehend=False)
        self.unexpected("non-terminated set")
        return None

    def _set(
        self, start: Location, state: State, head: Term, *, may_comprehend: bool
    ) -> Term | None:
        if self.kind == RIGHT_BRACE:
            return ast.Set(items=(head,), location=self._to_here(start))
        terms: list[Term] | None
        if self.kind == COMMA:
            self.advance()
            terms = self.terms_until(RIGHT_BRACE, [head])
        else:
            if may_comprehend:
                self.advance()
                body = self.body(RIGHT_BRACE)
                if body is not None:
                    location = self._to_here(start)
                    return ast.SetComprehension(term=head, body=body, location=location)
                if self.kind != COMMA:
                    return None
            self.restore(state)
            terms = self.terms_until(RIGHT_BRACE, [])
        if terms is None:
            return None
        return ast.Set(items=tuple(terms), location=self._to_here(start))

    def _object(self, start: Location, key: Term, *, may_comprehend: bool) -> Term | None:
        self.advance()
        state = self.save()
        value = self.term()
        if value is None:
            return None
        if may_comprehend:
            if self.kind in {RIGHT_BRACE, COMMA}:
                return self._object_end(start, key, value, may_comprehend=True)
            if self.kind == OR:
                term = self._object_end(start, key, value, may_comprehend=True)
                if term is not None:
                    return term
        self.restore(state)
        value = self.infix(key_value=False)
        if value is None:
            return None
        if self.kind in {RIGHT_BRACE, COMMA}:
            return self._object_end(start, key, value, may_comprehend=False)
        self.unexpected("non-terminated object")
        return None

    def _object_end(
        self, start: Location, key: Term, value: Term, *, may_comprehend: bool
    ) -> Term | None:
        if self.kind == RIGHT_BRACE:
            return ast.Object(items=((key, value),), location=self._to_here(start))
        if self.kind == COMMA:
            self.advance()
            pairs = self._pairs([(key, value)])
            if pairs is None:
                return None
            return ast.Object(items=tuple(pairs), location=self._to_here(start))
        assert may_comprehend
        self.advance()
        body = self.body(RIGHT_BRACE)
        if body is None:
            return None
        return ast.ObjectComprehension(
            key=key, value=value, body=body, location=self._to_here(start)
        )

    def _pairs(self, pairs: list[tuple[Term, Term]]) -> list[tuple[Term, Term]] | None:
        if self.kind == RIGHT_BRACE:
            return pairs
        while True:
            key = self.infix(key_value=False)
            if key is None:
                return None
            if self.kind != COLON:
                self.unexpected('expected ":"')
                return None
            self.advance()
            value = self.infix(key_value=False)
            if value is None:
                return None
            pairs.append((key, value))
            if self.kind == RIGHT_BRACE:
                return pairs
            if self.kind != COMMA:
                self.unexpected('expected "," or "}"')
                return None
            self.advance()
            if self.kind == RIGHT_BRACE:
                return pairs

    def _skip_comma(self) -> bool:
        """Pass a leading comma, which OPA still allows; whether a comprehension may follow."""
        if self.kind != COMMA:
            return True
        self.advance()
        return False

    def _to_here(self, start: Location) -> Location:
        """From ``start`` to the end of the current token."""
        return new_location(self.source, start.offset, start.offset, self.ends[self.index])

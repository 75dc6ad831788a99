"""Terms: literals, references and calls."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeAlias

from policyengine.errors import RegoFinding
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Ref, Term, Var, new_number, new_ref, new_string
from policyengine.rego.syntax.literals import number_problem, string_value
from policyengine.rego.syntax.render import value_name
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.template_parser import TEMPLATE_TOKENS, TemplateParser
from policyengine.rego.syntax.token_kinds import (
    BOOLEANS,
    DOT,
    IDENTIFIER,
    LEFT_BRACE,
    LEFT_BRACKET,
    LEFT_PAREN,
    LOGICAL_OPERATORS,
    NAME_KINDS,
    NULL,
    NUMBER,
    NUMBER_STARTS,
    REF_STARTS,
    RIGHT_BRACKET,
    RIGHT_PAREN,
    STEP_STARTS,
    STRING,
    SUBTRACT,
    TRUE,
    WHITE_SPACE,
)
from policyengine.rego.syntax.tokens import Tokens

# No number of so few characters, without an exponent, is too big.
_CERTAINLY_SMALL: Final = 30_000
_REF_HEADS: Final = (
    Var,
    ast.Array,
    ast.Object,
    ast.Set,
    ast.ArrayComprehension,
    ast.ObjectComprehension,
    ast.SetComprehension,
    ast.Call,
)
_ROOTS: Final = frozenset({"input", "data"})


_Reading: TypeAlias = tuple[
    tuple[int, int, int, tuple[str, ...]],
    Term | None,
    tuple[int, int, int, tuple[str, ...]],
    list[RegoFinding],
]
"""A term that was read once, to be found again after going back.

That is (kind, wildcards, errors, hints) at its first token, the term, (index, kind, wildcards,
hints) behind it, and the errors that the reading found. A plain tuple: a policy makes one a term.
"""


class TermParser(TemplateParser):
    """Reads terms."""

    def __init__(self, tokens: Tokens, version: ast.RegoVersion) -> None:
        super().__init__(tokens, version)
        self.readings: dict[int, _Reading] = {}
        # Those with every keyword imported, which is tried for hints.
        self.future_readings: dict[int, _Reading] = {}

    # ---- terms ------------------------------------------------------------------------------

    def term(self) -> Term | None:
        """Read one term, with what is applied to it (``.b``, ``[c]``, ``(d)``)."""
        if not self.enter():
            return None
        index = self.index
        before = (self.kind, self.wildcards, len(self.errors), self.hints)
        reading = self.readings.get(index)
        if reading is not None and reading[0] == before:
            _, term, (self.index, self.kind, self.wildcards, self.hints), errors = reading
            self.errors.extend(errors)
            self.recursion -= 1
            return term
        term = self._term()
        self.recursion -= 1
        # A term of one token is read again as fast as it is found.
        if self.index > index + 1:
            after = (self.index, self.kind, self.wildcards, self.hints)
            self.readings[index] = before, term, after, self.errors[before[2] :]
        return term

    def _term(self) -> Term | None:
        kind = self.kind
        if kind in NAME_KINDS:
            return self._applied(self.variable())
        if kind == STRING:
            return self._applied(self._string())
        if kind in NUMBER_STARTS:
            return self._applied(self._number())
        if kind == LEFT_BRACKET:
            return self._applied(self.array())
        if kind == LEFT_BRACE:
            return self._applied(self.set_or_object())
        if kind == LEFT_PAREN:
            return self._applied(self._parenthesized())
        if kind == SUBTRACT:
            return self._minus()
        if kind in BOOLEANS:
            return self._applied(ast.Boolean(value=kind == TRUE, location=self.here()))
        if kind == NULL:
            return self._applied(ast.Null(location=self.here()))
        if kind in TEMPLATE_TOKENS:
            return self._applied(self.template())
        if kind in LOGICAL_OPERATORS and self.adjacent_kind() == LEFT_PAREN:
            # No operator can stand here: it is the function behind the sign & or |.
            self.kind = IDENTIFIER
            return self._applied(self.variable())
        self.unexpected()
        return None

    def _applied(self, head: Term | None) -> Term | None:
        """Move on from the last token of ``head``, and read what is applied to it."""
        if head is None:
            return None
        start = self.starts[self.index]
        is_applied = self.adjacent_kind() in REF_STARTS
        self.advance()
        return self.reference(head, start) if is_applied else root_reference(head)

    def _minus(self) -> Term | None:
        """A negative number, or a reference taken from zero."""
        start = self.here()
        state = self.save()
        self.advance()
        if self.kind not in NAME_KINDS:
            self.restore(state)
            return self._applied(self._number())
        term = self._applied(self.variable())
        if term is None:
            return None
        nowhere = Location(self.source, start.offset, start.offset, start.offset)
        minus = Ref(terms=(Var(name="minus", location=nowhere),), location=nowhere)
        zero = ast.Number(text="0", location=start)
        return ast.Call(operator=minus, args=(zero, term), location=self.extend(start))

    def _number(self) -> Term | None:
        start = self.here()
        prefix = ""
        if self.kind == SUBTRACT:
            prefix = "-"
            self.advance()
            if self.kind not in NUMBER_STARTS:
                self.unexpected("expected number")
                return None
        if self.kind == DOT:
            prefix += "."
            self.advance()
            if self.kind != NUMBER:
                self.unexpected("expected number")
                return None
        word = self.word
        if (
            len(word) > 1
            and word[0] == "0"
            and not prefix.endswith(".")
            and (word[1] != "." and not (len(word) > 2 and word[1] in "eE"))
        ):
            self.unexpected("expected number without leading zero")
            return None
        text = prefix + word
        if len(text) > _CERTAINLY_SMALL or not word.isdecimal() or prefix:
            problem = number_problem(text)
            if problem == "number too big":
                self.error(self.here(), problem)
                return None
            if problem is not None:
                self.unexpected(problem)
                return None
        return new_number(text=text, location=start)

    def _string(self) -> Term | None:
        value = string_value(self.word)
        if value is None:
            self.error(self.here(), f"illegal string literal: {self.word}")
            return None
        return new_string(value=value, location=self.here())

    def _parenthesized(self) -> Term | None:
        start = self.starts[self.index]
        self.advance()
        term = self.infix()
        if term is None:
            return None
        if self.kind != RIGHT_PAREN:
            self.error(self.here(), "non-terminated expression")
            return None
        location = Location(self.source, term.location.offset, start, self.ends[self.index])
        return replace(term, location=location)

    # ---- references and calls ---------------------------------------------------------------

    def reference(self, head: Term, start: int) -> Term | None:
        """Read the steps behind ``head``, at the first of them.

        ``start`` is where the text of the reference begins.
        """
        at = head.location
        entered = 1
        if not self.enter():
            return None
        self._check_head(head)
        terms = [head]
        result: Term | None = None
        while True:
            kind = self.kind
            if kind == DOT:
                self.advance_closely()
                if self.kind != IDENTIFIER and not self.is_keyword_in_ref(self.kind):
                    self.unexpected("expected identifier")
                    break
                terms.append(new_string(value=self.word, location=self.here()))
                self.advance_closely()
            elif kind == LEFT_BRACKET:
                self.advance()
                term = self.infix()
                if term is None:
                    break
                if self.kind != RIGHT_BRACKET:
                    self.unexpected("expected [")
                    break
                terms.append(term)
                self.advance_closely()
            elif kind == LEFT_PAREN:
                end = self.starts[self.index]
                operator = new_ref(terms=tuple(terms), location=self.span(at, start, end))
                call = self._arguments(operator, start)
                if call is None:
                    break
                if self.kind in STEP_STARTS:
                    if not self.enter():
                        break
                    entered += 1
                    self._check_head(call)
                    terms = [call]
                    continue
                if self.kind == WHITE_SPACE:
                    self.advance()
                result = call
                break
            else:
                end = self.last_end
                if kind == WHITE_SPACE:
                    self.advance()
                result = new_ref(terms=tuple(terms), location=self.span(at, start, end))
                break
        self.recursion -= entered
        return result

    def _check_head(self, head: Term) -> None:
        if isinstance(head, _REF_HEADS):
            return
        self.error(head.location, f"illegal ref (head cannot be {value_name(head)})")

    def _arguments(self, operator: Ref, start: int) -> Term | None:
        """Read a call's arguments, from ``(`` to behind ``)``."""
        if not self.enter():
            return None
        self.advance()
        arguments = self.terms_until(RIGHT_PAREN, [])
        self.recursion -= 1
        if arguments is None:
            return None
        location = self.span(operator.location, start, self.ends[self.index])
        self.advance_closely()
        match operator.terms:
            case (Var(name="set"),) if not arguments:
                return ast.Set(items=(), location=location)
        return ast.new_call(operator=operator, args=tuple(arguments), location=location)


def root_reference(term: Term) -> Term:
    """``input`` and ``data`` alone are references."""
    if type(term) is Var and term.name in _ROOTS:
        return new_ref(terms=(term,), location=term.location)
    return term

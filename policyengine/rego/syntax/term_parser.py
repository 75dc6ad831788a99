"""Terms: literals, references, calls and infix operators."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_left
from dataclasses import replace
from typing import Final, NamedTuple

from policyengine.errors import RegoFinding
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Expr, Ref, String, Term, Var
from policyengine.rego.syntax.collection_parser import CollectionParser
from policyengine.rego.syntax.cursor import State
from policyengine.rego.syntax.literals import number_problem, string_value
from policyengine.rego.syntax.render import value_name
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.token_kinds import (
    ADD,
    AND,
    COMMA,
    CONTAINS,
    DIVIDE,
    DOT,
    EQUAL,
    FALSE,
    FIRST_KEYWORD,
    GREATER,
    GREATER_OR_EQUAL,
    IDENTIFIER,
    IN,
    LEFT_BRACE,
    LEFT_BRACKET,
    LEFT_PAREN,
    LESS,
    LESS_OR_EQUAL,
    LOGICAL_AND,
    LOGICAL_OR,
    MULTIPLY,
    NAMES,
    NOT_EQUAL,
    NULL,
    NUMBER,
    OR,
    RAW_TEMPLATE_END,
    RAW_TEMPLATE_PART,
    REMAINDER,
    RIGHT_BRACE,
    RIGHT_BRACKET,
    RIGHT_PAREN,
    STRING,
    SUBTRACT,
    TEMPLATE_END,
    TEMPLATE_PART,
    TRUE,
    WHITE_SPACE,
)
from policyengine.rego.syntax.tokens import Tokens

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

_REF_STARTS: Final = frozenset({LEFT_PAREN, DOT, LEFT_BRACKET})
_TEMPLATE_ENDS: Final = frozenset({TEMPLATE_END, RAW_TEMPLATE_END})
_TEMPLATE_TOKENS: Final = frozenset(
    {TEMPLATE_PART, TEMPLATE_END, RAW_TEMPLATE_PART, RAW_TEMPLATE_END}
)
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


class _Reading(NamedTuple):
    """A term that was read once, to be found again after going back."""

    before: State
    term: Term | None
    after: State
    errors: list[RegoFinding]


class TermParser(CollectionParser):
    """Reads terms."""

    def __init__(self, tokens: Tokens, version: ast.RegoVersion) -> None:
        super().__init__(tokens, version)
        self.readings: dict[int, _Reading] = {}

    @abstractmethod
    def literal(self, index: int = 0) -> Expr | None:
        """Read one expression of a body."""

    # ---- operators --------------------------------------------------------------------------

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
        name = Var(name=NAMES[self.kind], location=here)
        self.advance()
        return Ref(terms=(name,), location=here)

    def member_operator(self, name: str) -> Ref:
        here = self.here()
        self.advance()
        terms = (Var(name="internal", location=here), String(value=name, location=here))
        return Ref(terms=terms, location=here)

    def _call(self, operator: Ref, args: tuple[Term, ...], at: Location, start: int) -> ast.Call:
        location = Location(self.source, at.offset, start, self.last_end)
        return ast.Call(operator=operator, args=args, location=location)

    # ---- terms ------------------------------------------------------------------------------

    def term(self) -> Term | None:
        """Read one term, with what is applied to it (``.b``, ``[c]``, ``(d)``)."""
        if not self.enter():
            return None
        index = self.index
        reading = self.readings.get(index)
        if reading is not None and reading.before == self.save():
            self.restore(reading.after)
            self.errors.extend(reading.errors)
            self.recursion -= 1
            return reading.term
        before = self.save()
        term = self._term()
        self.recursion -= 1
        # A term of one token is read again as fast as it is found.
        if self.index > index + 1:
            errors = self.errors[before.errors :]
            after = self.save()._replace(errors=before.errors)
            self.readings[index] = _Reading(before, term, after, errors)
        return term

    def _term(self) -> Term | None:
        kind = self.kind
        if kind == IDENTIFIER or kind == CONTAINS:
            return self._applied(self.variable())
        if kind == STRING:
            return self._applied(self._string())
        if kind == NUMBER or kind == DOT:
            return self._applied(self._number())
        if kind == LEFT_BRACKET:
            return self._applied(self.array())
        if kind == LEFT_BRACE:
            return self._applied(self.set_or_object())
        if kind == LEFT_PAREN:
            return self._applied(self._parenthesized())
        if kind == SUBTRACT:
            return self._minus()
        if kind == TRUE or kind == FALSE:
            return self._applied(ast.Boolean(value=kind == TRUE, location=self.here()))
        if kind == NULL:
            return self._applied(ast.Null(location=self.here()))
        if kind in _TEMPLATE_TOKENS:
            return self._applied(self._template())
        if (kind == LOGICAL_AND or kind == LOGICAL_OR) and self.adjacent_kind() == LEFT_PAREN:
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
        if self.adjacent_kind() in _REF_STARTS:
            self.advance()
            return self.reference(head, start)
        self.advance()
        return root_reference(head)

    def _minus(self) -> Term | None:
        """A negative number, or a reference taken from zero."""
        start = self.here()
        state = self.save()
        self.advance()
        if self.kind != IDENTIFIER and self.kind != CONTAINS:
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
            if self.kind != NUMBER and self.kind != DOT:
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
        if len(text) > _CERTAINLY_SMALL or prefix or "e" in text or "E" in text:
            problem = number_problem(text)
            if problem == "number too big":
                self.error(self.here(), problem)
                return None
            if problem is not None:
                self.unexpected(problem)
                return None
        return ast.Number(text=text, location=start)

    def _string(self) -> Term | None:
        value = string_value(self.word)
        if value is None:
            self.error(self.here(), f"illegal string literal: {self.word}")
            return None
        return String(value=value, location=self.here())

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
                terms.append(String(value=self.word, location=self.here()))
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
                operator = Ref(terms=tuple(terms), location=self.span(at, start, end))
                call = self._arguments(operator, start)
                if call is None:
                    break
                if self.kind == DOT or self.kind == LEFT_BRACKET:
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
                result = Ref(terms=tuple(terms), location=self.span(at, start, end))
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
        head = operator.terms[0]
        if not arguments and len(operator.terms) == 1 and isinstance(head, Var):
            if head.name == "set":
                return ast.Set(items=(), location=location)
        return ast.Call(operator=operator, args=tuple(arguments), location=location)

    # ---- template strings -------------------------------------------------------------------

    def _template(self) -> Term | None:
        start = self.here()
        if self.version == "v0":
            self.error(start, "template strings are not supported by current capabilities")
            return None
        multi_line = self.kind in {RAW_TEMPLATE_PART, RAW_TEMPLATE_END}
        parts: list[String | ast.Number | ast.Boolean | ast.Null | Expr] = []
        opening = 2
        while True:
            constant = self._template_constant(opening)
            if constant is None:
                return None
            if constant.value:
                parts.append(constant)
            if self.kind in _TEMPLATE_ENDS:
                break
            opening = 0
            part = self._template_expression()
            if part is None:
                return None
            parts.append(part)
            if self.kind != RIGHT_BRACE:
                self.error(self.here(), "expected } to end template string expression")
                return None
            self.advance()
        location = self._to_here(start)
        return ast.TemplateString(parts=tuple(parts), multi_line=multi_line, location=location)

    def _template_constant(self, opening: int) -> String | None:
        """The constant at the current token; ``opening`` is the width of its opening sign."""
        here = self.here()
        if self.kind not in _TEMPLATE_TOKENS:
            self.error(here, "expected template-string part")
            return None
        text = self.source.text
        cursor, end = here.start + opening, here.end - 1
        pieces = []
        for backslash in self.tokens.escaped_braces.get(self.index, ()):
            pieces.append(text[cursor:backslash])
            cursor = backslash + 1
        content = "".join(pieces) + text[cursor:end]
        if self.kind in {RAW_TEMPLATE_PART, RAW_TEMPLATE_END}:
            return String(value=content, location=here)
        value = string_value(f'"{content}"')
        if value is None:
            self.error(here, f"illegal template-string part: {text[here.start : here.end]}")
            return None
        return String(value=value, location=here)

    def _template_expression(self) -> Expr | String | ast.Number | ast.Boolean | ast.Null | None:
        before = self.ends[self.index]
        self.advance()
        has_comment = self._has_comment(before, self.starts[self.index])
        expr = self.literal()
        if expr is None:
            self.error(self.here(), "invalid template-string expression")
            return None
        unexpected = None
        terms = expr.terms
        if expr.negated:
            unexpected = "negation ('not')"
        elif is_call_of(terms, "eq"):
            unexpected = "unification ('=')"
        elif is_call_of(terms, "assign"):
            unexpected = "assignment (':=')"
        elif isinstance(terms, ast.Every):
            unexpected = "'every'"
        elif isinstance(terms, ast.SomeDecl):
            unexpected = "'some'"
        if unexpected is not None:
            self.error(expr.location, f"unexpected {unexpected} in template-string expression")
            return None
        if isinstance(terms, ast.Scalar) and not has_comment:
            return terms
        return expr

    def _has_comment(self, start: int, end: int) -> bool:
        comments = self.tokens.comments
        at = bisect_left(comments, (start, 0))
        return at < len(comments) and comments[at][0] < end


def root_reference(term: Term) -> Term:
    """``input`` and ``data`` alone are references."""
    if type(term) is Var and term.name in _ROOTS:
        return Ref(terms=(term,), location=term.location)
    return term


def is_call_of(terms: ast.Term | ast.Statement, name: str) -> bool:
    """Whether this is a call of the builtin ``name``, which is one word."""
    if not isinstance(terms, ast.Call) or len(terms.operator.terms) != 1:
        return False
    head = terms.operator.terms[0]
    return isinstance(head, Var) and head.name == name

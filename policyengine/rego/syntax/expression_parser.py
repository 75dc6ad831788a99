"""Bodies and the plain expressions in them: assignments, ``with``, ``some``, ``every``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Body, Expr, Term, Var, With, new_expr
from policyengine.rego.syntax.cursor import State
from policyengine.rego.syntax.operator_parser import OperatorParser
from policyengine.rego.syntax.render import dotted_name
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.token_kinds import (
    AS,
    ASSIGNMENTS,
    COMMA,
    FUTURE_KEYWORDS,
    IDENTIFIER,
    LEFT_BRACE,
    NAMES,
    RIGHT_BRACE,
    SEMICOLON,
    WITH,
)

MEMBER: Final = "internal.member_2"
KEY_VALUE_MEMBER: Final = "internal.member_3"

# What the keywords that stand between two terms are for, where they need an import.
_INFIX_KEYWORDS: Final = {"in": "x in xs", "and": "x and y", "or": "x or y"}

_T = TypeVar("_T")


class ExpressionParser(OperatorParser):
    """Reads bodies, and expressions without ``not``, ``and`` and ``or``."""

    def body(self, end: int) -> Body | None:
        """Read expressions up to ``end``, and stop at it."""
        if not self.enter():
            return None
        body = self.query(end)
        self.recursion -= 1
        return body

    def query(self, end: int, *, one_line: bool = False) -> Body | None:
        """Read expressions up to ``end``; with ``one_line`` also to where no ``;`` follows."""
        if self.kind == end:
            self.error(self.here(), "found empty body")
            return None
        exprs: list[Expr] = []
        while True:
            expr = self.literal(len(exprs))
            if expr is None:
                return None
            exprs.append(expr)
            if self.kind == SEMICOLON:
                self.advance()
                continue
            if self.kind == end or one_line:
                return tuple(exprs)
            if not self.is_after_newline:
                # Where something is wrong already, this would only repeat it.
                if not self.errors:
                    self._hint_infix_keyword()
                    self.unexpected(f"expected \\n or ; or {NAMES[end]}")
                return None

    def equation(self) -> Term | None:
        """Read a term, or an assignment or unification of two as a call."""
        start = self.here()
        left = self.infix()
        if left is None or self.kind not in ASSIGNMENTS:
            return left
        operator = self.operator()
        right = self.infix()
        if right is None:
            return None
        return ast.new_call(operator=operator, args=(left, right), location=self.extend(start))

    def with_modifiers(self) -> tuple[With, ...] | None:
        """Read ``with target as value``, as often as it stands there."""
        modifiers: list[With] = []
        while self.kind == WITH:
            start = self.here()
            self.advance()
            if self.kind != IDENTIFIER:
                self.unexpected("expected ident")
                return None
            target = self.term()
            if target is None:
                return None
            if not isinstance(target, ast.Ref | Var):
                self.unexpected("expected with target path")
            if self.kind != AS:
                self.unexpected("expected as keyword")
                return None
            self.advance()
            value = self.infix()
            if value is None:
                return None
            if isinstance(target, ast.Ref | Var):
                modifiers.append(With(target=target, value=value, location=self.extend(start)))
        return tuple(modifiers)

    # ---- some and every ---------------------------------------------------------------------

    def some(self) -> Expr | None:
        """Read ``some`` with variables, or with ``in``."""
        start = self.here()
        state = self.save()
        self.advance()
        term = self.infix()
        if isinstance(term, ast.Call):
            return self._some_in(term, start)
        self.restore(state)
        if self.is_keyword_to_import("in"):
            self.advance()
            future = self._with_future_keywords(self.infix)
            self.restore(state)
            if future is not None and is_membership(future):
                self.hint("`import future.keywords.in` for `some x in xs` expressions")
        symbols: list[Term] = []
        while True:
            self.advance()
            if self.kind != IDENTIFIER:
                self.unexpected("expected var")
                return None
            symbols.append(self.variable())
            self.advance()
            if self.kind != COMMA:
                break
        declaration = ast.SomeDecl(symbols=tuple(symbols), location=start)
        return new_expr(terms=declaration, location=start)

    def _some_in(self, call: ast.Call, start: Location) -> Expr | None:
        if not self._is_domain(call, "expected `x in xs` or `x, y in xs` expression"):
            return None
        modifiers = self.with_modifiers()
        if modifiers is None:
            return None
        declaration = ast.new_some(symbols=(call,), location=start)
        return new_expr(terms=declaration, location=start, with_=modifiers)

    def every(self) -> Expr | None:
        """Read ``every`` up to the end of its body."""
        start = self.here()
        self.advance()
        call = self.infix()
        if call is None:
            return None
        if not isinstance(call, ast.Call):
            self.unexpected("expected `x[, y] in xs { ... }` expression")
            return None
        if not self._is_domain(call, "expected `x[, y] in xs { ... }` expression"):
            return None
        *variables, domain = call.args
        key = variables[0] if len(variables) > 1 else None
        value = variables[-1]
        if key is not None and not isinstance(key, Var):
            self.unexpected("expected key to be a variable")
            return None
        if not isinstance(value, Var):
            self.unexpected("expected value to be a variable")
            return None
        if self.kind != LEFT_BRACE:
            self.unexpected("missing body")
            return None
        self.advance()
        body = self.body(RIGHT_BRACE)
        if body is None:
            return None
        self.advance()
        modifiers = self.with_modifiers()
        if modifiers is None:
            return None
        terms = ast.Every(key=key, value=value, domain=domain, body=body, location=start)
        return new_expr(terms=terms, location=start, with_=modifiers)

    def _is_domain(self, call: ast.Call, note: str) -> bool:
        """Whether a call is ``x in xs`` or ``k, v in xs``; an error if it is not."""
        arity = {MEMBER: 2, KEY_VALUE_MEMBER: 3}.get(dotted_name(call.operator))
        if arity is not None and arity != len(call.args):
            note = "illegal domain"
        elif arity is not None:
            return True
        self.unexpected(note)
        return False

    # ---- hints ------------------------------------------------------------------------------

    def _with_future_keywords(self, parse: Callable[[], _T]) -> _T:
        """Read as if every keyword were imported. The caller goes back afterwards."""
        keywords, readings = self.keywords, self.readings
        self.keywords = {**keywords, **FUTURE_KEYWORDS}
        self.readings = self.future_readings
        result = parse()
        self.keywords, self.readings = keywords, readings
        return result

    def hint_every(self, state: State) -> None:
        """Hint at the import if a name ``every`` begins what would be an ``every`` expression."""
        if not self.is_keyword_to_import("every"):
            return
        here = self.save()
        self.restore(state)
        future = self._with_future_keywords(self.every)
        self.restore(here)
        if future is not None:
            self.hint("`import future.keywords.every` for `every x in xs { ... }` expressions")

    def _hint_infix_keyword(self) -> None:
        """Hint at the import if the current token is a keyword that was not imported."""
        if self.hints:
            return
        keyword = "in"
        if self.kind == IDENTIFIER:
            keyword = self.word
            if keyword not in _INFIX_KEYWORDS:
                return
        elif self.kind == COMMA:
            state = self.save()
            self.advance()
            future = self._with_future_keywords(self.infix)
            self.restore(state)
            if future is None or not is_membership(future):
                return
        else:
            return
        example = _INFIX_KEYWORDS[keyword]
        self.hint(f"`import future.keywords.{keyword}` for `{example}` expressions")


def is_membership(term: Term) -> bool:
    """Whether the term is ``x in xs`` or ``k, v in xs``."""
    return isinstance(term, ast.Call) and (dotted_name(term.operator) in {MEMBER, KEY_VALUE_MEMBER})

"""Expressions and bodies as text."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Body, Call, Expr, Var, With
from policyengine.rego.syntax.formatting.collection_writer import BRACES, CollectionWriter
from policyengine.rego.syntax.formatting.lines import (
    FormatError,
    PlacedComment,
    UnexpectedComment,
)
from policyengine.rego.syntax.formatting.operators import (
    MEMBERSHIPS,
    SIGNS,
    LogicalWord,
    is_logical,
    is_union,
    is_union_expr,
    leading_operand,
    needs_parens_as_operand,
    needs_parens_under_not,
    operator_name,
)
from policyengine.rego.syntax.formatting.places import (
    body_end_row,
    brace_of_operand,
    closing_row,
)
from policyengine.rego.syntax.formatting.style import Style
from policyengine.rego.syntax.source import Location


class _Operand(NamedTuple):
    """An operand of ``and`` or ``or``; ``brace`` is the place of its braces, if it has any."""

    body: Body
    brace: Location | None
    parens: bool

    @property
    def row(self) -> int:
        return (self.body[0].location if self.brace is None else self.brace).row

    @property
    def end_row(self) -> int:
        row = 0 if self.brace is None else closing_row(BRACES, self.brace)
        return row if row > 0 else body_end_row(self.body)


class _Step(NamedTuple):
    """One ``and`` or ``or`` of a chain; ``left_end`` is the row in which its left side ends."""

    word: LogicalWord
    right: _Operand
    left_end: int


class ExpressionWriter(CollectionWriter):
    """Writes expressions."""

    def __init__(self, style: Style, comments: tuple[PlacedComment, ...]) -> None:
        super().__init__(style, comments)
        # An expression that gets parentheses when it is written next; ``with`` stays outside.
        self.enclosed_expr: Expr | None = None

    def body(self, body: Body) -> None:
        self.insert_comments(body[0].location.row)
        previous: Expr | None = None
        for expr in body:
            if previous is not None:
                at = previous.location
                if expr.location.row > at.row + at.text.count("\n") + 1:
                    self.blank_line()
            self.start_line()
            with suppress(UnexpectedComment):
                self.expr(expr)
            self.end_line()
            previous = expr

    def expr(self, expr: Expr) -> None:
        encloses = self.enclosed_expr is expr
        if encloses:
            self.enclosed_expr = None
        if self.comments:
            self.insert_comments(expr.location.row)
        if not self.inline:
            self.start_line()
        if expr.negated:
            self.write("not ")
        if encloses:
            self.write("(")
        self._terms(expr)
        if encloses:
            self.write(")")
        if expr.with_:
            self._modifiers(expr)

    def _terms(self, expr: Expr) -> None:
        terms = expr.terms
        match terms:
            case Call():
                self._call_expr(terms)
            case ast.SomeDecl() | ast.Every() | ast.Not() | ast.LogicalAnd() | ast.LogicalOr():
                try:
                    self._statement(terms, expr)
                except UnexpectedComment:
                    self.drop_comments()
                    raise
            case _:
                self.term(terms)

    def _statement(self, terms: ast.Statement, expr: Expr) -> None:
        match terms:
            case ast.SomeDecl():
                self._some(terms)
            case ast.Every():
                self._every(terms, expr.location)
            case ast.Not():
                self._not(terms, expr.location)
            case _:
                self._logical(expr)

    # ---- calls ------------------------------------------------------------------------------

    def _call_expr(self, call: Call) -> None:
        name = operator_name(call)
        if name in MEMBERSHIPS:
            self.membership(name, call, parens=False)
            return
        sign = SIGNS.get(name)
        if sign is None:
            self.plain_call(call)
            return
        if len(call.args) not in {2, 3}:
            raise FormatError(f"{name}: arity mismatch", call.operator.location)
        left, right, *result = call.args
        try:
            for term in result:
                self.term(term)
                self.write(" = ")
            self.term(left)
            self.write(f" {sign} ")
        except UnexpectedComment:
            self.drop_comments()
            raise
        self.term(right)

    # ---- with -------------------------------------------------------------------------------

    def _modifiers(self, expr: Expr) -> None:
        """Write each ``with`` on its line: behind the expression, or further in below it."""
        first, *others = expr.with_
        row = _terms_end_row(expr)
        level = self.level
        try:
            if first.location.row == row:
                self._with(first, follows=True)
            else:
                others = [first, *others]
            for modifier in others:
                is_below = modifier.location.row > row
                if is_below:
                    self.level = level + 1
                    self.end_line()
                    self.start_line()
                    row = modifier.location.row
                self._with(modifier, follows=not is_below)
        finally:
            self.level = level

    def _with(self, modifier: With, *, follows: bool) -> None:
        try:
            if self.comments:
                self.insert_comments(modifier.location.row)
            self.write(" with " if follows else "with ")
            self.term(modifier.target)
        except UnexpectedComment:
            self.drop_comments()
            raise
        self.write(" as ")
        # Where it was written as it stands, what follows is not affected.
        with suppress(UnexpectedComment):
            self.term(modifier.value)

    # ---- some, every, not -------------------------------------------------------------------

    def _some(self, declaration: ast.SomeDecl) -> None:
        at = declaration.location
        if self.comments:
            self.insert_comments(at.row)
        self.write("some ")
        row = at.row
        last = len(declaration.symbols) - 1
        for index, symbol in enumerate(declaration.symbols):
            if isinstance(symbol, Call):
                self.membership(operator_name(symbol), symbol, parens=False)
            elif isinstance(symbol, Var):
                if symbol.location.row > row:
                    self.end_line()
                    self.start_line()
                    self.write("\t")
                    row = symbol.location.row
                elif index:
                    self.write(" ")
                self.term(symbol)
                if index < last:
                    self.write(",")

    def _every(self, every: ast.Every, location: Location) -> None:
        if self.comments:
            self.insert_comments(location.row)
        self.write("every ")
        if every.key is not None:
            self.term(every.key)
            self.write(", ")
        self.term(every.value)
        self.write(" in ")
        self.term(every.domain)
        self.write(" {")
        with suppress(UnexpectedComment):
            self.body_in(BRACES, every.body, location.row, location)
        if len(every.body) == 1 and every.body[0].location.row == every.location.row:
            self.write(" ")
        self.write("}")

    def _not(self, negation: ast.Not, location: Location) -> None:
        if self.comments:
            self.insert_comments(location.row)
        self.write("not ")
        body = negation.body
        if negation.explicit_body or len(body) > 1:
            self._braced(body, location)
            return
        parens = needs_parens_under_not(body[0])
        if parens:
            self.write("(")
        with suppress(UnexpectedComment):
            self.expr(body[0])
        if parens:
            self.write(")")

    def _braced(self, body: Body, location: Location) -> None:
        """Write a body in braces, where ``{x | y}`` would read as a comprehension."""
        if is_union_expr(body[0]):
            self.enclosed_expr = body[0]
        self.write("{")
        with suppress(UnexpectedComment):
            self.body_in(BRACES, body, location.row, location)
        if body[-1].location.row == location.row:
            self.write(" ")
        self.write("}")

    # ---- and, or ----------------------------------------------------------------------------

    def _logical(self, expr: Expr) -> None:
        """Write a chain of operands, those on lines of their own one step further in."""
        first, steps = _chain(expr)
        level = self.level
        self._operand_of(first)
        try:
            for step in steps:
                self.write(f" {step.word}")
                if step.right.row > step.left_end:
                    self.level = level + 1
                    self.end_line()
                    self.start_line()
                else:
                    self.write(" ")
                self._operand_of(step.right)
        finally:
            self.level = level

    def _operand_of(self, operand: _Operand) -> None:
        if operand.brace is not None:
            self._braced(operand.body, operand.brace)
            return
        if operand.parens:
            self.write("(")
        with suppress(UnexpectedComment):
            self.expr(operand.body[0])
        if operand.parens:
            self.write(")")

    def enclose_leading_union(self, expr: Expr) -> None:
        """Give parentheses to a union that would be read as a comprehension behind ``{``."""
        if expr.negated:
            return
        if is_logical(expr):
            first, _ = _chain(expr)
            if first.brace is None and not first.parens:
                self.enclose_leading_union(first.body[0])
        elif is_union_expr(expr):
            self.enclosed_expr = expr
        elif isinstance(expr.terms, Call):
            lead = leading_operand(expr.terms)
            if lead is not None and is_union(lead):
                self.enclosed_term = lead


def _terms_end_row(expr: Expr) -> int:
    """The row in which an expression ends, but for its ``with``."""
    at = expr.location
    text = at.text
    size = expr.with_[0].location.offset - at.offset
    if 0 < size <= len(text):
        text = text[:size]
    return at.row + text.rstrip(" \t\r\n").count("\n")


def _chain(expr: Expr) -> tuple[_Operand, list[_Step]]:
    """The first operand and the further ones: ``a and b and c`` is one chain of three."""
    steps: list[_Step] = []
    while True:
        terms = expr.terms
        assert isinstance(terms, ast.LogicalAnd | ast.LogicalOr)
        word: LogicalWord = "and" if isinstance(terms, ast.LogicalAnd) else "or"
        right = _operand(terms.right, terms.explicit_right, word, expr.location, is_right=True)
        left = terms.left
        is_inner = (
            not terms.explicit_left
            and len(left) == 1
            and is_logical(left[0])
            and not needs_parens_as_operand(left[0], word, is_right=False)
        )
        if is_inner:
            steps.append(_Step(word, right, body_end_row(left)))
            expr = left[0]
            continue
        first = _operand(left, terms.explicit_left, word, expr.location, is_right=False)
        steps.append(_Step(word, right, first.end_row))
        return first, steps[::-1]


def _operand(
    body: Body, explicit: bool, word: LogicalWord, node: Location, *, is_right: bool
) -> _Operand:
    if explicit or len(body) != 1:
        return _Operand(body, brace_of_operand(node, body), False)
    return _Operand(body, None, needs_parens_as_operand(body[0], word, is_right=is_right))

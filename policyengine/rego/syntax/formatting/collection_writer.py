"""Arrays, sets, objects, arguments and comprehensions: on one line, or on as many as they had."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Body, Call, Expr, Term, Var
from policyengine.rego.syntax.formatting.lines import UnexpectedComment
from policyengine.rego.syntax.formatting.operators import is_union
from policyengine.rego.syntax.formatting.places import closing_row
from policyengine.rego.syntax.formatting.term_writer import TermWriter
from policyengine.rego.syntax.order import sorted_items
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.visit import walk

Pair: TypeAlias = tuple[Term, Term]
Item: TypeAlias = "Term | Pair | Expr"

BRACES: Final = "{}"
BRACKETS: Final = "[]"
PARENS: Final = "()"
# How OPA names the variables it makes up, which have no place of their own.
_GENERATED: Final = "__local"


class CollectionWriter(TermWriter):
    """Writes collections."""

    @abstractmethod
    def body(self, body: Body) -> None:
        """Write expressions, each on a line of its own."""

    def collection(self, term: Term) -> bool:
        match term:
            case ast.Array():
                self._bracketed(BRACKETS, term.items, term.location, self._listed)
            case ast.Set() if not term.items:
                self.write("set()")
                if self.comments:
                    self.insert_comments(closing_row(PARENS, term.location))
            case ast.Set():
                self._bracketed(BRACES, sorted_items(term), term.location, self._listed)
            case ast.Object():
                self._bracketed(BRACES, term.items, term.location, self._pair)
            case ast.ArrayComprehension():
                self._comprehension(BRACKETS, term.term, term.body, term.location)
            case ast.SetComprehension():
                self._comprehension(BRACES, term.term, term.body, term.location)
            case ast.ObjectComprehension():
                self._object_comprehension(term)
            case _:
                return False
        return True

    def arguments(self, call: Call) -> None:
        self.items(call.args, call.operator.location, PARENS, self.argument)

    # ---- items ------------------------------------------------------------------------------

    def _bracketed(
        self,
        brackets: str,
        items: Sequence[Term] | Sequence[Pair],
        location: Location,
        write: Callable[..., None],
    ) -> None:
        self.write(brackets[0])
        try:
            self.items(items, location, brackets, write)
        finally:
            self.write(brackets[1])

    def items(
        self,
        items: Sequence[Term] | Sequence[Pair],
        before: Location,
        brackets: str,
        write: Callable[..., None],
    ) -> None:
        """Write what is in brackets, with commas between.

        ``before`` is the place that the rows are measured from: with the text of the collection,
        or that of a call's operator. ``write`` writes one item.
        """
        lines = self._grouped(items)
        closing = closing_row(brackets, before) if self.comments else 0
        is_broken = len(lines) > 1
        if not is_broken:
            if any(before.row < comment.row < closing for comment in self.comments):
                raise UnexpectedComment
            is_broken = _begins_on_next_line(items, before)
        try:
            self._item_lines(lines, write, closing if is_broken else None)
        except UnexpectedComment:
            self.drop_comments()
            raise

    def _item_lines(
        self, lines: list[list[Item]], write: Callable[..., None], closing: int | None
    ) -> None:
        """Write lines of items; ``closing`` is the row of the bracket behind them, if broken."""
        if closing is not None:
            self.delayed = True
            self.end_line()
            self.indent()
            self.start_line()
        for index, line in enumerate(lines):
            if index:
                self.write(",")
                self.end_line()
                self.start_line()
            for position, item in enumerate(line):
                if position:
                    self.write(", ")
                write(item)
        if closing is not None:
            self.write(",")
            self.end_line()
            self.insert_comments(closing)
            self.dedent()
            self.start_line()

    def argument(self, term: Term) -> None:
        self._item(term, parens=is_union(term) and term.location.text.startswith("("))

    def _listed(self, term: Term) -> None:
        self._item(term, parens=is_union(term))

    def _pair(self, pair: Pair) -> None:
        key, value = pair
        self._item(key, parens=is_union(key))
        self.write(": ")
        self._item(value, parens=is_union(value))

    def _item(self, term: Term, *, parens: bool) -> None:
        if not parens:
            self.term(term)
            return
        self.write("(")
        try:
            self.term(term)
        finally:
            self.write(")")

    def _grouped(self, items: Sequence[Item]) -> list[list[Item]]:
        """Items by the row they begin in, in the order of their places."""
        if len(items) < 2 or (self.style.lacks_places and any(map(_has_no_place, items))):
            return [[*items]]
        lines: list[list[Item]] = [[]]
        row = 0
        for place, item in sorted(
            ((_place(item), item) for item in items), key=lambda placed: placed[0]
        ):
            if place[0] > row and lines[-1]:
                lines.append([])
            row = place[0]
            lines[-1].append(item)
        return lines

    # ---- comprehensions ---------------------------------------------------------------------

    def _comprehension(self, brackets: str, term: Term, body: Body, location: Location) -> None:
        self.write(brackets[0])
        try:
            self._comprehended(brackets, term, body, location)
        finally:
            self.write(brackets[1])

    def _object_comprehension(self, term: ast.ObjectComprehension) -> None:
        # The value stays in the row of the bracket, whatever row it was written in.
        at = term.value.location
        row = Location(at.source, term.location.offset, at.start, at.end)
        self.write("{")
        try:
            self._item(term.key, parens=is_union(term.key))
            self.write(": ")
            value = replace(term.value, location=row)
            self._comprehended(BRACES, value, term.body, term.location)
        finally:
            self.write("}")

    def _comprehended(self, brackets: str, term: Term, body: Body, location: Location) -> None:
        at = term.location
        if at.row > location.row:
            self.end_line()
            self.start_line()
        is_operation = isinstance(term, Call)
        self.operand(term, parens=is_operation and (is_union(term) or at.text.startswith("(")))
        self.write(" |")
        self.body_in(brackets, body, at.row, location)

    def body_in(self, brackets: str, body: Body, row: int, location: Location) -> None:
        """Write a body to stand in brackets; ``row`` is that of what stands in front of it.

        ``location`` is the place of the brackets.
        """
        if body[0].location.row > row or len(self._grouped(body)) > 1:
            self.end_line()
            self.indent()
            try:
                self.body(body)
                self._close_body(brackets, location)
            finally:
                self.dedent()
                self.start_line()
            return
        self.write(" ")
        for index, expr in enumerate(body):
            if index:
                self.write("; ")
            self.expr(expr)
        self._close_body(brackets, location)

    def _close_body(self, brackets: str, location: Location) -> None:
        if not self.comments:
            return
        try:
            self.insert_comments(closing_row(brackets, location))
        except UnexpectedComment:
            self.drop_comments()
            raise


def _place(item: Item) -> tuple[int, int]:
    location = item[0].location if isinstance(item, tuple) else item.location
    return location.source.position(location.offset)


def _begins_on_next_line(items: Sequence[Term] | Sequence[Pair], before: Location) -> bool:
    """Whether a line ends between the opening bracket and the first item."""
    text = before.text
    if not items or "\n" not in text:
        return False
    first = items[0]
    written = (first[0] if isinstance(first, tuple) else first).location.text
    cut = text.find(written)
    return cut > 0 and text.find("\n", 0, cut) > 0


def _has_no_place(item: Item) -> bool:
    """Whether OPA does not know the place of something in an item.

    That is so for the variables that it makes up, and for the operator of ``-x``. It does not look
    into the pairs of objects.
    """
    if isinstance(item, tuple):
        return False
    for node in walk(item):
        if isinstance(node, Var) and node.name.startswith(_GENERATED):
            return True
        if isinstance(node, Call) and not node.operator.location.text:
            return True
    return False

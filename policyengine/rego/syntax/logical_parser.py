"""Negation, and the ``and``, ``or`` and ``not {...}`` that ``rego.v2`` adds.

In an operand of these, braces open a body. So ``{`` may begin a body, a set, an object or a
comprehension, and ``(`` a group of operands or a term: both are tried, in OPA's order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Body, Expr, new_expr
from policyengine.rego.syntax.cursor import State
from policyengine.rego.syntax.operand_checks import (
    Operand,
    OperandChecks,
    brace_led_value,
    is_ambiguous_union,
)
from policyengine.rego.syntax.render import value_name
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.token_kinds import (
    EVERY,
    LEFT_BRACE,
    LEFT_PAREN,
    LOGICAL_AND,
    LOGICAL_OPERATORS,
    LOGICAL_OR,
    NAMES,
    NOT,
    RIGHT_BRACE,
    RIGHT_PAREN,
    SOME,
    STEP_STARTS,
    WITH,
)

_OPENING: Final = frozenset({LEFT_BRACE, LEFT_PAREN})


class LogicalParser(OperandChecks):
    """Reads one expression of a body, whatever it is."""

    @property
    def has_logical_keywords(self) -> bool:
        return "and" in self.keywords or "or" in self.keywords

    def literal(self, index: int = 0) -> Expr | None:
        """Read one expression, to stand at ``index`` of its body."""
        start = self.here()
        expr = self._literal(index)
        if expr is None:
            return None
        location, terms = expr.location, expr.terms
        if location.offset == start.offset and location.end == self.last_end:
            if expr.index == index and not isinstance(terms, ast.Not):
                return expr
        else:
            location = self.extend(start)
        if isinstance(terms, ast.Not) and not terms.explicit_body:
            body = tuple(replace(inner, location=location) for inner in terms.body)
            terms = replace(terms, body=body)
        return new_expr(
            terms=terms, location=location, index=index, negated=expr.negated, with_=expr.with_
        )

    def _literal(self, index: int) -> Expr | None:
        if self.kind in _OPENING and self.has_logical_keywords:
            read, expr = self._braces() if self.kind == LEFT_BRACE else self._parens()
            if read:
                return expr
        if self.take_keyword_as_name():
            return self._plain(None, index)
        negation = self._negation()
        if negation is not None and self.not_bodies and self.kind == LEFT_BRACE:
            inner = self._not_body(negation)
            if inner is None:
                return None
            return self._chain(Operand((inner,), False, inner.location))
        if self.kind == SOME:
            if negation is not None:
                self.unexpected("illegal negation of 'some'")
                return None
            return self.some()
        if self.kind == EVERY:
            if negation is not None:
                self.unexpected("illegal negation of 'every'")
                return None
            return self.every()
        return self._plain(negation, index)

    def _negation(self) -> Location | None:
        """Pass ``not``, if it is the keyword and no name in a reference; where it stood."""
        if self.kind != NOT or self.adjacent_kind() in STEP_STARTS:
            return None
        location = self.here()
        self.advance()
        return location

    def _braces(self) -> tuple[bool, Expr | None]:
        """Read ``{ body } and ...``; (False, None), and back, if it is not that."""
        start = self.here()
        state = self.save()
        self.advance()
        body = self.body(RIGHT_BRACE)
        if body is not None:
            self.advance()
            if self._is_at_operator():
                if is_ambiguous_union(body):
                    self.error_ambiguous_union(start, body, "")
                    return True, None
                return True, self._chain(Operand(body, True, start))
        self.restore(state)
        return False, None

    def _parens(self) -> tuple[bool, Expr | None]:
        """Read ``(a or b)`` or ``(...) and ...``; (False, None), and back, if it is a term."""
        read, operand = self._group(in_operand=False, prefix="")
        if operand is None:
            return read, None
        return True, self._chain(operand)

    def _plain(self, negation: Location | None, index: int) -> Expr | None:
        """Read a term, assignment or comparison, negated or not, and the operators behind it."""
        # Only a name that may have been meant for the keyword is looked at again.
        state = self.save() if self.word == "every" else None
        start = self.here()
        if negation is not None and self.not_bodies and self.kind == LEFT_PAREN:
            read, operand = self._group(in_operand=True, prefix="not ")
            if operand is not None:
                inner = self._negated_group(operand, negation)
                return self._chain(Operand((inner,), False, inner.location))
            if read:
                return None
        terms = self.equation()
        if terms is None:
            return None
        with_location = self.here() if self.kind == WITH else None
        modifiers = self.with_modifiers()
        if modifiers is None:
            return None
        if state is not None and isinstance(terms, ast.Var):
            self.hint_every(state)
        is_operand = self._is_at_operator()
        if negation is not None and self.not_bodies:
            spanned = self.extend(negation)
            # How far the inner expression reaches is decided where this one is used.
            inner = new_expr(terms=terms, location=start)
            not_ = ast.Not(body=(inner,), explicit_body=False, location=spanned)
            expr = new_expr(terms=not_, location=spanned, with_=modifiers)
        else:
            expr = new_expr(
                terms=terms,
                location=self.extend(start),
                index=0 if is_operand else index,
                negated=negation is not None,
                with_=modifiers,
            )
        if not is_operand:
            return expr
        if isinstance(expr.terms, ast.Not):
            # OPA gives the inner expression of an operand no place; here it has no text.
            expr = replace(expr, terms=replace(expr.terms, body=(_textless(expr.terms.body[0]),)))
        if with_location is not None:
            self.error_with_on_operand(with_location)
            return None
        if negation is None and expr.location.text.startswith("{"):
            if isinstance(expr.terms, ast.Object) and not expr.terms.items:
                self.error(expr.location, "found empty body")
            else:
                operator = NAMES[self.kind]
                self.error_brace_led(expr.location, expr.location.text, operator)
            return None
        return self._chain(Operand((expr,), False, expr.location))

    def _attach_with(self, expr: Expr | None) -> Expr | None:
        if expr is None or self.kind != WITH:
            return expr
        modifiers = self.with_modifiers()
        return None if modifiers is None else replace(expr, with_=modifiers)

    # ---- not --------------------------------------------------------------------------------

    def _not_body(self, negation: Location) -> Expr | None:
        """Read ``{...}`` behind ``not``."""
        start = self.here()
        body = self._operand_body(start, "not ", None)
        if body is None:
            return None
        if is_ambiguous_union(body):
            self.error_ambiguous_union(start, body, "not ")
            return None
        spanned = self.extend(negation)
        terms = ast.Not(body=body, explicit_body=True, location=spanned)
        return new_expr(terms=terms, location=spanned)

    def _negated_group(self, operand: Operand, negation: Location) -> Expr:
        spanned = self.extend(negation)
        terms = ast.Not(body=operand.body, explicit_body=operand.explicit, location=spanned)
        return new_expr(terms=terms, location=spanned)

    def _operand_body(self, start: Location, prefix: str, operator: str | None) -> Body | None:
        """Read the body in the braces of an operand, and pass them.

        Where no body reads, the braces may hold a value, which has to be written otherwise:
        ``operator`` is the ``and`` or ``or`` that this is an operand of, ``None`` for ``not``,
        empty where the caller only tries.
        """
        state = self.save()
        self.advance()
        is_empty = self.kind == RIGHT_BRACE
        body = self.body(RIGHT_BRACE)
        if body is not None:
            self.advance()
            return body
        if is_empty or operator == "":
            return None
        failed, errors = self.save(), self.errors[state.errors :]
        self.restore(state)
        term = self.infix()
        if term is None:
            self.restore(failed._replace(errors=state.errors))
            self.errors.extend(errors)
            return None
        text = self.source.text[start.offset : self.last_end]
        if operator is not None:
            self.error_brace_led(start, text, operator)
            return None
        self.hint(
            f"write `{prefix}({text})` to negate the value, or `{prefix}{{{text}}}` "
            "for a body holding it"
        )
        self.error(
            start,
            "`{...}` in an operand position must contain expression(s), got: "
            f"{value_name(brace_led_value(term))}",
        )
        return None

    # ---- and, or ----------------------------------------------------------------------------

    def _is_at_operator(self) -> bool:
        return self.kind in LOGICAL_OPERATORS

    def _chain(self, first: Operand) -> Expr | None:
        """Read the ``and``s and ``or``s behind an operand, and a ``with`` for the whole."""
        if self._is_at_operator():
            return self._attach_with(self._or_chain(first))
        return self._attach_with(first.body[0])

    def _or_chain(self, left: Operand) -> Expr | None:
        if not self.enter():
            return None
        expr = self._or_operands(left)
        self.recursion -= 1
        return expr

    def _or_operands(self, left: Operand) -> Expr | None:
        operand = self._and_chain(left) if self.kind == LOGICAL_AND else left
        while operand is not None and self.kind == LOGICAL_OR:
            self.advance()
            right = self._operand("or")
            if right is not None and self.kind == LOGICAL_AND:
                right = self._and_chain(right)
            if right is None:
                return None
            self.check_void(operand, right, "or")
            location = self.extend(operand.location)
            terms = ast.LogicalOr(
                left=operand.body,
                right=right.body,
                explicit_left=operand.explicit,
                explicit_right=right.explicit,
                location=location,
            )
            operand = Operand((Expr(terms=terms, location=location),), False, location)
        return None if operand is None else operand.body[0]

    def _and_chain(self, left: Operand) -> Operand | None:
        if not self.enter():
            return None
        operand: Operand | None = left
        while operand is not None and self.kind == LOGICAL_AND:
            self.advance()
            right = self._operand("and")
            if right is None:
                operand = None
                break
            self.check_void(operand, right, "and")
            location = self.extend(operand.location)
            terms = ast.LogicalAnd(
                left=operand.body,
                right=right.body,
                explicit_left=operand.explicit,
                explicit_right=right.explicit,
                location=location,
            )
            operand = Operand((Expr(terms=terms, location=location),), False, location)
        self.recursion -= 1
        return operand

    def _operand(self, operator: str) -> Operand | None:
        """Read one operand of ``operator``; empty where the caller only tries."""
        start = self.here()
        if self.kind == LEFT_BRACE:
            body = self._operand_body(start, "", operator)
            if body is None:
                return None
            if is_ambiguous_union(body):
                self.error_ambiguous_union(start, body, "")
            return Operand(body, True, start)
        negation = self._negation()
        negates_body = negation is not None and self.not_bodies
        if negation is not None and negates_body and self.kind == LEFT_BRACE:
            inner = self._not_body(negation)
            return None if inner is None else Operand((inner,), False, inner.location)
        if (
            self.kind == LEFT_PAREN
            and self.has_logical_keywords
            and (negation is None or negates_body)
        ):
            prefix = "" if negation is None else "not "
            read, operand = self._group(in_operand=True, prefix=prefix)
            if operand is not None and negation is not None:
                inner = self._negated_group(operand, negation)
                return Operand((inner,), False, inner.location)
            if read:
                return operand
        start = self.here()
        left = self.equation()
        if left is None:
            return None
        expr = new_expr(terms=left, location=self.extend(start))
        if negation is not None and negates_body:
            spanned = self.extend(negation)
            terms = ast.Not(body=(expr,), explicit_body=False, location=spanned)
            expr = new_expr(terms=terms, location=spanned)
        elif negation is not None:
            expr = replace(expr, negated=True)
        return Operand((expr,), False, expr.location)

    def _group(self, *, in_operand: bool, prefix: str) -> tuple[bool, Operand | None]:
        """Read a group of operands in parentheses.

        (True, operand) if it is one, (True, None) if it is one with an error in it, and
        (False, None), back at the ``(``, if a term is to be read there. ``in_operand`` says that
        an operand is expected, ``prefix`` what stands in front of it, for hints.
        """
        if not self.enter():
            return True, None
        result = self._group_content(in_operand=in_operand, prefix=prefix)
        self.recursion -= 1
        return result

    def _group_content(self, *, in_operand: bool, prefix: str) -> tuple[bool, Operand | None]:
        state = self.save()
        start = self.here()
        self.advance()
        if self.kind == RIGHT_PAREN:
            if in_operand:
                self.error(start, "empty parenthesized group")
                return True, None
            self.restore(state)
            return False, None
        left = self._operand("")
        if left is None:
            self.restore(state)
            return False, None
        if self._is_at_operator():
            expr = self._attach_with(self._or_chain(left))
            if expr is None or not self._close_group():
                return True, None
            return True, Operand((expr,), False, self.extend(start))
        if self.kind == WITH and not left.explicit and len(left.body) == 1:
            return self._group_with(left, start, state, in_operand=in_operand)
        if left.explicit:
            braces = self.source.text[left.location.offset : self.last_end]
            self.restore(state)
            self.advance()
            term = self.term()
            self.restore(state)
            if term is None:
                self.hint(f"drop the parens to keep the body: `{prefix}{braces}`")
                self.error(start, "`(...)` in an operand position cannot contain a body")
                return True, None
            return False, None
        if _is_logical(left.body) or _is_negated(left.body):
            if not self._close_group():
                return True, None
            return True, Operand(left.body, False, self.extend(start))
        self.restore(state)
        return False, None

    def _group_with(
        self, left: Operand, start: Location, state: State, *, in_operand: bool
    ) -> tuple[bool, Operand | None]:
        """Read the rest of ``(a with x as y)``."""
        with_location = self.here()
        expr = self._attach_with(left.body[0])
        if expr is None:
            return True, None
        if self._is_at_operator():
            self.error_with_on_operand(with_location)
            return True, None
        if not self._close_group():
            return True, None
        if in_operand or self._is_at_operator():
            return True, Operand((expr,), False, self.extend(start))
        self.restore(state)
        return False, None

    def _close_group(self) -> bool:
        if self.kind != RIGHT_PAREN:
            self.error(self.here(), "expected ) to close parenthesized group")
            return False
        self.advance()
        return True


def _textless(expr: Expr) -> Expr:
    at = expr.location
    return replace(expr, location=Location(at.source, at.offset, at.offset, at.offset))


def _is_logical(body: Body) -> bool:
    return len(body) == 1 and isinstance(body[0].terms, ast.LogicalAnd | ast.LogicalOr)


def _is_negated(body: Body) -> bool:
    return len(body) == 1 and (body[0].negated or isinstance(body[0].terms, ast.Not))

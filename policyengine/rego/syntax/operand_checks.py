"""What is wrong with operands of ``and``, ``or`` and ``not``."""

from __future__ import annotations

from typing import Final, NamedTuple

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Body, Term
from policyengine.rego.syntax.expression_parser import ExpressionParser
from policyengine.rego.syntax.render import dotted_name
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.token_kinds import NAMES
from policyengine.rego.syntax.visit import is_call_of

# The builtins that give no value: an operand of nothing else could not fail.
_VOID: Final = frozenset({"print", "internal.print", "internal.test_case"})
# The builtins written between their two operands; all take two.
_INFIX: Final = frozenset(
    {"assign", "eq", "equal", "neq", "lt", "lte", "gt", "gte"}
    | {"plus", "minus", "mul", "div", "rem", "and", "or", "internal.member_2"}
)


class Operand(NamedTuple):
    """One side of ``and`` or ``or``; ``explicit`` where braces were written around it."""

    body: Body
    explicit: bool
    location: Location


class OperandChecks(ExpressionParser):
    """Reports operands that cannot be."""

    def error_with_on_operand(self, at: Location) -> None:
        operator = NAMES[self.kind]
        self.hint(
            "Wrap the operand in `(...)` or `{...}` to scope, or move `with` after the "
            f"`{operator}` expression to apply it to the whole expression"
        )
        self.error(at, f"`with` modifier is not allowed on operand of `{operator}`")

    def error_brace_led(self, at: Location, text: str, operator: str) -> None:
        self.hint(f"wrap the operand to keep the value: `({text}) {operator} ...`")
        self.error(
            at, f"operand of `{operator}` cannot begin with `{{` unless the braces hold a body"
        )

    def error_ambiguous_union(self, start: Location, body: Body, prefix: str) -> None:
        braces = self.source.text[start.offset : self.last_end]
        first = body[0].location
        union = braces
        begin, end = first.start - start.offset, first.end - start.offset
        if begin > 0 and end <= len(braces):
            union = f"{braces[:begin]}({braces[begin:end]}){braces[end:]}"
        self.hint(
            f"write `{prefix}({braces})` for the comprehension, or `{prefix}{union}` "
            "for the set union"
        )
        self.error(
            start,
            "ambiguous `{ ... | ... }` operand: read as a body holding a set-union expression, "
            "not as a comprehension",
        )

    def check_void(self, left: Operand, right: Operand, operator: str) -> None:
        for operand in (left, right):
            name = _void_call(operand.body)
            if name is not None:
                self.hint(
                    f"`{name}` produces no value and always succeeds, so the operand can never "
                    "fail; move it out of the operand, or add an expression that can fail"
                )
                self.error(
                    operand.body[0].location,
                    f"operand of `{operator}` cannot consist only of calls to `{name}`",
                )


def is_ambiguous_union(body: Body) -> bool:
    """Whether braces around ``body`` read as a comprehension as well: ``{a | b}``.

    The call ``or(a, b)`` and the union in parentheses do not.
    """
    terms = body[0].terms
    if not isinstance(terms, ast.Call) or not is_call_of(terms, "or"):
        return False
    return terms.operator.terms[0].location.text == "|" and (
        not body[0].location.text.strip().startswith("(")
    )


def brace_led_value(term: Term) -> Term:
    """The term that the first ``{`` of an operation opens."""
    while (
        isinstance(term, ast.Call)
        and dotted_name(term.operator) in _INFIX
        and (len(term.args) == 2)
    ):
        term = term.args[0]
    return term


def _void_call(body: Body) -> str | None:
    """The first void builtin called by a body that does nothing else."""
    names = []
    for expr in body:
        if expr.negated or not isinstance(expr.terms, ast.Call):
            return None
        name = dotted_name(expr.terms.operator)
        if name not in _VOID:
            return None
        names.append(name)
    return names[0]

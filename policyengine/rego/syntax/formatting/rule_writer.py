"""Rules as text."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Boolean, Head, Rule, Term, Var
from policyengine.rego.syntax.formatting.collection_writer import BRACES, BRACKETS, PARENS
from policyengine.rego.syntax.formatting.expression_writer import ExpressionWriter
from policyengine.rego.syntax.formatting.lines import UnexpectedComment
from policyengine.rego.syntax.formatting.operators import is_set
from policyengine.rego.syntax.formatting.places import closing_row, end_row
from policyengine.rego.syntax.formatting.spelling import plain_text

_ELSE = "else"


class RuleWriter(ExpressionWriter):
    """Writes rules."""

    def rules(self, rules: list[Rule]) -> None:
        """Write rules that stand behind each other, those of one line close together."""
        for index, rule in enumerate(rules):
            with suppress(UnexpectedComment):
                self.insert_comments(rule.location.row)
            with suppress(UnexpectedComment):
                self._rule(rule, is_else=False)
            following = rules[index + 1 : index + 2]
            is_close = (
                following
                and self._may_stand_close(rule)
                and self._may_stand_close(following[0])
                and following[0].location.row == rule.location.row + 1
            )
            if not is_close:
                self.blank_line()

    def _may_stand_close(self, rule: Rule) -> bool:
        """Whether a rule is written on one line."""
        return (
            len(rule.body) == 1
            and not rule.default
            and rule.else_ is None
            and not is_set(rule.body[0])
            and self._uses_if(rule)
        )

    def _uses_if(self, rule: Rule) -> bool:
        return self.style.has_if and (self.style.has_contains or rule.head.value is not None)

    def _rule(self, rule: Rule, *, is_else: bool) -> None:
        if not is_else:
            self.start_line()
        if rule.default:
            self.write("default ")
        is_constant = rule.else_ is None and _is_true(rule)
        self.keeps_last_comment = is_constant
        is_head_unformatted = False
        try:
            self._head(rule, is_constant=is_constant, is_else=is_else)
        except UnexpectedComment:
            is_head_unformatted = True
        if is_constant:
            self.end_line()
            return
        self.keeps_last_comment = True
        body = rule.body
        uses_if = self._uses_if(rule)
        if uses_if:
            self.write(" if")
            if (
                len(body) == 1
                and body[0].location.row == end_row(rule.head.location)
                and not is_set(body[0])
            ):
                self.write(" ")
                with suppress(UnexpectedComment):
                    self.expr(body[0])
                self.end_line()
                self._else(rule)
                return
        if is_head_unformatted and self.comments:
            self.write(" { ")
        else:
            self.write(" {")
            self.end_line()
        if uses_if and not is_else:
            self.enclose_leading_union(body[0])
        self.indent()
        with suppress(UnexpectedComment):
            self.body(body)
        try:
            self.insert_comments(_closing_row(rule))
        except UnexpectedComment:
            self.drop_comments()
            raise
        self.dedent()
        self.start_line()
        self.write("}")
        self._else(rule)

    def _else(self, rule: Rule) -> None:
        """Write the ``else`` of a rule, behind its brace if it stood there."""
        else_ = rule.else_
        if else_ is None:
            return
        try:
            self._else_branch(rule, else_)
        except UnexpectedComment:
            self.drop_comments()
            raise

    def _else_branch(self, rule: Rule, else_: Rule) -> None:
        head = else_.head
        follows = _follows_brace(rule, else_)
        has_comment_above = self.line_end is not None or bool(
            self.comments and self.comments[0].row < head.location.row
        )
        if follows and not has_comment_above:
            self.write(" ")
        else:
            self.blank_line()
            self.start_line()
        self.insert_comments(head.location.row)
        if has_comment_above and not follows:
            self.start_line()
        # OPA places the value where the head is.
        value = None if head.value is None else replace(head.value, location=head.location)
        name = Var(name=_ELSE, location=head.location)
        head = replace(head, name=_ELSE, ref=(name,), args=(), value=value)
        self._rule(replace(else_, head=head), is_else=True)

    # ---- heads ------------------------------------------------------------------------------

    def _head(self, rule: Rule, *, is_constant: bool, is_else: bool) -> None:
        head = rule.head
        if not self._name(head):
            return
        if head.args:
            self.write("(")
            try:
                self.items(head.args, head.location, PARENS, self.argument)
            finally:
                self.write(")")
        if head.key is not None and head.value is None:
            self._element(head.key)
        value = head.value
        if value is None or not (
            head.key is not None or not _is_literally_true(value) or is_constant or rule.default
        ):
            return
        needs_value = self.style.is_v1 and is_constant and head.key is None and not head.args
        if (
            not is_else
            and _is_literally_true(value)
            and head.location is value.location
            and not needs_value
        ):
            return
        self.write(" := " if head.assign or self.style.is_v1 else " = ")
        self.term(value)

    def _name(self, head: Head) -> bool:
        """Write the name of a rule; false if the whole head was written as it stands."""
        ref = head.ref
        if head.key is not None and head.value is None and not _has_variables(ref):
            ref = _constant_steps(ref)
        if self.style.has_references or len(ref) == 1:
            self.reference(ref)
            return True
        first, step = ref[0], ref[1]
        if self.comments and step.location.row == self.comments[0].row:
            self.unformatted(head.location)
            return False
        name = first.name if isinstance(first, Var) else plain_text(first)
        self.write(f"{name}[{plain_text(step)}]")
        return True

    def _element(self, key: Term) -> None:
        """Write the element of a partial set."""
        if self.style.has_contains:
            self.write(" contains ")
            self.term(key)
        else:
            self.write("[")
            self.term(key)
            self.write("]")


def _is_true(rule: Rule) -> bool:
    """Whether a rule's body is ``true``, written or not."""
    if len(rule.body) != 1:
        return False
    expr = rule.body[0]
    return (
        not expr.negated and not expr.with_ and isinstance(expr.terms, Boolean) and expr.terms.value
    )


def _is_literally_true(value: Term) -> bool:
    return isinstance(value, Boolean) and value.value


def _has_variables(ref: tuple[Term, ...]) -> bool:
    return any(not _is_constant(step) for step in ref[1:])


def _is_constant(term: Term) -> bool:
    match term:
        case ast.Null() | Boolean() | ast.Number() | ast.String():
            return True
        case ast.Array() | ast.Set():
            return all(map(_is_constant, term.items))
        case ast.Object():
            return all(_is_constant(side) for pair in term.items for side in pair)
        case _:
            return False


def _constant_steps(ref: tuple[Term, ...]) -> tuple[Term, ...]:
    size = 1
    while size < len(ref) and _is_constant(ref[size]):
        size += 1
    return ref[:size]


def _follows_brace(rule: Rule, else_: Rule) -> bool:
    """Whether something stands in front of ``else`` in its line."""
    lines = rule.location.text.split("\n")
    row = else_.location.row - rule.location.row
    return 0 < row < len(lines) and not lines[row].strip().startswith(_ELSE)


def _closing_row(rule: Rule) -> int:
    """The row of the brace that closes a rule's body, as OPA finds it."""
    behind = PARENS if rule.head.args else BRACKETS if rule.head.key is not None else ""
    return closing_row(BRACES, rule.location, behind=behind)

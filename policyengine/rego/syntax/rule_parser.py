"""Rules: heads, bodies, ``default`` and ``else``."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Body, Boolean, Expr, Head, Rule, Term, Var, new_rule
from policyengine.rego.syntax.head_parser import HeadParser, nowhere
from policyengine.rego.syntax.relocate import relocated
from policyengine.rego.syntax.render import value_name
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.token_kinds import (
    AS,
    ASSIGN,
    ASSIGNMENTS,
    CONTAINS,
    DEFAULT,
    ELSE,
    EOF,
    EVERY,
    IDENTIFIER,
    IF,
    IMPORT,
    IN,
    LEFT_BRACE,
    LEFT_PAREN,
    LOGICAL_AND,
    LOGICAL_OR,
    NAMES,
    NOT,
    PACKAGE,
    RIGHT_BRACE,
    SOME,
    UNIFY,
)
from policyengine.rego.syntax.visit import children, is_ground

_BODY_STARTS: Final = frozenset({LEFT_BRACE, IF})
# What can begin an expression and no term: braces around it are those of a body.
_NO_TERM: Final = frozenset({SOME, EVERY, NOT})
# What may follow a rule's name and nothing else, by the keyword used as one. ``not (x)``, ``or(x)``
# and ``import if.x`` mean something, so these have fewer.
_FOLLOWERS: Final = frozenset({ASSIGN, UNIFY, IF, CONTAINS, LEFT_PAREN})
_OPERATOR_FOLLOWERS: Final = frozenset({ASSIGN, UNIFY, IF, CONTAINS})
_PATH_FOLLOWERS: Final = frozenset({ASSIGN, UNIFY, LEFT_PAREN})
_RULE_NAME_FOLLOWERS: Final[dict[int, frozenset[int]]] = {
    EVERY: _FOLLOWERS,
    IF: _FOLLOWERS,
    IN: _FOLLOWERS,
    SOME: _FOLLOWERS,
    AS: _FOLLOWERS,
    PACKAGE: _PATH_FOLLOWERS,
    IMPORT: _PATH_FOLLOWERS,
    NOT: _OPERATOR_FOLLOWERS,
    LOGICAL_AND: _OPERATOR_FOLLOWERS,
    LOGICAL_OR: _OPERATOR_FOLLOWERS,
    CONTAINS: frozenset({IF, CONTAINS}),
}


class _Branch(NamedTuple):
    """An ``else`` as read; its location has to wait for the end of the whole chain."""

    start: Location
    head: Head
    body: Body | None
    one_line: bool


class RuleParser(HeadParser):
    """Reads rules."""

    def rules(self) -> list[Rule] | None:
        """Read one rule, and the further bodies that v0 allows behind it.

        ``None`` without an error where the statement is no rule.
        """
        start = self.here()
        self.take_keyword_as_name()
        if self.kind == DEFAULT:
            self.advance()
            self.take_keyword_as_name()
            if self.kind != IDENTIFIER:
                self.refuse_keyword_as_rule_name(is_default=True)
                return None
            return self._default(start)
        if self.kind != IDENTIFIER:
            return None
        head = self.head(is_default=False)
        if head is None:
            return None
        head = self.with_key(head)
        if head is None:
            return None
        if not head.has_if and self.kind != LEFT_BRACE:
            if not head.has_contains:
                return None
            return [
                Rule(
                    head=head,
                    body=implicit_body(start),
                    else_=None,
                    default=False,
                    generated_body=True,
                    location=head.location,
                )
            ]
        body = self._if_body() if head.has_if else self._braced_body()
        if body is None:
            return None
        else_ = None
        if self.kind == ELSE and not self.take_keyword_as_name():
            else_ = self._else(head)
            if else_ is None:
                return None
        rule = new_rule(
            head=head,
            body=body,
            else_=else_,
            default=False,
            generated_body=False,
            location=self.extend(start),
        )
        return self._further_bodies(rule)

    def refuse_keyword_as_rule_name(self, *, is_default: bool) -> bool:
        """An error, if the current token is a keyword that is used as a rule's name.

        Behind ``default`` nothing else can stand; elsewhere the next token tells.
        """
        followers = _RULE_NAME_FOLLOWERS.get(self.kind)
        if followers is None:
            return False
        name, here = NAMES[self.kind], self.here()
        if not is_default:
            state = self.save()
            self.advance()
            following = self.kind
            self.restore(state)
            if following not in followers:
                return False
        self.error(here, f"{name} keyword cannot be used for rule name")
        return True

    # ---- bodies -----------------------------------------------------------------------------

    def _if_body(self) -> Body | None:
        """Read what follows ``if``: one expression, or a body in braces."""
        self.advance()
        has_brace = self.kind == LEFT_BRACE
        if has_brace and self.next_kind() in _NO_TERM and not self.has_logical_keywords:
            return self._braced_body()
        state = self.save()
        expr = self.literal()
        if expr is not None and not (has_brace and isinstance(expr.terms, ast.Set)):
            return (expr,)
        if not has_brace:
            return None
        # A set would always be true: the braces are those of a body.
        self.restore(state)
        return self._braced_body()

    def _braced_body(self) -> Body | None:
        self.advance()
        body = self.body(RIGHT_BRACE)
        if body is not None:
            self.advance()
        return body

    def _further_bodies(self, rule: Rule) -> list[Rule] | None:
        """Read ``{...} {...}``: each further body is a rule with the same head."""
        rules = [rule]
        while self.kind == LEFT_BRACE:
            start = self.here()
            if rule.else_ is not None:
                self.error(start, "expected else keyword")
                return None
            body = self._braced_body()
            if body is None:
                return None
            location = self.extend(start)
            head = replace(rule.head, args=self._fresh_args(rule.head.args))
            rules.append(
                Rule(
                    head=relocated(head, location),
                    body=body,
                    else_=None,
                    default=False,
                    generated_body=False,
                    location=location,
                )
            )
        return rules

    def _fresh_args(self, args: tuple[Term, ...]) -> tuple[Term, ...]:
        """The arguments, with new names for those that are wildcards."""
        return tuple(
            Var(name=self.wildcard(), location=arg.location)
            if isinstance(arg, Var) and arg.is_wildcard
            else arg
            for arg in args
        )

    # ---- else -------------------------------------------------------------------------------

    def _else(self, head: Head) -> Rule | None:
        """Read the chain of ``else`` behind a rule."""
        if len(head.ref) > 1 and not all(is_ground(term) for term in head.ref[1:]):
            self.error(self.here(), "else keyword cannot be used on rules with variables in head")
            return None
        if head.key is not None:
            self.error(self.here(), "else keyword cannot be used on multi-value rules")
            return None
        branches: list[_Branch] = []
        while True:
            branch = self._branch(head)
            if branch is None:
                return None
            branches.append(branch)
            if branch.body is None or self.kind != ELSE:
                break
        rule = None
        for branch in reversed(branches):
            location = self.extend(branch.start)
            body = branch.body
            if body is None:
                body = implicit_body(location)
            elif branch.one_line:
                body = (relocated(body[0], location),)
            rule = Rule(
                head=branch.head,
                body=body,
                else_=rule,
                default=False,
                generated_body=branch.body is None,
                location=location,
            )
        return rule

    def _branch(self, head: Head) -> _Branch | None:
        """Read one ``else``, with a value, a body, or both."""
        start = self.here()
        args = self._fresh_args(head.args)
        self.advance()
        location = start
        assign = head.assign
        value: Term | None
        if self.kind in _BODY_STARTS:
            value = Boolean(value=True, location=nowhere(start))
            generated = True
        elif self.kind in ASSIGNMENTS:
            assign = self.kind == ASSIGN
            generated = False
            self.advance()
            value = self.infix()
            if value is None:
                return None
            location = self.extend(start)
        else:
            self.unexpected("expected else value term or rule body")
            return None
        has_if = self.kind == IF
        branch_head = replace(
            head,
            args=args,
            value=value,
            assign=assign,
            generated_value=generated,
            has_if=has_if,
            has_contains=False,
            location=location,
        )
        if not has_if and self.kind != LEFT_BRACE:
            return _Branch(start, branch_head, None, False)
        if has_if:
            self.advance()
        if self.kind == LEFT_BRACE:
            body = self._braced_body()
            return None if body is None else _Branch(start, branch_head, body, False)
        if self.kind == EOF:
            self.unexpected("rule body expected")
            return None
        expr = self.literal()
        return None if expr is None else _Branch(start, branch_head, (expr,), True)

    # ---- default ----------------------------------------------------------------------------

    def _default(self, start: Location) -> list[Rule] | None:
        head = self.head(is_default=True)
        if head is None or not self._check_default(head, start):
            return None
        return [
            Rule(
                head=head,
                body=implicit_body(start),
                else_=None,
                default=True,
                generated_body=False,
                location=start,
            )
        ]

    def _check_default(self, head: Head, start: Location) -> bool:
        """Whether a default's value is constant, and its arguments are plain variables."""
        if head.value is None:
            self.error(start, "illegal default rule (must have a value)")
            return False
        variable_parts = _variable_parts(head.value)
        for part in variable_parts:
            self.error(start, f"illegal default rule (value cannot contain {part})")
        if variable_parts:
            return False
        valid = True
        names: set[str] = set()
        for arg in head.args:
            if not isinstance(arg, Var):
                what = f"arguments cannot contain {value_name(arg)}"
            elif arg.name in names:
                what = f"arguments cannot be repeated {arg.name}"
            else:
                names.add(arg.name)
                continue
            self.error(start, f"illegal default rule ({what})")
            valid = False
        return valid


def implicit_body(location: Location) -> Body:
    """The ``true`` that stands for a body that was not written."""
    true = Boolean(value=True, location=location)
    return (Expr(terms=true, location=location, generated=True),)


def _variable_parts(value: Term) -> list[str]:
    """The kinds of those parts of a default's value that are not constant.

    Comprehensions are allowed whatever is in them.
    """
    found: list[str] = []
    pending: list[ast.Node] = [value]
    while pending:
        node = pending.pop()
        match node:
            case ast.Ref() | Var() | ast.Call():
                found.append(value_name(node))
            case ast.ArrayComprehension() | ast.SetComprehension() | ast.ObjectComprehension():
                continue
            case Expr(terms=ast.Call() as call):
                pending.extend(reversed([call.operator, *call.args]))
            case _:
                pending.extend(reversed(children(node)))
    return found

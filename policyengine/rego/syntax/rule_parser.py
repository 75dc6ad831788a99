"""Rules: heads, bodies, ``default`` and ``else``."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Body, Boolean, Expr, Head, Rule, Term, Var
from policyengine.rego.syntax.logical_parser import LogicalParser
from policyengine.rego.syntax.relocate import relocated
from policyengine.rego.syntax.render import reference_text, value_name
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.term_parser import root_reference
from policyengine.rego.syntax.token_kinds import (
    ADD,
    AND,
    AS,
    ASSIGN,
    CONTAINS,
    DEFAULT,
    DIVIDE,
    DOT,
    ELSE,
    EOF,
    EQUAL,
    EVERY,
    GREATER,
    GREATER_OR_EQUAL,
    IDENTIFIER,
    IF,
    IMPORT,
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
    NOT,
    NOT_EQUAL,
    OR,
    PACKAGE,
    REMAINDER,
    RIGHT_BRACE,
    SOME,
    SUBTRACT,
    UNIFY,
    WHITE_SPACE,
)
from policyengine.rego.syntax.visit import children, is_ground

_REF_STARTS: Final = frozenset({LEFT_PAREN, DOT, LEFT_BRACKET})
# These cannot follow a rule's name without a space: the statement is no rule then.
_OPERATORS: Final = frozenset(
    {ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER, AND, OR}
    | {EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL}
)

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


class RuleParser(LogicalParser):
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
        head = self._head(is_default=False)
        if head is None:
            return None
        head = self._with_key(head)
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
        rule = Rule(
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

    def _with_key(self, head: Head) -> Head | None:
        """Find what a head of two terms defines, which depends on ``if``."""
        has_if = self.kind == IF
        if has_if:
            head = replace(head, has_if=True)
        if head.has_contains or len(head.ref) != 2:
            return head
        first, last = head.ref
        if has_if:
            if not head.args and (not is_ground(last) or isinstance(last, ast.Ref)):
                head = replace(head, key=last)
            if head.value is None:
                value = Boolean(value=True, location=head.location)
                return replace(head, value=value, generated_value=True)
            return replace(head, name=first.name) if isinstance(first, Var) else None
        if head.args:
            return head
        if not isinstance(first, Var):
            return None
        if head.value is None:
            return replace(head, name=first.name, key=last, ref=(first,))
        return replace(head, name=first.name, key=last)

    # ---- bodies -----------------------------------------------------------------------------

    def _if_body(self) -> Body | None:
        """Read what follows ``if``: one expression, or a body in braces."""
        self.advance()
        state = self.save()
        has_brace = self.kind == LEFT_BRACE
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
        if self.kind == LEFT_BRACE or self.kind == IF:
            value = Boolean(value=True, location=_nowhere(start))
            generated = True
        elif self.kind == ASSIGN or self.kind == UNIFY:
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

    # ---- heads ------------------------------------------------------------------------------

    def _head(self, *, is_default: bool) -> Head | None:
        """Read a rule's name and what it is assigned, from a name on."""
        start = self.here()
        named = self._named()
        if named is None:
            return None
        name, ref, args = named
        key: Term | None = None
        value: Term | None = None
        assign = has_contains = False
        if self.kind == CONTAINS:
            has_contains = True
            key = self._contains_key(reference_text(ref), args)
        elif self.kind == UNIFY or self.kind == ASSIGN:
            assign = self.kind == ASSIGN
            self.advance()
            value = self.infix()
            if value is None:
                self.unexpected(_value_note(reference_text(ref), args, assign, is_default))
        location = self.extend(start)
        generated = value is None and not has_contains and (len(ref) != 2 or bool(args))
        if generated:
            value = Boolean(value=True, location=_nowhere(location))
        return Head(
            name=name,
            ref=ref,
            args=args,
            key=key,
            value=value,
            assign=assign,
            generated_value=generated,
            has_if=False,
            has_contains=has_contains,
            location=location,
        )

    def _named(self) -> tuple[str, tuple[Term, ...], tuple[Term, ...]] | None:
        """Read (name, reference, arguments) of a head."""
        term = self._name()
        if term is None:
            self.unexpected("expected rule head name")
            return None
        match term:
            case Var():
                return term.name, (term,), ()
            case ast.Ref():
                return _head_name(term.terms), term.terms, ()
            case ast.Call():
                ref = term.operator.terms
                if not isinstance(ref[0], Var):
                    self.unexpected(f"rule head ref {reference_text(ref)} invalid")
                    return None
                return _head_name(ref), ref, term.args
            case _:
                return None

    def _name(self) -> Term | None:
        """Read the reference, or call, at the head of a rule; space may stand inside it."""
        term = self.variable()
        offset = self.starts[self.index]
        self.advance_closely()
        if self.kind in _OPERATORS:
            self.unexpected()
        elif self.kind == WHITE_SPACE:
            self.advance()
        if self.kind in _REF_STARTS:
            return self.reference(term, offset)
        return root_reference(term)

    def _contains_key(self, name: str, args: tuple[Term, ...]) -> Term | None:
        if args:
            self.unexpected(
                "the contains keyword can only be used with multi-value rule definitions "
                f"(e.g., {name} contains <VALUE> {{ ... }})"
            )
        self.advance()
        key = self.infix()
        if key is None:
            self.unexpected(f"expected rule key term (e.g., {name} contains <VALUE> {{ ... }})")
        return key

    # ---- default ----------------------------------------------------------------------------

    def _default(self, start: Location) -> list[Rule] | None:
        head = self._head(is_default=True)
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


def _nowhere(location: Location) -> Location:
    """The place of a term that nobody wrote: it has no text."""
    return Location(location.source, location.offset, location.offset, location.offset)


def _head_name(ref: tuple[Term, ...]) -> str:
    return ref[0].name if len(ref) == 1 and isinstance(ref[0], Var) else ""


def _value_note(name: str, args: tuple[Term, ...], assign: bool, is_default: bool) -> str:
    """What to write where a value was expected."""
    if not assign:
        return f"expected rule value term (e.g., {name}[<nil>] = <VALUE> {{ ... }})"
    if args:
        return f"expected function value term (e.g., {name}(...) := <VALUE> {{ ... }})"
    if is_default:
        return f"expected default rule value term (e.g., default {name} := <VALUE>)"
    return f"expected rule value term (e.g., {name} := <VALUE> {{ ... }})"


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

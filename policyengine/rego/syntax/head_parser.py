"""The heads of rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Boolean, Head, Term, Var, new_head
from policyengine.rego.syntax.logical_parser import LogicalParser
from policyengine.rego.syntax.render import reference_text
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.term_parser import root_reference
from policyengine.rego.syntax.token_kinds import (
    ADD,
    AND,
    ASSIGN,
    ASSIGNMENTS,
    CONTAINS,
    DIVIDE,
    EQUAL,
    GREATER,
    GREATER_OR_EQUAL,
    IF,
    LESS,
    LESS_OR_EQUAL,
    MULTIPLY,
    NOT_EQUAL,
    OR,
    REF_STARTS,
    REMAINDER,
    SUBTRACT,
    WHITE_SPACE,
)
from policyengine.rego.syntax.visit import is_ground

# These cannot follow a rule's name without a space: the statement is no rule then.
_OPERATORS: Final = frozenset(
    {ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER, AND, OR}
    | {EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL}
)


class HeadParser(LogicalParser):
    """Reads the head of a rule."""

    def head(self, *, is_default: bool) -> Head | None:
        """Read a rule's name and what it is assigned, from a name on."""
        start = self.here()
        named = self._named()
        if named is None:
            return None
        name, ref, given = named
        args = given or ()
        key: Term | None = None
        value: Term | None = None
        assign = has_contains = False
        if self.kind == CONTAINS:
            has_contains = True
            key = self._contains_key(reference_text(ref), is_function=given is not None)
        elif self.kind in ASSIGNMENTS:
            assign = self.kind == ASSIGN
            self.advance()
            value = self.infix()
            if value is None:
                self.unexpected(_value_note(reference_text(ref), args, assign, is_default))
        location = self.extend(start)
        generated = value is None and not has_contains and (len(ref) != 2 or bool(args))
        if generated:
            value = Boolean(value=True, location=nowhere(location))
        return new_head(
            name=name,
            ref=ref,
            args=args,
            key=key,
            value=value,
            assign=assign,
            generated_value=generated,
            has_if=self.kind == IF and not is_default,
            has_contains=has_contains,
            location=location,
        )

    def _named(self) -> tuple[str, tuple[Term, ...], tuple[Term, ...] | None] | None:
        """Read (name, reference, arguments) of a head; no arguments are others than none at all."""
        term = self._name()
        if term is None:
            self.unexpected("expected rule head name")
            return None
        match term:
            case Var():
                return term.name, (term,), None
            case ast.Ref():
                return _head_name(term.terms), term.terms, None
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
        if self.kind in REF_STARTS:
            return self.reference(term, offset)
        return root_reference(term)

    def _contains_key(self, name: str, *, is_function: bool) -> Term | None:
        if is_function:
            self.unexpected(
                "the contains keyword can only be used with multi-value rule definitions "
                f"(e.g., {name} contains <VALUE> {{ ... }})"
            )
        self.advance()
        key = self.infix()
        if key is None:
            self.unexpected(f"expected rule key term (e.g., {name} contains <VALUE> {{ ... }})")
        return key

    def with_key(self, head: Head) -> Head | None:
        """Find what a head of two terms defines, which depends on ``if``."""
        if head.has_contains or len(head.ref) != 2:
            return head
        first, last = head.ref
        if head.has_if:
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


def nowhere(location: Location) -> Location:
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

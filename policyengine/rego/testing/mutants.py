"""Small faults put into rules, one at a time, which their tests should notice.

What only writes a message (the arguments of ``sprintf``, template strings, ``print``) is left as it
is, and so are the names in a reference: a fault there is no fault of what a rule decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

from policyengine.rego.compiler.core_terms import operator_name
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.formatting.operators import SIGNS
from policyengine.rego.syntax.source import Location
from policyengine.rego.testing.suite import find_tests


class Fault(Enum):
    """The kinds of faults."""

    COMPARISON = "comparison changed"
    ARITHMETIC = "arithmetic changed"
    CONSTANT = "constant changed"
    EXPRESSION = "expression dropped"
    NEGATION = "negation changed"
    ELEMENT = "element dropped"
    LOGIC = "and and or exchanged"
    ELSE = "else dropped"
    RULE = "rule dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One fault: ``before`` is the source at its place, ``after`` what stands there instead.

    ``rule_start`` and ``rule_end`` are the characters of the rule that it is in. ``in_arguments``:
    it changes for which arguments a function is evaluated at all.
    """

    file: str
    row: int
    col: int
    fault: Fault
    before: str
    after: str
    rule_start: int
    rule_end: int
    in_arguments: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    fault: Fault
    location: Location
    before: str
    after: str
    in_arguments: bool = False


_OTHERWISE: Final[Mapping[str, tuple[str, ...]]] = {
    "equal": ("neq",),
    "neq": ("equal",),
    "lt": ("gte", "lte"),
    "lte": ("gt", "lt"),
    "gt": ("lte", "gte"),
    "gte": ("lt", "gt"),
}
_ARITHMETIC: Final[Mapping[str, tuple[str, ...]]] = {
    "plus": ("minus",),
    "minus": ("plus",),
    "mul": ("div",),
    "div": ("mul",),
}
_TELLING: Final = frozenset({"sprintf", "print", "trace"})
_BINDING: Final = frozenset({"assign", "eq"})
_CHANGED: Final = "~"

_Changed = Iterator[tuple[Any, _Change]]


def mutants(modules: Mapping[str, ast.Module]) -> Iterator[tuple[ast.Module, Mutant]]:
    """Each mutant with the module that has it, by file and place. Modules with tests have none."""
    for file, module in sorted(modules.items()):
        if find_tests({file: module}):
            continue
        for index, rule in enumerate(module.rules):
            for changed, change in _of_rule(rule):
                whole = rule.location
                yield (
                    _with_rule(module, index, changed),
                    Mutant(
                        file=file,
                        row=change.location.row,
                        col=change.location.col,
                        fault=change.fault,
                        before=change.before,
                        after=change.after,
                        rule_start=whole.start,
                        rule_end=whole.end,
                        in_arguments=change.in_arguments,
                    ),
                )


def _with_rule(module: ast.Module, index: int, rule: ast.Rule | None) -> ast.Module:
    """``module`` with another rule at ``index``; None: without it, and what is written of it."""
    before, after = module.rules[:index], module.rules[index + 1 :]
    if rule is not None:
        return replace(module, rules=(*before, rule, *after))
    annotations = [
        replace(item, rule=item.rule - 1) if item.rule is not None and item.rule > index else item
        for item in module.annotations
        if item.rule != index
    ]
    return replace(module, rules=before + after, annotations=tuple(annotations))


def _of_rule(rule: ast.Rule) -> _Changed:
    yield None, _dropped(Fault.RULE, rule.location)
    yield from _of_branch(rule)


def _of_branch(rule: ast.Rule) -> _Changed:
    for head, change in _of_head(rule.head):
        yield replace(rule, head=head), change
    if not rule.generated_body:
        for body, change in _of_body(rule.body):
            yield replace(rule, body=body), change
    if rule.else_ is not None:
        yield replace(rule, else_=None), _dropped(Fault.ELSE, rule.else_.location)
        for branch, change in _of_branch(rule.else_):
            yield replace(rule, else_=branch), change


def _of_head(head: ast.Head) -> _Changed:
    for index, arg in enumerate(head.args):
        for term, change in _of_term(arg):
            args = (*head.args[:index], term, *head.args[index + 1 :])
            yield replace(head, args=args), replace(change, in_arguments=True)
    if head.value is not None and not head.generated_value:
        for term, change in _of_term(head.value):
            yield replace(head, value=term), change
    if head.key is not None and head.key is not head.ref[-1]:
        for term, change in _of_term(head.key):
            yield replace(head, key=term), change


def _of_body(body: ast.Body) -> _Changed:
    for index, expr in enumerate(body):
        if _can_go(expr):
            rest = (*body[:index], *body[index + 1 :]) or (_true(expr.location),)
            numbered = tuple(replace(item, index=number) for number, item in enumerate(rest))
            yield numbered, _dropped(Fault.EXPRESSION, expr.location)
        for changed, change in _of_expr(expr):
            yield (*body[:index], changed, *body[index + 1 :]), change


def _can_go(expr: ast.Expr) -> bool:
    terms = expr.terms
    if isinstance(terms, ast.SomeDecl):
        # A declaration alone decides nothing, and what it ranges over is needed.
        return False
    if isinstance(terms, ast.Boolean):
        return not terms.value
    return not (isinstance(terms, ast.Call) and operator_name(terms) in _TELLING)


def _true(location: Location) -> ast.Expr:
    return ast.Expr(terms=ast.Boolean(value=True, location=location), location=location)


def _of_expr(expr: ast.Expr) -> _Changed:
    terms = expr.terms
    if expr.negated:
        text = expr.location.text
        after = text.removeprefix("not").lstrip()
        change = _Change(fault=Fault.NEGATION, location=expr.location, before=text, after=after)
        yield replace(expr, negated=False), change
    elif isinstance(terms, ast.Ref | ast.Var) or (
        isinstance(terms, ast.Call)
        and operator_name(terms) not in {*_OTHERWISE, *_BINDING, *_TELLING}
    ):
        text = expr.location.text
        change = _Change(
            fault=Fault.NEGATION, location=expr.location, before=text, after=f"not {text}"
        )
        yield replace(expr, negated=True), change
    for changed, change in _of_statement(terms):
        yield replace(expr, terms=changed), change
    for index, modifier in enumerate(expr.with_):
        for value, change in _of_term(modifier.value):
            with_ = replace(modifier, value=value)
            yield (
                replace(expr, with_=(*expr.with_[:index], with_, *expr.with_[index + 1 :])),
                change,
            )


def _of_statement(terms: ast.Term | ast.Statement) -> _Changed:
    match terms:
        case ast.SomeDecl():
            for index, symbol in enumerate(terms.symbols):
                if isinstance(symbol, ast.Call):
                    for domain, change in _of_term(symbol.args[-1]):
                        call = replace(symbol, args=(*symbol.args[:-1], domain))
                        symbols = (*terms.symbols[:index], call, *terms.symbols[index + 1 :])
                        yield replace(terms, symbols=symbols), change
        case ast.Every():
            for domain, change in _of_term(terms.domain):
                yield replace(terms, domain=domain), change
            for body, change in _of_body(terms.body):
                yield replace(terms, body=body), change
        case ast.Not():
            for body, change in _of_body(terms.body):
                yield replace(terms, body=body), change
        case ast.LogicalAnd() | ast.LogicalOr():
            yield from _of_logic(terms)
        case _:
            yield from _of_term(terms)


def _of_logic(terms: ast.LogicalAnd | ast.LogicalOr) -> _Changed:
    is_and = isinstance(terms, ast.LogicalAnd)
    other = (ast.LogicalOr if is_and else ast.LogicalAnd)(
        left=terms.left,
        right=terms.right,
        explicit_left=terms.explicit_left,
        explicit_right=terms.explicit_right,
        location=terms.location,
    )
    words = ("and", "or") if is_and else ("or", "and")
    yield (
        other,
        _Change(fault=Fault.LOGIC, location=terms.location, before=words[0], after=words[1]),
    )
    for body, change in _of_body(terms.left):
        yield replace(terms, left=body), change
    for body, change in _of_body(terms.right):
        yield replace(terms, right=body), change


def _of_term(term: ast.Term) -> _Changed:
    match term:
        case ast.Number() | ast.Boolean() | ast.String() | ast.Null():
            yield from _of_constant(term)
        case ast.Ref():
            yield from _of_reference(term)
        case ast.Call():
            yield from _of_call(term)
        case ast.Array() | ast.Set():
            for index, item in enumerate(term.items):
                rest = (*term.items[:index], *term.items[index + 1 :])
                yield replace(term, items=rest), _dropped(Fault.ELEMENT, item.location)
                for changed, change in _of_term(item):
                    items = (*term.items[:index], changed, *term.items[index + 1 :])
                    yield replace(term, items=items), change
        case ast.Object():
            for index, (key, value) in enumerate(term.items):
                pairs = (*term.items[:index], *term.items[index + 1 :])
                yield replace(term, items=pairs), _dropped(Fault.ELEMENT, key.location)
                for changed, change in _of_term(value):
                    pairs = (*term.items[:index], (key, changed), *term.items[index + 1 :])
                    yield replace(term, items=pairs), change
        case ast.ArrayComprehension() | ast.SetComprehension():
            for inner, change in _of_term(term.term):
                yield replace(term, term=inner), change
            for body, change in _of_body(term.body):
                yield replace(term, body=body), change
        case ast.ObjectComprehension():
            for inner, change in _of_term(term.value):
                yield replace(term, value=inner), change
            for body, change in _of_body(term.body):
                yield replace(term, body=body), change


def _of_constant(term: ast.Number | ast.Boolean | ast.String | ast.Null) -> _Changed:
    changed: ast.Term
    match term:
        case ast.Boolean():
            changed = replace(term, value=not term.value)
            after = "false" if term.value else "true"
        case ast.Number():
            try:
                after = str(int(term.text) + 1)
            except ValueError:
                after = "0" if float(term.text) else "1"
            changed = replace(term, text=after)
        case ast.String():
            changed = replace(term, value=term.value + _CHANGED)
            after = f'"{term.value}{_CHANGED}"'
        case _:
            changed, after = ast.Boolean(value=False, location=term.location), "false"
    before = term.location.text
    yield changed, _Change(fault=Fault.CONSTANT, location=term.location, before=before, after=after)


def _of_reference(ref: ast.Ref) -> _Changed:
    for index, term in enumerate(ref.terms):
        if isinstance(term, ast.String | ast.Var):
            continue
        for changed, change in _of_term(term):
            yield replace(ref, terms=(*ref.terms[:index], changed, *ref.terms[index + 1 :])), change


def _of_call(call: ast.Call) -> _Changed:
    name = operator_name(call)
    if name in _TELLING:
        return
    for kind, others in ((Fault.COMPARISON, _OTHERWISE), (Fault.ARITHMETIC, _ARITHMETIC)):
        for other in others.get(name, ()):
            place = call.operator.location
            head = ast.Var(name=other, location=place)
            change = _Change(
                fault=kind, location=call.location, before=SIGNS[name], after=SIGNS[other]
            )
            yield replace(call, operator=replace(call.operator, terms=(head,))), change
    for index, arg in enumerate(call.args):
        if index == 0 and name == "assign":
            continue
        for changed, change in _of_term(arg):
            yield replace(call, args=(*call.args[:index], changed, *call.args[index + 1 :])), change


def _dropped(fault: Fault, location: Location) -> _Change:
    return _Change(fault=fault, location=location, before=location.text, after="")

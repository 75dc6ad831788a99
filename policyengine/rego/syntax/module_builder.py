"""Statements to a module: bodies alone become rules, and the version's demands are checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from policyengine.errors import RegoFinding
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import (
    Body,
    Boolean,
    Call,
    Expr,
    Head,
    Import,
    Package,
    Ref,
    RegoVersion,
    Rule,
    String,
    Term,
    Var,
)
from policyengine.rego.syntax.builtin_names import BUILTIN_NAMES
from policyengine.rego.syntax.cursor import PARSE_ERROR, is_keyword
from policyengine.rego.syntax.render import dotted_name, reference_text, value_name
from policyengine.rego.syntax.rule_parser import implicit_body
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.statement_parser import Statement
from policyengine.rego.syntax.visit import is_call_of

# Words that a v0 rule without the import reads as names, and what they are for.
_HEAD_KEYWORDS: Final = {"if": "p if { ... }", "contains": "p contains x"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """The parts of a module, annotations aside."""

    package: Package | None
    imports: tuple[Import, ...]
    rules: tuple[Rule, ...]
    features: RegoVersion
    errors: tuple[RegoFinding, ...]


class _NoRuleError(Exception):
    """A body that is no rule; the message is OPA's."""


def assemble(statements: list[Statement], version: RegoVersion) -> Assembled:
    """Sort statements into package, imports and rules, and check them as a module.

    ``statements`` has at least one.
    """
    errors: list[RegoFinding] = []
    imports: list[Import] = []
    rules: list[Rule] = []
    features = version
    first, *others = statements
    package = first if isinstance(first, Package) else None
    if package is None:
        errors.append(finding(_location(first), "package expected"))
    for index, statement in enumerate(others, start=1):
        match statement:
            case Import():
                imports.append(statement)
                features = max(features, _raised_to(statement))
            case Rule():
                rules.append(statement)
            case Package():
                errors.append(finding(statement.location, "unexpected package"))
            case _:
                try:
                    rules.append(replace(rule_from_body(statement), generated_body=True))
                except _NoRuleError as problem:
                    message = str(problem)
                    if features == "v0":
                        following = statements[index + 1 : index + 2]
                        message += _missing_keyword(statement, following)
                    errors.append(finding(statement[0].location, message))
    if features != "v0":
        for rule in rules:
            branch: Rule | None = rule
            while branch is not None:
                errors += _check_v1(branch)
                branch = branch.else_
    return Assembled(
        package=package,
        imports=tuple(imports),
        rules=tuple(rules),
        features=features,
        errors=tuple(errors),
    )


def finding(location: Location, message: str) -> RegoFinding:
    row, col = location.source.position(location.offset)
    return RegoFinding(
        code=PARSE_ERROR,
        message=message,
        file=location.source.file,
        row=row,
        col=col,
        line=location.source.line(row),
    )


def _location(statement: Statement) -> Location:
    return statement[0].location if isinstance(statement, tuple) else statement.location


def _raised_to(statement: Import) -> RegoVersion:
    match statement.path.terms:
        case (Var(name="rego"), String(value="v1")):
            return "v1"
        case (Var(name="rego"), String(value="v2")):
            return "v2"
        case _:
            return "v0"


# ---- rules from bodies ----------------------------------------------------------------------


def rule_from_body(body: Body) -> Rule:
    """The rule that a body standing alone declares: ``p := 1``, ``p[1]``, ``f(1)``.

    Raises ``_NoRuleError``.
    """
    if len(body) != 1:
        raise _NoRuleError("multiple expressions cannot be used for rule head")
    expr = body[0]
    if expr.with_:
        raise _NoRuleError("expressions using with keyword cannot be used for rule head")
    if expr.negated:
        raise _NoRuleError("negated expressions cannot be used for rule head")
    terms = expr.terms
    match terms:
        case ast.SomeDecl():
            raise _NoRuleError("'some' declarations cannot be used for rule head")
        case ast.Every() | ast.Not() | ast.LogicalAnd() | ast.LogicalOr():
            raise _NoRuleError("expression cannot be used for rule head")
        case Ref():
            return _from_reference(terms)
        case Call():
            return _from_call(terms, expr)
        case _:
            raise _NoRuleError(f"{value_name(terms)} cannot be used for rule name")


def _from_reference(ref: Ref) -> Rule:
    if len(ref.terms) == 1:
        raise _NoRuleError("refs cannot be used for rule head")
    first = _head_variable(ref)
    if len(ref.terms) > 2:
        value = Boolean(value=True, location=ref.location)
        head = _head(ref.terms, location=ref.location, value=value, generated_value=True)
    else:
        head = _head((first,), location=ref.location, name=first.name, key=ref.terms[1])
    return _rule(head, ref.location, ref.location)


def _from_call(call: Call, expr: Expr) -> Rule:
    is_assignment = is_call_of(call, "assign")
    if is_assignment or is_call_of(call, "eq"):
        if len(call.args) < 2:
            raise _NoRuleError("assignment requires two operands")
        left, right = call.args[:2]
        rule = _from_equation(left, right)
        head = replace(rule.head, location=expr.location, assign=is_assignment)
        return replace(rule, head=head, location=expr.location)
    if dotted_name(call.operator) in BUILTIN_NAMES:
        raise _NoRuleError("rule name conflicts with built-in function")
    if not call.args:
        raise _NoRuleError("rule argument list must take at least one argument")
    ref = call.operator
    _head_variable(ref)
    value = Boolean(value=True, location=ref.location)
    head = _head(ref.terms, location=ref.location, args=call.args, value=value)
    return _rule(head, ref.location, ref.location)


def _from_equation(left: Term, right: Term) -> Rule:
    """The rule behind ``left = right``, whichever of the three forms ``left`` has."""
    if isinstance(left, Call) and isinstance(left.operator.terms[0], Var):
        head = _head(left.operator.terms, location=left.location, args=left.args, value=right)
        return _rule(head, left.location, right.location)
    if isinstance(left, Ref) and isinstance(left.terms[0], Var):
        steps = left.terms[1:]
        key = steps[0] if len(steps) == 1 else None
        name = left.terms[0].name if len(steps) <= 1 else ""
        head = _head(left.terms, location=right.location, name=name, key=key, value=right)
        return _rule(head, right.location, right.location)
    if isinstance(left, Ref):
        raise _NoRuleError(f"invalid rule head: {reference_text(left.terms)}")
    if not isinstance(left, Var):
        raise _NoRuleError(f"{value_name(left)} cannot be used for rule name")
    head = _head((left,), location=left.location, name=left.name, value=right)
    return _rule(head, left.location, right.location)


def _head_variable(ref: Ref) -> Var:
    first = ref.terms[0]
    if not isinstance(first, Var):
        raise _NoRuleError(f"invalid rule head: {reference_text(ref.terms)}")
    return first


def _head(
    ref: tuple[Term, ...],
    *,
    location: Location,
    name: str | None = None,
    args: tuple[Term, ...] = (),
    key: Term | None = None,
    value: Term | None = None,
    generated_value: bool = False,
) -> Head:
    first = ref[0]
    if name is None:
        name = first.name if len(ref) == 1 and isinstance(first, Var) else ""
    return Head(
        name=name,
        ref=ref,
        args=args,
        key=key,
        value=value,
        assign=False,
        generated_value=generated_value,
        has_if=False,
        has_contains=False,
        location=location,
    )


def _rule(head: Head, location: Location, body_location: Location) -> Rule:
    return Rule(
        head=head,
        body=implicit_body(body_location),
        else_=None,
        default=False,
        generated_body=False,
        location=location,
    )


# ---- checks ---------------------------------------------------------------------------------


def _missing_keyword(body: Body, following: list[Statement]) -> str:
    """A hint, if a statement was misread around ``if`` or ``contains`` that is not imported."""
    keyword = _head_keyword(body)
    if keyword is None and following:
        row = _location(following[0]).row
        if row == body[0].location.row:
            keyword = _head_keyword(following[0])
    if keyword is None:
        return ""
    example = _HEAD_KEYWORDS[keyword]
    return f" (hint: `import future.keywords.{keyword}` for `{example}` rules)"


def _head_keyword(statement: Statement) -> str | None:
    name = ""
    if isinstance(statement, Rule):
        name = statement.head.name
    elif isinstance(statement, tuple) and len(statement) == 1:
        terms = statement[0].terms
        name = terms.name if isinstance(terms, Var) else ""
    return name if name in _HEAD_KEYWORDS else None


def _check_v1(rule: Rule) -> list[RegoFinding]:
    """What v1 demands of a rule beyond its grammar."""
    head = rule.head
    kind = "function" if head.args else "rule"
    messages = []
    if len(head.ref) < 2 and is_keyword(head.name, "v1"):
        messages.append(f"{head.name} keyword cannot be used for rule name")
    if rule.generated_body and head.generated_value:
        messages.append(f"{kind} must have value assignment and/or body declaration")
    if not rule.generated_body and not head.has_if and not rule.default:
        messages.append(f"`if` keyword is required before {kind} body")
    if head.value is None and not head.has_contains:
        messages.append("`contains` keyword is required for partial set rules")
    return [finding(rule.location, message) for message in messages]

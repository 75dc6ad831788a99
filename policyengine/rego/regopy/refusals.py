"""What regopy gets wrong without saying so, found in the modules before they are evaluated.

Each refusal was measured on regopy 1.5.2 against OPA 1.22.2: the library answers with undefined,
which a rule cannot tell from "does not apply", or with another value. ``docs/engines.md`` has the
table. What the library itself rejects is not listed here: that is an error already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policyengine.errors import RegoFinding
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.visit import walk

_OPERATORS = frozenset(
    {
        "plus",
        "minus",
        "mul",
        "div",
        "rem",
        "and",
        "or",
        "eq",
        "equal",
        "neq",
        "lt",
        "lte",
        "gt",
        "gte",
        "assign",
        "internal.member_2",
        "internal.member_3",
        "internal.print",
    }
)
_WRONG: Mapping[str, str] = {
    "time.now_ns": "reads the real clock there",
    "time.parse_rfc3339_ns": "is undefined there",
    "time.parse_ns": "is undefined there",
    "time.parse_duration_ns": "is undefined there",
    "net.cidr_contains": "is undefined there",
    "strings.replace_patterns": "crashes there",
    "upper": "breaks escaped characters there",
    "indexof": "counts escaped characters as several there",
    "substring": "counts escaped characters as several there",
    "http.send": "reaches outside of the evaluation",
    "opa.runtime": "reaches outside of the evaluation",
    "net.lookup_ip_addr": "reaches outside of the evaluation",
    "rand.intn": "gives another answer each time",
    "uuid.rfc4122": "gives another answer each time",
}
_VERBS = frozenset("sv%")


def refusals(trees: Mapping[str, ast.Module]) -> tuple[RegoFinding, ...]:
    """Return what in the modules (path to syntax tree) this engine must not be trusted with."""
    found: list[RegoFinding] = []
    for tree in trees.values():
        if tree.rego_version != "v1":
            text = f"is in Rego {tree.rego_version}, and this engine is held to v1 alone"
            found.append(_finding(tree.package.location, text))
            continue
        for rule in tree.rules:
            found.extend(_in_rule(rule))
            found.extend(_unbound(rule, _known_names(trees, tree)))
    return tuple(sorted(found, key=lambda item: (item.file, item.row, item.col)))


def builtins_called(trees: Mapping[str, ast.Module]) -> tuple[str, ...]:
    """Return the names of all functions that the modules call and do not define."""
    names = set()
    for tree in trees.values():
        known = _known_names(trees, tree)
        for rule in tree.rules:
            for node in walk(rule):
                if isinstance(node, ast.Call):
                    name = _name(node.operator)
                    if name.partition(".")[0] not in known and name not in _OPERATORS:
                        names.add(name)
    return tuple(sorted(names))


def has_inline_flags(value: Any) -> bool:
    """Say whether some string in ``value`` has a group with flags, ``(?i)``: as a regular
    expression it matches nothing there."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str) and "(?" in item:
            return True
        if isinstance(item, Mapping):
            pending.extend(item.values())
        elif isinstance(item, list | tuple):
            pending.extend(item)
    return False


def _in_rule(rule: ast.Rule) -> Iterator[RegoFinding]:
    for other in _branches(rule):
        head = other.head
        if any(not isinstance(term, ast.Var) for term in head.ref[:1]) or len(head.ref) > 2:
            yield _finding(head.location, "a rule head of several parts is undefined in regopy")
    for node in walk(rule):
        if isinstance(node, ast.With):
            yield _finding(node.location, "'with' is not evaluated by regopy")
        elif isinstance(node, ast.Expr) and node.negated and _may_be_undefined(node.terms):
            yield _finding(
                node.location,
                "'not' over a call whose argument may be undefined holds there, and not in OPA: "
                "give the condition a rule of its own",
            )
        elif isinstance(node, ast.Call):
            yield from _in_call(node)


def _may_be_undefined(term: object) -> bool:
    """Say whether a call has an argument that is read from ``input`` or from a value."""
    if not isinstance(term, ast.Call):
        return False
    for argument in term.args:
        for node in walk(argument):
            if isinstance(node, ast.Ref):
                head = node.terms[0]
                if not (isinstance(head, ast.Var) and head.name == "data"):
                    return True
    return False


def _in_call(call: ast.Call) -> Iterator[RegoFinding]:
    name = _name(call.operator)
    if name in _WRONG:
        yield _finding(call.location, f"{name} {_WRONG[name]}")
    if name == "sprintf" and call.args:
        form = call.args[0]
        if not isinstance(form, ast.String):
            yield _finding(call.location, "sprintf with a format that is not constant")
        elif any(part[:1] not in _VERBS for part in _verbs(form.value)):
            yield _finding(call.location, "sprintf with another verb than %s and %v is wrong there")
    if name.startswith("regex."):
        for argument in call.args:
            if isinstance(argument, ast.String) and "(?" in argument.value:
                yield _finding(
                    argument.location, "a regular expression with (?...) matches nothing there"
                )


def _verbs(form: str) -> list[str]:
    return form.replace("%%", "").split("%")[1:]


def _unbound(rule: ast.Rule, known: frozenset[str]) -> Iterator[RegoFinding]:
    """Find variables that nothing in the rule could bind: regopy takes them for undefined.

    Scopes are not told apart, so a variable that is bound in one comprehension and used in
    another is not found. Every variable that is reported is an error by OPA too.
    """
    bound: set[str] = set(known)
    used: list[ast.Var] = []
    for node in walk(rule):
        match node:
            case ast.Call():
                name = _name(node.operator)
                if name in {"assign", "eq"}:
                    for side in node.args:
                        bound.update(_pattern_names(side))
                elif name.startswith("internal.member_"):
                    for side in node.args[:-1]:
                        bound.update(_pattern_names(side))
                elif len(node.args) > 1:
                    # The last argument may be the function's result.
                    bound.update(_pattern_names(node.args[-1]))
                used.extend(side for side in node.args if isinstance(side, ast.Var))
            case ast.Ref():
                bound.update(_names(node.terms[1:]))
                used.extend(term for term in node.terms[:1] if isinstance(term, ast.Var))
            case ast.SomeDecl():
                bound.update(_names(node.symbols))
            case ast.Every():
                bound.update(_names([node.value, *([node.key] if node.key else [])]))
            case ast.Head():
                for argument in node.args:
                    bound.update(_pattern_names(argument))
                bound.add(node.name)
            case ast.Expr():
                if isinstance(node.terms, ast.Var):
                    used.append(node.terms)
            case _:
                pass
    calls = {
        id(term)
        for node in walk(rule)
        if isinstance(node, ast.Call)
        for term in node.operator.terms
    }
    heads = {id(term) for branch in _branches(rule) for term in branch.head.ref}
    for variable in used:
        if (
            variable.name not in bound
            and not variable.is_wildcard
            and id(variable) not in calls | heads
        ):
            yield RegoFinding(
                code="rego_unsafe_var_error",
                message=f"var {variable.name} is unsafe",
                file=variable.location.file,
                row=variable.location.row,
                col=variable.location.col,
                line=variable.location.source.line(variable.location.row),
            )


def _pattern_names(term: ast.Term) -> set[str]:
    return {node.name for node in walk(term) if isinstance(node, ast.Var)}


def _names(terms: Any) -> set[str]:
    return {term.name for term in terms if isinstance(term, ast.Var)}


def _known_names(trees: Mapping[str, ast.Module], tree: ast.Module) -> frozenset[str]:
    """Return what a name in ``tree`` may mean without being bound: rules of its package in any
    module, imports, ``input`` and ``data``."""
    names = {"input", "data"}
    package = _path(tree.package.path)
    for other in trees.values():
        if _path(other.package.path) == package:
            names.update(
                rule.head.ref[0].name
                for rule in other.rules
                if rule.head.ref and isinstance(rule.head.ref[0], ast.Var)
            )
    for imported in tree.imports:
        path = _path(imported.path)
        names.add(imported.alias or path[-1])
    return frozenset(names)


def _path(path: ast.Ref) -> tuple[str, ...]:
    return tuple(
        term.value if isinstance(term, ast.String) else getattr(term, "name", "")
        for term in path.terms
    )


def _branches(rule: ast.Rule) -> Iterator[ast.Rule]:
    branch: ast.Rule | None = rule
    while branch is not None:
        yield branch
        branch = branch.else_


def _name(operator: ast.Ref) -> str:
    return ".".join(_path(operator))


def _finding(location: Location, message: str) -> RegoFinding:
    return RegoFinding(
        code="engine_refuses",
        message=f"{message}; this engine would decide wrongly without saying so",
        file=location.file,
        row=location.row,
        col=location.col,
        line=location.source.line(location.row),
    )

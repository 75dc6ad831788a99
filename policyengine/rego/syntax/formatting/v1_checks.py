"""What OPA refuses to format for v1, beyond what does not parse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policyengine.errors import RegoFinding
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Module, Term, Var
from policyengine.rego.syntax.builtin_names import DEPRECATED_BUILTINS
from policyengine.rego.syntax.cursor import PARSE_ERROR, is_keyword
from policyengine.rego.syntax.render import dotted_name, reference_text
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.visit import is_call_of, walk

_COMPILE_ERROR: Final = "rego_compile_error"
_TYPE_ERROR: Final = "rego_type_error"
_ROOTS: Final = frozenset({"input", "data"})


def v1_problems(module: Module) -> tuple[RegoFinding, ...]:
    """What keeps a module from being v1 once its heads are written in the newer way.

    Imports that hide one another, documents' names for rules, arguments and variables, deprecated
    builtins, and keywords as names of rules; in order of position.
    """
    found = [
        *_hidden_imports(module),
        *_shadowed_documents(module),
        *_deprecated_calls(module),
        *_keyword_names(module),
    ]
    return tuple(sorted(found, key=lambda problem: (problem.row, problem.col)))


def _hidden_imports(module: Module) -> Iterator[RegoFinding]:
    first: dict[str, ast.Import] = {}
    for item in module.imports:
        last = item.path.terms[-1]
        own = last.value if isinstance(last, ast.String) else ""
        own = last.name if isinstance(last, Var) else own
        other = first.setdefault(item.alias or own, item)
        if other is not item:
            text = f"import {reference_text(other.path.terms)}"
            text += f" as {other.alias}" if other.alias else ""
            yield _problem(item.location, _COMPILE_ERROR, f"import must not shadow {text}")


def _shadowed_documents(module: Module) -> Iterator[RegoFinding]:
    for rule in module.rules:
        name = rule.head.ref[0]
        if _is_document(name):
            text = f"rules must not shadow {_name(name)} (use a different rule name)"
            yield _problem(rule.location, _COMPILE_ERROR, text)
        for arg in rule.head.args:
            if isinstance(arg, ast.Ref) and _is_document(arg):
                text = f"args must not shadow {_name(arg)} (use a different variable name)"
                yield _problem(arg.location, _COMPILE_ERROR, text)
    for node in walk(module):
        if isinstance(node, ast.Expr) and is_call_of(node.terms, "assign"):
            assert isinstance(node.terms, ast.Call)
            target = node.terms.args[0] if node.terms.args else None
            if target is not None and _is_document(target):
                text = f"variables must not shadow {_name(target)} (use a different variable name)"
                yield _problem(node.location, _COMPILE_ERROR, text)


def _deprecated_calls(module: Module) -> Iterator[RegoFinding]:
    for node in walk(module):
        if isinstance(node, ast.Call):
            name = dotted_name(node.operator)
            if name in DEPRECATED_BUILTINS:
                text = f"deprecated built-in function calls in expression: {name}"
                yield _problem(node.location, _TYPE_ERROR, text)


def _keyword_names(module: Module) -> Iterator[RegoFinding]:
    for rule in module.rules:
        if len(rule.head.ref) < 2 and is_keyword(rule.head.name, "v1"):
            text = f"{rule.head.name} keyword cannot be used for rule name"
            yield _problem(rule.location, PARSE_ERROR, text)


def _is_document(term: Term) -> bool:
    if isinstance(term, ast.Ref) and len(term.terms) == 1:
        term = term.terms[0]
    return isinstance(term, Var) and term.name in _ROOTS


def _name(term: Term) -> str:
    return term.name if isinstance(term, Var) else term.location.text


def _problem(location: Location, code: str, message: str) -> RegoFinding:
    row, col = location.source.position(location.offset)
    return RegoFinding(
        code=code,
        message=message,
        file=location.file,
        row=row,
        col=col,
        line=location.source.line(row),
    )

"""Names that are given and never used: variables, arguments and imports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from policyengine.errors import RegoFinding
from policyengine.rego.compiler import scope
from policyengine.rego.compiler.findings import COMPILE_ERROR, finding_at
from policyengine.rego.compiler.names import import_name
from policyengine.rego.compiler.scope import Scope
from policyengine.rego.compiler.strict_checks import import_text
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.visit import children, walk


class Unused:
    """What is unused in one rule and its ``else`` branches.

    OPA tells of one body of a rule, that which ends first, and of each comprehension in its head.
    What is assigned and not used is told of where it is ``strict``, as unused arguments are.
    """

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self._variables: list[scope.Unused] = []
        self._arguments: set[str] | None = None
        self._in_body: list[scope.Unused] = []

    def end_body(self, names: Scope) -> None:
        """The body was read, but not the head."""
        self._in_body, names.unused = names.unused, []

    def end_rule(self, names: Scope) -> None:
        """Body and head were read."""
        self._variables += names.unused
        names.unused = self._in_body
        names.close()
        self._variables += names.unused
        arguments = names.unused_arguments()
        self._arguments = arguments if self._arguments is None else self._arguments & arguments

    def findings(self, rule: ast.Rule) -> Iterator[RegoFinding]:
        for variable in self._variables:
            name = "_" if variable.name.startswith("$") else variable.name
            text = f"{variable.how} var {name} unused"
            yield finding_at(variable.location, COMPILE_ERROR, text)
        if self.strict:
            for name in sorted({*(self._arguments or ()), *_unused_in_computed(rule)}):
                text = f"unused argument {name}. (hint: use _ (wildcard variable) instead)"
                yield finding_at(rule.head.location, COMPILE_ERROR, text)


def _unused_in_computed(rule: ast.Rule) -> set[str]:
    """The names in arguments that are no patterns, which nothing else uses.

    OPA takes all names there for arguments, also of functions. One in a call, a template string or
    a comprehension is none for its body: it counts as used where the body has it twice.
    """
    needed: dict[str, int] = {}
    plain: set[str] = set()
    pending: list[ast.Node] = [*rule.head.args]
    while pending:
        node = pending.pop()
        match node:
            case ast.Var():
                plain.add(node.name)
            case ast.Array() | ast.Set() | ast.Object():
                pending += children(node)
            case _:
                uses = 1 if isinstance(node, ast.Ref) else 2
                for name in _names(node):
                    needed[name] = min(uses, needed.get(name, uses))
    if not needed:
        return set()
    in_values: set[str] = set()
    in_bodies: Counter[str] = Counter()
    branch: ast.Rule | None = rule
    while branch is not None:
        for term in (branch.head.value, branch.head.key):
            in_values.update(() if term is None else _names(term))
        in_bodies.update(name for expr in branch.body for name in _names(expr))
        branch = branch.else_
    return {
        name
        for name, uses in needed.items()
        if name not in plain and name not in in_values and in_bodies[name] < uses
    }


def _names(node: ast.Node) -> Iterator[str]:
    for part in walk(node):
        if isinstance(part, ast.Var) and not part.is_wildcard:
            yield part.name


def unused_imports(module: ast.Module, used: set[str]) -> Iterator[RegoFinding]:
    """The imports of data and input whose names are not among those ``used``."""
    for item in module.imports:
        head = item.path.terms[0]
        is_language = isinstance(head, ast.Var) and head.name in {"future", "rego"}
        if not is_language and import_name(item) not in used:
            text = f"{import_text(item)} unused"
            yield finding_at(item.location, COMPILE_ERROR, text)


def shadowing_arguments(rule: ast.Rule) -> Iterator[RegoFinding]:
    """An argument named as a document: the first one."""
    for arg in rule.head.args:
        name = _root(arg)
        if name is not None:
            text = f"args must not shadow {name} (use a different variable name)"
            yield finding_at(rule.location, COMPILE_ERROR, text)
            return


def _root(term: ast.Term) -> str | None:
    match term:
        case ast.Ref(terms=(ast.Var(name="input" | "data" as name),)):
            return name
        case ast.Array():
            found = [_root(item) for item in term.items]
        case ast.Object():
            found = [_root(part) for pair in term.items for part in pair]
        case _:
            return None
    return next((name for name in found if name is not None), None)

"""What names mean in each module, and its rules as clauses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from policyengine.rego.compiler import core
from policyengine.rego.compiler.core import Clause, Path
from policyengine.rego.compiler.empty_bodies import drop_empty_body
from policyengine.rego.compiler.environment import Environment
from policyengine.rego.compiler.lower import Lowering
from policyengine.rego.compiler.names import declared_names
from policyengine.rego.compiler.stages import Findings, Stage
from policyengine.rego.compiler.strict_checks import is_strict
from policyengine.rego.compiler.undeclared import undeclared_in_prints, undeclared_in_templates
from policyengine.rego.compiler.unused import Unused, shadowing_arguments, unused_imports
from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.runtime.values import Value
from policyengine.rego.syntax import ast


def package_path(module: ast.Module) -> Path:
    """The package's path below ``data``."""
    return tuple(t.value for t in module.package.path.terms[1:] if isinstance(t, ast.String))


def builtin_arity(name: str) -> int | None:
    """How many arguments a builtin takes; -1 for any number; None if there is no such builtin."""
    builtin = BUILTINS.get(name)
    if builtin is None:
        return -1 if name in {"print", "internal.print"} else None
    return -1 if builtin.signature.variadic is not None else len(builtin.signature.args)


class Names:
    """The names of all rules of all modules."""

    def __init__(self, modules: Iterable[ast.Module]) -> None:
        self._exports: dict[Path, set[str]] = {}
        self._arities: dict[Path, int] = {}
        self._rules: set[Path] = set()
        self.packages: list[Path] = []
        for module in modules:
            package = package_path(module)
            self.packages.append(package)
            names = self._exports.setdefault(package, set())
            for rule in module.rules:
                head = rule.head
                names.add(_head_name(head))
                path, _ = head_path(package, head)
                self._rules.add(path)
                if head.args:
                    self._arities[path] = len(head.args)

    def arity(self, path: Path) -> int | None:
        return self._arities.get(path)

    def is_function(self, path: Path) -> bool:
        return path in self._arities

    def has_rules(self, path: Path) -> bool:
        """Whether there is a rule at just this path."""
        return path in self._rules

    def functions(self, names: Mapping[str, tuple[str, ...]]) -> list[str]:
        """What can be called in a module with these global ``names``, as it is spelt there."""
        found = [*BUILTINS]
        for name, (root, *steps) in names.items():
            path = tuple(steps)
            found += [
                ".".join([name, *function[len(path) :]])
                for function in (self._arities if root == "data" else ())
                if function[: len(path)] == path
            ]
        return found

    def globals(self, package: Path, imports: Iterable[ast.Import]) -> dict[str, tuple[str, ...]]:
        """What each global name of a module refers to."""
        found = {name: ("data", *package, name) for name in self._exports.get(package, ())}
        for item in imports:
            terms = item.path.terms
            head = terms[0]
            if not isinstance(head, ast.Var) or head.name not in {"input", "data"}:
                continue
            path = (head.name, *[t.value for t in terms[1:] if isinstance(t, ast.String)])
            found[item.alias or path[-1]] = path
        return found


def _head_name(head: ast.Head) -> str:
    first = head.ref[0]
    return first.name if isinstance(first, ast.Var) else ""


def head_path(package: Path, head: ast.Head) -> tuple[Path, tuple[ast.Term, ...]]:
    """The strings that a rule's reference starts with, and the terms behind them."""
    path = [*package, _head_name(head)]
    for index, term in enumerate(head.ref[1:], start=1):
        if not isinstance(term, ast.String):
            return tuple(path), head.ref[index:]
        path.append(term.value)
    return tuple(path), ()


def environment(
    names: Names,
    package: Path,
    imports: Iterable[ast.Import],
    metadata: Callable[[ast.Rule, str], Value | None],
    findings: Findings,
    *,
    strict: bool = False,
) -> Environment:
    known = names.globals(package, imports)
    return Environment(
        globals=known,
        function_names=partial(names.functions, known),
        has_rules=names.has_rules,
        strict=strict,
        is_function=names.is_function,
        builtin_arity=builtin_arity,
        rule_arity=names.arity,
        metadata=metadata,
        findings=findings,
    )


def lower_modules(
    modules: Mapping[str, ast.Module],
    names: Names,
    metadata: Callable[[ast.Rule, str], Value | None],
    findings: Findings,
    *,
    strict: bool = False,
) -> list[Clause]:
    """All rules of all modules as clauses."""
    clauses: list[Clause] = []
    for module in modules.values():
        package = package_path(module)
        held = is_strict(module, strict=strict)
        env = environment(names, package, module.imports, metadata, findings, strict=held)
        for rule in module.rules:
            findings.add(Stage.REFERENCES, shadowing_arguments(rule))
            unused = Unused(strict=strict)
            clauses.append(_clause(env, module, rule, rule, unused))
            findings.add(Stage.UNUSED_LOCALS, unused.findings(rule))
        if strict:
            findings.add(Stage.UNUSED_IMPORTS, unused_imports(module, env.used))
    return clauses


def _clause(
    env: Environment, module: ast.Module, rule: ast.Rule, first: ast.Rule, unused: Unused
) -> Clause:
    package = package_path(module)
    head = rule.head
    lowering = Lowering(env, rule, strict=unused.strict)
    lowering.scope.expect(declared_names(rule.body))
    args = tuple([lowering.argument(arg) for arg in (head.args or first.head.args)])
    body = list(lowering.body(rule.body))
    last = rule.body[-1]
    needed: list[core.Statement] = []
    lowering.computed_arguments(needed, last)
    unused.end_body(lowering.scope)
    lowering.enter_head()
    path, rest = head_path(package, first.head)
    suffix = tuple([lowering.head_operand(term, needed, last) for term in rest])
    key = value = None
    if head.value is not None:
        value = lowering.head_operand(head.value, needed, last)
    elif head.key is not None:
        key = lowering.head_operand(head.key, needed, last)
    lowering.refuse_hidden_builtins()
    unused.end_rule(lowering.scope)
    drop_empty_body(rule.body, body, needed, suffix)
    branches: list[Clause] = []
    further = rule.else_
    while further is not None and rule is first:
        branches.append(_clause(env, module, further, first, unused))
        further = further.else_
    made = core.new_clause(
        path=path,
        suffix=suffix,
        args=args,
        is_function=bool(first.head.args),
        is_default=rule.default,
        key=key,
        value=value,
        body=(*body, *needed),
        branches=tuple(branches),
        location=head.location,
        rule=rule,
        module=module,
    )
    if lowering.shows:
        env.findings.add(Stage.TEMPLATES, undeclared_in_templates(made))
        env.findings.add(Stage.PRINTS, undeclared_in_prints(made))
    return made

"""Statements of the core as OPA's trace writes them.

Variables that the compiler made are ``__local0__``, ``__local1__`` and so on, and ``_`` those that
have no name.
"""

from __future__ import annotations

import re
from typing import Final

from policyengine.rego.compiler import core
from policyengine.rego.compiler.core import Path, Variable
from policyengine.rego.runtime.printing import to_text
from policyengine.rego.runtime.values import Value
from policyengine.rego.syntax.cursor import is_keyword

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class CoreTexts:
    """Texts with one numbering of the variables that have no name."""

    def __init__(self) -> None:
        self._locals: dict[Variable, str] = {}
        self._keys: dict[core.Universal, Variable] = {}

    def variable(self, variable: Variable) -> str:
        if variable.is_wildcard:
            return "_"
        if variable.name:
            return variable.name
        return self._locals.setdefault(variable, f"__local{len(self._locals)}__")

    def body(self, body: core.Body) -> str:
        return "; ".join([self.statement(statement) for statement in body])

    def statement(self, statement: core.Statement) -> str:
        text = self._action(statement.action)
        if statement.negated:
            text = f"not {text}"
        return text + "".join([f" with {self._replacement(r)}" for r in statement.replacements])

    def _action(self, action: core.Action) -> str:
        match action:
            case core.Equation():
                a, b = self.term(action.a), self.term(action.b)
                return f"{b} = {a}" if a == "_" else f"{a} = {b}"
            case core.Test():
                return self.term(action.term)
            case core.Call():
                args = [*action.args, *(() if action.output is None else (action.output,))]
                inside = ", ".join([self.term(arg) for arg in args])
                return f"{_function(action.function)}({inside})"
            case core.Negation():
                return f"not {self._in_braces(action.body, braces=action.explicit)}"
            case core.Universal():
                return self.universal(action)
            case core.Conjunction() | core.Disjunction():
                word = "and" if isinstance(action, core.Conjunction) else "or"
                left = self._in_braces(action.left, braces=action.explicit_left)
                right = self._in_braces(action.right, braces=action.explicit_right)
                return f"{left} {word} {right}"

    def universal(self, every: core.Universal) -> str:
        names = [v for v in (every.key, every.value) if v is not None and not v.is_generated]
        named = ", ".join([self.variable(v) for v in names])
        return f"every {named} in {self.term(every.domain)} {{ {self.body(every.body)} }}"

    def generator(self, every: core.Universal) -> str:
        """The equation by which ``every`` goes through its domain."""
        key = every.key or self._keys.setdefault(every, Variable(""))
        return f"{self.term(every.domain)}[{self.variable(key)}] = {self.variable(every.value)}"

    def _in_braces(self, body: core.Body, *, braces: bool) -> str:
        return f"{{ {self.body(body)} }}" if braces else self.body(body)

    def _replacement(self, item: core.Replacement) -> str:
        if isinstance(item.target, str):
            target = item.target + "".join([_step(key) for key in item.path])
        else:
            target = _function(item.target)
        if isinstance(item.value, core.BuiltinFunction | core.RuleFunction):
            return f"{target} as {_function(item.value)}"
        return f"{target} as {self.term(item.value)}"

    def term(self, term: core.CoreTerm) -> str:
        match term:
            case core.Const():
                return to_text(term.value)
            case core.Local():
                return self.variable(term.variable)
            case core.Reference():
                head = term.head
                name = head.name if isinstance(head, core.Root) else self.variable(head.variable)
                return name + "".join([self._key(key) for key in term.path])
            case core.ArrayOf():
                return "[" + ", ".join([self.term(item) for item in term.items]) + "]"
            case core.SetOf():
                return "{" + ", ".join([self.term(item) for item in term.items]) + "}"
            case core.ObjectOf():
                pairs = [f"{self.term(key)}: {self.term(value)}" for key, value in term.pairs]
                return "{" + ", ".join(pairs) + "}"
            case core.Comprehension():
                key = "" if term.key is None else f"{self.term(term.key)}: "
                inside = f"{key}{self.term(term.value)} | {self.body(term.body)}"
                return f"[{inside}]" if term.kind == "array" else f"{{{inside}}}"

    def _key(self, key: core.Operand) -> str:
        return _step(key.value) if isinstance(key, core.Const) else f"[{self.term(key)}]"


def rule_text(path: Path) -> str:
    """``data.a.b`` of a path below ``data``."""
    return "data" + "".join([_step(name) for name in path])


def _function(function: core.Function) -> str:
    return function.name if isinstance(function, core.BuiltinFunction) else rule_text(function.path)


def _step(key: Value) -> str:
    if type(key) is str and _NAME.match(key) and not is_keyword(key, "v1"):
        return f".{key}"
    return f"[{to_text(key)}]"

"""What the names in one module mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from policyengine.errors import RegoFinding
from policyengine.rego.compiler import core
from policyengine.rego.runtime.values import Value
from policyengine.rego.syntax import ast

ROOTS = ("input", "data")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Environment:
    """What names mean in one module.

    ``globals`` maps a name to the reference it stands for; ``functions`` tells whether a path
    below ``data`` is that of a function, and ``builtins`` is asked for the arity of a builtin
    (None: there is none of that name; -1: any number).
    """

    globals: dict[str, tuple[str, ...]]
    is_function: Callable[[core.Path], bool]
    builtin_arity: Callable[[str], int | None]
    rule_arity: Callable[[core.Path], int | None]
    metadata: Callable[[ast.Rule, str], Value | None]
    findings: list[RegoFinding] = field(default_factory=list)

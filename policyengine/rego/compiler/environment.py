"""What the names in one module mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from policyengine.rego.compiler import core
from policyengine.rego.compiler.stages import Findings
from policyengine.rego.runtime.values import Value
from policyengine.rego.syntax import ast

ROOTS = ("input", "data")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Environment:
    """What names mean in one module.

    ``globals`` maps a name to the reference it stands for; ``functions`` tells whether a path
    below ``data`` is that of a function, and ``builtins`` is asked for the arity of a builtin
    (None: there is none of that name; -1: any number). ``strict`` is whether the checks of v1 are
    the module's, or those of ``--strict`` were asked for. ``used`` collects the names asked for.
    """

    globals: dict[str, tuple[str, ...]]
    is_function: Callable[[core.Path], bool]
    builtin_arity: Callable[[str], int | None]
    rule_arity: Callable[[core.Path], int | None]
    metadata: Callable[[ast.Rule, str], Value | None]
    function_names: Callable[[], list[str]]
    has_rules: Callable[[core.Path], bool]
    strict: bool = False
    findings: Findings = field(default_factory=Findings)
    used: set[str] = field(default_factory=set)

    def resolve(self, name: str) -> tuple[str, ...] | None:
        """The reference that a global name stands for; None if it is no global."""
        path = self.globals.get(name)
        if path is not None:
            self.used.add(name)
        return path

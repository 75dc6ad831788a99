"""Builtins that may not be used: those that reach outside, and in v1 those that are deprecated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policyengine.errors import RegoFinding
from policyengine.rego.compiler.environment import Environment
from policyengine.rego.compiler.findings import COMPILE_ERROR, TYPE_ERROR, finding_at
from policyengine.rego.compiler.stages import Findings, Stage
from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.runtime.values import Value
from policyengine.rego.syntax.render import quoted
from policyengine.rego.syntax.source import Location


def check_call(name: str, location: Location, findings: Findings, *, strict: bool) -> None:
    """Find out whether the builtin ``name`` may be called."""
    builtin = BUILTINS.get(name)
    if builtin is None:
        return
    if builtin.unavailable is not None:
        text = f"unsafe built-in function calls in expression: {name}: {builtin.unavailable}"
        findings.add_unavailable(name, finding_at(location, TYPE_ERROR, text))
    if builtin.deprecated and strict:
        text = f"deprecated built-in function calls in expression: {name}"
        findings.add(Stage.DEPRECATED, [finding_at(location, TYPE_ERROR, text)])


def is_relation(name: str) -> bool:
    """Whether the builtin ``name`` has many results for the same arguments."""
    builtin = BUILTINS.get(name)
    return builtin is not None and builtin.relation


def no_target(location: Location) -> RegoFinding:
    """What is said of the target of a ``with`` that names nothing."""
    text = "with keyword target must reference existing input, data, or a function"
    return finding_at(location, TYPE_ERROR, text)


def check_target(
    root: str, path: Sequence[Value], location: Location, environment: Environment
) -> Iterator[RegoFinding]:
    """What is wrong with the target of a ``with``, if anything."""
    if root == "input":
        return
    if root == "data":
        names = [name for name in path if isinstance(name, str)]
        if any(environment.has_rules(tuple(names[:end])) for end in range(1, len(path))):
            text = "with keyword cannot partially replace virtual document(s)"
            yield finding_at(location, COMPILE_ERROR, text)
        return
    name = ".".join([root, *[str(step) for step in path]])
    if environment.builtin_arity(name) is None:
        yield no_target(location)
        return
    fault = _fault(name)
    if fault:
        text = f"with keyword replacing built-in function: {fault}"
        yield finding_at(location, COMPILE_ERROR, text)


def _fault(name: str) -> str:
    if name in {"eq", "rego.metadata.chain", "rego.metadata.rule"}:
        return f"replacement of {quoted(name)} invalid"
    if name.startswith("internal."):
        return f"replacement of internal function {quoted(name)} invalid"
    if is_relation(name):
        return "target must not be a relation"
    return "target must not be a void function" if name == "print" else ""

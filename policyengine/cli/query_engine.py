"""Queries for engines that answer for rules alone: the query becomes a rule of a module beside.

The rule is a set, of the values of the expressions and of the variables of each solution. So a
solution that is there twice is given once, and they come in order of their values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from policyengine.errors import EngineFailed, UsageError
from policyengine.rego.answers import Solution
from policyengine.rego.compiler.query import Query
from policyengine.rego.engine import EvaluationLimits, RuleQuery
from policyengine.rego.engines import engine_named
from policyengine.rego.runtime.json_values import from_json
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.values import UNDEFINED, Value
from policyengine.rego.syntax.ast import RegoVersion

_RULE = "answers"
_FILE = "<query>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked: a query, as written and compiled, over modules and data, of an input."""

    query: Query
    text: str
    modules: Mapping[str, str]
    rego_versions: Mapping[str, RegoVersion]
    data: Mapping[str, Any]
    document: Value
    now_ns: int
    strict_builtin_errors: bool


def answers_of(engine: str, asked: Asked, *, limits: EvaluationLimits) -> list[Solution]:
    """The solutions that the engine of that name finds.

    Raises EnginesDisagree where it is all of them and they differ, else as the engine does.
    """
    document = _document(asked)
    package = _unused("policyengine_query", asked.modules)
    source, row = _module(package, asked.query)
    query = RuleQuery(package=(package,), name=_RULE, file=_FILE, row=row)
    prepared = engine_named(engine).prepare(
        {**asked.modules, _FILE: source},
        asked.data,
        limits=limits,
        rego_versions=asked.rego_versions,
        strict_builtin_errors=asked.strict_builtin_errors,
    )
    with closing(prepared):
        (result,) = prepared.evaluate(document, [query], now_ns=asked.now_ns)
    found = result.value if result.defined else []
    if not isinstance(found, list):
        raise EngineFailed("the engine gave an answer of another shape than was asked for")
    return [_solution(asked.query, values) for values in found]


def _document(asked: Asked) -> bytes:
    if asked.document is not UNDEFINED:
        return marshal(asked.document, escape_html=False).encode(errors="surrogatepass")
    # An engine may not tell an input that is not there from one that is null.
    texts = [*asked.modules.values(), *(expr.location.text for expr in asked.query.body)]
    if any("input" in text for text in texts):
        raise UsageError(
            "there is no input, and the engines differ in what that means",
            hint="give one with --input, if but {}",
        )
    return b"{}"


def _module(package: str, query: Query) -> tuple[str, int]:
    """The module with the rule, and the rule's row."""
    prefix = _unused("value", {"": "\n".join(expr.location.text for expr in query.body)})
    lines: list[str] = []
    values: list[str] = []
    for index, (expr, taken) in enumerate(zip(query.body, query.expressions, strict=True)):
        if taken is None:
            lines.append(f"\t{expr.location.text}")
            values.append("true")
        else:
            lines.append(f"\t{prefix}_{index} := {expr.location.text}")
            values.append(f"{prefix}_{index}")
            if len(query.body) > 1:
                lines.append(f"\t{prefix}_{index} != false")
    bindings = ", ".join(f'"{name}": {name}' for name in query.bindings)
    head = f"{_RULE} contains [[{', '.join(values)}], {{{bindings}}}] if {{"
    return "\n".join([f"package {package}", "", head, *lines, "}", ""]), 3


def _unused(name: str, texts: Mapping[str, str]) -> str:
    while any(name in text for text in texts.values()):
        name += "_"
    return name


def _solution(query: Query, found: Any) -> Solution:
    expressions, bindings = from_json(json.dumps(found))
    return Solution(
        bindings={name: bindings[name] for name in query.bindings}, expressions=expressions
    )

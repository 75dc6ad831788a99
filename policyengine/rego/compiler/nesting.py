"""Room for modules that are nested deep, and a finding for those that are nested deeper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from policyengine.errors import RegoCompileError
from policyengine.rego.compiler.check import MOST_DEPTH
from policyengine.rego.compiler.findings import COMPILE_ERROR, finding_at
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.stack import deep_stack


@contextmanager
def room_for(modules: Mapping[str, ast.Module]) -> Iterator[None]:
    """Let the passes of the compiler call themselves as deep as the modules' brackets are nested.

    Raises RegoCompileError for what is nested in another way: a sum of thousands of terms, or a
    path of thousands of names.
    """
    deepest = max((module.depth for module in modules.values()), default=0)
    try:
        with deep_stack(min(deepest, MOST_DEPTH)):
            yield
    except RecursionError:
        raise RegoCompileError(
            tuple(
                finding_at(module.package.location, COMPILE_ERROR, "terms are nested too deep")
                for module in modules.values()
            )
        ) from None

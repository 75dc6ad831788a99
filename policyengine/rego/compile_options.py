"""How modules are compiled, and all that decides what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from policyengine.rego.compiler.make import Make
from policyengine.rego.runtime.values import Value

if TYPE_CHECKING:
    from policyengine.rego.syntax.ast import RegoVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileOptions:
    """How modules are compiled, as of ``Policy.compile``."""

    rego_version: RegoVersion = "v1"
    file_rego_versions: Mapping[str, RegoVersion] = field(default_factory=dict)
    strict: bool = False
    schemas: Mapping[str, Any] | None = None
    separate_data: bool = False


def decisive_parts(
    modules: Mapping[str, str], data: Value, options: CompileOptions, make: Make
) -> list[Any]:
    """All that decides what is compiled."""
    return [
        dict(modules),
        data if options.separate_data else None,
        options.rego_version,
        dict(options.file_rego_versions),
        options.strict,
        options.schemas,
        make.value,
    ]

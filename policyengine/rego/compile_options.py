"""How modules are compiled, and all that decides what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from policyengine.errors import UsageError
from policyengine.rego.compiler.make import Make
from policyengine.rego.runtime.values import Value

if TYPE_CHECKING:
    from policyengine.rego.syntax.ast import RegoVersion

_VERSIONS: Final = ("v0", "v1", "v2")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileOptions:
    """How modules are compiled, as of ``Policy.compile``.

    Raises UsageError for what is no version of Rego.
    """

    rego_version: RegoVersion = "v1"
    file_rego_versions: Mapping[str, RegoVersion] = field(default_factory=dict)
    strict: bool = False
    schemas: Mapping[str, Any] | None = None
    separate_data: bool = False

    def __post_init__(self) -> None:
        # Another version read as v1 would be another policy.
        for version in (self.rego_version, *self.file_rego_versions.values()):
            if version not in _VERSIONS:
                raise UsageError(
                    "is no version of Rego", found=repr(version), expected="'v0', 'v1' or 'v2'"
                )


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

"""All builtins by name.

What verifies a signature needs two modules of this package: only this one imports all.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from policyengine.rego.runtime.builtins.registry import REGISTRY, Builtin

_FAMILIES: Final = (
    "aggregates",
    "arrays",
    "aws_requests",
    "bits",
    "certificates",
    "comparison",
    "digests",
    "encodings",
    "formatting",
    "glob_intersections",
    "globs",
    "go_templates",
    "graphql_queries",
    "graphs",
    "identifiers",
    "json_documents",
    "json_schemas",
    "language",
    "networks",
    "numbers",
    "objects",
    "outside",
    "private_keys",
    "regexes",
    "rego_modules",
    "semantic_versions",
    "sets",
    "strings",
    "times",
    "tokens",
    "type_checks",
    "units",
    "uris",
    "yaml_documents",
)

for _family in _FAMILIES:
    import_module(f"{__package__}.{_family}")

BUILTINS: Final[dict[str, Builtin]] = REGISTRY

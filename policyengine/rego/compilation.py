"""Modules to a program."""

from __future__ import annotations

from collections.abc import Mapping

from policyengine.rego.compile_options import CompileOptions
from policyengine.rego.compiler.check import check
from policyengine.rego.compiler.nesting import room_for
from policyengine.rego.compiler.program import Linked, link
from policyengine.rego.runtime.values import Value
from policyengine.rego.syntax.ast import Module
from policyengine.rego.syntax.parser import parse_modules
from policyengine.rego.syntax.stack import paused_for
from policyengine.rego.timers import Timers


def linked_program(
    modules: Mapping[str, str],
    data: Value,
    options: CompileOptions,
    timers: Timers | None = None,
) -> Linked:
    """Parse, check and compile modules. Raises RegoCompileError."""
    times = Timers() if timers is None else timers
    with paused_for(sum(map(len, modules.values()))):
        with times.measure("rego_module_parse"):
            parsed = parsed_modules(modules, options)
        with times.measure("rego_module_compile"), room_for(parsed):
            checked = check(
                parsed,
                strict=options.strict,
                schemas=options.schemas,
                data=data if options.separate_data else None,
            )
            return link(checked)


def parsed_modules(modules: Mapping[str, str], options: CompileOptions) -> dict[str, Module]:
    """The syntax trees of modules. Raises RegoCompileError."""
    return parse_modules(
        modules,
        rego_version=options.rego_version,
        file_rego_versions=options.file_rego_versions,
    )

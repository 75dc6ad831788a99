"""Rego as a value: the syntax tree of a module."""

from __future__ import annotations

from policyengine.errors import RegoCompileError, RegoError
from policyengine.rego.runtime.builtins.operands import string
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.json_values import from_json
from policyengine.rego.runtime.values import Value


@builtin("rego.parse_module", "string, string -> object[string: any]")
def parse(file: Value, source: Value) -> Value:
    from policyengine.rego.syntax.ast_json import json_text, module_json
    from policyengine.rego.syntax.parser import parse_module

    try:
        # OPA does not read METADATA here: it stays among the comments.
        module = parse_module(string(source, 2), file=string(file, 1), with_annotations=False)
        return from_json(json_text(module_json(module)))
    except (RegoCompileError, RegoError, RecursionError) as error:
        raise BuiltinError(str(error)) from None

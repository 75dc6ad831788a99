"""URIs and their parts."""

from __future__ import annotations

from policyengine.rego.runtime.builtins.go_urls import UrlError, parse_url
from policyengine.rego.runtime.builtins.operands import string
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.values import Value


@builtin("uri.is_valid", "string -> boolean")
def is_valid(text: Value) -> Value:
    if type(text) is not str or not text:
        return False
    try:
        parse_url(text)
    except UrlError:
        return False
    return True


@builtin("uri.parse", "string -> object[string: string]")
def parse(text: Value) -> Value:
    """The parts that are there; ``raw_path`` wherever there is a path."""
    try:
        url = parse_url(string(text, 1))
    except UrlError as error:
        raise BuiltinError(str(error)) from None
    parts = {
        "scheme": url.scheme,
        "hostname": url.hostname,
        "port": url.port,
        "path": url.path,
        "raw_path": url.raw_path or url.path,
        "raw_query": url.raw_query,
        "fragment": url.fragment,
    }
    return {name: part for name, part in parts.items() if part}

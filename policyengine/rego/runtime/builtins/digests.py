"""Digests and message authentication codes, in hexadecimal."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from policyengine.rego.runtime.builtins.operands import string
from policyengine.rego.runtime.builtins.registry import builtin
from policyengine.rego.runtime.utf8 import encode_utf8
from policyengine.rego.runtime.values import Value


def _bytes(value: Value, position: int) -> bytes:
    return encode_utf8(string(value, position))


def _digest(algorithm: str) -> Callable[[Value], Value]:
    def digest(text: Value) -> Value:
        # A policy may ask for a digest that is no longer safe: that is its own affair.
        return hashlib.new(algorithm, _bytes(text, 1), usedforsecurity=False).hexdigest()

    return digest


def _code(algorithm: str) -> Callable[[Value, Value], Value]:
    def code(text: Value, key: Value) -> Value:
        return hmac.new(_bytes(key, 2), _bytes(text, 1), algorithm).hexdigest()

    return code


for _name in ("md5", "sha1", "sha256"):
    builtin(f"crypto.{_name}", "string -> string")(_digest(_name))
for _name in ("md5", "sha1", "sha256", "sha512"):
    builtin(f"crypto.hmac.{_name}", "string, string -> string")(_code(_name))


@builtin("crypto.hmac.equal", "string, string -> boolean")
def equal_codes(a: Value, b: Value) -> Value:
    return hmac.compare_digest(_bytes(a, 1), _bytes(b, 2))

"""How builtin functions fail: all that keys and signatures need of how builtins are declared."""

from __future__ import annotations

from policyengine.rego.runtime.utf8 import readable


class BuiltinError(Exception):
    """A builtin that cannot answer: OPA's ``eval_builtin_error``. The message is without name."""

    code = "eval_builtin_error"

    def __init__(self, message: str) -> None:
        super().__init__(readable(message))


class OperandError(BuiltinError):
    """An operand of the wrong type: OPA's ``eval_type_error``."""

    code = "eval_type_error"


class Halt(Exception):
    """A failure that ends the evaluation, strict or not."""

    def __init__(self, message: str, *, code: str = "eval_builtin_error") -> None:
        super().__init__(readable(message))
        self.code = code

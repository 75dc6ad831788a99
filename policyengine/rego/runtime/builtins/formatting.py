"""``sprintf`` and ``format_int``: Go's ``fmt`` for the operands that Rego has.

Source: Go's documentation of package fmt. An operand is an ``int64``, a ``*big.Int`` where it does
not fit, a ``float64``, or a ``string``; whatever is no number or string is printed first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from policyengine.rego.runtime.builtins.go_verbs import (
    Flags,
    format_float,
    format_integer,
    format_string,
)
from policyengine.rego.runtime.builtins.operands import array, number, string
from policyengine.rego.runtime.builtins.registry import OperandError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.numbers import number_text, to_decimal, truncated, written_as_integer
from policyengine.rego.runtime.printing import to_text
from policyengine.rego.runtime.utf8 import joined, readable
from policyengine.rego.runtime.values import Value, is_number

_RADIX: Final = {2: "b", 8: "o", 10: "d", 16: "x"}
_MOST_WIDTH: Final = 1_000_000
_INT64: Final = range(-(2**63), 2**63)


@builtin("format_int", "number, number -> string")
def format_int(value: Value, base: Value) -> Value:
    radix = number(base, 2)
    if type(radix) is not int or radix not in _RADIX:
        raise OperandError("operand 2 must be one of {2, 8, 10, 16}")
    whole = truncated(number(value, 1))
    if _RADIX[radix] == "d":
        return number_text(whole)
    return format(whole, _RADIX[radix])


@builtin("sprintf", "string, array[any] -> string", context=True)
def sprintf(session: Session, template: Value, values: Value) -> Value:
    operands = [_operand(value) for value in array(values, 2)]
    text = string(template, 1)
    session.budget.size(len(text))
    return _Printer(session, text, operands).run()


def _operand(value: Value) -> int | float | str:
    if type(value) is str:
        return value
    if not is_number(value):
        return to_text(value)
    if written_as_integer(value):
        return int(to_decimal(value))
    as_float = float(to_decimal(value))
    # What no double can hold is printed as it was written.
    return as_float if abs(as_float) != float("inf") else number_text(value)


def _go_type(operand: float | str) -> str:
    if isinstance(operand, int):
        return "int64" if operand in _INT64 else "big.Int"
    return "float64" if isinstance(operand, float) else "string"


_FORMATS: Final[dict[type, Callable[..., str | None]]] = {
    int: format_integer,
    float: format_float,
    str: format_string,
}


@dataclass(slots=True)
class _Printer:
    """Goes through the template once. ``used`` counts operands, ``chosen`` tells of an index."""

    session: Session
    template: str
    operands: list[int | float | str]
    at: int = 0
    used: int = 0
    chosen: bool = False
    bad_index: bool = False

    def run(self) -> str:
        out: list[str] = []
        size = 0
        template = self.template
        end = len(template)
        while self.at < end:
            percent = template.find("%", self.at)
            if percent < 0:
                percent = end
            out.append(template[self.at : percent])
            self.at = percent + 1
            if percent < end:
                out.append(self._verb())
                size += len(out[-1])
                self.session.budget.size(size + end)
        if not self.chosen and self.used < len(self.operands):
            extra = [
                f"{_shown_type(operand)}={_plain(operand)}"
                for operand in self.operands[self.used :]
            ]
            out.append(f"%!(EXTRA {', '.join(extra)})")
        return joined("".join(out))

    def _verb(self) -> str:
        flags = self._flags()
        self.bad_index = False
        indexed = self._index()
        problem = ""
        if self._peek() == "*":
            self.at += 1
            width = self._star()
            if width is None:
                problem += "%!(BADWIDTH)"
            else:
                flags = replace(flags, width=abs(width), minus=flags.minus or width < 0)
            indexed = False
        else:
            digits = self._digits()
            if digits is not None:
                self.bad_index |= indexed
                flags = replace(flags, width=digits)
        if self._peek() == ".":
            self.at += 1
            self.bad_index |= indexed
            indexed = self._index()
            if self._peek() == "*":
                self.at += 1
                precision = self._star()
                if precision is None or precision < 0:
                    problem += "%!(BADPREC)" if precision is None else ""
                    flags = replace(flags, precision=None)
                else:
                    flags = replace(flags, precision=precision)
                indexed = False
            else:
                flags = replace(flags, precision=self._digits() or 0)
        if not indexed:
            self._index()
        if self.at >= len(self.template):
            return f"{problem}%!(NOVERB)"
        verb = readable(self.template[self.at])
        self.at += 1
        return problem + self._printed(verb, flags)

    def _printed(self, verb: str, flags: Flags) -> str:
        if verb == "%":
            return "%"
        if self.bad_index:
            return f"%!{verb}(BADINDEX)"
        if self.used >= len(self.operands):
            return f"%!{verb}(MISSING)"
        operand = self.operands[self.used]
        self.used += 1
        self.session.budget.size(flags.width + (flags.precision or 0))
        if verb == "T":
            return format_string(_shown_type(operand), "s", flags) or ""
        found = _FORMATS[type(operand)](operand, verb, flags)
        if found is not None:
            return found
        whole = _FORMATS[type(operand)](operand, "v", flags)
        return f"%!{verb}({_go_type(operand)}={whole})"

    # ---- the parts of a verb -----------------------------------------------------------------

    def _peek(self) -> str:
        return self.template[self.at : self.at + 1]

    def _flags(self) -> Flags:
        flags = Flags()
        while (char := self._peek()) and char in "#0+- ":
            self.at += 1
            match char:
                case "#":
                    flags = replace(flags, sharp=True)
                case "0":
                    flags = replace(flags, zero=True)
                case "+":
                    flags = replace(flags, plus=True)
                case "-":
                    flags = replace(flags, minus=True)
                case _:
                    flags = replace(flags, space=True)
        return flags

    def _digits(self) -> int | None:
        found: int | None = None
        while (digit := self._peek()) and digit in "0123456789":
            if found is not None and found > _MOST_WIDTH:
                # Go reads no further: there is no verb then.
                self.at = len(self.template)
                return None
            found = (found or 0) * 10 + int(digit)
            self.at += 1
        return found

    def _index(self) -> bool:
        """Read ``[n]``, and say whether it was there."""
        if self._peek() != "[":
            return False
        self.chosen = True
        close = self.template.find("]", self.at)
        if close < 0:
            self.bad_index = True
            self.at += 1
            return False
        text = self.template[self.at + 1 : close]
        self.at = close + 1
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= len(self.operands)):
            self.bad_index = True
            return True
        self.used = int(text) - 1
        return True

    def _star(self) -> int | None:
        """The operand that ``*`` stands for; None where it is no integer."""
        if self.used >= len(self.operands):
            return None
        operand = self.operands[self.used]
        self.used += 1
        if not isinstance(operand, int) or abs(operand) > _MOST_WIDTH:
            return None
        return operand


def _shown_type(operand: float | str) -> str:
    name = _go_type(operand)
    return "*big.Int" if name == "big.Int" else name


def _plain(operand: float | str) -> str:
    return _FORMATS[type(operand)](operand, "v", Flags()) or ""

"""The verbs of Go's ``fmt`` for integers, floats and strings.

Each function gives the text for a verb under its flags, or None for a verb that the type lacks.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from policyengine.rego.runtime.numbers import number_text
from policyengine.rego.runtime.printing import quote
from policyengine.rego.runtime.utf8 import encode_utf8, has_bytes

_RADIX: Final = {"b": 2, "o": 8, "O": 8, "d": 10, "v": 10, "x": 16, "X": 16}
_INT64: Final = range(-(2**63), 2**63)
_MOST_RUNE: Final = 0x10FFFF
_LARGE_EXPONENT: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What stands between ``%`` and the verb. ``precision`` None: not given."""

    sharp: bool = False
    zero: bool = False
    plus: bool = False
    minus: bool = False
    space: bool = False
    width: int = 0
    precision: int | None = None


def _padded(text: str, flags: Flags, *, zeros: bool | None = None) -> str:
    missing = flags.width - len(text)
    if missing <= 0:
        return text
    if flags.minus:
        return text + " " * missing
    return ("0" if (flags.zero if zeros is None else zeros) else " ") * missing + text


def format_integer(value: int, verb: str, flags: Flags) -> str | None:
    """``v d b o O x X``, and ``c q U`` for what fits in 64 bits."""
    if verb in "cqU" and value in _INT64:
        return _rune(value, verb, flags)
    if verb == "s" and value not in _INT64:
        verb = "d"
    if verb not in _RADIX or (verb == "O" and value not in _INT64):
        return None
    digits = _digits(abs(value), _RADIX[verb])
    precision = flags.precision
    if precision is None and flags.zero and not flags.minus and flags.width:
        precision = flags.width - bool(value < 0 or flags.plus or flags.space)
    elif precision == 0 and value == 0:
        return " " * flags.width
    digits = digits.rjust(precision or 0, "0")
    if verb == "X":
        digits = digits.upper()
    prefix = "0o" if verb == "O" else ""
    if flags.sharp:
        prefix = {"b": "0b", "o": "" if digits[0] == "0" else "0", "x": "0x", "X": "0X"}.get(
            verb, prefix
        )
    sign = "-" if value < 0 else "+" if flags.plus else " " if flags.space else ""
    return _padded(sign + prefix + digits, flags, zeros=False)


def _digits(value: int, radix: int) -> str:
    if radix == 10:
        return number_text(value)
    return format(value, {2: "b", 8: "o", 16: "x"}[radix])


def _rune(value: int, verb: str, flags: Flags) -> str:
    is_rune = 0 <= value <= _MOST_RUNE and not 0xD800 <= value < 0xE000
    char = chr(value) if is_rune else "\ufffd"
    if verb == "c":
        return _padded(char, flags)
    if verb == "q":
        return _padded(_quoted_rune(char, ascii_only=flags.plus), flags)
    code = f"{value & 0xFFFFFFFFFFFFFFFF:X}".rjust(max(flags.precision or 0, 4), "0")
    shown = f" '{char}'" if flags.sharp and is_rune and _is_printable(char) else ""
    return _padded(f"U+{code}{shown}", flags, zeros=False)


def _quoted_rune(char: str, *, ascii_only: bool) -> str:
    if char == "'":
        return "'\\''"
    if char == '"':
        return "'\"'"
    text = _ascii_quoted(char) if ascii_only else quote(char)
    return f"'{text[1:-1]}'"


def _ascii_quoted(text: str) -> str:
    inside = [char if char.isascii() else _escaped(char) for char in quote(text)[1:-1]]
    return f'"{"".join(inside)}"'


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_printable(char: str) -> bool:
    return char == " " or unicodedata.category(char)[0] in "LMNPS"


def format_string(value: str, verb: str, flags: Flags) -> str | None:
    """``v s q x X``."""
    if verb in "xX":
        return _padded(_hexadecimal(value, verb, flags), flags)
    text = value if flags.precision is None else value[: flags.precision]
    if verb == "s" or (verb == "v" and not flags.sharp):
        return _padded(text, flags)
    if verb == "v":
        return _padded(quote(text), flags)
    if verb != "q":
        return None
    if flags.sharp and _can_backquote(text):
        return _padded(f"`{text}`", flags)
    return _padded(_ascii_quoted(text) if flags.plus else quote(text), flags)


def _can_backquote(text: str) -> bool:
    return not has_bytes(text) and all(
        char == "\t" or (char >= " " and char not in {"`", "\x7f", "\ufeff"}) for char in text
    )


def _hexadecimal(value: str, verb: str, flags: Flags) -> str:
    data = encode_utf8(value)
    if flags.precision is not None:
        data = data[: flags.precision]
    if not data:
        return ""
    prefix = f"0{verb}" if flags.sharp else ""
    parts = [f"{byte:02{verb}}" for byte in data]
    if flags.space:
        return " ".join([prefix + part for part in parts])
    return prefix + "".join(parts)


def format_float(value: float, verb: str, flags: Flags) -> str | None:
    """``v e E f F g G b x X``; without a precision ``v g G`` give the shortest text."""
    if verb not in "veEfFgGbxX":
        return None
    text = _float_text(abs(value), verb, flags)
    negative = math.copysign(1.0, value) < 0
    sign = "-" if negative else "+" if flags.plus else " " if flags.space else ""
    if flags.zero and not flags.minus:
        text = text.rjust(flags.width - len(sign), "0")
    return _padded(sign + text, flags, zeros=False)


def _float_text(value: float, verb: str, flags: Flags) -> str:
    precision = flags.precision
    if verb == "b":
        mantissa, exponent = math.frexp(value)
        return f"{int(mantissa * 2**53)}p{exponent - 53:+d}"
    if verb in "xX":
        return _hexadecimal_float(value, verb, precision)
    if verb in "eEfF":
        form = verb.replace("F", "f")
        return f"{value:{'#' if flags.sharp else ''}.{6 if precision is None else precision}{form}}"
    form = "G" if verb == "G" else "g"
    if flags.sharp and verb != "v":
        return f"{value:#.{6 if precision is None else precision}{form}}"
    if precision is not None:
        return f"{value:.{precision}{form}}"
    shortest = _shortest(value)
    return shortest.upper() if verb == "G" else shortest


def _shortest(value: float) -> str:
    """The shortest text that reads back the same; an exponent below -4 or from 6 on."""
    digits = Decimal(repr(value)).as_tuple()
    figures = "".join(map(str, digits.digits)).rstrip("0") or "0"
    assert isinstance(digits.exponent, int)
    exponent = len(digits.digits) + digits.exponent - 1 if value else 0
    if exponent < -4 or exponent >= _LARGE_EXPONENT:
        fraction = f".{figures[1:]}" if len(figures) > 1 else ""
        return f"{figures[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return f"0.{'0' * (-exponent - 1)}{figures}"
    whole = figures[: exponent + 1].ljust(exponent + 1, "0")
    rest = figures[exponent + 1 :]
    return f"{whole}.{rest}" if rest else whole


def _hexadecimal_float(value: float, verb: str, precision: int | None) -> str:
    mantissa, exponent = math.frexp(value)
    if not value:
        lead, shift, bits = 0, 0, 0
    else:
        lead, shift, bits = 1, exponent - 1, int((mantissa * 2 - 1) * 2**52)
    digits = f"{bits:013x}"
    if precision is None:
        digits = digits.rstrip("0")
    elif precision < 13:
        scaled = round((lead * 2**52 + bits) / 2 ** (52 - 4 * precision))
        if scaled >= 2 * 16**precision:
            scaled, shift = scaled // 2, shift + 1
        digits = f"{scaled - lead * 16**precision:0{precision}x}" if precision else ""
    else:
        digits = digits.ljust(precision, "0")
    text = f"0x{lead}{'.' + digits if digits else ''}p{shift:+03d}"
    return text.upper() if verb == "X" else text

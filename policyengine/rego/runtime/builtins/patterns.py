"""Compiled patterns of RE2: how many are kept, and how long one may take over a text.

RE2 takes time linear in the text, but as much for each of its bytes as the program is long, and
once started it is not interrupted. So what it may take at the worst is known before it is called.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from policyengine.rego.runtime.builtins.go_classes import in_names_of_re2
from policyengine.rego.runtime.builtins.registry import BuiltinError
from policyengine.rego.runtime.watch import foresee

KEPT: Final = 1024
"""The small patterns that are kept; each takes a mebibyte at most, with the states of searches."""

LONG: Final = 10_000
"""A pattern of so many characters is not small."""

_MEMORY: Final = 2**20
# A large pattern, of which few are kept, has the memory that the largest ones of Go take.
_LARGE_MEMORY: Final = 64 * 2**20
_LARGE_KEPT: Final = 8
# Of a larger program a mebibyte has too few states, and RE2 goes a slower way.
_SMALL_PROGRAM: Final = 2000

# Measured: what one instruction takes for one byte, where no state is met twice, and how many
# groups take as long again to copy.
_SECONDS: Final = 1.5e-8
_GROUPS: Final = 8
# A search that takes less than this is not asked about.
_SHORT: Final = 0.1

# What stands in a pattern: a quoted text, an escape, a class, the start of a named group.
_PART: Final = re.compile(
    r"\\Q(?s:.*?)(?:\\E|\Z)|\\(?s:.)|\[\^?\]?(?:\\(?s:.)|\[:\w+:\]|[^\]])*\]?|\(\?P?<(?P<name>[^>]*)>"
)


def compile_pattern(pattern: str, *, captures: bool = True) -> Any:
    """The compiled pattern, whose matches are of UTF-8 bytes. Raises BuiltinError."""
    found = _small(pattern, captures) if len(pattern) < LONG else None
    return _large(pattern, captures) if found is None else found


def is_small(pattern: str) -> bool:
    """Whether it is one of many that may be kept. Raises BuiltinError."""
    return len(pattern) < LONG and _small(pattern, True) is not None


@lru_cache(maxsize=KEPT)
def _small(pattern: str, captures: bool) -> Any:
    try:
        found = _compiled(pattern, captures, _MEMORY)
    except BuiltinError:
        # It may be too large for so little; else it is refused again.
        return None
    return found if found.programsize <= _SMALL_PROGRAM else None


@lru_cache(maxsize=_LARGE_KEPT)
def _large(pattern: str, captures: bool) -> Any:
    return _compiled(pattern, captures, _LARGE_MEMORY)


def _compiled(pattern: str, captures: bool, memory: int) -> Any:
    # Importing it takes as long as many a whole evaluation.
    import re2

    if "\\C" in pattern or not pattern.isascii():
        _refuse_what_go_has_not(pattern)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    options.never_capture = not captures
    try:
        translated = in_names_of_re2(pattern) if "\\p" in pattern or "\\P" in pattern else pattern
        return re2.compile(translated, options)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0] if error.args else ""
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise BuiltinError(f"error parsing regexp: {text}: `{pattern}`") from None


def _refuse_what_go_has_not(pattern: str) -> None:
    """RE2 has ``\\C``, any byte, and names of groups in any script. Raises BuiltinError."""
    for part in _PART.finditer(pattern):
        if part[0] == "\\C" or not (part["name"] or "").isascii():
            raise BuiltinError(f"error parsing regexp: {part[0]}: `{pattern}`")


def _seconds_a_byte(expression: Any) -> float:
    return float(expression.programsize * (1 + expression.groups / _GROUPS) * _SECONDS)


def reach(expression: Any) -> int:
    """The bytes of a text that take so little, at the worst, that ``hold`` need not be asked."""
    return int(_SHORT / (_seconds_a_byte(expression) or _SECONDS)) - 1


def hold(expression: Any, size: int) -> None:
    """Hold a search in ``size`` bytes to the deadline. Raises EvaluationLimitExceeded."""
    foresee(_seconds_a_byte(expression) * (size + 1))


def search(expression: Any, data: bytes) -> Any:
    """The first match in ``data``, or None. Raises EvaluationLimitExceeded."""
    if len(data) > reach(expression):
        hold(expression, len(data))
    return expression.search(data)

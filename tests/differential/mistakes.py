"""Programs made wrong on purpose: what evaluators must refuse, each with the same code."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

_NAME = re.compile(r"\bv\d+\b")
_RULE = re.compile(r"\br\d+\b")


def spoil(chance: Random, source: str) -> str:
    """``source`` with one mistake, or what may be one."""
    return chance.choice(_MISTAKES)(chance, source)


def _misspelt(chance: Random, source: str) -> str:
    names = list(_NAME.finditer(source))
    if not names:
        return _unknown_function(chance, source)
    at = chance.choice(names)
    return f"{source[: at.start()]}misspelt{source[at.end() :]}"


def _unknown_function(chance: Random, source: str) -> str:
    call = chance.choice(
        ("nosuch(1)", "json.nosuch(1)", "data.t.nosuch(1)", "count()", "count(1, 2, 3)")
    )
    return f"{source}\nwrong := {call}\n"


def _wrong_type(chance: Random, source: str) -> str:
    call = chance.choice(
        ("count(1)", "upper(1)", '1 + "a"', 'sum("a")', "[1][0].x", 'concat(1, ["a"])', '"a" & {1}')
    )
    return f"{source}\nwrong := {call}\n"


def _recursive(chance: Random, source: str) -> str:
    rules = _RULE.findall(source)
    other = chance.choice(rules) if rules else "wrong"
    return f"{source}\nwrong if other\n\nother if {{\n\twrong\n\t{other}\n}}\n"


def _twice(chance: Random, source: str) -> str:
    body = chance.choice(
        ("x := 1\n\tx := 2", "x := 1\n\tsome x in [1]", "some x, x in [1]\n\tx > 0")
    )
    return f"{source}\nwrong if {{\n\t{body}\n}}\n"


def _unsafe(chance: Random, source: str) -> str:
    body = chance.choice(
        ("x > 1", "not y", "every z in w { z > 1 }", "x = y", "input[x] > z", "x := [1 | y]")
    )
    return f"{source}\nwrong if {{\n\t{body}\n}}\n"


def _redefined(chance: Random, source: str) -> str:
    rules = sorted(set(_RULE.findall(source)))
    name = chance.choice(rules) if rules else "wrong"
    form = chance.choice(
        ("{0} contains 1", "{0} := 1", "{0}(x) := x", "default {0} := 1", "{0}.a.b := 1")
    )
    return f"{source}\n{form.format(name)}\n"


def _cut(chance: Random, source: str) -> str:
    at = chance.randrange(len(source))
    return source[:at]


def _dropped(chance: Random, source: str) -> str:
    at = chance.randrange(len(source))
    return source[:at] + source[at + 1 :]


def _inserted(chance: Random, source: str) -> str:
    at = chance.randrange(len(source))
    return source[:at] + chance.choice('{}[]()",.:=|_ \n$`#%') + source[at:]


def _wrong_with(chance: Random, source: str) -> str:
    target = chance.choice(("x", "data", "input.a.b", "nosuch", "upper", "r0", "1"))
    return f"{source}\nwrong if true with {target} as 1\n"


_MISTAKES: tuple[Callable[[Random, str], str], ...] = (
    _misspelt,
    _misspelt,
    _unknown_function,
    _wrong_type,
    _recursive,
    _twice,
    _unsafe,
    _redefined,
    _cut,
    _dropped,
    _inserted,
    _wrong_with,
)

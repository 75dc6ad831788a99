"""Patterns that Python answers: the same ones, with the same answer, and in bounded time."""

from __future__ import annotations

import random

import pytest

from policyengine.rego.runtime.builtins import regexes
from policyengine.rego.runtime.builtins.patterns import compile_pattern
from policyengine.rego.runtime.builtins.registry import BuiltinError
from policyengine.rego.runtime.plain_patterns import plain_search

PLAIN = [
    pytest.param("secret|token", id="words"),
    pytest.param("(?i)(secret|token|passw(or)?d|api[_-]?key)", id="words in any case"),
    pytest.param("^lib[a-z]*[0-9]+(-dev)?$", id="a chain with repetitions"),
    pytest.param(r"^[0-9]+\.[0-9]+\.[0-9]+-r[0-9]+$", id="a version"),
    pytest.param(r"^\d+:[^:]+:\w*$", id="classes and their complement"),
    pytest.param("", id="nothing"),
]

LEFT_TO_RE2 = [
    pytest.param("[a-z]+x", id="a repetition at any place goes back from each"),
    pytest.param("^[a-z]*a$", id="a repetition before what it repeats"),
    pytest.param("^[a-z]*[0-9]*a$", id="before what it repeats, past what may be empty"),
    pytest.param("^(ab)*c", id="a repeated group"),
    pytest.param("(x+x+)+y", id="repetitions in each other"),
    pytest.param("a?a?a?a?a?aaaaa", id="too many ways to try"),
    pytest.param("^a|b", id="an anchor of one option"),
    pytest.param("a|b$", id="an end of one option"),
    pytest.param("a$b", id="an end in the middle"),
    pytest.param("a{2}", id="a count"),
    pytest.param("^a*?b", id="a lazy repetition"),
    pytest.param(r"\bword\b", id="boundaries of words"),
    pytest.param(r"\s", id="space, which is more to Python"),
    pytest.param("[[:alpha:]]", id="a named class"),
    pytest.param("[]a]", id="a bracket that is no end"),
    pytest.param("[^]a[b]", id="a bracket that is no end, in a complement"),
    pytest.param("(?s)a.b", id="another flag"),
    pytest.param("(?P<name>a)", id="a named group"),
    pytest.param("é", id="beyond ASCII"),
    pytest.param("a" * 300, id="long"),
]


@pytest.mark.parametrize("pattern", PLAIN)
def test_a_plain_pattern_is_python_s(pattern: str) -> None:
    assert plain_search(pattern) is not None


@pytest.mark.parametrize("pattern", LEFT_TO_RE2)
def test_any_other_pattern_is_re2_s(pattern: str) -> None:
    assert plain_search(pattern) is None


FOUND = [
    pytest.param("a$", "a\n", False, id="the end is no line's end"),
    pytest.param("^a", "\na", False, id="the start is no line's start"),
    pytest.param("^[^a]b$", "\nb", True, id="a complement has the line's end"),
    pytest.param("^.b$", "\nb", False, id="any character is not the line's end"),
    pytest.param("a.b", "a\0b", True, id="a null"),
    pytest.param("(?i)[^k]", "K", False, id="a complement in any case"),
    pytest.param("(?i)token", "TO\u212aEN", True, id="a Kelvin sign is a k"),
    pytest.param("(?i)secret", "\u017fecret", True, id="a long s is an s"),
    pytest.param("(?i)^.$", "\u0130", True, id="a capital whose small letter is two"),
    pytest.param("^.$", "é", True, id="one character beyond ASCII"),
    pytest.param(r"^\w$", "é", False, id="a letter beyond ASCII"),
    pytest.param(r"^\d$", "\u0664", False, id="a digit beyond ASCII"),
    pytest.param("^[^]a[b]$", "x", True, id="a complement that begins with a bracket"),
    pytest.param("[^]_[^a]", "~A", True, id="two that seem to be"),
    pytest.param("token", "x" * 2000 + "token", True, id="in a long text"),
    pytest.param("token", "x" * 2000, False, id="not in a long text"),
]


@pytest.mark.parametrize(("pattern", "text", "found"), FOUND)
def test_a_text_is_searched_as_by_re2(pattern: str, text: str, found: bool) -> None:
    assert regexes._finder(pattern)(text) is found
    assert regexes._re2_finder(pattern)(text) is found


_PIECES = (
    *("a", "b", "ab", "1", "-", "_", r"\.", ".", "[ab]", "[^a]", "[a-c1]", "[a-]", "(a|b)"),
    *("(?:ab|c)", "(ab)", r"\d", r"\w", "\n", "A", "S", "k", " ", "(a|)", "()", r"[^\d]", r"[\w-]"),
    *("{", "}", "]", "^", "$", "|", "(", r"\-", "a{2}", r"\n", r"\b", "[]a]", "[^]a]", r"\s"),
    *("[^]", "[]", "[", "[^"),
)
_CHARACTERS = "aabbcABCkKsS1 9-_.\n\0\t]{}^$\\éſ"


def _pattern(choice: random.Random) -> str:
    pieces = [
        choice.choice(_PIECES) + choice.choice(("", "", "", "?", "*", "+", "??"))
        for _ in range(choice.randint(0, 6))
    ]
    start = choice.choice(("", "", "(?i)")) + choice.choice(("", "^", "^"))
    return start + "".join(pieces) + choice.choice(("", "$"))


def test_patterns_by_chance_find_what_re2_finds() -> None:
    choice, plain = random.Random(7), 0
    for _ in range(6_000):
        pattern = _pattern(choice)
        try:
            compile_pattern(pattern)
        except BuiltinError:
            continue
        plain += plain_search(pattern) is not None
        for _ in range(6):
            text = "".join(choice.choices(_CHARACTERS, k=choice.randint(0, 8)))
            found = regexes._finder(pattern)(text)
            assert found is regexes._re2_finder(pattern)(text), (pattern, text)
    assert plain > 1_000

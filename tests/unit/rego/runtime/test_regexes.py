"""How patterns are asked: by google-re2's own object, and by its wrapper where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.rego import Policy
from policyengine.rego.runtime.builtins import regexes
from policyengine.rego.runtime.builtins.patterns import compile_pattern

FOUND = [
    pytest.param("b+", "abbc", True, id="in the middle"),
    pytest.param("", "", True, id="nothing in nothing"),
    pytest.param("^$", "", True, id="an empty text"),
    pytest.param("$", "abc", True, id="an empty match at the end"),
    pytest.param("(a)(b)?", "a", True, id="a group without a match"),
    pytest.param("^b", "ab", False, id="not at the start"),
    pytest.param("é", "café", True, id="beyond ASCII"),
    pytest.param("(x+x+)+y", "x" * 5000, False, id="what would backtrack"),
]


class Wrapper:
    """A compiled pattern of a release that lets nobody see what it wraps."""

    def __init__(self, pattern: Any) -> None:
        self._wrapped = pattern
        self.groups, self.programsize = pattern.groups, pattern.programsize

    def search(self, data: bytes) -> Any:
        return self._wrapped.search(data)


@pytest.mark.parametrize(("pattern", "text", "found"), FOUND)
def test_a_text_is_searched(pattern: str, text: str, found: bool) -> None:
    assert regexes._re2_finder(pattern)(text) is found


@pytest.mark.parametrize(("pattern", "text", "found"), FOUND)
def test_a_text_is_searched_through_the_wrapper_alone(
    pattern: str, text: str, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = compile_pattern
    monkeypatch.setattr(regexes, "compile_pattern", lambda pattern, **_: Wrapper(whole(pattern)))
    assert regexes._re2_finder(pattern)(text) is found


def test_half_a_character_is_searched_as_it_is() -> None:
    policy = Policy.compile({"a.rego": 'package a\n\np := regex.match("x$", input)'})
    assert policy.evaluate("data.a.p", input="\ud800x") is True
    assert policy.evaluate("data.a.p", input="x\ud800") is False

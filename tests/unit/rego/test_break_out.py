"""Names and constants of a policy never become Python: whatever they spell, they stay data."""

from __future__ import annotations

import builtins
import json
from typing import Any

import pytest

from policyengine.rego import Policy
from policyengine.rego.runtime.limits import Limits

NASTY: list[Any] = [
    pytest.param('"; broken_out = 1; "', id="double quotes"),
    pytest.param("'; broken_out = 1; '", id="single quotes"),
    pytest.param('"""\nbroken_out = 1\n"""', id="triple quotes"),
    pytest.param("x\nbroken_out = 1\n", id="a newline"),
    pytest.param("x\rbroken_out = 1\r", id="a carriage return"),
    pytest.param("x\x0cbroken_out = 1", id="a form feed"),
    pytest.param("x\u2028broken_out = 1", id="a line separator"),
    pytest.param("\\", id="a backslash"),
    pytest.param("\\N{BULLET}\\x41\\", id="escapes of Python"),
    pytest.param("{__import__('os')}", id="a field of a format"),
    pytest.param("%s%n{}{0}", id="other formats"),
    pytest.param("x\0y", id="a NUL"),
    pytest.param("# coding: utf-7", id="a coding comment"),
    pytest.param(") or __import__('os').abort() or (", id="a closing bracket"),
]

# Names that mean something in Python, or in generated code.
NAMES = [
    "class",
    "None",
    "def",
    "lambda",
    "c",
    "U",
    "v",
    "out",
    "t",
    "v1",
    "a0",
    "h1",
    "k0",
    "r_1",
    "__import__",
    "RegoSet",
    "equal",
    "conflict",
    "explained_value",
    "print_",
    "exec",
    "m",
]


@pytest.mark.parametrize("text", NASTY)
def test_text_of_a_policy_stays_text_wherever_it_stands(text: str) -> None:
    quoted = json.dumps(text)
    source = f"""package a[{quoted}].b

p[{quoted}] := {quoted}
s contains {quoted}
o := {{{quoted}: [{quoted}]}}
e if input[{quoted}] == {quoted}
n := x if some {{{quoted}: x}} in [{{{quoted}: 1}}]
w := y if y := input[{quoted}] with input as {{{quoted}: {quoted}}}
f(x) := {quoted} if x == {quoted}
g := f({quoted})
d := data.a[{quoted}].b.g
c := [x | some x, {quoted} in {{{quoted}: {quoted}}}]
"""
    policy = Policy.compile({text: source}, data={text: {text: 1}})
    value = policy.evaluate("data.a", input={text: text})
    assert value[text]["b"] == {
        "p": {text: text},
        "s": [text],
        "o": {text: [text]},
        "e": True,
        "n": 1,
        "w": text,
        "g": text,
        "d": text,
        "c": [text],
    }
    rules = policy.evaluate_rules("data.a", {"p"}, input={})
    assert rules == []
    assert "broken_out" not in policy.source
    assert not hasattr(builtins, "broken_out")
    assert policy.evaluate(f"data[{quoted}][{quoted}]") == 1


@pytest.mark.parametrize("text", NASTY)
def test_the_name_of_a_file_stays_text_in_an_error(text: str) -> None:
    policy = Policy.compile({text: "package a\n\np := 1\n\np := 2 if input.x\n"})
    with pytest.raises(Exception, match="conflict") as caught:
        policy.evaluate("data.a.p", input={"x": 1})
    assert getattr(caught.value, "file", None) == text


@pytest.mark.parametrize("text", NASTY)
def test_metadata_stays_text(text: str) -> None:
    quoted = json.dumps(text)
    source = (
        f"package a\n\n# METADATA\n# title: {quoted}\n# custom:\n#   k: {quoted}\n"
        "p := rego.metadata.rule()\n"
    )
    assert Policy.compile({"a.rego": source}).evaluate("data.a.p") == {
        "scope": "rule",
        "title": text,
        "custom": {"k": text},
    }


@pytest.mark.parametrize("name", NAMES)
def test_names_of_python_are_names_of_rego(name: str) -> None:
    source = f"""package {name}_p.{name}

{name} := {{"v": y}} if {{ some {name}_x in [1]; y := {name}_x }}

q contains {name} if some {name} in [input.{name}]

f({name}) := {name} + 1

r := f(1)
"""
    value = Policy.compile({"a.rego": source}).evaluate(f"data.{name}_p.{name}", input={name: 5})
    assert value == {name: {"v": 1}, "q": [5], "r": 2}


# ---- what Python itself has limits for --------------------------------------------------------


def test_thirty_loops_in_one_rule() -> None:
    loops = "; ".join(f"some v{i} in [{i}, x]" for i in range(30))
    body = f"p := sum([{', '.join(f'v{i}' for i in range(30))}])"
    wanted = "; ".join(f"v{i} == {i}" for i in range(30))
    source = f"package a\nx := -1\n{body} if {{ {loops}; {wanted} }}\n"
    interleaved = "; ".join(f"some v{i} in [{i}, x]; v{i} == {i}" for i in range(30))
    assert Policy.compile({"a.rego": source.replace(f"{loops}; {wanted}", interleaved)}).evaluate(
        "data.a.p"
    ) == sum(range(30))


def test_integers_of_more_digits_than_python_reads() -> None:
    digits = "7" * 5000
    policy = Policy.compile({"a.rego": f"package a\np := {digits}\nq := format_int(p, 10)\n"})
    assert policy.evaluate("data.a.q") == digits


def test_literals_that_are_nested_deep() -> None:
    policy = Policy.compile({"a.rego": f"package a\np := {'[' * 500}input.x{']' * 500}\n"})
    value = policy.evaluate("data.a.p", input={"x": 1}, limits=Limits(depth=3000))
    for _ in range(500):
        (value,) = value
    assert value == 1


def test_ten_thousand_rules_in_one_package() -> None:
    rules = "\n".join(f"deny contains {i} if input.n == {i}" for i in range(10_000))
    policy = Policy.compile({"a.rego": f"package a\n{rules}\n"})
    assert policy.evaluate("data.a.deny", input={"n": 9_999}) == [9_999]

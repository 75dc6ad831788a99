"""Policies of very many rules: all of one kind, and of some thousands of kinds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# What a rule of ``different`` is made of; each names its rule's number.
_CONDITIONS: Final = (
    'input.config.user == "u{n}"',
    'not startswith(input.config.entrypoint, "/bin/e{n}")',
    "count(input.scan.vulnerabilities) > {n}",
    'some v{n} in input.scan.vulnerabilities\n\tv{n}.severity == "high"',
    'lower(input.config.labels["k{n}"]) != "v{n}"',
    'every p in input.sbom.packages {{\n\t\tp.version != "{n}"\n\t}}',
    "x{n} := [p.name | some p in input.sbom.packages; p.size > {n}]\n\tcount(x{n}) > 2",
    'regex.match("^a{n}", input.subject.tag)',
    'object.get(input.annotations, "a{n}", "none") in {{"a", "b{n}"}}',
    "input.layers[i].size > {n} * 2",
    'input.history[_].created_by == concat(" ", ["RUN", "x{n}"])',
)
_MOST_CONDITIONS: Final = 4
# Knuth's multiplier: numbers that follow each other choose conditions that have little in common.
_SPREAD: Final = 2_654_435_761


def alike(count: int) -> str:
    """A module of ``count`` rules that differ in names and numbers."""
    return _module(
        f'deny contains msg if {{\n\tsome item in input.items\n\titem.kind == "kind{number}"\n'
        f'\titem.size > {number}\n\tmsg := sprintf("%s is over {number}", [item.name])\n}}'
        for number in range(count)
    )


def different(count: int) -> str:
    """A module of ``count`` rules of one to four conditions, chosen and put in order by number."""
    return _module(map(_of_conditions, range(count)))


def _of_conditions(number: int) -> str:
    kinds = len(_CONDITIONS)
    chosen = number * _SPREAD >> 4
    turned = [*_CONDITIONS[number % kinds :], *_CONDITIONS[: number % kinds]]
    conditions = [turned[place] for place in range(kinds) if chosen >> place & 1]
    body = "\n\t".join((conditions or turned)[:_MOST_CONDITIONS]).format(n=number)
    message = f'sprintf("%s fails {number}", [input.subject.name])'
    return f"deny contains msg if {{\n\t{body}\n\tmsg := {message}\n}}"


def _module(rules: Iterable[str]) -> str:
    return "package many\n\n" + "\n\n".join(rules) + "\n"

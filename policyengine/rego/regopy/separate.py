"""Gives every definition of a partial set a name of its own.

The union of ``deny`` does not tell which of its definitions made an element. So each definition
``deny contains x if ...`` becomes ``deny__definition_7 contains x if ...`` in the text that the
library sees, on the same line, and ``deny`` becomes the union of these: who refers to ``deny``
finds what it found before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from policyengine.rego.engine import RuleQuery
from policyengine.rego.syntax.ast import Module, Rule, String, Var

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SEPARATED = re.compile(r"(?:deny|violation|warn)(?:_[A-Za-z0-9_]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatedModules:
    """Sources as the library sees them, the names of separated definitions by (file, row), and
    all the definitions that can be asked for."""

    sources: Mapping[str, str]
    names: Mapping[tuple[str, int], str]
    definitions: frozenset[RuleQuery]

    def __contains__(self, query: RuleQuery) -> bool:
        return query in self.definitions

    def reference(self, query: RuleQuery) -> str:
        """Return the reference, in Rego, to the definition that ``query`` asks for."""
        name = self.names.get((query.file, query.row), query.name)
        return "data" + "".join(_step(part) for part in (*query.package, name))


def separate(modules: Mapping[str, str], trees: Mapping[str, Module]) -> SeparatedModules:
    """Rename the definitions of reasons in ``modules``, whose syntax trees are ``trees``."""
    taken = "".join(modules.values())
    marker = "__definition_"
    while marker in taken:
        marker += "_"
    sources: dict[str, str] = {}
    names: dict[tuple[str, int], str] = {}
    numbers = count()
    for file, source in modules.items():
        definitions = [rule for rule in trees[file].rules if _is_separable(rule)]
        text, union = source, []
        # From the end, so that what is put in does not move what is still to be found.
        for rule in reversed(definitions):
            name = f"{rule.head.name}{marker}{next(numbers)}"
            start = rule.head.location.start
            text = text[:start] + name + text[start + len(rule.head.name) :]
            names[file, rule.head.location.row] = name
            union.append(f"{rule.head.name} contains v if {{ some v in {name} }}")
        sources[file] = "\n".join([text, *reversed(union), ""])
    return SeparatedModules(
        sources=sources, names=names, definitions=frozenset(_definitions(trees))
    )


def _definitions(trees: Mapping[str, Module]) -> Iterator[RuleQuery]:
    for file, tree in trees.items():
        package = tuple(term.value for term in tree.package.path.terms if isinstance(term, String))
        for rule in tree.rules:
            head = rule.head
            first = head.ref[0]
            name = first.name if isinstance(first, Var) else head.name
            yield RuleQuery(package=package, name=name, file=file, row=head.location.row)


def _is_separable(rule: Rule) -> bool:
    head = rule.head
    return (
        rule.kind == "partial_set"
        and rule.else_ is None
        and len(head.ref) == 1
        and isinstance(head.ref[0], Var)
        and _SEPARATED.fullmatch(head.name) is not None
        and head.location.source.text.startswith(head.name, head.location.start)
    )


def _step(part: str) -> str:
    return f".{part}" if _PLAIN.fullmatch(part) else f"[{json.dumps(part)}]"

"""What the written module is for, and what its own imports allow in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from policyengine.rego.syntax.ast import Import, Module, Rule, String, Var
from policyengine.rego.syntax.token_kinds import FUTURE_KEYWORDS, KEYWORDS, V1_KEYWORDS

# ``v0-v1`` is what reads the same in both.
Target: TypeAlias = Literal["v0", "v1", "v0-v1"]

# Variables named as OPA names those it makes up, and ``-x``.
_PLACELESS: Final = re.compile(r"__local|-\s*[A-Za-z_#]")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a module is to be written.

    ``has_if`` and ``has_contains`` say that these keywords may be used. ``has_references`` says
    that a rule is named by a reference that cannot be written as ``p[x]``; all are then written in
    the newer way. ``keywords`` are the words that need brackets in a reference where they had them.
    ``lacks_places`` says that there may be terms that OPA knows no place of, which are not laid
    out by it; ``repeated`` has the wildcards that it meets twice, which it gives a name.
    """

    target: Target
    has_if: bool
    has_contains: bool
    has_references: bool
    keywords: frozenset[str]
    lacks_places: bool
    repeated: frozenset[str]

    @property
    def is_v1(self) -> bool:
        return self.target != "v0"

    def needs_brackets(self, step: String) -> bool:
        """Whether a step of a reference is written ``["x"]`` rather than ``.x``."""
        if not _NAME.match(step.value):
            return True
        return step.value in self.keywords and step.location.text.startswith('"')


def style_of(module: Module, target: Target) -> Style:
    imports = module.imports
    words = [word for word in map(future_keyword, imports) if word is not None]
    is_raised = any(is_version(item, "v1") or is_version(item, "v2") for item in imports)
    has_all = is_raised or any(is_all_keywords(item) for item in imports) or target != "v0"
    keywords = {*KEYWORDS, *words}
    if target != "v0":
        keywords |= V1_KEYWORDS.keys()
    if any(is_version(item, "v2") for item in imports):
        keywords |= FUTURE_KEYWORDS.keys()
    return Style(
        target=target,
        has_if=has_all or "if" in words,
        has_contains=has_all or "contains" in words,
        has_references=any(_is_reference(rule) for rule in module.rules),
        keywords=frozenset(keywords),
        lacks_places=_PLACELESS.search(module.package.location.source.text) is not None,
        repeated=frozenset(_repeated_wildcards(module)),
    )


def is_version(item: Import, version: str) -> bool:
    """Whether an import is ``rego.v1``, or another version of the language."""
    match item.path.terms:
        case (Var(name="rego"), String(value=value)):
            return value == version
        case _:
            return False


def is_future(item: Import) -> bool:
    root = item.path.terms[0]
    return isinstance(root, Var) and root.name == "future"


def is_all_keywords(item: Import) -> bool:
    match item.path.terms:
        case (Var(name="future"), String(value="keywords")):
            return True
        case _:
            return False


def future_keyword(item: Import) -> str | None:
    """The one keyword that an import is of."""
    match item.path.terms:
        case (Var(name="future"), String(value="keywords"), String(value=word)):
            return word if not item.alias else None
        case _:
            return None


def _is_reference(rule: Rule) -> bool:
    head = rule.head
    size = len(head.ref)
    return size > 2 or (size == 2 and head.key is not None and head.value is None)


def _repeated_wildcards(module: Module) -> set[str]:
    """Those in the heads of v0 rules with several bodies, each of which has a copy of the head."""
    once: set[str] = set()
    twice: set[str] = set()
    for rule in module.rules:
        for term in (rule.head.key, rule.head.value):
            if isinstance(term, Var) and term.is_wildcard:
                (twice if term.name in once else once).add(term.name)
    return twice

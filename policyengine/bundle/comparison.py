"""What differs between two versions of a bundle, rule by rule.

A rule is known by its id. Its *logic* is what its definitions say, and all that they refer to, as
a syntax tree: neither layout nor comments count. Its *message* is the text in it: strings that are
a result, ``msg``, or the format of a ``sprintf``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from policyengine.bundle.inputs import InputReader
from policyengine.model.json_value import FrozenObject
from policyengine.model.policy import PolicyBundle, PolicyRule
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast_json import json_text, module_json
from policyengine.rego.syntax.parser import parse_modules

_TEXT = {"type": "string", "value": "*"}
_MESSAGE = "msg"
_FORMATTING = "sprintf"
_EQUATING = frozenset({"assign", "eq"})
# Facts of METADATA that change what a verdict says or when, each with its word.
_FACTS = ("kind", "severity", "effective_on", "requires", "optional")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDifference:
    """A rule that both versions have, and in what it differs: words, in order.

    ``logic``, ``message``, ``title``, or the name of a fact: ``severity``, ``effective_on``.
    """

    rule: str
    changed: tuple[str, ...]
    before: PolicyRule
    after: PolicyRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterDifference:
    """A parameter; ``before`` and ``after`` are its schemas, None where a version has none."""

    name: str
    before: FrozenObject | None
    after: FrozenObject | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleDifference:
    """All that differs. ``data`` and ``view`` say whether those do."""

    added: tuple[PolicyRule, ...]
    removed: tuple[PolicyRule, ...]
    changed: tuple[RuleDifference, ...]
    parameters: tuple[ParameterDifference, ...]
    data: bool
    view: bool

    @property
    def is_nothing(self) -> bool:
        """Whether both versions judge by the same."""
        lists = (self.added, self.removed, self.changed, self.parameters)
        return not any(lists) and not self.data and not self.view


def compare_bundles(old: PolicyBundle, new: PolicyBundle) -> BundleDifference:
    """Return what differs from ``old`` to ``new``."""
    before, after = _by_id(old), _by_id(new)
    logic_before, logic_after = _Logic(old), _Logic(new)
    changed = []
    for rule in before.keys() & after.keys():
        words = _differing(before[rule], after[rule])
        words += _text_or_logic(logic_before.of(rule), logic_after.of(rule))
        if words:
            changed.append(
                RuleDifference(
                    rule=rule, changed=tuple(words), before=before[rule], after=after[rule]
                )
            )
    return BundleDifference(
        added=tuple(after[rule] for rule in sorted(after.keys() - before.keys())),
        removed=tuple(before[rule] for rule in sorted(before.keys() - after.keys())),
        changed=tuple(sorted(changed, key=lambda item: item.rule)),
        parameters=tuple(_parameters(old, new)),
        data=old.data != new.data,
        view=old.view != new.view,
    )


def _by_id(bundle: PolicyBundle) -> dict[str, PolicyRule]:
    found: dict[str, PolicyRule] = {}
    for rule in bundle.rules:
        found.setdefault(rule.id, rule)
    return found


def _differing(before: PolicyRule, after: PolicyRule) -> list[str]:
    words = [name for name in _FACTS if getattr(before, name) != getattr(after, name)]
    texts = ("title", "description", "remediation", "controls", "collections")
    return words + [name for name in texts if getattr(before, name) != getattr(after, name)]


def _text_or_logic(before: tuple[str, str], after: tuple[str, str]) -> list[str]:
    (whole_before, bare_before), (whole_after, bare_after) = before, after
    if bare_before != bare_after:
        return ["logic"]
    return ["message"] if whole_before != whole_after else []


def _parameters(old: PolicyBundle, new: PolicyBundle) -> list[ParameterDifference]:
    before, after = _properties(old), _properties(new)
    return [
        ParameterDifference(name=name, before=before.get(name), after=after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _properties(bundle: PolicyBundle) -> Mapping[str, Any]:
    properties: Any = bundle.parameter_schema.get("properties", {})
    return properties if isinstance(properties, Mapping) else {}


class _Logic:
    """The rules of one bundle as text that is alike where they are."""

    def __init__(self, bundle: PolicyBundle) -> None:
        self._bundle = bundle
        self._trees = parse_modules(
            {module.path: module.source for module in bundle.modules},
            file_rego_versions={module.path: module.rego_version for module in bundle.modules},
        )
        self._reader = InputReader(self._trees)

    def of(self, rule: str) -> tuple[str, str]:
        """Return the definitions of ``rule`` with what they refer to: whole, and without texts."""
        whole: set[str] = set()
        bare: set[str] = set()
        for found in self._bundle.rules:
            if found.id == rule:
                tree = self._trees[found.location.file]
                own = next(
                    item for item in tree.rules if item.head.location.row == found.location.row
                )
                for item, module in ((own, tree), *self._reader.rules_read_by(own, tree)):
                    written = _written(item, module)
                    whole.add(json_text(written))
                    bare.add(json.dumps(_without_text(json.loads(json_text(written)))))
        return "\n".join(sorted(whole)), "\n".join(sorted(bare))


def _written(rule: ast.Rule, tree: ast.Module) -> dict[str, Any]:
    document: Any = module_json(
        replace(tree, rules=(replace(rule, annotations=()),), annotations=()), comments=False
    )
    # Imports say what names mean; the package says whose rule it is.
    return {name: document.get(name) for name in ("package", "imports", "rules")}


def _without_text(node: Any) -> Any:
    """Return the tree with ``*`` for each string that is a message."""
    if isinstance(node, list):
        operator = _operator(node)
        if operator == _FORMATTING and len(node) > 1:
            return [node[0], _blank(node[1]), *map(_without_text, node[2:])]
        if operator in _EQUATING and any(_is_message(term) for term in node[1:]):
            return [node[0], *(term if _is_message(term) else _blank(term) for term in node[1:])]
        return [_without_text(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "object":
        pairs = [
            [key, _blank(value) if _is_message_key(key) else _without_text(value)]
            for key, value in node["value"]
        ]
        return {**node, "value": pairs}
    found = {key: _without_text(value) for key, value in node.items()}
    for name in ("key", "value"):
        if "name" in node and isinstance(node.get(name), dict):
            # The head of a rule: what it gives.
            found[name] = _blank(node[name])
    return found


def _blank(node: Any) -> Any:
    """Return a term of which a message is made, its own strings blanked."""
    if isinstance(node, list):
        return [_blank(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "string":
        return _TEXT
    if node.get("type") in {"templatestring", "array"}:
        return {**node, "value": _blank(node["value"])}
    return _without_text(node)


def _operator(node: list[Any]) -> str:
    first = node[0] if node else None
    if isinstance(first, dict) and first.get("type") == "ref":
        names = [term.get("value") for term in first["value"] if isinstance(term, dict)]
        return ".".join(str(name) for name in names)
    return ""


def _is_message(term: Any) -> bool:
    return isinstance(term, dict) and term.get("type") == "var" and term.get("value") == _MESSAGE


def _is_message_key(term: Any) -> bool:
    return isinstance(term, dict) and term.get("type") == "string" and term.get("value") == _MESSAGE

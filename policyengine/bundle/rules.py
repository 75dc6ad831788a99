"""The rules of a bundle: what they are called, where they are, and which evidence they read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from policyengine.bundle.inputs import InputReader
from policyengine.errors import BundleFormatError
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.policy import PolicyRule, RuleKind, SourceLocation
from policyengine.model.severity import Severity
from policyengine.model.views import DocumentView, evidence_behind
from policyengine.rego.syntax import ast

_KINDS = (
    (re.compile(r"(?:deny|violation)(?:_\w+)?"), RuleKind.DENY),
    (re.compile(r"warn(?:_\w+)?"), RuleKind.WARN),
    (re.compile(r"allow"), RuleKind.ALLOW),
)
_EXCEPTION = "exception"
_WORDS = {severity.word: severity for severity in Severity}


def find_rules(
    trees: Mapping[str, ast.Module],
    *,
    view: DocumentView,
    entrypoints: Sequence[tuple[str, ...]],
    evidence: frozenset[EvidenceKind] = frozenset(),
) -> tuple[PolicyRule, ...]:
    """Return the rules that decide, in order of file and row.

    ``entrypoints`` are packages, each with those below it; none means all. A rule that reads a
    kind of ``evidence`` requires it, whatever its METADATA says. Raises BundleFormatError for an
    entrypoint that names nothing, evidence that no rule reads, two rules of one id, or METADATA
    that does not fit.
    """
    reader = InputReader(trees)
    rules = [
        _rule(file, tree, rule, kind, reader=reader, view=view, evidence=evidence)
        for file, tree in sorted(trees.items())
        if _is_entrypoint(package_of(tree), entrypoints)
        for rule in tree.rules
        if (kind := _kind(rule)) is not None and not _is_spare_default(rule, tree, trees)
    ]
    for entrypoint in entrypoints:
        if not any(rule.package[: len(entrypoint)] == entrypoint for rule in rules):
            raise BundleFormatError(
                "an entrypoint without a rule that decides",
                where=".".join(entrypoint),
                expected="a package with deny, violation, warn or allow",
            )
    if not rules:
        raise BundleFormatError(
            "a bundle without a rule that decides", expected="deny, violation, warn or allow"
        )
    read = frozenset[EvidenceKind]().union(*(rule.requires for rule in rules))
    if idle := evidence - read:
        raise BundleFormatError(
            "the bundle asks for evidence that none of its rules reads",
            where="metadata/policyengine/evidence",
            found=", ".join(sorted(idle)),
        )
    return _unique(rules)


def find_exceptions(
    trees: Mapping[str, ast.Module], rules: Sequence[PolicyRule], *, view: DocumentView
) -> tuple[PolicyRule, ...]:
    """Return conftest's ``exception`` rules in the packages of ``rules``, in order of file and row.

    Raises BundleFormatError as ``find_rules``.
    """
    packages = {rule.package for rule in rules}
    found = [
        (file, tree, rule)
        for file, tree in sorted(trees.items())
        if package_of(tree) in packages
        for rule in tree.rules
        if _name(rule) == _EXCEPTION and not rule.default
    ]
    if not found:
        return ()
    reader = InputReader(trees)
    return _unique(
        [
            _rule(file, tree, rule, RuleKind.EXCEPTION, reader=reader, view=view)
            for file, tree, rule in found
        ]
    )


def package_of(tree: ast.Module) -> tuple[str, ...]:
    """Return the package path without ``data``."""
    return tuple(term.value for term in tree.package.path.terms[1:] if isinstance(term, ast.String))


def _is_entrypoint(package: tuple[str, ...], entrypoints: Sequence[tuple[str, ...]]) -> bool:
    return not entrypoints or any(package[: len(path)] == path for path in entrypoints)


def _kind(rule: ast.Rule) -> RuleKind | None:
    name = _name(rule)
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(name)), None)


def _name(rule: ast.Rule) -> str:
    """Return the name of a rule; "" for a function."""
    head = rule.head
    if head.args or not head.ref or not isinstance(head.ref[0], ast.Var):
        return ""
    return head.ref[0].name


def _is_spare_default(rule: ast.Rule, tree: ast.Module, trees: Mapping[str, ast.Module]) -> bool:
    """Say whether ``rule`` is the default of a rule that has definitions: those are asked, and
    answer with the default. Alone it decides: ``default allow := false`` allows nothing."""
    return rule.default and any(
        not other.default and other.head.name == rule.head.name
        for module in trees.values()
        if package_of(module) == package_of(tree)
        for other in module.rules
    )


def _rule(
    file: str,
    tree: ast.Module,
    rule: ast.Rule,
    kind: RuleKind,
    *,
    reader: InputReader,
    view: DocumentView,
    evidence: frozenset[EvidenceKind] = frozenset(),
) -> PolicyRule:
    package = package_of(tree)
    first = rule.head.ref[0]
    name = first.name if isinstance(first, ast.Var) else rule.head.name
    location = SourceLocation(file=file, row=rule.head.location.row)
    metadata = _Metadata(rule, tree, f"{file}:{location.row}")
    paths = reader.paths_read_by(rule, tree)
    reads = frozenset[EvidenceKind]().union(*(evidence_behind(view, path) for path in paths))
    optional = metadata.optional_evidence() - evidence
    return PolicyRule(
        id=metadata.text("id") or ".".join((*package, name)),
        kind=kind,
        package=package,
        name=name,
        location=location,
        title=metadata.title,
        description=metadata.description,
        severity=metadata.severity(),
        remediation=metadata.text("remediation"),
        effective_on=metadata.effective_on(),
        controls=metadata.texts("controls"),
        collections=metadata.texts("collections"),
        parameters=metadata.texts("parameters"),
        requires=reads - optional,
        optional=reads & optional,
        input_paths=tuple(sorted(paths)),
    )


class _Metadata:
    """METADATA of one rule: its own, else that of its document, else that of its package."""

    def __init__(self, rule: ast.Rule, tree: ast.Module, where: str) -> None:
        self._where = where
        chain = [*rule.annotations, *(a for a in tree.annotations if a.scope == "package")]
        own = rule.annotations[:1]
        self.title = next((a.title for a in own if a.title), "")
        self.description = next((a.description for a in own if a.description), "").strip()
        self._own = dict(own[0].custom) if own else {}
        self._chain = [a.custom for a in chain]

    def _value(self, name: str, *, inherited: bool) -> ast.YamlValue:
        holders = self._chain if inherited else [self._own]
        return next((custom[name] for custom in holders if name in custom), None)

    def text(self, name: str) -> str:
        value = self._value(name, inherited=name != "id")
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._wrong(name, repr(value), "a string")
        return value.strip()

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._value(name, inherited=True)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(name, repr(value), "a list of strings")
        return tuple(str(item).strip() for item in value)

    def severity(self) -> Severity | None:
        word = self.text("severity")
        if word and word not in _WORDS:
            raise self._wrong("severity", repr(word), " or ".join(_WORDS))
        return _WORDS.get(word)

    def effective_on(self) -> Instant | None:
        text = self.text("effective_on")
        if not text:
            return None
        try:
            return Instant.parse(text)
        except ValueError:
            raise self._wrong("effective_on", repr(text), "an RFC 3339 time") from None

    def optional_evidence(self) -> frozenset[EvidenceKind]:
        evidence = self._value("evidence", inherited=False)
        if evidence is None:
            return frozenset()
        optional = None
        if isinstance(evidence, dict) and set(evidence) == {"optional"}:
            optional = evidence["optional"]
        words = {kind.value for kind in EvidenceKind}
        if not isinstance(optional, list) or not all(word in words for word in optional):
            raise self._wrong("evidence", repr(evidence), f"optional: [{', '.join(sorted(words))}]")
        return frozenset(EvidenceKind(str(word)) for word in optional)

    def _wrong(self, name: str, found: str, expected: str) -> BundleFormatError:
        return BundleFormatError(
            f"METADATA custom.{name} does not fit",
            where=self._where,
            found=found,
            expected=expected,
        )


def _unique(rules: Sequence[PolicyRule]) -> tuple[PolicyRule, ...]:
    """Refuse two rules of one id, unless they are definitions of one rule in one package.

    A definition is told by its row: two in one would be taken for one.
    """
    seen: dict[str, PolicyRule] = {}
    rows: set[SourceLocation] = set()
    for rule in rules:
        if rule.location in rows:
            raise BundleFormatError(
                "two rules that decide in one row",
                where=f"{rule.location.file}:{rule.location.row}",
                expected="a row of its own for each",
            )
        rows.add(rule.location)
        other = seen.setdefault(rule.id, rule)
        if (other.package, other.name) != (rule.package, rule.name):
            raise BundleFormatError(
                f"two rules have the id {rule.id}",
                where=f"{rule.location.file}:{rule.location.row}",
                found=f"the other at {other.location.file}:{other.location.row}",
                expected="an id of its own for each rule",
            )
    return tuple(rules)

"""What a bundle's Rego was found to decide, and where that is kept for the next process.

To read the Rego again at each opening takes longer than to judge an image. So what was found in a
bundle that passed every check is kept, and what is kept stands in for those checks:

1. A bundle's files are read, and held to trust and lock, before anything here is asked. What is
   kept is found by their digest: what was altered finds nothing, even where nothing refuses it.
2. The name of an entry is made of all that the checks look at: the digest of the files, what the
   manifest says, the schema of the view, and this program.
3. ``rego/private_files.py`` says what a file must be to be read: this user's alone, and whole.
4. Only success is kept: a bundle that was refused is checked, and refused, again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from policyengine.bundle.files import BundleFiles
from policyengine.bundle.view_schemas import view_schema_digest
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.policy import PolicyRule, RuleKind, SourceLocation
from policyengine.model.severity import Severity
from policyengine.rego.private_files import PrivateFiles

_KIND: Final = "rules-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRules:
    """The rules of a bundle whose Rego passed every check."""

    rules: tuple[PolicyRule, ...]
    exceptions: tuple[PolicyRule, ...]


class CheckedRulesCache:
    """Checked rules by the bundle that they are of, in ``folder``."""

    def __init__(self, folder: Path | None = None) -> None:
        self._files = PrivateFiles(folder)

    def load(self, files: BundleFiles) -> CheckedRules | None:
        """Return what was found in ``files``, None where that is not known."""
        payload = self._files.load(self._name(files))
        if payload is None:
            return None
        try:
            rules, exceptions = orjson.loads(payload)
            return CheckedRules(rules=_unpacked(rules), exceptions=_unpacked(exceptions))
        except (ValueError, TypeError, KeyError):
            # Of another version of this program that says it is this one.
            return None

    def store(self, files: BundleFiles, checked: CheckedRules) -> None:
        """Keep what was found in ``files``, if the disk lets it."""
        try:
            payload = orjson.dumps([_packed(checked.rules), _packed(checked.exceptions)])
        except TypeError:
            # Text that is not UTF-8, or a number that is none of JSON: such a bundle is read again.
            return
        self._files.store(self._name(files), payload)

    def _name(self, files: BundleFiles) -> str:
        manifest = files.manifest
        return self._files.name(
            _KIND,
            [
                files.digest,
                manifest.view.value,
                view_schema_digest(manifest.view),
                manifest.entrypoints,
                sorted(manifest.evidence),
                manifest.roots,
                manifest.rego_versions.of_all(files.modules),
            ],
        )


def _packed(rules: Sequence[PolicyRule]) -> list[list[Any]]:
    return [
        [
            rule.id,
            rule.kind.value,
            rule.package,
            rule.name,
            rule.location.file,
            rule.location.row,
            rule.title,
            rule.description,
            None if rule.severity is None else rule.severity.value,
            rule.remediation,
            None if rule.effective_on is None else rule.effective_on.ns,
            rule.controls,
            rule.collections,
            rule.parameters,
            sorted(rule.requires),
            sorted(rule.optional),
            rule.input_paths,
        ]
        for rule in rules
    ]


def _unpacked(packed: Sequence[Sequence[Any]]) -> tuple[PolicyRule, ...]:
    return tuple(
        [
            PolicyRule(
                id=id_,
                kind=RuleKind(kind),
                package=tuple(package),
                name=name,
                location=SourceLocation(file=file, row=row),
                title=title,
                description=description,
                severity=None if severity is None else Severity(severity),
                remediation=remediation,
                effective_on=None if effective_on is None else Instant(effective_on),
                controls=tuple(controls),
                collections=tuple(collections),
                parameters=tuple(parameters),
                requires=frozenset(map(EvidenceKind, requires)),
                optional=frozenset(map(EvidenceKind, optional)),
                input_paths=tuple(map(tuple, input_paths)),
            )
            for (
                id_,
                kind,
                package,
                name,
                file,
                row,
                title,
                description,
                severity,
                remediation,
                effective_on,
                controls,
                collections,
                parameters,
                requires,
                optional,
                input_paths,
            ) in packed
        ]
    )

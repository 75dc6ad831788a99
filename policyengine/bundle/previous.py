"""The version before the one that is built: where it is known from, and what it asks for.

1. Where the user names it, that is the one.
2. Else every version that the project knows is looked for: archives of the bundle in the folder
   that the new one is written to, entries of ``policyengine.lock`` by its name, and headings of
   CHANGELOG.md that are later than the manifest. The latest of all counts. What the lock file
   names is read from the cache, by its digest. What else lies in the cache does not count: a build
   would depend on what was pulled on this machine, and names are not the publisher's alone.
3. A version that is earlier than it is refused. One that is the same is refused where rules, data
   or parameters are others, or where nobody can tell because what is locked cannot be had.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from policyengine.bundle.archive import PACKED_BYTES, SUFFIXES, read_archive
from policyengine.bundle.files import MANIFEST
from policyengine.bundle.lock import BundleLock
from policyengine.bundle.manifest import parse_manifest
from policyengine.bundle.open import open_contents
from policyengine.bundle.source import plain_name
from policyengine.bundle.versions import is_version, version_order
from policyengine.errors import BundleError, BundleFormatError
from policyengine.given_file import read_given
from policyengine.model.policy import BundleIdentity, PolicyBundle

CHANGELOG: Final = "CHANGELOG.md"
_ARCHIVES: Final = 1_000
_HEADING: Final = re.compile(r"##\s+\[?v?([^\s\]]+)\]?(?:\s.*)?")
_WAYS_OUT: Final = "--previous BUNDLE names another, --no-previous compares with nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownVersion:
    """A version that is known, and from where.

    ``digests`` are those of the bundle where it is known by them. ``open`` gives its content,
    None where nothing but the version is known; it raises BundleError where it cannot be had.
    """

    version: str
    known_from: str
    digests: frozenset[str] = frozenset()
    open: Callable[[], PolicyBundle] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a bundle was compared with. ``changed`` is None where content was not looked at,
    because the version is a later one."""

    version: str
    known_from: str
    changed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousSearch:
    """Where to look. ``open_locked`` opens a source of the lock file, held to the lock."""

    folder: Path
    lock: BundleLock | None
    open_locked: Callable[[str], PolicyBundle]

    def known(
        self, identity: BundleIdentity, changelog: str, *, root: Path
    ) -> tuple[KnownVersion, ...]:
        """Return what is known of the bundle in ``root``. Raises BundleFormatError."""
        return (
            *self._archives(identity.name),
            *self._locked(identity.name, root),
            *_told_later(changelog, identity.version, root),
        )

    def _archives(self, name: str) -> Iterator[KnownVersion]:
        if not self.folder.is_dir():
            return
        paths = sorted(path for path in self.folder.iterdir() if path.name.endswith(SUFFIXES))
        if len(paths) > _ARCHIVES:
            raise BundleFormatError(
                "has too many archives to look for the version before",
                where=str(self.folder),
                expected=f"at most {_ARCHIVES}",
                hint=_WAYS_OUT,
            )
        for path in paths:
            try:
                data = read_given(path, error=BundleFormatError, limit=PACKED_BYTES)
                contents = read_archive(data, where=str(path))
                manifest = parse_manifest(
                    contents.get(MANIFEST, b"{}"),
                    where=f"{path}/{MANIFEST}",
                    plain_name=plain_name(path.name),
                )
            except BundleFormatError as error:
                # Any other archive may lie there; one that is called as ours is would be missed.
                if path.name.startswith(f"{name}-"):
                    raise BundleFormatError(
                        "may be the version before, and cannot be read",
                        where=str(path),
                        found=str(error),
                        hint=_WAYS_OUT,
                    ) from None
                continue
            if manifest.name == name:
                yield KnownVersion(
                    version=manifest.version,
                    known_from=str(path),
                    open=_opener(contents, path),
                )

    def _locked(self, name: str, root: Path) -> Iterator[KnownVersion]:
        if self.lock is None:
            return
        for source, locked in sorted(self.lock.bundles.items()):
            if locked.name != name:
                continue
            if not is_version(locked.version):
                raise BundleFormatError(
                    "is locked to what is no semantic version",
                    where=f"{self.lock.path}: {source}",
                    found=repr(locked.version),
                )
            # The definition itself may be what is locked: it has no other content than its own.
            is_own = (self.lock.path.parent / source).resolve() == root.resolve()
            yield KnownVersion(
                version=locked.version,
                known_from=f"{self.lock.path}: {source}",
                digests=frozenset({locked.digest}),
                open=None if is_own else _locked_opener(self.open_locked, source),
            )


def compare(
    bundle: PolicyBundle,
    known: tuple[KnownVersion, ...],
    *,
    digests: frozenset[str],
    where: str,
) -> Compared | None:
    """Hold ``bundle`` to the latest of ``known``; None where nothing is known.

    ``digests`` are those that the bundle may be known by: its definition's and its archive's.
    Raises BundleFormatError.
    """
    if not known:
        return None
    own = bundle.identity.version
    latest = max(known, key=lambda each: version_order(each.version))
    order = version_order(latest.version)
    if version_order(own) > order:
        return Compared(version=latest.version, known_from=latest.known_from, changed=None)
    if version_order(own) < order:
        raise BundleFormatError(
            "has an earlier version than one that is known",
            where=where,
            found=own,
            expected=f"a version after {latest.version}, which {latest.known_from} has",
            hint=_WAYS_OUT,
        )
    for each in known:
        if version_order(each.version) != order or not digests.isdisjoint(each.digests):
            continue
        _require_same(bundle, each, where)
    return Compared(version=latest.version, known_from=latest.known_from, changed=False)


def _require_same(bundle: PolicyBundle, known: KnownVersion, where: str) -> None:
    expected = f"a version after {known.version}, and its entry in {CHANGELOG}"
    if known.open is None:
        raise BundleFormatError(
            "is not what has its version, and what that is cannot be had to compare",
            where=where,
            found=f"{known.version}, which {known.known_from} has with another digest",
            expected=expected,
            hint=_WAYS_OUT,
        )
    try:
        previous = known.open()
    except BundleError as error:
        raise BundleFormatError(
            f"has a version that is known, and {known.known_from} cannot be had to compare",
            where=where,
            found=str(error),
            expected=expected,
            hint=_WAYS_OUT,
        ) from None
    if changed(bundle, previous):
        raise BundleFormatError(
            "has other rules, data or parameters than what has its version, in " + known.known_from,
            where=where,
            found=known.version,
            expected=expected,
            hint=f"{_WAYS_OUT}; an archive that was never released may be removed",
        )


def require_later(bundle: PolicyBundle, previous: PolicyBundle, *, where: str) -> Compared:
    """Hold ``bundle`` to the version that the user names as the one before.

    Raises BundleFormatError.
    """
    new, old = bundle.identity, previous.identity
    if new.name != old.name:
        raise BundleFormatError(
            "is not the bundle that the previous one is",
            where=where,
            found=new.name,
            expected=old.name,
        )
    other = changed(bundle, previous)
    order, before = version_order(new.version), version_order(old.version)
    if order < before or (order == before and other):
        raise BundleFormatError(
            "has other rules, data or parameters than the previous one, and no later version"
            if order == before
            else "has an earlier version than the previous one",
            where=where,
            found=new.version,
            expected=f"a version after {old.version}, and its entry in {CHANGELOG}",
        )
    return Compared(version=old.version, known_from="--previous", changed=other)


def changed(bundle: PolicyBundle, previous: PolicyBundle) -> bool:
    """Say whether anything that decides differs: modules, data, parameters, view."""
    return _decisive(bundle) != _decisive(previous)


def _decisive(bundle: PolicyBundle) -> tuple[object, ...]:
    return (
        {(module.path, module.source, module.rego_version) for module in bundle.modules},
        bundle.data,
        bundle.parameter_schema,
        bundle.view,
        bundle.strict_builtin_errors,
        {(rule.id, rule.package, rule.requires) for rule in bundle.rules},
    )


def _told_later(changelog: str, version: str, root: Path) -> Iterator[KnownVersion]:
    """Headings of later versions than the manifest's: of earlier ones no content is known."""
    for line in changelog.splitlines():
        heading = _HEADING.fullmatch(line)
        if heading is None or not is_version(heading[1]):
            continue
        if version_order(heading[1]) > version_order(version):
            yield KnownVersion(version=heading[1], known_from=f"{root}/{CHANGELOG}")


def _opener(contents: dict[str, bytes], path: Path) -> Callable[[], PolicyBundle]:
    return lambda: open_contents(contents, where=str(path), parameters={})


def _locked_opener(
    open_locked: Callable[[str], PolicyBundle], source: str
) -> Callable[[], PolicyBundle]:
    return lambda: open_locked(source)

"""One repository, from its anchor to who signed which tag.

The anchor, in this order: a root that the user pinned; the root remembered from before; what the
server shows on first use, where a file remembers it. Without any of them nothing is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from policyengine.collect.trust.notary.directory import MetadataSource
from policyengine.collect.trust.notary.keys import BadKey, TufKey, key_of_certificate
from policyengine.collect.trust.notary.known_roots import KnownRepository, KnownRoots
from policyengine.collect.trust.notary.metadata import (
    METADATA_BYTES,
    Role,
    Root,
    Targets,
    parse_root,
)
from policyengine.collect.trust.notary.trusted_set import TrustedSet, is_root_of, sha256_of
from policyengine.errors import (
    EvidenceError,
    NotAuthentic,
    SettingsError,
    SourceUnavailable,
    UsageError,
)
from policyengine.given_file import read_given
from policyengine.model.instant import Instant

RELEASES = "targets/releases"
# A client that is led through versions without end, or through delegations, stops.
_ROOT_VERSIONS = 1024
_DELEGATIONS = 256
_KEYID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedRoot:
    """What a user vouches for: a root's metadata, or else the id of a root key."""

    origin: str
    data: bytes | None = None
    keyid: str | None = None


class Anchor(StrEnum):
    """Why the root is believed."""

    PINNED = "pinned"
    KNOWN = "known"
    FIRST_USE = "first_use"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTag:
    """A role's word on one tag. ``digest`` is ``sha256:...`` of the manifest.

    ``problem`` says why it does not count.
    """

    tag: str
    digest: str
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRole:
    """A role that may sign tags: the keys that it may sign with, and what it signed.

    ``signed_by`` are the keys that did. ``location`` and ``sha256`` are of its metadata, None
    where there is none. ``expires`` is the first end of it, of ``targets`` and of the root, from
    which on nothing of it is authentic. ``problem`` says why nothing of it counts.
    """

    name: str
    keyids: tuple[str, ...]
    location: str | None = None
    sha256: str | None = None
    signed_by: tuple[TufKey, ...] = ()
    tags: tuple[SignedTag, ...] = ()
    expires: Instant | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRepository:
    """What is authentic of a repository at the evaluation's clock; ``targets`` is role 0."""

    repository: str
    anchor: Anchor
    root_keyids: tuple[str, ...]
    roles: tuple[SigningRole, ...]


def read_pin(text: str) -> PinnedRoot:
    """Read what ``--root`` names: a key id, a file of root metadata, or a PEM certificate."""
    if _KEYID.fullmatch(text) and not Path(text).exists():
        return PinnedRoot(origin="the pinned key id", keyid=text)
    data = read_given(text, error=SettingsError, limit=METADATA_BYTES)
    if data.lstrip().startswith(b"-----BEGIN CERTIFICATE"):
        try:
            return PinnedRoot(origin=text, keyid=key_of_certificate(data).bare_keyid)
        except BadKey as problem:
            raise SettingsError(
                "is no root to pin", where=text, found=str(problem), expected="a certificate"
            ) from None
    try:
        parse_root(data, text)
    except EvidenceError as problem:
        raise SettingsError(
            "is no root to pin",
            where=text,
            found=str(problem),
            expected="root.json of a Notary repository, a PEM certificate, or a key id",
        ) from None
    return PinnedRoot(origin=text, data=data)


def verify_repository(
    repository: str,
    source: MetadataSource,
    *,
    now: Instant,
    pins: Sequence[PinnedRoot] = (),
    known_roots: KnownRoots | None = None,
) -> VerifiedRepository | None:
    """Fetch and verify all metadata of ``repository``, and remember what was seen.

    None where the source has no metadata of a repository that was not known before. Raises
    NotAuthentic, IntegrityError or MalformedEvidence where it is not authentic.
    """
    if not pins and known_roots is None:
        raise UsageError(
            "there is no root to trust",
            where=source.name,
            expected="--root with a root or key id, or --known-roots with a file that remembers",
        )
    known = known_roots.find(repository) if known_roots is not None else None
    current = source.current("root")
    if current is None:
        if known is not None:
            raise NotAuthentic(
                "the trust metadata of the repository is gone",
                where=source.location("root"),
                found="nothing",
                expected=f"version {known.versions['root'].version} of the root or newer",
            )
        return None
    if pins:
        data, location = _pinned_root(repository, source, current, pins)
    elif known is not None:
        data, location = known.root, f"the root of {repository} that is known"
    else:
        data, location = current, source.location("root")
    seen = known.versions if known is not None else {}
    trusted = TrustedSet.begin(repository, data, location, now=now, seen=seen)
    _follow_roots(trusted, source, current)
    _load(trusted, source)
    if known_roots is not None:
        found = KnownRepository(
            repository=repository,
            root=trusted.root.document.data,
            versions=trusted.versions,
        )
        known_roots.record(found, known)
    anchor = Anchor.PINNED if pins else Anchor.KNOWN if known is not None else Anchor.FIRST_USE
    return VerifiedRepository(
        repository=repository,
        anchor=anchor,
        root_keyids=_ids(trusted.root),
        roles=tuple(_roles(trusted)),
    )


def _pinned_root(
    repository: str, source: MetadataSource, current: bytes, pins: Sequence[PinnedRoot]
) -> tuple[bytes, str]:
    """Return the root to begin with: the pinned one of this repository, or the newest signed by
    pinned keys alone. Settings may pin the roots of many repositories."""
    location = source.location("root")
    shown = parse_root(current, location)
    for pin in pins:
        if pin.data is not None and is_root_of(parse_root(pin.data, pin.origin), repository):
            return pin.data, pin.origin
    wanted = {pin.keyid for pin in pins if pin.keyid is not None}
    if not wanted:
        raise NotAuthentic(
            "none of the pinned roots is of this repository",
            where=location,
            found=", ".join(pin.origin for pin in pins),
            expected=f"the root of {repository}, with its certificate",
        )
    data: bytes | None = current
    version = shown.document.version
    for _ in range(_ROOT_VERSIONS):
        if data is not None and _is_rooted_in(parse_root(data, location), wanted):
            return data, location
        version -= 1
        if version < 1:
            break
        data = source.root_version(version)
    raise NotAuthentic(
        "the root key is not the pinned one",
        where=location,
        found=f"root keys {', '.join(_ids(shown))}",
        expected=" or ".join(sorted(wanted)),
    )


def _is_rooted_in(root: Root, wanted: set[str]) -> bool:
    """Say whether pinned keys alone reach the threshold: another key beside is not vouched for."""
    role = root.roles["root"]
    keys = [root.keys[keyid] for keyid in role.keyids]
    pinned = {key.fingerprint for key in keys if {key.keyid, key.bare_keyid} & wanted}
    return len(pinned) >= role.threshold and len(pinned) == len({k.fingerprint for k in keys})


def _follow_roots(trusted: TrustedSet, source: MetadataSource, current: bytes) -> None:
    location = source.location("root")
    shown = parse_root(current, location)
    mine = trusted.root.document
    if shown.document.message == mine.message:
        trusted.refresh_root(shown)
    elif shown.document.version <= mine.version:
        if set(_ids(shown)) == set(_ids(trusted.root)) and shown.document.version < mine.version:
            raise NotAuthentic(
                "the root metadata is older than what was seen before: a rollback",
                where=location,
                found=f"version {shown.document.version}",
                expected=f"version {mine.version} or newer",
            )
        raise NotAuthentic(
            "the root of the repository is another one than is trusted",
            where=location,
            found=f"root keys {', '.join(_ids(shown))}, version {shown.document.version}",
            expected=f"root keys {', '.join(_ids(trusted.root))}, version {mine.version}",
            hint="if its owner began anew, pin the new root with --root, or remove the old one "
            "from the file of known roots",
        )
    if shown.document.version - mine.version > _ROOT_VERSIONS:
        raise NotAuthentic(
            "the root is too many versions ahead",
            where=location,
            found=f"version {shown.document.version}",
            expected=f"at most {mine.version + _ROOT_VERSIONS}",
        )
    for version in range(mine.version + 1, shown.document.version + 1):
        is_last = version == shown.document.version
        data = current if is_last else source.root_version(version)
        if data is None:
            raise NotAuthentic(
                "a version of the root is missing, so that the newest cannot be trusted",
                where=location,
                found=f"no version {version}",
                expected=f"all from {mine.version} to {shown.document.version}",
            )
        trusted.update_root(data, location)


def _load(trusted: TrustedSet, source: MetadataSource) -> None:
    trusted.update_timestamp(
        _needed(source.current("timestamp"), source, "timestamp"), source.location("timestamp")
    )
    if trusted.timestamp is None:
        raise RuntimeError("no timestamp was loaded")
    sha256 = trusted.timestamp.files["snapshot"].sha256
    trusted.update_snapshot(
        _needed(source.exact("snapshot", sha256), source, "snapshot"), source.location("snapshot")
    )
    if trusted.snapshot is None:
        raise RuntimeError("no snapshot was loaded")
    sha256 = trusted.snapshot.files["targets"].sha256
    trusted.update_targets(
        _needed(source.exact("targets", sha256), source, "targets"), source.location("targets")
    )
    while pending := trusted.pending():
        for role, meta in pending:
            location = source.location(role.name)
            if len(trusted.delegations) >= _DELEGATIONS:
                raise NotAuthentic(
                    "too many delegations", where=location, expected=f"at most {_DELEGATIONS}"
                )
            data = None if meta is None else source.exact(role.name, meta.sha256)
            if data is None and meta is not None:
                trusted.refuse_delegation(
                    role, f"{location}: the snapshot names it, and it is gone"
                )
            else:
                trusted.add_delegation(role, data, location)


def _needed(data: bytes | None, source: MetadataSource, role: str) -> bytes:
    if data is None:
        raise SourceUnavailable(
            f"there is no {role} metadata", where=source.location(role), found="nothing"
        )
    return data


def _roles(trusted: TrustedSet) -> Iterator[SigningRole]:
    """Yield every role that may sign tags, ``targets`` first."""
    if trusted.targets is None:
        raise RuntimeError("no targets were loaded")
    released = _Released(trusted)
    end = min(trusted.root.document.expires, trusted.targets.document.expires)
    yield SigningRole(
        name="targets",
        keyids=trusted.root.roles["targets"].keyids,
        location=trusted.targets.document.location,
        sha256=sha256_of(trusted.targets.document.data),
        signed_by=trusted.targets_signed_by,
        tags=tuple(released.signed_tags("targets", trusted.targets)),
        expires=end,
    )
    for name, state in trusted.delegations.items():
        shown = state.targets or state.claimed
        yield SigningRole(
            name=name,
            keyids=state.role.keyids,
            location=None if shown is None else shown.document.location,
            sha256=None if shown is None else sha256_of(shown.document.data),
            signed_by=state.signed_by,
            tags=() if shown is None else tuple(released.signed_tags(name, shown)),
            expires=end if shown is None else min(end, shown.document.expires),
            problem=state.problem,
        )


class _Released:
    """What Docker would pull: by ``targets/releases``, and by ``targets`` where that is silent.

    A signer's word on another digest was not released, and does not count.
    """

    def __init__(self, trusted: TrustedSet) -> None:
        self._trusted = trusted
        state = trusted.delegations.get(RELEASES)
        self._unclear = None if state is None else state.problem
        self._digests: dict[str, str] = {}
        for name, targets in (
            ("targets", trusted.targets),
            (RELEASES, None if state is None else state.targets),
        ):
            if targets is not None:
                self._digests.update(
                    (tag, meta.sha256)
                    for tag, meta in targets.targets.items()
                    if self._is_within(tag, name)
                )

    def signed_tags(self, name: str, targets: Targets) -> Iterator[SignedTag]:
        """Yield what role ``name`` says in ``targets``."""
        for tag, meta in targets.targets.items():
            yield SignedTag(
                tag=tag,
                digest=f"sha256:{meta.sha256}",
                problem=self._problem(name, tag, meta.sha256),
            )

    def _problem(self, name: str, tag: str, sha256: str) -> str | None:
        if not self._is_within(tag, name):
            paths = self._trusted.delegations[name].role.paths
            return f"{name} may not sign {tag}: its paths are {', '.join(paths) or 'none'}"
        if self._unclear is not None:
            return f"what {RELEASES} says of {tag} is not known: {self._unclear}"
        released = self._digests.get(tag)
        if released is None:
            return f"{tag} was signed by {name} and not released"
        if released != sha256:
            return f"{tag} was released as sha256:{released}, not as {name} signed it"
        return None

    def _is_within(self, tag: str, name: str) -> bool:
        if name == "targets":
            return True
        levels = _paths(self._trusted, name)
        return all(any(tag.startswith(prefix) for prefix in level) for level in levels)


def _paths(trusted: TrustedSet, name: str) -> Iterator[tuple[str, ...]]:
    parts = name.split("/")
    for end in range(2, len(parts) + 1):
        role: Role = trusted.delegations["/".join(parts[:end])].role
        yield role.paths


def _ids(root: Root) -> tuple[str, ...]:
    return root.roles["root"].keyids

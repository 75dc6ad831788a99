"""The rules by which a Notary repository is trusted, without IO.

The procedure (numbers are in the code), after The Update Framework's client workflow and
theupdateframework/notary ``tuf/builder.go``:

1. The root to begin with is given: pinned by the user, or remembered from first use. It has a
   threshold of its own signatures.
2. Each newer root has the version that follows, the old root's threshold of signatures and its
   own. Its certificates, where its keys have them, are for this repository.
3. The last root has not expired, nor have the certificates of the keys that signed it.
4. The timestamp has its role's threshold, has not expired, and is not older than the last seen.
5. The snapshot is the one that the timestamp names, by length and hashes; then as 4. It names
   the root of 3 the same way: an older root could not be shown beside a newer snapshot.
6. ``targets`` is the one that the snapshot names; then as 4.
7. A delegation is signed as the role that delegates says, and named by the snapshot. What is
   wrong with it is a reason (``DelegationState.problem``), as a signer whose key was rotated or
   whose metadata expired takes nothing away from the other signers.

A threshold counts keys, not ids and not signatures: one key under two ids counts once. What was
seen of a version stays: the same version with other content is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from policyengine.collect.trust.notary.keys import KEY_TYPES, METHODS, TufKey, verifies
from policyengine.collect.trust.notary.metadata import (
    FileMeta,
    Files,
    Role,
    Root,
    SignedDocument,
    Targets,
    parse_root,
    parse_snapshot,
    parse_targets,
    parse_timestamp,
)
from policyengine.errors import EvidenceError, IntegrityError, NotAuthentic
from policyengine.model.instant import Instant

_DELEGATION_DEPTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenVersion:
    """The newest version of a role that was verified, and the SHA-256 of what was signed.

    Not of its file: signing the same content again makes other bytes.
    """

    version: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationState:
    """A delegated role and its ``targets``, verified by ``signed_by``.

    ``problem`` says what is wrong; ``claimed`` is then what could be parsed, for reports alone.
    All are None where nothing was ever published.
    """

    role: Role
    targets: Targets | None = None
    problem: str | None = None
    claimed: Targets | None = None
    signed_by: tuple[TufKey, ...] = ()


@dataclass(slots=True, kw_only=True)
class TrustedSet:
    """The verified metadata of ``repository``, loaded in order. ``now`` is the evaluation's clock.

    ``seen`` are the versions of earlier runs, by role; ``versions`` grows with what is verified.
    """

    repository: str
    now: Instant
    root: Root
    seen: Mapping[str, SeenVersion] = field(default_factory=dict)
    versions: dict[str, SeenVersion] = field(default_factory=dict)
    timestamp: Files | None = None
    snapshot: Files | None = None
    targets: Targets | None = None
    targets_signed_by: tuple[TufKey, ...] = ()
    delegations: dict[str, DelegationState] = field(default_factory=dict)

    @classmethod
    def begin(
        cls,
        repository: str,
        data: bytes,
        location: str,
        *,
        now: Instant,
        seen: Mapping[str, SeenVersion] | None = None,
    ) -> TrustedSet:
        """1. Begin with the root ``data``, which somebody vouched for."""
        root = parse_root(data, location)
        _require_names(root, repository)
        _require_threshold(root.document, root.roles["root"], root.keys)
        trusted = cls(repository=repository, now=now, root=root, seen=seen or {})
        trusted._note(root.document)
        return trusted

    def update_root(self, data: bytes, location: str) -> None:
        """2. Take the next root."""
        if self.timestamp is not None:
            raise RuntimeError("the root is loaded before the timestamp")
        new = parse_root(data, location)
        old = self.root
        expected = old.document.version + 1
        if new.document.version != expected:
            raise NotAuthentic(
                "the root does not follow on the one before",
                where=location,
                found=f"version {new.document.version}",
                expected=f"version {expected}",
            )
        try:
            _require_threshold(new.document, old.roles["root"], old.keys)
        except NotAuthentic as problem:
            raise NotAuthentic(
                "the root key was changed, and the root before does not vouch for it",
                where=location,
                found=f"root keys {_listed(new.roles['root'].keyids)}",
                expected=f"signatures of root keys {_listed(old.roles['root'].keyids)}",
                hint=problem.what,
            ) from None
        _require_names(new, self.repository)
        _require_threshold(new.document, new.roles["root"], new.keys)
        self.root = new
        self._note(new.document)

    def refresh_root(self, root: Root) -> None:
        """Take the same root with other signatures; 3. looks at these."""
        if root.document.message != self.root.document.message:
            raise RuntimeError("another root is no refreshed one")
        self.root = root

    def update_timestamp(self, data: bytes, location: str) -> None:
        """3. and 4. Take the timestamp; no newer root is taken after it."""
        self._require_current_root()
        timestamp = parse_timestamp(data, location)
        _require_threshold(timestamp.document, self.root.roles["timestamp"], self.root.keys)
        self._require_current(timestamp.document)
        self.timestamp = timestamp
        self._note(timestamp.document)

    def update_snapshot(self, data: bytes, location: str) -> None:
        """5. Take the snapshot that the timestamp names."""
        if self.timestamp is None:
            raise RuntimeError("the snapshot is loaded after the timestamp")
        _require_file(data, self.timestamp.files["snapshot"], location, "timestamp")
        snapshot = parse_snapshot(data, location)
        _require_threshold(snapshot.document, self.root.roles["snapshot"], self.root.keys)
        self._require_current(snapshot.document)
        root = self.root.document
        _require_file(root.data, snapshot.files["root"], root.location, "snapshot")
        self.snapshot = snapshot
        self._note(snapshot.document)

    def update_targets(self, data: bytes, location: str) -> None:
        """6. Take the top of the signed tags."""
        if self.snapshot is None:
            raise RuntimeError("targets are loaded after the snapshot")
        _require_file(data, self.snapshot.files["targets"], location, "snapshot")
        targets = parse_targets(data, "targets", location)
        role = self.root.roles["targets"]
        self.targets_signed_by = _require_threshold(targets.document, role, self.root.keys)
        self._require_current(targets.document)
        self.targets = targets
        self._note(targets.document)

    def pending(self) -> tuple[tuple[Role, FileMeta | None], ...]:
        """Return the delegations still to load, and what the snapshot says of each."""
        if self.targets is None or self.snapshot is None:
            raise RuntimeError("delegations are loaded after targets")
        files = self.snapshot.files
        loaded = (state.targets for state in self.delegations.values())
        return tuple(
            (role, files.get(role.name))
            for parent in (self.targets, *(item for item in loaded if item is not None))
            for role in parent.delegations
            if role.name not in self.delegations and role.name.count("/") <= _DELEGATION_DEPTH
        )

    def add_delegation(self, role: Role, data: bytes | None, location: str) -> None:
        """7. Take a delegation; ``data`` None where the snapshot names none."""
        if self.snapshot is None:
            raise RuntimeError("delegations are loaded after the snapshot")
        meta = self.snapshot.files.get(role.name)
        if data is None or meta is None:
            problem = None
            if role.name in self.seen:
                problem = f"{location}: was seen before, and the snapshot names it no more"
            self.delegations[role.name] = DelegationState(role=role, problem=problem)
            return
        claimed: Targets | None = None
        try:
            _require_file(data, meta, location, "snapshot")
            claimed = parse_targets(data, role.name, location)
            signed_by = self._verify_delegation(role, claimed)
        except EvidenceError as error:
            state = DelegationState(role=role, problem=str(error), claimed=claimed)
        else:
            self._note(claimed.document)
            state = DelegationState(role=role, targets=claimed, signed_by=signed_by)
        self.delegations[role.name] = state

    def refuse_delegation(self, role: Role, problem: str) -> None:
        """Note that a delegation that the snapshot names could not be had."""
        self.delegations[role.name] = DelegationState(role=role, problem=problem)

    def _verify_delegation(self, role: Role, targets: Targets) -> tuple[TufKey, ...]:
        parent_name = role.name.rpartition("/")[0]
        above = self.delegations.get(parent_name)
        parent = self.targets if above is None else above.targets
        if parent is None:
            raise RuntimeError("a delegation is loaded after the role that delegates")
        signed_by = _require_threshold(targets.document, role, parent.keys, parent.unusable)
        self._require_current(targets.document)
        return signed_by

    def _require_current_root(self) -> None:
        """3."""
        document = self.root.document
        _require_unexpired(document, self.now)
        role = self.root.roles["root"]
        good = _signers(document, role, self.root.keys)
        current = [key for key in good if _is_valid_at(key, self.now)]
        if len({key.fingerprint for key in current}) < role.threshold:
            dates = "; ".join(
                f"{key.not_before} to {key.not_after}" for key in good if key not in current
            )
            raise NotAuthentic(
                "the certificate of the root key is not valid at this time",
                where=document.location,
                found=f"valid {dates}",
                expected=f"valid at {self.now}",
                hint="rotate the root key",
            )
        self._require_not_older(document)

    def _require_current(self, document: SignedDocument) -> None:
        _require_unexpired(document, self.now)
        self._require_not_older(document)

    def _require_not_older(self, document: SignedDocument) -> None:
        seen = self.seen.get(document.role)
        if seen is None:
            return
        if document.version < seen.version:
            raise NotAuthentic(
                f"the {document.role} metadata is older than what was seen before: a rollback",
                where=document.location,
                found=f"version {document.version}",
                expected=f"version {seen.version} or newer",
            )
        if document.version == seen.version and sha256_of(document.message) != seen.sha256:
            raise NotAuthentic(
                f"the {document.role} metadata differs from what was seen of the same version",
                where=document.location,
                found=f"version {document.version} with sha256 {sha256_of(document.message)}",
                expected=f"sha256 {seen.sha256}",
            )

    def _note(self, document: SignedDocument) -> None:
        self.versions[document.role] = SeenVersion(
            version=document.version, sha256=sha256_of(document.message)
        )


def _require_unexpired(document: SignedDocument, now: Instant) -> None:
    if document.expires <= now:
        raise NotAuthentic(
            f"the {document.role} metadata has expired",
            where=document.location,
            found=f"expired at {document.expires}",
            expected=f"valid at {now}",
            hint="it may be held back on purpose; if not, its owner must sign it again",
        )


def _require_file(data: bytes, meta: FileMeta, location: str, by: str) -> None:
    for name, expected in (("sha256", meta.sha256), ("sha512", meta.sha512)):
        found = hashlib.new(name, data).hexdigest()
        if expected is not None and found != expected:
            raise IntegrityError(
                f"is not the file that the {by} metadata names",
                where=location,
                found=f"{name} {found}",
                expected=expected,
            )
    if len(data) != meta.length:
        raise IntegrityError(
            f"is not the file that the {by} metadata names",
            where=location,
            found=f"{len(data)} bytes",
            expected=f"{meta.length} bytes",
        )


def is_root_of(root: Root, repository: str) -> bool:
    """Say whether all root keys have certificates that are for ``repository``.

    A key without one is of no repository: a server could show what it signed under any name.
    """
    names = [root.keys[keyid].common_name for keyid in root.roles["root"].keyids]
    return all(name is not None and _is_for(name, repository) for name in names)


def _require_names(root: Root, repository: str) -> None:
    if is_root_of(root, repository):
        return
    names = [root.keys[keyid].common_name for keyid in root.roles["root"].keyids]
    raise NotAuthentic(
        "the certificate of the root key is for another repository",
        where=root.document.location,
        found=", ".join("no certificate" if name is None else repr(name[:255]) for name in names),
        expected=repr(repository),
    )


def _is_for(common_name: str, repository: str) -> bool:
    # Notary's one wildcard: a last "*" after a slash stands for what follows.
    if common_name.endswith("/*"):
        return repository.startswith(common_name[:-1])
    return common_name == repository


def _is_valid_at(key: TufKey, now: Instant) -> bool:
    if key.not_before is None or key.not_after is None:
        return True
    return key.not_before <= now <= key.not_after


def _signers(
    document: SignedDocument, role: Role, keys: Mapping[str, TufKey]
) -> tuple[TufKey, ...]:
    """Return the keys of ``role`` that signed ``document``, each once."""
    found: dict[str, TufKey] = {}
    for signature in document.signatures:
        key = keys.get(signature.keyid)
        if (
            key is not None
            and signature.keyid in role.keyids
            and key.fingerprint not in found
            and verifies(key, signature.method, signature.value, document.message)
        ):
            found[key.fingerprint] = key
    return tuple(found.values())


def _require_threshold(
    document: SignedDocument,
    role: Role,
    keys: Mapping[str, TufKey],
    unusable: Mapping[str, str] | None = None,
) -> tuple[TufKey, ...]:
    """Return the keys that signed, at least the role's threshold."""
    good = _signers(document, role, keys)
    if len(good) >= role.threshold:
        return good
    raise NotAuthentic(
        f"the {document.role} metadata has too few valid signatures",
        where=document.location,
        found=f"{len(good)} of {role.threshold}: {_why(document, role, keys, unusable or {})}",
        expected=f"signatures of {_listed(role.keyids)}",
    )


def _why(
    document: SignedDocument,
    role: Role,
    keys: Mapping[str, TufKey],
    unusable: Mapping[str, str],
) -> str:
    reasons: list[str] = []
    for signature in document.signatures[:8]:
        keyid = signature.keyid[:64]
        if signature.keyid not in role.keyids:
            reasons.append(f"{keyid!r} is no key of this role")
        elif signature.keyid in unusable:
            reasons.append(f"{keyid} is {unusable[signature.keyid]}")
        elif signature.keyid not in keys:
            reasons.append(f"{keyid} is a key that nobody gives")
        elif signature.method not in METHODS:
            known = ", ".join(METHODS)
            reasons.append(f"{signature.method[:40]!r} is no method that is known ({known})")
        elif not verifies(
            keys[signature.keyid], signature.method, signature.value, document.message
        ):
            reasons.append(f"the signature of {keyid} does not fit")
    unknown = [why for keyid, why in unusable.items() if keyid in role.keyids]
    if not reasons and unknown:
        reasons.append(f"a key is {unknown[0]}; known types are {', '.join(KEY_TYPES)}")
    return "; ".join(reasons) or ("no signature" if not document.signatures else "one key, twice")


def _listed(keyids: Sequence[str]) -> str:
    shown = ", ".join(keyid[:64] for keyid in keyids[:4])
    return shown + (f" and {len(keyids) - 4} more" if len(keyids) > 4 else "")


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()

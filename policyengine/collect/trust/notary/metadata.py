"""The metadata of Notary v1, parsed once into frozen values; nothing here is verified yet.

Source: theupdateframework/notary ``tuf/data``. It differs from The Update Framework 1.0: types
are ``Root`` and so on, snapshots name roles without ``.json`` and without versions, digests and
signatures are base64, a delegation has ``paths`` that are prefixes, and each signature names its
method. Metadata of the 1.0 form is told apart by its type, and is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from policyengine.collect.trust.notary.canonical import NotCanonical, canonical_json
from policyengine.collect.trust.notary.keys import BadKey, TufKey, read_key
from policyengine.errors import UnsupportedFormat
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject

BASE_ROLES = ("root", "snapshot", "targets", "timestamp")
# Notary's server refuses metadata over 5 MiB; a role of a thousand keys is no role.
METADATA_BYTES = 5 * 1024 * 1024
_SIGNATURES = 256
_KEYS = 1024
_ROLES = 1024
_TARGETS = 100_000
_DEPTH = 32
_TYPES = {"root": "Root", "timestamp": "Timestamp", "snapshot": "Snapshot"}
_ROLE_NAME = re.compile(r"targets(?:/[a-z0-9_][a-z0-9_.-]*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TufSignature:
    """One signature, not yet checked."""

    keyid: str
    method: str
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Who must sign a role: ``threshold`` of ``keyids``. ``paths`` are prefixes of tags."""

    name: str
    keyids: tuple[str, ...]
    threshold: int
    paths: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMeta:
    """What must be true of a file's bytes. ``sha256`` is hexadecimal, ``length`` in bytes."""

    sha256: str
    sha512: str | None
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedDocument:
    """What every role's metadata has. ``message`` is what its signatures are over."""

    role: str
    location: str
    version: int
    expires: Instant
    message: bytes = field(repr=False)
    data: bytes = field(repr=False)
    signatures: tuple[TufSignature, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """Keys and roles of a repository."""

    document: SignedDocument
    keys: Mapping[str, TufKey] = field(repr=False)
    roles: Mapping[str, Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """A timestamp or a snapshot: the files that are current, by role."""

    document: SignedDocument
    files: Mapping[str, FileMeta]


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Signed tags, and the roles that this one delegates to, in the order that decides.

    ``unusable`` are keys of delegations that cannot be used, by id, each with the reason.
    """

    document: SignedDocument
    targets: Mapping[str, FileMeta]
    keys: Mapping[str, TufKey] = field(repr=False)
    unusable: Mapping[str, str]
    delegations: tuple[Role, ...]


def parse_root(data: bytes, location: str) -> Root:
    """Parse ``root.json``. Raises MalformedEvidence, UnsupportedFormat."""
    read = _Reader(data, "root", location)
    keys, unusable = read.keys(read.signed, ("signed",))
    for keyid, why in unusable.items():
        # The root vouches for all others: nothing in it may be unclear.
        raise read.fields.wrong(("signed", "keys", keyid), why, "a key that can be used")
    roles: dict[str, Role] = {}
    listed = read.fields.object(read.signed, "roles", ("signed",))
    for name in BASE_ROLES:
        path = ("signed", "roles", name)
        role = read.role(name, read.fields.object(listed, name, path[:-1]), path)
        for keyid in role.keyids:
            if keyid not in keys:
                raise read.fields.wrong((*path, "keyids"), repr(keyid[:80]), "the id of a key")
        roles[name] = role
    return Root(document=read.document, keys=MappingProxyType(keys), roles=MappingProxyType(roles))


def parse_timestamp(data: bytes, location: str) -> Files:
    """Parse ``timestamp.json``. Raises MalformedEvidence, UnsupportedFormat."""
    return _files(_Reader(data, "timestamp", location), ("snapshot",))


def parse_snapshot(data: bytes, location: str) -> Files:
    """Parse ``snapshot.json``. Raises MalformedEvidence, UnsupportedFormat."""
    return _files(_Reader(data, "snapshot", location), ("root", "targets"))


def parse_targets(data: bytes, role: str, location: str) -> Targets:
    """Parse the metadata of ``targets`` or of a delegation under it."""
    read = _Reader(data, role, location)
    targets = read.file_metas(read.signed, "targets", ("signed",), _TARGETS)
    delegated = read.fields.optional_object(read.signed, "delegations", ("signed",))
    here = ("signed", "delegations")
    keys, unusable = read.keys(delegated, here)
    roles: list[Role] = []
    for index, item in enumerate(read.fields.objects(delegated, "roles", here)):
        path = (*here, "roles", index)
        name = read.fields.text(item, "name", path)
        if _ROLE_NAME.fullmatch(name) is None or not name.startswith(f"{role}/"):
            raise read.fields.wrong((*path, "name"), repr(name[:80]), f"{role}/NAME")
        if name.count("/") != role.count("/") + 1:
            raise read.fields.wrong((*path, "name"), repr(name[:80]), f"a role just below {role}")
        if any(name == other.name for other in roles):
            raise read.fields.wrong((*path, "name"), f"{name} again", "each role once")
        roles.append(read.role(name, item, path))
    read.within(len(roles), _ROLES, (*here, "roles"))
    return Targets(
        document=read.document,
        targets=MappingProxyType(targets),
        keys=MappingProxyType(keys),
        unusable=MappingProxyType(unusable),
        delegations=tuple(roles),
    )


def is_role_name(name: str) -> bool:
    """Say whether ``name`` is of a role: it becomes part of a URL and of a file's name."""
    return name in BASE_ROLES or _ROLE_NAME.fullmatch(name) is not None


def _files(read: _Reader, needed: tuple[str, ...]) -> Files:
    files = read.file_metas(read.signed, "meta", ("signed",), _ROLES)
    for name in needed:
        if name not in files:
            raise read.fields.wrong(("signed", "meta", name), "nothing", "length and hashes")
    return Files(document=read.document, files=MappingProxyType(files))


class _Reader:
    """One signed document."""

    def __init__(self, data: bytes, role: str, location: str) -> None:
        self.data = data
        self.role_name = role
        self.location = location
        self.fields = FieldReader(location)
        document = self.fields.root(parse_json(data, where=location, depth=_DEPTH))
        self.signed = self.fields.object(document, "signed", ())
        kind = self.fields.text(self.signed, "_type", ("signed",))
        expected = _TYPES.get(role, "Targets")
        if kind != expected:
            if kind == expected.lower():
                raise UnsupportedFormat(
                    "is metadata of The Update Framework 1.0, not of Notary v1",
                    where=location,
                    found=f"_type {kind}",
                    expected=f"_type {expected}",
                )
            raise self.fields.wrong(("signed", "_type"), repr(kind[:40]), expected)
        version = self.fields.optional_integer(self.signed, "version", ("signed",))
        if version is None or version < 1:
            raise self.fields.wrong(("signed", "version"), repr(version), "a number from 1")
        try:
            message = canonical_json(self.signed)
        except NotCanonical as problem:
            raise self.fields.wrong(("signed",), str(problem), "canonical JSON") from None
        self.document = SignedDocument(
            role=role,
            location=location,
            version=version,
            expires=self._expires(),
            message=message,
            data=data,
            signatures=self._signatures(document),
        )

    def keys(self, obj: JsonObject, path: Path) -> tuple[dict[str, TufKey], dict[str, str]]:
        """Return the keys in field ``keys``, and why others cannot be used, by id."""
        keys: dict[str, TufKey] = {}
        unusable: dict[str, str] = {}
        listed = self.fields.optional_object(obj, "keys", path)
        self.within(len(listed), _KEYS, (*path, "keys"))
        for keyid in listed:
            here = (*path, "keys", keyid)
            item = self.fields.object(listed, keyid, here[:-1])
            value = self.fields.object(item, "keyval", here)
            keytype = self.fields.text(item, "keytype", here)
            public = self.fields.text(value, "public", (*here, "keyval"))
            if value.get("private") is not None:
                unusable[keyid] = "a private key, which is no secret any more"
                continue
            try:
                keys[keyid] = read_key(keyid, keytype, public)
            except BadKey as problem:
                unusable[keyid] = str(problem)
        return keys, unusable

    def role(self, name: str, item: JsonObject, path: Path) -> Role:
        """Return a role: at least one key, none twice, and a threshold that can be met."""
        keyids = self.fields.texts(item, "keyids", path)
        self.within(len(keyids), _KEYS, (*path, "keyids"))
        if not keyids or len(set(keyids)) != len(keyids):
            found = "the same id twice" if keyids else "none"
            raise self.fields.wrong((*path, "keyids"), found, "key ids, each once")
        threshold = self.fields.optional_integer(item, "threshold", path)
        if threshold is None or not 1 <= threshold <= len(keyids):
            expected = f"from 1 to {len(keyids)}, the number of keys"
            raise self.fields.wrong((*path, "threshold"), repr(threshold), expected)
        paths = self.fields.texts(item, "paths", path) if name not in BASE_ROLES else [""]
        self.within(len(paths), _ROLES, (*path, "paths"))
        return Role(name=name, keyids=tuple(keyids), threshold=threshold, paths=tuple(paths))

    def file_metas(self, obj: JsonObject, name: str, path: Path, limit: int) -> dict[str, FileMeta]:
        """Return lengths and hashes by file."""
        listed = self.fields.object(obj, name, path)
        self.within(len(listed), limit, (*path, name))
        metas: dict[str, FileMeta] = {}
        for key in listed:
            here = (*path, name, key)
            item = self.fields.object(listed, key, here[:-1])
            hashes = self.fields.object(item, "hashes", here)
            length = self.fields.optional_integer(item, "length", here)
            if length is None or length < 0:
                raise self.fields.wrong((*here, "length"), repr(length), "a number of bytes")
            sha256 = self._digest(hashes, "sha256", here)
            if sha256 is None:
                raise self.fields.wrong((*here, "hashes"), "no sha256", "a hash by sha256")
            sha512 = self._digest(hashes, "sha512", here)
            metas[key] = FileMeta(sha256=sha256, sha512=sha512, length=length)
        return metas

    def within(self, count: int, limit: int, path: Path) -> None:
        """Refuse more than ``limit`` items."""
        if count > limit:
            raise self.fields.wrong(path, f"{count} items", f"at most {limit}")

    def _digest(self, hashes: JsonObject, name: str, path: Path) -> str | None:
        text = self.fields.optional_text(hashes, name, (*path, "hashes"))
        if text is None:
            return None
        value = _base64(text)
        if value is None or len(value) != hashlib.new(name).digest_size:
            place = (*path, "hashes", name)
            raise self.fields.wrong(place, repr(text[:80]), f"the base64 of a {name} digest")
        return value.hex()

    def _expires(self) -> Instant:
        text = self.fields.text(self.signed, "expires", ("signed",))
        try:
            return Instant.parse(text)
        except ValueError:
            place = ("signed", "expires")
            raise self.fields.wrong(place, repr(text[:40]), "an RFC 3339 time") from None

    def _signatures(self, document: JsonObject) -> tuple[TufSignature, ...]:
        listed = self.fields.required_objects(document, "signatures", ())
        self.within(len(listed), _SIGNATURES, ("signatures",))
        signatures: list[TufSignature] = []
        for index, item in enumerate(listed):
            path = ("signatures", index)
            text = self.fields.text(item, "sig", path)
            value = _base64(text)
            if value is None:
                raise self.fields.wrong((*path, "sig"), repr(text[:40]), "base64")
            signatures.append(
                TufSignature(
                    keyid=self.fields.text(item, "keyid", path),
                    method=self.fields.text(item, "method", path),
                    value=value,
                )
            )
        return tuple(signatures)


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None

"""``policyengine.lock``: which bundles exactly. A run that finds it refuses every other.

One JSON object: ``version`` 1, and ``bundles``, an object of source to ``name``, ``version``,
``revision``, ``digest`` (over all that decides, as in a result), ``signer`` (fingerprint of the
key, or null) and ``artifact`` (digest of the manifest in the registry, or null). A source that is
a path is kept relative to the folder of the lock file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from policyengine.errors import BundleFormatError, BundleNotLocked
from policyengine.given_file import read_given
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject
from policyengine.model.policy import BundleIdentity
from policyengine.model.reference import is_digest

FILE = "policyengine.lock"
_BYTES = 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FIELDS = frozenset({"name", "version", "revision", "digest", "signer", "artifact"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedBundle:
    """One bundle of the lock file. ``artifact`` is its digest in a registry."""

    name: str
    version: str
    revision: str
    digest: str
    signer: str | None
    artifact: str | None

    @classmethod
    def of(
        cls, identity: BundleIdentity, *, signer: str | None, artifact: str | None
    ) -> LockedBundle:
        """Return what is locked of a bundle."""
        return cls(
            name=identity.name,
            version=identity.version,
            revision=identity.revision,
            digest=identity.digest,
            signer=signer,
            artifact=artifact,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleLock:
    """The lock file at ``path``, by source."""

    path: Path
    bundles: Mapping[str, LockedBundle]

    def key(self, source: str) -> str:
        """Return ``source`` as the file names it."""
        if source.startswith("oci://") or not ("/" in source or Path(source).is_file()):
            return source
        return os.path.relpath(Path(source).resolve(), self.path.parent.resolve())

    def entry(self, source: str) -> LockedBundle:
        """Return what ``source`` is locked to. Raises BundleNotLocked where it is not in it."""
        found = self.bundles.get(self.key(source))
        if found is None:
            raise BundleNotLocked(
                "is not in the lock file",
                where=source,
                found=", ".join(sorted(self.bundles)) or "an empty lock file",
                expected=f"an entry in {self.path}",
                hint=f"policyengine bundle lock {source} adds it",
            )
        return found

    def hold(self, source: str, identity: BundleIdentity, signer: str | None) -> None:
        """Raise BundleNotLocked where this is not the bundle that ``source`` is locked to."""
        locked = self.entry(source)
        found = LockedBundle.of(identity, signer=signer, artifact=locked.artifact)
        for field in ("name", "version", "revision", "digest", "signer"):
            if getattr(found, field) != getattr(locked, field):
                raise BundleNotLocked(
                    f"is another bundle than the locked one: its {field} differs",
                    where=source,
                    found=str(getattr(found, field)),
                    expected=f"{getattr(locked, field)}, by {self.path}",
                    hint="policyengine bundle update takes the new one, if that is meant",
                )

    def with_bundle(self, source: str, locked: LockedBundle) -> BundleLock:
        """Return the lock with ``source`` locked anew."""
        bundles = {**self.bundles, self.key(source): locked}
        return BundleLock(path=self.path, bundles=bundles)

    def without(self, source: str) -> BundleLock:
        """Return the lock without ``source``."""
        bundles = {
            each: locked for each, locked in self.bundles.items() if each != self.key(source)
        }
        return BundleLock(path=self.path, bundles=bundles)

    def written(self) -> bytes:
        """Return the content of the file."""
        document = {
            "version": 1,
            "bundles": {
                source: {
                    "name": locked.name,
                    "version": locked.version,
                    "revision": locked.revision,
                    "digest": locked.digest,
                    "signer": locked.signer,
                    "artifact": locked.artifact,
                }
                for source, locked in sorted(self.bundles.items())
            },
        }
        return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"


def read_lock(folder: Path) -> BundleLock | None:
    """Return the lock file in ``folder``; None where there is none. Raises BundleFormatError.

    A lock file that cannot be read is never taken for none.
    """
    path = folder / FILE
    if not os.path.lexists(path):
        return None
    where = str(path)
    read = FieldReader(where, BundleFormatError)
    data = read_given(path, error=BundleFormatError, limit=_BYTES)
    document = read.root(parse_json(data, where=where, error=BundleFormatError))
    if document.get("version") != 1:
        raise read.wrong(("version",), repr(document.get("version")), "1")
    listed = read.object(document, "bundles", ())
    return BundleLock(
        path=path,
        bundles={
            source: _locked(read, read.object(listed, source, ("bundles",)), source)
            for source in listed
        },
    )


def _locked(read: FieldReader, item: JsonObject, source: str) -> LockedBundle:
    path = ("bundles", source)
    for key in item:
        if key not in _FIELDS:
            raise read.wrong((*path, key), "an unknown key", ", ".join(sorted(_FIELDS)))
    digest = read.text(item, "digest", path)
    if _SHA256.fullmatch(digest) is None:
        raise read.wrong((*path, "digest"), repr(digest), "a SHA-256 in hexadecimal")
    artifact = read.optional_text(item, "artifact", path)
    if artifact is not None and not is_digest(artifact):
        raise read.wrong((*path, "artifact"), repr(artifact), "a digest, as sha256:...")
    return LockedBundle(
        name=read.text(item, "name", path),
        version=read.text(item, "version", path),
        revision=read.text(item, "revision", path),
        digest=digest,
        signer=read.optional_text(item, "signer", path),
        artifact=artifact,
    )

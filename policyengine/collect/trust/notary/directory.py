"""Notary metadata in a directory, as Docker keeps it: ``~/.docker/trust/tuf/NAME/metadata``."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from policyengine.collect.trust.notary.metadata import METADATA_BYTES, is_role_name
from policyengine.errors import LimitExceeded, SourceUnavailable
from policyengine.given_file import open_given


class MetadataSource(Protocol):
    """Where metadata comes from; nothing it gives is believed. None is what it does not have."""

    @property
    def name(self) -> str:
        """The place, as messages and records show it."""

    def location(self, role: str) -> str:
        """Return the place of a role's metadata."""

    def current(self, role: str) -> bytes | None:
        """Return the newest metadata of a role."""

    def root_version(self, version: int) -> bytes | None:
        """Return one version of the root."""

    def exact(self, role: str, sha256: str) -> bytes | None:
        """Return the metadata of a role with this digest."""


class DirectorySource:
    """Metadata files in a directory: ``root.json``, ``targets/releases.json``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not folder.is_dir():
            raise SourceUnavailable("is no directory of trust metadata", where=str(folder))

    @property
    def name(self) -> str:
        """The directory."""
        return str(self._folder)

    def location(self, role: str) -> str:
        """Return the path of a role's file."""
        return str(self._folder / f"{role}.json")

    def current(self, role: str) -> bytes | None:
        """Return a role's file."""
        return self._read(role)

    def root_version(self, version: int) -> bytes | None:
        """Return ``N.root.json``."""
        return self._read(f"{version}.root")

    def exact(self, role: str, sha256: str) -> bytes | None:  # noqa: ARG002 - the protocol's
        """Return a role's file: there is only one of each, so the digest is for others to check."""
        return self._read(role)

    def _read(self, name: str) -> bytes | None:
        role = name.rpartition(".")[2] if name.endswith(".root") else name
        if not is_role_name(role):
            return None
        path = self._folder / f"{name}.json"
        if not path.exists():
            return None
        with open_given(path, error=SourceUnavailable) as stream:
            data = stream.read(METADATA_BYTES + 1)
        if len(data) > METADATA_BYTES:
            raise LimitExceeded(
                "is too large for trust metadata",
                where=str(path),
                expected=f"at most {METADATA_BYTES} bytes",
            )
        return data

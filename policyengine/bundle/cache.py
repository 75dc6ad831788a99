"""Bundles by digest in the user's cache: what was pulled once is there without a registry.

Manifests and layers are known by the digest of their own content and held to that when they are
read, so what others may have put there, or what was damaged, is as if it were not there. What lay
beside an artifact in its registry is known by the artifact's; it is signatures, which whoever reads
them verifies each time, as those that a registry gives.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from policyengine.model.reference import is_digest

_LARGEST = 64 * 1024 * 1024


def default_folder() -> Path:
    """``policyengine/bundles`` in XDG_CACHE_HOME, or in ``~/.cache``."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    # By the XDG specification a relative path there is to be ignored.
    base = Path(home) if home.startswith("/") else Path.home() / ".cache"
    return base / "policyengine" / "bundles"


class BundleCache:
    """Manifests and layers by digest, in ``folder``."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or default_folder()

    def get(self, digest: str) -> bytes | None:
        """Return what has ``digest``, None where it is not there whole."""
        if not is_digest(digest):
            return None
        try:
            with self._path(digest).open("rb") as stream:
                content = stream.read(_LARGEST + 1)
        except OSError:
            return None
        algorithm = digest.partition(":")[0]
        found = f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
        return content if found == digest else None

    def put(self, digest: str, content: bytes) -> None:
        """Keep ``content``. A cache that cannot be written is as good as none."""
        self._write(self._path(digest), content)

    def beside(self, repository: str, digest: str) -> Path:
        """Return the file for what lay beside the artifact ``digest`` in ``repository``."""
        name = hashlib.sha256(f"{repository}@{digest}".encode()).hexdigest()
        return self._folder / f"beside-{name}.tar"

    def put_beside(self, repository: str, digest: str, archive: bytes) -> None:
        """Keep what lies beside an artifact, in place of what lay there before."""
        self._write(self.beside(repository, digest), archive)

    def _write(self, target: Path, content: bytes) -> None:
        with suppress(OSError):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=".new-", dir=target.parent)
            temporary = Path(name)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(content)
                temporary.replace(target)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise

    def _path(self, digest: str) -> Path:
        return self._folder / digest.replace(":", "-")

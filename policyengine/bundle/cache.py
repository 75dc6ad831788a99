"""Bundles by digest in the user's cache: what was pulled once is there without a registry.

Everything in it is known by the digest of its own content and held to that when it is read, so
what others may have put there, or what was damaged, is as if it were not there.
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
        target = self._path(digest)
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

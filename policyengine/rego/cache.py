"""Compiled policies on disk, for the next process of the same user.

Code that is read from a file is run: ``private_files`` says what a file must be before any of it is
given to ``marshal``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from policyengine.rego.compiler.image import FORMAT, Image, image_bytes, read_image
from policyengine.rego.private_files import PrivateFiles

_KIND: Final = f"policy-{FORMAT}"


class PolicyCache:
    """Images by what they were made from, in ``folder``."""

    def __init__(self, folder: Path | None = None) -> None:
        self._files = PrivateFiles(folder)

    def name(self, parts: Any) -> str:
        """The name for what is made from ``parts``, which JSON can carry, by this program."""
        return self._files.name(_KIND, parts)

    def load(self, name: str) -> Image | None:
        """The image under ``name``, if there is one that is ours and whole."""
        payload = self._files.load(name)
        if payload is None:
            return None
        try:
            return read_image(payload)
        except (ValueError, EOFError, TypeError, KeyError):
            # Of another version of this program that says it is this one.
            return None

    def store(self, name: str, image: Image) -> None:
        """Keep an image, if the disk lets it."""
        payload = image_bytes(image)
        if payload is not None:
            self._files.store(name, payload)

"""Where signatures are looked up beside the image, and what they are held to there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSources:
    """What the user's options and settings name.

    ``notary`` is the URL of a Notary server, or a directory of one repository's metadata;
    ``roots`` are files or key ids of its pinned roots, ``known_roots`` the file that remembers
    roots from first use.
    """

    notary: str | None = None
    roots: tuple[str, ...] = ()
    known_roots: Path | None = None


NO_TRUST_SOURCES = TrustSources()

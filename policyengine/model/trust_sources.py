"""Where signatures are looked up beside the image, and what they are held to there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSources:
    """What the user's options and settings name.

    ``notary`` is the URL of a Notary server, or a directory of one repository's metadata;
    ``roots`` are files or key ids of its pinned roots, ``known_roots`` the file that remembers
    roots from first use. ``signatures`` are files and directories of signatures of the Notary
    Project and of containers/image. ``notation`` is notation's configuration directory, with
    ``trustpolicy.json`` and ``truststore``, ``containers_policy`` a ``policy.json``; where one is
    named, the signatures beside the image are looked up, too.
    """

    notary: str | None = None
    roots: tuple[str, ...] = ()
    known_roots: Path | None = None
    signatures: tuple[str, ...] = ()
    notation: Path | None = None
    containers_policy: Path | None = None


NO_TRUST_SOURCES = TrustSources()

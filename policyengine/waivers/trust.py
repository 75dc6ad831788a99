"""Whose signatures waiver files must have: ``[waivers.trust]`` of the settings.

A waiver file turns denied into allowed, and whoever may write it decides. So a file is held to
every entry whose pattern fits its place: as it was named, and as it really lies behind links.
Where there are entries, one of them must fit. ``unsigned`` is granted to where a file really lies,
never to a name that leads elsewhere.

The signature lies beside the file, in the form of a bundle's ``.signatures.json``. It is for a file
of that name: one folder's file is told from another's by the scope, not by the name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import Any

from policyengine.errors import WaiverNotAuthentic
from policyengine.model.instant import Instant
from policyengine.signed_files import (
    Signature,
    SigningTerms,
    Trusted,
    hold_files,
    plain_digest,
    signatures_document,
    trusted_of,
    verified_list,
)

SIGNATURES = ".signatures.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverFilePlace:
    """Where a waiver file is: ``path`` as the user wrote it.

    ``named`` is that without ``.`` and ``..``, ``real`` what it leads to behind all links; both
    relative to the folder of the settings, or absolute where they are not below it.
    """

    path: str
    named: str
    real: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverTrustEntry:
    """Whom files of ``pattern`` must be signed by; None is nobody."""

    pattern: str
    trusted: Trusted | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverTrust:
    """All entries. None at all asks for nothing."""

    entries: tuple[WaiverTrustEntry, ...] = ()

    def asks(self, place: WaiverFilePlace) -> bool:
        """Say whether a file there must be signed, or may not be used at all."""
        if self._asked(place):
            return True
        return bool(self.entries) and not any(_fits(entry, place.real) for entry in self.entries)

    def hold(
        self,
        data: bytes,
        signatures: bytes | None,
        *,
        place: WaiverFilePlace,
        at: Sequence[Instant],
    ) -> Signature | None:
        """Return the signature that was verified, None where none is asked for.

        ``signatures`` is what lies beside the file, None where nothing does. ``at`` are the times
        at which the signature must hold. Raises WaiverNotAuthentic.
        """
        if not self.asks(place):
            return None
        asked = self._asked(place)
        if not asked:
            raise WaiverNotAuthentic(
                "no entry of [waivers.trust] lets it be used",
                where=place.path,
                found=place.real,
                expected="a pattern that fits its place",
            )
        found = [verified(data, signatures, trusted, path=place.path, at=at) for trusted in asked]
        # Where several entries ask, all verified the one token.
        return found[0]

    def _asked(self, place: WaiverFilePlace) -> list[Trusted]:
        fitting = [entry for entry in self.entries if _fits(entry, place.named, place.real)]
        return [entry.trusted for entry in fitting if entry.trusted is not None]


def read_waiver_trust(table: Mapping[str, Any], folder: Path) -> WaiverTrust:
    """Read the settings' table; files are relative to ``folder``. Raises TrustPolicyError."""
    return WaiverTrust(
        entries=tuple(
            WaiverTrustEntry(
                pattern=pattern.removeprefix("./"),
                trusted=trusted_of(entry, folder, where=f"[waivers.trust.{pattern!r}]"),
            )
            for pattern, entry in sorted(table.items())
        )
    )


def verified(
    data: bytes,
    signatures: bytes | None,
    trusted: Trusted,
    *,
    path: str,
    at: Sequence[Instant],
) -> Signature:
    """Return the signature of ``data``, the content of ``path``. Raises WaiverNotAuthentic.

    1. The token is one that ``trusted`` asks for (``verified_list``).
    2. It is about one file, of this name.
    3. The file is the one that was signed, byte for byte.
    """
    place = f"{path}{SIGNATURES}"
    again = f"read what it lets pass, then: policyengine waivers sign {path} --key KEY"
    if signatures is None:
        raise WaiverNotAuthentic(
            "is missing, and the settings ask for a signature", where=place, hint=again
        )
    # 1
    signed = verified_list(signatures, trusted, where=place, error=WaiverNotAuthentic, at=at)
    # 2
    name = PurePath(path).name
    if set(signed.files) != {name}:
        raise WaiverNotAuthentic(
            "is the signature of another file",
            where=place,
            found=", ".join(map(repr, sorted(signed.files)))[:200] or "no file in it",
            expected=repr(name),
            hint=again,
        )
    # 3
    hold_files(
        signed,
        {name: data},
        where=str(PurePath(path).parent),
        error=WaiverNotAuthentic,
        digest=plain_digest,
        hint=again,
    )
    return signed.signature


def signed_waivers(data: bytes, material: Any, terms: SigningTerms, *, path: str) -> bytes:
    """Return what lies beside ``path``, whose content is ``data``, when ``material`` signs it.

    Raises UsageError for an algorithm that the key is not for.
    """
    name = PurePath(path).name
    return signatures_document({name: data}, material, terms, digest=plain_digest)


def _fits(entry: WaiverTrustEntry, *names: str) -> bool:
    return any(fnmatchcase(name, entry.pattern) for name in names)

"""Whose signatures bundles must have: ``[bundles.trust]`` of the settings.

A bundle is held to every entry whose pattern fits the name in its manifest, or the source as the
user wrote it: a bundle cannot escape by another name than its place suggests, nor by another place
than its name suggests. Where there are entries, one of them must fit. ``unsigned`` is a decision
about a place, and is never granted for a name that the bundle gives itself. What ships with the
program is as trusted as the program, unless an entry fits its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from policyengine.bundle.signatures import verify
from policyengine.errors import BundleNotAuthentic
from policyengine.signed_files import Trusted, trusted_of

Vouch = Callable[[str, str, Path], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustEntry:
    """Whom bundles of ``pattern`` must be signed by; None is nobody.

    ``cosign`` is a trust policy that the artifact in the registry must meet by cosign's signatures.
    """

    pattern: str
    trusted: Trusted | None
    cosign: Path | None = None

    @property
    def asks_nothing(self) -> bool:
        """Whether a bundle of that place may be unsigned."""
        return self.trusted is None and self.cosign is None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleTrust:
    """All entries. None at all asks for nothing.

    ``vouch`` returns who of a trust policy signed an artifact with cosign, given the source, the
    artifact's digest and the policy's path, and raises BundleNotAuthentic where it is not met.
    """

    entries: tuple[TrustEntry, ...] = ()
    vouch: Vouch | None = None

    def hold(
        self,
        contents: Mapping[str, bytes],
        *,
        name: str,
        source: str,
        shipped: bool,
        includes: bool,
        artifact: str | None,
    ) -> str | None:
        """Return whose signature was verified, None where none is asked for.

        ``artifact`` is the digest in a registry. ``includes`` says that the bundle takes files from
        elsewhere, which no signature of its own covers. Raises BundleNotAuthentic.
        """
        if not self.entries:
            return None
        fitting = [
            entry
            for entry in self.entries
            if fnmatchcase(source, entry.pattern) or fnmatchcase(name, entry.pattern)
        ]
        asked = [entry for entry in fitting if not entry.asks_nothing]
        by_place = any(fnmatchcase(source, entry.pattern) for entry in fitting)
        if not asked:
            if shipped or by_place:
                return None
            raise BundleNotAuthentic(
                "no entry of [bundles.trust] lets it be used",
                where=source,
                found=f"the bundle {name}",
                expected="a pattern that fits its name or its source",
            )
        if includes:
            raise BundleNotAuthentic(
                "takes files from the policy library, which no signature covers",
                where=source,
                expected="what policyengine bundle build makes, signed",
            )
        signers: dict[str, None] = {}
        for entry in asked:
            if entry.trusted is not None:
                signers[verify(contents, entry.trusted, where=source).signer] = None
            if entry.cosign is not None:
                signers[self._vouched(source, artifact, entry.cosign)] = None
        return ", ".join(signers)

    def _vouched(self, source: str, artifact: str | None, policy: Path) -> str:
        if artifact is None or self.vouch is None:
            raise BundleNotAuthentic(
                "has no cosign signature, which the settings ask for",
                where=source,
                found="a bundle that was not read from a registry",
                expected="oci://REGISTRY/REPOSITORY",
            )
        return self.vouch(source, artifact, policy)


NO_TRUST = BundleTrust()


def read_trust(
    table: Mapping[str, Any], folder: Path, *, vouch: Vouch | None = None
) -> BundleTrust:
    """Read the settings' table; files are relative to ``folder``. Raises TrustPolicyError."""
    return BundleTrust(
        entries=tuple(_entry(pattern, entry, folder) for pattern, entry in sorted(table.items())),
        vouch=vouch,
    )


def _entry(pattern: str, table: Mapping[str, Any], folder: Path) -> TrustEntry:
    where = f"[bundles.trust.{pattern!r}]"
    cosign = None if "cosign" not in table else folder / Path(table["cosign"]).expanduser()
    if cosign is not None and len(table) == 1:
        return TrustEntry(pattern=pattern, trusted=None, cosign=cosign)
    return TrustEntry(
        pattern=pattern, trusted=trusted_of(table, folder, where=where), cosign=cosign
    )

"""A catalogue of base images that somebody keeps, and knows images built on them by."""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.model.evidence import EvidenceSource
from policyengine.model.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBase:
    """One image of the catalogue.

    ``name`` has registry, repository and tag. ``digest`` is of its image manifest, None where it
    was added from an archive without one. ``layers`` are its diff_ids, never none. ``platform`` is
    written ``os/architecture[/variant]``.
    """

    name: str
    digest: str | None
    platform: str
    created: Instant | None
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseCatalogue:
    """The bases of one file. ``source`` is None where there is no file."""

    source: EvidenceSource | None = None
    bases: tuple[KnownBase, ...] = ()


NO_CATALOGUE = BaseCatalogue()

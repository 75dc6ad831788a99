"""Software bills of materials: the packages an image is said to contain."""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.model.evidence import EvidenceSource
from policyengine.model.instant import Instant
from policyengine.model.scan import ReportedSubject


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageLicense:
    """A licence as the SBOM gives it.

    ``kind`` is ``expression``, ``id`` or ``name``; ``concluded`` is False for one that was only
    declared.
    """

    value: str
    kind: str
    concluded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageHash:
    """``algorithm`` in lower case without separators (``sha256``), ``value`` in hexadecimal."""

    algorithm: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package.

    ``type`` is the purl type or the tool's word (``deb``, ``npm``); ``pointer`` its place in
    the SBOM.
    """

    name: str
    version: str | None
    pointer: str
    purl: str | None = None
    type: str | None = None
    path: str | None = None
    supplier: str | None = None
    licenses: tuple[PackageLicense, ...] = ()
    hashes: tuple[PackageHash, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SbomDocument:
    """One SBOM. ``serial`` is the document's own identifier (serialNumber, namespace)."""

    source: EvidenceSource
    subject: ReportedSubject
    created: Instant | None
    serial: str | None
    packages: tuple[Package, ...]
    unmapped: tuple[tuple[str, int], ...] = ()

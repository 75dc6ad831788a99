"""Software bills of materials: the packages an image is said to contain."""

from __future__ import annotations

from dataclasses import dataclass, field

from policyengine.model.evidence import EvidenceSource
from policyengine.model.instant import Instant
from policyengine.model.scan import ReportedSubject


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageLicense:
    """A licence as the SBOM gives it.

    ``kind`` is ``expression``, ``id`` or ``name``; ``concluded`` is False for one that was only
    declared. What was made of ``value``: ``expression`` is the normalised SPDX licence expression,
    None for free text; ``ids`` are the licences and exceptions in it, ``LicenseRef-`` among them;
    ``problem`` says why ``value`` is no expression, or which of its licences are not on the list.
    """

    value: str
    kind: str
    concluded: bool = False
    # These follow from value and kind.
    expression: str | None = field(default=None, compare=False)
    ids: tuple[str, ...] = field(default=(), compare=False)
    problem: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageHash:
    """``algorithm`` in lower case without separators (``sha256``), ``value`` in hexadecimal."""

    algorithm: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package.

    ``type`` is the purl type or the tool's word (``deb``, ``npm``); ``pointer`` its place in
    the SBOM: a JSON Pointer, ``/line/12`` in tag-value form, the element's IRI in RDF. ``purl`` is
    in canonical form; where it is none, as written, with the reason in ``purl_problem``.
    """

    name: str
    version: str | None
    pointer: str
    purl: str | None = None
    purl_problem: str | None = None
    cpes: tuple[str, ...] = ()
    type: str | None = None
    path: str | None = None
    supplier: str | None = None
    licenses: tuple[PackageLicense, ...] = ()
    hashes: tuple[PackageHash, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SbomDocument:
    """One SBOM.

    ``serial`` is the document's own identifier (serialNumber, namespace); ``authors`` who is said
    to have made it, tools not counted; ``dependencies`` the number of relationships in which one
    element contains or depends on another. ``schema`` is the official schema that it was held
    against, None where there is none for its format, and ``schema_problem`` the first place that
    does not fit. ``predicate_type`` is that of the in-toto statement that the SBOM came in; who
    stands for it, if anyone, the source says.
    """

    source: EvidenceSource
    subject: ReportedSubject
    created: Instant | None
    serial: str | None
    packages: tuple[Package, ...]
    authors: tuple[str, ...] = ()
    dependencies: int = 0
    schema: str | None = None
    schema_problem: str | None = None
    predicate_type: str | None = None
    unmapped: tuple[tuple[str, int], ...] = ()

"""From what the user names to input documents: collect, match, assemble.

This is the way of the data up to the evaluation, in one place. ``check`` walks it for the images
of a command line, an audit for those of an inventory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from policyengine.collect.files import EvidenceOffer, read_evidence
from policyengine.collect.image import ImageRequest, read_image
from policyengine.document import InputDocument, assemble, assemble_dockerfile, reports_about
from policyengine.errors import EvidenceError, PlatformNotFound, SubjectMismatch, UsageError
from policyengine.model.access import (
    DEFAULT_DAEMON_ACCESS,
    DEFAULT_REGISTRY_ACCESS,
    DaemonAccess,
    RegistryAccess,
)
from policyengine.model.bases import NO_CATALOGUE, BaseCatalogue
from policyengine.model.evidence import EvidenceKind, EvidenceSource
from policyengine.model.gathered import GatheredReports
from policyengine.model.image import ImageEvidence
from policyengine.model.instant import Instant
from policyengine.model.limits import DEFAULT_LIMITS, ReadLimits
from policyengine.model.platform import Platform
from policyengine.model.trust_sources import NO_TRUST_SOURCES, TrustSources

if TYPE_CHECKING:
    from policyengine.model.trust_material import TrustMaterial
    from policyengine.model.trust_policy import TrustPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How sources are reached, and how much is read of them."""

    limits: ReadLimits = DEFAULT_LIMITS
    registry: RegistryAccess = DEFAULT_REGISTRY_ACCESS
    daemon: DaemonAccess = DEFAULT_DAEMON_ACCESS
    trust: TrustSources = NO_TRUST_SOURCES
    bases: BaseCatalogue = NO_CATALOGUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked about one image.

    ``platform`` None means linux/amd64 of an index; ``layers`` has the layers read. Under a
    ``trust_policy`` the image's signatures are looked up where it came from. Raises UsageError for
    text that cannot be written.
    """

    image: str
    platform: Platform | None = None
    layers: bool = False
    environment: str | None = None
    allow_mismatch: bool = False
    trust_policy: TrustPolicy | None = None

    def __post_init__(self) -> None:
        for text in (self.image, self.environment or ""):
            try:
                text.encode()
            except UnicodeEncodeError:
                # It stands in documents and reports, which are UTF-8; a file name may be any bytes.
                raise UsageError(
                    "is not UTF-8", where=ascii(text), hint="give the file another name"
                ) from None


def gather(
    question: Question, offers: Sequence[EvidenceOffer], *, reach: Reach, now: Instant
) -> InputDocument:
    """Collect all evidence about one image into one document.

    Raises an EvidenceError for the first thing that cannot be read or is about another image.
    Reports are read first: a broken file is said before a registry is asked. Where they tell of
    the image itself, nobody else is asked for it.
    """
    reports = _verified(read_evidence(offers, limits=reach.limits), question.trust_policy)
    told = bool(reports.documents)
    image = _of_documents(question, reports) if told else _read(question, reach)
    return _assemble(question, image, reports, reach=reach, now=now)


def gather_dockerfile(
    question: Question, offers: Sequence[EvidenceOffer], *, reach: Reach, now: Instant
) -> InputDocument:
    """Collect a Dockerfile alone; ``question.image`` is what it is called.

    Raises an EvidenceError for what cannot be read, or would have to be about an image, and
    UsageError where somebody is asked to have signed it: such a rule may take no trust data for
    nothing asked.
    """
    if question.trust_policy is not None or reach.trust != NO_TRUST_SOURCES:
        raise UsageError(
            "a Dockerfile has no signatures that a trust policy could ask for",
            where=question.image,
            hint="judge the image with it, or the Dockerfile without trust options and settings",
        )
    reports = _verified(read_evidence(offers, limits=reach.limits), None)
    return assemble_dockerfile(
        reports,
        reference=question.image,
        environment=question.environment,
        evaluated_at=now,
    )


def gather_each(
    questions: Sequence[Question],
    offers: Sequence[EvidenceOffer],
    *,
    reach: Reach,
    now: Instant,
    begun: Callable[[str], None],
) -> Iterator[InputDocument | EvidenceError]:
    """Collect for several images from reports that lie together; one answer for each, in order.

    ``begun`` is told of each image before it is read.

    A report goes to the images that it is about. One that is about none of them, or does not say,
    raises SubjectMismatch, unless an image could not be read: it may have been about that one.
    """
    policies = {question.trust_policy for question in questions}
    assert len(policies) == 1, "images of one command are held to one trust policy"
    reports = _verified(read_evidence(offers, limits=reach.limits), policies.pop())
    images: list[ImageEvidence | EvidenceError] = []
    for question in questions:
        begun(question.image)
        try:
            images.append(_read(question, reach))
        except EvidenceError as error:
            images.append(error)
    if not any(isinstance(image, EvidenceError) for image in images):
        _claim_all(reports, [image for image in images if isinstance(image, ImageEvidence)])
    for question, image in zip(questions, images, strict=True):
        if isinstance(image, EvidenceError):
            yield image
            continue
        try:
            own = reports_about(reports, image)
            yield _assemble(question, image, own, reach=reach, now=now)
        except EvidenceError as error:
            yield error


def _of_documents(question: Question, reports: GatheredReports) -> ImageEvidence:
    from policyengine.collect.image.from_documents import image_of_documents

    image = image_of_documents(question.image, reports.documents)
    platform = question.platform
    if platform is not None and not platform.matches(image.image.platform):
        raise PlatformNotFound(
            f"is not an image for {platform}",
            where=image.subject.origin,
            found=str(image.image.platform),
        )
    return image


def _read(question: Question, reach: Reach) -> ImageEvidence:
    return read_image(
        ImageRequest(text=question.image, platform=question.platform, layers=question.layers),
        limits=reach.limits,
        registry=reach.registry,
        daemon=reach.daemon,
    )


def _verified(
    reports: GatheredReports,
    policy: TrustPolicy | None,
    material: tuple[TrustMaterial, ...] | None = None,
    *,
    about: frozenset[str] | None = None,
) -> GatheredReports:
    """Return ``reports`` with what their material, or ``material`` that was looked up, came to."""
    claims = reports.material if material is None else material
    if not claims:
        return replace(reports, trust_policy=policy)
    # What verifies signatures takes a while to import.
    from policyengine.collect.trust.verify import verify_material

    found = verify_material(claims, policy, about=about)
    return replace(
        reports,
        trusts=(*reports.trusts, *found.trusts),
        scans=(*reports.scans, *found.scans),
        vexes=(*reports.vexes, *found.vexes),
        sboms=(*reports.sboms, *found.sboms),
        material=(),
        trust_policy=policy,
    )


def _assemble(
    question: Question,
    image: ImageEvidence,
    reports: GatheredReports,
    *,
    reach: Reach,
    now: Instant,
) -> InputDocument:
    if question.trust_policy is not None:
        from policyengine.collect.trust.discovery import discover

        reports = replace(reports, looked_for=reports.looked_for | {EvidenceKind.TRUST})
        found = discover(image, question.trust_policy, limits=reach.limits, registry=reach.registry)
        reports = replace(reports, trusts=(*reports.trusts, *found.records))
        reports = _verified(reports, question.trust_policy, found.material, about=found.about)
    if reach.trust != NO_TRUST_SOURCES:
        from policyengine.collect.trust.lookup import look_up

        reports = look_up(
            image,
            reports,
            reach.trust,
            access=reach.registry,
            limits=reach.limits,
            policy=question.trust_policy,
            now=now,
        )
    return assemble(
        image,
        reports,
        environment=question.environment,
        evaluated_at=now,
        allow_mismatch=question.allow_mismatch,
        bases=reach.bases,
    )


def _claim_all(reports: GatheredReports, images: Sequence[ImageEvidence]) -> None:
    claimed: set[EvidenceSource] = set()
    for image in images:
        claimed.update(_sources(reports_about(reports, image)))
    for source in _sources(reports):
        if source not in claimed:
            raise SubjectMismatch(
                "is about none of the images, or does not say which it is about",
                where=source.location,
                hint="check its image alone, with only its evidence",
            )


def _sources(reports: GatheredReports) -> Iterator[EvidenceSource]:
    yield from (report.source for report in reports.scans)
    yield from (document.source for document in reports.sboms)
    yield from (record.source for record in reports.trusts)
    # One never says which image it is about.
    yield from (dockerfile.source for dockerfile in reports.dockerfiles)
    # These take the place of one image.
    yield from (document.source for document in reports.documents)

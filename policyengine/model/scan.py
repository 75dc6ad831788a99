"""Scan reports: what scanners found in an image, each in its own words and on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policyengine.model.evidence import EvidenceSource
from policyengine.model.instant import Instant
from policyengine.model.severity import Severity


class FixState(StrEnum):
    """What is known about a fix."""

    FIXED = "fixed"
    NOT_FIXED = "not_fixed"
    WONT_FIX = "wont_fix"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedSubject:
    """The image that a report says it is about; every field may be unknown.

    ``digests`` are manifest or index digests, ``image_ids`` configuration digests.
    ``other_than_image`` is the tool's word for what it looked at where that is no image:
    ``filesystem``, ``repository``, ``directory``. ``unqualified_names`` are repository and tag
    without the registry, or without the beginning of the repository: ``app:1``.
    """

    name: str | None = None
    other_than_image: str | None = None
    image_ids: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    repo_tags: tuple[str, ...] = ()
    repo_digests: tuple[str, ...] = ()
    unqualified_names: tuple[str, ...] = ()
    diff_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cvss:
    """A CVSS rating by ``source`` (``nvd``, ``redhat``). ``score`` is the base score, 0 to 10."""

    source: str
    version: str | None
    vector: str | None
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedPackage:
    """The package that a finding is in. ``layer`` is a layer digest or diff_id, as reported."""

    name: str
    version: str
    purl: str | None = None
    type: str | None = None
    path: str | None = None
    layer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSeverity:
    """The severity that ``source`` (``nvd``, ``debian``) gives, as the scanner passes it on."""

    source: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerability:
    """One finding of one report.

    ``severity_word`` and ``status_word`` (``will_not_fix``, ``affected``) are the scanner's own;
    ``pointer`` is the JSON Pointer of the finding there. ``severity_source`` is whose severity the
    scanner took, None where it does not say; ``other_severities`` are those of others that it
    passes on. ``epss_score`` and ``epss_percentile`` are
    from 0 to 1. ``known_exploited`` says whether the finding is in CISA's catalogue,
    ``exploit_available`` whether an exploit is public; None where the scanner does not say.
    """

    id: str
    severity: Severity
    severity_word: str
    package: AffectedPackage
    fix_state: FixState
    pointer: str
    aliases: tuple[str, ...] = ()
    cvss: tuple[Cvss, ...] = ()
    fixed_versions: tuple[str, ...] = ()
    vex_status: str | None = None
    title: str | None = None
    url: str | None = None
    status_word: str | None = None
    severity_source: str | None = None
    other_severities: tuple[SourceSeverity, ...] = ()
    epss_score: float | None = None
    epss_percentile: float | None = None
    known_exploited: bool | None = None
    exploit_available: bool | None = None
    published_at: Instant | None = None
    modified_at: Instant | None = None
    fixed_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSecret:
    """A secret that a scanner found in a file. The secret itself is never kept."""

    rule_id: str
    title: str
    severity: Severity
    severity_word: str
    path: str
    start_line: int | None
    layer: str | None
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Misconfiguration:
    """A failed configuration check of a scanner."""

    id: str
    title: str
    message: str
    severity: Severity
    severity_word: str
    path: str | None
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseFinding:
    """A licence that a scanner objects to, or lists with a rating of its own.

    ``package`` is None where the licence is that of a file, ``path``.
    """

    license: str
    category: str | None
    severity: Severity
    severity_word: str
    package: AffectedPackage | None
    path: str | None
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerVerdict:
    """What the scanner itself, or a policy in it, says of the image.

    ``passed`` is None for a word that says neither; ``policy`` names what was judged by.
    """

    policy: str
    passed: bool | None
    word: str
    reason: str | None
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """One report of one scanner about one image.

    ``covers_vulnerabilities`` is False where it shows that vulnerabilities were not looked for, or
    not everywhere: an empty list of them then says nothing. ``covers_secrets`` and
    ``covers_misconfigurations`` say the same of those; None where the report does not tell.
    ``problem`` says what was left out, in the scanner's words where it has some. ``end_of_life`` is
    of the distribution.
    """

    source: EvidenceSource
    scanner: str
    scanner_version: str | None
    subject: ReportedSubject
    database_version: str | None = None
    database_built_at: Instant | None = None
    finished_at: Instant | None = None
    distribution: str | None = None
    end_of_life: bool | None = None
    covers_vulnerabilities: bool = True
    covers_secrets: bool | None = None
    covers_misconfigurations: bool | None = None
    problem: str | None = None
    vulnerabilities: tuple[Vulnerability, ...] = ()
    secrets: tuple[ScanSecret, ...] = ()
    misconfigurations: tuple[Misconfiguration, ...] = ()
    licenses: tuple[LicenseFinding, ...] = ()
    verdicts: tuple[ScannerVerdict, ...] = ()
    unmapped: tuple[tuple[str, int], ...] = ()

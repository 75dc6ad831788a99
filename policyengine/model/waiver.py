"""A waiver: who lets which reason pass, where, why, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policyengine.model.instant import Instant

# "sha256:" and 12 digits: what people compare. Results have the whole.
_SHORT = 19
# Of the name that a signer gave the key.
_NAME = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One entry of a waiver file.

    ``rule`` is a rule id. ``repository`` (a pattern), ``digest``, ``vulnerability``, ``package``
    and ``path`` narrow it; None does not. It holds from ``created`` until ``expires``. ``file``
    and ``row`` say where it is written, ``file_sha256`` in which bytes.

    ``signer`` is the fingerprint of the key whose signature of the file was verified, ``keyid`` the
    name that the signer gave it, ``signed_at`` when the signer says that it was; None where the
    settings ask for no signature.
    """

    rule: str
    reason: str
    owner: str
    approver: str
    created: Instant
    expires: Instant
    file: str
    row: int
    file_sha256: str
    repository: str | None = None
    digest: str | None = None
    vulnerability: str | None = None
    package: str | None = None
    path: str | None = None
    ticket: str | None = None
    signer: str | None = None
    keyid: str | None = None
    signed_at: Instant | None = None

    @property
    def about(self) -> tuple[str | None, ...]:
        """What it is a waiver of: two that are equal in it are two waivers of one thing."""
        return (
            *(self.rule, self.repository, self.digest),
            *(self.vulnerability, self.package, self.path),
        )

    @property
    def origin(self) -> str:
        """Where it is written, and who signed that, for people."""
        place = f"{self.file}:{self.row}"
        if self.signer is None:
            return place
        named = "" if self.keyid is None else f"{self.keyid[:_NAME]}, "
        return f"{place}, signed by {named}{self.signer[:_SHORT]}"


class WaiverFault(StrEnum):
    """What can be wrong with a waiver."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    APPROVER = "approver"
    TOO_LONG = "too_long"
    TOO_BROAD = "too_broad"
    UNUSED = "unused"
    UNKNOWN_RULE = "unknown_rule"


# A waiver with one of these lets nothing pass; the others are reported, and it holds.
REFUSING = frozenset(
    {WaiverFault.EXPIRED, WaiverFault.NOT_YET_VALID, WaiverFault.APPROVER, WaiverFault.TOO_LONG}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverProblem:
    """What is wrong with a waiver, in one line."""

    waiver: Waiver
    fault: WaiverFault
    message: str

    @property
    def refuses(self) -> bool:
        """Whether the waiver lets nothing pass for it."""
        return self.fault in REFUSING


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRules:
    """What waivers must keep: at most ``max_days`` from ``created`` to ``expires``, and one of
    ``approvers``; anybody where there are none."""

    max_days: int = 365
    approvers: frozenset[str] = frozenset()


DEFAULT_WAIVER_RULES = WaiverRules()

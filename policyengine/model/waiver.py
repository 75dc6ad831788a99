"""A waiver: who lets which reason pass, where, why, and until when."""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.model.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One entry of a waiver file.

    ``rule`` is a rule id. ``repository`` (a pattern), ``digest``, ``vulnerability``, ``package``
    and ``path`` narrow it; None does not. It holds from ``created`` until ``expires``. ``file``
    and ``row`` say where it is written.
    """

    rule: str
    reason: str
    owner: str
    approver: str
    created: Instant
    expires: Instant
    file: str
    row: int
    repository: str | None = None
    digest: str | None = None
    vulnerability: str | None = None
    package: str | None = None
    path: str | None = None
    ticket: str | None = None

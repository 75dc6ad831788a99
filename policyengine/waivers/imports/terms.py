"""What an import is told, and what it gives."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from policyengine.errors import UsageError
from policyengine.model.instant import Instant
from policyengine.waivers.writing import NewWaiver

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_STARS = re.compile(r"\*\*+")
_MORE_THAN_STARS = re.compile(r"[\[\]{}\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTerms:
    """What ignore files do not say: which rules they are about, who answers for them, and until
    when where they name no day. ``created`` and ``expires`` are days."""

    rules: tuple[str, ...]
    owner: str
    approver: str
    created: str
    expires: str

    def waivers(
        self, reason: str, expires: str | None = None, **narrowed: str | None
    ) -> list[NewWaiver]:
        """Return a waiver for each rule. Raises UsageError where no rule was named."""
        if not self.rules:
            raise UsageError("the file names no rules", hint="name those that it waives: --rule")
        return [self.waiver(rule, reason, expires, **narrowed) for rule in self.rules]

    def waiver(
        self, rule: str, reason: str, expires: str | None = None, **narrowed: str | None
    ) -> NewWaiver:
        """Return a waiver of ``rule``."""
        made = NewWaiver(
            rule=rule,
            reason=reason or "imported; the file says no reason",
            owner=self.owner,
            approver=self.approver,
            created=self.created,
            expires=expires or self.expires,
        )
        return replace(made, **{name: text for name, text in narrowed.items() if text})

    def over(self, time: str) -> bool:
        """Say whether ``time``, in RFC 3339, is not after the start of the day of the import."""
        return Instant.parse(time) <= Instant.parse(f"{self.created}T00:00:00Z")


def time_of(text: object) -> str | None:
    """Return ``text`` as an RFC 3339 time, a day as its start; None for what is no time.

    Trivy reads a day so: what ends on a day does not hold on it.
    """
    if not isinstance(text, str):
        return None
    whole = f"{text}T00:00:00Z" if _DAY.fullmatch(text) else text
    try:
        Instant.parse(whole)
    except ValueError:
        return None
    return whole


def path_pattern(glob: str) -> str | None:
    """Return a pattern of doublestar's (Trivy's and Grype's) as one of ours; None for one that has
    more than ``*``, ``**`` and ``?``.

    There ``**`` stands for slashes only where it is alone between two: ``a**`` is ``a*``.
    """
    if _MORE_THAN_STARS.search(glob):
        return None
    parts = glob.lstrip("/").split("/")
    return "/".join(part if part == "**" else _STARS.sub("*", part) for part in parts) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Waivers, and a line for each thing in the file that none of them says."""

    waivers: tuple[NewWaiver, ...]
    left_out: tuple[str, ...]

"""What an import is told, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass, replace

from policyengine.errors import UsageError
from policyengine.model.instant import Instant
from policyengine.waivers.writing import NewWaiver


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

    def over(self, expires: str | None) -> bool:
        """Say whether ``expires``, a day or a time, is past when the import is made."""
        if expires is None:
            return False
        text = expires if len(expires) > 10 else f"{expires}T23:59:59Z"
        try:
            return Instant.parse(text) < Instant.parse(f"{self.created}T00:00:00Z")
        except ValueError:
            return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Waivers, and a line for each thing in the file that none of them says."""

    waivers: tuple[NewWaiver, ...]
    left_out: tuple[str, ...]

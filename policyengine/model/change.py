"""What changed between two judgements of one image."""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.model.verdict import Outcome, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChange:
    """One image before and after.

    ``judged`` is False for an image that only the earlier result has; ``before`` is None for one
    that only the later has. ``new`` and ``gone`` are reasons that deny, ``same`` counts the
    reasons and warnings that both have.
    """

    image: str
    repository: str | None
    judged: bool
    before: Outcome | None
    after: Outcome | None
    new: tuple[Reason, ...] = ()
    new_warnings: tuple[Reason, ...] = ()
    gone: tuple[Reason, ...] = ()
    same: int = 0

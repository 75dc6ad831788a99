"""All the waivers of a run, and what they must keep."""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.model.waiver import DEFAULT_WAIVER_RULES, Waiver, WaiverRules


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverSet:
    """``sources`` has each file with the sha256 of its bytes, in the order read."""

    waivers: tuple[Waiver, ...] = ()
    rules: WaiverRules = DEFAULT_WAIVER_RULES
    sources: tuple[tuple[str, str], ...] = ()


NO_WAIVERS = WaiverSet()

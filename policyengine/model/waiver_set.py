"""All the waivers of a run, and what they must keep."""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.model.waiver import DEFAULT_WAIVER_RULES, Waiver, WaiverRules


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverSource:
    """A file that was read: its bytes' sha256, and whose signature of them was verified, if any."""

    file: str
    sha256: str
    signer: str | None = None
    keyid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverSet:
    """``sources`` are the files in the order read."""

    waivers: tuple[Waiver, ...] = ()
    rules: WaiverRules = DEFAULT_WAIVER_RULES
    sources: tuple[WaiverSource, ...] = ()


NO_WAIVERS = WaiverSet()

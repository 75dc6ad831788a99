"""Semantic versions (semver.org 2.0.0): which texts are one, and how they are ordered."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = r"(?:0|[1-9][0-9]*)"
_IDENTIFIER: Final = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION: Final = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
    rf"(?:-{_IDENTIFIER}(?:\.{_IDENTIFIER})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
# Python reads no longer integers from text than these digits without being told to.
_LONGEST: Final = 256


def is_version(text: str) -> bool:
    """Say whether ``text`` is a semantic version, and nothing beside it."""
    return len(text) <= _LONGEST and _VERSION.fullmatch(text) is not None


def is_before_release(version: str) -> bool:
    """Say whether it is a pre-release, such as ``1.4.0-rc.1``."""
    return "-" in version.partition("+")[0]


def version_order(version: str) -> tuple[object, ...]:
    """Return what semantic versions are sorted by (semver.org 2.0.0, section 11)."""
    core, _, before = version.partition("+")[0].partition("-")
    numbers = tuple(int(part) for part in core.split("."))
    # A version without a pre-release is later than all of its pre-releases.
    parts = tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in before.split(".") if part
    )
    return (numbers, not before, parts)

"""What generated code is made for: ``makes.py`` says what each is, and writes it."""

from __future__ import annotations

from enum import Enum


class Make(Enum):
    """What is added to the code."""

    PLAIN = "plain"
    COVERED = "covered"
    EXPLAINED = "explained"
    TRACED = "traced"
    FOLLOWED = "followed"

    @property
    def may_narrow(self) -> bool:
        """Whether elements and rules may be passed over that cannot give anything."""
        return self is Make.PLAIN or self is Make.COVERED

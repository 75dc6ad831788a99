"""What is wrong with a Dockerfile, and on which line."""

from __future__ import annotations

from policyengine.errors import MalformedEvidence


class Fault(Exception):
    """Something that Docker refuses; becomes a MalformedEvidence where the line is known."""

    def __init__(self, what: str, *, found: str | None = None, expected: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.found = found
        self.expected = expected

    def at(self, location: str, line: int) -> MalformedEvidence:
        """Return the error that a user sees."""
        return MalformedEvidence(
            self.what, where=f"{location}:{line}", found=self.found, expected=self.expected
        )

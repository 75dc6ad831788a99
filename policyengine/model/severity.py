"""The one scale on which every tool's severity words are placed."""

from __future__ import annotations

from enum import IntEnum


class Severity(IntEnum):
    """Ordered: a higher member is worse. ``UNKNOWN`` is lowest only in order, not in meaning."""

    UNKNOWN = 0
    NONE = 1
    NEGLIGIBLE = 2
    LOW = 3
    MEDIUM = 4
    HIGH = 5
    CRITICAL = 6

    @property
    def word(self) -> str:
        """The word used in documents, parameters and reports."""
        return _NAMES[self]

    @classmethod
    def from_word(cls, word: str) -> Severity:
        """Place a tool's own ``word`` on the scale; a word that is not known is UNKNOWN."""
        found = _AS_WRITTEN.get(word)
        return _WORDS.get(word.strip().lower(), cls.UNKNOWN) if found is None else found


def scale_word(word: str) -> str:
    """Return the scale's word for a tool's own ``word``."""
    found = _SCALE_WORDS.get(word)
    return Severity.from_word(word).word if found is None else found


_NAMES = tuple(severity.name.lower() for severity in Severity)
_WORDS = {
    "unknown": Severity.UNKNOWN,
    "none": Severity.NONE,
    "info": Severity.NEGLIGIBLE,
    "information": Severity.NEGLIGIBLE,
    "informational": Severity.NEGLIGIBLE,
    "negligible": Severity.NEGLIGIBLE,
    "unimportant": Severity.NEGLIGIBLE,
    "low": Severity.LOW,
    "minor": Severity.LOW,
    "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "important": Severity.HIGH,
    "major": Severity.HIGH,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
    "defcon1": Severity.CRITICAL,
}
# As tools write them: a report has each of them thousands of times.
_AS_WRITTEN = {
    written: severity
    for word, severity in _WORDS.items()
    for written in (word, word.upper(), word.capitalize())
}
_SCALE_WORDS = {written: severity.word for written, severity in _AS_WRITTEN.items()}

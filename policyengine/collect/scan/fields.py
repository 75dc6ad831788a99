"""What many scanners write alike: ratings, lists of versions, names of images, numbers as text."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from policyengine.collect.format import whole_instant
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path, described
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.scan import Cvss, FixState, ReportedSubject

_SHA256 = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORST = 10.0
# What scanners write where they mean nothing.
_NOTHING = frozenset({"", "none", "null", "n/a", "na", "-", "unknown", "not fixed"})


def rating(
    read: FieldReader,
    path: Path,
    *,
    source: str,
    vector: str | None,
    score: float | None,
    version: str | None = None,
) -> Cvss | None:
    """Return a rating; None where there is neither vector nor score.

    The version is the vector's own; a vector without one is of CVSS 2. A score of zero without a
    vector, or a negative one, is how scanners write that there is none.
    """
    if score is not None and score < 0:
        score = None
    if score is not None and not score <= _WORST:
        raise read.wrong(path, f"the score {score}", "a score from 0 to 10")
    if not vector and not score:
        return None
    return _rating(source, vector, score, version)


def base_score(read: FieldReader, obj: JsonObject, name: str, path: Path) -> float | None:
    """Return a CVSS base score, 0 to 10; None where it is missing or null."""
    score = read.optional_number(obj, name, path)
    if score is not None and not 0 <= score <= _WORST:
        raise read.wrong((*path, name), f"the score {score}", "a score from 0 to 10")
    return score


@lru_cache(maxsize=4096)
def _rating(source: str, vector: str | None, score: float | None, version: str | None) -> Cvss:
    if vector and vector.startswith("CVSS:"):
        version = vector[5:].partition("/")[0]
    elif vector and version is None:
        version = "2.0"
    return Cvss(source=source, version=version, vector=vector or None, score=score)


def number(read: FieldReader, obj: JsonObject, name: str, path: Path) -> float | None:
    """Return a number, also one that is written as text; None where it is missing or empty."""
    value = obj.get(name)
    if not isinstance(value, str):
        return read.optional_number(obj, name, path)
    if value.strip().lower() in _NOTHING:
        return None
    try:
        found = float(value)
    except ValueError:
        raise read.wrong((*path, name), repr(value[:40]), "a number") from None
    if not math.isfinite(found):
        raise read.wrong((*path, name), repr(value[:40]), "a number")
    return found


def share(read: FieldReader, obj: JsonObject, name: str, path: Path) -> float | None:
    """Return a number from 0 to 1, as EPSS gives them."""
    found = number(read, obj, name, path)
    if found is not None and not 0 <= found <= 1:
        raise read.wrong((*path, name), str(found), "a number from 0 to 1")
    return found


def flag(read: FieldReader, obj: JsonObject, name: str, path: Path) -> bool | None:
    """Return a boolean; None where it is missing or null."""
    value = obj.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise read.wrong((*path, name), described(value), "a boolean")


def plain(text: str | None) -> str | None:
    """Return ``text``, or None for a word that stands for nothing, such as ``None``."""
    return None if text is None or text.strip().lower() in _NOTHING else text.strip()


def moment(text: str | None) -> Instant | None:
    """Read a time, or a day as its beginning in UTC; None for what stands for no time.

    The beginning errs to the strict side: what was published or fixed that day counts as older.
    """
    if text is not None and _DAY.fullmatch(text):
        text += "T00:00:00Z"
    found = whole_instant(text)
    # The zero of Unix and of Go are how programs write that there is no time.
    return found if found is not None and found.ns > 0 else None


def versions(text: str | None) -> tuple[str, ...]:
    """Split a list of fixed versions, which scanners part by commas."""
    if text is None:
        return ()
    return tuple(part for item in text.split(",") if (part := plain(item)) is not None)


def fix_of(fixed: tuple[str, ...], otherwise: FixState) -> FixState:
    """Return FIXED where a fixed version is known."""
    return FixState.FIXED if fixed else otherwise


def entries(read: FieldReader, obj: JsonObject, name: str, path: Path) -> JsonObject:
    """Return an object whose values are objects, keyed by what the document chose."""
    inner = read.optional_object(obj, name, path)
    for key, value in inner.items():
        if not isinstance(value, dict):
            raise read.wrong((*path, name, key), described(value), "an object")
    return inner


def as_object(read: FieldReader, value: JsonValue, path: Path) -> JsonObject:
    """Return ``value``, which must be an object."""
    if isinstance(value, dict):
        return value
    raise read.wrong(path, described(value), "an object")


def digests(*texts: str | None) -> tuple[str, ...]:
    """Return ``texts`` without the missing ones; a bare SHA-256 in hexadecimal is a digest.

    A text that is no digest stays: it names another image than any digest does.
    """
    found = (f"sha256:{text}" if text and _SHA256.fullmatch(text) else text for text in texts)
    return tuple(dict.fromkeys(text for text in found if text))


def image_named(
    name: str | None,
    *,
    digest: str | None = None,
    image_id: str | None = None,
    other_than_image: str | None = None,
) -> ReportedSubject:
    """Return the subject that is called ``name``: ``app:1``, ``app@sha256:...``, or both."""
    pinned = (name,) if name and "@" in name else ()
    return ReportedSubject(
        name=name,
        other_than_image=other_than_image,
        image_ids=digests(image_id),
        digests=digests(digest),
        repo_digests=pinned,
    )

"""Which of two versions of a package is the higher, by the rules of the package's own system.

=========== ====================================================================================
deb         deb-version(7): epoch, upstream version, revision; ``~`` sorts before the end
rpm         rpm's ``rpmvercmp``: epoch, version, release; ``~`` before the end, ``^`` behind it
apk         apk-tools' versions: numbers, a letter, ``_suffix``, ``~hash``, ``-r`` revision
pypi        PEP 440, by the ``packaging`` library
npm, cargo, Semantic Versioning 2.0.0, section 11; ``golang`` writes a ``v`` before it
golang
others      only what every system orders alike: integers between dots, equally many
=========== ====================================================================================

What a system cannot read is not compared: no order is better than a wrong one.
"""

from __future__ import annotations

import re
from functools import cmp_to_key, lru_cache
from itertools import zip_longest
from typing import Any

# Longer texts are no versions, and are not worth the time that comparing them would take.
_LONGEST = 256
_EPOCH = re.compile(r"(?:(\d+):)?(.*)", re.DOTALL)
_DEB = re.compile(r"(?:\d+:)?[A-Za-z0-9.+~:-]+")
_DEB_PARTS = re.compile(r"([^0-9]*)([0-9]*)")
_RPM = re.compile(r"(?:\d+:)?[A-Za-z0-9._+~^:-]+")
_RPM_PART = re.compile(r"~|\^|[0-9]+|[A-Za-z]+")
_APK = re.compile(
    r"(?P<numbers>\d+(?:\.\d+)*)(?P<letter>[a-z])?(?P<suffixes>(?:_[a-z]+\d*)*)"
    r"(?:~[0-9a-f]+)?(?:-r(?P<revision>\d+))?"
)
_APK_SUFFIX = re.compile(r"_([a-z]+)(\d*)")
_APK_ORDER = ("alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p")
_SEMVER = re.compile(
    r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)
_DOTTED = re.compile(r"\d+(?:\.\d+)*")


@lru_cache(maxsize=16384)
def compare_versions(kind: str | None, one: str, other: str) -> int | None:
    """Return -1, 0 or 1 as ``one`` is lower than, the same as or higher than ``other``.

    ``kind`` is a purl type; None is returned where the order is not known.
    """
    if not one or not other or max(len(one), len(other)) > _LONGEST:
        return None
    if not (one.isascii() and other.isascii()):
        return None
    if kind == "deb":
        return _deb(one, other)
    if kind == "rpm":
        return _rpm(one, other)
    if kind == "apk":
        return _apk(one, other)
    if kind == "pypi":
        return _pep440(one, other)
    if kind in {"npm", "cargo", "golang"}:
        return _semver(one, other)
    return _dotted(one, other)


def fix_facts(
    kind: str | None, installed: str, fixed: tuple[str, ...]
) -> tuple[str | None, bool | None]:
    """Return ``least_fix`` and ``has_every_fix``."""
    if len(fixed) > 1:
        return least_fix(kind, installed, fixed), has_every_fix(kind, installed, fixed)
    # Most findings have one fix: one comparison tells both.
    order = compare_versions(kind, fixed[0], installed)
    if order is None:
        return None, None
    return (fixed[0] if order == 1 else None), order <= 0


def least_fix(kind: str | None, installed: str, fixed: tuple[str, ...]) -> str | None:
    """Return the lowest of ``fixed`` above ``installed``; None where one cannot be compared."""
    orders = [compare_versions(kind, version, installed) for version in fixed]
    if not fixed or any(order is None for order in orders):
        return None
    above = [version for version, order in zip(fixed, orders, strict=True) if order == 1]
    if any(compare_versions(kind, one, other) is None for one in above for other in above[:1]):
        return None
    return min(above, key=cmp_to_key(lambda x, y: compare_versions(kind, x, y) or 0), default=None)


def has_every_fix(kind: str | None, installed: str, fixed: tuple[str, ...]) -> bool | None:
    """Say whether ``installed`` is at or above each of ``fixed``; None where that is not known."""
    orders = [compare_versions(kind, installed, version) for version in fixed]
    if not orders or any(order is None for order in orders):
        return None
    return all(order is not None and order >= 0 for order in orders)


def _sign(one: Any, other: Any) -> int:
    """Compare two values of one type."""
    return int(one > other) - int(one < other)


def _epoch(text: str) -> tuple[int, str]:
    found = _EPOCH.fullmatch(text)
    assert found is not None  # the pattern takes any text
    return int(found[1] or 0), found[2]


def _deb(one: str, other: str) -> int | None:
    if not (_DEB.fullmatch(one) and _DEB.fullmatch(other)):
        return None
    (epoch, rest), (other_epoch, other_rest) = _epoch(one), _epoch(other)
    if epoch != other_epoch:
        return _sign(epoch, other_epoch)
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    other_upstream, _, other_revision = (
        other_rest.rpartition("-") if "-" in other_rest else (other_rest, "", "")
    )
    return _deb_part(upstream, other_upstream) or _deb_part(revision, other_revision)


def _deb_part(one: str, other: str) -> int:
    for (text, number), (other_text, other_number) in zip_longest(
        _DEB_PARTS.findall(one), _DEB_PARTS.findall(other), fillvalue=("", "")
    ):
        order = _sign(_deb_text(text), _deb_text(other_text))
        order = order or _sign(int(number or 0), int(other_number or 0))
        if order:
            return order
    return 0


def _deb_text(text: str) -> list[int]:
    """Return what orders the part: a tilde, the end, letters, all others."""
    ranks = [-1 if c == "~" else ord(c) if c.isalpha() else ord(c) + 256 for c in text]
    return [*ranks, 0]


def _rpm(one: str, other: str) -> int | None:
    if not (_RPM.fullmatch(one) and _RPM.fullmatch(other)):
        return None
    (epoch, rest), (other_epoch, other_rest) = _epoch(one), _epoch(other)
    if epoch != other_epoch:
        return _sign(epoch, other_epoch)
    version, _, release = rest.partition("-")
    other_version, _, other_release = other_rest.partition("-")
    order = _rpmvercmp(version, other_version)
    # As rpm does where a dependency names no release: it is not compared.
    return order or (_rpmvercmp(release, other_release) if release and other_release else 0)


def _rpmvercmp(one: str, other: str) -> int:
    for part, other_part in zip_longest(_RPM_PART.findall(one), _RPM_PART.findall(other)):
        if part == other_part:
            continue
        if "~" in {part, other_part}:
            return -1 if part == "~" else 1
        if "^" in {part, other_part}:
            if part is None or other_part is None:
                return -1 if part is None else 1
            return -1 if part == "^" else 1
        if part is None or other_part is None:
            return -1 if part is None else 1
        if part.isdigit() != other_part.isdigit():
            return 1 if part.isdigit() else -1
        order = _sign(int(part), int(other_part)) if part.isdigit() else _sign(part, other_part)
        if order:
            return order
    return 0


def _apk(one: str, other: str) -> int | None:
    found, other_found = _APK.fullmatch(one), _APK.fullmatch(other)
    if found is None or other_found is None:
        return None
    return _apk_order(found, other_found)


def _apk_order(one: re.Match[str], other: re.Match[str]) -> int | None:
    numbers, other_numbers = one["numbers"].split("."), other["numbers"].split(".")
    for index, (part, other_part) in enumerate(zip(numbers, other_numbers, strict=False)):
        # A part behind a dot that begins with 0 is compared as a fraction.
        if index and (part[0] == "0" or other_part[0] == "0"):
            order = _sign(part, other_part)
        else:
            order = _sign(int(part), int(other_part))
        if order:
            return order
    order = _sign(len(numbers), len(other_numbers)) or _sign(
        one["letter"] or "", other["letter"] or ""
    )
    if order:
        return order
    suffixes, other_suffixes = _apk_suffixes(one), _apk_suffixes(other)
    if suffixes is None or other_suffixes is None:
        return None
    end = (_APK_ORDER.index(""), 0)
    for suffix, other_suffix in zip_longest(suffixes, other_suffixes, fillvalue=end):
        if suffix != other_suffix:
            return _sign(suffix, other_suffix)
    return _sign(int(one["revision"] or 0), int(other["revision"] or 0))


def _apk_suffixes(found: re.Match[str]) -> list[tuple[int, int]] | None:
    suffixes = []
    for name, number in _APK_SUFFIX.findall(found["suffixes"]):
        if name not in _APK_ORDER:
            return None
        suffixes.append((_APK_ORDER.index(name), int(number or 0)))
    return suffixes


def _pep440(one: str, other: str) -> int | None:
    from packaging.version import InvalidVersion, Version

    try:
        return _sign(Version(one), Version(other))
    except InvalidVersion:
        return None


def _semver(one: str, other: str) -> int | None:
    found, other_found = _SEMVER.fullmatch(one), _SEMVER.fullmatch(other)
    if found is None or other_found is None:
        return _dotted(one.removeprefix("v"), other.removeprefix("v"))
    order = _sign(_numbers(found), _numbers(other_found))
    if order:
        return order
    before, other_before = found[4], other_found[4]
    if before is None or other_before is None:
        return _sign(before is None, other_before is None)
    return _sign(_identifiers(before), _identifiers(other_before))


def _numbers(found: re.Match[str]) -> tuple[int, int, int]:
    return int(found[1]), int(found[2]), int(found[3])


def _identifiers(text: str) -> list[tuple[bool, int, str]]:
    return [
        (False, int(part), "") if part.isdigit() else (True, 0, part) for part in text.split(".")
    ]


def _dotted(one: str, other: str) -> int | None:
    if one == other:
        return 0
    if not (_DOTTED.fullmatch(one) and _DOTTED.fullmatch(other)):
        return None
    parts, other_parts = one.split("."), other.split(".")
    if len(parts) != len(other_parts):
        return None
    return _sign([*map(int, parts)], [*map(int, other_parts)])

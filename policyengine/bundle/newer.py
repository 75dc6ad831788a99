"""Later versions of a bundle, by the tags of its repository.

A tag names a version if it is one, or one behind a ``v``: ``1.4.0``, ``v1.4.0``. Tags that move,
such as ``1.4`` or ``latest``, name none. Pre-releases count for whom has one already.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policyengine.bundle.versions import is_before_release, is_version, version_order
from policyengine.errors import BundleFormatError
from policyengine.model.reference import ImageReference


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedVersion:
    """A version, and the tag that names it."""

    version: str
    tag: str


def newer_versions(tags: Iterable[str], current: str) -> tuple[TaggedVersion, ...]:
    """Return the versions after ``current``, the latest last."""
    takes_pre_releases = is_before_release(current)
    return tuple(
        each
        for each in tagged_versions(tags)
        if version_order(each.version) > version_order(current)
        and (takes_pre_releases or not is_before_release(each.version))
    )


def tagged_versions(tags: Iterable[str]) -> tuple[TaggedVersion, ...]:
    """Return the versions that ``tags`` name, in order; of two tags of one the plain one."""
    found: dict[str, TaggedVersion] = {}
    for tag in sorted(tags):
        version = tag.removeprefix("v")
        if is_version(version):
            found.setdefault(version, TaggedVersion(version=version, tag=tag))
    return tuple(sorted(found.values(), key=lambda each: version_order(each.version)))


def chosen_version(tags: Iterable[str], wanted: str, *, where: str) -> TaggedVersion:
    """Return the version ``wanted``, which may be written as its tag. Raises BundleFormatError."""
    known = tagged_versions(tags)
    version = wanted.removeprefix("v")
    for each in known:
        if each.version == version:
            return each
    raise BundleFormatError(
        "has no such version among its tags",
        where=where,
        found=wanted,
        expected=" or ".join(each.version for each in known[-5:]) or "a tag that is a version",
    )


def at_tag(reference: ImageReference, tag: str) -> str:
    """Return the source of another tag in the same repository."""
    return f"oci://{reference.registry}/{reference.repository}:{tag}"

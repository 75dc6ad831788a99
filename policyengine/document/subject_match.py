"""Is this report about the image at hand?

The decision, in order:

0. A report about something else than an image, a directory or a repository, is about another.
1. A digest that names the whole image (configuration or manifest) and is the image's own settles
   it: ``digest``. So do equal layers, unless a configuration digest says otherwise: ``layers``.
2. A digest that names another image settles it the other way. Only digests of a kind that is
   known of the image too are compared: an archive has no manifest digest.
3. With no digest to compare, names do: a name in common is ``name``; names, and none in common,
   are another image. A name without its registry only tells others apart: if an own name ends
   with it, the report may be about this image, ``unknown``.
4. A report that says nothing to compare is ``unknown``. It is used, and the document says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policyengine.errors import InvalidReference
from policyengine.model.image import ImageEvidence
from policyengine.model.reference import ImageReference

if TYPE_CHECKING:
    from policyengine.model.scan import ReportedSubject

MISMATCH = "mismatch"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectMatch:
    """How a report relates to the image.

    ``how`` is ``digest``, ``layers``, ``name``, ``unknown`` or ``mismatch``; for a mismatch
    ``found`` and ``expected`` are what the two sides say.
    """

    how: str
    found: str = ""
    expected: str = ""


def known_digests(evidence: ImageEvidence) -> frozenset[str]:
    """Return the manifest and index digests by which the image is known."""
    subject = evidence.subject
    digests = {digest for digest in (subject.digest, subject.index_digest) if digest}
    digests.update(_digest_of(name) for name in subject.repo_digests)
    return frozenset(digests - {""})


def known_names(evidence: ImageEvidence) -> frozenset[ImageReference]:
    """Return the names by which the image is known, each with its tag where it has one."""
    subject = evidence.subject
    names = {name for text in subject.repo_tags if (name := _name(text)) is not None}
    if subject.registry and subject.repository:
        names.add(
            ImageReference(
                registry=subject.registry, repository=subject.repository, tag=subject.tag
            )
        )
    for text in subject.repo_digests:
        if (name := _name(text)) is not None:
            names.add(ImageReference(registry=name.registry, repository=name.repository))
    return frozenset(names)


def match_subject(reported: ReportedSubject, evidence: ImageEvidence) -> SubjectMatch:
    """Decide whether a report about ``reported`` is about the image of ``evidence``."""
    if reported.other_than_image is not None:
        return _mismatch([f"a {reported.other_than_image}"], ["an image"])
    image_ids = frozenset(reported.image_ids)
    digests = frozenset(reported.digests) | {
        digest for text in reported.repo_digests if (digest := _digest_of(text))
    }
    known = known_digests(evidence)
    own_id = evidence.image.id
    # Tools call either the configuration or, with a containerd store, the manifest the image ID.
    if (image_ids | digests) & (known | {own_id}):
        return SubjectMatch(how="digest")
    if image_ids:
        return _mismatch(image_ids, {own_id})
    if reported.diff_ids and reported.diff_ids == evidence.image.layers:
        return SubjectMatch(how="layers")
    if digests and known:
        return _mismatch(digests, known)
    if reported.diff_ids:
        return _mismatch(reported.diff_ids[-1:], evidence.image.layers[-1:])
    return _match_names(reported, evidence)


def _match_names(reported: ReportedSubject, evidence: ImageEvidence) -> SubjectMatch:
    theirs = {name for text in reported.repo_tags if (name := _name(text)) is not None}
    if reported.name and (name := _explicit_name(reported.name)) is not None:
        theirs.add(name)
    ours = known_names(evidence)
    loose = reported.unqualified_names
    if not (theirs or loose) or not ours:
        return SubjectMatch(how=UNKNOWN)
    if any(_same_name(one, other) for one in theirs for other in ours):
        return SubjectMatch(how="name")
    if any(_ends_with(other, name) for name in loose for other in ours):
        return SubjectMatch(how=UNKNOWN)
    return _mismatch([*map(str, theirs), *loose], map(str, ours))


def _ends_with(own: ImageReference, name: str) -> bool:
    """Say whether ``name``, repository and tag, is the end of an own name."""
    repository, _, tag = name.rpartition(":")
    if not repository or "/" in tag:
        repository, tag = name, "latest"
    return (own.tag is None or own.tag == tag) and (
        own.repository == repository or own.repository.endswith("/" + repository)
    )


def _same_name(reported: ImageReference, own: ImageReference) -> bool:
    if (reported.registry, reported.repository) != (own.registry, own.repository):
        return False
    # An image asked for by digest has no tag to disagree with.
    return own.tag is None or (reported.tag or "latest") == own.tag


def _explicit_name(text: str) -> ImageReference | None:
    """Read a name that is surely a reference: a bare word may be a file or a directory."""
    name = _name(text)
    return name if name is not None and (name.tag or name.digest) else None


def _name(text: str) -> ImageReference | None:
    try:
        return ImageReference.parse(text)
    except InvalidReference:
        return None


def _digest_of(text: str) -> str:
    return text.rpartition("@")[2] if "@" in text else ""


def _mismatch(found: Iterable[str], expected: Iterable[str]) -> SubjectMatch:
    return SubjectMatch(
        how=MISMATCH,
        found=", ".join(sorted(found)) or "none",
        expected=", ".join(sorted(expected)) or "none",
    )

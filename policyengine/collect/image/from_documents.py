"""An image that is not at hand, from what other programs wrote down of it.

Only documents that together tell everything of the image are taken: ``docker image inspect`` with
``docker history``, or an image configuration. Half of it would leave out what rules look for, and
a rule that finds nothing lets pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policyengine.collect.image.base import base_image
from policyengine.collect.image.daemon import image_of
from policyengine.errors import InvalidReference, MalformedEvidence, SubjectMismatch
from policyengine.model.image import Image, ImageEvidence, Subject, Transport
from policyengine.model.image_documents import (
    ConfigurationDocument,
    DockerHistory,
    DockerInspection,
    ImageDocument,
    SkopeoInspection,
)
from policyengine.model.json_fields import FieldReader
from policyengine.model.reference import ImageReference

_SHORT_ID = 12  # as Docker shows it
_HISTORY = "the output of docker history --no-trunc --format json beside it"
_CONFIG = "the output of skopeo inspect --config --raw beside it"


def image_of_documents(name: str, documents: Sequence[ImageDocument]) -> ImageEvidence:
    """Return the image ``name`` as ``documents`` tell it.

    Raises SubjectMismatch where they are about another image, and MalformedEvidence where they do
    not tell all of it.
    """
    inspections = [item for item in documents if isinstance(item, DockerInspection)]
    histories = [item for item in documents if isinstance(item, DockerHistory)]
    configurations = [item for item in documents if isinstance(item, ConfigurationDocument)]
    skopeo = [item for item in documents if isinstance(item, SkopeoInspection)]
    groups: tuple[Sequence[ImageDocument], ...] = (histories, configurations, skopeo)
    for group in groups:
        if len(group) > 1:
            raise MalformedEvidence(
                "is of one image, as another document of its kind is",
                where=group[1].source.location,
                found=f"{group[0].source.location} as well",
            )
    others: list[ImageDocument] = [*configurations, *skopeo]
    if inspections and others:
        raise MalformedEvidence(
            "tells of an image that another program's document tells of too",
            where=others[0].source.location,
            found=f"{inspections[0].source.location} as well",
            expected="one or the other",
        )
    if inspections:
        return _inspected(name, inspections, histories)
    if configurations:
        if histories:
            raise _without(histories[0], "the output of docker image inspect beside it")
        return _configured(name, configurations[0], skopeo)
    raise _without(documents[0], _CONFIG if skopeo else "the output of docker image inspect")


def _without(document: ImageDocument, expected: str) -> MalformedEvidence:
    return MalformedEvidence(
        "does not tell all of an image", where=document.source.location, expected=expected
    )


def _inspected(
    name: str, inspections: Sequence[DockerInspection], histories: Sequence[DockerHistory]
) -> ImageEvidence:
    matching = [item for item in inspections if _has_id(item, name) or _is_called(item, name)]
    if len(matching) != 1:
        known = sorted({tag for item in inspections for tag in (*item.repo_tags, item.image_id)})
        raise SubjectMismatch(
            "is not about the image that is asked for, or twice",
            where=inspections[0].source.location,
            found=", ".join(known[:5]),
            expected=name,
        )
    chosen = matching[0]
    if not histories:
        raise _without(chosen, _HISTORY)
    history = histories[0]
    if not chosen.image_id.partition(":")[2].startswith(history.image_id):
        raise SubjectMismatch(
            "is the history of another image",
            where=history.source.location,
            found=history.image_id,
            expected=chosen.image_id,
        )
    read = FieldReader(f"{chosen.source.location}{chosen.pointer}")
    image = image_of(read, chosen.inspected, list(history.steps))
    if image is None:
        raise MalformedEvidence(
            "does not tell which steps of the history made which layer, or names no configuration",
            where=chosen.source.location,
            hint="docker save the image, and check the archive",
        )
    own = chosen.repo_tags[0] if chosen.repo_tags else ""
    return ImageEvidence(
        subject=_subject(
            name,
            # Asked for by its ID, it has the name that the daemon has for it.
            _reference(own if _has_id(chosen, name) else name),
            origin=chosen.source.location,
            repo_tags=chosen.repo_tags,
            repo_digests=chosen.repo_digests,
        ),
        image=image,
        manifest=None,
        base=base_image({}, image.config, chosen.inspected),
        docker_inspect=chosen.inspected,
        sources=(chosen.source, history.source),
    )


def _configured(
    name: str, document: ConfigurationDocument, skopeo: Sequence[SkopeoInspection]
) -> ImageEvidence:
    reference = _reference(name)
    if reference is None:
        raise SubjectMismatch(
            "needs the name of the image", where=document.source.location, found=repr(name)
        )
    digest = None
    for inspection in skopeo:
        _hold(inspection, document.image, reference)
        digest = inspection.digest
    return ImageEvidence(
        subject=_subject(name, reference, origin=document.source.location, digest=digest),
        image=document.image,
        manifest=None,
        base=base_image({}, document.image.config, None),
        docker_inspect=None,
        sources=(document.source, *(item.source for item in skopeo)),
    )


def _hold(inspection: SkopeoInspection, image: Image, reference: ImageReference) -> None:
    """Raise SubjectMismatch where skopeo speaks of another image than the configuration."""
    named = _reference(inspection.name)
    facts: Iterable[tuple[object, object]] = (
        (named and (named.registry, named.repository), (reference.registry, reference.repository)),
        (reference.digest or inspection.digest, inspection.digest),
        (inspection.created, image.created),
        (inspection.architecture, image.platform.architecture),
        (inspection.os, image.platform.os),
        (inspection.layers, len(image.layers)),
    )
    for found, expected in facts:
        if found != expected:
            raise SubjectMismatch(
                "is about another image",
                where=inspection.source.location,
                found=str(found),
                expected=str(expected),
            )


def _subject(
    name: str,
    reference: ImageReference | None,
    *,
    origin: str,
    digest: str | None = None,
    repo_tags: tuple[str, ...] = (),
    repo_digests: tuple[str, ...] = (),
) -> Subject:
    return Subject(
        reference=name,
        transport=Transport.DOCUMENTS,
        origin=origin,
        registry=None if reference is None else reference.registry,
        repository=None if reference is None else reference.repository,
        tag=None if reference is None else reference.tag,
        digest=digest,
        repo_tags=repo_tags,
        repo_digests=repo_digests,
    )


def _has_id(item: DockerInspection, name: str) -> bool:
    digits = name.removeprefix("sha256:")
    return len(digits) >= _SHORT_ID and item.image_id.partition(":")[2].startswith(digits)


def _is_called(item: DockerInspection, name: str) -> bool:
    asked = _reference(name)
    if asked is None:
        return False
    if asked.digest is not None:
        own = {
            (r.registry, r.repository, r.digest) for r in map(_reference, item.repo_digests) if r
        }
        return (asked.registry, asked.repository, asked.digest) in own
    own_tags = {
        (r.registry, r.repository, r.tag or "latest") for r in map(_reference, item.repo_tags) if r
    }
    return (asked.registry, asked.repository, asked.tag or "latest") in own_tags


def _reference(text: str) -> ImageReference | None:
    try:
        return ImageReference.parse(text)
    except InvalidReference:
        return None

"""Documents about an image: docker image inspect and history, skopeo inspect, configurations."""

from __future__ import annotations

import re

import orjson

from policyengine.collect.format import Origin, ReportFormat
from policyengine.collect.image.configuration import instant, parse_configuration
from policyengine.errors import MalformedEvidence
from policyengine.model.evidence import EvidenceKind
from policyengine.model.image_documents import (
    ConfigurationDocument,
    DockerHistory,
    DockerInspection,
    SkopeoInspection,
)
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.reference import is_digest

_SECOND = 1_000_000_000
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kKMGT]?i?B)")
_STEP = frozenset({"CreatedBy", "CreatedAt", "CreatedSince", "ID"})
_API_STEP = frozenset({"CreatedBy", "Created", "Id", "Size"})
_ID = re.compile(r"(?:sha256:)?([0-9a-f]{12,64})")


def is_history_line(document: JsonValue) -> bool:
    """Say whether ``document`` is a line of ``docker history --format json``."""
    return isinstance(document, dict) and document.keys() >= _STEP


def _is_inspection(document: JsonValue) -> bool:
    items = document if isinstance(document, list) else [document]
    return bool(items) and all(
        isinstance(item, dict) and item.keys() >= {"Id", "RootFS", "Config", "Architecture"}
        for item in items
    )


def _is_history(document: JsonValue) -> bool:
    items = document if isinstance(document, list) else [document]
    return bool(items) and all(
        isinstance(item, dict) and (item.keys() >= _STEP or item.keys() >= _API_STEP)
        for item in items
    )


def _is_configuration(document: JsonValue) -> bool:
    return isinstance(document, dict) and document.keys() >= {"architecture", "os", "rootfs"}


def _is_skopeo(document: JsonValue) -> bool:
    return isinstance(document, dict) and document.keys() >= {
        *("Name", "Digest", "Created", "Layers", "Architecture", "Os")
    }


def _read_inspection(document: JsonValue, origin: Origin) -> tuple[DockerInspection, ...]:
    read = FieldReader(origin.location)
    source = origin.source("docker-inspect")
    alone = not isinstance(document, list)
    found = []
    items: list[JsonValue] = document if isinstance(document, list) else [document]
    for index, item in enumerate(read.objects({"": items}, "", ())):
        at = () if alone else (index,)
        image_id = read.text(item, "Id", at)
        if not is_digest(image_id):
            raise read.wrong((*at, "Id"), repr(image_id[:80]), "a digest")
        found.append(
            DockerInspection(
                source=source,
                pointer=json_pointer(at),
                image_id=image_id,
                repo_tags=tuple(
                    tag for tag in read.texts(item, "RepoTags", at) if "<none>" not in tag
                ),
                repo_digests=tuple(
                    name for name in read.texts(item, "RepoDigests", at) if "<none>" not in name
                ),
                inspected=item,
            )
        )
    return tuple(found)


def _read_history(document: JsonValue, origin: Origin) -> tuple[DockerHistory, ...]:
    read = FieldReader(origin.location)
    items: list[JsonValue] = document if isinstance(document, list) else [document]
    steps = read.objects({"": items}, "", ())
    first = steps[0].get("Id", steps[0].get("ID"))
    matched = _ID.fullmatch(first) if isinstance(first, str) else None
    if matched is None:
        raise read.wrong((0, "ID"), repr(first)[:80], "the ID of the image in the newest step")
    return (
        DockerHistory(
            source=origin.source("docker-history"),
            image_id=matched[1],
            steps=tuple(_step(read, step, index) for index, step in enumerate(steps)),
        ),
    )


def _step(read: FieldReader, step: JsonObject, index: int) -> JsonObject:
    if step.keys() >= _API_STEP:
        return step
    command = read.text(step, "CreatedBy", (index,))
    if command.endswith("…"):
        raise MalformedEvidence(
            "has commands that are cut short",
            where=f"{read.where}{json_pointer((index, 'CreatedBy'))}",
            hint="docker history --no-trunc --format json",
        )
    created = read.text(step, "CreatedAt", (index,))
    try:
        seconds = Instant.parse(created).ns // _SECOND
    except ValueError:
        raise read.wrong((index, "CreatedAt"), repr(created[:80]), "an RFC 3339 time") from None
    size = read.text(step, "Size", (index,))
    number = _SIZE.fullmatch(size)
    if number is None:
        raise read.wrong((index, "Size"), repr(size[:80]), "a size, as 5.6MB")
    return {
        "CreatedBy": command,
        "Created": seconds,
        "Comment": step.get("Comment"),
        # Only whether there is anything counts: it is rounded for people.
        "Size": int(float(number[1]) > 0),
    }


def _read_configuration(document: JsonValue, origin: Origin) -> tuple[ConfigurationDocument, ...]:
    if origin.media_type != "application/json":
        raise MalformedEvidence(
            "is a configuration whose own digest is not at hand",
            where=origin.location,
            found=origin.media_type,
            hint="unpack it",
        )
    image = parse_configuration(
        orjson.dumps(document), where=origin.location, image_id=f"sha256:{origin.sha256}"
    )
    return (ConfigurationDocument(source=origin.source("image-config"), image=image),)


def _read_skopeo(document: JsonValue, origin: Origin) -> tuple[SkopeoInspection, ...]:
    read = FieldReader(origin.location)
    root = read.root(document)
    digest = read.text(root, "Digest", ())
    if not is_digest(digest):
        raise read.wrong(("Digest",), repr(digest[:80]), "a digest")
    return (
        SkopeoInspection(
            source=origin.source("skopeo-inspect"),
            name=read.text(root, "Name", ()),
            digest=digest,
            created=instant(read, root, "Created", ()),
            architecture=read.text(root, "Architecture", ()),
            os=read.text(root, "Os", ()),
            layers=len(read.array(root, "Layers", ())),
        ),
    )


FORMATS: tuple[ReportFormat, ...] = (
    ReportFormat(
        name="docker-inspect",
        kind=EvidenceKind.IMAGE,
        recognises=_is_inspection,
        read=_read_inspection,
    ),
    ReportFormat(
        name="docker-history", kind=EvidenceKind.IMAGE, recognises=_is_history, read=_read_history
    ),
    ReportFormat(
        name="image-config",
        kind=EvidenceKind.IMAGE,
        recognises=_is_configuration,
        read=_read_configuration,
    ),
    ReportFormat(
        name="skopeo-inspect",
        kind=EvidenceKind.IMAGE,
        recognises=_is_skopeo,
        read=_read_skopeo,
    ),
)

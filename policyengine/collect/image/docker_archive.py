"""Images in archives by ``docker save`` and tools like it: ``manifest.json`` lists them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policyengine.collect.image.configuration import parse_configuration
from policyengine.collect.image.content import digest_of
from policyengine.collect.image.file_tree import FileTree, read_small
from policyengine.errors import IntegrityError, MalformedEvidence, SourceUnavailable
from policyengine.model.image import Image
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.limits import ReadLimits

if TYPE_CHECKING:
    from policyengine.collect.image.layers import OpenLayer

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedImage:
    """One entry of ``manifest.json``: file names in the archive."""

    config: str
    repo_tags: tuple[str, ...]
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerArchiveImage:
    """An image of an archive. ``config_sha256`` is of the configuration file, in hexadecimal."""

    image: Image
    repo_tags: tuple[str, ...]
    config_name: str
    config_sha256: str
    layers: tuple[tuple[str, OpenLayer], ...]


def is_docker_archive(tree: FileTree) -> bool:
    """Say whether ``tree`` is an archive of ``docker save``."""
    return tree.has(MANIFEST)


def read_docker_archive(
    tree: FileTree, *, name: str | None, limits: ReadLimits
) -> DockerArchiveImage:
    """Read the image ``name`` (a tag in the archive, or ``@INDEX``), or the only one.

    Layers must be there; their bytes are not read. The configuration's digest is checked against
    its file name where that is one.
    """
    chosen = _choose(_entries(tree, limits), name, tree.location)
    data = read_small(tree, chosen.config, limits)
    where = f"{tree.location}: {chosen.config}"
    digest = digest_of(data)
    promised = chosen.config.rpartition("/")[2].removesuffix(".json").removeprefix("sha256:")
    if len(promised) == 64 and digest != f"sha256:{promised}":
        raise IntegrityError(
            "the configuration is not what its name says",
            where=where,
            found=digest,
            expected=f"sha256:{promised}",
        )
    image = parse_configuration(data, where=where, image_id=digest)
    if len(chosen.layers) != len(image.layers):
        raise MalformedEvidence(
            "the archive lists other layers than the configuration",
            where=f"{tree.location}: {MANIFEST}",
            found=f"{len(chosen.layers)} layers",
            expected=f"{len(image.layers)}",
        )
    for layer in chosen.layers:
        if not tree.has(layer):
            raise MalformedEvidence(
                "is missing", where=f"{tree.location}: {layer}", hint="the archive is not whole"
            )
    return DockerArchiveImage(
        image=image,
        repo_tags=chosen.repo_tags,
        config_name=chosen.config,
        config_sha256=hashlib.sha256(data).hexdigest(),
        layers=tuple(
            (diff_id, _opener(tree, layer))
            for diff_id, layer in zip(image.layers, chosen.layers, strict=True)
        ),
    )


def _opener(tree: FileTree, name: str) -> OpenLayer:
    return lambda: tree.chunks(name)


def _entries(tree: FileTree, limits: ReadLimits) -> tuple[ArchivedImage, ...]:
    where = f"{tree.location}: {MANIFEST}"
    if not tree.has(MANIFEST):
        raise SourceUnavailable("is not a Docker archive", where=where, found="no such file")
    read = FieldReader(where)
    document = parse_json(read_small(tree, MANIFEST, limits), where=where)
    entries = read.objects({"images": document}, "images", ())
    if not entries:
        raise MalformedEvidence("lists no image", where=where)
    return tuple(
        ArchivedImage(
            config=read.text(entry, "Config", (index,)),
            repo_tags=tuple(read.texts(entry, "RepoTags", (index,))),
            layers=tuple(read.texts(entry, "Layers", (index,))),
        )
        for index, entry in enumerate(entries)
    )


def _choose(entries: Sequence[ArchivedImage], name: str | None, where: str) -> ArchivedImage:
    if name is None:
        if len(entries) == 1:
            return entries[0]
        raise SourceUnavailable(
            "has several images",
            where=where,
            found=_listed(entries),
            hint="name one, as in docker-archive:FILE:NAME:TAG",
        )
    if name.startswith("@") and name[1:].isdecimal() and int(name[1:]) < len(entries):
        return entries[int(name[1:])]
    found = [entry for entry in entries if name in entry.repo_tags]
    if len(found) != 1:
        raise SourceUnavailable(f"has no image {name!r}", where=where, found=_listed(entries))
    return found[0]


def _listed(entries: Sequence[ArchivedImage]) -> str:
    return ", ".join(
        tag for index, entry in enumerate(entries) for tag in entry.repo_tags or (f"@{index}",)
    )

"""What a user writes for an image: a prefix that says how to reach it, or none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from policyengine.collect.image.docker_archive import is_docker_archive
from policyengine.collect.image.file_tree import FileTree
from policyengine.collect.image.oci_layout import INDEX, MARKER, is_empty_layout, is_oci_layout
from policyengine.errors import InvalidReference, SourceUnavailable, UnsupportedFormat, UsageError
from policyengine.model.image import Transport
from policyengine.model.limits import ReadLimits
from policyengine.model.platform import Platform
from policyengine.model.reference import ImageReference

_PREFIXES = {
    "docker-archive:": Transport.DOCKER_ARCHIVE,
    "oci-archive:": Transport.OCI_ARCHIVE,
    "oci:": Transport.OCI,
    "docker-daemon:": Transport.DOCKER_DAEMON,
    "registry:": Transport.REGISTRY,
    "docker://": Transport.REGISTRY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """What is asked for.

    ``platform`` None means linux/amd64 of an index, and whatever a lone image is; ``layers`` has
    the layers read to resolve the user.
    """

    text: str
    platform: Platform | None = None
    layers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an image is. ``transport`` None is either of two: daemon or registry, or, with a
    ``path``, either kind of archive.

    For archives and layouts ``path`` is the file or directory and ``name`` the image in it;
    otherwise ``name`` is the reference or image ID.
    """

    transport: Transport | None
    path: Path | None
    name: str | None
    text: str


def parse_target(text: str) -> Target:
    """Read what a user wrote. Raises UsageError, or SourceUnavailable for a path that is not there.

    A path with a slash at its start, a dot segment, or that exists, is a path; anything else
    without a prefix is a reference.
    """
    if not text:
        # A variable that was never set would otherwise mean the working directory.
        raise UsageError("the image is empty", expected="a path or a reference")
    for prefix, transport in _PREFIXES.items():
        if text.startswith(prefix):
            rest = text.removeprefix(prefix)
            if not rest:
                raise UsageError("names no image", where=repr(text), expected=f"{prefix}IMAGE")
            return _prefixed(transport, rest)
    path = Path(text)
    if text.startswith(("/", "./", "../", "~")) or _exists(path):
        if not _exists(path.expanduser()):
            raise SourceUnavailable("cannot be opened", where=text, found="no such file")
        return Target(transport=_kind_of(path), path=path.expanduser(), name=None, text=text)
    _no_url(text)
    ImageReference.parse(text)
    return Target(transport=None, path=None, name=text, text=text)


def archive_transport(tree: FileTree, *, location: str, limits: ReadLimits) -> Transport:
    """Tell a Docker archive from an OCI archive by its content.

    An archive that is both holds the same image twice; it is read as the OCI one, whose digests
    bind all of it, unless its index is empty: docker 25.0 wrote such.
    """
    docker = is_docker_archive(tree)
    if is_oci_layout(tree) and not (docker and is_empty_layout(tree, limits)):
        return Transport.OCI_ARCHIVE
    if docker:
        return Transport.DOCKER_ARCHIVE
    raise UnsupportedFormat(
        "is an archive, but of no image",
        where=location,
        found=", ".join(list(tree.names())[:3]) or "no files",
        expected="manifest.json (docker save), or oci-layout and index.json",
    )


def _prefixed(transport: Transport, rest: str) -> Target:
    if transport in {Transport.DOCKER_DAEMON, Transport.REGISTRY}:
        _no_url(rest)
        if transport is Transport.REGISTRY:
            ImageReference.parse(rest)
        return Target(transport=transport, path=None, name=rest, text=rest)
    path, name = _split(rest)
    return Target(transport=transport, path=path, name=name, text=rest)


def _split(rest: str) -> tuple[Path, str | None]:
    """Split PATH[:NAME] at the first colon after which nothing exists by the longer path."""
    whole = Path(rest).expanduser()
    if ":" not in rest or _exists(whole):
        return whole, None
    path, _, name = rest.partition(":")
    if not path or not name:
        raise UsageError("names no image", where=repr(rest), expected="PATH[:NAME]")
    return Path(path).expanduser(), name


def _kind_of(path: Path) -> Transport | None:
    """Return OCI for a layout; None for a file, whose content tells."""
    if path.is_dir():
        if (path / MARKER).exists() or (path / INDEX).exists():
            return Transport.OCI
        raise UnsupportedFormat(
            "is a directory, but no OCI layout",
            where=str(path),
            expected=f"{MARKER} and {INDEX} in it",
        )
    return None


def _exists(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except (OSError, ValueError):
        return False


def _no_url(text: str) -> None:
    if text.startswith(("http://", "https://")):
        raise InvalidReference(
            "is a URL, not an image reference",
            where=repr(text),
            expected="[registry[:port]/]repository[:tag][@digest]",
        )

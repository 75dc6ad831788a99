"""Where a bundle is: the name of one that ships, a directory, an archive, or a registry."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from policyengine.bundle.archive import PACKED_BYTES, SUFFIXES, read_archive
from policyengine.bundle.files import directory_contents
from policyengine.bundle.nearest import did_you_mean
from policyengine.errors import BundleFormatError
from policyengine.given_file import read_given
from policyengine.resources import BUNDLES

REGISTRY = "oci://"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSource:
    """The files of a bundle, not yet believed.

    ``name`` is what it is called where it does not say so itself; None where it must. A directory
    may take files of the policy library (``includes``), an archive has all inside. ``shipped`` is
    one of the program's own, asked for by its name. ``artifact`` is the digest of the manifest that
    a registry has it by.
    """

    contents: dict[str, bytes]
    where: str
    name: str | None
    includes: bool
    shipped: bool = False
    artifact: str | None = None


def read_source(source: str, *, fetch: Callable[[str], BundleSource] | None = None) -> BundleSource:
    """Read the bundle ``source``; ``fetch`` reads those in registries. Raises BundleFormatError."""
    if source.startswith(REGISTRY):
        if fetch is None:
            raise BundleFormatError("registries are not asked here", where=source)
        return fetch(source)
    path = Path(source)
    if "/" not in source and (BUNDLES / source).is_dir():
        root = BUNDLES / source
        return BundleSource(
            contents=directory_contents(root),
            where=str(root),
            name=None,
            includes=True,
            shipped=True,
        )
    if path.is_dir():
        return BundleSource(
            contents=directory_contents(path), where=str(path), name=None, includes=True
        )
    if source.endswith(SUFFIXES):
        data = read_given(path, error=BundleFormatError, limit=PACKED_BYTES)
        return archive_source(data, where=source, name=plain_name(path.name))
    shipped = [item.name for item in BUNDLES.iterdir() if item.is_dir()] if BUNDLES.is_dir() else []
    raise BundleFormatError(
        "no such bundle",
        where=source,
        expected="a directory, FILE.tar.gz, oci://REGISTRY/REPOSITORY, or a name that ships",
        hint=did_you_mean(source, shipped),
    )


def archive_source(data: bytes, *, where: str, name: str) -> BundleSource:
    """Read an archive; ``name`` is for one whose manifest has none. Raises BundleFormatError."""
    return BundleSource(
        contents=read_archive(data, where=where), where=where, name=name, includes=False
    )


def plain_name(text: str) -> str:
    """Return a name for a bundle, made of that of its file or repository."""
    for suffix in SUFFIXES:
        text = text.removesuffix(suffix)
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:128] or "bundle"

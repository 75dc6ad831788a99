"""Images in OCI layouts: OCI image specification, image-layout.md, as directory or archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policyengine.collect.image.content import Descriptor, FetchedManifest, digest_of, verified
from policyengine.collect.image.file_tree import FileTree, read_small
from policyengine.collect.image.manifest import parse_index
from policyengine.errors import MalformedEvidence, SourceUnavailable, UnsupportedFormat
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.limits import ReadLimits
from policyengine.model.media_types import OCI_INDEX

MARKER = "oci-layout"
INDEX = "index.json"
# sigstore/cosign, pkg/oci/layout: what an entry of ``cosign save`` is.
KIND = "kind"
ATTACHED = frozenset({"dev.cosignproject.cosign/sigs", "dev.cosignproject.cosign/atts"})
_REF_NAME = "org.opencontainers.image.ref.name"
_FULL_NAME = "io.containerd.image.name"


class OciLayout:
    """One image of a layout. ``names`` are those that its entry in ``index.json`` carries."""

    def __init__(self, tree: FileTree, *, name: str | None, limits: ReadLimits) -> None:
        self.origin = tree.location
        self._tree = tree
        self._limits = limits
        self._check_marker()
        index = read_small(tree, INDEX, limits)
        self._index = FetchedManifest(data=index, media_type=OCI_INDEX, digest=digest_of(index))
        entry = self._entry(name)
        self.names: tuple[str, ...] = () if entry is None else _names(entry)
        self._root = self._index if entry is None else self.manifest(entry)

    def root(self) -> FetchedManifest:
        """Return the manifest or index that was named."""
        return self._root

    def manifest(self, descriptor: Descriptor) -> FetchedManifest:
        """Return the manifest or index of ``descriptor``, checked against it."""
        return layout_manifest(self._tree, descriptor, self._limits)

    def blob(self, digest: str, size: int) -> Iterator[bytes]:
        """Yield the bytes of a blob."""
        del size  # a file's end is its own
        yield from self._tree.chunks(_blob(digest))

    def _check_marker(self) -> None:
        where = f"{self.origin}: {MARKER}"
        if not self._tree.has(MARKER):
            raise SourceUnavailable("is not an OCI layout", where=where, found="no such file")
        read = FieldReader(where)
        marker = read.root(parse_json(read_small(self._tree, MARKER, self._limits), where=where))
        version = read.text(marker, "imageLayoutVersion", ())
        if not version.startswith("1."):
            raise UnsupportedFormat(
                "is an OCI layout of a version that is not read",
                where=where,
                found=version,
                expected="1.0.0",
            )

    def _entry(self, name: str | None) -> Descriptor | None:
        """Return the entry that ``name`` means; None where the whole index is the image."""
        entries = parse_index(self._index, f"{self.origin}: {INDEX}")
        if name is None:
            # cosign save writes an image, and its signatures beside it.
            entries = tuple(item for item in entries if item.annotation(KIND) not in ATTACHED)
        if name is not None:
            found = [entry for entry in entries if name in {*_names(entry), entry.digest}]
            if len(found) != 1:
                raise SourceUnavailable(
                    f"has {'no' if not found else 'more than one'} image {name!r}",
                    where=self.origin,
                    found=_listed(entries),
                )
            return found[0]
        if len(entries) == 1:
            return entries[0]
        if not entries:
            raise MalformedEvidence("is an OCI layout without an image", where=self.origin)
        # An index that is itself the image of several platforms names none of its entries.
        if all(entry.platform and not _names(entry) for entry in entries):
            return None
        raise SourceUnavailable(
            "has several images",
            where=self.origin,
            found=_listed(entries),
            hint="name one, as in oci:DIR:TAG",
        )


def layout_entries(tree: FileTree, limits: ReadLimits) -> tuple[Descriptor, ...]:
    """Return all entries of a layout's index, whatever they are of."""
    data = read_small(tree, INDEX, limits)
    index = FetchedManifest(data=data, media_type=OCI_INDEX, digest=digest_of(data))
    return parse_index(index, f"{tree.location}: {INDEX}")


def layout_manifest(tree: FileTree, descriptor: Descriptor, limits: ReadLimits) -> FetchedManifest:
    """Return the manifest or index of ``descriptor``, checked against it."""
    data = layout_blob(tree, descriptor, limits)
    return FetchedManifest(data=data, media_type=descriptor.media_type, digest=descriptor.digest)


def layout_blob(tree: FileTree, descriptor: Descriptor, limits: ReadLimits) -> bytes:
    """Return the small content of ``descriptor``, checked against it."""
    return b"".join(
        verified(
            [read_small(tree, _blob(descriptor.digest), limits)],
            digest=descriptor.digest,
            size=descriptor.size,
            where=f"{tree.location}: {_blob(descriptor.digest)}",
        )
    )


def entry_names(entry: Descriptor) -> tuple[str, ...]:
    """Return the names that an entry of a layout's index carries."""
    return _names(entry)


def is_oci_layout(tree: FileTree) -> bool:
    """Say whether ``tree`` is an OCI layout."""
    return tree.has(MARKER) and tree.has(INDEX)


def is_empty_layout(tree: FileTree, limits: ReadLimits) -> bool:
    """Say whether the layout's index lists nothing, as null or as an empty array."""
    where = f"{tree.location}: {INDEX}"
    read = FieldReader(where)
    index = read.root(parse_json(read_small(tree, INDEX, limits), where=where))
    return not read.optional_array(index, "manifests", ())


def _names(entry: Descriptor) -> tuple[str, ...]:
    found = (entry.annotation(_FULL_NAME), entry.annotation(_REF_NAME))
    return tuple(dict.fromkeys(name for name in found if name))


def _listed(entries: Sequence[Descriptor]) -> str:
    names = [name for entry in entries for name in _names(entry) or (entry.digest,)]
    return ", ".join(names) or "none"


def _blob(digest: str) -> str:
    algorithm, _, value = digest.partition(":")
    return f"blobs/{algorithm}/{value}"

"""What lay beside an artifact in its registry, as an OCI archive: to be looked up again without it.

Signatures prove themselves. So nothing is asked of who keeps the archive: what is read from it is
held to its digests and verified as if a registry had given it, by the policy of the day.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from functools import partial

from policyengine.collect.image.content import Descriptor, FetchedManifest, digest_of
from policyengine.collect.image.oci_layout import ATTACHED, INDEX, KIND, MARKER
from policyengine.collect.trust.discovery import Attached, Place
from policyengine.model.media_types import OCI_INDEX, OCI_MANIFEST

# By it a layout tells what lies beside an image from the image.
_KIND = min(ATTACHED)


class LookUpKeeper:
    """Keeps what one look-up reads. What could not be read was told, and is not kept."""

    def __init__(self) -> None:
        self._manifests: dict[str, FetchedManifest] = {}
        self._blobs: dict[str, bytes] = {}

    def through(self, place: Place) -> Place:
        """Return ``place``, what is read of it noted."""
        return _Noting(place, self._manifests, self._blobs)

    def archive(self) -> bytes:
        """Return what was read, as an OCI archive: the same bytes for the same."""
        index = {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [
                {
                    "mediaType": manifest.media_type or OCI_MANIFEST,
                    "digest": digest,
                    "size": len(manifest.data),
                    "annotations": {KIND: _KIND},
                }
                for digest, manifest in self._manifests.items()
            ],
        }
        contents = {
            MARKER: b'{"imageLayoutVersion":"1.0.0"}',
            INDEX: json.dumps(index).encode(),
            **{_path(digest): item.data for digest, item in self._manifests.items()},
            **{_path(digest): data for digest, data in self._blobs.items()},
        }
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            for name, content in contents.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return stream.getvalue()


class _Noting:
    """A place, and what was read of it."""

    def __init__(
        self, place: Place, manifests: dict[str, FetchedManifest], blobs: dict[str, bytes]
    ) -> None:
        self._place = place
        self._manifests = manifests
        self._blobs = blobs

    @property
    def origin(self) -> str:
        return self._place.origin

    def attached(self, digest: str) -> Iterator[Attached]:
        for item in self._place.attached(digest):
            yield Attached(name=item.name, fetch=partial(self._fetched, item))

    def blob(self, descriptor: Descriptor) -> bytes:
        data = self._place.blob(descriptor)
        self._blobs[descriptor.digest] = data
        return data

    def _fetched(self, item: Attached) -> FetchedManifest:
        found = item.fetch()
        self._manifests[digest_of(found.data)] = found
        return found


def _path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/', 1)}"

"""Where the facts about the image itself are written: in its configuration or its manifest.

The sections ``image`` and ``image_manifest`` follow these two documents, so that a place in the
input document tells the place in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policyengine.model.evidence import EvidenceSource
from policyengine.model.json_value import json_pointer
from policyengine.model.verdict import TracedSource

_CONFIG = "image-config"
_MANIFEST = "image-manifest"
_Path = tuple[str | int, ...]

# Prefix in the input document, and what it is in the image configuration (OCI, config.md).
_IN_CONFIG: tuple[tuple[_Path, _Path], ...] = (
    (("image", "config"), ("config",)),
    (("image", "user"), ("config", "User")),
    (("image", "history"), ("history",)),
    (("image", "layers"), ("rootfs", "diff_ids")),
    (("image", "created"), ("created",)),
    (("image", "created_ns"), ("created",)),
    (("image", "author"), ("author",)),
    (("image", "platform"), ()),
)
_IN_MANIFEST: tuple[tuple[_Path, _Path], ...] = (
    (("image_manifest", "annotations"), ("annotations",)),
    (("image_manifest", "layers"), ("layers",)),
)
# All of these follow from one field.
_WHOLE = frozenset({("config", "User"), ("created",)})


def image_origins(path: _Path, sources: Sequence[EvidenceSource]) -> Iterator[TracedSource]:
    """Yield where the fact at ``path`` is written; all ``sources`` where that is not known."""
    for name, table in ((_CONFIG, _IN_CONFIG), (_MANIFEST, _IN_MANIFEST)):
        found = next((source for source in sources if source.format == name), None)
        for prefix, written in table if found is not None else ():
            if found is not None and path[: len(prefix)] == prefix:
                rest = () if written in _WHOLE else path[len(prefix) :]
                yield TracedSource(
                    location=found.location,
                    sha256=found.sha256,
                    pointer=json_pointer((*written, *rest)),
                )
                return
    for source in sources:
        yield TracedSource(location=source.location, sha256=source.sha256)

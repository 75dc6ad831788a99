"""How much of somebody else's bytes is read before it is called an attack."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """Limits on what is read, in bytes unless said otherwise.

    The defaults leave room for the largest real inputs known: reports of some 100 MB, images of
    some 20 GB. ``document_bytes`` holds for a report, SBOM or trust record after decompression;
    ``manifest_bytes`` for an image manifest, index or configuration (the distribution
    specification asks registries to take 4 MiB); ``archive_files`` for the entries of an archive
    or of all layers; ``layer_bytes`` for all layers after decompression; ``depth`` for the nesting
    of JSON; ``evidence_files`` for the files taken from a directory.
    """

    document_bytes: int = 512 * _MIB
    manifest_bytes: int = 16 * _MIB
    archive_files: int = 2_000_000
    layer_bytes: int = 64 * 1024 * _MIB
    depth: int = 250
    evidence_files: int = 10_000


DEFAULT_LIMITS = ReadLimits()

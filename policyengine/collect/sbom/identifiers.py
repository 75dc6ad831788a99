"""Names of hash algorithms as the SBOM formats write them."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=256)
def hash_algorithm(name: str) -> str:
    """Return ``SHA-256`` of CycloneDX and ``SHA256`` of SPDX alike as ``sha256``."""
    return name.lower().replace("-", "").replace("_", "")

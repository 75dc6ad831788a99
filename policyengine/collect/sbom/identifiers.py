"""Identifiers as the SBOM formats write them: package URLs and names of hash algorithms."""

from __future__ import annotations


def purl_type(purl: str | None) -> str | None:
    """Return the type of a package URL (``deb``), or None for what is none."""
    if purl is None or not purl.startswith("pkg:"):
        return None
    return purl[4:].lstrip("/").partition("/")[0].lower() or None


def purl_digest(purl: str | None) -> str | None:
    """Return the version of a ``pkg:oci`` URL, which is a manifest digest."""
    if purl is None or not purl.startswith(("pkg:oci/", "pkg:docker/")):
        return None
    version = purl.partition("?")[0].partition("#")[0].partition("@")[2]
    return version.replace("%3A", ":").replace("%3a", ":") or None


def hash_algorithm(name: str) -> str:
    """Return ``SHA-256`` of CycloneDX and ``SHA256`` of SPDX alike as ``sha256``."""
    return name.lower().replace("-", "").replace("_", "")

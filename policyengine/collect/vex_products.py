"""Products as VEX documents name them: package URLs, images by digest or name, references."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from policyengine.model.purl import canonical_purl, purl_parts
from policyengine.model.reference import is_digest
from policyengine.model.scan import ReportedSubject
from policyengine.model.vex import VexProduct

_URN = re.compile(r"urn:(?:cdx|uuid):[^#]*#(.+)", re.DOTALL)
_TAGGED = re.compile(r"[^\s:/]+(?::\d+)?(?:/[^\s:/@]+)*:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def product_named(text: str, subcomponents: Sequence[str] = ()) -> VexProduct:
    """Return the product that ``text`` names: a package URL, an image reference, or a BOM link.

    A BOM link (``urn:cdx:SERIAL/VERSION#REF``) can be followed where its reference is itself a
    package URL, as tools write it.
    """
    product = _named(text)
    packages, problem = _packages(subcomponents)
    if product.unknown is None and problem is not None:
        # Without its subcomponents the statement would be about the whole product.
        return replace(product, unknown=problem)
    return replace(product, subcomponents=packages)


def product_of_digests(text: str, digests: Sequence[str]) -> VexProduct:
    """Return the image that is known by ``digests``."""
    return VexProduct(text=text, image=ReportedSubject(digests=tuple(digests)))


def _packages(subcomponents: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    found = []
    for text in subcomponents:
        link = _URN.fullmatch(text)
        purl, problem = canonical_purl(link[1] if link is not None else text)
        if purl is not None and problem is None:
            found.append(purl)
    problem = "its subcomponents are no package URLs" if subcomponents and not found else None
    return tuple(found), problem


def _named(text: str) -> VexProduct:
    link = _URN.fullmatch(text)
    name = link[1] if link is not None else text
    if name.startswith("pkg:"):
        purl, problem = canonical_purl(name)
        if problem is not None:
            return VexProduct(text=text, unknown=f"is no package URL: {problem}")
        return _packaged(text, purl or name)
    if link is not None:
        return VexProduct(text=text, unknown="is a component of a document that was not followed")
    if is_digest(name):
        return product_of_digests(text, (name,))
    digest = name.rpartition("@")[2]
    if "@" in name and is_digest(digest):
        return product_of_digests(text, (digest,))
    if _TAGGED.fullmatch(name):
        return VexProduct(text=text, image=ReportedSubject(repo_tags=(name,)))
    return VexProduct(text=text, unknown="is no package URL, and no image with a tag or digest")


def _packaged(text: str, purl: str) -> VexProduct:
    parts = purl_parts(purl)
    assert parts is not None  # it is canonical
    kind, _, name = parts.name.partition("/")
    if kind not in {"oci", "docker"}:
        return VexProduct(text=text, purl=purl)
    version = parts.version
    if version is not None and is_digest(version):
        return replace(product_of_digests(text, (version,)), purl=purl)
    qualifiers = dict(parts.qualifiers)
    tag = qualifiers.get("tag") or (version if kind == "docker" else None)
    url = qualifiers.get("repository_url")
    if tag is None or (url is None and kind == "oci"):
        return VexProduct(
            text=text, purl=purl, unknown="names no digest, and no repository with a tag"
        )
    if version is not None and kind == "oci":
        return VexProduct(text=text, purl=purl, unknown="has a version that is no digest")
    names = [name] if url is None else [url, f"{url.rstrip('/')}/{name}"]
    return VexProduct(
        text=text,
        purl=purl,
        image=ReportedSubject(repo_tags=tuple(f"{each}:{tag}" for each in names)),
    )

"""The names of components in JFrog Xray: ``deb://debian:stretch:libx11:2:1.6.4-3``.

Source: JFrog's documentation of Xray, "component identifiers". The packages of distributions carry
distribution and release before their name.
"""

from __future__ import annotations

import re

from policyengine.model.scan import AffectedPackage

# How many fields stand before the name.
_PREFIXES = {"deb": 2, "rpm": 1, "alpine": 1}
_DISTRIBUTIONS = frozenset({"debian", "ubuntu"})
_RELEASE = re.compile(r"\d+(?:\.\d+)*|edge")
_LAYER = re.compile(r"sha256__([0-9a-f]{64})")
_BOUND = re.compile(r"[≥≤<>=\s]*")


def component(text: str) -> AffectedPackage:
    """Read an identifier with a scheme, or the last part of an impact path, which has none."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "", text
    fields = rest.split(":")
    skip = _PREFIXES.get(scheme, 0)
    if not scheme and len(fields) > 2 and fields[0] in _DISTRIBUTIONS:
        skip = 2
    elif not scheme and len(fields) > 2 and _RELEASE.fullmatch(fields[0]):
        skip = 1
    if skip and len(fields) > skip:
        return AffectedPackage(
            name=fields[skip], version=":".join(fields[skip + 1 :]), type=scheme or None
        )
    name, _, version = rest.rpartition(":")
    return AffectedPackage(name=name or rest, version=version if name else "", type=scheme or None)


def on_path(path: str) -> AffectedPackage:
    """Read an impact path: the last part is the component, an archive before it the layer."""
    found = component(path.rsplit("/", 1)[-1] if "://" not in path else path)
    layer = _LAYER.search(path)
    return AffectedPackage(
        name=found.name,
        version=found.version,
        type=found.type,
        layer=f"sha256:{layer.group(1)}" if layer else None,
    )


def bounds(versions: list[str]) -> tuple[str, ...]:
    """Return fixed versions without the sign before them: ``≥ 1.3.0``."""
    return tuple(version for text in versions if (version := _BOUND.sub("", text, count=1)))

"""When do two scanners mean the same package?

A package is known by its family (the type of its purl), its name as the purl has it, and its
version, however the scanner writes them:

1. A purl says all three. Its namespace is part of the name, but for packages of distributions,
   where it is the distribution; qualifiers say nothing more.
2. Without a purl the scanner's word for the type is looked up (``dpkg``, ``debian:11``); names are
   brought into the purl's form (``org.apache:a`` is ``org.apache/a``). A word that says no more
   than that the package is the system's (``os``), or nothing known, leaves the family open.
3. A version loses its epoch: a scanner may leave it out, and no image has one package twice that
   differs in it alone. So it does a ``v`` before a number.
4. The path tells copies apart; for a package of the distribution it says nothing, because scanners
   name different database files.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from policyengine.model.purl import canonical_purl
from policyengine.model.scan import AffectedPackage

OF_THE_SYSTEM = "os"
DISTRIBUTIONS = frozenset({"deb", "rpm", "apk", "alpm", OF_THE_SYSTEM})
_WORDS: dict[str, tuple[str, ...]] = {
    "deb": ("deb", "dpkg", "debian", "ubuntu"),
    "rpm": (
        *("rpm", "redhat", "rhel", "centos", "rocky", "alma", "oracle", "amazon", "fedora"),
        *("photon", "cbl-mariner", "azurelinux", "suse", "sles", "opensuse", "opensuse-leap"),
        *("opensuse-tumbleweed", "amzn", "ol"),
    ),
    "apk": ("apk", "alpine", "wolfi", "chainguard"),
    "alpm": ("alpm", "arch"),
    OF_THE_SYSTEM: ("os", "os-pkg", "package", "linux"),
    "npm": ("npm", "node-pkg", "nodepkg", "yarn", "pnpm", "bun", "javascript", "nodejs", "js"),
    "pypi": ("pypi", "pip", "python", "python-pkg", "pythonpkg", "poetry", "pipenv", "uv", "wheel"),
    "maven": ("maven", "java", "jar", "java-archive", "pom", "gradle", "gav", "war"),
    "golang": ("golang", "go", "gobinary", "gomod", "go-module"),
    "gem": ("gem", "gemspec", "bundler", "ruby"),
    "nuget": ("nuget", "dotnet", "dotnet-core", ".net", "packages-props", "dotnet-deps"),
    "cargo": ("cargo", "rust", "rustbinary", "rust-crate"),
    "composer": ("composer", "php", "php-composer"),
}
_FAMILIES = {word: family for family, words in _WORDS.items() for word in words}
_PURL = re.compile(r"pkg:(?P<type>[^/]+)/(?P<name>[^@?#]+)(?:@(?P<version>[^?#]*))?")
_EPOCH = re.compile(r"\d+:")
_LEADING_V = re.compile(r"[vV](?=\d)")


class PackageIdentity(NamedTuple):
    """``family`` None is not known; ``path`` is empty where there is none, or it says nothing."""

    family: str | None
    name: str
    version: str
    path: str


def package_identity(package: AffectedPackage) -> PackageIdentity:
    """Return what ``package`` is known by."""
    family, name, version = _known_by(package.purl, package.type, package.name, package.version)
    path = "" if family in DISTRIBUTIONS else (package.path or "").lstrip("/")
    return PackageIdentity(family, name, version, path)


@lru_cache(maxsize=65536)
def _known_by(
    purl: str | None, kind: str | None, name: str, version: str
) -> tuple[str | None, str, str]:
    found = None if purl is None else _PURL.match(canonical_purl(purl)[0] or "")
    if found is not None:
        family: str | None = found["type"]
        name = _decoded(found["name"])
        if family in DISTRIBUTIONS:
            name = name.rpartition("/")[2]
        version = _decoded(found["version"] or "") or version
    else:
        family = family_of(kind)
        name = name.replace(":", "/") if family in {"maven", None} else name
    return family, _normal(family, name), _LEADING_V.sub("", _EPOCH.sub("", version, count=1))


def family_of(kind: str | None) -> str | None:
    """Return the purl type that a scanner's word for a type of package stands for."""
    return _FAMILIES.get((kind or "").strip().lower().partition(":")[0])


def purl_type_of(package: AffectedPackage) -> str | None:
    """Return the purl type by whose rules the versions of ``package`` are compared."""
    return _known_by(package.purl, package.type, package.name, package.version)[0]


def _normal(family: str | None, name: str) -> str:
    name = name.strip().lower()
    # https://packaging.python.org/en/latest/specifications/name-normalization/
    return re.sub(r"[-_.]+", "-", name) if family == "pypi" else name


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)

"""The roots that the manifests of OPA's bundles claim, and what of a bundle stands outside of them.

A root is a path below ``data``; a bundle that claims none has all of it. Packages and data of a
bundle stand below its roots, and no two bundles share one: what the one says cannot be changed by
another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from policyengine.errors import BundleFormatError
from policyengine.rego.syntax.ast import RegoVersion

Root: TypeAlias = tuple[str, ...]

_EVERYTHING: Final[tuple[Root, ...]] = ((),)
_PACKAGE: Final = re.compile(
    r"(?:[ \t\r\n]|\#[^\n]*\n)*package[ \t]+"
    r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\"[^\"\\\n]*\"\])*)[ \t\r]*(?:\n|\#|;|$)",
    re.ASCII,
)
_STEP: Final = re.compile(r"\.?([A-Za-z_]\w*)|\[\"([^\"]*)\"\]", re.ASCII)


def read_roots(manifest: Mapping[str, Any], *, where: str) -> tuple[Root, ...]:
    """The roots of a manifest. Raises BundleFormatError for what are none, or overlap."""
    found = manifest.get("roots")
    if found is None:
        return _EVERYTHING
    if type(found) is not list or not all(type(item) is str for item in found):
        raise BundleFormatError("is no array of paths", where=f"{where}/roots")
    texts = [item.strip("/") for item in found]
    roots = tuple(tuple(text.split("/")) if text else () for text in texts)
    for index, root in enumerate(roots):
        for other in roots[:index]:
            if overlap(root, other):
                raise BundleFormatError(
                    "has roots that overlap",
                    where=f"{where}/roots",
                    found=f"{_text(other)} and {_text(root)}",
                )
    return roots


def overlap(first: Root, second: Root) -> bool:
    """Whether one of the two holds the other."""
    return first[: len(second)] == second or second[: len(first)] == first


def require_packages(
    roots: Sequence[Root], modules: Mapping[str, str], versions: Mapping[str, RegoVersion]
) -> None:
    """Hold the packages of ``modules``, sources by file, to ``roots``. Raises BundleFormatError.

    A module that does not parse is let be: compiling it says what is wrong.
    """
    if () in roots:
        return
    for file, source in modules.items():
        package = _package(source, file, versions.get(file, "v1"))
        if package is not None and not any(package[: len(root)] == root for root in roots):
            raise _outside(roots, package, file)


def require_data(roots: Sequence[Root], data: Mapping[str, Any], where: str) -> None:
    """Hold data, as it stands at the root of the bundle, to ``roots``. Raises BundleFormatError."""
    if () in roots:
        return
    pending: list[tuple[Root, Any]] = [((key,), item) for key, item in data.items()]
    while pending:
        path, value = pending.pop()
        if any(path[: len(root)] == root for root in roots):
            continue
        if type(value) is not dict or not any(root[: len(path)] == path for root in roots):
            raise _outside(roots, path, where)
        pending += [((*path, key), item) for key, item in value.items()]


def require_own(claimed: Sequence[tuple[str, Sequence[Root]]]) -> None:
    """Hold several bundles, by name, to roots of their own. Raises BundleFormatError."""
    for index, (name, roots) in enumerate(claimed):
        for other, taken in claimed[:index]:
            for root in roots:
                for before in taken:
                    if overlap(root, before):
                        raise BundleFormatError(
                            f"has a root that overlaps with one of {other}",
                            where=name,
                            found=f"{_text(root)} and {_text(before)}",
                            hint="name the roots of each in its .manifest, or give one bundle",
                        )


def _package(source: str, file: str, version: RegoVersion) -> Root | None:
    # Most modules begin plainly, and need no parser: what is in the cache is then found without.
    match = _PACKAGE.match(source)
    if match is not None:
        return tuple(step[1] or step[2] or "" for step in _STEP.finditer(match[1]))
    from policyengine.errors import RegoCompileError
    from policyengine.rego.compiler.modules import package_path
    from policyengine.rego.syntax.parser import parse_module

    try:
        return package_path(parse_module(source, file=file, rego_version=version))
    except RegoCompileError:
        return None


def _outside(roots: Sequence[Root], path: Root, where: str) -> BundleFormatError:
    return BundleFormatError(
        "is outside of the roots of the bundle",
        where=where,
        found="/".join(path),
        expected=" or ".join(map(_text, roots)) or "a root in .manifest",
    )


def _text(root: Root) -> str:
    return "/".join(root) or "all of data"

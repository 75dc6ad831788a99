"""Which version of Rego each file of a bundle is in, as OPA reads it from the manifest.

``rego_version`` is that of all files, ``file_rego_versions`` that of the files that a glob matches:
paths begin with ``/`` at the bundle's root, ``*`` stands for any characters, slashes too. Where
several match, the first in the order of the globs decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from policyengine.errors import BundleFormatError

if TYPE_CHECKING:
    from policyengine.rego.syntax.ast import RegoVersion

_VERSIONS: Final[dict[int, RegoVersion]] = {0: "v0", 1: "v1", 2: "v2"}
_EXPECTED: Final = "0, 1 or 2"
_SPECIAL: Final = frozenset("*?\\[]{}")
# Each is tried on each file; names of single files are not among them.
_MOST_GLOBS: Final = 1000


class _Glob(NamedTuple):
    order: int
    pattern: Any
    version: RegoVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVersions:
    """``default`` is the version of a file that nothing names.

    ``named`` has single files, with the place of each among all that the manifest lists.
    """

    default: RegoVersion
    named: Mapping[str, tuple[int, RegoVersion]]
    globs: tuple[_Glob, ...]

    def of(self, path: str) -> RegoVersion:
        """The version of the file at ``path``, which is relative to the bundle's root."""
        rooted = f"/{path.removeprefix('/')}"
        order, version = self.named.get(rooted, (len(self.named) + len(self.globs), self.default))
        text = rooted.encode(errors="surrogatepass")
        for glob in self.globs:
            if glob.order > order:
                break
            if glob.pattern.fullmatch(text) is not None:
                return glob.version
        return version

    def of_all(self, paths: Iterable[str]) -> dict[str, RegoVersion]:
        return {path: self.of(path) for path in paths}


def read_file_versions(
    manifest: Mapping[str, Any], *, where: str, default: RegoVersion = "v1"
) -> FileVersions:
    """Read both fields of a manifest; ``default`` holds without ``rego_version``.

    Raises BundleFormatError with the path of the field in the manifest.
    """
    version = manifest.get("rego_version")
    files = manifest.get("file_rego_versions")
    if version is not None:
        default = _version(version, f"{where}/rego_version")
    if files is None:
        return FileVersions(default=default, named={}, globs=())
    if not isinstance(files, Mapping):
        raise BundleFormatError(
            "is no object of globs and versions",
            where=f"{where}/file_rego_versions",
            found=type(files).__name__,
        )
    named: dict[str, tuple[int, RegoVersion]] = {}
    globs: list[_Glob] = []
    for order, text in enumerate(sorted(files)):
        place = f"{where}/file_rego_versions/{text}"
        found = _version(files[text], place)
        if _SPECIAL.isdisjoint(text):
            named[text] = (order, found)
        else:
            globs.append(_Glob(order, _compiled(text, place), found))
    if len(globs) > _MOST_GLOBS:
        raise BundleFormatError(
            "has too many globs",
            where=f"{where}/file_rego_versions",
            found=str(len(globs)),
            expected=f"at most {_MOST_GLOBS}",
        )
    return FileVersions(default=default, named=named, globs=tuple(globs))


def _version(value: object, where: str) -> RegoVersion:
    # A number as it is written, where numbers are kept so, and never true or 1.0.
    if type(value) is int and value in _VERSIONS:
        return _VERSIONS[value]
    raise BundleFormatError(
        "is no version of Rego", where=where, found=repr(value), expected=_EXPECTED
    )


def _compiled(text: str, where: str) -> Any:
    # It needs the library for regular expressions, and few bundles have globs.
    from policyengine.rego.runtime.builtins.globs import compiled_glob
    from policyengine.rego.runtime.builtins.registry import BuiltinError

    try:
        return compiled_glob(text, "")
    except BuiltinError as error:
        raise BundleFormatError("is no glob", where=where, found=str(error)) from None

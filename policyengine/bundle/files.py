"""The files of a bundle: those in its directory, and those it takes from the policy library."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import orjson

from policyengine.bundle.library import library_modules, modules_taken, parameters_taken
from policyengine.bundle.manifest import BundleManifest, parse_manifest, takes_from_library
from policyengine.errors import BundleFormatError
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.views import DocumentView
from policyengine.rego.file_versions import read_file_versions

MANIFEST = ".manifest"
_FILES = 10_000
_FILE_BYTES = 64 * 1024 * 1024
_DATA = frozenset({"data.json", "data.yaml", "data.yml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFiles:
    """A bundle's files, read whole. ``modules`` is path to source, in order of path.

    ``digest`` is over the paths and contents of all that decides: manifest, modules, data and the
    schema of the parameters.
    """

    manifest: BundleManifest
    modules: dict[str, str]
    data: JsonObject
    parameter_schema: JsonObject
    digest: str


def read_directory(root: Path, *, library: Path) -> BundleFiles:
    """Read the bundle in ``root``. Raises BundleFormatError."""
    return assembled(directory_contents(root), str(root), library=library)


def assembled(
    contents: dict[str, bytes],
    root: str,
    *,
    library: Path | None,
    plain_name: str | None = None,
) -> BundleFiles:
    """Make a bundle of its files by path; ``root`` names it in errors.

    Without a ``library`` nothing may be included. ``plain_name`` is that of a bundle of OPA's,
    which need not say its name. Raises BundleFormatError.
    """
    if MANIFEST not in contents and plain_name is None:
        raise BundleFormatError("is not a bundle", where=str(root), found=f"no {MANIFEST} in it")
    manifest = parse_manifest(
        contents.get(MANIFEST, b"{}"), where=f"{root}/{MANIFEST}", plain_name=plain_name
    )
    if library is None:
        _refuse_inclusion(contents, manifest, root)
        taken: dict[str, bytes] = {}
    else:
        taken = modules_taken(
            manifest.include,
            manifest.collections,
            library=library,
            read=_file,
            where=f"{root}/{MANIFEST}",
        )
    for name, content in taken.items():
        if name in contents:
            raise BundleFormatError(
                "is in the bundle and included from the policy library", where=f"{root}/{name}"
            )
        contents[name] = content
    running = hashlib.sha256()
    modules: dict[str, str] = {}
    data: JsonObject = {}
    schema: JsonObject = {}
    for name in sorted(contents):
        content = contents[name]
        where = f"{root}/{name}"
        if name.endswith("_test.rego"):
            continue
        if name.endswith(".rego"):
            modules[name] = _text(content, where)
        elif PurePosixPath(name).name in _DATA:
            _merge(data, PurePosixPath(name), content, where)
        elif name == manifest.parameters:
            parsed = parse_json(content, where=where, error=BundleFormatError)
            if not isinstance(parsed, dict):
                raise BundleFormatError("is not a JSON Schema object", where=where)
            schema = parsed
        elif name != MANIFEST:
            continue
        running.update(f"{len(name)}:{name}{len(content)}:".encode() + content)
    if manifest.parameters is not None and manifest.parameters not in contents:
        raise BundleFormatError("is missing", where=f"{root}/{manifest.parameters}")
    if library is not None:
        schema = parameters_taken(
            taken.values(), schema, name=manifest.name, library=library, read=_file
        )
    running.update(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS))
    if not modules:
        raise BundleFormatError("is a bundle without Rego modules", where=str(root))
    return BundleFiles(
        manifest=manifest,
        modules=modules,
        data=data,
        parameter_schema=schema,
        digest=running.hexdigest(),
    )


def read_library(library: Path) -> BundleFiles:
    """Read the whole policy library as if it were one bundle, which it never is for a judgement."""
    where = str(library)
    names = [path.relative_to(library).as_posix() for path in library_modules(library)]
    taken = modules_taken(names, (), library=library, read=_file, where=where)
    running = hashlib.sha256()
    for name in sorted(taken):
        running.update(f"{len(name)}:{name}{len(taken[name])}:".encode() + taken[name])
    return BundleFiles(
        manifest=BundleManifest(
            name="library",
            version="0.0.0",
            revision="",
            roots=("policyengine",),
            rego_versions=read_file_versions({}, where=where),
            view=DocumentView.UNIFIED,
            entrypoints=(),
            include=tuple(names),
            collections=(),
            evidence=frozenset(),
            parameters=None,
            strict_builtin_errors=True,
        ),
        modules={name: _text(taken[name], f"{where}/{name}") for name in sorted(taken)},
        data={},
        parameter_schema=parameters_taken(
            taken.values(), {}, name="library", library=library, read=_file
        ),
        digest=running.hexdigest(),
    )


def _refuse_inclusion(contents: dict[str, bytes], manifest: BundleManifest, root: str) -> None:
    # What an archive judges by must be in it: else it would depend on who reads it.
    if takes_from_library(manifest):
        raise BundleFormatError(
            "is an archive that takes files of the policy library",
            where=f"{root}/{MANIFEST}",
            expected="what policyengine bundle build makes",
        )
    other = next((name for name in contents if name.endswith(f"/{MANIFEST}")), None)
    if other is not None:
        raise BundleFormatError("is a second manifest", where=f"{root}/{other}")


def directory_contents(root: Path) -> dict[str, bytes]:
    """Return the files below ``root`` by path. Raises BundleFormatError."""
    if not root.is_dir():
        raise BundleFormatError("is no bundle directory", where=str(root), found="no directory")
    contents: dict[str, bytes] = {}
    try:
        for folder, folders, files in os.walk(root, onerror=_stop, followlinks=False):
            for name in folders:
                if Path(folder, name).is_symlink():
                    raise BundleFormatError("is a link", where=str(Path(folder, name)))
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                path = Path(folder, name)
                relative = path.relative_to(root).as_posix()
                if not _is_text(relative):
                    raise BundleFormatError("has a name that is not UTF-8", where=_shown(path))
                contents[relative] = _file(path)
                if len(contents) > _FILES:
                    raise BundleFormatError(
                        "has too many files", where=str(root), expected=f"at most {_FILES}"
                    )
    except OSError as error:
        raise BundleFormatError(
            "cannot be read", where=str(error.filename or root), found=error.strerror
        ) from None
    return contents


def _stop(error: OSError) -> None:
    # Left to itself the walk goes on without the folder, and so without the rules in it.
    raise error


def _is_text(name: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _shown(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode()


def _file(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        found = "a link" if path.is_symlink() else error.strerror
        raise BundleFormatError("cannot be read", where=str(path), found=found) from None
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise BundleFormatError("is not a regular file", where=str(path))
        content = stream.read(_FILE_BYTES + 1)
    if len(content) > _FILE_BYTES:
        raise BundleFormatError(
            "is too large", where=str(path), expected=f"at most {_FILE_BYTES} bytes"
        )
    return content


def _text(content: bytes, where: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BundleFormatError(
            "is not UTF-8", where=where, found=f"a bad byte at offset {error.start}"
        ) from None


def _merge(data: JsonObject, name: PurePosixPath, content: bytes, where: str) -> None:
    """Put the content of a data file under the path of its folder, as OPA does."""
    if name.suffix != ".json":
        raise BundleFormatError(
            "is data in YAML, which is not read", where=where, expected="data.json"
        )
    value: JsonValue = parse_json(content, where=where, error=BundleFormatError)
    if not isinstance(value, dict):
        raise BundleFormatError("is not a JSON object", where=where)
    target = data
    for part in name.parent.parts:
        inner = target.setdefault(part, {})
        if not isinstance(inner, dict):
            raise BundleFormatError("has data under a value that is no object", where=where)
        target = inner
    for key, item in value.items():
        if key in target:
            raise BundleFormatError(f"has data {key!r} that another file has too", where=where)
        target[key] = item

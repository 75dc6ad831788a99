"""Modules and data from files, as ``opa eval`` loads them with ``--data`` and ``--bundle``.

- A file of Rego is a module, whatever its folder.
- A file of JSON or YAML that is named itself is merged at the root of ``data``; one below a named
  folder stands under the path of its own folder. In a bundle only files named ``data`` count.
- ``path.to.place:FILE`` puts what is loaded below ``data.path.to.place``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from policyengine.errors import BundleFormatError, UsageError
from policyengine.rego.file_versions import FileVersions, read_file_versions
from policyengine.rego.runtime.json_values import from_json
from policyengine.rego.runtime.yaml_values import YamlError, from_yaml
from policyengine.rego.syntax.ast import RegoVersion
from policyengine.rego.syntax.source import decode

_YAML = frozenset({".yaml", ".yml"})
_DATA = frozenset({".json", *_YAML})
_FILES = 100_000
_BYTES = 1024 * 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Sources:
    """What was loaded. ``modules`` is the path of each file as it was named, to its source.

    ``rego_versions`` has the version of those that a bundle's manifest gives one.
    """

    modules: dict[str, str] = field(default_factory=dict)
    rego_versions: dict[str, RegoVersion] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)


def load_sources(
    data: Sequence[str] = (), bundles: Sequence[str] = (), *, rego_version: RegoVersion = "v1"
) -> Sources:
    """Load all of ``data`` and ``bundles``, in this order.

    ``rego_version`` is that of bundles whose manifest gives none.
    Raises UsageError for a path that is not there, BundleFormatError for data that does not read
    or that two files have.
    """
    sources = Sources()
    for text in data:
        prefix, path = _placed(text)
        for file, folder in _files(path):
            if file.suffix == ".rego":
                _module(sources, file)
            elif file.suffix in _DATA:
                _merge(sources, (*prefix, *folder), file)
            elif file == path:
                raise UsageError(
                    "is neither Rego nor data", where=str(file), expected=".rego, .json or .yaml"
                )
    for text in bundles:
        path = Path(text)
        if not path.is_dir():
            raise UsageError("is no bundle directory", where=text, expected="a directory")
        versions = _versions(path, rego_version)
        for file, folder in _files(path):
            if file.suffix == ".rego":
                _module(sources, file)
                version = versions.of(file.relative_to(path).as_posix())
                sources.rego_versions[str(file)] = version
            elif file.stem == "data" and file.suffix in _DATA:
                _merge(sources, folder, file)
    return sources


def add_bundle(
    sources: Sources, name: str, contents: Mapping[str, bytes], *, rego_version: RegoVersion = "v1"
) -> None:
    """Add a bundle that was read already, its files by path. Raises as ``load_sources``."""
    manifest = read_value(contents[".manifest"], where=name) if ".manifest" in contents else {}
    if type(manifest) is not dict:
        raise BundleFormatError("is no JSON object", where=f"{name}/.manifest")
    versions = read_file_versions(manifest, where=f"{name}/.manifest", default=rego_version)
    for path in sorted(contents):
        file = PurePosixPath(path)
        if any(part.startswith(".") for part in file.parts):
            continue
        where = f"{name}/{path}"
        if file.suffix == ".rego":
            sources.modules[where] = decode(contents[path])
            sources.rego_versions[where] = versions.of(path)
        elif file.stem == "data" and file.suffix in _DATA:
            value = read_value(contents[path], where=where, is_yaml=file.suffix in _YAML)
            _place(sources, file.parent.parts, value, where)


def add_modules(
    sources: Sources,
    modules: Mapping[str, str],
    versions: Mapping[str, RegoVersion],
    data: Mapping[str, Any],
    *,
    where: str,
) -> None:
    """Add what was read and decoded already; ``where`` names it. Raises as ``load_sources``."""
    sources.modules.update(modules)
    sources.rego_versions.update(versions)
    _place(sources, (), dict(data), where)


def _versions(bundle: Path, default: RegoVersion) -> FileVersions:
    """What the manifest of a bundle says of its files, if it has one."""
    file = bundle / ".manifest"
    manifest = read_value(_read(file), where=str(file)) if file.exists() else {}
    if type(manifest) is not dict:
        raise BundleFormatError("is no JSON object", where=str(file))
    return read_file_versions(manifest, where=str(file), default=default)


def rego_files(paths: Sequence[str]) -> list[Path]:
    """The files of Rego at ``paths``: files themselves, and all below directories.

    Raises UsageError for a path that is not there, or a file of another kind.
    """
    found: list[Path] = []
    for text in paths:
        path = Path(text.removeprefix("file://"))
        for file, _ in _files(path):
            if file.suffix == ".rego":
                found.append(file)
            elif file == path:
                raise UsageError("is no Rego", where=str(file), expected="*.rego")
    return found


def load_schemas(text: str) -> dict[str, Any]:
    """JSON Schemas by reference: of a file ``schema``, of a directory one for each file below it.

    The file ``a/b.json`` of a directory is ``schema.a.b``. Raises as ``load_sources``.
    """
    from policyengine.rego.compiler.types.messages import path_text

    root = Path(text.removeprefix("file://"))
    found: dict[str, Any] = {}
    for file, folder in _files(root):
        name = "schema" if file == root else path_text("schema", (*folder, file.stem))
        found[name] = read_value(_read(file), where=str(file), is_yaml=file.suffix in _YAML)
    return found


def _placed(text: str) -> tuple[tuple[str, ...], Path]:
    prefix, colon, rest = text.partition(":")
    if text.startswith("file://"):
        return (), Path(text.removeprefix("file://"))
    if not colon or not rest or Path(text).exists() or "/" in prefix:
        return (), Path(text)
    return tuple(part for part in prefix.split(".") if part), Path(rest)


def _files(root: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Each file at or below ``root``, with its folder's path relative to it."""
    if root.is_file():
        yield root, ()
        return
    if not root.exists():
        raise UsageError("no such file or directory", where=str(root))
    count = 0
    for folder, folders, files in os.walk(root, onerror=_stop):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        parts = PurePosixPath(Path(folder).relative_to(root).as_posix()).parts
        for name in sorted(files):
            if name.startswith("."):
                continue
            count += 1
            if count > _FILES:
                raise UsageError(
                    "has too many files", where=str(root), expected=f"at most {_FILES}"
                )
            yield Path(folder, name), parts


def _stop(error: OSError) -> None:
    # Left to itself the walk goes on without the folder, and so without the modules in it.
    raise UsageError("cannot be read", where=str(error.filename), found=error.strerror) from None


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(_BYTES + 1)
    except OSError as error:
        raise UsageError("cannot be read", where=str(file), found=error.strerror) from None
    if len(content) > _BYTES:
        raise UsageError("is too large", where=str(file), expected=f"at most {_BYTES} bytes")
    return content


def _module(sources: Sources, file: Path) -> None:
    sources.modules[str(file)] = decode(_read(file))


def read_value(content: bytes, *, where: str, is_yaml: bool = False) -> Any:
    """The value of a JSON or YAML text, its numbers as they are written."""
    try:
        if is_yaml:
            return from_yaml(content.decode())
        return from_json(content.decode())
    except (ValueError, RecursionError, YamlError) as error:
        raise BundleFormatError(
            f"is not {'YAML' if is_yaml else 'JSON'}", where=where, found=str(error)
        ) from None


def _merge(sources: Sources, place: tuple[str, ...], file: Path) -> None:
    value = read_value(_read(file), where=str(file), is_yaml=file.suffix in _YAML)
    _place(sources, place, value, str(file))


def _place(sources: Sources, place: tuple[str, ...], value: Any, where: str) -> None:
    for name in reversed(place):
        value = {name: value}
    if type(value) is not dict:
        raise BundleFormatError(
            "is data at the root that is no object", where=where, expected="a JSON object"
        )
    _merge_objects(sources.data, value, where, ())


def _merge_objects(
    into: dict[str, Any], value: dict[str, Any], where: str, path: tuple[str, ...]
) -> None:
    for key, item in value.items():
        if key not in into:
            into[key] = item
        elif type(into[key]) is dict and type(item) is dict:
            # What another file gave stays as it is in that file.
            into[key] = dict(into[key])
            _merge_objects(into[key], item, where, (*path, key))
        else:
            raise BundleFormatError(
                "has data that another file has too", where=where, found=".".join((*path, key))
            )

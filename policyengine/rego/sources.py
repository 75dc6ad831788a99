"""Modules and data from files, as ``opa eval`` loads them with ``--data`` and ``--bundle``.

- A file of Rego is a module, whatever its folder.
- A file of JSON or YAML that is named itself is merged at the root of ``data``; one below a named
  folder stands under the path of its own folder. In a bundle only files named ``data`` count.
- A file that is named itself and has none of their endings is whichever of the three it reads as.
- ``path.to.place:FILE`` puts what is loaded below ``data.path.to.place``.
- What is named twice, for one place, is loaded once. All that cannot be loaded is told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from policyengine.errors import (
    BundleFormatError,
    PolicyEngineError,
    RegoCompileError,
    SourcesNotLoaded,
    UsageError,
)
from policyengine.rego.bundle_roots import (
    Root,
    read_roots,
    require_data,
    require_own,
    require_packages,
)
from policyengine.rego.file_versions import read_file_versions
from policyengine.rego.runtime.json_values import from_json
from policyengine.rego.runtime.yaml_values import YamlError, from_yaml
from policyengine.rego.source_paths import file_path, given_files, placed_path
from policyengine.rego.syntax.ast import RegoVersion
from policyengine.rego.syntax.source import decode

_YAML = frozenset({".yaml", ".yml"})
_DATA = frozenset({".json", *_YAML})
_MANIFEST = ".manifest"
_BYTES = 1024 * 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Sources:
    """What was loaded. ``modules`` is the path of each file as it was named, to its source.

    ``rego_versions`` has the version of those that a bundle's manifest gives one, ``roots`` what
    each bundle claims, ``displaced`` which data that was given is not read for that.
    """

    modules: dict[str, str] = field(default_factory=dict)
    rego_versions: dict[str, RegoVersion] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    roots: dict[str, tuple[Root, ...]] = field(default_factory=dict)
    displaced: list[str] = field(default_factory=list)


def load_sources(
    data: Sequence[str] = (),
    bundles: Sequence[str] = (),
    *,
    rego_version: RegoVersion = "v1",
    ignore: Sequence[str] = (),
    modules_alone: bool = False,
) -> Sources:
    """Load all of ``data`` and ``bundles``, in this order, but for what ``ignore`` matches.

    ``rego_version`` is that of bundles whose manifest gives none. With ``modules_alone`` nothing
    but Rego is loaded.
    Raises SourcesNotLoaded with all that is wrong: UsageErrors for paths that are not there,
    BundleFormatErrors for data that does not read, that two files have or that is outside of a
    bundle's roots.
    """
    sources = Sources()
    failures: list[PolicyEngineError] = []
    seen: set[tuple[tuple[str, ...], Path]] = set()
    for text in data:
        with _gathered(failures):
            prefix, named = placed_path(text)
            for file, folder in given_files(Path(named), ignore=ignore):
                place = (*prefix, *folder)
                if (place, file) in seen or (modules_alone and file.suffix != ".rego"):
                    continue
                seen.add((place, file))
                with _gathered(failures):
                    _add_file(sources, place, file, named if file == Path(named) else None)
    for text in bundles:
        with _gathered(failures):
            add_bundle_folder(sources, text, rego_version=rego_version, ignore=ignore)
    if failures:
        raise SourcesNotLoaded(tuple(failures))
    return sources


@contextmanager
def _gathered(failures: list[PolicyEngineError]) -> Iterator[None]:
    try:
        yield
    except (UsageError, BundleFormatError) as error:
        failures.append(error)


def _add_file(sources: Sources, place: tuple[str, ...], file: Path, named: str | None) -> None:
    """Add a file; ``named`` is how it was named itself, and how its errors name it."""
    if file.suffix == ".rego":
        sources.modules[named or str(file)] = decode(_read(file))
    elif file.suffix in _DATA:
        value = read_value(_read(file), where=str(file), is_yaml=file.suffix in _YAML)
        _place(sources, place, value, str(file))
    elif named is not None and file.name.endswith(".tar.gz"):
        raise UsageError("is an archive", where=named, hint="give a bundle with --bundle")
    elif named is not None:
        _add_unknown(sources, place, file, named)


def _add_unknown(sources: Sources, place: tuple[str, ...], file: Path, named: str) -> None:
    """Add a file that does not say what it is, as ``--data <(command)`` gives."""
    from policyengine.rego.syntax.parser import parse_module

    content = _read(file)
    try:
        parse_module(decode(content), file=named)
    except RegoCompileError:
        _place(sources, place, read_value(content, where=named, is_yaml=None), named)
    else:
        sources.modules[named] = decode(content)


def add_bundle_folder(
    sources: Sources, text: str, *, rego_version: RegoVersion = "v1", ignore: Sequence[str] = ()
) -> None:
    """Add the bundle in a folder. Raises UsageError and BundleFormatError."""
    root = Path(file_path(text))
    if not root.is_dir():
        raise UsageError("is no bundle directory", where=text, expected="a directory")
    files = {
        file.relative_to(root).as_posix(): file
        for file, _ in given_files(root, ignore=ignore, links=False)
        if file.suffix == ".rego" or file.stem == "data" or file == root / _MANIFEST
    }
    contents = {path: _read(file) for path, file in files.items() if _is_read(path)}
    add_bundle(sources, str(root), contents, rego_version=rego_version)


def add_bundle(
    sources: Sources, name: str, contents: Mapping[str, bytes], *, rego_version: RegoVersion = "v1"
) -> None:
    """Add a bundle that was read already, its files by path. Raises BundleFormatError.

    What is below its roots is its own, as in OPA: data from elsewhere there is displaced.
    """
    if name in sources.roots:
        return
    where = f"{name}/{_MANIFEST}"
    manifest = read_value(contents[_MANIFEST], where=where) if _MANIFEST in contents else {}
    if type(manifest) is not dict:
        raise BundleFormatError("is no JSON object", where=where)
    versions = read_file_versions(manifest, where=where, default=rego_version)
    roots = read_roots(manifest, where=where)
    require_own([*sources.roots.items(), (name, roots)])
    for root in roots:
        if _displace(sources.data, root):
            sources.displaced.append(f"{'.'.join(('data', *root))} is of the bundle {name} alone")
    own: dict[str, str] = {}
    for path in sorted(filter(_is_read, contents)):
        file = PurePosixPath(path)
        where = f"{name}/{path}"
        if file.suffix == ".rego":
            own[where] = decode(contents[path])
            sources.rego_versions[where] = versions.of(path)
        elif path != _MANIFEST:
            value = read_value(contents[path], where=where, is_yaml=file.suffix in _YAML)
            require_data(roots, _placed(file.parent.parts, value, where), where)
            _place(sources, file.parent.parts, value, where)
    require_packages(roots, own, sources.rego_versions)
    sources.modules.update(own)
    sources.roots[name] = roots


def _displace(data: dict[str, Any], root: Root) -> bool:
    """Take what stands at ``root`` out of ``data``; whether there was anything."""
    if not root:
        found = bool(data)
        data.clear()
        return found
    key, below = root[0], root[1:]
    if key not in data:
        return False
    if not below:
        del data[key]
        return True
    if type(data[key]) is not dict:
        return False
    data[key] = dict(data[key])
    return _displace(data[key], below)


def _is_read(path: str) -> bool:
    """Whether a file of a bundle counts, by its path."""
    file = PurePosixPath(path)
    return (
        file.suffix == ".rego"
        or path == _MANIFEST
        or (file.stem == "data" and file.suffix in _DATA)
    )


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


def rego_files(paths: Sequence[str]) -> list[Path]:
    """The files of Rego at ``paths``: files themselves, and all below directories.

    Raises UsageError for a path that is not there, or a file of another kind.
    """
    found: list[Path] = []
    for text in paths:
        path = Path(file_path(text))
        for file, _ in given_files(path, hidden=False):
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

    root = Path(file_path(text))
    found: dict[str, Any] = {}
    for file, folder in given_files(root):
        name = "schema" if file == root else path_text("schema", (*folder, file.stem))
        found[name] = read_value(_read(file), where=str(file), is_yaml=None)
    return found


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(_BYTES + 1)
    except OSError as error:
        raise UsageError("cannot be read", where=str(file), found=error.strerror) from None
    if len(content) > _BYTES:
        raise UsageError("is too large", where=str(file), expected=f"at most {_BYTES} bytes")
    return content


def read_value(content: bytes, *, where: str, is_yaml: bool | None = False) -> Any:
    """The value of a JSON or YAML text, its numbers as they are written.

    ``is_yaml`` None: of YAML if it is no JSON, as OPA reads an input.
    """
    try:
        if not is_yaml:
            try:
                return from_json(content.decode())
            except ValueError:
                # Nothing at all is no value of YAML either: more likely a command that failed.
                if is_yaml is False or not content.strip():
                    raise
        return from_yaml(content.decode())
    except (ValueError, RecursionError, YamlError) as error:
        raise BundleFormatError(
            f"is not {'JSON' if is_yaml is False else 'YAML' if is_yaml else 'JSON or YAML'}",
            where=where,
            found=str(error),
        ) from None


def _placed(place: tuple[str, ...], value: Any, where: str) -> dict[str, Any]:
    """``value`` as data of its place. Raises BundleFormatError for no object at the root."""
    for name in reversed(place):
        value = {name: value}
    if type(value) is not dict:
        raise BundleFormatError(
            "is data at the root that is no object", where=where, expected="a JSON object"
        )
    return value


def _place(sources: Sources, place: tuple[str, ...], value: Any, where: str) -> None:
    _merge_objects(sources.data, _placed(place, value, where), where, ())


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

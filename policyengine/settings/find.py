"""Finds the settings file and holds it to the table of settings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from policyengine.errors import SettingsError
from policyengine.given_file import read_given
from policyengine.settings.keys import KEYS, SECTIONS
from policyengine.settings.values import Settings, SettingValue

FILE = "policyengine.toml"
_PROJECT = "pyproject.toml"
_TABLE = "policyengine"
_BY_NAME = {key.name: key for key in KEYS}
# No settings file is near this.
_BYTES = 1024 * 1024


def load_settings(start: Path | None = None) -> Settings:
    """Return the settings in force in the folder ``start``, by default the working directory.

    The nearest folder upward with a ``policyengine.toml``, or a ``pyproject.toml`` that has
    ``[tool.policyengine]``, decides alone; of two in one folder the first. Raises SettingsError.
    """
    try:
        folder = (start or Path.cwd()).resolve()
    except OSError as error:
        raise SettingsError("the working directory cannot be found", found=error.strerror) from None
    for candidate in (folder, *folder.parents):
        own = candidate / FILE
        if _is_there(own):
            return _settings(_read(own), own)
        project = candidate / _PROJECT
        if _is_there(project):
            tool = _read(project).get("tool")
            if isinstance(tool, Mapping) and _TABLE in tool:
                return _settings(_table(tool[_TABLE], project), project)
    return _settings({}, folder / FILE)


def _is_there(path: Path) -> bool:
    # A folder of that name, or a link that leads nowhere, is not passed over: it is somebody's
    # settings gone wrong.
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise SettingsError("cannot be looked for", where=str(path), found=error.strerror) from None
    return True


def _read(path: Path) -> dict[str, Any]:
    data = read_given(path, error=SettingsError, limit=_BYTES)
    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError("is not TOML", where=str(path), found=str(error)) from None
    except RecursionError:
        raise SettingsError("is nested too deep", where=str(path)) from None


def _table(value: Any, path: Path) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise SettingsError(
        "is not a table of settings", where=f"{path}: tool.{_TABLE}", found=repr(value)
    )


def _settings(table: Mapping[str, Any], path: Path) -> Settings:
    values = {
        key.name: SettingValue(name=key.name, value=key.default, origin="default") for key in KEYS
    }
    for name, value in _flat(table, path):
        key = _BY_NAME[name]
        if not key.accepts(value):
            raise SettingsError(
                "a setting of the wrong type or value",
                where=f"{path}: {name}",
                found=repr(value),
                expected=key.expected,
            )
        values[name] = SettingValue(name=name, value=value, origin=str(path))
    return Settings(values=values, folder=path.parent)


def _flat(table: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if name not in SECTIONS:
            # A quoted "registry.timeout" is one key to TOML, and no section.
            yield _known(name, path, also="." not in name), value
            continue
        if not isinstance(value, Mapping):
            raise SettingsError(
                "is a section, not a value", where=f"{path}: {name}", found=repr(value)
            )
        for inner, item in value.items():
            yield _known(f"{name}.{inner}", path), item


def _known(name: str, path: Path, *, also: bool = True) -> str:
    if name in _BY_NAME and also:
        return name
    from difflib import get_close_matches

    near = get_close_matches(name, [*SECTIONS, *_BY_NAME], n=1, cutoff=0.5)
    raise SettingsError(
        f"an unknown setting {name!r}",
        where=str(path),
        hint=f"did you mean {_written(near[0])}?" if near else "policyengine config show lists all",
    )


def _written(name: str) -> str:
    """Return ``name`` as it is written in the file."""
    section, dot, key = name.partition(".")
    if dot:
        return f"{key} in [{section}]"
    return f"[{name}]" if name in SECTIONS else name

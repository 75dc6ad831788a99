"""Finds the settings file and holds it to the table of settings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from policyengine.errors import SettingsError
from policyengine.settings.keys import KEYS
from policyengine.settings.values import Settings, SettingValue

FILE = "policyengine.toml"
_PROJECT = "pyproject.toml"
_BY_NAME = {key.name: key for key in KEYS}
_SECTIONS = {key.name.partition(".")[0] for key in KEYS if "." in key.name}


def load_settings(start: Path | None = None) -> Settings:
    """Return the settings in force in the folder ``start``, by default the working directory.

    The nearest folder upward with a ``policyengine.toml``, or a ``pyproject.toml`` that has
    ``[tool.policyengine]``, decides alone; of two in one folder the first. Raises SettingsError.
    """
    folder = (start or Path.cwd()).resolve()
    for candidate in (folder, *folder.parents):
        own = candidate / FILE
        if own.is_file():
            return _settings(_read(own), own)
        project = candidate / _PROJECT
        if project.is_file():
            tool = _read(project).get("tool")
            table = tool.get("policyengine") if isinstance(tool, Mapping) else None
            if isinstance(table, Mapping):
                return _settings(table, project)
    return _settings({}, folder / FILE)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError("cannot be opened", where=str(path), found=error.strerror) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError("is not TOML", where=str(path), found=str(error)) from None


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
        if name in _SECTIONS:
            if not isinstance(value, Mapping):
                raise SettingsError(
                    "is a section, not a value", where=f"{path}: {name}", found=repr(value)
                )
            for inner, item in value.items():
                yield _known(f"{name}.{inner}", path), item
        else:
            yield _known(name, path), value


def _known(name: str, path: Path) -> str:
    if name in _BY_NAME:
        return name
    near = get_close_matches(name, _BY_NAME, n=1, cutoff=0.5)
    raise SettingsError(
        f"an unknown setting {name!r}",
        where=str(path),
        hint=f"did you mean {near[0]}?" if near else "policyengine config show lists all",
    )

"""Files watched for changes by their times and sizes, without a service of the system."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import click

from policyengine.errors import UsageError

_EVERY: Final = 0.3
_ENDINGS: Final = frozenset({".rego", ".json", ".yaml", ".yml", ".manifest"})

_Seen = dict[str, tuple[int, int]]


def watch_files(paths: Sequence[str], run: Callable[[], None]) -> None:
    """Call ``run``, and again whenever a file at or below ``paths`` changes, comes or goes.

    Returns when the user interrupts it. Raises UsageError for a path that is not there at first.
    """
    for path in paths:
        if not Path(path).exists():
            raise UsageError("no such file or directory", where=path)
    try:
        while True:
            before = _seen(paths)
            run()
            click.echo("waiting for a file to change", err=True)
            while _seen(paths) == before:
                time.sleep(_EVERY)
    except KeyboardInterrupt:
        return


def _seen(paths: Sequence[str]) -> _Seen:
    found: _Seen = {}
    for path in paths:
        if not Path(path).is_dir():
            _look(Path(path), found)
        for folder, folders, files in os.walk(path):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                if name == ".manifest" or Path(name).suffix in _ENDINGS:
                    _look(Path(folder, name), found)
    return found


def _look(file: Path, found: _Seen) -> None:
    try:
        status = file.stat()
    except OSError:
        # It went between its name and its time: that is a change by itself.
        return
    found[str(file)] = (status.st_mtime_ns, status.st_size)

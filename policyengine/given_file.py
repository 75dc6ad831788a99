"""Files that a user names: read whole and within a limit, whatever the name leads to."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from policyengine.errors import PolicyEngineError

_BYTES = 256 * 1024 * 1024


def read_given(path: str | Path, *, error: type[PolicyEngineError], limit: int = _BYTES) -> bytes:
    """Return the content of a file, or of a pipe to its end. Raises ``error``."""
    with open_given(path, error=error) as stream:
        try:
            data = stream.read(limit + 1)
        except OSError as problem:
            raise error("cannot be read", where=str(path), found=problem.strerror) from None
    if len(data) > limit:
        raise error("is too large", where=str(path), expected=f"at most {limit} bytes")
    return data


def open_given(path: str | Path, *, error: type[PolicyEngineError]) -> BinaryIO:
    """Open a file or pipe. Raises ``error`` for anything else, for a device may never end."""
    try:
        # Opening a FIFO without a writer would block.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else None
        raise error("cannot be opened", where=_shown(path), found=reason or str(problem)) from None
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISFIFO(mode):
        # Process substitution, <(command), gives a pipe: its writer may take its time.
        os.set_blocking(descriptor, True)
    elif not stat.S_ISREG(mode):
        os.close(descriptor)
        raise error("is not a file", where=_shown(path), found=_kind(mode), expected="a file")
    return os.fdopen(descriptor, "rb")


def _kind(mode: int) -> str:
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        return "a device"
    return "a directory" if stat.S_ISDIR(mode) else "something else"


def _shown(path: str | Path) -> str:
    """Return ``path`` as text that can be written: a file name may be any bytes."""
    return os.fsencode(path).decode(errors="backslashreplace")

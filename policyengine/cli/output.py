"""Where a command's result goes: standard output, or a file that is whole or not there."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from policyengine.errors import OutputError


@contextmanager
def binary_output(path: str | None, *, private: bool = False) -> Iterator[BinaryIO]:
    """Open ``path`` for writing; None and ``-`` are standard output.

    The file appears under its name when the block ends without an error, and keeps its mode if
    it was there before. ``private`` makes a new one readable by its owner only. A device or pipe
    is written in place. Raises OutputError.
    """
    if path is None or path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    try:
        mode = _mode_of(target, private=private)
        if mode is None:
            with target.open("wb") as stream:
                yield stream
            return
        import tempfile

        # The name behind a link is replaced, not the link.
        target = target.resolve()
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.chmod(mode)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror or error}", where=path, hint="choose another -o"
        ) from error


@contextmanager
def text_output(path: str | None) -> Iterator[TextIO]:
    """Open ``path`` as ``binary_output`` does, for UTF-8 text."""
    if path is None or path == "-":
        if isinstance(sys.stdout, io.TextIOWrapper):
            # A terminal of another encoding is no reason to stop in the middle of a report.
            sys.stdout.reconfigure(errors="backslashreplace")
        yield sys.stdout
        sys.stdout.flush()
        return
    with binary_output(path) as raw:
        stream = io.TextIOWrapper(raw, "utf-8", "backslashreplace", newline="\n")
        try:
            yield stream
        finally:
            # Flushes, and leaves closing to whoever opened it.
            stream.detach()


def _mode_of(target: Path, *, private: bool) -> int | None:
    """Return the mode for the new file, or None for something that is written in place."""
    try:
        found = target.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return (0o600 if private else 0o666) & ~mask
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(21, "it is a directory")
    return stat.S_IMODE(found.st_mode) if stat.S_ISREG(found.st_mode) else None

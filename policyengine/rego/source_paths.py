"""Where ``--data`` and ``--bundle`` lead, read as OPA reads them.

``a.b:PATH`` loads what is at PATH below ``data.a.b``. ``file:///PATH`` is a path; another scheme
is refused. Hidden files and folders are loaded as any other, and links are followed; what a pattern
of ``--ignore`` matches is left out, with all below it. A pattern is of a name alone, as
``*_test.rego`` or ``.*``, and never leaves out what was named itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from policyengine.errors import UsageError

_FILES = 100_000


def placed_path(text: str) -> tuple[tuple[str, ...], str]:
    """The place in ``data`` that ``text`` names, and its path as written. Raises UsageError."""
    scheme, colon = text.find("://"), text.find(":")
    if colon > 0 and colon != scheme:
        return tuple(text[:colon].split(".")), file_path(text[colon + 1 :])
    return (), file_path(text)


def file_path(text: str) -> str:
    """The path that ``text`` is, or names as a URL. Raises UsageError for another scheme."""
    if "://" not in text:
        return text
    url = urlsplit(text)
    if url.scheme != "file":
        raise UsageError(
            "cannot be loaded by its URL", where=text, expected="a path, or file:///PATH"
        )
    if url.netloc or not url.path:
        raise UsageError("is no path of this machine", where=text, expected="file:///PATH")
    return unquote(url.path)


def files_below(
    root: Path, *, ignore: Sequence[str] = (), hidden: bool = True, links: bool = True
) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Each file at or below ``root``, with its folder's path relative to it, in order of names.

    Without ``hidden`` no name that begins with a dot counts, without ``links`` no link below
    ``root``. Raises UsageError for what is not there or cannot be read: without it the rest would
    be another policy.
    """
    ignored = [_pattern(text) for text in ignore]

    def is_taken(name: str) -> bool:
        if not hidden and name.startswith("."):
            return False
        return not any(pattern.fullmatch(name) for pattern in ignored)

    count = 0
    pending: list[tuple[Path, tuple[str, ...], frozenset[str]]] = [(root, (), frozenset())]
    while pending:
        folder, parts, around = pending.pop()
        here = os.path.realpath(folder)
        if here in around:
            raise UsageError("is a link to a folder that it stands in", where=str(folder))
        below: list[tuple[Path, tuple[str, ...], frozenset[str]]] = []
        for entry in _entries(folder):
            if not is_taken(entry.name) or (entry.is_symlink() and not links):
                continue
            path = Path(folder, entry.name)
            if entry.is_dir():
                below.append((path, (*parts, entry.name), around | {here}))
                continue
            count += 1
            if count > _FILES:
                raise UsageError(
                    "has too many files", where=str(root), expected=f"at most {_FILES}"
                )
            yield path, parts
        pending += reversed(below)


def given_files(
    root: Path, *, ignore: Sequence[str] = (), hidden: bool = True, links: bool = True
) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """``root`` itself if it is a file, else as ``files_below``."""
    if not root.exists():
        raise UsageError("no such file or directory", where=str(root))
    if root.is_dir():
        yield from files_below(root, ignore=ignore, hidden=hidden, links=links)
    else:
        yield root, ()


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise UsageError(
            "cannot be read", where=str(error.filename), found=error.strerror
        ) from None


def _pattern(text: str) -> re.Pattern[str]:
    """A pattern of names as Go's ``filepath.Match`` reads it; what is none matches nothing."""
    found: list[str] = []
    rest = text
    while rest:
        char, rest = rest[0], rest[1:]
        if char == "*":
            found.append(".*")
        elif char == "?":
            found.append(".")
        elif char == "\\":
            found.append(re.escape(rest[:1]))
            rest = rest[1:]
        elif char == "[":
            match = re.match(r"(\^?)((?:\\.|[^\]\\])+)\]", rest, re.DOTALL)
            if match is None:
                return re.compile("(?!)")
            found.append(f"[{match[1]}{_class(match[2])}]")
            rest = rest[match.end() :]
        else:
            found.append(re.escape(char))
    try:
        return re.compile("".join(found), re.DOTALL)
    except re.error:
        return re.compile("(?!)")


def _class(text: str) -> str:
    """The inside of a class, of which only ``-`` between two characters is no plain one."""
    items = re.findall(r"\\(.)|(.)", text, re.DOTALL)
    plain = [re.escape(escaped or char) for escaped, char in items]
    return "".join(
        "-" if char == "-" else item for item, (_, char) in zip(plain, items, strict=True)
    )

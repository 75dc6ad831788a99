"""The files of an image, layer upon layer.

OCI image specification, layer.md: layers apply in order; ``.wh.NAME`` removes what lower layers
have under NAME, ``.wh..wh..opq`` all that they have in its directory; both hide only what lower
layers have, wherever they stand in the layer. A hard link is the file itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_LINKS = 40  # as many as Linux follows


@dataclass(slots=True, kw_only=True, eq=False)
class Entry:
    """A file, link, device or directory; ``layer`` is the index of the layer it comes from.

    Hard links share one entry, ``names`` counts them. ``content`` is kept of chosen files alone.
    """

    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    layer: int
    target: str | None = None
    content: bytes | None = None
    names: int = 0
    children: dict[str, Entry] = field(default_factory=dict)


class FileSystem:
    """What is there. ``removed`` is told each path that goes, its entry, and the layer.

    Nested, so that a whiteout costs what it hides and not what there is.
    """

    def __init__(self, removed: Callable[[str, Entry, int], None]) -> None:
        self._root = _directory(0)
        self._removed = removed

    def put(self, path: str, entry: Entry) -> None:
        """Put ``entry`` at ``path``; a directory on a directory keeps what is in it."""
        parent, name = self._parent(path, entry.layer)
        before = parent.children.get(name)
        if before is not None:
            if before.kind == entry.kind == "directory":
                entry.children = before.children
            else:
                self._gone(path, before, entry.layer)
        entry.names += 1
        parent.children[name] = entry

    def remove(self, path: str, layer: int) -> None:
        """Remove what is at ``path`` and below."""
        parent = self._find(path.rpartition("/")[0])
        entry = parent.children.pop(path.rpartition("/")[2], None) if parent else None
        if entry is not None:
            self._gone(path, entry, layer)

    def remove_below(self, path: str, layer: int) -> None:
        """Remove all that is in the directory ``path``."""
        entry = self._find(path)
        if entry is not None:
            children, entry.children = entry.children, {}
            for name, child in children.items():
                self._gone(f"{path}/{name}" if path else name, child, layer)

    def entry(self, path: str) -> Entry | None:
        """Return what is at ``path``, links not followed."""
        return self._find(path)

    def read(self, path: str) -> bytes:
        """Return the content of ``path``, following links; empty where none was kept."""
        parts, trail, links = path.split("/")[::-1], [self._root], 0
        while parts:
            part = parts.pop()
            if part in {"", "."}:
                continue
            if part == "..":
                trail = trail[:-1] or trail
                continue
            entry = trail[-1].children.get(part)
            if entry is None:
                return b""
            if entry.target is not None:
                links += 1
                if links > _LINKS:
                    return b""
                if entry.target.startswith("/"):
                    trail = trail[:1]
                parts += entry.target.split("/")[::-1]
            elif entry.kind == "directory":
                trail.append(entry)
            else:
                return b"" if parts else entry.content or b""
        return b""

    def walk(self) -> Iterator[tuple[str, Entry]]:
        """Yield all paths in order, each after its directory."""
        yield from _below("", self._root)

    def _find(self, path: str) -> Entry | None:
        entry: Entry | None = self._root
        for part in path.split("/") if path else ():
            entry = entry.children.get(part) if entry is not None else None
        return entry

    def _parent(self, path: str, layer: int) -> tuple[Entry, str]:
        *parts, name = path.split("/")
        here = self._root
        for depth, part in enumerate(parts):
            child = here.children.get(part)
            if child is None or child.kind != "directory":
                # Every layer is unpacked by itself: a link of a lower one is no directory here.
                if child is not None:
                    self._gone("/".join(parts[: depth + 1]), child, layer)
                child = _directory(layer)
                here.children[part] = child
            here = child
        return here, name

    def _gone(self, path: str, entry: Entry, layer: int) -> None:
        self._removed(path, entry, layer)
        for name, below in _below(path, entry):
            self._removed(name, below, layer)


def _below(path: str, entry: Entry) -> Iterator[tuple[str, Entry]]:
    pending = [(path, entry)]
    while pending:
        where, current = pending.pop()
        if current is not entry:
            yield where, current
        if current.children:
            pending += [
                (f"{where}/{name}" if where else name, child)
                for name, child in sorted(current.children.items(), reverse=True)
            ]


def _directory(layer: int) -> Entry:
    return Entry(kind="directory", mode=0o755, uid=0, gid=0, size=0, layer=layer, names=1)


class LayerChanges:
    """What one layer does, collected before any of it is done."""

    def __init__(self, layer: int) -> None:
        self.layer = layer
        self._opaque: list[str] = []
        self._hidden: list[str] = []
        self._entries: dict[str, Entry] = {}
        self._hard_links: dict[str, str] = {}

    def whiteout(self, path: str) -> bool:
        """Note the whiteout that ``path`` is; False where it is a name like any other."""
        parent, _, base = path.rpartition("/")
        if base == _OPAQUE:
            self._opaque.append(parent)
        elif base.startswith(_WHITEOUT):
            hidden = base.removeprefix(_WHITEOUT)
            self._hidden.append(f"{parent}/{hidden}" if parent else hidden)
        else:
            return False
        return True

    def add(self, path: str, entry: Entry) -> Entry | None:
        """Note an entry; return the one of this name that stood before it in the layer."""
        self._hard_links.pop(path, None)
        before = self._entries.pop(path, None)
        self._entries[path] = entry
        return before

    def link(self, path: str, target: str) -> None:
        """Note a hard link."""
        self._entries.pop(path, None)
        self._hard_links[path] = target

    def apply(self, files: FileSystem) -> None:
        """Do all of it."""
        # A link is to the file of this layer, else to that of a lower one, before that goes.
        linked = {
            path: found
            for path, target in self._hard_links.items()
            if (found := self._entries.get(target) or files.entry(target)) is not None
            and found.kind != "directory"
        }
        for path in self._opaque:
            files.remove_below(path, self.layer)
        for path in self._hidden:
            files.remove(path, self.layer)
        for path, entry in self._entries.items():
            files.put(path, entry)
        for path, entry in linked.items():
            files.put(path, entry)

"""What is in the layers of an image, as a container would see it, and what they hide."""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.model.evidence import EvidenceSource


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFile:
    """A file or directory that is there in the end, and the layer that it comes from.

    ``path`` begins with a slash. ``layer`` is a diff_id. ``mode`` has the permission bits, with
    setuid, setgid and sticky; ``kind`` is ``file``, ``directory``, ``symlink``, or ``device`` for
    devices, pipes and sockets. ``name`` says what it was recognised as: the shell, the package
    manager, the kind of database; None where only its mode counts.
    """

    path: str
    layer: str
    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialFile:
    """A private key or a file with credentials, never its content.

    ``name`` is ``private_key``, or the tool whose file it is. ``removed_in`` is the layer that
    removes or replaces it; whoever has the image can still read it. None where it is there.
    """

    path: str
    layer: str
    name: str
    size: int
    removed_in: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSummary:
    """One layer: files that it adds or replaces, their bytes, those of them that a later layer
    hides, and how many entries of lower layers it removes or replaces."""

    diff_id: str
    files: int
    size: int
    wasted: int
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerContent:
    """All layers, the base first. Lists are in order of their paths.

    ``size`` is of all files in all layers, in bytes; ``wasted`` of those that a later layer
    hides; ``files`` counts those that are there in the end.
    """

    sources: tuple[EvidenceSource, ...]
    layers: tuple[LayerSummary, ...]
    files: int
    size: int
    wasted: int
    setuid: tuple[LayerFile, ...]
    setgid: tuple[LayerFile, ...]
    world_writable: tuple[LayerFile, ...]
    credentials: tuple[CredentialFile, ...]
    package_databases: tuple[LayerFile, ...]
    package_managers: tuple[LayerFile, ...]
    shells: tuple[LayerFile, ...]

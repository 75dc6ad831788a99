"""Images as bytes, built by the tests: layers, Docker archives, OCI layouts and archives."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"

Entry = bytes | tarfile.TarInfo


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def to_json(value: object) -> bytes:
    return json.dumps(value).encode()


def tar(files: Mapping[str, Entry] | Sequence[tuple[str, Entry]]) -> bytes:
    """Return a tar of files; a value that is a TarInfo is put in as it is, under its key."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, entry in files.items() if isinstance(files, Mapping) else files:
            if isinstance(entry, tarfile.TarInfo):
                entry.name = name
                archive.addfile(entry)
            else:
                member = tarfile.TarInfo(name)
                member.size = len(entry)
                archive.addfile(member, io.BytesIO(entry))
    return buffer.getvalue()


def special(kind: bytes, target: str = "") -> tarfile.TarInfo:
    """Return a member of type ``kind``: a link to ``target``, a device, a pipe."""
    member = tarfile.TarInfo("set later")
    member.type = kind
    member.linkname = target
    return member


@dataclass(kw_only=True)
class BuiltImage:
    """An image; change any part before it is written. ``layers`` are tars, the base first."""

    layers: list[bytes] = field(default_factory=lambda: [tar({"app/main": b"program"})])
    config: dict[str, Any] = field(default_factory=dict)
    created: str | None = "2026-01-01T10:20:30.123456789Z"
    platform: tuple[str, str] = ("linux", "amd64")
    name: str | None = "registry.example/team/app:1.4"
    annotations: dict[str, str] = field(default_factory=dict)
    packed: bool = False

    def history(self) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = [
            {"created": self.created, "created_by": f"COPY layer{index} / # buildkit"}
            for index in range(len(self.layers))
        ]
        last = {"created": self.created, "created_by": 'CMD ["run"]', "empty_layer": True}
        return [*steps, last]

    def configuration(self) -> bytes:
        document: dict[str, Any] = {
            "architecture": self.platform[1],
            "os": self.platform[0],
            "config": self.config,
            "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in self.layers]},
            "history": self.history(),
        }
        if self.created is not None:
            document["created"] = self.created
        return to_json(document)

    def blobs(self) -> dict[str, bytes]:
        layers = [gzip.compress(layer, mtime=0) if self.packed else layer for layer in self.layers]
        return {digest(data): data for data in (self.configuration(), *layers)}

    def manifest(self) -> bytes:
        (config, *layers) = self.blobs().items()
        media_type = LAYER_TYPE + ("+gzip" if self.packed else "")
        return to_json(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST_TYPE,
                "config": descriptor(config[1], CONFIG_TYPE),
                "layers": [descriptor(data, media_type) for _, data in layers],
                "annotations": self.annotations,
            }
        )

    def oci_files(self) -> dict[str, bytes]:
        root = descriptor(self.manifest(), MANIFEST_TYPE)
        if self.name is not None:
            root["annotations"] = {"io.containerd.image.name": self.name}
        return oci_files([root], {**self.blobs(), digest(self.manifest()): self.manifest()})

    def docker_files(self) -> dict[str, bytes]:
        config = self.configuration()
        name = f"{digest(config)[7:]}.json"
        layers = {f"layer{index}/layer.tar": data for index, data in enumerate(self.layers)}
        manifest = [
            {
                "Config": name,
                "RepoTags": [self.name] if self.name else None,
                "Layers": list(layers),
            }
        ]
        return {**layers, name: config, "manifest.json": to_json(manifest)}


def descriptor(data: bytes, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest(data), "size": len(data)}


def oci_files(roots: Sequence[dict[str, Any]], blobs: Mapping[str, bytes]) -> dict[str, bytes]:
    return {
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "index.json": to_json({"schemaVersion": 2, "manifests": list(roots)}),
        **{f"blobs/{name.replace(':', '/')}": data for name, data in blobs.items()},
    }


def index_of(*images: BuiltImage, **changes: Any) -> dict[str, bytes]:
    """Return the files of a layout whose one root is an index over ``images``."""
    blobs: dict[str, bytes] = {}
    entries = []
    for image in images:
        blobs |= {**image.blobs(), digest(image.manifest()): image.manifest()}
        entry = descriptor(image.manifest(), MANIFEST_TYPE)
        entry["platform"] = {"os": image.platform[0], "architecture": image.platform[1]}
        entries.append(entry)
    index = to_json({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": entries, **changes})
    return oci_files([descriptor(index, INDEX_TYPE)], {**blobs, digest(index): index})


def write_directory(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder

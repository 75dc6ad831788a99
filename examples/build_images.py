"""Build the two images of the demonstration, without a network, a daemon or root.

``python examples/build_images.py DIR`` writes ``insecure.tar`` and ``hardened.tar``, OCI archives
after the Dockerfiles beside this file. The same bytes come out every time, so that the recorded
evidence in ``insecure/`` and ``hardened/`` can name the images by their digests.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
_MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One instruction of a Dockerfile, and the files it adds; no files, no layer."""

    command: str
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ImagePlan:
    """What to build. ``annotations`` are those of the image manifest."""

    name: str
    created: str
    config: dict[str, Any]
    steps: Sequence[Step]
    annotations: dict[str, str] = field(default_factory=dict)


_ACCOUNTS = "root:x:0:0:root:/root:/bin/sh\napp:x:10001:10001:app:/app:/sbin/nologin\n"

INSECURE = ImagePlan(
    name="docker.io/example/shop:latest",
    created="2026-11-10T09:30:00Z",
    config={
        "Env": [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            # The form of a key, and no key.
            "AWS_ACCESS_KEY_ID=AKIA" + "EXAMPLEEXAMPLE42",
            "DB_PASSWORD=correct-horse-battery",
        ],
        "ExposedPorts": {"22/tcp": {}, "8080/tcp": {}},
        "Cmd": ["/bin/sh", "-c", "service ssh start && python3 /app/shop.py"],
        "WorkingDir": "/app",
        "Labels": {"maintainer": "shop@example.org"},
    },
    steps=(
        Step(command="/bin/sh -c #(nop) ADD file:base in / ", files={"etc/passwd": _ACCOUNTS}),
        Step(command="ENV AWS_ACCESS_KEY_ID=AKIA" + "EXAMPLEEXAMPLE42"),
        Step(command="ENV DB_PASSWORD=correct-horse-battery"),
        Step(
            command="RUN /bin/sh -c apt-get update && apt-get install -y ssh gdb # buildkit",
            files={"usr/sbin/sshd": "a stand-in for the program\n"},
        ),
        Step(
            command="RUN |1 GIT_TOKEN=ghp_"
            + "A1b2C3d4" * 4
            + "E5f6 /bin/sh -c git clone $URL # buildkit",
            files={"app/shop.py": "print('shop')\n"},
        ),
        Step(command="EXPOSE map[22/tcp:{} 8080/tcp:{}]"),
        Step(command='CMD ["/bin/sh" "-c" "service ssh start && python3 /app/shop.py"]'),
    ),
    annotations={"org.opencontainers.image.base.name": "docker.io/library/ubuntu:latest"},
)

HARDENED = ImagePlan(
    name="registry.example.com/shop/web:1.4.2",
    created="2026-11-20T08:00:00Z",
    config={
        "User": "10001:10001",
        "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", "PYTHONUNBUFFERED=1"],
        "ExposedPorts": {"8443/tcp": {}},
        "Entrypoint": ["/usr/local/bin/shop"],
        "WorkingDir": "/app",
        "Healthcheck": {
            "Test": ["CMD", "/usr/local/bin/shop", "--check"],
            "Interval": 30_000_000_000,
            "Timeout": 3_000_000_000,
            "Retries": 3,
        },
        "Labels": {
            "org.opencontainers.image.source": "https://git.example.com/shop/web",
            "org.opencontainers.image.version": "1.4.2",
        },
    },
    steps=(
        Step(command="COPY /rootfs / # buildkit", files={"etc/passwd": _ACCOUNTS}),
        Step(
            command="COPY --chown=10001:10001 shop /usr/local/bin/shop # buildkit",
            files={"usr/local/bin/shop": "a stand-in for the program\n"},
        ),
        Step(command="USER 10001:10001"),
        Step(command="EXPOSE map[8443/tcp:{}]"),
        Step(command='HEALTHCHECK &{["CMD" "/usr/local/bin/shop" "--check"] "30s" "3s" "0s" 3}'),
        Step(command='ENTRYPOINT ["/usr/local/bin/shop"]'),
    ),
    annotations={
        "org.opencontainers.image.base.name": "registry.example.com/base/python:3.13",
        "org.opencontainers.image.base.digest": "sha256:" + "5ba5e0" * 10 + "5ba5",
    },
)


def build(plan: ImagePlan, path: Path) -> str:
    """Write ``plan`` as an OCI archive; return the digest of its manifest."""
    blobs: dict[str, bytes] = {}
    history, layers = [], []
    for step in plan.steps:
        entry: dict[str, Any] = {"created": plan.created, "created_by": step.command}
        if step.files:
            layers.append(_stored(blobs, _tar(step.files), _LAYER_TYPE))
        else:
            entry["empty_layer"] = True
        history.append(entry)
    config = {
        "architecture": "amd64",
        "os": "linux",
        "created": plan.created,
        "config": plan.config,
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
        "history": history,
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST_TYPE,
        "config": _stored(blobs, _json(config), _CONFIG_TYPE),
        "layers": layers,
        "annotations": plan.annotations,
    }
    root = _stored(blobs, _json(manifest), _MANIFEST_TYPE)
    tag = plan.name.rpartition(":")[2]
    root["annotations"] = {
        "io.containerd.image.name": plan.name,
        "org.opencontainers.image.ref.name": tag,
    }
    files = {
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "index.json": _json({"schemaVersion": 2, "manifests": [root]}),
        **{f"blobs/{digest.replace(':', '/')}": data for digest, data in sorted(blobs.items())},
    }
    path.write_bytes(_tar(files))
    digest: str = root["digest"]
    return digest


def _stored(blobs: dict[str, bytes], data: bytes, media_type: str) -> dict[str, Any]:
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    blobs[digest] = data
    return {"mediaType": media_type, "digest": digest, "size": len(data)}


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _tar(files: dict[str, str] | dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(data)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def main() -> None:
    """Build both images into the directory that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, plan in (("insecure", INSECURE), ("hardened", HARDENED)):
        path = folder / f"{name}.tar"
        digest = build(plan, path)
        sys.stdout.write(f"built {path}: {plan.name} {digest}\n")


if __name__ == "__main__":
    main()

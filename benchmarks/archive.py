"""``collect`` on a Docker archive of 500 MB, against hashing the same file once.

The time is of the whole process, the memory its peak resident size as the kernel counted it.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import resource
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import in_turn, run_installed

_LAYERS = 5
_LAYER_BYTES = 100 * 1024 * 1024
_CHUNK = 1024 * 1024
_WANTED_RATIO = 1.3
_WANTED_MIB = 150
_HASH = """
import hashlib, sys
running = hashlib.sha256()
with open(sys.argv[1], "rb") as stream:
    while chunk := stream.read(1 << 20):
        running.update(chunk)
"""


def main() -> None:
    """Build the archive, measure, and print a line each."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "image.tar")
        build(path)
        ours = [sys.executable, "-m", "policyengine.cli", "collect", f"docker-archive:{path}"]
        floor = [sys.executable, "-c", _HASH, str(path)]
        run = partial(run_installed, compiled=Path(folder, "compiled"))
        result = in_turn(partial(run, *ours), partial(run, *floor), runs=9)
        met = result.ratio <= _WANTED_RATIO
        print(result.line("collect, 500 MB archive", f"<= {_WANTED_RATIO} x", met=met))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    met = peak <= _WANTED_MIB
    print(
        f"{'peak memory of the largest process':<44} {peak:9.1f} MiB "
        f"wanted <= {_WANTED_MIB} MiB: {'met' if met else 'NOT MET'}"
    )


def build(path: Path) -> None:
    """Write a Docker archive of five layers of random bytes, 100 MiB each."""
    chance = random.Random(7)
    with tarfile.open(path, "w") as archive:
        diff_ids = []
        for number in range(_LAYERS):
            running = hashlib.sha256()
            inner = tarfile.TarInfo(f"layer{number}/layer.tar")
            with tempfile.TemporaryFile() as layer:
                for chunk in _layer(chance, number):
                    running.update(chunk)
                    layer.write(chunk)
                inner.size = layer.tell()
                layer.seek(0)
                archive.addfile(inner, layer)
            diff_ids.append(f"sha256:{running.hexdigest()}")
        config = json.dumps(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": {"User": "1000"},
                "rootfs": {"type": "layers", "diff_ids": diff_ids},
            }
        ).encode()
        name = f"{hashlib.sha256(config).hexdigest()}.json"
        manifest = [
            {
                "Config": name,
                "RepoTags": ["bench:1"],
                "Layers": [f"layer{number}/layer.tar" for number in range(_LAYERS)],
            }
        ]
        for member, data in ((name, config), ("manifest.json", json.dumps(manifest).encode())):
            info = tarfile.TarInfo(member)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def _layer(chance: random.Random, number: int) -> Iterator[bytes]:
    info = tarfile.TarInfo(f"data{number}")
    info.size = _LAYER_BYTES
    yield info.tobuf()
    for _ in range(_LAYER_BYTES // _CHUNK):
        yield chance.randbytes(_CHUNK)
    yield bytes(2 * tarfile.BLOCKSIZE)

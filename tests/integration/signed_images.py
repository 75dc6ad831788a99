"""Images in a plain registry, signed and attested by the real cosign, and spoilt on purpose."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx

from tests.integration.components import run
from tests.integration.registries import Registry

PROVENANCE = {
    "buildDefinition": {
        "buildType": "https://example.com/build/v1",
        "externalParameters": {"source": "git+https://example.com/app@refs/heads/main"},
        "resolvedDependencies": [
            {"uri": "git+https://example.com/app", "digest": {"gitCommit": "01" * 20}}
        ],
    },
    "runDetails": {"builder": {"id": "https://example.com/builder"}},
}
# No transparency log: nothing outside of this machine is spoken to.
_OFFLINE = ("--tlog-upload=false", "--use-signing-config=false", "--allow-http-registry", "-y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A repository, and the folder of keys ``release`` and ``other``."""

    registry: Registry
    repository: str
    folder: Path

    @property
    def name(self) -> str:
        """The repository with its registry."""
        return f"{self.registry.host}/{self.repository}"

    def push(self, tag: str) -> str:
        """Push an image of one file, which is ``tag``; return its digest."""
        layer = self.folder / f"{tag}.tar"
        with tarfile.open(layer, "w") as archive:
            data = f"{self.repository} {tag}".encode()
            info = tarfile.TarInfo("tag")
            info.size = len(data)
            archive.addfile(info, BytesIO(data))
        run("crane", "append", "--insecure", "-f", layer, "-t", f"{self.name}:{tag}")
        return run("crane", "digest", "--insecure", f"{self.name}:{tag}").strip()

    def key(self, name: str) -> Path:
        """Return the public key of ``name``."""
        return self.folder / f"{name}.pub"

    def sign(
        self, digest: str, *, by: str = "release", bundle: bool, referrers: bool = False
    ) -> None:
        """Sign an image as a Sigstore bundle, or in cosign's older form: under its tag, or as what
        refers to the image."""
        mode = ["--registry-referrers-mode=oci-1-1"] if referrers else []
        self._cosign("sign", digest, by, bundle, *mode)

    def attest(
        self, digest: str, kind: str, predicate: Any, *, by: str = "release", bundle: bool = True
    ) -> None:
        """Attest a predicate of a type that cosign has a name for, or a URI."""
        path = self.folder / "predicate.json"
        path.write_text(json.dumps(predicate))
        self._cosign("attest", digest, by, bundle, "--type", kind, "--predicate", path)

    def _cosign(self, command: str, digest: str, by: str, bundle: bool, *more: str | Path) -> None:
        run(
            *("cosign", command, "--key", self.folder / f"{by}.key", *_OFFLINE, *more),
            *([] if bundle else ["--new-bundle-format=false"]),
            f"{self.name}@{digest}",
            environment={"COSIGN_PASSWORD": "only for tests", "COSIGN_EXPERIMENTAL": "1"},
        )

    def save(self, tag: str) -> Path:
        """Return the layout that cosign saves of an image and its signatures."""
        folder = self.folder / f"saved-{tag}"
        run("cosign", "save", "--allow-http-registry", "--dir", folder, f"{self.name}:{tag}")
        return folder

    def manifest(self, tag: str) -> Any:
        """Return what stands under a tag."""
        return json.loads(run("crane", "manifest", "--insecure", f"{self.name}:{tag}"))

    def put(self, tag: str, manifest: Any) -> None:
        """Put a manifest under a tag."""
        answer = httpx.put(
            f"http://{self.registry.host}/v2/{self.repository}/manifests/{tag}",
            content=json.dumps(manifest).encode(),
            headers={"Content-Type": manifest["mediaType"]},
        )
        answer.raise_for_status()

    def change_layer(self, tag: str, change: Callable[[Any], Any]) -> None:
        """Change the JSON of the first layer under a tag, and keep all else."""
        manifest = self.manifest(tag)
        layer = manifest["layers"][0]
        blob = f"{self.name}@{layer['digest']}"
        data = json.dumps(change(json.loads(run("crane", "blob", "--insecure", blob)))).encode()
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        started = httpx.post(f"http://{self.registry.host}/v2/{self.repository}/blobs/uploads/")
        url = httpx.URL(started.headers["location"]).copy_merge_params({"digest": digest})
        httpx.put(url, content=data).raise_for_status()
        layer.update(digest=digest, size=len(data))
        self.put(tag, manifest)


def make_keys(folder: Path, *names: str) -> None:
    """Make key pairs as cosign does."""
    for name in names:
        run(
            *("cosign", "generate-key-pair", "--output-key-prefix", folder / name),
            environment={"COSIGN_PASSWORD": "only for tests"},
        )

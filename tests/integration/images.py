"""Images made by real tools, small and without a network."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import docker

from tests.integration.components import run
from tests.integration.registries import Registry

# Enough for a scanner to know a distribution and three packages of two kinds.
ROOT_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\napp:x:1001:1002:app:/srv:/bin/false\n",
    "etc/group": "root:x:0:\napp:x:1002:\n",
    "etc/os-release": 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nNAME="Debian"\n',
    "var/lib/dpkg/status": (
        "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nSource: zlib\n"
        "Maintainer: Somebody <somebody@example.org>\nVersion: 1:1.2.13.dfsg-1\n\n"
        "Package: tzdata\nStatus: install ok installed\nArchitecture: all\n"
        "Maintainer: Somebody <somebody@example.org>\nVersion: 2026a-0+deb12u1\n"
    ),
    "usr/lib/python3/dist-packages/example_tool-1.4.dist-info/METADATA": (
        "Metadata-Version: 2.1\nName: example-tool\nVersion: 1.4\nLicense: MIT\n"
    ),
    "usr/lib/python3/dist-packages/example_tool-1.4.dist-info/RECORD": "",
}
PACKAGES = {
    ("zlib1g", "1:1.2.13.dfsg-1"),
    ("tzdata", "2026a-0+deb12u1"),
    ("example-tool", "1.4"),
}

# Every form in which syft writes an SBOM; the name of the file tells it.
SYFT_FORMATS = (
    "syft-json",
    *(f"cyclonedx-json@1.{minor}" for minor in (2, 3, 4, 5, 6)),
    *(f"cyclonedx-xml@1.{minor}" for minor in (2, 3, 4, 5, 6)),
    "spdx-json@2.2",
    "spdx-json@2.3",
    "spdx-tag-value@2.2",
    "spdx-tag-value@2.3",
    "github-json",
    "purls",
    "syft-table",
    "syft-text",
)

CONTAINERFILE = """\
FROM scratch
COPY etc /etc
COPY var /var
COPY usr /usr
ENV MODE=production GREETING="a b=c"
LABEL org.opencontainers.image.title="example" org.opencontainers.image.version="1.4"
EXPOSE 8080/tcp
WORKDIR /srv
USER app
HEALTHCHECK --interval=30s CMD ["/bin/true"]
ENTRYPOINT ["/bin/app"]
CMD ["--serve"]
"""

# The tools look for a policy in /etc/containers, which their packages only recommend.
_POLICY = json.dumps({"default": [{"type": "insecureAcceptAnything"}]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """An image in an OCI layout, under a tag."""

    path: Path
    tag: str

    @property
    def skopeo(self) -> str:
        """The image in skopeo's words, which are also ours."""
        return f"oci:{self.path}:{self.tag}"


def write_root(folder: Path) -> Path:
    """Write the files of the images' root directory."""
    for name, content in ROOT_FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def make_with_umoci(folder: Path) -> Layout:
    """Make an OCI image in three layers."""
    root, path = write_root(folder / "root"), folder / "layout"
    image = f"{path}:1.4"
    run("umoci", "init", "--layout", path)
    run("umoci", "new", "--image", image)
    for name in ("etc", "var", "usr"):
        run("umoci", "insert", "--image", image, root / name, f"/{name}")
    run(
        "umoci", "config", "--image", image,
        "--config.user", "app", "--config.env", "MODE=production", "--config.env", "GREETING=a b=c",
        "--config.label", "org.opencontainers.image.title=example",
        "--config.exposedports", "8080/tcp", "--config.workingdir", "/srv",
        "--config.entrypoint", "/bin/app", "--config.cmd", "--serve",
        "--author", "Ann Example", "--created", "2026-01-02T03:04:05Z",
    )  # fmt: skip
    return Layout(path=path, tag="1.4")


def make_with_buildah(folder: Path) -> Path:
    """Build a Containerfile into a Docker archive: only Docker's format has the health check."""
    context, path = write_root(folder / "context"), folder / "image.tar"
    (context / "Containerfile").write_text(CONTAINERFILE)
    policy = folder / "policy.json"
    policy.write_text(_POLICY)
    storage = ("--storage-driver", "vfs", "--root", folder / "storage", "--runroot", folder / "run")
    run(
        "buildah", *storage, "bud", "--isolation", "chroot", "--format", "docker", "--layers",
        "--signature-policy", policy, "--tag", "example:1.4", context,
    )  # fmt: skip
    run(
        "buildah", *storage, "push", "--signature-policy", policy,
        "example:1.4", f"docker-archive:{path}:example:1.4",
    )  # fmt: skip
    return path


def make_with_crane(folder: Path, registry: Registry, repository: str) -> str:
    """Make a Docker image of one layer in ``registry``; return its reference by tag."""
    root, layer = write_root(folder / "root"), folder / "layer.tar"
    run("tar", "-C", root, "--owner=0", "--group=0", "--numeric-owner", "-cf", layer, ".")
    reference = f"{registry.host}/{repository}:1.4"
    run("crane", "append", "--insecure", "--new_layer", layer, "--new_tag", reference)
    run("crane", "mutate", "--insecure", reference, "--user", "1001", "--env", "MODE=production",
        "--exposed-ports", "22/tcp", "--tag", reference)  # fmt: skip
    return reference


def copy(source: str, target: str, *, registry: Registry | None = None) -> None:
    """Copy an image by skopeo; ``registry`` is the one in ``target``."""
    options: list[str] = []
    if registry is not None:
        secure = registry.ca_file is not None
        options = [f"--dest-tls-verify={str(secure).lower()}"]
        if registry.ca_file is not None:
            options += ["--dest-cert-dir", str(_certificates(registry.ca_file))]
            options += ["--authfile", str(registry.config / "config.json")]
    run("skopeo", "--insecure-policy", "copy", "--quiet", *options, source, target)


def load(archive: Path, docker_host: str) -> None:
    """Do as ``docker load`` does."""
    client = docker.DockerClient(base_url=docker_host)
    try:
        with archive.open("rb") as stream:
            client.images.load(stream)
    finally:
        client.close()


def write_sboms(image: Layout, folder: Path) -> dict[str, Path]:
    """Have syft describe ``image`` in every form; return the files by syft's name of the form."""
    archive = folder / "image.tar"
    copy(image.skopeo, f"oci-archive:{archive}:{image.tag}")
    reports = {name: folder / name.replace("@", "-") for name in SYFT_FORMATS}
    outputs = [f"--output={name}={path}" for name, path in reports.items()]
    environment = {"SYFT_CHECK_FOR_APP_UPDATE": "false"}
    run("syft", "scan", "--quiet", *outputs, f"oci-archive:{archive}", environment=environment)
    return reports


def _certificates(ca_file: Path) -> Path:
    # skopeo takes every *.crt of a folder as a CA.
    folder = ca_file.parent / "certificates"
    folder.mkdir(exist_ok=True)
    (folder / "ca.crt").write_bytes(ca_file.read_bytes())
    return folder

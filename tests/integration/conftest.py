"""Registries, a Docker daemon and images that live as long as the test session."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.components import running, unavailable
from tests.integration.images import (
    Layout,
    make_with_buildah,
    make_with_umoci,
    write_sboms,
)
from tests.integration.registries import Registry, plain_registry, secure_registry


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry without TLS and login."""
    with plain_registry(tmp_path_factory.mktemp("registry")) as started:
        yield started


@pytest.fixture(scope="session")
def locked_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry with TLS and a login."""
    with secure_registry(tmp_path_factory.mktemp("locked-registry")) as started:
        yield started


@pytest.fixture(scope="session")
def cache(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A pull-through cache of ``registry``."""
    folder = tmp_path_factory.mktemp("cache")
    with plain_registry(folder, cache_of=f"http://{registry.host}") as started:
        yield started


@pytest.fixture(scope="session")
def docker_host() -> Iterator[str]:
    """The ``DOCKER_HOST`` of a Docker daemon of our own."""
    if os.geteuid() != 0:
        unavailable("dockerd needs root")
    # A socket's path has at most 108 bytes, which pytest's folders may exceed.
    with tempfile.TemporaryDirectory(prefix="pe-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        host = f"unix://{folder / 'docker.sock'}"
        command: list[str | Path] = [
            "dockerd", "-H", host, "--data-root", folder / "data", "--exec-root", folder / "exec",
            "--pidfile", folder / "pid", "--storage-driver=vfs", "--iptables=false",
            "--bridge=none",
        ]  # fmt: skip
        with running(command, folder / "log") as daemon:
            daemon.wait_for(r"(API listen on )")
            yield host


@pytest.fixture(scope="session")
def umoci_image(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """An OCI image by umoci, in a layout."""
    return make_with_umoci(tmp_path_factory.mktemp("umoci"))


@pytest.fixture(scope="session")
def buildah_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Docker image by buildah, with a health check, in a Docker archive."""
    return make_with_buildah(tmp_path_factory.mktemp("buildah"))


@pytest.fixture(scope="session")
def syft_reports(umoci_image: Layout, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What syft says of the umoci image, by syft's name of the format."""
    return write_sboms(umoci_image, tmp_path_factory.mktemp("syft"))

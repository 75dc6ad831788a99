"""Scripted registries with and without TLS, and clocks that do not wait."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme

from policyengine.model.access import RegistryAccess
from policyengine.registry.pacing import Pacing
from tests.unit.collect.image.registry.scripted_server import Clock, RunningServer, ScriptedServer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pacing(clock: Clock) -> Pacing:
    return Pacing(sleep=clock.sleep, now=clock.now, elapsed=clock.now, chance=lambda: 1.0)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def start() -> Iterator[Callable[[ssl.SSLContext | None], ScriptedServer]]:
    """Start a server that lives as long as the test."""
    with ExitStack() as stack:
        yield lambda context: stack.enter_context(RunningServer(context))


@pytest.fixture
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture
def registry(
    start: Callable[[ssl.SSLContext | None], ScriptedServer], server_context: ssl.SSLContext
) -> ScriptedServer:
    """A registry that speaks TLS."""
    return start(server_context)


@pytest.fixture
def other(
    start: Callable[[ssl.SSLContext | None], ScriptedServer], server_context: ssl.SSLContext
) -> ScriptedServer:
    """Another server that speaks TLS."""
    return start(server_context)


@pytest.fixture
def plain(start: Callable[[ssl.SSLContext | None], ScriptedServer]) -> ScriptedServer:
    """A server that speaks plain HTTP."""
    return start(None)


@pytest.fixture
def access(ca_file: Path, tmp_path: Path) -> RegistryAccess:
    """Access that trusts the test's CA, with an empty folder for Docker's configuration."""
    folder = tmp_path / "docker"
    folder.mkdir()
    return RegistryAccess(ca_files=(ca_file,), docker_config=folder, timeout=20.0)

"""How registries and the daemon are reached: what the user's settings say, as values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """A client certificate and its private key, as PEM files."""

    certificate: Path
    private_key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryAccess:
    """How registries are reached. Hosts are ``host[:port]`` as in a reference.

    ``insecure_hosts`` may be spoken to over plain HTTP; no other host ever is. ``mirrors`` are
    tried in order before the registry they stand for. ``client_certificates`` are (host, pair).
    ``timeout`` is in seconds, for connecting and for each read; ``retries`` is how often a
    request is repeated after 429 or 5xx. ``docker_config`` is the folder of ``config.json``.
    """

    insecure_hosts: frozenset[str] = frozenset()
    ca_files: tuple[Path, ...] = ()
    client_certificates: tuple[tuple[str, ClientCertificate], ...] = ()
    mirrors: tuple[tuple[str, tuple[str, ...]], ...] = ()
    docker_config: Path | None = None
    timeout: float = 30.0
    retries: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonAccess:
    """How the Docker daemon is reached.

    ``host`` is a ``DOCKER_HOST`` URL, None for the default socket; ``timeout`` is in seconds.
    """

    host: str | None = None
    timeout: float = 30.0


DEFAULT_REGISTRY_ACCESS = RegistryAccess()
DEFAULT_DAEMON_ACCESS = DaemonAccess()

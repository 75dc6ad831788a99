"""A real Notary server on loopback, in memory, and Docker's own signing with it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from policyengine.model.access import RegistryAccess
from tests.integration.components import run, running

_PASSPHRASES = {
    f"DOCKER_CONTENT_TRUST_{name}_PASSPHRASE": "only for tests" for name in ("ROOT", "REPOSITORY")
} | {
    f"NOTARY_{name}_PASSPHRASE": "only for tests"
    for name in ("ROOT", "TARGETS", "SNAPSHOT", "DELEGATION")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notary:
    """A running server. ``config`` is the folder of Docker's configuration and keys."""

    url: str
    ca_file: Path
    config: Path
    environment: Mapping[str, str] = field(repr=False)

    def access(self, insecure: str) -> RegistryAccess:
        """How to reach it, and the registry ``insecure`` beside it."""
        return RegistryAccess(
            insecure_hosts=frozenset({insecure}),
            ca_files=(self.ca_file,),
            docker_config=self.config,
            retries=0,
        )

    def docker(self, *arguments: str | Path, docker_host: str) -> str:
        """Run the Docker client with content trust by this server."""
        return run(
            "docker", *arguments, environment={**self.environment, "DOCKER_HOST": docker_host}
        )

    def notary(self, *arguments: str | Path) -> str:
        """Run the Notary client on the same keys."""
        options = ("-s", self.url, "--tlscacert", self.ca_file, "-d", self.config / "trust")
        return run("notary", *options, *arguments, environment=self.environment)


@contextmanager
def notary_server(folder: Path) -> Iterator[Notary]:
    """Start a server that keeps its metadata and the timestamp keys in memory."""
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    pair = authority.issue_cert("localhost", "127.0.0.1")
    pair.cert_chain_pems[0].write_to_path(str(folder / "server.pem"))
    pair.private_key_pem.write_to_path(str(folder / "server.key"))
    # It does not say which port a 0 became.
    with socket.create_server(("127.0.0.1", 0)) as taken:
        host = f"127.0.0.1:{taken.getsockname()[1]}"
    content = {
        "server": {
            "http_addr": host,
            "tls_cert_file": str(folder / "server.pem"),
            "tls_key_file": str(folder / "server.key"),
        },
        "trust_service": {"type": "local", "key_algorithm": "ecdsa"},
        "logging": {"level": "info"},
        "storage": {"backend": "memory"},
    }
    (folder / "server.json").write_text(json.dumps(content))
    config = folder / "docker"
    certificates = config / "tls" / host
    certificates.mkdir(parents=True)
    (certificates / "ca.crt").write_bytes(ca_file.read_bytes())
    (config / "config.json").write_text("{}")
    command: list[str | Path] = ["notary-server", "-config", folder / "server.json"]
    with running(command, folder / "log") as daemon:
        daemon.wait_for(r"(Starting on|Starting Server|Enabling TLS)")
        yield Notary(
            url=f"https://{host}",
            ca_file=ca_file,
            config=config,
            environment={
                **_PASSPHRASES,
                "DOCKER_CONFIG": str(config),
                "DOCKER_CONTENT_TRUST": "1",
                "DOCKER_CONTENT_TRUST_SERVER": f"https://{host}",
            },
        )

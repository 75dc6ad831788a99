"""Real registries (Debian's docker-registry) on free ports of loopback, in memory."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bcrypt
import trustme

from policyengine.model.access import RegistryAccess
from tests.integration.components import running

USER = "ann"
PASSWORD = "correct-horse-battery-staple"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A running registry. ``ca_file`` is None where it speaks plain HTTP.

    ``config`` is a folder with Docker's ``config.json`` for it: with the right login where it
    wants one, else without any.
    """

    host: str
    config: Path
    ca_file: Path | None = None

    @property
    def access(self) -> RegistryAccess:
        """How to reach it."""
        return RegistryAccess(
            insecure_hosts=frozenset() if self.ca_file else frozenset({self.host}),
            ca_files=(self.ca_file,) if self.ca_file else (),
            docker_config=self.config,
            retries=0,
        )


@contextmanager
def plain_registry(folder: Path, *, cache_of: str | None = None) -> Iterator[Registry]:
    """Start a registry without TLS and login; ``cache_of`` is the URL of one to pull through."""
    proxy = {"proxy": {"remoteurl": cache_of}} if cache_of else {}
    with _started(folder, http={}, **proxy) as host:
        yield Registry(host=host, config=docker_config(folder / "docker"))


@contextmanager
def secure_registry(folder: Path) -> Iterator[Registry]:
    """Start a registry with TLS by a CA of its own and a login kept with bcrypt."""
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    pair = authority.issue_cert("127.0.0.1", "localhost")
    pair.cert_chain_pems[0].write_to_path(str(folder / "server.pem"))
    pair.private_key_pem.write_to_path(str(folder / "server.key"))
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(rounds=4)).decode()
    (folder / "htpasswd").write_text(f"{USER}:{hashed}\n")
    tls = {"certificate": str(folder / "server.pem"), "key": str(folder / "server.key")}
    auth = {"htpasswd": {"realm": "registry", "path": str(folder / "htpasswd")}}
    with _started(folder, http={"tls": tls}, auth=auth) as host:
        yield Registry(
            host=host, config=docker_config(folder / "docker", host, PASSWORD), ca_file=ca_file
        )


def docker_config(folder: Path, host: str | None = None, password: str = "") -> Path:
    """Write a ``config.json`` as ``docker login`` does, with a login for ``host`` or with none."""
    login = base64.b64encode(f"{USER}:{password}".encode()).decode()
    folder.mkdir()
    auths = {host: {"auth": login}} if host else {}
    (folder / "config.json").write_text(json.dumps({"auths": auths}))
    return folder


@contextmanager
def _started(folder: Path, *, http: dict[str, object], **settings: object) -> Iterator[str]:
    # JSON is YAML. Port 0: the log says which one it became.
    content = {
        "version": "0.1",
        "log": {"level": "info", "formatter": "text", "accesslog": {"disabled": True}},
        "storage": {"inmemory": {}},
        "http": {"addr": "127.0.0.1:0", "secret": "only for tests", **http},
        **settings,
    }
    (folder / "config.yml").write_text(json.dumps(content))
    command: list[str | Path] = ["docker-registry", "serve", folder / "config.yml"]
    with running(command, folder / "log") as daemon:
        yield daemon.wait_for(r"listening on (127\.0\.0\.1:[0-9]+)")

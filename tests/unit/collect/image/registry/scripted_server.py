"""A server on loopback that answers as a test says and remembers what it saw; and a clock."""

from __future__ import annotations

import hashlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request. Header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer.

    ``claimed`` is the Content-Length where it is to differ from the body's. ``cut`` resets the
    connection after the body, ``endless`` repeats the body for ever, without a length.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    claimed: int | None = None
    cut: bool = False
    endless: bool = False


Script: TypeAlias = "Reply | Callable[[Seen], Reply]"


@dataclass(slots=True)
class ScriptedServer:
    """``routes`` are the answers by path; the last one of a path is given again and again."""

    host: str
    scheme: str
    routes: dict[str, list[Script]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}"

    def on(self, path: str, *answers: Script) -> None:
        self.routes[path] = list(answers)

    def asked(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path.partition("?")[0] == path]

    def answer(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            script = self.routes.get(seen.path.partition("?")[0])
            if not script:
                return Reply(status=404, body=b'{"errors":[{"code":"NAME_UNKNOWN"}]}')
            answer = script.pop(0) if len(script) > 1 else script[0]
        return answer(seen) if callable(answer) else answer


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    script: ScriptedServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is part of many tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes
    server: _HttpServer

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        reply = self.server.script.answer(
            Seen(
                method=self.command,
                path=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length).decode(),
            )
        )
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if not reply.endless:
            claimed = len(reply.body) if reply.claimed is None else reply.claimed
            self.send_header("Content-Length", str(claimed))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
        while reply.endless:
            self.wfile.write(reply.body)
        if reply.cut:
            # Linger 0: close sends a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if reply.cut or reply.claimed is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


class RunningServer:
    """A context manager around one server in a thread."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._http = _HttpServer(("127.0.0.1", 0), _Handler)
        if context is not None:
            self._http.socket = context.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        port = self._http.server_address[1]
        self.script = ScriptedServer(
            host=f"127.0.0.1:{port}", scheme="http" if context is None else "https"
        )
        self._http.script = self.script
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self.script

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@dataclass(slots=True)
class Clock:
    """Time that passes only when somebody sleeps. ``slept`` are the pauses in seconds."""

    time: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def now(self) -> float:
        return self.time


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
# The client treats manifests as bytes; what they hold is for another room to read.
MANIFEST = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}'
MANIFEST_DIGEST = sha256(MANIFEST)
MANIFEST_PATH = "/v2/team/app/manifests/1"
TOKEN_PATH = "/token"
BLOB = bytes(range(256)) * 4096
BLOB_DIGEST = sha256(BLOB)
BLOB_PATH = f"/v2/team/app/blobs/{BLOB_DIGEST}"


def manifest_reply(data: bytes = MANIFEST, **headers: str) -> Reply:
    """A manifest as a registry serves it; a header is named with ``_`` for ``-``."""
    sent = {"Content-Type": OCI_MANIFEST} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return Reply(headers=tuple(sent.items()), body=data)


def asks_login(challenge: str) -> Reply:
    return Reply(
        status=401,
        headers=(("WWW-Authenticate", challenge),),
        body=b'{"errors":[{"code":"UNAUTHORIZED","message":"hunter2"}]}',
    )


def asks_token(realm: str) -> Reply:
    return asks_login(f'Bearer realm="{realm}",service="reg",scope="repository:team/app:pull"')


def redirect(location: str, status: int = 307) -> Reply:
    return Reply(status=status, headers=(("Location", location),))

"""A Docker daemon that says what a test wants: HTTP over a socket of its own."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.image_files import BuiltImage, digest, tar, to_json

VERSION = {"ApiVersion": "1.44", "MinAPIVersion": "1.24", "Version": "25.0.0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer. ``length`` is what its header says, by default the truth; ``raw`` is sent
    in place of HTTP; ``stalls`` sends nothing until the daemon is stopped."""

    body: bytes = b""
    status: int = 200
    length: int | None = None
    raw: bytes | None = None
    stalls: bool = False


def refusal(status: int, message: str) -> Answer:
    """Return an error as the daemon's API writes it."""
    return Answer(status=status, body=to_json({"message": message}))


def inspected(built: BuiltImage) -> dict[str, Any]:
    """Return what ``docker image inspect`` says of an image."""
    config = json.loads(built.configuration())
    return {
        "Id": digest(built.configuration()),
        "RepoTags": [built.name] if built.name else [],
        "RepoDigests": [],
        "Created": built.created,
        "Author": "",
        "Architecture": config["architecture"],
        "Os": config["os"],
        "Config": config["config"],
        "RootFS": {"Type": "layers", "Layers": config["rootfs"]["diff_ids"]},
    }


def past(built: BuiltImage) -> list[dict[str, Any]]:
    """Return what ``docker history`` says of an image, the newest step first."""
    return [
        {
            "Id": "<missing>",
            "Created": 1767262830,
            "CreatedBy": step["created_by"],
            "Size": 0 if step.get("empty_layer") else 10,
            "Comment": "",
            "Tags": None,
        }
        for step in reversed(built.history())
    ]


def answers_for(built: BuiltImage) -> dict[str, Answer]:
    """Return what a daemon that works answers: by the end of the path."""
    return {
        "/version": Answer(body=to_json(VERSION)),
        "/json": Answer(body=to_json(inspected(built))),
        "/history": Answer(body=to_json(past(built))),
        "/get": Answer(body=tar(built.docker_files())),
    }


class Client:
    """The two calls of docker's API client that tell of an image, without a daemon."""

    def __init__(self, document: object, history: object) -> None:
        self._answers = (document, history)

    def inspect_image(self, _: str) -> object:
        return self._answers[0]

    def history(self, _: str) -> object:
        return self._answers[1]


@contextmanager
def docker_daemon(folder: Path, answers: Mapping[str, Answer]) -> Iterator[str]:
    """Run a daemon that gives ``answers``, and yield its address."""
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            missing = refusal(404, "No such image")
            answer = next((found for end, found in answers.items() if path.endswith(end)), missing)
            self.close_connection = True
            if answer.stalls:
                stopped.wait(60)
                return
            if answer.raw is not None:
                self.wfile.write(answer.raw)
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            length = len(answer.body) if answer.length is None else answer.length
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing: the address of a socket has no host to name."""

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

    path = folder / "docker.sock"
    with Server(str(path), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"unix://{path}"
        finally:
            stopped.set()
            server.shutdown()
            thread.join()
            path.unlink()

"""Images of a Docker daemon, over its API.

``inspect`` and ``history`` give the configuration without a layer being sent. The API leaves two
things open. It gives history times in whole seconds, as everything here does. It does not say
which steps made a layer: that follows from the sizes where as many steps have one as there are
layers, and else from what builders write; where neither tells, the image is read from ``save``.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policyengine.collect.image.configuration import configuration, instant, with_layers
from policyengine.collect.image.user import user_of
from policyengine.errors import MalformedEvidence, SourceUnavailable
from policyengine.model.access import DaemonAccess
from policyengine.model.image import Image
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject
from policyengine.model.platform import Platform
from policyengine.model.reference import is_digest

if TYPE_CHECKING:
    from docker.api.client import APIClient

_DEFAULT_SOCKET = "/var/run/docker.sock"
_NOBODY = (FileNotFoundError, ConnectionRefusedError)
_SECOND = 1_000_000_000
# Instructions that never make a layer, as the classic builder and BuildKit write them.
_NO_LAYER = (
    "CMD",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "ARG",
)
_LAYER = ("RUN", "COPY", "ADD", "/bin/sh -c ", "|")
_NOP = "/bin/sh -c #(nop) "


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonImage:
    """What the daemon says.

    ``inspected`` is its own answer; ``image`` is None where only the archive from ``save`` tells.
    """

    image: Image | None
    inspected: JsonObject
    raw: bytes
    repo_tags: tuple[str, ...]
    repo_digests: tuple[str, ...]
    origin: str


class Daemon:
    """A connection to a Docker daemon."""

    def __init__(self, client: APIClient, host: str, timeout: float) -> None:
        self._client: Any = client  # the package has no types
        self._host = host
        self._timeout = timeout

    def has(self, name: str) -> bool:
        """Say whether the daemon has an image ``name``."""
        from docker.errors import NotFound

        try:
            with self._failures(name):
                self._client.inspect_image(name)
        except NotFound:
            return False
        return True

    def read(self, name: str) -> DaemonImage:
        """Return what the daemon knows of image ``name``. Raises SourceUnavailable."""
        where = f"{self._host}: {name}"
        read = FieldReader(where)
        with self._demanded(name):
            raw = json.dumps(self._client.inspect_image(name), sort_keys=True).encode()
        # The package that asks the daemon is content with any JSON, NaN and all.
        inspected = read.root(parse_json(raw, where=where))
        image_id = read.text(inspected, "Id", ())
        if not is_digest(image_id):
            raise read.wrong(("Id",), repr(image_id[:80]), "a digest")
        with self._demanded(name):
            history = json.dumps(self._client.history(image_id)).encode()
        steps = read.required_objects({"history": parse_json(history, where=where)}, "history", ())
        return DaemonImage(
            image=image_of(read, inspected, steps),
            inspected=inspected,
            raw=raw,
            repo_tags=tuple(
                tag for tag in read.texts(inspected, "RepoTags", ()) if "<none>" not in tag
            ),
            repo_digests=tuple(
                name
                for name in read.texts(inspected, "RepoDigests", ())
                if not name.startswith("<none>")
            ),
            origin=self._host,
        )

    def save(self, name: str) -> Iterator[bytes]:
        """Yield the archive that ``docker save`` would write."""
        with self._demanded(name):
            yield from self._client.get_image(name, chunk_size=1024 * 1024)

    @contextmanager
    def _demanded(self, name: str) -> Iterator[None]:
        from docker.errors import NotFound

        try:
            with self._failures(name):
                yield
        except NotFound:
            raise SourceUnavailable(
                "the Docker daemon has no such image",
                where=name,
                hint="docker pull it, or name its registry with registry:",
            ) from None

    @contextmanager
    def _failures(self, name: str) -> Iterator[None]:
        import requests
        from docker.errors import APIError, NotFound

        where = f"{self._host}: {name}"
        try:
            yield
        except NotFound:
            raise
        except APIError as error:
            raise SourceUnavailable(
                "the Docker daemon refused", where=where, found=_reason(error)
            ) from None
        except RecursionError:
            raise MalformedEvidence("is nested too deep", where=where) from None
        except requests.exceptions.Timeout:
            raise SourceUnavailable(
                "the Docker daemon does not answer",
                where=where,
                expected=f"an answer within {self._timeout:g} seconds",
                hint="daemon.timeout in the settings raises the limit",
            ) from None
        except (requests.exceptions.RequestException, OSError, ValueError) as error:
            raise SourceUnavailable(
                "the connection to the Docker daemon broke", where=where, found=_reason(error)
            ) from None


def socket_answers(access: DaemonAccess) -> bool:
    """Say whether a daemon may be there: its socket is listened on, or the user named a host.

    A socket that may not be used counts: what a bare name means is then not known.
    """
    return not isinstance(_hindrance(_host(access), access.timeout), _NOBODY)


@contextmanager
def connect(access: DaemonAccess) -> Iterator[Daemon]:
    """Connect to the daemon. Raises SourceUnavailable where there is none, or no permission."""
    import docker
    import requests
    from docker.errors import DockerException

    host = _host(access)
    hindrance = _hindrance(host, access.timeout)
    if isinstance(hindrance, _NOBODY):
        is_there = isinstance(hindrance, ConnectionRefusedError)
        raise SourceUnavailable(
            "no Docker daemon is running",
            where=host,
            found="a socket that nobody listens on" if is_there else "no such socket",
            hint="start it, or name its address in DOCKER_HOST or daemon.host",
        )
    if isinstance(hindrance, PermissionError):
        raise SourceUnavailable(
            "no permission to speak to the Docker daemon",
            where=host,
            hint="join the group that owns the socket, or run as a user who may",
        )
    try:
        if hindrance is not None:
            raise hindrance
        environment = {**os.environ, "DOCKER_HOST": host}
        client = docker.DockerClient.from_env(
            version="auto", timeout=max(1, round(access.timeout)), environment=environment
        ).api
    except (DockerException, requests.exceptions.RequestException, OSError, ValueError) as error:
        raise SourceUnavailable(
            "the Docker daemon does not answer",
            where=host,
            found=_reason(error),
            hint="is it running, and is this its address?",
        ) from None
    try:
        yield Daemon(client, host, access.timeout)
    finally:
        client.close()


def _hindrance(host: str, timeout: float) -> OSError | None:
    """Return what hinders connecting to the socket ``host``; None for any other address."""
    if not host.startswith("unix://"):
        return None
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(timeout)
        try:
            probe.connect(host.removeprefix("unix://"))
        except OSError as error:
            return error
    return None


def _host(access: DaemonAccess) -> str:
    return access.host or os.environ.get("DOCKER_HOST") or f"unix://{_DEFAULT_SOCKET}"


def image_of(read: FieldReader, inspected: JsonObject, history: list[JsonObject]) -> Image | None:
    """Return the image by ``docker image inspect`` and the history, the newest step first.

    None where these do not tell which steps made layers, or name no configuration.
    """
    layers = tuple(read.texts(read.optional_object(inspected, "RootFS", ()), "Layers", ("RootFS",)))
    steps = _steps(read, history, layers)
    # With containerd's image store the ID is that of the manifest, not of the configuration.
    target = read.optional_object(inspected, "Descriptor", ()).get("digest")
    if steps is None or target == inspected.get("Id"):
        return None
    config = configuration(read, read.optional_object(inspected, "Config", ()), ("Config",))
    return Image(
        id=read.text(inspected, "Id", ()),
        platform=Platform(
            os=read.text(inspected, "Os", ()),
            architecture=read.text(inspected, "Architecture", ()),
            variant=read.optional_text(inspected, "Variant", ()),
        ),
        created=instant(read, inspected, "Created", ()),
        author=read.optional_text(inspected, "Author", ()) or "",
        config=config,
        history=with_layers(steps, layers, f"{read.where}: history"),
        layers=layers,
        user=user_of(str(config.get("User", "")), passwd=None, group=None),
    )


def _steps(
    read: FieldReader, history: list[JsonObject], layers: tuple[str, ...]
) -> list[tuple[Instant | None, str, str, bool]] | None:
    """Return the history, the oldest first, or None where layers cannot be told from it."""
    entries = []
    for index, step in reversed(list(enumerate(history))):
        path = ("history", index)
        created = read.optional_integer(step, "Created", path)
        command = read.optional_text(step, "CreatedBy", path) or ""
        comment = read.optional_text(step, "Comment", path) or ""
        size = read.optional_integer(step, "Size", path) or 0
        entries.append((created, command, comment, size))
    filled = [size > 0 for *_, size in entries]
    if sum(filled) != len(layers):
        told = [full or _makes_layer(step[1]) for full, step in zip(filled, entries, strict=True)]
        if None in told or sum(map(bool, told)) != len(layers):
            return None
        filled = list(map(bool, told))
    # The API gives 0 both for no time and for the epoch itself.
    steps: list[tuple[Instant | None, str, str, bool]] = []
    for (created, command, comment, _), full in zip(entries, filled, strict=True):
        if created is None or created <= 0:
            return None
        steps.append((Instant(created * _SECOND), command, comment, not full))
    return steps


def _makes_layer(command: str) -> bool | None:
    if command.startswith(_NOP):
        instruction = command.removeprefix(_NOP).strip().partition(" ")[0]
        return instruction in {"COPY", "ADD"} or (None if instruction == "WORKDIR" else False)
    if command.startswith(_NO_LAYER):
        return False
    return True if command.startswith(_LAYER) else None


def _reason(error: Exception) -> str:
    """Return what the daemon said, or the innermost reason: the libraries wrap it several times."""
    from docker.errors import APIError

    cause: BaseException = error
    said: object = None
    while True:
        said = said or (cause.explanation if isinstance(cause, APIError) else None)
        inner = cause.__cause__ or cause.__context__
        if inner is None:
            break
        cause = inner
    told = said or (cause.strerror if isinstance(cause, OSError) else None) or cause
    return " ".join(str(told).split()) or repr(error)

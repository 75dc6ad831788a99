"""Images of a Docker daemon, over its API.

``inspect`` and ``history`` give the configuration without a layer being sent. The API leaves two
things open. It gives history times in whole seconds, as everything here does. It does not say
which steps made a layer: that follows from the sizes where as many steps have one as there are
layers, and else from what builders write; where neither tells, the image is read from ``save``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policyengine.collect.image.configuration import configuration, instant, with_layers
from policyengine.collect.image.user import user_of
from policyengine.errors import SourceUnavailable
from policyengine.model.access import DaemonAccess
from policyengine.model.image import Image
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_value import JsonObject
from policyengine.model.platform import Platform

if TYPE_CHECKING:
    from docker.api.client import APIClient

_DEFAULT_SOCKET = "/var/run/docker.sock"
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
        from docker.errors import ImageNotFound, NotFound

        try:
            with self._failures(name):
                self._client.inspect_image(name)
        except (ImageNotFound, NotFound):
            return False
        return True

    def read(self, name: str) -> DaemonImage:
        """Return what the daemon knows of image ``name``. Raises SourceUnavailable."""
        from docker.errors import ImageNotFound, NotFound

        try:
            with self._failures(name):
                inspected: JsonObject = self._client.inspect_image(name)
                history: list[Any] = self._client.history(str(inspected.get("Id", name)))
        except (ImageNotFound, NotFound):
            raise SourceUnavailable(
                "the Docker daemon has no such image",
                where=name,
                hint="docker pull it, or name its registry with registry:",
            ) from None
        where = f"{self._host}: {name}"
        read = FieldReader(where)
        return DaemonImage(
            image=_image(read, inspected, history),
            inspected=inspected,
            raw=json.dumps(inspected, sort_keys=True).encode(),
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
        with self._failures(name):
            yield from self._client.get_image(name, chunk_size=1024 * 1024)

    @contextmanager
    def _failures(self, name: str) -> Iterator[None]:
        import requests
        from docker.errors import APIError, ImageNotFound, NotFound

        where = f"{self._host}: {name}"
        try:
            yield
        except (ImageNotFound, NotFound):
            raise
        except APIError as error:
            raise SourceUnavailable(
                "the Docker daemon refused", where=where, found=str(error.explanation or error)
            ) from None
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
    """Say whether a daemon may be there: its socket exists, or the user named a host."""
    host = _host(access)
    return not host.startswith("unix://") or os.path.exists(host.removeprefix("unix://"))  # noqa: PTH110


@contextmanager
def connect(access: DaemonAccess) -> Iterator[Daemon]:
    """Connect to the daemon. Raises SourceUnavailable where there is none, or no permission."""
    import docker
    import requests
    from docker.errors import DockerException

    host = _host(access)
    path = host.removeprefix("unix://")
    if host.startswith("unix://") and not os.path.exists(path):  # noqa: PTH110
        raise SourceUnavailable(
            "no Docker daemon is running",
            where=host,
            found="no such socket",
            hint="start it, or name its address in DOCKER_HOST or daemon.host",
        )
    if host.startswith("unix://") and not os.access(path, os.R_OK | os.W_OK):
        raise SourceUnavailable(
            "no permission to speak to the Docker daemon",
            where=host,
            hint="join the group that owns the socket, or run as a user who may",
        )
    try:
        environment = {**os.environ, "DOCKER_HOST": host}
        client = docker.DockerClient.from_env(
            version="auto", timeout=max(1, round(access.timeout)), environment=environment
        ).api
    except (DockerException, requests.exceptions.RequestException, OSError) as error:
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


def _host(access: DaemonAccess) -> str:
    return access.host or os.environ.get("DOCKER_HOST") or f"unix://{_DEFAULT_SOCKET}"


def _image(read: FieldReader, inspected: JsonObject, history: list[Any]) -> Image | None:
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
    read: FieldReader, history: list[Any], layers: tuple[str, ...]
) -> list[tuple[Instant | None, str, str, bool]] | None:
    """Return the history, the oldest first, or None where layers cannot be told from it."""
    entries = []
    for index, item in enumerate(reversed(history)):
        step: JsonObject = read.root(item)
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
    """Return the innermost reason: the libraries wrap it several times."""
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or repr(error)

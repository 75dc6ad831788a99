"""A daemon that is down, shut, slow or broken: one line that says which, and no wrong image."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policyengine.collect.image.daemon import Daemon, socket_answers
from policyengine.errors import EvidenceError, IntegrityError, SourceUnavailable
from policyengine.model.access import DaemonAccess
from policyengine.model.image import Transport
from tests.docker_daemon import (
    VERSION,
    Answer,
    Client,
    answers_for,
    docker_daemon,
    inspected,
    past,
    refusal,
)
from tests.image_files import BuiltImage, tar, to_json
from tests.unit.collect.image.conftest import Read

BUILT = BuiltImage(config={"User": "1000", "Env": ["A=b"], "Labels": {"k": "v"}})
NAME = "docker-daemon:registry.example/team/app:1.4"


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose path is short enough for a socket in it."""
    return tmp_path_factory.mktemp("d")


def test_a_daemon_gives_the_same_image_as_its_archive(read: Read, folder: Path) -> None:
    (folder / "image.tar").write_bytes(tar(BUILT.docker_files()))
    with docker_daemon(folder, answers_for(BUILT)) as host:
        found = read(NAME, daemon=host)
        with_layers = read(NAME, daemon=host, layers=True)
    assert found.image == read(f"{folder}/image.tar").image
    assert found.docker_inspect == inspected(BUILT)
    assert with_layers.image == found.image
    assert (found.subject.transport, found.subject.tag) == (Transport.DOCKER_DAEMON, "1.4")
    assert found.subject.origin == host


def test_a_history_that_does_not_tell_the_layers_is_read_from_the_archive(
    read: Read, folder: Path
) -> None:
    answers = {**answers_for(BUILT), "/history": Answer(body=b"[]")}
    (folder / "image.tar").write_bytes(tar(BUILT.docker_files()))
    with docker_daemon(folder, answers) as host:
        found = read(NAME, daemon=host)
    assert found.image == read(f"{folder}/image.tar").image
    assert found.subject.transport is Transport.DOCKER_DAEMON


VERSION_LENGTH = len(to_json(VERSION))
HTML = Answer(body=b"<html>Bad gateway</html>")
BROKEN: list[tuple[str, dict[str, Answer], str]] = [
    ("version: 500", {"/version": refusal(500, "out of disk")}, "out of disk"),
    ("version: HTML", {"/version": HTML}, "does not answer"),
    ("version: not HTTP", {"/version": Answer(raw=b"SSH-2.0-OpenSSH\r\n")}, "does not answer"),
    ("version: nothing", {"/version": Answer(raw=b"")}, "does not answer"),
    ("version: stalls", {"/version": Answer(stalls=True)}, "does not answer"),
    ("version: a list", {"/version": Answer(body=b"[]")}, "does not answer"),
    ("version: no version", {"/version": Answer(body=b"{}")}, "does not answer"),
    ("version: old", {"/version": Answer(body=b'{"ApiVersion": "1.3"}')}, "does not answer"),
    ("inspect: not there", {"/json": refusal(404, "No such image")}, "has no such image"),
    ("inspect: 500", {"/json": refusal(500, "layer db is shut")}, "layer db is shut"),
    ("inspect: 403", {"/json": refusal(403, "authorization denied")}, "authorization denied"),
    ("inspect: 500 in HTML", {"/json": Answer(status=500, body=b"<h1>no</h1>")}, "refused"),
    ("inspect: a line break", {"/json": refusal(500, "one\ntwo")}, "one"),
    ("inspect: HTML", {"/json": HTML}, "the connection to the Docker daemon broke"),
    ("inspect: not UTF-8", {"/json": Answer(body=b'{"Id": "\xff"}')}, "expected a digest"),
    ("inspect: not HTTP", {"/json": Answer(raw=b"garbage\r\n\r\n")}, "broke"),
    ("inspect: nothing", {"/json": Answer(raw=b"")}, "broke"),
    ("inspect: cut", {"/json": Answer(body=b'{"Id": "sha', length=500)}, "broke"),
    ("inspect: stalls", {"/json": Answer(stalls=True)}, "an answer within 1 seconds"),
    ("inspect: a list", {"/json": Answer(body=b"[]")}, "expected an object"),
    ("inspect: null", {"/json": Answer(body=b"null")}, "expected an object"),
    ("inspect: empty", {"/json": Answer(body=b"{}")}, "/Id"),
    ("inspect: deep", {"/json": Answer(body=b'{"a":' * 10_000)}, ""),
    ("inspect: deep, whole", {"/json": Answer(body=b"[" * 10_000 + b"]" * 10_000)}, ""),
    ("history: 500", {"/history": refusal(500, "no history")}, "no history"),
    ("history: HTML", {"/history": HTML}, "broke"),
    ("history: an object", {"/history": Answer(body=b"{}")}, "history"),
    ("history: null", {"/history": Answer(body=b"null")}, "history"),
    ("history: numbers", {"/history": Answer(body=b"[1]")}, "history"),
    ("history: stalls", {"/history": Answer(stalls=True)}, "an answer within 1 seconds"),
]
SAVE: list[tuple[str, Answer, str]] = [
    ("500", refusal(500, "cannot read layer"), "cannot read layer"),
    ("404", refusal(404, "No such image"), "has no such image"),
    ("cut", Answer(body=tar(BUILT.docker_files())[:2000], length=20480), "broke"),
    ("short", Answer(body=tar(BUILT.docker_files())[:2000]), "not a whole tar"),
    ("no tar", HTML, "not a tar archive"),
    ("nothing", Answer(), "is empty"),
    ("stalls", Answer(stalls=True), "an answer within 1 seconds"),
]


@pytest.mark.parametrize(
    ("answers", "message"), [pytest.param(*row[1:], id=row[0]) for row in BROKEN]
)
def test_a_broken_daemon_is_one_line(
    read: Read, folder: Path, answers: dict[str, Answer], message: str
) -> None:
    with (
        docker_daemon(folder, {**answers_for(BUILT), **answers}) as host,
        pytest.raises(EvidenceError) as caught,
    ):
        read(NAME, daemon=host, timeout=1)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("answer", "message"), [pytest.param(*row[1:], id=row[0]) for row in SAVE])
def test_a_broken_archive_of_a_daemon_is_one_line(
    read: Read, folder: Path, answer: Answer, message: str
) -> None:
    with (
        docker_daemon(folder, {**answers_for(BUILT), "/get": answer}) as host,
        pytest.raises(EvidenceError) as caught,
    ):
        read(NAME, daemon=host, timeout=1, layers=True)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_archive_of_another_image_is_refused(read: Read, folder: Path) -> None:
    other = BuiltImage(config={"User": "root"})
    answers = {**answers_for(BUILT), "/get": Answer(body=tar(other.docker_files()))}
    with (
        docker_daemon(folder, answers) as host,
        pytest.raises(IntegrityError, match="sent another image than it described"),
    ):
        read(NAME, daemon=host, layers=True)


def shut_socket(folder: Path) -> str:
    """Leave behind a socket that nobody listens on."""
    path = folder / "shut.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    return f"unix://{path}"


@pytest.mark.parametrize(
    ("host", "message"),
    [
        (lambda folder: f"unix://{folder}/none.sock", "no Docker daemon is running"),
        (shut_socket, "found a socket that nobody listens on"),
        (lambda folder: f"unix://{folder}", "no Docker daemon is running"),
        (lambda folder: f"unix://{folder}/{'x' * 200}", "path too long"),
        (lambda _: "unix://", "does not answer"),
        (lambda _: "tcp://127.0.0.1:1", "Connection refused"),
        (lambda _: "tcp://", "does not answer"),
        (lambda _: "tcp://[::1", "does not answer"),
        (lambda _: "tcp://127.0.0.1:port", "does not answer"),
        (lambda _: "ftp://127.0.0.1", "does not answer"),
        (lambda _: "ssh://nobody@127.0.0.1:1", "does not answer"),
        (lambda _: "garbage", "does not answer"),
        (lambda _: "npipe:////./pipe/docker_engine", "does not answer"),
    ],
)
def test_an_address_without_a_daemon_is_one_line(
    read: Read, folder: Path, host: Callable[[Path], str], message: str
) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        read(NAME, daemon=host(folder), timeout=1)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_socket_that_may_not_be_used_is_one_line(
    read: Read, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        # The tests may run as root, whom the kernel refuses nothing.
        raise PermissionError(13, "Permission denied")

    with docker_daemon(folder, answers_for(BUILT)) as host, monkeypatch.context() as patched:
        patched.setattr(socket.socket, "connect", refuse)
        for name in (NAME, "registry.example/team/app:1.4"):
            with pytest.raises(SourceUnavailable, match="no permission to speak to the Docker"):
                read(name, daemon=host)


def test_a_bare_name_is_not_asked_of_a_socket_that_nobody_listens_on(folder: Path) -> None:
    assert not socket_answers(DaemonAccess(host=shut_socket(folder)))
    assert not socket_answers(DaemonAccess(host=f"unix://{folder}/none.sock"))
    with docker_daemon(folder, answers_for(BUILT)) as host:
        assert socket_answers(DaemonAccess(host=host))


def test_a_bare_name_is_the_daemons_image_or_an_error_but_not_another(
    read: Read, folder: Path
) -> None:
    name = NAME.removeprefix("docker-daemon:")
    with docker_daemon(folder, answers_for(BUILT)) as host:
        assert read(name, daemon=host).subject.transport is Transport.DOCKER_DAEMON
    answers = {**answers_for(BUILT), "/json": refusal(500, "layer db is shut")}
    with (
        docker_daemon(folder, answers) as host,
        pytest.raises(SourceUnavailable, match="layer db is shut"),
    ):
        read(name, daemon=host)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], by: object) -> Any:
    if not path:
        return by
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], by)
    return copy


@pytest.mark.parametrize("by", [None, 7, -1, 2**70, 1.5, True, "", "x", "\ud800", [], [None], {}])
def test_any_value_at_any_place_is_read_or_refused(by: object) -> None:
    document, history = inspected(BUILT), past(BUILT)
    answers = [(replaced(document, path, by), history) for path in places(document)]
    answers += [(document, replaced(history, path, by)) for path in places(history)]
    told: list[str] = []
    for answer in answers:
        client: Any = Client(*answer)
        try:
            Daemon(client, "unix:///docker.sock", 1).read("app")
        except EvidenceError as error:
            told.append(str(error))
    assert told
    assert not any("\n" in message for message in told)

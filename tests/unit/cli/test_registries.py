"""Registries and daemons that fail, as the command tells them: one line, code 3, no file."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme

from tests.docker_daemon import Answer, answers_for, docker_daemon, refusal
from tests.image_files import digest
from tests.unit.cli.conftest import IMAGE, Command, Done, assert_refused
from tests.unit.collect.image.registry.scripted_server import (
    MANIFEST_PATH,
    Reply,
    RunningServer,
    ScriptedServer,
    manifest_reply,
)

MANIFEST = manifest_reply(IMAGE.manifest())
CONFIG = IMAGE.configuration()
CONFIG_PATH = f"/v2/team/app/blobs/{digest(CONFIG)}"
HTML = (("Content-Type", "text/html"),)
SETTINGS = "[registry]\nretries = 0\ntimeout = 1\n[daemon]\ntimeout = 1\n"


@pytest.fixture
def registry(folder: Path) -> Iterator[ScriptedServer]:
    """A registry that speaks plain HTTP and has the image ``team/app:1``."""
    (folder / "policyengine.toml").write_text(SETTINGS)
    with RunningServer(None) as server:
        server.on(MANIFEST_PATH, MANIFEST)
        server.on(CONFIG_PATH, Reply(body=CONFIG))
        yield server


def collect(command: Command, registry: ScriptedServer, *options: str) -> Done:
    return command("collect", f"registry:{registry.host}/team/app:1", "-o", "out.json", *options)


def test_the_image_of_a_registry_is_collected(
    command: Command, registry: ScriptedServer, folder: Path
) -> None:
    done = collect(command, registry, "--insecure-registry", registry.host)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert digest(CONFIG) in (folder / "out.json").read_text()


ANSWERS: list[tuple[str, str, Reply, str]] = [
    ("401", MANIFEST_PATH, Reply(status=401), "401"),
    ("403", MANIFEST_PATH, Reply(status=403), "does not allow"),
    ("404", MANIFEST_PATH, Reply(status=404), "has no manifest"),
    ("429", MANIFEST_PATH, Reply(status=429), "429"),
    ("500", MANIFEST_PATH, Reply(status=500), "500"),
    ("503", MANIFEST_PATH, Reply(status=503), "503"),
    (
        "a web page",
        MANIFEST_PATH,
        Reply(headers=HTML, body=b"<html>"),
        "did not answer with an image manifest",
    ),
    ("no JSON", MANIFEST_PATH, manifest_reply(b"hello"), "is not valid JSON"),
    ("empty", MANIFEST_PATH, manifest_reply(b""), "is empty"),
    (
        "schema 1",
        MANIFEST_PATH,
        manifest_reply(b'{"schemaVersion": 1, "fsLayers": []}'),
        "is an image in Docker's manifest schema 1",
    ),
    (
        "the same key twice",
        MANIFEST_PATH,
        manifest_reply(b'{"schemaVersion": 2, "schemaVersion": 2}'),
        "has the key 'schemaVersion' twice",
    ),
    ("deep", MANIFEST_PATH, manifest_reply(b"[" * 10_000 + b"]" * 10_000), "is nested too deep"),
    ("a cut manifest", MANIFEST_PATH, Reply(body=b'{"sch', claimed=900, cut=True), "cut"),
    (
        "a loop",
        MANIFEST_PATH,
        Reply(status=307, headers=(("Location", MANIFEST_PATH),)),
        "redirect",
    ),
    ("no blob", CONFIG_PATH, Reply(status=404), "has no blob"),
    ("a cut blob", CONFIG_PATH, Reply(body=CONFIG[:40], claimed=len(CONFIG), cut=True), "cut"),
    ("another blob", CONFIG_PATH, Reply(body=CONFIG.replace(b"1000", b"0000")), "digest"),
    ("a longer blob", CONFIG_PATH, Reply(body=CONFIG + b" "), "bytes"),
]


@pytest.mark.parametrize(
    ("path", "reply", "message"), [pytest.param(*row[1:], id=row[0]) for row in ANSWERS]
)
def test_what_a_registry_does_not_give_is_one_line_and_code_3(
    command: Command, registry: ScriptedServer, folder: Path, path: str, reply: Reply, message: str
) -> None:
    registry.on(path, reply)
    done = collect(command, registry, "--insecure-registry", registry.host)
    assert_refused(done, folder, message)
    assert registry.host in done.err


def test_plain_http_is_not_spoken_unasked(
    command: Command, registry: ScriptedServer, folder: Path
) -> None:
    assert_refused(collect(command, registry), folder, "--insecure-registry")
    assert registry.seen == []


def test_a_registry_of_an_unknown_authority_is_one_line(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (folder / "policyengine.toml").write_text(SETTINGS)
    with RunningServer(context) as server:
        server.on(MANIFEST_PATH, MANIFEST)
        server.on(CONFIG_PATH, Reply(body=CONFIG))
        assert_refused(collect(command, server), folder, "certificate")
        done = collect(command, server, "--registry-ca", f"{tmp_path}/ca.pem")
        assert done.code == 0, done.err


def test_a_registry_that_says_nothing_is_left_after_the_time_out(
    command: Command, folder: Path
) -> None:
    (folder / "policyengine.toml").write_text(SETTINGS)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        done = command(
            *("collect", f"registry:{host}/team/app:1", "--insecure-registry", host),
            *("-o", "out.json"),
        )
    assert_refused(done, folder, "1 second")


@pytest.mark.parametrize("name", ["127.0.0.1:1/team/app:1", "registry.invalid/team/app:1"])
def test_a_registry_that_is_not_there_is_one_line(
    command: Command, folder: Path, name: str
) -> None:
    (folder / "policyengine.toml").write_text(SETTINGS)
    done = command("collect", f"registry:{name}", "-o", "out.json")
    assert_refused(done, folder, name.partition("/")[0])


DAEMON: list[tuple[str, dict[str, Answer], str]] = [
    ("500", {"/json": refusal(500, "layer db is shut")}, "layer db is shut"),
    ("no such image", {"/json": refusal(404, "No such image")}, "has no such image"),
    ("garbage", {"/json": Answer(body=b"<html>")}, "the connection to the Docker daemon broke"),
    ("cut", {"/json": Answer(body=b'{"Id"', length=900)}, "broke"),
    ("slow", {"/json": Answer(stalls=True)}, "an answer within 1 seconds"),
    ("no daemon", {"/version": Answer(body=b"<html>")}, "does not answer"),
]


@pytest.mark.parametrize(
    ("answers", "message"), [pytest.param(*row[1:], id=row[0]) for row in DAEMON]
)
def test_a_daemon_that_fails_is_one_line_and_code_3(
    command: Command,
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    answers: dict[str, Answer],
    message: str,
) -> None:
    (folder / "policyengine.toml").write_text(SETTINGS)
    with docker_daemon(tmp_path_factory.mktemp("d"), {**answers_for(IMAGE), **answers}) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        done = command("collect", "docker-daemon:team/app:1", "-o", "out.json")
    assert_refused(done, folder, message)


def test_a_daemon_and_an_archive_tell_the_same_through_the_command(
    command: Command,
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del folder
    with ExitStack() as stack:
        running = docker_daemon(tmp_path_factory.mktemp("d"), answers_for(IMAGE))
        monkeypatch.setenv("DOCKER_HOST", stack.enter_context(running))
        bare = command("collect", "registry.example/team/app:1.4")
        named = command("collect", "docker-daemon:registry.example/team/app:1.4")
    archive = command("collect", "image.tar")
    sections = [json.loads(done.out)["image"] for done in (bare, named, archive)]
    assert sections[0] == sections[1] == sections[2]
    assert json.loads(bare.out)["subject"]["transport"] == "docker-daemon"

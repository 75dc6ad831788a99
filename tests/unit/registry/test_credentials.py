"""Logins from Docker's configuration file and from credential helpers."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from policyengine.errors import PolicyEngineError, SettingsError, SourceUnavailable
from policyengine.model.access import RegistryAccess
from policyengine.registry.credentials import Credentials, CredentialStore

SECRET = "hunter2"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def store(folder: Path, config: object) -> CredentialStore:
    text = config if isinstance(config, str) else json.dumps(config)
    (folder / "config.json").write_text(text)
    return CredentialStore(RegistryAccess(docker_config=folder, timeout=20.0))


def login(found: Credentials | None) -> tuple[str, str, str, str] | None:
    if found is None:
        return None
    return found.username, found.password, found.identity_token, found.registry_token


ANN = {"auth": encoded("ann:hunter2")}
BOB = {"auth": encoded("bob:other")}


@pytest.mark.parametrize(
    ("auths", "host", "expected"),
    [
        pytest.param({"reg.example": ANN}, "reg.example", ("ann", SECRET, "", ""), id="host"),
        pytest.param({"reg.example": ANN}, "other.example", None, id="another host"),
        pytest.param({"reg.example": ANN}, "reg.example:5000", None, id="another port"),
        pytest.param({"reg.example": ANN}, "sub.reg.example", None, id="a host below it"),
        pytest.param({"example": ANN}, "reg.example", None, id="a host above it"),
        pytest.param(
            {"reg.example:5000": ANN}, "reg.example:5000", ("ann", SECRET, "", ""), id="port"
        ),
        pytest.param(
            {"https://reg.example/v1/": ANN}, "reg.example", ("ann", SECRET, "", ""), id="url"
        ),
        pytest.param(
            {"https://reg.example/v1/": BOB, "reg.example": ANN},
            "reg.example",
            ("ann", SECRET, "", ""),
            id="the plain host wins over a url",
        ),
        pytest.param(
            {"https://index.docker.io/v1/": ANN},
            "docker.io",
            ("ann", SECRET, "", ""),
            id="docker hub",
        ),
        pytest.param(
            {"registry-1.docker.io": ANN}, "docker.io", ("ann", SECRET, "", ""), id="hub's server"
        ),
        pytest.param({"reg.example": {}}, "reg.example", None, id="empty entry"),
        pytest.param(
            {"reg.example": {"username": "ann", "password": SECRET}},
            "reg.example",
            ("ann", SECRET, "", ""),
            id="plain fields",
        ),
        pytest.param(
            {"reg.example": {"auth": encoded("ann:a:b:c")}},
            "reg.example",
            ("ann", "a:b:c", "", ""),
            id="colons in the password",
        ),
        pytest.param(
            {"reg.example": {"auth": encoded("ann:hunter2\0\0")}},
            "reg.example",
            ("ann", SECRET, "", ""),
            id="padding of old clients",
        ),
        pytest.param(
            {"reg.example": {"auth": encoded("jürgen:pässword")}},
            "reg.example",
            ("jürgen", "pässword", "", ""),
            id="not ascii",
        ),
        pytest.param(
            {"reg.example": {"auth": encoded("00000000-0000:"), "identitytoken": "refresh"}},
            "reg.example",
            ("00000000-0000", "", "refresh", ""),
            id="identity token",
        ),
        pytest.param(
            {"reg.example": {"registrytoken": "bearer"}},
            "reg.example",
            ("", "", "", "bearer"),
            id="registry token",
        ),
    ],
)
def test_a_login_is_found_by_its_host(
    tmp_path: Path, auths: object, host: str, expected: tuple[str, str, str, str] | None
) -> None:
    assert login(store(tmp_path, {"auths": auths}).find(host)) == expected


def test_no_file_means_no_login(tmp_path: Path) -> None:
    missing = CredentialStore(RegistryAccess(docker_config=tmp_path / "nowhere"))
    assert missing.find("reg.example") is None


def test_the_folder_is_named_by_docker_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"reg.example": ANN}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    found = CredentialStore(RegistryAccess()).find("reg.example")
    assert found is not None
    assert found.found_in == str(tmp_path / "config.json")


def test_without_docker_config_the_folder_is_in_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert CredentialStore(RegistryAccess()).path == tmp_path / ".docker" / "config.json"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        pytest.param("", "expected a JSON object", id="empty file"),
        pytest.param('{"auths": {"reg.example": {"auth": "hunter2', "expected a JSON object",
                     id="truncated"),
        pytest.param("[]", "expected a JSON object", id="array"),
        pytest.param({"auths": ["hunter2"]}, "auths: .*found an array", id="auths is an array"),
        pytest.param({"auths": {"reg.example": SECRET}}, r'auths\["reg.example"\]: .*found a text',
                     id="entry is a text"),
        pytest.param({"auths": {"reg.example": {"auth": 2}}}, r"\.auth: .*found a number",
                     id="auth is a number"),
        pytest.param({"auths": {"reg.example": {"auth": "hunter2!"}}}, "expected base64",
                     id="auth is not base64"),
        pytest.param({"auths": {"reg.example": {"auth": encoded("hunter2")}}}, "expected base64",
                     id="auth without a colon"),
        pytest.param({"auths": {"reg.example": {"auth": "/////w=="}}}, "expected base64",
                     id="auth is not UTF-8"),
        pytest.param({"auths": {"reg.example": {"identitytoken": ["hunter2"]}}},
                     r"\.identitytoken: .*found an array", id="identity token is an array"),
        pytest.param({"credsStore": "../../tmp/hunter"}, "credsStore: .*expected the NAME",
                     id="helper with a path"),
        pytest.param({"credsStore": "/bin/sh"}, "credsStore: .*expected the NAME",
                     id="helper with an absolute path"),
        pytest.param({"credsStore": "a b; c"}, "credsStore: .*expected the NAME",
                     id="helper with a command line"),
        pytest.param({"credsStore": "x\n"}, "credsStore: .*expected the NAME",
                     id="helper with a line break"),
        pytest.param({"credHelpers": {"reg.example": 7}}, "credHelpers.*found a number",
                     id="helper is a number"),
        pytest.param({"credHelpers": "x"}, "credHelpers: .*found a text", id="helpers is a text"),
    ],
)  # fmt: skip
def test_a_wrong_configuration_is_named_without_its_secrets(
    tmp_path: Path, config: object, message: str
) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        store(tmp_path, config).find("reg.example")
    assert str(tmp_path / "config.json") in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_configuration_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").mkdir()
    with pytest.raises(SettingsError, match=r"config\.json: .*Is a directory"):
        CredentialStore(RegistryAccess(docker_config=tmp_path)).find("reg.example")


def test_the_secrets_of_a_login_are_not_in_its_repr() -> None:
    found = Credentials(
        found_in="file", username="u", password=SECRET, identity_token=SECRET, registry_token=SECRET
    )
    assert SECRET not in repr(found)


@pytest.fixture
def helpers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the PATH for credential helpers."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder


def write_helper(folder: Path, name: str, script: str) -> None:
    program = folder / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def answer(username: str, secret: str) -> str:
    text = json.dumps({"ServerURL": "x", "Username": username, "Secret": secret})
    return f"echo '{text}'"


@pytest.mark.parametrize(
    ("config", "host", "expected"),
    [
        pytest.param({"credsStore": "all"}, "reg.example", "all:reg.example", id="store"),
        pytest.param(
            {"credHelpers": {"reg.example": "one"}, "credsStore": "all"},
            "reg.example",
            "one:reg.example",
            id="the host's helper wins over the store",
        ),
        pytest.param(
            {"credHelpers": {"reg.example": "one"}, "credsStore": "all"},
            "other.example",
            "all:other.example",
            id="another host has the store",
        ),
        pytest.param(
            {"credsStore": "all", "auths": {"reg.example": ANN}},
            "reg.example",
            "all:reg.example",
            id="the store wins over the file",
        ),
        pytest.param(
            {"credHelpers": {"reg.example": "one"}, "auths": {"other.example": ANN}},
            "other.example",
            "ann:hunter2",
            id="a host without a helper has the file",
        ),
        pytest.param(
            {"credsStore": "all"}, "docker.io", "all:https://index.docker.io/v1/", id="docker hub"
        ),
        pytest.param(
            {"credHelpers": {"https://index.docker.io/v1/": "one"}},
            "docker.io",
            "one:https://index.docker.io/v1/",
            id="docker hub's own helper",
        ),
    ],
)
def test_a_helper_is_asked_for_the_server(
    tmp_path: Path, helpers: Path, config: object, host: str, expected: str
) -> None:
    for name in ("all", "one"):
        write_helper(
            helpers,
            name,
            f'read -r server\n[ "$1" = get ] && echo "{{\\"Username\\": \\"{name}\\",'
            ' \\"Secret\\": \\"$server\\"}"',
        )
    found = store(tmp_path, config).find(host)
    assert found is not None
    assert f"{found.username}:{found.password}" == expected


def test_the_user_token_means_an_identity_token(tmp_path: Path, helpers: Path) -> None:
    write_helper(helpers, "x", answer("<token>", "refresh"))
    found = store(tmp_path, {"credsStore": "x"}).find("reg.example")
    assert login(found) == ("", "", "refresh", "")


def test_a_helper_that_has_none_means_no_login(tmp_path: Path, helpers: Path) -> None:
    write_helper(helpers, "x", "echo credentials not found in native keychain; exit 1")
    assert (
        store(tmp_path, {"credsStore": "x", "auths": {"r.example": ANN}}).find("r.example") is None
    )


@pytest.mark.parametrize(
    ("script", "message"),
    [
        pytest.param(None, "docker-credential-x is not on the PATH", id="not installed"),
        pytest.param("echo hunter2; echo hunter2 >&2; exit 3", "failed .*found exit status 3",
                     id="fails"),
        pytest.param("kill -9 $$", "failed .*found exit status -9", id="is killed"),
        pytest.param("echo hunter2", "expected a JSON object", id="answers something else"),
        pytest.param("true", "expected a JSON object", id="answers nothing"),
        pytest.param("""echo '{"Username": "u", "Secret": ["hunter2"]}'""",
                     "expected a JSON object with the texts", id="secret is an array"),
    ],
)  # fmt: skip
def test_a_helper_that_fails_is_named_without_what_it_said(
    tmp_path: Path, helpers: Path, script: str | None, message: str
) -> None:
    if script is not None:
        write_helper(helpers, "x", script)
    with pytest.raises(SourceUnavailable, match=message) as caught:
        store(tmp_path, {"credsStore": "x"}).find("reg.example")
    assert SECRET not in str(caught.value)


def test_a_helper_that_hangs_is_ended(tmp_path: Path, helpers: Path) -> None:
    write_helper(helpers, "x", "exec sleep 600")
    (tmp_path / "config.json").write_text('{"credsStore": "x"}')
    hanging = CredentialStore(RegistryAccess(docker_config=tmp_path, timeout=0.2))
    with pytest.raises(SourceUnavailable, match=r"nothing within 0\.2 seconds"):
        hanging.find("reg.example")


def test_a_helper_that_is_no_program_is_named(tmp_path: Path, helpers: Path) -> None:
    program = helpers / "docker-credential-x"
    program.write_bytes(b"\x7fELF but not really")
    program.chmod(0o755)
    with pytest.raises(PolicyEngineError, match="cannot be run: Exec format error"):
        store(tmp_path, {"credsStore": "x"}).find("reg.example")

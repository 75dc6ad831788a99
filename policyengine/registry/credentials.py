"""Logins as ``docker login`` keeps them: ``config.json`` and the credential helpers it names.

The file and the protocol of the helpers are Docker's (docker/cli ``config/configfile``,
docker/docker-credential-helpers). As there, a helper configured for a host decides alone: the
file's own entries are then not looked at.

Values that may be secret are never part of a message, not even where they are malformed.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from policyengine.errors import PolicyEngineError, SettingsError, SourceUnavailable
from policyengine.model.access import RegistryAccess
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.reference import DOCKER_HUB

_DOCKER_HUB_KEY = "https://index.docker.io/v1/"
_CONFIG_BYTES = 4 * 1024 * 1024
# A helper is looked up as docker-credential-NAME: a name with a slash would run something else.
_HELPER_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_HELPER_HAS_NONE = "credentials not found in native keychain"
_IDENTITY_TOKEN_USER = "<token>"  # noqa: S105 - the helpers' protocol, no password


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """One login. An identity token is exchanged for access tokens; a registry token is one.

    ``found_in`` says where it was found, for messages. The secrets are not in the ``repr``.
    """

    found_in: str
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)


class CredentialStore:
    """Docker's ``config.json`` in ``access.docker_config``, ``$DOCKER_CONFIG`` or ``~/.docker``."""

    def __init__(self, access: RegistryAccess) -> None:
        folder = access.docker_config or os.environ.get("DOCKER_CONFIG")
        self.path = Path(folder or Path.home() / ".docker") / "config.json"
        self._timeout = access.timeout
        self._config: JsonObject | None = None

    def find(self, host: str) -> Credentials | None:
        """Return the login for ``host`` (as in a reference), None if there is none.

        Raises SettingsError for a file that is wrong, SourceUnavailable for a helper that fails.
        """
        if self._config is None:
            self._config = self._read()
        server = _DOCKER_HUB_KEY if host == DOCKER_HUB else host
        helper = self._helper(self._config, host)
        if helper is not None:
            return self._ask_helper(helper, server)
        auths = self._object(self._config, "auths")
        for key in _keys(host):
            if key in auths:
                return self._login(auths[key], key)
        return None

    def _read(self) -> JsonObject:
        try:
            with self.path.open("rb") as file:
                data = file.read(_CONFIG_BYTES + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SettingsError(
                f"Docker's configuration cannot be read: {error.strerror}", where=str(self.path)
            ) from None
        if len(data) > _CONFIG_BYTES:
            raise self._wrong("", f"more than {_CONFIG_BYTES} bytes", "a configuration file")
        return _json_object(
            data, self._wrong("", "something else", "a JSON object, as docker login writes it")
        )

    def _helper(self, config: JsonObject, host: str) -> str | None:
        helpers = self._object(config, "credHelpers")
        name, place = config.get("credsStore"), "credsStore"
        for key in _keys(host):
            if key in helpers:
                name, place = helpers[key], f'credHelpers["{host}"]'
                break
        if name is None or name == "":
            return None
        if not isinstance(name, str) or _HELPER_NAME.fullmatch(name) is None:
            raise self._wrong(
                place,
                repr(name[:80]) if isinstance(name, str) else _kind(name),
                "the NAME of a program docker-credential-NAME: letters, digits, '_', '.', '-'",
            )
        return f"docker-credential-{name}"

    def _ask_helper(self, program: str, server: str) -> Credentials | None:
        hint = f"try: echo {server} | {program} get"
        path = shutil.which(program)
        if path is None:
            raise SourceUnavailable(
                f"the credential helper {program} is not on the PATH",
                where=str(self.path),
                hint="install it, or take it out of the file",
            )
        try:
            done = subprocess.run(  # noqa: S603 - the user's own configuration names the program
                [path, "get"],
                input=server.encode(),
                capture_output=True,
                timeout=self._timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SourceUnavailable(
                f"the credential helper {program} gave no answer for {server}",
                found=f"nothing within {self._timeout:g} seconds",
                hint=hint,
            ) from None
        except OSError as error:
            raise SourceUnavailable(
                f"the credential helper {program} cannot be run: {error.strerror}", where=path
            ) from None
        if done.returncode != 0:
            if _HELPER_HAS_NONE.encode() in done.stdout:
                return None
            raise SourceUnavailable(
                f"the credential helper {program} failed for {server}",
                found=f"exit status {done.returncode}",
                hint=hint,
            )
        wrong = SourceUnavailable(
            f"the credential helper {program} gave no credentials for {server}",
            found="something else",
            expected='a JSON object with the texts "Username" and "Secret"',
            hint=hint,
        )
        answer = _json_object(done.stdout, wrong)
        username, secret = answer.get("Username", ""), answer.get("Secret", "")
        if not isinstance(username, str) or not isinstance(secret, str):
            raise wrong
        if username == _IDENTITY_TOKEN_USER:
            return Credentials(found_in=program, identity_token=secret)
        return Credentials(found_in=program, username=username, password=secret)

    def _login(self, entry: JsonValue, key: str) -> Credentials | None:
        place = f'auths["{key}"]'
        if not isinstance(entry, dict):
            raise self._wrong(place, _kind(entry), "a JSON object")
        texts = {
            name: self._text(entry, name, place)
            for name in ("username", "password", "auth", "identitytoken", "registrytoken")
        }
        username, password = texts["username"], texts["password"]
        if texts["auth"]:
            username, password = self._decode(texts["auth"], place)
        found = Credentials(
            found_in=str(self.path),
            username=username,
            password=password,
            identity_token=texts["identitytoken"],
            registry_token=texts["registrytoken"],
        )
        return None if found == Credentials(found_in=found.found_in) else found

    def _decode(self, auth: str, place: str) -> tuple[str, str]:
        try:
            pair = base64.b64decode(auth, validate=True).decode()
        except (binascii.Error, ValueError):
            pair = ""
        username, colon, password = pair.partition(":")
        if not colon:
            raise self._wrong(f"{place}.auth", "something else", "base64 of user:password")
        return username, password.strip("\0")  # old clients pad with NUL, and Docker strips it

    def _object(self, config: JsonObject, name: str) -> JsonObject:
        value = config.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._wrong(name, _kind(value), "a JSON object")
        return value

    def _text(self, entry: Mapping[str, JsonValue], name: str, place: str) -> str:
        value = entry.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._wrong(f"{place}.{name}", _kind(value), "a text")
        return value

    def _wrong(self, place: str, found: str, expected: str) -> SettingsError:
        where = f"{self.path}: {place}" if place else str(self.path)
        return SettingsError(
            "Docker's configuration is not valid", where=where, found=found, expected=expected
        )


def _keys(host: str) -> tuple[str, ...]:
    """Return the keys under which programs keep the login of ``host``, the usual one first."""
    if host == DOCKER_HUB:
        hosts: tuple[str, ...] = ("index.docker.io", DOCKER_HUB, "registry-1.docker.io")
        first = _DOCKER_HUB_KEY
    else:
        hosts, first = (host,), host
    forms = (
        f"{scheme}{name}{path}"
        for name in hosts
        for scheme in ("", "https://", "http://")
        for path in ("", "/", "/v1/", "/v2/", "/v1", "/v2")
    )
    return (first, *forms)


def _json_object(data: bytes, wrong: PolicyEngineError) -> JsonObject:
    # Not the project's strict reader: its messages quote what they found.
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise wrong from None
    if not isinstance(value, dict):
        raise wrong
    return value


def _kind(value: JsonValue) -> str:
    """Name the type of ``value``: the value itself may be a secret."""
    if value is None:
        return "null"
    return {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "an array",
        dict: "an object",
    }[type(value)]

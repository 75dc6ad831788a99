"""Metadata from a Notary server: logins, limits, redirects, and what is refused."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from policyengine.collect.trust.notary.metadata import METADATA_BYTES
from policyengine.collect.trust.notary.server import open_server
from policyengine.errors import LimitExceeded, SettingsError, SourceUnavailable
from policyengine.model.access import RegistryAccess
from policyengine.model.reference import ImageReference
from policyengine.registry.pacing import Pacing
from tests.unit.collect.image.registry.scripted_server import (
    Reply,
    ScriptedServer,
    Seen,
    asks_token,
    redirect,
)

REFERENCE = ImageReference.parse("registry.example/prod/api:1.4")
BASE = "/v2/registry.example/prod/api/_trust/tuf"
LOGIN = base64.b64encode(b"ann:hunter2").decode()


def timestamp(
    server: ScriptedServer, access: RegistryAccess, pacing: Pacing, role: str = "timestamp"
) -> bytes | None:
    with open_server(server.url, REFERENCE, access, pacing=pacing) as source:
        return source.current(role)


def log_in(access: RegistryAccess) -> None:
    assert access.docker_config is not None
    content = {"auths": {REFERENCE.registry: {"auth": LOGIN}}}
    (access.docker_config / "config.json").write_text(json.dumps(content))


def test_each_kind_of_metadata_has_its_address(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    names = ("root", "3.root", f"snapshot.{'0' * 64}", f"targets/ann.{'1' * 64}")
    for name in names:
        registry.on(f"{BASE}/{name}.json", Reply(body=name.encode()))
    with open_server(registry.url, REFERENCE, access, pacing=pacing) as source:
        assert source.current("root") == b"root"
        assert source.root_version(3) == b"3.root"
        assert source.exact("snapshot", "0" * 64) == names[2].encode()
        assert source.exact("targets/ann", "1" * 64) == names[3].encode()
        assert source.location("root") == f"{registry.url}{BASE}/root.json"


def test_a_token_is_asked_for_with_the_registrys_login(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access)

    def guarded(seen: Seen) -> Reply:
        if seen.headers.get("authorization") == "Bearer t0ken":
            return Reply(body=b"{}")
        return asks_token(f"{registry.url}/token")

    registry.on(f"{BASE}/timestamp.json", guarded)
    registry.on("/token", Reply(body=b'{"token": "t0ken"}'))
    assert timestamp(registry, access, pacing) == b"{}"
    (asked,) = registry.asked("/token")
    assert asked.headers["authorization"] == f"Basic {LOGIN}"


def test_a_login_does_not_follow_a_redirect_to_another_server(
    registry: ScriptedServer, other: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access)
    challenge = Reply(status=401, headers=(("WWW-Authenticate", 'Basic realm="x"'),))
    registry.on(f"{BASE}/timestamp.json", challenge, redirect(f"{other.url}/elsewhere"))
    other.on("/elsewhere", Reply(body=b"{}"))
    assert timestamp(registry, access, pacing) == b"{}"
    assert "authorization" not in other.asked("/elsewhere")[0].headers
    assert "authorization" in registry.seen[-1].headers


def test_what_is_not_there_is_none_and_what_fails_is_an_error(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    registry.on(f"{BASE}/timestamp.json", Reply(status=404))
    assert timestamp(registry, access, pacing) is None
    for status in (403, 429, 500, 503):
        registry.on(f"{BASE}/timestamp.json", Reply(status=status))
        with pytest.raises(SourceUnavailable):
            timestamp(registry, replace(access, retries=0), pacing)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(body=b" " * (METADATA_BYTES + 1)), id="large"),
        pytest.param(Reply(body=b" " * 65536, endless=True), id="endless"),
    ],
)
def test_metadata_is_read_up_to_its_limit(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, reply: Reply
) -> None:
    registry.on(f"{BASE}/timestamp.json", reply)
    with pytest.raises(LimitExceeded, match="is too large"):
        timestamp(registry, access, pacing)


def test_plain_http_is_spoken_only_where_it_was_allowed(
    plain: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    plain.on(f"{BASE}/timestamp.json", Reply(body=b"{}"))
    with pytest.raises(SourceUnavailable, match="plain HTTP"):
        timestamp(plain, access, pacing)
    insecure = replace(access, insecure_hosts=frozenset({plain.host}))
    assert timestamp(plain, insecure, pacing) == b"{}"


def test_a_role_that_is_none_is_not_asked_for(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    for role in ("../../secrets", "targets/../root", "targets/", "", "other"):
        assert timestamp(registry, access, pacing, role) is None
    assert registry.seen == []


@pytest.mark.parametrize("address", ["https://", "ftp://notary.example", "notary", "https://a b"])
def test_what_is_no_address_is_refused(address: str, access: RegistryAccess) -> None:
    with (
        pytest.raises(SettingsError, match="not the address of a Notary server"),
        open_server(address, REFERENCE, access),
    ):
        pass

"""Which credentials are sent, to whom, and what is said when they do not help."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from policyengine.collect.image.registry import open_registry
from policyengine.errors import MalformedEvidence, SettingsError, SourceUnavailable
from policyengine.model.access import RegistryAccess
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.reference import ImageReference
from policyengine.registry.pacing import Pacing
from tests.unit.collect.image.registry.scripted_server import (
    BLOB,
    BLOB_DIGEST,
    BLOB_PATH,
    MANIFEST,
    MANIFEST_PATH,
    TOKEN_PATH,
    Reply,
    Script,
    ScriptedServer,
    Seen,
    asks_login,
    asks_token,
    manifest_reply,
    redirect,
)

SECRET = "hunter2"
BASIC = f"Basic {base64.b64encode(b'ann:hunter2').decode()}"
TOKEN = Reply(body=b'{"token":"t0ken"}')


def log_in(access: RegistryAccess, host: str, **entry: str) -> None:
    assert access.docker_config is not None
    entry = entry or {"auth": BASIC.removeprefix("Basic ")}
    (access.docker_config / "config.json").write_text(json.dumps({"auths": {host: entry}}))


def guarded(authorization: str, reply: Reply, challenge: Reply) -> Script:
    """Give ``reply`` to those who have ``authorization``, ``challenge`` to the others."""
    return lambda seen: reply if seen.headers.get("authorization") == authorization else challenge


def root(server: ScriptedServer, access: RegistryAccess, pacing: Pacing) -> bytes:
    reference = ImageReference.parse(f"{server.host}/team/app:1")
    with open_registry(reference, access=access, limits=DEFAULT_LIMITS, pacing=pacing) as source:
        return source.root().data


def sent_anything_secret(server: ScriptedServer) -> bool:
    return any(
        SECRET in str(seen) or "authorization" in seen.headers or BASIC in str(seen)
        for seen in server.seen
    )


def query(seen: Seen) -> dict[str, list[str]]:
    return parse_qs(urlsplit(seen.path).query)


def test_nothing_is_sent_before_it_is_asked_for(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, registry.host)
    registry.on(MANIFEST_PATH, manifest_reply())
    assert root(registry, access, pacing) == MANIFEST
    assert not sent_anything_secret(registry)


def test_a_basic_challenge_is_answered_with_user_and_password(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, registry.host)
    registry.on(
        MANIFEST_PATH, guarded(BASIC, manifest_reply(), asks_login('Basic realm="registry"'))
    )
    assert root(registry, access, pacing) == MANIFEST


def test_an_anonymous_token_is_asked_for_with_service_and_scope(
    registry: ScriptedServer, other: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    realm = f"{other.url}{TOKEN_PATH}?kept=1"
    registry.on(MANIFEST_PATH, guarded("Bearer t0ken", manifest_reply(), asks_token(realm)))
    other.on(TOKEN_PATH, TOKEN)
    assert root(registry, access, pacing) == MANIFEST
    (asked,) = other.seen
    assert asked.method == "GET"
    assert query(asked) == {
        "kept": ["1"], "service": ["reg"], "scope": ["repository:team/app:pull"],
    }  # fmt: skip
    assert "authorization" not in asked.headers


def test_a_challenge_without_scope_is_answered_for_reading_the_repository(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    challenge = asks_login(f'Bearer realm="{registry.url}{TOKEN_PATH}"')
    registry.on(MANIFEST_PATH, guarded("Bearer t0ken", manifest_reply(), challenge))
    registry.on(TOKEN_PATH, TOKEN)
    assert root(registry, access, pacing) == MANIFEST
    assert query(registry.asked(TOKEN_PATH)[0]) == {"scope": ["repository:team/app:pull"]}


def test_a_token_is_got_with_the_login_of_the_registry_not_of_the_realm(
    registry: ScriptedServer, other: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, registry.host)
    registry.on(
        MANIFEST_PATH,
        guarded("Bearer t0ken", manifest_reply(), asks_token(f"{other.url}{TOKEN_PATH}")),
    )
    other.on(TOKEN_PATH, guarded(BASIC, TOKEN, Reply(status=401)))
    assert root(registry, access, pacing) == MANIFEST


def test_bearer_is_chosen_before_basic(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, registry.host)
    challenge = asks_login(f'Basic realm="x", Bearer realm="{registry.url}{TOKEN_PATH}"')
    registry.on(MANIFEST_PATH, guarded("Bearer t0ken", manifest_reply(), challenge))
    registry.on(TOKEN_PATH, Reply(body=b'{"access_token":"t0ken"}'))
    assert root(registry, access, pacing) == MANIFEST


def test_an_identity_token_is_posted_for_an_access_token(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, registry.host, identitytoken=SECRET)
    registry.on(
        MANIFEST_PATH,
        guarded("Bearer t0ken", manifest_reply(), asks_token(f"{registry.url}{TOKEN_PATH}")),
    )
    registry.on(TOKEN_PATH, Reply(body=b'{"access_token":"t0ken"}'))
    assert root(registry, access, pacing) == MANIFEST
    (asked,) = registry.asked(TOKEN_PATH)
    assert (asked.method, asked.path) == ("POST", TOKEN_PATH)
    assert parse_qs(asked.body) == {
        "grant_type": ["refresh_token"],
        "client_id": ["policyengine"],
        "refresh_token": [SECRET],
        "service": ["reg"],
        "scope": ["repository:team/app:pull"],
    }


def test_a_registry_token_is_used_as_it_is(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, registry.host, registrytoken="r3gistry")
    registry.on(
        MANIFEST_PATH,
        guarded("Bearer r3gistry", manifest_reply(), asks_token(f"{registry.url}{TOKEN_PATH}")),
    )
    assert root(registry, access, pacing) == MANIFEST
    assert not registry.asked(TOKEN_PATH)


def test_a_token_that_expires_between_two_requests_is_renewed(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    challenge = asks_token(f"{registry.url}{TOKEN_PATH}")
    registry.on(TOKEN_PATH, Reply(body=b'{"token":"one"}'), Reply(body=b'{"token":"two"}'))
    registry.on(MANIFEST_PATH, guarded("Bearer one", manifest_reply(), challenge))
    registry.on(BLOB_PATH, guarded("Bearer two", Reply(body=BLOB), challenge))
    reference = ImageReference.parse(f"{registry.host}/team/app:1")
    with open_registry(reference, access=access, limits=DEFAULT_LIMITS, pacing=pacing) as source:
        assert b"".join(source.blob(BLOB_DIGEST, len(BLOB))) == BLOB


def test_a_realm_on_plain_http_is_used_where_its_host_was_named(
    registry: ScriptedServer, plain: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    registry.on(
        MANIFEST_PATH,
        guarded("Bearer t0ken", manifest_reply(), asks_token(f"{plain.url}{TOKEN_PATH}")),
    )
    plain.on(TOKEN_PATH, TOKEN)
    named = replace(access, insecure_hosts=frozenset({plain.host}))
    assert root(registry, named, pacing) == MANIFEST


def test_credentials_do_not_go_to_a_realm_on_plain_http_that_was_not_named(
    registry: ScriptedServer, plain: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, registry.host)
    registry.on(MANIFEST_PATH, asks_token(f"{plain.url}{TOKEN_PATH}"))
    with pytest.raises(
        SourceUnavailable, match="plain HTTP is not spoken to a host that was not named"
    ):
        root(registry, access, pacing)
    assert plain.seen == []


def test_credentials_do_not_go_where_a_man_in_the_middle_of_plain_http_points(
    plain: ScriptedServer, other: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    named = replace(access, insecure_hosts=frozenset({plain.host}))
    log_in(access, plain.host)
    plain.on(MANIFEST_PATH, asks_token(f"{other.url}{TOKEN_PATH}"))
    other.on(TOKEN_PATH, TOKEN)
    with pytest.raises(SourceUnavailable, match="is not sent to https://"):
        root(plain, named, pacing)
    assert other.seen == []


def test_without_credentials_an_insecure_registry_may_name_any_https_realm(
    plain: ScriptedServer, other: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    named = replace(access, insecure_hosts=frozenset({plain.host}))
    plain.on(
        MANIFEST_PATH,
        guarded("Bearer t0ken", manifest_reply(), asks_token(f"{other.url}{TOKEN_PATH}")),
    )
    other.on(TOKEN_PATH, TOKEN)
    assert root(plain, named, pacing) == MANIFEST


def test_a_login_is_not_given_to_a_server_that_the_registry_redirects_to(
    registry: ScriptedServer, other: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, registry.host)
    registry.on(MANIFEST_PATH, redirect(f"{other.url}/elsewhere"))
    other.on("/elsewhere", asks_login('Basic realm="give me"'))
    with pytest.raises(SourceUnavailable, match="where it redirects to, asks for a login"):
        root(registry, access, pacing)
    assert not sent_anything_secret(other)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_takes_no_credentials_along(
    registry: ScriptedServer,
    other: ScriptedServer,
    access: RegistryAccess,
    pacing: Pacing,
    status: int,
) -> None:
    log_in(access, registry.host)
    registry.on(
        MANIFEST_PATH,
        guarded(BASIC, redirect(f"{other.url}/elsewhere", status), asks_login("Basic realm=x")),
    )
    other.on("/elsewhere", manifest_reply())
    assert root(registry, access, pacing) == MANIFEST
    assert len(other.seen) == 1
    assert not sent_anything_secret(other)


def test_credentials_that_were_dropped_do_not_come_back_with_the_next_redirect(
    registry: ScriptedServer, other: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, registry.host)
    registry.on(
        MANIFEST_PATH,
        guarded(BASIC, redirect(f"{other.url}/away"), asks_login("Basic realm=x")),
    )
    other.on("/away", redirect(f"{registry.url}/back"))
    registry.on("/back", manifest_reply())
    assert root(registry, access, pacing) == MANIFEST
    assert "authorization" not in registry.asked("/back")[0].headers


def test_a_redirect_on_the_same_host_keeps_the_login(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, registry.host)
    registry.on(MANIFEST_PATH, guarded(BASIC, redirect("/moved"), asks_login("Basic realm=x")))
    registry.on("/moved", guarded(BASIC, manifest_reply(), Reply(status=403)))
    assert root(registry, access, pacing) == MANIFEST


def test_the_token_endpoint_cannot_pass_a_login_on_by_a_redirect(
    registry: ScriptedServer, other: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, registry.host)
    registry.on(MANIFEST_PATH, asks_token(f"{registry.url}{TOKEN_PATH}"))
    registry.on(TOKEN_PATH, redirect(f"{other.url}{TOKEN_PATH}"))
    other.on(TOKEN_PATH, asks_login("Basic realm=x"))
    with pytest.raises(SourceUnavailable, match="401 Unauthorized"):
        root(registry, access, pacing)
    assert not sent_anything_secret(other)


@pytest.mark.parametrize("status", [302, 307, 308])
def test_an_identity_token_is_not_posted_again_to_where_a_redirect_points(
    registry: ScriptedServer,
    other: ScriptedServer,
    access: RegistryAccess,
    pacing: Pacing,
    status: int,
) -> None:
    log_in(access, registry.host, identitytoken=SECRET)
    registry.on(MANIFEST_PATH, asks_token(f"{registry.url}{TOKEN_PATH}"))
    registry.on(TOKEN_PATH, redirect(f"{other.url}{TOKEN_PATH}", status))
    with pytest.raises(SourceUnavailable, match=f"found {status}"):
        root(registry, access, pacing)
    assert other.seen == []


def test_a_password_in_a_location_or_realm_is_not_sent_as_a_login(
    registry: ScriptedServer, other: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    realm = f"https://eve:x@{other.host}{TOKEN_PATH}"
    target = redirect(f"https://eve:x@{other.host}/elsewhere")
    registry.on(MANIFEST_PATH, guarded("Bearer t0ken", target, asks_token(realm)))
    other.on(TOKEN_PATH, TOKEN)
    other.on("/elsewhere", manifest_reply())
    assert root(registry, access, pacing) == MANIFEST
    assert [seen.headers.get("authorization") for seen in other.seen] == [None, None]


BAD_TOKENS = [
    pytest.param(b"", id="empty"),
    pytest.param(b"<html>login</html>", id="web page"),
    pytest.param(b"[]", id="array"),
    pytest.param(b"{}", id="no token"),
    pytest.param(b'{"token":""}', id="empty token"),
    pytest.param(b'{"token":7}', id="token is a number"),
    pytest.param(b'{"token":"a\\r\\nX-Evil: 1"}', id="token with a line break"),
    pytest.param(b'{"token":"a b"}', id="token with a space"),
    pytest.param('{"token":"ä"}'.encode(), id="token is not ascii"),
    pytest.param(b"[" * 100_000, id="deep nesting"),
]


@pytest.mark.parametrize("body", BAD_TOKENS)
def test_a_token_that_is_none_is_malformed(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, body: bytes
) -> None:
    registry.on(MANIFEST_PATH, asks_token(f"{registry.url}{TOKEN_PATH}"))
    registry.on(TOKEN_PATH, Reply(body=body))
    with pytest.raises(MalformedEvidence, match="token"):
        root(registry, access, pacing)


@pytest.mark.parametrize(
    "realm",
    ["", "token", "/token", "ftp://127.0.0.1/token", "file:///etc/passwd", "https://",
     "https://[/", "https://127.0.0.1:99999999/", "https://a\u0000b/"],
)  # fmt: skip
def test_a_realm_that_is_no_web_address_is_malformed(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, realm: str
) -> None:
    registry.on(MANIFEST_PATH, asks_token(realm.replace("\0", "%00")))
    with pytest.raises((MalformedEvidence, SourceUnavailable)):
        root(registry, access, pacing)


@pytest.mark.parametrize(
    ("entry", "challenge", "message"),
    [
        pytest.param(None, "Basic realm=x", "there is no login for .* in .*config.json",
                     id="no login"),
        pytest.param({}, "Basic realm=x", "the login is from .*config.json", id="wrong login"),
        pytest.param({}, "Negotiate", "of a kind that there is none of; found negotiate",
                     id="another kind"),
        pytest.param({}, None, "found no WWW-Authenticate", id="no challenge"),
        pytest.param(None, None, "there is no login for", id="no challenge and no login"),
        pytest.param({"identitytoken": SECRET}, "Basic realm=x", "found basic",
                     id="identity token where a password is needed"),
    ],
)  # fmt: skip
def test_a_login_that_does_not_help_says_where_it_is_from(
    registry: ScriptedServer,
    access: RegistryAccess,
    pacing: Pacing,
    entry: dict[str, str] | None,
    challenge: str | None,
    message: str,
) -> None:
    if entry is not None:
        log_in(access, registry.host, **entry)
    registry.on(MANIFEST_PATH, asks_login(challenge) if challenge else Reply(status=401))
    with pytest.raises(SourceUnavailable, match=message) as caught:
        root(registry, access, pacing)
    assert SECRET not in str(caught.value)


def test_a_login_that_is_refused_is_not_tried_again_and_again(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, registry.host)
    registry.on(MANIFEST_PATH, asks_login("Basic realm=x"))
    with pytest.raises(SourceUnavailable, match="401 Unauthorized"):
        root(registry, access, pacing)
    assert len(registry.seen) == 2


def test_a_login_is_only_looked_for_under_the_host_that_was_asked(
    registry: ScriptedServer, other: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, other.host)
    registry.on(MANIFEST_PATH, asks_login("Basic realm=x"))
    with pytest.raises(SourceUnavailable, match="there is no login"):
        root(registry, access, pacing)
    assert not sent_anything_secret(registry)


def test_a_mirror_does_not_get_the_login_of_the_registry(
    registry: ScriptedServer, other: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    log_in(access, registry.host)
    other.on(MANIFEST_PATH, asks_login("Basic realm=x"))
    registry.on(MANIFEST_PATH, guarded(BASIC, manifest_reply(), asks_login("Basic realm=x")))
    mirrored = replace(access, mirrors=((registry.host, (other.host,)),))
    assert root(registry, mirrored, pacing) == MANIFEST
    assert not sent_anything_secret(other)


def test_a_broken_configuration_is_an_error_even_where_anonymous_might_do(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    assert access.docker_config is not None
    (access.docker_config / "config.json").write_text("{")
    registry.on(MANIFEST_PATH, asks_token(f"{registry.url}{TOKEN_PATH}"))
    registry.on(TOKEN_PATH, TOKEN)
    with pytest.raises(SettingsError, match=r"config\.json"):
        root(registry, access, pacing)

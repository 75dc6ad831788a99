"""TLS, redirects, repetition, time and size: what holds for every request."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
import trustme

from policyengine.collect.image.registry import open_registry
from policyengine.errors import (
    EvidenceError,
    LimitExceeded,
    MalformedEvidence,
    SettingsError,
    SourceUnavailable,
)
from policyengine.model.access import ClientCertificate, RegistryAccess
from policyengine.model.limits import DEFAULT_LIMITS, ReadLimits
from policyengine.model.reference import ImageReference
from policyengine.registry.pacing import Pacing
from tests.unit.collect.image.registry.scripted_server import (
    MANIFEST,
    MANIFEST_PATH,
    Clock,
    Reply,
    ScriptedServer,
    Seen,
    manifest_reply,
    redirect,
)

Start = Callable[[ssl.SSLContext | None], ScriptedServer]


def root(
    host: str, access: RegistryAccess, pacing: Pacing, limits: ReadLimits = DEFAULT_LIMITS
) -> bytes:
    reference = ImageReference.parse(f"{host}/team/app:1")
    with open_registry(reference, access=access, limits=limits, pacing=pacing) as source:
        return source.root().data


# --- TLS ---------------------------------------------------------------------------------------


def test_an_unknown_ca_is_refused(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    with pytest.raises(SourceUnavailable, match=r"is not trusted; found .*\(add the certificate"):
        root(registry.host, replace(access, ca_files=()), pacing)
    assert registry.seen == []


def test_a_certificate_for_another_name_is_refused(
    start: Start, authority: trustme.CA, access: RegistryAccess, pacing: Pacing
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("reg.example").configure_cert(context)
    with pytest.raises(SourceUnavailable, match=r"not valid for '127\.0\.0\.1' \(use the name"):
        root(start(context).host, access, pacing)


def test_plain_http_where_tls_was_expected_says_so(
    plain: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    with pytest.raises(
        SourceUnavailable, match=r"TLS with the registry failed.*--insecure-registry"
    ):
        root(plain.host, access, pacing)
    assert plain.seen == []


def test_plain_http_is_spoken_to_a_host_that_was_named(
    plain: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    plain.on(MANIFEST_PATH, manifest_reply())
    named = replace(access, insecure_hosts=frozenset({plain.host}))
    assert root(plain.host, named, pacing) == MANIFEST


@pytest.fixture
def client_certificate(authority: trustme.CA, tmp_path: Path) -> ClientCertificate:
    pair = authority.issue_cert("client@example")
    pair.cert_chain_pems[0].write_to_path(str(tmp_path / "client.pem"))
    pair.private_key_pem.write_to_path(str(tmp_path / "client.key"))
    return ClientCertificate(
        certificate=tmp_path / "client.pem", private_key=tmp_path / "client.key"
    )


@pytest.fixture
def demanding(start: Start, authority: trustme.CA, ca_file: Path) -> ScriptedServer:
    """A registry that wants a client certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.load_verify_locations(ca_file)
    context.verify_mode = ssl.CERT_REQUIRED
    server = start(context)
    server.on(MANIFEST_PATH, manifest_reply())
    return server


def test_a_client_certificate_is_shown_to_its_host(
    demanding: ScriptedServer,
    access: RegistryAccess,
    pacing: Pacing,
    client_certificate: ClientCertificate,
) -> None:
    shown = replace(access, client_certificates=((demanding.host, client_certificate),))
    assert root(demanding.host, shown, pacing) == MANIFEST


def test_a_client_certificate_is_not_shown_to_another_host(
    registry: ScriptedServer,
    demanding: ScriptedServer,
    access: RegistryAccess,
    pacing: Pacing,
    client_certificate: ClientCertificate,
) -> None:
    registry.on(MANIFEST_PATH, redirect(f"{demanding.url}{MANIFEST_PATH}"))
    shown = replace(access, client_certificates=((registry.host, client_certificate),))
    with pytest.raises(SourceUnavailable, match=r"TLS with the registry failed|was cut"):
        root(registry.host, replace(shown, retries=0), pacing)
    assert len(registry.seen) == 1
    assert demanding.seen == []


@pytest.mark.parametrize(
    "content", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n"],
    ids=["missing", "empty", "text", "cut"],
)  # fmt: skip
def test_a_ca_file_that_is_none_is_a_settings_error(
    access: RegistryAccess, pacing: Pacing, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "own.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"own\.pem: the CA file cannot be used"):
        root("127.0.0.1:9", replace(access, ca_files=(path,)), pacing)


def test_an_encrypted_key_is_an_error_and_no_question_on_the_terminal(
    access: RegistryAccess,
    pacing: Pacing,
    client_certificate: ClientCertificate,
    tmp_path: Path,
) -> None:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(
        client_certificate.private_key.read_bytes(), password=None
    )
    client_certificate.private_key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"hunter2"),
        )
    )
    shown = replace(access, client_certificates=(("127.0.0.1:9", client_certificate),))
    with pytest.raises(SettingsError, match=r"client certificate cannot be used.*unencrypted"):
        root("127.0.0.1:9", shown, pacing)


# --- no answer ---------------------------------------------------------------------------------


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


def test_a_port_where_nobody_listens_is_named(access: RegistryAccess, pacing: Pacing) -> None:
    host = f"127.0.0.1:{closed_port()}"
    with pytest.raises(SourceUnavailable, match=f"no server listens at https://{host}"):
        root(host, access, pacing)


def test_a_host_that_does_not_resolve_is_named(
    access: RegistryAccess, pacing: Pacing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(SourceUnavailable, match=r"host name of https://reg\.example is not known"):
        root("reg.example", access, pacing)


def test_a_server_that_says_nothing_is_left_after_the_time_out(
    access: RegistryAccess, pacing: Pacing
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        waiting = replace(access, insecure_hosts=frozenset({host}), timeout=0.1)
        with pytest.raises(SourceUnavailable, match=r"in time; found nothing within 0\.1 seconds"):
            root(host, waiting, pacing)


def test_an_answer_that_drips_in_is_left_after_a_while(
    registry: ScriptedServer, access: RegistryAccess, clock: Clock
) -> None:
    def hours() -> float:
        clock.time += 3600.0
        return clock.time

    registry.on(MANIFEST_PATH, manifest_reply(b"x" * 200_000))
    slow = Pacing(sleep=clock.sleep, now=clock.now, elapsed=hours)
    with pytest.raises(SourceUnavailable, match="did not finish its answer in time"):
        root(registry.host, access, slow)


# --- redirects ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "message"),
    [
        pytest.param(MANIFEST_PATH, "more than 5 redirects", id="to itself"),
        pytest.param("", "more than 5 redirects", id="nowhere else"),
        pytest.param("http://127.0.0.1:9/", "from https to plain HTTP", id="to plain http"),
        pytest.param("ftp://127.0.0.1/x", "no web address", id="ftp"),
        pytest.param("file:///etc/passwd", "no web address", id="file"),
        pytest.param("data:application/json,{}", "no web address", id="data"),
        pytest.param("unix:///var/run/docker.sock", "no web address", id="socket"),
        pytest.param("https://[::1", "no web address", id="half an address"),
        pytest.param("https://127.0.0.1:port/", "no web address", id="port is a word"),
    ],
)
def test_a_redirect_that_leads_nowhere_good_is_not_followed(
    registry: ScriptedServer,
    access: RegistryAccess,
    pacing: Pacing,
    location: str,
    message: str,
) -> None:
    registry.on(MANIFEST_PATH, redirect(location))
    with pytest.raises(SourceUnavailable, match=message):
        root(registry.host, access, pacing)


def test_a_redirect_to_plain_http_is_refused_even_to_a_host_that_was_named(
    registry: ScriptedServer, plain: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    registry.on(MANIFEST_PATH, redirect(f"{plain.url}/x"))
    named = replace(access, insecure_hosts=frozenset({plain.host}))
    with pytest.raises(SourceUnavailable, match="from https to plain HTTP"):
        root(registry.host, named, pacing)
    assert plain.seen == []


def test_a_redirect_from_plain_http_to_a_host_that_was_not_named_needs_tls(
    start: Start, plain: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    unnamed = start(None)
    plain.on(MANIFEST_PATH, redirect(f"{unnamed.url}/x"))
    named = replace(access, insecure_hosts=frozenset({plain.host}))
    with pytest.raises(SourceUnavailable, match="plain HTTP is not spoken"):
        root(plain.host, named, pacing)
    assert unnamed.seen == []


def test_a_redirect_ring_over_two_hosts_ends(
    registry: ScriptedServer, other: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    registry.on(MANIFEST_PATH, redirect(f"{other.url}/x"))
    other.on("/x", redirect(f"{registry.url}{MANIFEST_PATH}"))
    with pytest.raises(SourceUnavailable, match="more than 5 redirects"):
        root(registry.host, access, pacing)
    assert len(registry.seen) + len(other.seen) == 6


def test_the_query_of_a_redirect_is_used_and_never_shown(
    registry: ScriptedServer, other: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    registry.on(MANIFEST_PATH, redirect(f"{other.url}/x?signature=hunter2"))
    other.on("/x", Reply(status=403))
    with pytest.raises(SourceUnavailable, match="403 Forbidden") as caught:
        root(registry.host, access, pacing)
    assert other.seen[0].path == "/x?signature=hunter2"
    assert "hunter2" not in str(caught.value)


def test_cookies_are_neither_kept_nor_sent(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    cookie = ("Set-Cookie", "session=hunter2; Path=/")
    registry.on(MANIFEST_PATH, Reply(status=307, headers=(("Location", "/moved"), cookie)))
    registry.on("/moved", manifest_reply())
    root(registry.host, access, pacing)
    assert [seen.headers.get("cookie") for seen in registry.seen] == [None, None]


# --- repetition --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_repeated_with_backoff(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, clock: Clock, status: int
) -> None:
    registry.on(MANIFEST_PATH, Reply(status=status), Reply(status=status), manifest_reply())
    assert root(registry.host, access, pacing) == MANIFEST
    assert clock.slept == [0.5, 1.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 418, 501, 505])
def test_a_lasting_failure_is_not_repeated(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, clock: Clock, status: int
) -> None:
    registry.on(MANIFEST_PATH, Reply(status=status))
    with pytest.raises(SourceUnavailable, match=f"found {status}"):
        root(registry.host, access, pacing)
    assert clock.slept == []
    assert len(registry.seen) == 1


def test_the_retries_end(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, clock: Clock
) -> None:
    registry.on(MANIFEST_PATH, Reply(status=503))
    with pytest.raises(SourceUnavailable, match="503 Service Unavailable"):
        root(registry.host, replace(access, retries=3), pacing)
    assert clock.slept == [0.5, 1.0, 2.0]
    assert len(registry.seen) == 4


@pytest.mark.parametrize(
    ("header", "slept"),
    [
        pytest.param("7", 7.0, id="seconds"),
        pytest.param("0", 0.0, id="at once"),
        pytest.param("Fri, 15 Jan 2027 08:00:20 GMT", 20.0, id="date"),
        pytest.param("120", 120.0, id="longest"),
        pytest.param("soon", 0.5, id="a word is ignored"),
    ],
)
def test_retry_after_says_how_long_to_wait(
    registry: ScriptedServer,
    access: RegistryAccess,
    pacing: Pacing,
    clock: Clock,
    header: str,
    slept: float,
) -> None:
    busy = Reply(status=429, headers=(("Retry-After", header),))
    registry.on(MANIFEST_PATH, busy, manifest_reply())
    assert root(registry.host, access, pacing) == MANIFEST
    assert clock.slept == [slept]


def test_a_registry_that_asks_for_an_hour_is_an_error_that_says_so(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, clock: Clock
) -> None:
    registry.on(MANIFEST_PATH, Reply(status=429, headers=(("Retry-After", "3600"),)))
    with pytest.raises(SourceUnavailable, match=r"429 Too Many.*asks to wait 3600 seconds"):
        root(registry.host, access, pacing)
    assert clock.slept == []


def test_a_manifest_that_is_cut_is_asked_for_again(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, clock: Clock
) -> None:
    half = MANIFEST[: len(MANIFEST) // 2]
    registry.on(
        MANIFEST_PATH,
        replace(manifest_reply(half), claimed=len(MANIFEST)),
        replace(manifest_reply(half), claimed=len(MANIFEST), cut=True),
        manifest_reply(),
    )
    assert root(registry.host, access, pacing) == MANIFEST
    assert clock.slept == [0.5, 1.0]


def test_a_manifest_that_is_cut_every_time_is_an_error(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    registry.on(MANIFEST_PATH, replace(manifest_reply(MANIFEST[:9]), claimed=len(MANIFEST)))
    with pytest.raises(SourceUnavailable, match="connection to the registry was cut"):
        root(registry.host, access, pacing)
    assert len(registry.seen) == 1 + access.retries


# --- size and form -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(manifest_reply(b"x" * 2000), id="with a length"),
        pytest.param(replace(manifest_reply(b"x" * 64), endless=True), id="without end"),
    ],
)
def test_a_manifest_over_the_limit_is_not_read_to_its_end(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, reply: Reply
) -> None:
    registry.on(MANIFEST_PATH, reply)
    with pytest.raises(LimitExceeded, match=r"is too large.*more than 1000 bytes"):
        root(registry.host, access, pacing, ReadLimits(manifest_bytes=1000))


def test_a_refusal_without_end_is_not_read_to_its_end(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    registry.on(MANIFEST_PATH, Reply(status=404, body=b"x" * 64, endless=True))
    with pytest.raises(SourceUnavailable, match="404 Not Found"):
        root(registry.host, access, pacing)


def test_compression_is_not_asked_for_and_not_undone(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    registry.on(MANIFEST_PATH, manifest_reply(Content_Encoding="gzip"))
    with pytest.raises(MalformedEvidence, match="compressed although that was not asked for"):
        root(registry.host, access, pacing)
    assert registry.seen[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [201, 202, 204, 206, 300, 304])
def test_another_status_than_200_is_no_success(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, status: int
) -> None:
    body = b"" if status in {204, 304} else MANIFEST
    registry.on(MANIFEST_PATH, replace(manifest_reply(body), status=status))
    with pytest.raises(EvidenceError, match=f"found {status}"):
        root(registry.host, access, pacing)


def test_what_the_server_says_freely_is_not_repeated(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    def echo(seen: Seen) -> Reply:
        text = f'{{"errors":[{{"code":"DENIED","message":"{seen.headers}"}},{{"code":"HUNTER"}}]}}'
        return Reply(status=403, body=text.encode())

    registry.on(MANIFEST_PATH, echo)
    with pytest.raises(SourceUnavailable) as caught:
        root(registry.host, access, pacing)
    assert caught.value.found == "403 Forbidden (DENIED)"

"""Answers that are no HTTP, or HTTP that nobody should send: each is an error of ours."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from policyengine.collect.image.registry import open_registry
from policyengine.errors import EvidenceError, InvalidReference
from policyengine.model.access import RegistryAccess
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.reference import ImageReference
from policyengine.registry.pacing import Pacing


@contextmanager
def raw_server(answer: bytes) -> Iterator[str]:
    """Send ``answer`` to whoever connects, and hang up; give the server's host."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65536)
                    connection.sendall(answer)
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def serve_raw() -> Iterator[Callable[[bytes], str]]:
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(raw_server(answer))


def head(status: str, *headers: bytes) -> bytes:
    # The server hangs up after each answer, and says so: the next request is not to meet that.
    return b"\r\n".join([f"HTTP/1.1 {status}".encode(), *headers, b"Connection: close", b"", b""])


def location(url: bytes) -> bytes:
    return head("307 Moved", b"Location: " + url, b"Content-Length: 0")


def realm(url: bytes) -> bytes:
    return head("401 No", b'WWW-Authenticate: Bearer realm="' + url + b'"', b"Content-Length: 0")


ANSWERS = [
    pytest.param(b"", "cut", id="nothing"),
    pytest.param(b"\0" * 100, "cut", id="zeros"),
    pytest.param(b"SSH-2.0-OpenSSH_9\r\n", "speaks HTTP", id="another protocol"),
    pytest.param(b"HTTP/1.1 99999 x\r\n\r\n", "cut", id="status of five digits"),
    pytest.param(head("100 Continue") * 3, "cut", id="never gets to the answer"),
    pytest.param(head("101 Switching", b"Upgrade: x"), "cut",
                 id="another protocol offered"),
    pytest.param(head("200 OK", b"Content-Length: -5") + b"abc", "cut", id="negative length"),
    pytest.param(head("200 OK", b"Content-Length: 5", b"Content-Length: 6") + b"abcdef", "cut",
                 id="two lengths"),
    pytest.param(head("200 OK", b"Content-Length: " + b"9" * 30) + b"{}", "cut",
                 id="length beyond any file"),
    pytest.param(head("200 OK", b"X: " + b"a" * 200_000), "cut", id="header without end"),
    pytest.param(head("200 OK", b"X\0: a"), "cut", id="NUL in a header"),
    pytest.param(head("200 OK", b"Transfer-Encoding: chunked") + b"ZZ\r\n", "cut",
                 id="chunk of no length"),
    pytest.param(head("200 OK", b"Transfer-Encoding: gzip") + b"ZZ\r\n", "cut",
                 id="unknown transfer encoding"),
    pytest.param(head("200 OK", b"Docker-Content-Digest: \xff", b"Content-Length: 2") + b"{}",
                 "cannot be checked", id="digest of no character set"),
    pytest.param(head("200 OK", b"Content-Encoding: \xff", b"Content-Length: 2") + b"{}",
                 "compressed", id="encoding of no character set"),
    pytest.param(head("429 No", b"Retry-After: \xff", b"Content-Length: 0"), "limits how often",
                 id="wait of no character set"),
    pytest.param(location(b"//"), "redirects without end", id="location of slashes"),
    pytest.param(location(b"http://xn--/"), "no web address", id="location with half an IDNA"),
    pytest.param(location(b"https://a..b/"), "no web address", id="location with an empty label"),
    pytest.param(location(b"https://" + b"a" * 64 + b".example/"), "no web address",
                 id="location with a long label"),
    pytest.param(location(b"https://" + b"a." * 130 + b"example/"), "no web address",
                 id="location with a long name"),
    pytest.param(location(b"https://127.0.0.1:0/"), "no web address", id="location at port 0"),
    pytest.param(location(b"https://[fe80::1%25eth0]/"), "no web address",
                 id="location with a zone"),
    pytest.param(location(b"https://h/" + b"a" * 70_000), "no web address", id="long location"),
    pytest.param(realm(b"https://xn--/"), "names no place", id="realm with half an IDNA"),
    pytest.param(realm(b"https://a..b/"), "names no place", id="realm with an empty label"),
    pytest.param(realm(b"https://a.example:0/"), "names no place", id="realm at port 0"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "message"), ANSWERS)
def test_a_hostile_answer_is_an_error_that_says_so(
    serve_raw: Callable[[bytes], str],
    access: RegistryAccess,
    pacing: Pacing,
    answer: bytes,
    message: str,
) -> None:
    host = serve_raw(answer)
    named = replace(access, insecure_hosts=frozenset({host}), retries=1)
    reference = ImageReference.parse(f"{host}/team/app:1")
    with (
        pytest.raises(EvidenceError, match=message),
        open_registry(reference, access=named, limits=DEFAULT_LIMITS, pacing=pacing),
    ):
        pass


@pytest.mark.parametrize(
    "registry",
    [f"{'a' * 64}.example", "xn--.example", "a.example:0", "a.example:99999", "[1]"],
)
def test_a_host_that_no_name_service_takes_is_an_invalid_reference(
    access: RegistryAccess, pacing: Pacing, registry: str
) -> None:
    with (
        pytest.raises(InvalidReference),
        open_registry(
            ImageReference.parse(f"{registry}/app:1"),
            access=access,
            limits=DEFAULT_LIMITS,
            pacing=pacing,
        ),
    ):
        pass

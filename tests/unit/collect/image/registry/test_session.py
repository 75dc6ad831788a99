"""Manifests and blobs: what is checked before anybody reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from policyengine.collect.image.content import Descriptor, verified
from policyengine.collect.image.registry import RegistrySource, open_registry
from policyengine.errors import (
    EvidenceError,
    IntegrityError,
    MalformedEvidence,
    SourceUnavailable,
)
from policyengine.model.access import RegistryAccess
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.reference import ImageReference
from policyengine.registry.pacing import Pacing
from tests.unit.collect.image.registry.scripted_server import (
    BLOB,
    BLOB_DIGEST,
    BLOB_PATH,
    MANIFEST,
    MANIFEST_DIGEST,
    MANIFEST_PATH,
    OCI_INDEX,
    OCI_MANIFEST,
    Clock,
    Reply,
    ScriptedServer,
    Seen,
    manifest_reply,
    redirect,
    sha256,
)

BY_DIGEST = f"/v2/team/app/manifests/{MANIFEST_DIGEST}"
SHA512 = f"sha512:{hashlib.sha512(MANIFEST).hexdigest()}"
CHILD = Descriptor(digest=MANIFEST_DIGEST, media_type=OCI_MANIFEST, size=len(MANIFEST))


@pytest.fixture
def source(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> Iterator[RegistrySource]:
    """The image ``team/app:1``, open."""
    registry.on(MANIFEST_PATH, manifest_reply())
    reference = ImageReference.parse(f"{registry.host}/team/app:1")
    with open_registry(reference, access=access, limits=DEFAULT_LIMITS, pacing=pacing) as opened:
        yield opened


def open_root(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, suffix: str = ":1"
) -> tuple[bytes, str, str]:
    reference = ImageReference.parse(f"{registry.host}/team/app{suffix}")
    with open_registry(reference, access=access, limits=DEFAULT_LIMITS, pacing=pacing) as opened:
        found = opened.root()
        return found.data, found.media_type, found.digest


# --- the root ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "path"),
    [
        ("", "/v2/team/app/manifests/latest"),
        (":1", MANIFEST_PATH),
        (f"@{MANIFEST_DIGEST}", BY_DIGEST),
        (f":1@{MANIFEST_DIGEST}", BY_DIGEST),
    ],
)
def test_a_digest_is_asked_for_before_a_tag_and_latest_without_either(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, suffix: str, path: str
) -> None:
    registry.on(path, manifest_reply())
    assert open_root(registry, access, pacing, suffix) == (MANIFEST, OCI_MANIFEST, MANIFEST_DIGEST)
    assert [seen.path for seen in registry.seen] == [path]


def test_every_kind_of_manifest_is_accepted(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    registry.on(MANIFEST_PATH, manifest_reply())
    open_root(registry, access, pacing)
    assert registry.seen[0].headers["accept"].split(", ") == [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "application/vnd.docker.distribution.manifest.v1+json",
    ]


@pytest.mark.parametrize(
    ("content_type", "media_type"),
    [
        (OCI_INDEX, OCI_INDEX),
        (f"{OCI_MANIFEST}; charset=utf-8", OCI_MANIFEST),
        (OCI_MANIFEST.upper(), OCI_MANIFEST),
        ("application/json", ""),
        ("text/plain", ""),
        ("application/octet-stream", ""),
        ("", ""),
    ],
)
def test_the_media_type_is_the_servers_where_it_says_one(
    registry: ScriptedServer,
    access: RegistryAccess,
    pacing: Pacing,
    content_type: str,
    media_type: str,
) -> None:
    registry.on(MANIFEST_PATH, manifest_reply(Content_Type=content_type))
    assert open_root(registry, access, pacing)[1] == media_type


@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=utf-8", "image/png"])
def test_a_web_page_in_place_of_a_manifest_is_named(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, content_type: str
) -> None:
    registry.on(MANIFEST_PATH, manifest_reply(b"<html>", Content_Type=content_type))
    with pytest.raises(MalformedEvidence, match=r"found Content-Type .*login page"):
        open_root(registry, access, pacing)


def test_a_promised_digest_that_holds_is_the_digest(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    registry.on(MANIFEST_PATH, manifest_reply(Docker_Content_Digest=SHA512))
    assert open_root(registry, access, pacing)[2] == SHA512


@pytest.mark.parametrize(
    ("suffix", "promised", "message"),
    [
        pytest.param(":1", sha256(b"other"), "is not the one promised", id="lie about a tag"),
        pytest.param(":1", SHA512[:-1] + "x", "cannot be checked", id="not hexadecimal"),
        pytest.param(":1", "md5:d41d8cd98f00b204e9800998ecf8427e", "cannot be checked", id="md5"),
        pytest.param(":1", "sha256:", "cannot be checked", id="no digits"),
        pytest.param(":1", MANIFEST_DIGEST.upper(), "cannot be checked", id="upper case"),
        pytest.param(":1", "hunter2", "cannot be checked", id="a word"),
        pytest.param(
            f"@{MANIFEST_DIGEST}", sha256(b"other"), "is not the one promised",
            id="right bytes, wrong promise",
        ),
    ],
)  # fmt: skip
def test_a_promised_digest_that_does_not_hold_is_refused(
    registry: ScriptedServer,
    access: RegistryAccess,
    pacing: Pacing,
    suffix: str,
    promised: str,
    message: str,
) -> None:
    for path in (MANIFEST_PATH, BY_DIGEST):
        registry.on(path, manifest_reply(Docker_Content_Digest=promised))
    with pytest.raises(IntegrityError, match=message):
        open_root(registry, access, pacing, suffix)


@pytest.mark.parametrize("digest", [MANIFEST_DIGEST, SHA512])
@pytest.mark.parametrize("body", [b"", MANIFEST[:-1], MANIFEST + b"\n"])
def test_a_digest_that_was_asked_for_must_hold(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, digest: str, body: bytes
) -> None:
    lying = manifest_reply(body, Docker_Content_Digest=digest)
    registry.on(f"/v2/team/app/manifests/{digest}", lying)
    with pytest.raises(IntegrityError, match="is not the one asked for"):
        open_root(registry, access, pacing, f"@{digest}")


def test_the_registry_says_what_it_does_not_have(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> None:
    unknown = b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no"}]}'
    registry.on(MANIFEST_PATH, Reply(status=404, body=unknown))
    with pytest.raises(
        SourceUnavailable,
        match=rf'{registry.url}{MANIFEST_PATH}: the registry has no manifest "1"; '
        r"found 404 Not Found \(MANIFEST_UNKNOWN\)",
    ):
        open_root(registry, access, pacing)


# --- children of an index ----------------------------------------------------------------------


def test_a_child_is_got_by_its_digest(registry: ScriptedServer, source: RegistrySource) -> None:
    registry.on(BY_DIGEST, manifest_reply())
    found = source.manifest(CHILD)
    assert (found.data, found.media_type, found.digest) == (MANIFEST, OCI_MANIFEST, MANIFEST_DIGEST)


@pytest.mark.parametrize(
    ("descriptor", "reply", "message"),
    [
        pytest.param(
            CHILD, manifest_reply(b'{"schemaVersion":2,"manifests":[]}'), "not the one asked for",
            id="an index where a manifest was asked for",
        ),
        pytest.param(
            CHILD, manifest_reply(Content_Type=OCI_INDEX),
            r"found application/vnd\.oci\.image\.index", id="called an index",
        ),
        pytest.param(
            replace(CHILD, size=len(MANIFEST) + 1), manifest_reply(), "not of the size",
            id="another size",
        ),
        pytest.param(CHILD, Reply(status=404), "has no manifest", id="missing"),
        pytest.param(
            replace(CHILD, digest="sha256:../../../../v2/secret/manifests/1"), manifest_reply(),
            "not a digest", id="a path as digest",
        ),
        pytest.param(replace(CHILD, digest="1"), manifest_reply(), "not a digest", id="a tag"),
    ],
)  # fmt: skip
def test_a_child_that_is_not_what_the_index_says_is_refused(
    registry: ScriptedServer,
    source: RegistrySource,
    descriptor: Descriptor,
    reply: Reply,
    message: str,
) -> None:
    registry.on(BY_DIGEST, reply)
    with pytest.raises(EvidenceError, match=message):
        source.manifest(descriptor)


# --- blobs -------------------------------------------------------------------------------------


def ranged(seen: Seen) -> Reply:
    """Serve the blob from where the request's Range begins."""
    start = int(seen.headers["range"].removeprefix("bytes=").removesuffix("-"))
    extent = f"bytes {start}-{len(BLOB) - 1}/{len(BLOB)}"
    return Reply(status=206, headers=(("Content-Range", extent),), body=BLOB[start:])


def cut_at(offset: int) -> Reply:
    return Reply(body=BLOB[:offset], claimed=len(BLOB))


def read_blob(source: RegistrySource) -> bytes:
    chunks = source.blob(BLOB_DIGEST, len(BLOB))
    return b"".join(verified(chunks, digest=BLOB_DIGEST, size=len(BLOB), where=source.origin))


def test_a_blob_is_streamed(registry: ScriptedServer, source: RegistrySource) -> None:
    registry.on(BLOB_PATH, Reply(body=BLOB))
    chunks = list(source.blob(BLOB_DIGEST, len(BLOB)))
    assert len(chunks) > 1
    assert b"".join(chunks) == BLOB


def test_an_empty_blob_has_no_bytes(registry: ScriptedServer, source: RegistrySource) -> None:
    digest = sha256(b"")
    registry.on(f"/v2/team/app/blobs/{digest}", Reply())
    assert b"".join(source.blob(digest, 0)) == b""


def test_a_blob_may_be_left_unread(registry: ScriptedServer, source: RegistrySource) -> None:
    registry.on(BLOB_PATH, Reply(body=BLOB))
    chunks = source.blob(BLOB_DIGEST, len(BLOB))
    assert BLOB.startswith(next(chunks))


def test_a_blob_on_another_host_is_followed_there(
    registry: ScriptedServer, other: ScriptedServer, source: RegistrySource
) -> None:
    registry.on(BLOB_PATH, redirect(f"{other.url}/storage"))
    other.on("/storage", Reply(body=BLOB))
    assert read_blob(source) == BLOB


@pytest.mark.parametrize("offset", [1, 70_000, len(BLOB) - 1])
def test_a_blob_that_is_cut_is_resumed(
    registry: ScriptedServer, source: RegistrySource, clock: Clock, offset: int
) -> None:
    registry.on(BLOB_PATH, cut_at(offset), ranged)
    assert read_blob(source) == BLOB
    assert [seen.headers.get("range") for seen in registry.asked(BLOB_PATH)] == [
        None,
        f"bytes={offset}-",
    ]
    assert clock.slept == [0.5]


def test_a_blob_that_is_cut_before_its_first_byte_is_asked_for_again(
    registry: ScriptedServer, source: RegistrySource
) -> None:
    registry.on(BLOB_PATH, cut_at(0), Reply(body=BLOB))
    assert read_blob(source) == BLOB
    assert [seen.headers.get("range") for seen in registry.asked(BLOB_PATH)] == [None, None]


def test_a_blob_that_is_cut_every_time_is_an_error_that_says_where(
    registry: ScriptedServer, source: RegistrySource, access: RegistryAccess
) -> None:
    registry.on(BLOB_PATH, cut_at(0))
    with pytest.raises(
        SourceUnavailable, match=f"cut in the middle of a blob; found 0 of {len(BLOB)} bytes"
    ):
        read_blob(source)
    assert len(registry.asked(BLOB_PATH)) == 1 + access.retries


def changed(name: str, value: str, status: int = 206) -> Reply:
    reply = ranged(Seen(method="GET", path="", headers={"range": "bytes=70000-"}, body=""))
    return replace(reply, status=status, headers=((name, value),))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Reply(body=BLOB), id="from the start"),
        pytest.param(changed("X", "y"), id="no range said"),
        pytest.param(changed("Content-Range", f"bytes 0-{len(BLOB) - 1}/{len(BLOB)}"),
                     id="another start"),
        pytest.param(changed("Content-Range", f"bytes 70000-{len(BLOB)}/{len(BLOB) + 1}"),
                     id="another size"),
        pytest.param(changed("Content-Range", f"bytes 70000-{len(BLOB) - 1}/*"), id="no size"),
        pytest.param(changed("Content-Range", f"bytes 70000-{len(BLOB) - 1}/{len(BLOB)}", 200),
                     id="a range that is no part"),
    ],
)  # fmt: skip
def test_a_resumption_that_is_not_the_rest_is_refused(
    registry: ScriptedServer, source: RegistrySource, answer: Reply
) -> None:
    registry.on(BLOB_PATH, cut_at(70_000), answer)
    with pytest.raises(SourceUnavailable, match=f"found 70000 of {len(BLOB)} bytes"):
        read_blob(source)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        pytest.param(Reply(body=BLOB[:-1]), f"found {len(BLOB) - 1} bytes of", id="short"),
        pytest.param(Reply(body=BLOB + b"x"), f"found {len(BLOB) + 1} bytes of", id="long"),
        pytest.param(Reply(body=BLOB, endless=True), f"found more than {len(BLOB)} bytes",
                     id="without end"),
        pytest.param(
            Reply(body=b"<html>log in</html>", headers=(("Content-Type", "text/html"),)),
            "found 19 bytes of text/html", id="web page",
        ),
        pytest.param(Reply(status=404, body=b'{"errors":[{"code":"BLOB_UNKNOWN"}]}'),
                     r"has no blob sha256:.*404 Not Found \(BLOB_UNKNOWN\)", id="missing"),
        pytest.param(Reply(status=403), "does not allow reading blob", id="forbidden"),
        pytest.param(Reply(status=206, body=BLOB), "found 206", id="a part nobody asked for"),
    ],
)  # fmt: skip
def test_a_blob_that_is_not_what_the_manifest_says_is_refused(
    registry: ScriptedServer, source: RegistrySource, reply: Reply, message: str
) -> None:
    registry.on(BLOB_PATH, reply)
    with pytest.raises(EvidenceError, match=message):
        read_blob(source)


@pytest.mark.parametrize(
    "digest", ["", "latest", "sha256:abc", "sha256:../../x", "md5:" + "0" * 32]
)
def test_a_blob_without_a_digest_is_not_asked_for(
    registry: ScriptedServer, source: RegistrySource, digest: str
) -> None:
    with pytest.raises(MalformedEvidence, match="not a digest"):
        next(source.blob(digest, 1))
    assert len(registry.seen) == 1

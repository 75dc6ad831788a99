"""Mirrors: who is asked, whose word counts, and what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from policyengine.collect.image.registry import RegistrySource, open_registry
from policyengine.errors import EvidenceError, IntegrityError, SourceUnavailable
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
    Clock,
    Reply,
    ScriptedServer,
    manifest_reply,
    sha256,
)

With = Callable[[RegistrySource], object]


@pytest.fixture
def mirror(other: ScriptedServer) -> ScriptedServer:
    """A server that the settings name as a mirror of the registry."""
    return other


@pytest.fixture
def use(
    registry: ScriptedServer, mirror: ScriptedServer, access: RegistryAccess, pacing: Pacing
) -> Callable[..., object]:
    """Open ``team/app`` with the mirror and give the source to a function."""

    def use_source(then: With, suffix: str = ":1") -> object:
        reference = ImageReference.parse(f"{registry.host}/team/app{suffix}")
        mirrored = replace(access, mirrors=((registry.host, (mirror.host,)),))
        with open_registry(
            reference, access=mirrored, limits=DEFAULT_LIMITS, pacing=pacing
        ) as source:
            return then(source)

    return use_source


def origin(source: RegistrySource) -> tuple[str, str | None]:
    return source.origin, source.mirror


def test_what_a_mirror_gives_is_recorded_as_the_mirrors(
    registry: ScriptedServer, mirror: ScriptedServer, use: Callable[..., object]
) -> None:
    mirror.on(MANIFEST_PATH, manifest_reply())
    assert use(origin) == (f"{mirror.url}{MANIFEST_PATH}", mirror.host)
    assert registry.seen == []


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_a_mirror_that_does_not_give_it_is_passed_over_at_once(
    registry: ScriptedServer,
    mirror: ScriptedServer,
    use: Callable[..., object],
    clock: Clock,
    status: int,
) -> None:
    mirror.on(MANIFEST_PATH, Reply(status=status))
    registry.on(MANIFEST_PATH, manifest_reply())
    assert use(origin) == (f"{registry.url}{MANIFEST_PATH}", None)
    assert len(mirror.seen) == 1
    assert clock.slept == []


def test_a_mirror_that_cannot_be_reached_is_passed_over(
    registry: ScriptedServer, access: RegistryAccess, pacing: Pacing, plain: ScriptedServer
) -> None:
    # A server without TLS fails as a mirror does whose certificate is not trusted.
    registry.on(MANIFEST_PATH, manifest_reply())
    mirrored = replace(access, mirrors=((registry.host, (plain.host,)),))
    reference = ImageReference.parse(f"{registry.host}/team/app:1")
    with open_registry(reference, access=mirrored, limits=DEFAULT_LIMITS, pacing=pacing) as source:
        assert source.mirror is None


def test_where_nobody_has_it_the_registry_speaks_and_the_mirrors_are_named(
    registry: ScriptedServer, mirror: ScriptedServer, use: Callable[..., object]
) -> None:
    mirror.on(MANIFEST_PATH, Reply(status=503))
    with pytest.raises(SourceUnavailable) as caught:
        use(origin)
    text = str(caught.value)
    assert text.startswith(f"{registry.url}{MANIFEST_PATH}: the registry has no manifest")
    assert f"mirrors asked before: {mirror.url}{MANIFEST_PATH}: the registry failed" in text


@pytest.mark.parametrize(
    ("suffix", "reply"),
    [
        pytest.param(f"@{MANIFEST_DIGEST}", manifest_reply(b"{}"), id="other bytes for a digest"),
        pytest.param(
            ":1", manifest_reply(Docker_Content_Digest=sha256(b"other")), id="a lie about a tag"
        ),
        pytest.param(":1", manifest_reply(b"<p>", Content_Type="text/html"), id="a web page"),
    ],
)
def test_a_mirror_that_lies_is_an_error_not_passed_over(
    registry: ScriptedServer,
    mirror: ScriptedServer,
    use: Callable[..., object],
    suffix: str,
    reply: Reply,
) -> None:
    path = MANIFEST_PATH if suffix == ":1" else f"/v2/team/app/manifests/{MANIFEST_DIGEST}"
    mirror.on(path, reply)
    registry.on(path, manifest_reply())
    with pytest.raises(EvidenceError) as caught:
        use(origin, suffix)
    assert mirror.url in str(caught.value)
    assert not isinstance(caught.value, SourceUnavailable)
    assert registry.seen == []


def read_blob(source: RegistrySource) -> bytes:
    return b"".join(source.blob(BLOB_DIGEST, len(BLOB)))


def test_a_blob_that_the_mirror_lacks_is_got_from_the_registry(
    registry: ScriptedServer, mirror: ScriptedServer, use: Callable[..., object]
) -> None:
    mirror.on(MANIFEST_PATH, manifest_reply())
    registry.on(BLOB_PATH, Reply(body=BLOB))
    assert use(read_blob) == BLOB
    assert len(mirror.asked(BLOB_PATH)) == 1


def test_a_mirror_without_the_root_is_not_asked_for_the_blobs(
    registry: ScriptedServer, mirror: ScriptedServer, use: Callable[..., object]
) -> None:
    registry.on(MANIFEST_PATH, manifest_reply())
    registry.on(BLOB_PATH, Reply(body=BLOB))
    mirror.on(BLOB_PATH, Reply(body=BLOB))
    assert use(read_blob) == BLOB
    assert mirror.asked(BLOB_PATH) == []


def test_the_bytes_of_two_servers_are_never_put_together(
    registry: ScriptedServer, mirror: ScriptedServer, use: Callable[..., object]
) -> None:
    mirror.on(MANIFEST_PATH, manifest_reply())
    mirror.on(BLOB_PATH, Reply(body=BLOB[:70_000], claimed=len(BLOB)), Reply(status=500))
    registry.on(BLOB_PATH, Reply(body=BLOB))
    with pytest.raises(SourceUnavailable):
        use(read_blob)
    assert registry.seen == []


def test_a_blob_of_another_size_at_the_mirror_is_an_error(
    registry: ScriptedServer, mirror: ScriptedServer, use: Callable[..., object]
) -> None:
    mirror.on(MANIFEST_PATH, manifest_reply())
    mirror.on(BLOB_PATH, Reply(body=BLOB + b"x"))
    registry.on(BLOB_PATH, Reply(body=BLOB))
    with pytest.raises(IntegrityError, match=mirror.url):
        use(read_blob)


def test_the_root_is_read_once(mirror: ScriptedServer, use: Callable[..., object]) -> None:
    mirror.on(MANIFEST_PATH, manifest_reply())
    assert use(lambda source: (source.root().data, source.root().data)) == (MANIFEST, MANIFEST)
    assert len(mirror.seen) == 1

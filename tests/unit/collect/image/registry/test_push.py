"""Writing to a registry: what goes where, and what of its answers is not followed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policyengine.errors import IntegrityError, MalformedEvidence, SourceUnavailable
from policyengine.model.access import RegistryAccess
from policyengine.model.json_value import FrozenObject
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.media_types import OCI_INDEX
from policyengine.model.reference import ImageReference
from policyengine.registry.artifact import EMPTY, Artifact, Blob, open_repository, push
from tests.unit.collect.image.registry.scripted_server import (
    OCI_MANIFEST,
    Reply,
    ScriptedServer,
    asks_token,
    redirect,
    sha256,
)

UPLOADS = "/v2/team/app/blobs/uploads/"
SUBJECT: FrozenObject = {"mediaType": OCI_MANIFEST, "digest": "sha256:" + "5" * 64, "size": 3}
FALLBACK = "/v2/team/app/manifests/sha256-" + "5" * 64
NOTE = Artifact(artifact_type="text/x-note", layers=(Blob(media_type="text/plain", data=b"hi"),))
REFERS = Artifact(artifact_type="text/x-note", layers=NOTE.layers, subject=SUBJECT)


def begun(location: str) -> Reply:
    return Reply(status=202, headers=(("Location", location),))


def takes(server: ScriptedServer, artifact: Artifact, *, referrers: bool = True) -> None:
    server.on(UPLOADS, begun("/v2/team/app/blobs/uploads/7?state=abc"))
    server.on(f"{UPLOADS}7", Reply(status=201))
    headers = (("OCI-Subject", str(SUBJECT["digest"])),) if referrers else ()
    server.on(
        f"/v2/team/app/manifests/{sha256(artifact.manifest)}", Reply(status=201, headers=headers)
    )


def write(server: ScriptedServer, access: RegistryAccess, artifact: Artifact) -> str:
    reference = ImageReference.parse(f"{server.host}/team/app")
    once = replace(access, retries=0)
    with open_repository(reference, access=once, limits=DEFAULT_LIMITS) as session:
        return push(session, artifact)


def test_blobs_go_first_and_then_the_manifest(
    registry: ScriptedServer, access: RegistryAccess
) -> None:
    takes(registry, NOTE)
    digest = write(registry, access, NOTE)
    asked = [(seen.method, seen.path.partition("?")[0], seen.body) for seen in registry.seen]
    assert [item for item in asked if item[0] != "HEAD"] == [
        ("POST", UPLOADS, ""),
        ("PUT", f"{UPLOADS}7", EMPTY.decode()),
        ("POST", UPLOADS, ""),
        ("PUT", f"{UPLOADS}7", "hi"),
        ("PUT", f"/v2/team/app/manifests/{digest}", NOTE.manifest.decode()),
    ]
    (path,) = {seen.path for seen in registry.seen if seen.body == "hi"}
    assert path == f"{UPLOADS}7?state=abc&digest={sha256(b'hi').replace(':', '%3A')}"


def test_a_registry_that_lists_referrers_gets_no_fallback_tag(
    registry: ScriptedServer, access: RegistryAccess
) -> None:
    takes(registry, REFERS)
    write(registry, access, REFERS)
    assert not registry.asked(FALLBACK)


def test_a_registry_without_referrers_gets_the_fallback_tag(
    registry: ScriptedServer, access: RegistryAccess
) -> None:
    takes(registry, REFERS, referrers=False)
    registry.on(FALLBACK, Reply(status=404), Reply(status=201))
    digest = write(registry, access, REFERS)
    _, written = registry.asked(FALLBACK)
    assert written.method == "PUT"
    assert written.headers["content-type"] == OCI_INDEX
    assert digest in written.body


@pytest.mark.parametrize(
    ("held", "error"),
    [
        pytest.param(b"[]", MalformedEvidence, id="no object"),
        pytest.param(b'{"schemaVersion":2}', MalformedEvidence, id="no index"),
        pytest.param(b"{", MalformedEvidence, id="no JSON"),
    ],
)
def test_what_is_no_index_is_never_written_over(
    registry: ScriptedServer, access: RegistryAccess, held: bytes, error: type[Exception]
) -> None:
    takes(registry, REFERS, referrers=False)
    registry.on(FALLBACK, Reply(headers=(("Content-Type", OCI_INDEX),), body=held))
    with pytest.raises(error):
        write(registry, access, REFERS)
    assert [seen.method for seen in registry.asked(FALLBACK)] == ["GET"]


def test_an_index_that_was_changed_on_the_way_is_never_written_on(
    registry: ScriptedServer,
    access: RegistryAccess,
) -> None:
    takes(registry, REFERS, referrers=False)
    headers = (("Content-Type", OCI_INDEX), ("Docker-Content-Digest", "sha256:" + "0" * 64))
    registry.on(FALLBACK, Reply(headers=headers, body=b'{"manifests":[]}'))
    with pytest.raises(IntegrityError):
        write(registry, access, REFERS)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(Reply(status=202), "no place of its own", id="no place"),
        pytest.param(begun("ftp://x/y"), "no place of its own", id="no web address"),
        pytest.param(begun("http://127.0.0.2:1/up"), "no place of its own", id="plain HTTP"),
        pytest.param(
            redirect("/elsewhere"), "307 Temporary Redirect", id="redirect of what is written"
        ),
        pytest.param(Reply(status=403), "403 Forbidden", id="forbidden"),
        pytest.param(Reply(status=404), "404 Not Found", id="no repository"),
        pytest.param(Reply(status=500), "500 Internal", id="fault"),
        pytest.param(Reply(status=200), "200 OK", id="no success"),
    ],
)
def test_an_upload_that_does_not_begin_is_told(
    registry: ScriptedServer, access: RegistryAccess, answer: Reply, message: str
) -> None:
    registry.on(UPLOADS, answer)
    with pytest.raises(SourceUnavailable, match=message):
        write(registry, access, NOTE)


def test_nothing_is_written_over_plain_http_unasked(
    plain: ScriptedServer, access: RegistryAccess
) -> None:
    with pytest.raises(SourceUnavailable):
        write(plain, access, NOTE)
    assert plain.seen == []


def test_a_login_is_not_taken_to_another_server(
    registry: ScriptedServer, other: ScriptedServer, access: RegistryAccess
) -> None:
    registry.on("/token", Reply(body=b'{"token":"tok"}'))
    registry.on(UPLOADS, asks_token(f"{registry.url}/token"), begun(f"{other.url}/up"))
    with pytest.raises(SourceUnavailable, match="no place of its own"):
        write(registry, access, NOTE)
    assert [seen.headers.get("authorization") for seen in registry.asked(UPLOADS)] == [
        None,
        "Bearer tok",
    ]
    assert other.seen == []

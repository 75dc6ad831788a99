"""What is looked up beside an image in a registry under a trust policy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from policyengine.collect.trust.discovery import discover
from policyengine.collect.trust.policy_file import policy_of_options
from policyengine.model.access import RegistryAccess
from policyengine.model.image import Transport
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.trust_material import CosignSignature
from tests.evidence_values import OTHER_DIGEST, image_evidence, subject
from tests.image_files import INDEX_TYPE, MANIFEST_TYPE, descriptor, to_json
from tests.unit.cli.conftest import Command
from tests.unit.cli.trust.attached import (
    BUNDLE,
    IMAGE_DIGEST,
    OCI_INDEX_HEADERS,
    SIG_TAG,
    SIGNED,
    Attached,
    bundle,
    collected,
    serve,
    signed,
    statement,
)
from tests.unit.collect.image.registry.scripted_server import (
    Reply,
    ScriptedServer,
)

REFERRERS = f"/v2/team/app/referrers/{IMAGE_DIGEST}"
FALLBACK = f"/v2/team/app/manifests/{IMAGE_DIGEST.replace(':', '-')}"


@pytest.mark.parametrize("place", [REFERRERS, FALLBACK], ids=["API", "fallback tag"])
def test_what_refers_to_the_image_is_found(
    command: Command, folder: Path, key: Path, registry: ScriptedServer, place: str
) -> None:
    attached = Attached(layer=bundle(statement(SIGNED, {})), media_type=BUNDLE, subject=True)
    serve(registry, attached)
    registry.on(place, Reply(headers=OCI_INDEX_HEADERS, body=index_of(attached.manifest)))
    image = f"registry:{registry.host}/team/app:1"
    document = collected(command, folder, image, "--key", key)
    assert [item["verified"] for item in document["trust"]["signatures"]] == [True]


def index_of(*manifests: bytes) -> bytes:
    return to_json(
        {
            "schemaVersion": 2,
            "mediaType": INDEX_TYPE,
            "manifests": [descriptor(manifest, MANIFEST_TYPE) for manifest in manifests],
        }
    )


def page(link: str, *manifests: bytes) -> Reply:
    return Reply(headers=(*OCI_INDEX_HEADERS, ("Link", link)), body=index_of(*manifests))


def test_what_refers_to_the_image_is_found_on_the_last_of_several_pages(
    command: Command, folder: Path, key: Path, registry: ScriptedServer
) -> None:
    attached = Attached(layer=bundle(statement(SIGNED, {})), media_type=BUNDLE, subject=True)
    serve(registry, attached)
    registry.on(
        REFERRERS,
        page(f'<{REFERRERS}?last=a>; rel="next"'),
        page(f'<{registry.url}{REFERRERS}?last=b>; rel="next"'),
        Reply(headers=OCI_INDEX_HEADERS, body=index_of(attached.manifest)),
    )
    image = f"registry:{registry.host}/team/app:1"
    document = collected(command, folder, image, "--key", key)
    assert [item["verified"] for item in document["trust"]["signatures"]] == [True]
    assert [seen.path.partition("?")[2] for seen in registry.asked(REFERRERS)][:3] == [
        "",
        "last=a",
        "last=b",
    ]


@pytest.mark.parametrize(
    ("link", "message"),
    [
        pytest.param('<https://evil.example/v2/>; rel="next"', "not on the registry", id="host"),
        pytest.param('<http://[/>; rel="next"', "not on the registry", id="no URL"),
        pytest.param(f'<{REFERRERS}>; rel="next"', "has no end", id="itself"),
    ],
)
def test_a_list_that_cannot_be_read_to_its_end_is_no_list(
    command: Command, folder: Path, key: Path, registry: ScriptedServer, link: str, message: str
) -> None:
    registry.on(REFERRERS, page(link))
    done = command("collect", f"registry:{registry.host}/team/app:1", "--key", key)
    assert done.code == 3
    assert message in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("place", "answer", "message"),
    [
        (f"/v2/team/app/manifests/{SIG_TAG}", Reply(status=500), "failed to give"),
        (f"/v2/team/app/manifests/{SIG_TAG}", Reply(status=403), "does not allow"),
        (REFERRERS, Reply(status=503), "failed to give"),
        (
            REFERRERS,
            Reply(headers=(("Content-Type", "text/html"),), body=b"<html>"),
            "did not answer with an image index",
        ),
        (FALLBACK, Reply(status=502), "failed to give"),
    ],
)
def test_signatures_that_could_not_be_looked_for_are_not_signatures_that_are_not_there(
    command: Command,
    folder: Path,
    key: Path,
    registry: ScriptedServer,
    place: str,
    answer: Reply,
    message: str,
) -> None:
    registry.on(place, answer)
    done = command("collect", f"registry:{registry.host}/team/app:1", "--key", key)
    assert done.code == 3
    assert message in done.err
    assert done.err.count("\n") == 1


def test_for_an_image_of_a_daemon_the_registry_is_asked_that_it_came_from(
    folder: Path, key: Path, registry: ScriptedServer
) -> None:
    serve(registry, signed(f"{registry.host}/team/app"), SIG_TAG)
    held = subject(
        transport=Transport.DOCKER_DAEMON,
        registry=registry.host,
        repository="team/app",
        digest=None,
        repo_digests=(f"elsewhere/app@{OTHER_DIGEST}", f"{registry.host}/team/app@{IMAGE_DIGEST}"),
    )
    access = RegistryAccess(insecure_hosts=frozenset({registry.host}), retries=0)
    policy = policy_of_options(keys=(key,))
    found = discover(image_evidence(of=held), policy, limits=DEFAULT_LIMITS, registry=access)
    (item,) = found.material
    assert isinstance(item, CosignSignature)
    assert found.about == {IMAGE_DIGEST}
    nowhere = discover(
        image_evidence(of=replace(held, repo_digests=())),
        policy,
        limits=DEFAULT_LIMITS,
        registry=access,
    )
    assert nowhere.records == ()

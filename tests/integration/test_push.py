"""Artifacts that are written to real registries, and read back by the real crane."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from policyengine.errors import SourceUnavailable
from policyengine.model.access import RegistryAccess
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.media_types import OCI_MANIFEST
from policyengine.model.reference import ImageReference
from policyengine.registry.artifact import (
    Artifact,
    Blob,
    descriptor,
    open_repository,
    push,
    read_manifest,
)
from tests.integration.components import run
from tests.integration.registries import Registry, docker_config

TYPE = "application/vnd.example.note"


def artifact(text: str, **changes: Any) -> Artifact:
    layer = Blob(media_type="text/plain", data=text.encode(), annotations=(("title", text),))
    return replace(Artifact(artifact_type=TYPE, layers=(layer,)), **changes)


def write(name: str, access: RegistryAccess, made: Artifact, tag: str | None = None) -> str:
    reference = ImageReference.parse(name)
    with open_repository(reference, access=access, limits=DEFAULT_LIMITS) as session:
        return push(session, made, tag=tag)


@pytest.mark.parametrize("locked", [False, True], ids=["open", "with TLS and a login"])
def test_an_artifact_is_read_back_as_it_was_written(
    registry: Registry, locked_registry: Registry, locked: bool
) -> None:
    there = locked_registry if locked else registry
    name = f"{there.host}/notes/whole"
    made = artifact("hello")
    digest = write(name, there.access, made, "1.0")
    settings = {"DOCKER_CONFIG": str(there.config), "SSL_CERT_FILE": str(there.ca_file or "")}
    options = [] if locked else ["--insecure"]
    manifest = run("crane", "manifest", *options, f"{name}:1.0", environment=settings)
    assert manifest.encode() == made.manifest
    assert run("crane", "digest", *options, f"{name}:1.0", environment=settings).strip() == digest
    layer = json.loads(manifest)["layers"][0]["digest"]
    assert run("crane", "blob", *options, f"{name}@{layer}", environment=settings) == "hello"


def test_what_refers_to_a_manifest_is_listed_each_once(registry: Registry) -> None:
    """The registry has no referrers API: the fallback tag is the writer's."""
    name = f"{registry.host}/notes/referred"
    subject = artifact("subject")
    digest = write(name, registry.access, subject, "1.0")
    refers = {"subject": descriptor(subject.manifest, OCI_MANIFEST)}
    first = write(name, registry.access, artifact("one", **refers))
    second = write(name, registry.access, artifact("two", annotations=(("by", "me"),), **refers))
    write(name, registry.access, artifact("one", **refers))
    reference = ImageReference.parse(name)
    with open_repository(reference, access=registry.access, limits=DEFAULT_LIMITS) as session:
        index = read_manifest(session, digest.replace(":", "-"))
    assert index is not None
    entries: Any = index["manifests"]
    assert [(entry["digest"], entry["artifactType"]) for entry in entries] == [
        (second, TYPE),
        (first, TYPE),
    ]
    assert entries[0]["annotations"] == {"by": "me"}


def test_a_registry_that_wants_a_login_takes_nothing_without(
    locked_registry: Registry, tmp_path: Any
) -> None:
    access = replace(locked_registry.access, docker_config=docker_config(tmp_path / "none"))
    with pytest.raises(SourceUnavailable, match="without a login"):
        write(f"{locked_registry.host}/notes/none", access, artifact("x"))

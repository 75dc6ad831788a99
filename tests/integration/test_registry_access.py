"""Real registries: logins, certificates, plain HTTP and mirrors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from policyengine.collect.image.content import verified
from policyengine.collect.image.registry import RegistrySource, open_registry
from policyengine.errors import SourceUnavailable
from policyengine.model.access import RegistryAccess
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.reference import ImageReference
from tests.integration.images import Layout, copy
from tests.integration.registries import PASSWORD, Registry, docker_config


@pytest.fixture(scope="module")
def in_open(registry: Registry, umoci_image: Layout) -> ImageReference:
    """The umoci image in the registry without TLS and login."""
    reference = f"{registry.host}/team/access:1.4"
    copy(umoci_image.skopeo, f"docker://{reference}", registry=registry)
    return ImageReference.parse(reference)


@pytest.fixture(scope="module")
def in_locked(locked_registry: Registry, umoci_image: Layout) -> ImageReference:
    """The umoci image in the registry with TLS and login."""
    reference = f"{locked_registry.host}/team/locked:1.4"
    copy(umoci_image.skopeo, f"docker://{reference}", registry=locked_registry)
    return ImageReference.parse(reference)


def digest_of(layout: Layout) -> str:
    index = json.loads((layout.path / "index.json").read_text())
    (digest,) = {entry["digest"] for entry in index["manifests"]}
    return str(digest)


def read_everything(source: RegistrySource) -> str:
    """Read and check every blob of an image manifest; return the manifest's digest."""
    root = source.root()
    manifest = json.loads(root.data)
    for blob in (manifest["config"], *manifest["layers"]):
        chunks = source.blob(blob["digest"], blob["size"])
        for _ in verified(chunks, digest=blob["digest"], size=blob["size"], where=source.origin):
            pass
    return root.digest


def read(reference: ImageReference, access: RegistryAccess) -> str:
    with open_registry(reference, access=access, limits=DEFAULT_LIMITS) as source:
        return read_everything(source)


def test_an_image_is_read_without_a_login(
    in_open: ImageReference, registry: Registry, umoci_image: Layout
) -> None:
    assert read(in_open, registry.access) == digest_of(umoci_image)


def test_an_image_is_read_by_its_digest(
    in_open: ImageReference, registry: Registry, umoci_image: Layout
) -> None:
    by_digest = replace(in_open, tag=None, digest=digest_of(umoci_image))
    assert read(by_digest, registry.access) == digest_of(umoci_image)


def test_an_image_is_read_with_the_right_login(
    in_locked: ImageReference, locked_registry: Registry, umoci_image: Layout
) -> None:
    assert read(in_locked, locked_registry.access) == digest_of(umoci_image)


def test_a_wrong_login_is_refused_and_not_shown(
    in_locked: ImageReference, locked_registry: Registry, tmp_path: Path
) -> None:
    config = docker_config(tmp_path / "docker", locked_registry.host, f"{PASSWORD}!")
    with pytest.raises(SourceUnavailable, match=r"401 Unauthorized \(UNAUTHORIZED\)") as caught:
        read(in_locked, replace(locked_registry.access, docker_config=config))
    assert f"the login is from {config}" in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_missing_login_is_named(
    in_locked: ImageReference, locked_registry: Registry, tmp_path: Path
) -> None:
    config = docker_config(tmp_path / "docker")
    with pytest.raises(SourceUnavailable, match=f"there is no login for {locked_registry.host}"):
        read(in_locked, replace(locked_registry.access, docker_config=config))


def test_a_login_comes_from_a_credential_helper(
    in_locked: ImageReference,
    locked_registry: Registry,
    umoci_image: Layout,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    helper = tmp_path / "docker-credential-test"
    answer = json.dumps({"Username": "ann", "Secret": PASSWORD})
    helper.write_text(f"#!/bin/sh\necho '{answer}'\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    config = tmp_path / "docker"
    config.mkdir()
    (config / "config.json").write_text(json.dumps({"credHelpers": {locked_registry.host: "test"}}))
    access = replace(locked_registry.access, docker_config=config)
    assert read(in_locked, access) == digest_of(umoci_image)


@pytest.mark.parametrize("other", [False, True], ids=["no CA", "another CA"])
def test_an_unknown_ca_is_refused(
    in_locked: ImageReference, locked_registry: Registry, tmp_path: Path, other: bool
) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    ca_files = (tmp_path / "other.pem",) if other else ()
    with pytest.raises(SourceUnavailable, match="certificate of the registry is not trusted"):
        read(in_locked, replace(locked_registry.access, ca_files=ca_files))


def test_plain_http_needs_the_users_word(in_open: ImageReference, registry: Registry) -> None:
    with pytest.raises(SourceUnavailable, match="--insecure-registry"):
        read(in_open, replace(registry.access, insecure_hosts=frozenset()))


def test_plain_http_to_a_registry_with_tls_is_refused_by_it(
    in_locked: ImageReference, locked_registry: Registry
) -> None:
    insecure = replace(locked_registry.access, insecure_hosts=frozenset({locked_registry.host}))
    with pytest.raises(SourceUnavailable, match=r"400 Bad Request.*if it speaks TLS"):
        read(in_locked, insecure)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tag": "9.9"}, r'no manifest "9\.9"; found 404 Not Found \(MANIFEST_UNKNOWN\)'),
        ({"repository": "team/none"}, r"found 404 Not Found \((NAME|MANIFEST)_UNKNOWN\)"),
        ({"tag": None, "digest": f"sha256:{'0' * 64}"}, r"found 404 Not Found"),
    ],
)
def test_what_is_not_there_is_named(
    in_open: ImageReference, registry: Registry, change: dict[str, str], message: str
) -> None:
    with pytest.raises(SourceUnavailable, match=message):
        read(replace(in_open, **change), registry.access)


def test_a_missing_blob_is_named(in_open: ImageReference, registry: Registry) -> None:
    with (
        open_registry(in_open, access=registry.access, limits=DEFAULT_LIMITS) as source,
        pytest.raises(SourceUnavailable, match=r"404 Not Found \(BLOB_UNKNOWN\)"),
    ):
        next(source.blob(f"sha256:{'0' * 64}", 1))


def test_a_pull_through_cache_is_asked_first_and_recorded(
    in_open: ImageReference, registry: Registry, cache: Registry, umoci_image: Layout
) -> None:
    access = replace(
        registry.access,
        insecure_hosts=frozenset({registry.host, cache.host}),
        mirrors=((registry.host, (cache.host,)),),
    )
    with open_registry(in_open, access=access, limits=DEFAULT_LIMITS) as source:
        assert source.mirror == cache.host
        assert source.origin == f"http://{cache.host}/v2/team/access/manifests/1.4"
        assert read_everything(source) == digest_of(umoci_image)


def test_a_cache_that_lacks_the_image_is_passed_over(
    in_locked: ImageReference, locked_registry: Registry, cache: Registry, umoci_image: Layout
) -> None:
    access = replace(
        locked_registry.access,
        insecure_hosts=frozenset({cache.host}),
        mirrors=((locked_registry.host, (cache.host,)),),
    )
    with open_registry(in_locked, access=access, limits=DEFAULT_LIMITS) as source:
        assert source.mirror is None
        assert source.origin.startswith(f"https://{locked_registry.host}/")
        assert read_everything(source) == digest_of(umoci_image)

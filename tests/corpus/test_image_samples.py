"""Every image file among the samples: read with all that it has, or refused in one line."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from policyengine.collect.image import ImageRequest, read_image
from policyengine.collect.image.configuration import parse_configuration
from policyengine.collect.image.content import Descriptor, FetchedManifest
from policyengine.collect.image.daemon import Daemon
from policyengine.collect.image.manifest import choose_manifest, parse_index, parse_manifest
from policyengine.errors import EvidenceError, PlatformNotFound, UnsupportedFormat
from policyengine.model.access import DEFAULT_REGISTRY_ACCESS, DaemonAccess
from policyengine.model.image import ImageEvidence
from policyengine.model.image_documents import (
    ConfigurationDocument,
    DockerInspection,
    SkopeoInspection,
)
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.platform import Platform
from tests.corpus.sample_files import SAMPLES, by_name, folders_of, raw_json, read_file, samples
from tests.docker_daemon import Client
from tests.image_files import (
    CONFIG_TYPE,
    MANIFEST_TYPE,
    descriptor,
    digest,
    oci_files,
    tar,
    to_json,
    write_directory,
)

MANIFESTS = ("image/docker-manifest-v2s2", "image/oci-manifest")
SCHEMA_1 = "image/docker-manifest-v2s1"
INDEXES = ("image/index", "image/manifest-list")
TARBALLS = "image/image-tarballs"
IMAGE_CONFIGS = {
    CONFIG_TYPE,
    "application/vnd.docker.container.image.v1+json",
    "application/octet-stream",
}
# Written with a size that nobody knew.
WITHOUT_SIZE = "image__fixtures__schema1-to-oci1.json"
# Counted by hand, so that the counts below are not all zero.
KNOWN_STEPS = {
    "nginx_image_config.json": 14,
    "oci1-config.json": 15,
    "adc1ef6389168fbca31b7480d561a217e54f0fa883162ced06147b5bd61f1e7f": 11,
}
KNOWN_ENTRIES = {"raw_manifests__golang.json": 10, "testdata__testrepo__index.json": 26}


def fetched(path: Path, media_type: str = "") -> FetchedManifest:
    data = path.read_bytes()
    return FetchedManifest(data=data, media_type=media_type, digest=digest(data))


def read(text: str, **options: Any) -> ImageEvidence:
    return read_image(
        ImageRequest(text=text, **options),
        limits=DEFAULT_LIMITS,
        registry=DEFAULT_REGISTRY_ACCESS,
        daemon=DaemonAccess(host="unix:///nonexistent/docker.sock"),
    )


def refused(text: str, **options: Any) -> str:
    """Read an image that must not be read, and return the one line that says why."""
    with pytest.raises(EvidenceError) as caught:
        read(text, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("path", samples("image/config"))
def test_a_configuration_is_read_whole(path: Path) -> None:
    raw = raw_json(path)
    image = parse_configuration(path.read_bytes(), where=path.name)
    assert image.id == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    steps = raw.get("history") or []
    assert len(image.history) == len(steps)
    assert by_name(path, KNOWN_STEPS) in {None, len(steps)}
    assert [step.created_by for step in image.history] == [
        step.get("created_by", "") for step in steps
    ]
    assert sum(step.empty_layer for step in image.history) == path.read_text().count(
        '"empty_layer"'
    )
    assert list(image.layers) == raw["rootfs"]["diff_ids"]
    assert_same_settings(image.config, raw.get("config") or {})


def assert_same_settings(config: Any, raw: Any) -> None:
    """Hold what was read to the fields of the file that are not empty."""
    known = {
        *("User", "Env", "Entrypoint", "Cmd", "Labels", "ExposedPorts", "Volumes", "WorkingDir"),
        *("StopSignal", "OnBuild", "Shell", "ArgsEscaped", "Healthcheck"),
    }
    assert config == {name: value for name, value in raw.items() if name in known and value}


@pytest.mark.parametrize("path", samples(*MANIFESTS, but=[WITHOUT_SIZE]))
def test_a_manifest_is_read_whole_or_is_of_no_image(path: Path) -> None:
    raw = raw_json(path)
    if raw["config"]["mediaType"] not in IMAGE_CONFIGS:
        with pytest.raises(UnsupportedFormat, match="is an artifact, not a container image"):
            parse_manifest(fetched(path), path.name)
        return
    manifest = parse_manifest(fetched(path), path.name)
    assert manifest.config.digest == raw["config"]["digest"]
    assert [(layer.digest, layer.size) for layer in manifest.layers] == [
        (layer["digest"], layer["size"]) for layer in raw["layers"]
    ]
    assert dict(manifest.annotations) == raw.get("annotations", {})


def test_a_size_below_zero_is_refused() -> None:
    path = SAMPLES / "image/oci-manifest" / f"image__{WITHOUT_SIZE}"
    if not path.exists():
        pytest.skip("the folder of samples is not beside the checkout")
    with pytest.raises(EvidenceError, match=r"/config/size: .* found -1"):
        parse_manifest(fetched(path), path.name)


@pytest.mark.parametrize("path", samples(SCHEMA_1))
def test_schema_1_is_refused_by_name(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    root = descriptor(data, MANIFEST_TYPE)
    layout = write_directory(tmp_path / "layout", oci_files([root], {digest(data): data}))
    assert "is an image in Docker's manifest schema 1, which is not read" in refused(str(layout))


def configurations() -> dict[str, bytes]:
    return {
        digest(path.read_bytes()): path.read_bytes()
        for path in SAMPLES.joinpath("image/config").glob("*")
    }


def test_a_manifest_and_its_configuration_are_an_image(shared_dir: Path, tmp_path: Path) -> None:
    del shared_dir
    found = 0
    blobs = configurations()
    for folder in MANIFESTS:
        for path in sorted(SAMPLES.joinpath(folder).glob("*")):
            data, raw = path.read_bytes(), raw_json(path)
            if raw["config"]["digest"] not in blobs:
                continue
            found += 1
            root = descriptor(data, raw.get("mediaType", MANIFEST_TYPE))
            layout = tmp_path / str(found)
            write_directory(layout, oci_files([root], {**blobs, digest(data): data}))
            evidence = read(str(layout))
            assert evidence.subject.digest == digest(data)
            assert evidence.image.id == raw["config"]["digest"]
            assert len(evidence.image.layers) == len(raw["layers"])
            assert evidence.manifest is not None
            assert evidence.manifest.size == raw["config"]["size"] + sum(
                layer["size"] for layer in raw["layers"]
            )
            # Not one of the layers is there.
            assert "is missing" in refused(str(layout), layers=True)
    assert found == 8


@dataclass(kw_only=True)
class OneManifest:
    """A source whose index is ``index``; every image in it is one and the same."""

    index: FetchedManifest
    asked: list[str] = field(default_factory=list)
    origin: str = "index.json"

    def root(self) -> FetchedManifest:
        return self.index

    def manifest(self, descriptor: Descriptor) -> FetchedManifest:
        self.asked.append(descriptor.digest)
        config = {"mediaType": CONFIG_TYPE, "digest": digest(b"{}"), "size": 2}
        data = to_json({"schemaVersion": 2, "config": config, "layers": []})
        return FetchedManifest(data=data, media_type=MANIFEST_TYPE, digest=descriptor.digest)

    def blob(self, digest: str, size: int) -> Iterator[bytes]:
        raise AssertionError("no blob is needed to choose")


@pytest.mark.parametrize("path", samples(*INDEXES))
def test_an_index_names_every_image_in_it(path: Path) -> None:
    raw = raw_json(path)["manifests"]
    entries = parse_index(fetched(path), path.name)
    assert [entry.digest for entry in entries] == [entry["digest"] for entry in raw]
    assert by_name(path, KNOWN_ENTRIES) in {None, len(raw)}


@pytest.mark.parametrize("path", samples(*INDEXES))
def test_the_image_for_each_platform_of_an_index_is_found(path: Path) -> None:
    first: dict[tuple[str, str, str], str] = {}
    for entry in raw_json(path)["manifests"]:
        is_attestation = "vnd.docker.reference.type" in (entry.get("annotations") or {})
        if (given := entry.get("platform")) and not is_attestation:
            parts = (given["os"], given["architecture"], given.get("variant", ""))
            first.setdefault(parts, entry["digest"])
    for os, architecture, variant in first:
        # Any variant serves who asks for none.
        expected = next(
            found
            for parts, found in first.items()
            if parts[:2] == (os, architecture) and variant in {"", parts[2]}
        )
        source = OneManifest(index=fetched(path))
        wanted = Platform(os=os, architecture=architecture, variant=variant or None)
        assert choose_manifest(source, wanted).index_digest == digest(path.read_bytes())
        assert source.asked == [expected]
    if not first:
        return
    with pytest.raises(PlatformNotFound, match="has no image for plan9/mips") as caught:
        choose_manifest(OneManifest(index=fetched(path)), Platform.parse("plan9/mips"))
    for parts in first:
        assert "/".join(filter(None, parts)) in str(caught.value)


# Name, images in it, and what hinders reading the layers (None: nothing).
CUT_LAYER = "the layer is not what the configuration says"
ARCHIVES: dict[str, tuple[int, str | None]] = {
    "test-oci-zstd-image.tar": (1, None),
    "overwritten_file.tar": (1, None),
    "source_image.tar": (1, None),
    "whiteout_dir.tar": (1, None),
    "hello-world-v25.tar": (1, None),
    "test_image_2.tar": (1, None),
    "debian.tar.gz": (1, None),
    "docker-images.tar.gz": (2, CUT_LAYER),
    "gcr_io_distroless_base.tar.gz": (1, None),
    "gemfile.tar": (1, None),
    "centos-6.tar": (1, CUT_LAYER),
    "alpine-3.12.0.tar": (1, "is shorter than promised; found 6165 bytes"),
}
NO_ARCHIVES = {
    "test-estargz-image.tar": "is an archive, but of no image; found README.md",
    "nginx.tar": "is shorter than promised; found 812 bytes; expected 971 bytes",
}


@pytest.mark.parametrize("path", samples(TARBALLS))
def test_an_archive_is_read_whole_or_refused(path: Path) -> None:
    if (message := by_name(path, NO_ARCHIVES)) is not None:
        assert message in refused(str(path))
        return
    expected = by_name(path, ARCHIVES)
    assert expected is not None, "a sample that the table does not know"
    count, hindrance = expected
    listed = images_in(path)
    assert len(listed) == count
    if count > 1:
        assert "has several images" in refused(str(path))
    for index, (config, tags) in enumerate(listed):
        name = str(path) if count == 1 else f"docker-archive:{path}:@{index}"
        evidence = read(name)
        raw = json.loads(config)
        assert evidence.image.id == digest(config)
        assert list(evidence.image.layers) == raw["rootfs"]["diff_ids"]
        assert len(evidence.image.history) == len(raw.get("history") or [])
        assert_same_settings(evidence.image.config, raw.get("config") or {})
        assert list(evidence.subject.repo_tags) == tags
        if hindrance is None:
            assert read(name, layers=True).image.layers == evidence.image.layers
        else:
            assert hindrance in refused(name, layers=True)


def images_in(path: Path) -> list[tuple[bytes, list[str]]]:
    """Return the configurations and tags in an archive, found without the code under test."""
    with tarfile.open(path) as archive:

        def content(name: str) -> bytes:
            stream = archive.extractfile(name)
            assert stream is not None
            return stream.read()

        if "manifest.json" in archive.getnames():
            entries = json.loads(content("manifest.json"))
            return [(content(entry["Config"]), entry["RepoTags"] or []) for entry in entries]
        index = json.loads(content("index.json"))
        (root,) = index["manifests"]
        manifest = json.loads(content(f"blobs/{root['digest'].replace(':', '/')}"))
        return [(content(f"blobs/{manifest['config']['digest'].replace(':', '/')}"), [])]


EXAMPLES = {
    "config.md_json0.json": "configuration",
    "manifest.md_json0.json": "manifest",
    "image-layout.md_json2.json": "index",
    "descriptor.md_json0.json": "none",
    "descriptor.md_json2.json": "none",
}


@pytest.mark.parametrize("path", samples("image/oci-spec-examples"))
def test_the_examples_of_the_specification_are_read(path: Path) -> None:
    raw = raw_json(path)
    kind = by_name(path, EXAMPLES)
    if kind == "configuration":
        image = parse_configuration(path.read_bytes(), where=path.name)
        assert len(image.history) == len(raw["history"]) == 3
        assert (image.user.name, image.author) == (raw["config"]["User"], raw["author"])
    elif kind == "manifest":
        assert len(parse_manifest(fetched(path), path.name).layers) == len(raw["layers"]) == 3
    elif kind == "index":
        assert len(parse_index(fetched(path), path.name)) == len(raw["manifests"])
    else:
        # A descriptor alone is no document.
        with pytest.raises(EvidenceError, match="/schemaVersion"):
            parse_manifest(fetched(path), path.name)


@pytest.mark.parametrize("path", samples("image/docker-save-manifest"))
def test_the_list_of_an_archive_without_its_files_is_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "image.tar").write_bytes(tar({"manifest.json": path.read_bytes()}))
    assert f"{raw_json(path)[0]['Config']}: is missing" in refused(f"{tmp_path}/image.tar")


# Layers, counted by hand in two files.
KNOWN_LAYERS = {"image-info__gitleaks.md": 5, "7f2a7331__g": 6}


@pytest.mark.parametrize("path", samples("image/docker-inspect"))
def test_what_a_daemon_says_of_an_image_is_read_whole(path: Path) -> None:
    (raw,) = raw_json(path)
    layers = raw["RootFS"]["Layers"]
    # The samples have no history; without one the layers are not told.
    past = [{"Created": 1, "CreatedBy": "RUN x", "Size": 1} for _ in layers]
    client: Any = Client(raw, past)
    found = Daemon(client, "unix:///docker.sock", 1).read("app")
    assert found.inspected == raw
    assert list(found.repo_tags) == raw["RepoTags"]
    assert list(found.repo_digests) == raw["RepoDigests"]
    assert found.image is not None
    assert found.image.id == raw["Id"]
    assert list(found.image.layers) == layers
    assert str(found.image.created) == raw["Created"]
    assert_same_settings(found.image.config, raw["Config"])
    assert by_name(path, KNOWN_LAYERS) in {None, len(found.image.layers)}


DOCUMENTS = [folder for folder in folders_of("image") if folder != TARBALLS]


@pytest.mark.parametrize("path", samples(*DOCUMENTS))
def test_a_document_about_an_image_is_no_image(path: Path) -> None:
    assert "is not a tar archive" in refused(str(path))


NOT_READ = {
    "image/docker-manifest-v2s2": "is an image manifest, which is not read",
    "image/oci-manifest": "is an image manifest, which is not read",
    "image/index": "is an image index, which is not read",
    "image/manifest-list": "is an image index, which is not read",
}


TOLD = ("image/config", "image/docker-inspect", "image/skopeo-inspect")


@pytest.mark.parametrize("path", samples(*TOLD))
def test_what_tells_of_an_image_is_read_in_its_place(path: Path) -> None:
    kinds = {
        "config": ConfigurationDocument,
        "docker-inspect": DockerInspection,
        "skopeo-inspect": SkopeoInspection,
    }
    (found,) = read_file(path).documents
    assert isinstance(found, kinds[path.parent.name])


@pytest.mark.parametrize(
    "path",
    samples(*(name for name in DOCUMENTS if name not in TOLD), but=("config.md_json0.json",)),
)
def test_a_document_about_an_image_is_no_report(path: Path) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        read_file(path)
    said = NOT_READ.get(f"image/{path.parent.name}", "which is not read|of no known format")
    assert re.search(said, str(caught.value))
    assert "\n" not in str(caught.value)

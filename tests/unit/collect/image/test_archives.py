"""Images in files: the same facts from each form, and no byte believed that is not checked."""

from __future__ import annotations

import gzip
import os
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policyengine.errors import (
    EvidenceError,
    IntegrityError,
    LimitExceeded,
    MalformedEvidence,
    PlatformNotFound,
    SourceUnavailable,
    UnsupportedFormat,
    UsageError,
)
from policyengine.model.limits import ReadLimits
from policyengine.model.platform import Platform
from tests.image_files import (
    INDEX_TYPE,
    MANIFEST_TYPE,
    BuiltImage,
    descriptor,
    digest,
    index_of,
    oci_files,
    special,
    tar,
    to_json,
    write_directory,
)
from tests.unit.collect.image.conftest import Read

Files = dict[str, bytes]


def test_every_form_gives_the_same_image(read: Read, tmp_path: Path) -> None:
    built = BuiltImage(config={"User": "app", "Env": ["A=b"], "ExposedPorts": {"80/tcp": {}}})
    write_directory(tmp_path / "layout", built.oci_files())
    (tmp_path / "oci.tar").write_bytes(tar(built.oci_files()))
    (tmp_path / "docker.tar").write_bytes(tar(built.docker_files()))
    (tmp_path / "docker.tar.gz").write_bytes(gzip.compress(tar(built.docker_files())))
    forms = [
        f"oci:{tmp_path}/layout",
        f"oci:{tmp_path}/layout:registry.example/team/app:1.4",
        f"oci-archive:{tmp_path}/oci.tar",
        f"docker-archive:{tmp_path}/docker.tar",
        f"docker-archive:{tmp_path}/docker.tar:registry.example/team/app:1.4",
        f"docker-archive:{tmp_path}/docker.tar.gz",
        *(str(tmp_path / name) for name in ("layout", "oci.tar", "docker.tar", "docker.tar.gz")),
    ]
    found = [read(text) for text in forms]
    assert all(evidence.image == found[0].image for evidence in found)
    assert {evidence.subject.repository for evidence in found} == {"team/app"}
    assert {evidence.subject.tag for evidence in found} == {"1.4"}


REF_NAME = "org.opencontainers.image.ref.name"
FULL_NAME = "io.containerd.image.name"


@pytest.mark.parametrize(
    ("annotations", "repository", "tag"),
    [
        pytest.param({REF_NAME: "1.4"}, None, "1.4", id="a bare word is a tag"),
        pytest.param({REF_NAME: "latest"}, None, "latest", id="also latest"),
        pytest.param({REF_NAME: "r.example/a:1.5"}, "a", "1.5", id="a full name"),
        pytest.param({FULL_NAME: "r.example/a:1.5", REF_NAME: "1.4"}, "a", "1.5", id="both"),
        pytest.param({FULL_NAME: "r.example/a", REF_NAME: "1.4"}, "a", None, id="full without tag"),
        pytest.param({REF_NAME: "-1"}, None, None, id="no tag begins so"),
        pytest.param({REF_NAME: "a b"}, None, None, id="no name at all"),
        pytest.param({}, None, None, id="none"),
    ],
)
def test_the_tag_of_an_image_in_a_layout_is_what_the_layout_calls_it(
    read: Read,
    tmp_path: Path,
    annotations: dict[str, str],
    repository: str | None,
    tag: str | None,
) -> None:
    built = BuiltImage()
    root = descriptor(built.manifest(), MANIFEST_TYPE) | {"annotations": annotations}
    files = oci_files([root], {**built.blobs(), digest(built.manifest()): built.manifest()})
    subject = read(f"oci:{write_directory(tmp_path, files)}").subject
    assert (subject.repository, subject.tag) == (repository, tag)


def test_a_layout_knows_the_manifest_and_an_archive_of_docker_does_not(
    read: Read, tmp_path: Path
) -> None:
    built = BuiltImage()
    write_directory(tmp_path, built.oci_files())
    layout = read(f"oci:{tmp_path}")
    assert layout.subject.digest == digest(built.manifest())
    assert layout.manifest is not None
    assert layout.manifest.size == sum(len(data) for data in built.blobs().values())
    (tmp_path / "d.tar").write_bytes(tar(built.docker_files()))
    assert read(str(tmp_path / "d.tar")).manifest is None


def test_history_is_joined_with_the_layers_it_made(read: Read, tmp_path: Path) -> None:
    built = BuiltImage(layers=[tar({"a": b"1"}), tar({"b": b"2"})])
    write_directory(tmp_path, built.oci_files())
    image = read(f"oci:{tmp_path}").image
    assert [step.layer for step in image.history] == [*image.layers, None]
    assert str(image.history[0].created) == "2026-01-01T10:20:30Z"
    assert str(image.created) == "2026-01-01T10:20:30.123456789Z"


@pytest.mark.parametrize(
    "empty",
    [{"User": "", "Env": None, "Labels": {}}, {"Hostname": "abc", "Image": "sha256:x"}, {}],
)
def test_remains_and_empty_fields_of_the_configuration_are_no_facts(
    read: Read, tmp_path: Path, empty: dict[str, Any]
) -> None:
    write_directory(tmp_path, BuiltImage(config=empty).oci_files())
    assert read(f"oci:{tmp_path}").image.config == {}


@pytest.mark.parametrize(
    ("created", "found"), [(None, None), ("0001-01-01T00:00:00Z", None)], ids=["none", "year 1"]
)
def test_a_time_that_was_not_set_is_not_known(
    read: Read, tmp_path: Path, created: str | None, found: None
) -> None:
    write_directory(tmp_path, BuiltImage(created=created).oci_files())
    assert read(f"oci:{tmp_path}").image.created is found


@pytest.mark.parametrize(
    ("annotations", "labels", "name", "found_in"),
    [
        ({"org.opencontainers.image.base.name": "a:1"}, {}, "a:1", "annotation"),
        ({}, {"org.opencontainers.image.base.name": "b:1"}, "b:1", "label"),
        (
            {"org.opencontainers.image.base.name": "a:1"},
            {"org.opencontainers.image.base.name": "b:1"},
            "a:1",
            "annotation",
        ),
    ],
)
def test_the_base_image_is_found_where_it_is_written(
    read: Read, tmp_path: Path, annotations: dict[str, str], labels: Any, name: str, found_in: str
) -> None:
    built = BuiltImage(annotations=annotations, config={"Labels": labels})
    write_directory(tmp_path, built.oci_files())
    base = read(f"oci:{tmp_path}").base
    assert base is not None
    assert (base.name, base.found_in) == (name, found_in)


ARM = BuiltImage(platform=("linux", "arm64"), config={"User": "arm"})
AMD = BuiltImage(platform=("linux", "amd64"), config={"User": "amd"})


@pytest.mark.parametrize(
    ("asked", "user"), [(None, "amd"), ("linux/amd64", "amd"), ("linux/arm64/v8", "arm")]
)
def test_the_platform_chooses_from_an_index(
    read: Read, tmp_path: Path, asked: str | None, user: str
) -> None:
    write_directory(tmp_path, index_of(ARM, AMD))
    evidence = read(f"oci:{tmp_path}", platform=Platform.parse(asked) if asked else None)
    assert evidence.image.user.name == user
    assert evidence.subject.index_digest is not None


def test_an_unknown_platform_lists_what_there_is(read: Read, tmp_path: Path) -> None:
    write_directory(tmp_path, index_of(ARM, AMD))
    with pytest.raises(PlatformNotFound, match=r"linux/s390x.*found linux/amd64, linux/arm64"):
        read(f"oci:{tmp_path}", platform=Platform.parse("linux/s390x"))


def test_a_lone_image_is_judged_unless_another_platform_was_asked_for(
    read: Read, tmp_path: Path
) -> None:
    write_directory(tmp_path, ARM.oci_files())
    assert read(f"oci:{tmp_path}").image.platform == Platform.parse("linux/arm64")
    with pytest.raises(PlatformNotFound):
        read(f"oci:{tmp_path}", platform=Platform.parse("linux/amd64"))


def test_an_attestation_is_no_platform(read: Read, tmp_path: Path) -> None:
    attestation = descriptor(AMD.manifest(), "application/vnd.oci.image.manifest.v1+json")
    attestation["platform"] = {"os": "linux", "architecture": "amd64"}
    attestation["annotations"] = {"vnd.docker.reference.type": "attestation-manifest"}
    index = to_json({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [attestation]})
    blobs = {**AMD.blobs(), digest(AMD.manifest()): AMD.manifest(), digest(index): index}
    write_directory(tmp_path, oci_files([descriptor(index, INDEX_TYPE)], blobs))
    with pytest.raises(MalformedEvidence, match="without an image"):
        read(f"oci:{tmp_path}")


def changed(change: Callable[[Files], object]) -> Files:
    files = BuiltImage().oci_files()
    change(files)
    return files


def blob_name(files: Files, media: str) -> str:
    built = BuiltImage()
    data = {"manifest": built.manifest(), "config": built.configuration(), "layer": built.layers[0]}
    return f"blobs/{digest(data[media]).replace(':', '/')}"


def put(name: str, data: bytes) -> Callable[[Files], object]:
    return lambda files: files.update({name: data})


def replaced_manifest(**changes: Any) -> Files:
    """A layout whose manifest has other fields, with digests that hold."""
    import json

    built = BuiltImage()
    manifest = to_json({**json.loads(built.manifest()), **changes})
    root = descriptor(manifest, "application/vnd.oci.image.manifest.v1+json")
    return oci_files([root], {**built.blobs(), digest(manifest): manifest})


CONFIG = descriptor(BuiltImage().configuration(), "application/vnd.oci.image.config.v1+json")


@pytest.mark.parametrize(
    ("case", "files", "error", "message"),
    [
        (
            "no marker",
            changed(lambda f: f.pop("oci-layout")),
            EvidenceError,
            "oci-layout",
        ),
        (
            "newer layout",
            changed(put("oci-layout", b'{"imageLayoutVersion": "2.0.0"}')),
            UnsupportedFormat,
            "found 2.0.0",
        ),
        ("empty index", changed(put("index.json", b"")), MalformedEvidence, "index.json: is empty"),
        (
            "cut index",
            changed(put("index.json", b'{"schemaVersion": 2, "mani')),
            MalformedEvidence,
            "index.json at byte",
        ),
        (
            "index of nothing",
            changed(put("index.json", b'{"schemaVersion": 2, "manifests": []}')),
            MalformedEvidence,
            "without an image",
        ),
        (
            "no manifest",
            changed(lambda f: f.pop(blob_name(f, "manifest"))),
            MalformedEvidence,
            "is missing",
        ),
        (
            "no config",
            changed(lambda f: f.pop(blob_name(f, "config"))),
            MalformedEvidence,
            "is missing",
        ),
        (
            "altered manifest",
            changed(lambda f: f.update({blob_name(f, "manifest"): b"{}"})),
            IntegrityError,
            "shorter than promised",
        ),
        (
            "altered config of the same size",
            changed(
                lambda f: f.update(
                    {blob_name(f, "config"): f[blob_name(f, "config")].replace(b"linux", b"linuz")}
                )
            ),
            IntegrityError,
            "not what its digest says",
        ),
        (
            "longer config",
            changed(lambda f: f.update({blob_name(f, "config"): f[blob_name(f, "config")] + b" "})),
            IntegrityError,
            "longer than promised",
        ),
        (
            "schema 1",
            replaced_manifest(schemaVersion=1, fsLayers=[]),
            UnsupportedFormat,
            "schema 1",
        ),
        ("schema 3", replaced_manifest(schemaVersion=3), MalformedEvidence, "/schemaVersion"),
        (
            "an artifact",
            replaced_manifest(
                config={**CONFIG, "mediaType": "application/vnd.cncf.helm.config.v1+json"}
            ),
            UnsupportedFormat,
            "not a container image",
        ),
        (
            "both manifest and index",
            replaced_manifest(manifests=[]),
            MalformedEvidence,
            "an index and a manifest in one",
        ),
        (
            "config that is a layer",
            replaced_manifest(layers=[CONFIG]),
            MalformedEvidence,
            "one meaning for one digest",
        ),
        (
            "a digest with a path",
            replaced_manifest(config={**CONFIG, "digest": "sha256:../../etc/passwd"}),
            MalformedEvidence,
            "/config/digest",
        ),
        (
            "a negative size",
            replaced_manifest(config={**CONFIG, "size": -1}),
            MalformedEvidence,
            "/config/size",
        ),
        (
            "a huge config",
            replaced_manifest(config={**CONFIG, "size": 10 * 1024**3}),
            LimitExceeded,
            "configuration is too large",
        ),
        (
            "fewer layers than diff_ids",
            replaced_manifest(layers=[]),
            IntegrityError,
            "other layers",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_layout_that_does_not_hold_is_refused(
    read: Read, tmp_path: Path, case: str, files: Files, error: type[EvidenceError], message: str
) -> None:
    write_directory(tmp_path / "layout", files)
    (tmp_path / "layout.tar").write_bytes(tar(files))
    for text in (f"oci:{tmp_path}/layout", f"oci-archive:{tmp_path}/layout.tar"):
        with pytest.raises(error) as caught:
            read(text)
        assert message in str(caught.value)


DOCKER = BuiltImage().docker_files()


@pytest.mark.parametrize(
    ("case", "data", "error", "message"),
    [
        ("empty file", b"", MalformedEvidence, "is empty"),
        ("no tar", b"x" * 2000, MalformedEvidence, "not a tar archive"),
        ("a tar of something else", tar({"README": b"hello"}), UnsupportedFormat, "of no image"),
        ("cut in a member", tar(DOCKER)[:1500], MalformedEvidence, "not a whole tar"),
        (
            "cut between members",
            tar(DOCKER)[: 512 + 10240 + 512],
            MalformedEvidence,
            "not a whole tar",
        ),
        ("cut gzip", gzip.compress(tar(DOCKER))[:-30], MalformedEvidence, "not whole gzip"),
        (
            "garbage after gzip header",
            b"\x1f\x8b" + b"x" * 100,
            MalformedEvidence,
            "not whole gzip",
        ),
        ("a name that leads out", tar({**DOCKER, "../evil": b""}), MalformedEvidence, "leads out"),
        ("an absolute name", tar({**DOCKER, "/etc/evil": b""}), MalformedEvidence, "leads out"),
        (
            "a link out",
            tar({**DOCKER, "link": special(tarfile.SYMTYPE, "../../etc/passwd")}),
            MalformedEvidence,
            "link out",
        ),
        (
            "an absolute link",
            tar({**DOCKER, "link": special(tarfile.SYMTYPE, "/etc/passwd")}),
            MalformedEvidence,
            "link out",
        ),
        (
            "a hard link out",
            tar({**DOCKER, "link": special(tarfile.LNKTYPE, "../x")}),
            MalformedEvidence,
            "link out",
        ),
        (
            "a device",
            tar({**DOCKER, "null": special(tarfile.CHRTYPE)}),
            MalformedEvidence,
            "device or pipe",
        ),
        (
            "a pipe",
            tar({**DOCKER, "pipe": special(tarfile.FIFOTYPE)}),
            MalformedEvidence,
            "device or pipe",
        ),
        (
            "a file twice",
            tar([*DOCKER.items(), ("manifest.json", b"[]")]),
            MalformedEvidence,
            "stands twice",
        ),
        (
            "no image listed",
            tar({**DOCKER, "manifest.json": b"[]"}),
            MalformedEvidence,
            "lists no image",
        ),
        (
            "no layer",
            tar({k: v for k, v in DOCKER.items() if "layer" not in k}),
            MalformedEvidence,
            "layer0/layer.tar: is missing",
        ),
        (
            "another configuration under its name",
            tar(
                {k: v.replace(b"linux", b"linuz") if len(k) == 69 else v for k, v in DOCKER.items()}
            ),
            IntegrityError,
            "not what its name says",
        ),
        (
            "a config name that leads out",
            tar(
                {**DOCKER, "manifest.json": to_json([{"Config": "../../etc/passwd", "Layers": []}])}
            ),
            MalformedEvidence,
            "leads out",
        ),
        (
            "a link to itself",
            tar({**DOCKER, "manifest.json": special(tarfile.SYMTYPE, "manifest.json")}),
            MalformedEvidence,
            "is missing",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_archive_that_does_not_hold_is_refused(
    read: Read, tmp_path: Path, case: str, data: bytes, error: type[EvidenceError], message: str
) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(data)
    with pytest.raises(error) as caught:
        read(str(path))
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_header_that_claims_ten_gibibytes_is_refused(read: Read, tmp_path: Path) -> None:
    long_name = tarfile.TarInfo("././@LongLink")
    long_name.type = tarfile.GNUTYPE_LONGNAME
    long_name.size = 10 * 1024**3
    path = tmp_path / "image.tar"
    path.write_bytes(long_name.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    with pytest.raises(LimitExceeded, match="claims to be huge"):
        read(str(path))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (ReadLimits(archive_files=2), "too many files"),
        (ReadLimits(manifest_bytes=64), "too large"),
        (ReadLimits(layer_bytes=1000), "unpacks to too many bytes"),
    ],
)
def test_limits_hold(read: Read, tmp_path: Path, limits: ReadLimits, message: str) -> None:
    path = tmp_path / "image.tar.gz"
    path.write_bytes(gzip.compress(tar(DOCKER)))
    with pytest.raises(LimitExceeded, match=message):
        read(str(path), limits=limits)


def test_a_bomb_is_refused_before_it_unpacks(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "bomb.tar.gz"
    path.write_bytes(gzip.compress(bytes(64 * 1024 * 1024)))
    with pytest.raises(LimitExceeded, match="unpacks to too many bytes"):
        read(str(path), limits=ReadLimits(layer_bytes=8 * 1024 * 1024))


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("docker-archive:{0}/none.tar", SourceUnavailable, "No such file"),
        ("{0}/none.tar", SourceUnavailable, "no such file"),
        ("oci:{0}/none", SourceUnavailable, "is not a directory"),
        ("oci:{0}", SourceUnavailable, "not an OCI layout"),
        ("{0}", UnsupportedFormat, "no OCI layout"),
        ("docker-archive:{0}", SourceUnavailable, "a directory"),
        ("docker-archive:/dev/zero", SourceUnavailable, "a device"),
        ("docker-archive:{0}/pipe", SourceUnavailable, "a device, pipe or socket"),
        ("docker-archive:", UsageError, "names no image"),
        (
            "oci:{0}/layout:nope",
            SourceUnavailable,
            "no image 'nope'; found registry.example/team/app:1.4",
        ),
        ("docker-archive:{0}/two.tar", SourceUnavailable, "several images; found a:1, b:1"),
        ("docker-archive:{0}/two.tar:c:1", SourceUnavailable, "no image 'c:1'; found a:1, b:1"),
        ("http://registry.example/app", UsageError, "is a URL"),
        ("UPPER", UsageError, "not an image reference"),
    ],
)
def test_what_cannot_be_opened_is_said_in_one_line(
    read: Read, tmp_path: Path, text: str, error: type[Exception], message: str
) -> None:
    write_directory(tmp_path / "layout", BuiltImage().oci_files())
    os.mkfifo(tmp_path / "pipe")
    two = [
        {"Config": name, "RepoTags": [f"{tag}:1"], "Layers": ["layer0/layer.tar"]}
        for tag in "ab"
        for name in DOCKER
        if len(name) == 69
    ]
    (tmp_path / "two.tar").write_bytes(tar({**DOCKER, "manifest.json": to_json(two)}))
    with pytest.raises(error) as caught:
        read(text.format(tmp_path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_of_several_images_can_be_named(read: Read, tmp_path: Path) -> None:
    other = replace(BuiltImage(), config={"User": "other"}, name="b:1")
    files = {**other.docker_files(), **DOCKER}
    lists = to_json(
        [
            {"Config": name, "RepoTags": [tag], "Layers": ["layer0/layer.tar"]}
            for tag, built in (("a:1", BuiltImage()), ("b:1", other))
            for name in [f"{digest(built.configuration())[7:]}.json"]
        ]
    )
    (tmp_path / "two.tar").write_bytes(tar({**files, "manifest.json": lists}))
    assert read(f"docker-archive:{tmp_path}/two.tar:b:1").image.user.name == "other"
    assert read(f"docker-archive:{tmp_path}/two.tar:@0").image.user.name == ""


def test_a_link_out_of_a_layout_is_not_followed(read: Read, tmp_path: Path) -> None:
    layout = write_directory(tmp_path / "layout", BuiltImage().oci_files())
    outside = tmp_path / "index.json"
    (layout / "index.json").rename(outside)
    (layout / "index.json").symlink_to(outside)
    with pytest.raises(MalformedEvidence, match="link out"):
        read(f"oci:{layout}")

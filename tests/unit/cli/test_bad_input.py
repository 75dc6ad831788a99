"""Bad evidence and bad images: one line that says where and what, and no file half-written."""

from __future__ import annotations

import gzip
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.image_files import digest, special, tar, write_directory
from tests.unit.cli.conftest import IMAGE, NOW, TRIVY, Command, assert_refused

DOCKER = IMAGE.docker_files()
OCI = IMAGE.oci_files()
DIGEST = digest(IMAGE.configuration())
BLOBS = {name: f"blobs/{name.replace(':', '/')}" for name in IMAGE.blobs()}


def changed(old: bytes, new: bytes) -> bytes:
    assert old in TRIVY
    return TRIVY.replace(old, new)


def without(files: dict[str, bytes], name: str) -> dict[str, bytes]:
    assert name in files
    return {key: value for key, value in files.items() if key != name}


def huge_header() -> bytes:
    member = tarfile.TarInfo("././@LongLink")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 10 * 1024**3
    return member.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


def huge_member() -> bytes:
    member = tarfile.TarInfo("layer.tar")
    member.size = 10 * 1024**3
    return tar(DOCKER)[:-10240] + member.tobuf() + bytes(1024)


EVIDENCE: list[tuple[str, bytes, str]] = [
    ("empty", b"", "is empty"),
    ("cut JSON", TRIVY[:-20], "is cut off: the JSON does not end"),
    ("cut gzip", gzip.compress(TRIVY)[:-20], "the gzip data does not end"),
    ("gzip of garbage", b"\x1f\x8b" + b"x" * 50, "is not whole gzip data"),
    ("UTF-16", TRIVY.decode().encode("utf-16"), "found UTF-16"),
    ("Latin-1", changed(b"openssl", b"openss\xe9"), "is not UTF-8"),
    ("unknown format", b'{"hello": "world"}', "is JSON of no known format"),
    ("a zip archive", b"PK\x03\x04rest", "is a zip archive, which is not read"),
    (
        "newer schema",
        changed(b'"SchemaVersion": 2', b'"SchemaVersion": 9'),
        "found SchemaVersion 9; expected 1 or 2",
    ),
    ("the same key twice", TRIVY[:-1] + b', "Results": []}', "has the key 'Results' twice"),
    ("NaN", TRIVY[:-1] + b', "x": NaN}', "is not valid JSON"),
    ("10,000 deep", b"[" * 10_000 + b"]" * 10_000, "is nested too deep"),
    ("10,000 deep, cut", b'{"a":' * 10_000, "is nested too deep"),
    ("a wrong type", changed(b'"openssl"', b"7"), "/Results/0/Vulnerabilities/0/PkgName"),
    ("of another image", changed(DIGEST.encode(), b"sha256:" + b"9" * 64), "is about sha256:9999"),
    ("an escape to a terminal", b'{"\x1b[2J": 1}', "is not valid JSON"),
]


@pytest.mark.parametrize(
    ("data", "message"), [pytest.param(*row[1:], id=row[0]) for row in EVIDENCE]
)
@pytest.mark.parametrize("option", ["--evidence", "--scan"])
def test_bad_evidence_is_one_line_and_code_3(
    command: Command, folder: Path, option: str, data: bytes, message: str
) -> None:
    (folder / "bad.json").write_bytes(data)
    done = command("collect", "image.tar", option, "bad.json", "-o", "out.json")
    assert_refused(done, folder, message)
    assert "bad.json" in done.err
    piped = command("collect", "image.tar", option, "-", "-o", "out.json", stdin=data)
    assert_refused(piped, folder, message)


PATHS: list[tuple[str, str]] = [
    ("missing.json", "No such file"),
    ("/dev/zero", "a device"),
    ("/dev/null", "a device"),
    ("pipe", "is empty"),
    ("socket", "cannot be opened"),
    ("empty", "is a directory without evidence"),
    ("dangling", "No such file"),
    ("around", "Too many levels"),
    ("", "the path of a report is empty"),
]


@pytest.mark.parametrize(("path", "message"), PATHS)
def test_a_path_that_is_no_report_is_one_line_and_code_3(
    command: Command, folder: Path, path: str, message: str
) -> None:
    special_files(folder)
    done = command("collect", "image.tar", "-e", path, "-o", "out.json")
    assert_refused(done, folder, message)


IMAGES: list[tuple[str, bytes, str]] = [
    ("empty", b"", "is empty"),
    ("no tar", b"x" * 4000, "not a tar archive"),
    ("of no image", tar({"README": b"hello"}), "of no image"),
    ("cut", tar(DOCKER)[:1500], "not a whole tar"),
    ("cut gzip", gzip.compress(tar(DOCKER))[:-30], "not whole gzip"),
    ("a name that leads out", tar({**DOCKER, "../../evil": b""}), "leads out"),
    ("an absolute name", tar({**DOCKER, "/etc/evil": b""}), "leads out"),
    ("a link out", tar({**DOCKER, "l": special(tarfile.SYMTYPE, "../../x")}), "link out"),
    ("a hard link out", tar({**DOCKER, "l": special(tarfile.LNKTYPE, "/etc/x")}), "link out"),
    ("a device", tar({**DOCKER, "null": special(tarfile.CHRTYPE)}), "device or pipe"),
    ("10 GiB of a name", huge_header(), "claims to be huge"),
    ("10 GiB of a file", huge_member(), "not a whole tar"),
    ("a missing blob", tar(without(OCI, BLOBS[DIGEST])), "is missing"),
    (
        "a blob that is another",
        tar({**OCI, BLOBS[DIGEST]: OCI[BLOBS[DIGEST]].replace(b"1000", b"0000")}),
        "not what its digest says",
    ),
    ("a file twice", tar([*DOCKER.items(), ("manifest.json", b"[]")]), "stands twice"),
    (
        "10,000 deep",
        tar({**OCI, "index.json": b"[" * 10_000 + b"]" * 10_000}),
        "is nested too deep",
    ),
    (
        "the same key twice",
        tar({**OCI, "index.json": b'{"schemaVersion": 2, "manifests": [], "manifests": []}'}),
        "has the key 'manifests' twice",
    ),
]


@pytest.mark.parametrize(("data", "message"), [pytest.param(*row[1:], id=row[0]) for row in IMAGES])
def test_a_bad_archive_is_one_line_and_code_3(
    command: Command, folder: Path, data: bytes, message: str
) -> None:
    (folder / "bad.tar").write_bytes(data)
    done = command("collect", "bad.tar", "-o", "out.json")
    assert_refused(done, folder, message)
    assert "bad.tar" in done.err


IMAGE_PATHS: list[tuple[str, str]] = [
    ("./missing.tar", "no such file"),
    ("docker-archive:missing.tar", "No such file"),
    ("oci-archive:image.tar", "oci-layout: is not an OCI layout"),
    ("docker-archive:oci.tar", "manifest.json: is not a Docker archive"),
    ("docker-archive:layout", "a directory"),
    ("oci:image.tar", "is not a directory"),
    ("oci:layout:nope", "no image 'nope'"),
    ("docker-archive:image.tar:nope:1", "no image 'nope:1'"),
    ("/dev/zero", "a device"),
    ("pipe", "a device, pipe or socket"),
    ("socket", "cannot be opened"),
    ("empty", "is a directory, but no OCI layout"),
    ("dangling", "No such file"),
    ("docker-daemon:app:1", "no Docker daemon is running"),
]


@pytest.mark.parametrize(("image", "message"), IMAGE_PATHS)
def test_an_image_that_cannot_be_opened_is_one_line_and_code_3(
    command: Command, folder: Path, image: str, message: str
) -> None:
    special_files(folder)
    assert_refused(command("collect", image, "-o", "out.json"), folder, message)


@pytest.mark.parametrize(
    ("setting", "image", "message"),
    [
        ("document_bytes = 40", "image.tar", "is too large for a report"),
        ("evidence_files = 1", "image.tar", "has too many files"),
        ("depth = 3", "image.tar", "is nested too deep"),
        ("manifest_bytes = 40", "image.tar", "too large"),
        ("archive_files = 1", "image.tar", "too many files"),
        ("layer_bytes = 4000", "bomb.tar.gz", "unpacks to too many bytes"),
    ],
)
def test_limits_come_from_the_settings(
    command: Command, folder: Path, setting: str, image: str, message: str
) -> None:
    write_directory(folder / "reports", {"a.json": TRIVY, "b.json": TRIVY + b"\n"})
    (folder / "bomb.tar.gz").write_bytes(gzip.compress(bytes(10_000_000)))
    (folder / "policyengine.toml").write_text(f"[limits]\n{setting}\n")
    done = command("collect", image, "-e", "reports", "-o", "out.json")
    assert_refused(done, folder, message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("collect", "image.tar", "-e", "bad.json"), "is empty"),
        (("collect", "bad.json"), "is empty"),
        (("check", "image.tar", "-e", "bad.json"), "is empty"),
        (("check", "bad.json"), "is empty"),
        (("collect", "image.tar", "--platform", "linux/arm64"), "is not an image for linux/arm64"),
        (("check", "image.tar", "--bundle", "none"), "none"),
        (("check", "image.tar", "--param", "nothing=1"), "nothing"),
        (("check", "image.tar", "--environment", "\x1b[2J", "--bundle", "none"), "none"),
    ],
)
def test_an_earlier_result_stays_as_it_was_when_a_command_fails(
    command: Command, folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    (folder / "bad.json").touch()
    (folder / "earlier.json").write_bytes(b"earlier")
    before = sorted(folder.rglob("*"))
    done = command(*arguments, "-o", "earlier.json")
    assert done.code in {2, 3, 4}
    assert message in done.err
    assert done.err.count("\n") == 1
    assert (folder / "earlier.json").read_bytes() == b"earlier"
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("verb", ["check", "collect"])
def test_a_file_whose_folder_may_not_be_written_is_one_line_and_code_2(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    import tempfile

    def refuse(*_: object, **__: object) -> tuple[int, str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    done = command(verb, "image.tar", "-e", "trivy.json", "--now", NOW, "-o", "out.json")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "policyengine: out.json: cannot be written: Permission denied (choose another -o)\n"
    )


def test_a_disk_that_is_full_leaves_the_earlier_file(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    (folder / "out.json").write_bytes(b"earlier")
    before = sorted(folder.rglob("*"))
    monkeypatch.setattr(os, "fsync", refuse)
    done = command("collect", "image.tar", "-o", "out.json")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "No space left on device" in done.err
    assert (folder / "out.json").read_bytes() == b"earlier"
    assert sorted(folder.rglob("*")) == before


Make = Callable[[Path], object]


def written(data: bytes) -> Make:
    return lambda path: path.write_bytes(data)


NO_FILES: list[tuple[str, Make, str]] = [
    ("a directory", Path.mkdir, "is not a file; found a directory"),
    ("a device", lambda path: path.symlink_to("/dev/zero"), "is not a file; found a device"),
    ("a dangling link", lambda path: path.symlink_to("gone"), "No such file"),
]
SETTINGS: list[tuple[str, Make, str]] = [
    *NO_FILES,
    ("no TOML", written(b"layers = \n"), "is not TOML"),
    ("no UTF-8", written(b"bundle = '\xff'\n"), "is not TOML"),
    ("an unknown key", written(b"[limits]\ndepht = 3\n"), "did you mean depth in [limits]?"),
    ("a wrong type", written(b"layers = 'yes'\n"), "expected true or false"),
    ("out of range", written(b"[limits]\ndepth = 0\n"), "expected a number from 1 to 250"),
    ("the same key twice", written(b"layers = true\nlayers = false\n"), "is not TOML"),
    ("a section as a value", written(b"limits = 3\n"), "is a section, not a value"),
    ("10,000 deep", written(b"a = " + b"[" * 10_000 + b"]" * 10_000), "is nested too deep"),
    ("too large", written(b"#" * 2_000_000), "is too large; expected at most 1048576 bytes"),
]
PARAMS: list[tuple[str, Make, str]] = [
    *NO_FILES,
    ("missing", lambda _: None, "No such file"),
    ("a pipe", os.mkfifo, "is empty"),
    ("empty", written(b""), "is empty"),
    ("cut", written(b'{"a": '), "is cut off"),
    ("no object", written(b"[1]"), "is not a JSON object"),
    ("the same key twice", written(b'{"a": 1, "a": 2}'), "twice"),
    ("an unknown parameter", written(b'{"alow": 1}'), "'alow'"),
]
INVENTORIES: list[tuple[str, Make, str]] = [
    *NO_FILES,
    ("missing", lambda _: None, "No such file"),
    ("empty", written(b""), "is an inventory without an image"),
    ("no UTF-8", written(b"app:\xff\n"), "is not UTF-8"),
    ("a cut line", written(b'app:1\n{"image": "app\n'), "inventory:2"),
    ("an unknown key", written(b'{"imgae": "app:1"}\n'), "did you mean image?"),
    ("no platform", written(b'{"image": "app:1", "platform": "linux"}\n'), "inventory:1/platform"),
]


@pytest.mark.parametrize(
    ("make", "message"), [pytest.param(*row[1:], id=row[0]) for row in SETTINGS]
)
@pytest.mark.parametrize("line", ["collect image.tar -o out.json", "config show"])
def test_bad_settings_are_one_line_and_code_2(
    command: Command, folder: Path, line: str, make: Make, message: str
) -> None:
    make(folder / "policyengine.toml")
    done = command(*line.split())
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "policyengine.toml" in done.err
    assert message in done.err
    assert not (folder / "out.json").exists()


@pytest.mark.parametrize(("make", "message"), [pytest.param(*row[1:], id=row[0]) for row in PARAMS])
def test_a_bad_file_of_parameters_is_one_line_and_code_2(
    command: Command, folder: Path, make: Make, message: str
) -> None:
    make(folder / "params.json")
    done = command("check", "image.tar", "--params", "params.json", "-o", "out.json")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err
    assert not (folder / "out.json").exists()


@pytest.mark.parametrize(
    ("make", "message"), [pytest.param(*row[1:], id=row[0]) for row in INVENTORIES]
)
def test_a_bad_inventory_is_one_line_and_code_2(
    command: Command, folder: Path, make: Make, message: str
) -> None:
    make(folder / "inventory")
    done = command("audit", "run", "inventory", "-o", "out.jsonl")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "inventory" in done.err
    assert message in done.err
    assert not (folder / "out.jsonl").exists()


BUNDLES: list[tuple[str, dict[str, bytes], str]] = [
    ("empty", {"README": b""}, ".manifest"),
    ("no JSON", {".manifest": b"{"}, ".manifest"),
    ("no rule", {".manifest": json.dumps({"roots": ["a"]}).encode()}, "bundle"),
]


@pytest.mark.parametrize(
    ("files", "message"), [pytest.param(*row[1:], id=row[0]) for row in BUNDLES]
)
def test_a_bad_bundle_is_one_line_and_code_4(
    command: Command, folder: Path, files: dict[str, bytes], message: str
) -> None:
    write_directory(folder / "bundle", files)
    done = command("check", "image.tar", "--bundle", "./bundle", "-o", "out.json")
    assert (done.code, done.out, done.err.count("\n")) == (4, "", 1)
    assert message in done.err
    assert not (folder / "out.json").exists()


def special_files(folder: Path) -> None:
    """Put into ``folder`` an OCI archive, and a pipe, a socket, an empty directory, bad links."""
    import socket

    (folder / "oci.tar").write_bytes(tar(OCI))
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
    (folder / "empty").mkdir()
    (folder / "dangling").symlink_to("gone")
    (folder / "around").symlink_to("around")

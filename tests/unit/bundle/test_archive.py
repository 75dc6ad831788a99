"""Bundles as tar.gz: the same bytes each time, and nothing that readers may see differently."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from policyengine.bundle import archive, open_bundle
from policyengine.bundle.archive import read_archive, write_archive
from policyengine.errors import BundleFormatError
from tests.bundle_files import RULE, write_bundle

CONTENTS = {".manifest": b"{}", "a/b.rego": RULE.encode(), f"{'long/' * 40}c.rego": b"package c\n"}


def member(name: str, kind: bytes = tarfile.REGTYPE, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def packed(*members: tarfile.TarInfo, content: bytes = b"x") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as written:
        for info in members:
            info.size = len(content) if info.isreg() else 0
            written.addfile(info, io.BytesIO(content))
    return gzip.compress(stream.getvalue())


def test_what_is_written_is_read() -> None:
    assert read_archive(write_archive(CONTENTS), where="b.tar.gz") == CONTENTS


def test_the_bytes_depend_on_the_content_alone() -> None:
    written = write_archive(CONTENTS)
    assert written == write_archive(dict(reversed(list(CONTENTS.items()))))
    # No time, no name, no operating system (RFC 1952).
    assert written[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    assert gzip.decompress(written)


@pytest.mark.parametrize("prefix", ["", "/", "./"])
def test_names_may_begin_at_the_root_as_opa_and_tar_write_them(prefix: str) -> None:
    data = packed(member(f"{prefix}a.rego"), member(f"{prefix}b", tarfile.DIRTYPE))
    assert read_archive(data, where="b.tar.gz") == {"a.rego": b"x"}


def cut_member() -> bytes:
    plain = gzip.decompress(packed(member("a.rego"), content=b"x" * 2000))
    return gzip.compress(plain[:1024])


def damaged_header() -> bytes:
    plain = bytearray(gzip.decompress(packed(member("a.rego"), member("deny.rego"))))
    plain[1024 + 148] ^= 0x7F  # the check sum of the second header
    return gzip.compress(bytes(plain))


def one_zero_block() -> bytes:
    plain = gzip.decompress(packed(member("a.rego")))
    second = gzip.decompress(packed(member("deny.rego")))
    return gzip.compress(plain[:1024] + bytes(512) + second)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(packed(member("../a.rego")), "leads out", id="a name above the root"),
        pytest.param(packed(member("a/../../b.rego")), "leads out", id="a name out of a folder"),
        pytest.param(packed(member("a//b.rego")), "no plain name", id="an empty part"),
        pytest.param(packed(member("a/./b.rego")), "no plain name", id="a part that is a dot"),
        pytest.param(packed(member("..\\a.rego")), "leads out", id="a backslash"),
        pytest.param(packed(member("../d", tarfile.DIRTYPE)), "leads out", id="a folder above"),
        pytest.param(
            packed(member("a.rego", tarfile.SYMTYPE, linkname="/etc/passwd")),
            "link",
            id="a symlink",
        ),
        pytest.param(
            packed(member("a.rego", tarfile.LNKTYPE, linkname="b")), "link", id="a hard link"
        ),
        pytest.param(packed(member("a.rego", tarfile.CHRTYPE)), "no regular", id="a device"),
        pytest.param(packed(member("a.rego", tarfile.FIFOTYPE)), "no regular", id="a pipe"),
        pytest.param(
            packed(member("a.rego"), member("/a.rego")), "twice", id="one file by two names"
        ),
        pytest.param(packed(member("a.rego"), member("a.rego")), "twice", id="one name twice"),
        pytest.param(packed(), "empty", id="nothing in it"),
        pytest.param(b"", "cut off", id="no bytes"),
        pytest.param(b"PK\x03\x04", "not gzip", id="a zip file"),
        pytest.param(gzip.compress(b"not tar" * 200), "not a tar", id="no tar inside"),
        pytest.param(packed(member("a.rego"))[:-9], "cut off", id="gzip cut off"),
        pytest.param(cut_member(), "end of data", id="a file cut off"),
        pytest.param(damaged_header(), "behind its end", id="a header that is damaged"),
        pytest.param(one_zero_block(), "behind its end", id="files after the end"),
        pytest.param(
            packed(member("a.rego")) + packed(member("b.rego")),
            "behind its end",
            id="a second gzip",
        ),
        pytest.param(packed(member("a.rego")) + b"x", "behind its end", id="bytes after gzip"),
    ],
)
def test_what_may_be_read_in_two_ways_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(BundleFormatError) as caught:
        read_archive(data, where="b.tar.gz")
    assert said in str(caught.value)
    assert "b.tar.gz" in str(caught.value)


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        ("PACKED_BYTES", 100, "at most 100 bytes"),
        ("_BYTES", 1000, "unpacked"),
        ("_FILES", 2, "too many files"),
    ],
)
def test_limits_hold(limit: str, value: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(BundleFormatError, match=said):
        read_archive(write_archive(CONTENTS), where="b.tar.gz")


def test_a_little_gzip_that_unpacks_to_much_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_BYTES", 1024 * 1024)
    with pytest.raises(BundleFormatError, match="unpacked"):
        read_archive(gzip.compress(bytes(64 * 1024 * 1024)), where="b.tar.gz")


def write(folder: Path, contents: dict[str, bytes], name: str = "b.tar.gz") -> str:
    path = folder / name
    path.write_bytes(write_archive(contents))
    return str(path)


def directory_files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_archive_is_the_bundle_that_its_directory_is(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "acme")
    packed_one = open_bundle(write(tmp_path, directory_files(folder)), parameters={})
    assert packed_one == open_bundle(str(folder), parameters={})


@pytest.mark.parametrize(
    ("manifest", "identity"),
    [
        (None, ("my-rules", "0.0.0")),
        (b'{"revision": "", "roots": ["acme"], "rego_version": 1}', ("my-rules", "0.0.0")),
        (b'{"revision": "2.1.0", "roots": ["acme"]}', ("my-rules", "2.1.0")),
        (b'{"revision": "abcdef", "metadata": {"other": 1}}', ("my-rules", "0.0.0")),
    ],
)
def test_an_archive_of_opa_needs_no_name_of_its_own(
    manifest: bytes | None, identity: tuple[str, str], tmp_path: Path
) -> None:
    contents = {"user.rego": RULE.encode()}
    if manifest is not None:
        contents[".manifest"] = manifest
    found = open_bundle(write(tmp_path, contents, "my rules!.tar.gz"), parameters={}).identity
    assert (found.name, found.version) == identity


Spoil = Callable[[dict[str, bytes]], None]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(
            lambda files: files.update({".manifest": b'{"metadata": {"policyengine": {}}}'}),
            "/metadata/policyengine/version",
            id="a part of ours that is not whole",
        ),
        pytest.param(
            lambda files: files.update({"sub/.manifest": b"{}"}),
            "second manifest",
            id="two manifests",
        ),
        pytest.param(lambda files: files.pop("user.rego"), "without Rego", id="no rules"),
    ],
)
def test_an_archive_that_is_no_whole_bundle_is_refused(
    spoil: Spoil, said: str, tmp_path: Path
) -> None:
    contents = directory_files(write_bundle(tmp_path / "acme"))
    spoil(contents)
    with pytest.raises(BundleFormatError, match=said):
        open_bundle(write(tmp_path, contents), parameters={})


def test_an_archive_takes_nothing_from_the_policy_library(tmp_path: Path) -> None:
    contents = directory_files(write_bundle(tmp_path / "acme", include=["image/root_user.rego"]))
    with pytest.raises(BundleFormatError, match="takes files of the policy library"):
        open_bundle(write(tmp_path, contents), parameters={})

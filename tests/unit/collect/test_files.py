"""Whatever path a user gives: it is read whole, or one line says why not."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import threading
from pathlib import Path

import pytest

from policyengine.collect.files import STDIN, EvidenceOffer, read_evidence
from policyengine.errors import (
    EvidenceError,
    LimitExceeded,
    MalformedEvidence,
    SourceUnavailable,
    UnsupportedFormat,
)
from policyengine.model.evidence import EvidenceKind
from policyengine.model.gathered import GatheredReports
from policyengine.model.limits import DEFAULT_LIMITS, ReadLimits
from tests.unit.collect.offered import read_bytes

TRIVY = json.dumps(
    {
        "SchemaVersion": 2,
        "ArtifactName": "registry.example/app:1",
        "Results": [
            {
                "Target": "app",
                "Class": "os-pkgs",
                "Type": "debian",
                "Vulnerabilities": [
                    {"VulnerabilityID": f"CVE-2026-{number:04}", "PkgName": "openssl"}
                    for number in range(3)
                ],
            }
        ],
    }
).encode()
SPDX = json.dumps(
    {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "creationInfo": {}, "packages": []}
).encode()


def read_paths(
    *paths: Path | str, kind: EvidenceKind | None = None, limits: ReadLimits = DEFAULT_LIMITS
) -> GatheredReports:
    offers = [EvidenceOffer(path=str(path), kind=kind) for path in paths]
    return read_evidence(offers, limits=limits)


def test_a_source_has_the_digest_of_the_bytes_as_they_lie_there(tmp_path: Path) -> None:
    plain, packed = tmp_path / "trivy.json", tmp_path / "sbom.gz"
    plain.write_bytes(TRIVY)
    packed.write_bytes(gzip.compress(SPDX))
    reports = read_paths(plain, packed)
    source = reports.scans[0].source
    assert source.location == str(plain)
    assert source.sha256 == hashlib.sha256(TRIVY).hexdigest()
    assert source.media_type == "application/json"
    source = reports.sboms[0].source
    assert source.sha256 == hashlib.sha256(packed.read_bytes()).hexdigest()
    assert source.media_type == "application/gzip"


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(TRIVY),
        gzip.compress(TRIVY[:100]) + gzip.compress(TRIVY[100:]),
        gzip.compress(TRIVY) + b"\0" * 512,
    ],
    ids=["one member", "two members", "padding"],
)
def test_gzip_is_unpacked_whole(data: bytes) -> None:
    assert len(read_bytes(data).scans[0].vulnerabilities) == 3


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"", MalformedEvidence, "-: is empty"),
        (TRIVY[:-1], MalformedEvidence, "is cut off: the JSON does not end"),
        (gzip.compress(TRIVY)[:-9], MalformedEvidence, "is cut off: the gzip data does not end"),
        (gzip.compress(TRIVY)[:-8], MalformedEvidence, "is cut off: the gzip data does not end"),
        (gzip.compress(TRIVY)[:4], MalformedEvidence, "is cut off: the gzip data does not end"),
        (gzip.compress(TRIVY) + b"more", MalformedEvidence, "is not whole gzip data"),
        (gzip.compress(TRIVY)[:-8] + b"\0" * 8, MalformedEvidence, "is not whole gzip data"),
        (gzip.compress(b""), MalformedEvidence, "is empty"),
        (gzip.compress(gzip.compress(TRIVY)), MalformedEvidence, "is not UTF-8"),
        (TRIVY.decode().encode("utf-16"), MalformedEvidence, "found UTF-16"),
        (TRIVY[:-1] + b', "a": NaN}', MalformedEvidence, "is not valid JSON"),
        (TRIVY[:-1] + b', "Results": []}', MalformedEvidence, "/Results: has the key 'Results' tw"),
        (b'{"a":' * 10_000, EvidenceError, "-"),
        (b"[" * 10_000 + b"]" * 10_000, MalformedEvidence, "is nested too deep"),
        (b"{}", UnsupportedFormat, "is JSON of no known format; expected trivy-json, "),
        (b"[]", UnsupportedFormat, "is JSON of no known format"),
        (b"7", UnsupportedFormat, "is JSON of no known format"),
        (b"PK\x03\x04rest", UnsupportedFormat, "is a zip archive, which is not read"),
    ],
)
def test_bad_content_is_refused(data: bytes, error: type[EvidenceError], message: str) -> None:
    with pytest.raises(error) as caught:
        read_bytes(data)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("missing.json", "No such file"),
        ("/dev/zero", "a device"),
        ("/dev/null", "a device"),
        ("trivy.json/below", "Not a directory"),
        ("x" * 5000, "File name too long"),
        ("a\0b", "null"),
        ("", "the path of a report is empty"),
    ],
)
def test_a_path_that_is_no_file_is_refused(
    path: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trivy.json").write_bytes(TRIVY)
    with pytest.raises(SourceUnavailable, match=found):
        read_evidence([EvidenceOffer(path=path)], limits=DEFAULT_LIMITS)


def test_a_file_that_may_not_be_opened_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trivy.json").write_bytes(TRIVY)

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SourceUnavailable, match=r"trivy\.json: cannot be opened; found Permission"):
        read_paths(tmp_path / "trivy.json")


def test_a_fifo_without_a_writer_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(MalformedEvidence, match="is empty"):
        read_paths(tmp_path / "pipe")


def test_the_pipe_of_a_process_substitution_is_read_to_its_end() -> None:
    reader, writer = os.pipe()

    def write_slowly() -> None:
        with os.fdopen(writer, "wb") as stream:
            stream.write(TRIVY)

    slow = threading.Timer(0.05, write_slowly)
    slow.start()
    try:
        assert len(read_paths(f"/dev/fd/{reader}").scans[0].vulnerabilities) == 3
    finally:
        slow.join()
        os.close(reader)


def test_a_directory_is_read_in_the_order_of_its_paths(tmp_path: Path) -> None:
    for name in ("b/trivy.json", "a.json", "b/.hidden", ".git/config"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / "b/trivy.json").write_bytes(TRIVY)
    (tmp_path / "a.json").write_bytes(TRIVY + b"\n")
    (tmp_path / "b/.hidden").write_bytes(b"not evidence")
    (tmp_path / ".git/config").write_bytes(b"not evidence")
    locations = [report.source.location for report in read_paths(tmp_path).scans]
    assert locations == [str(tmp_path / "a.json"), str(tmp_path / "b/trivy.json")]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("package.json", b'{"name": "left-pad"}'),
        ("README.md", b"# Reports"),
        ("trivy.json.tmp", TRIVY[:50]),
        ("vex.json", b'{"@context": "https://openvex.dev/ns/v0.2.0"}'),
    ],
)
def test_a_file_in_a_directory_that_is_no_evidence_is_named(
    name: str, data: bytes, tmp_path: Path
) -> None:
    (tmp_path / "trivy.json").write_bytes(TRIVY)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(EvidenceError) as caught:
        read_paths(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / name))


def test_links_in_a_directory_are_followed_once(tmp_path: Path) -> None:
    real = tmp_path / "real"
    (tmp_path / "offered").mkdir()
    real.mkdir()
    (real / "trivy.json").write_bytes(TRIVY)
    (tmp_path / "offered/linked").symlink_to(real)
    (real / "around").symlink_to(tmp_path / "offered")
    assert len(read_paths(tmp_path / "offered").scans) == 1


def test_a_dangling_link_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "report.json").symlink_to(tmp_path / "gone")
    with pytest.raises(SourceUnavailable, match="No such file"):
        read_paths(tmp_path)


def test_an_empty_directory_is_no_evidence(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    with pytest.raises(SourceUnavailable, match="is a directory without evidence"):
        read_paths(tmp_path)


def test_a_name_of_any_bytes_is_shown_as_text(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.json"
    Path(os.fsdecode(path)).write_bytes(TRIVY)
    (report,) = read_paths(tmp_path).scans
    assert report.source.location == f"{tmp_path}/\\xff.json"


@pytest.mark.parametrize(
    "again",
    [TRIVY, gzip.compress(TRIVY)],
    ids=["the same bytes", "the same content, packed"],
)
def test_the_same_content_is_read_once(again: bytes, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_bytes(TRIVY)
    (tmp_path / "two").write_bytes(again)
    assert len(read_paths(tmp_path / "one.json", tmp_path / "two", tmp_path).scans) == 1


def test_what_was_read_once_is_not_another_kind_the_second_time(tmp_path: Path) -> None:
    (tmp_path / "trivy.json").write_bytes(TRIVY)
    path = str(tmp_path / "trivy.json")
    offers = [EvidenceOffer(path=path), EvidenceOffer(path=path, kind=EvidenceKind.SBOM)]
    with pytest.raises(UnsupportedFormat, match="is trivy-json, which is scan evidence"):
        read_evidence(offers, limits=DEFAULT_LIMITS)


def test_standard_input_can_be_named_twice() -> None:
    offers = [EvidenceOffer(path=STDIN), EvidenceOffer(path=STDIN, kind=EvidenceKind.SCAN)]
    reports = read_evidence(offers, limits=DEFAULT_LIMITS, stdin=io.BytesIO(TRIVY))
    assert len(reports.scans) == 1


@pytest.mark.parametrize(
    ("kind", "looked_for"),
    [
        (None, set(EvidenceKind) - {EvidenceKind.IMAGE, EvidenceKind.LAYERS}),
        (EvidenceKind.SCAN, {EvidenceKind.SCAN}),
    ],
)
def test_what_was_looked_for_is_told(
    kind: EvidenceKind | None, looked_for: set[EvidenceKind]
) -> None:
    assert read_bytes(TRIVY, kind).looked_for == looked_for
    assert read_evidence([], limits=DEFAULT_LIMITS).looked_for == frozenset()


@pytest.mark.parametrize("data", [b" " * 1001, gzip.compress(b" " * 1_000_000)])
def test_more_bytes_than_the_limit_are_not_read(data: bytes) -> None:
    with pytest.raises(LimitExceeded, match="at most 1000 bytes"):
        read_bytes(data * 2, limits=ReadLimits(document_bytes=1000))


def test_more_files_than_the_limit_are_not_read(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}.json").write_bytes(TRIVY + b" " * number)
    assert len(read_paths(tmp_path, limits=ReadLimits(evidence_files=4)).scans) == 4
    with pytest.raises(LimitExceeded, match="has too many files; expected at most 3"):
        read_paths(tmp_path, limits=ReadLimits(evidence_files=3))

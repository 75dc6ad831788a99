"""What the watch knows of the process's memory."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from policyengine.rego.runtime import watch
from policyengine.rego.runtime.watch import resident_bytes

MEBIBYTE = 2**20

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no such status")


@pytest.fixture(autouse=True)
def _opened() -> Iterator[None]:
    assert resident_bytes() > 0
    yield
    watch._status._forget()


def test_what_is_taken_is_seen_at_once() -> None:
    before = resident_bytes()
    with mmap.mmap(-1, 64 * MEBIBYTE) as taken:
        for _ in range(64):
            taken.write(b"x" * MEBIBYTE)
        assert resident_bytes() - before > 32 * MEBIBYTE


def test_a_forked_process_sees_its_own_memory() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with mmap.mmap(-1, 256 * MEBIBYTE) as taken:
            for _ in range(256):
                taken.write(b"x" * MEBIBYTE)
            os.write(writing, str(resident_bytes()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    seen = int(os.read(reading, 100))
    os.close(reading)
    os.close(writing)
    assert seen - resident_bytes() > 128 * MEBIBYTE


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(None, id="nothing"),
        pytest.param(b"12 words that are no status", id="another file"),
        pytest.param(b"", id="an empty file"),
    ],
)
def test_a_descriptor_that_became_another_is_opened_anew(
    other: bytes | None, tmp_path: Path
) -> None:
    descriptor = watch._status._descriptor
    assert descriptor is not None
    if other is None:
        os.close(descriptor)
    else:
        file = tmp_path / "other"
        file.write_bytes(other)
        opened = os.open(file, os.O_RDONLY)
        os.dup2(opened, descriptor)
        os.close(opened)
    assert resident_bytes() > MEBIBYTE

"""An audit with real processes: killed, resumed, and with workers that die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NOW = "2026-11-24T12:00:00Z"
COMMAND = [sys.executable, "-m", "policyengine.cli"]


@pytest.fixture
def image(project_root: Path, tmp_path: Path) -> Path:
    subprocess.run(
        [sys.executable, project_root / "examples" / "build_images.py", tmp_path], check=True
    )
    return tmp_path / "hardened.tar"


@pytest.fixture
def evidence(project_root: Path) -> Path:
    return project_root / "examples" / "hardened" / "evidence"


def audit(inventory: Path, results: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "audit", "run", str(inventory), "-o", str(results), "--jobs", "2", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def rows(results: Path) -> list[Any]:
    return [json.loads(line) for line in results.read_text().splitlines()][1:]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that within a minute"
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def test_one_bad_image_is_a_row_and_not_the_end(
    image: Path, evidence: Path, tmp_path: Path
) -> None:
    (tmp_path / "cut.json").write_text('{"matches": [')
    inventory = tmp_path / "images.jsonl"
    inventory.write_text(
        "\n".join(
            [
                json.dumps({"image": str(image), "evidence": [str(evidence)]}),
                json.dumps({"image": str(image), "scan": ["cut.json"]}),
                "UPPER/case",
                "/no/such/image.tar",
                "no/such/document.json",
                json.dumps({"image": str(image)}),
            ]
        )
    )
    run = audit(inventory, tmp_path / "r.jsonl", "--now", NOW)
    output, _ = run.communicate(timeout=120)
    assert run.returncode == 3
    found = rows(tmp_path / "r.jsonl")
    assert [row["outcome"] for row in found] == ["allowed"] + ["incomplete"] * 5
    assert "cut.json at byte" in found[1]["problem"]
    assert "6 images: 1 allowed, 5 incomplete" in output


def test_a_killed_audit_goes_on_where_it_was_and_doubles_nothing(
    image: Path, evidence: Path, tmp_path: Path
) -> None:
    inventory = tmp_path / "images.jsonl"
    line = json.dumps({"image": str(image), "evidence": [str(evidence)]})
    inventory.write_text(f"{line}\n" * 60)
    results = tmp_path / "r.jsonl"
    first = audit(inventory, results)
    wait_until(lambda: results.exists() and results.read_bytes().count(b"\n") > 5)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    kept = results.read_bytes().count(b"\n") - 1
    assert 0 < kept < 60
    second = audit(inventory, results)
    _, said = second.communicate(timeout=120)
    assert "rows are there already" in said
    assert [row["index"] for row in rows(results)] == list(range(60))
    assert len({row["evaluated_at"] for row in rows(results)}) == 1


def test_a_stop_from_the_terminal_says_how_to_go_on(
    image: Path, evidence: Path, tmp_path: Path
) -> None:
    inventory = tmp_path / "images.jsonl"
    line = json.dumps({"image": str(image), "evidence": [str(evidence)]})
    inventory.write_text(f"{line}\n" * 200)
    results = tmp_path / "r.jsonl"
    run = audit(inventory, results)
    wait_until(lambda: results.exists() and results.read_bytes().count(b"\n") > 3)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "goes on from there" in said
    assert "Traceback" not in said


def test_a_worker_that_dies_twice_over_one_image_leaves_a_row(
    image: Path, evidence: Path, tmp_path: Path
) -> None:
    # Reading this pipe never ends, so the worker that has it can be found and killed.
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    inventory = tmp_path / "images.jsonl"
    good = json.dumps({"image": str(image), "evidence": [str(evidence)]})
    inventory.write_text(
        "\n".join([good, json.dumps({"image": str(image), "scan": [str(pipe)]}), good, good])
    )
    results = tmp_path / "r.jsonl"
    run = audit(inventory, results, "--now", NOW)

    def holders() -> list[int]:
        held = []
        for child in children(run.pid):
            links = Path(f"/proc/{child}/fd")
            try:
                names = [str(link.readlink()) for link in links.iterdir()]
            except OSError:
                continue
            if str(pipe) in names:
                held.append(child)
        return held

    for _ in range(2):
        wait_until(lambda: bool(holders()))
        os.kill(holders()[0], signal.SIGKILL)
        wait_until(lambda: not holders() or run.poll() is not None)
    _, said = run.communicate(timeout=120)
    os.close(writer)
    found = rows(results)
    assert [row["outcome"] for row in found] == ["allowed", "incomplete", "allowed", "allowed"]
    assert "died, twice" in found[1]["problem"]
    assert run.returncode == 3, said


def test_stored_documents_keep_their_clock_unless_one_is_given(
    image: Path, evidence: Path, tmp_path: Path
) -> None:
    document = tmp_path / "app.json"
    subprocess.run(
        [*COMMAND, "collect", str(image), "-e", str(evidence), "--now", NOW, "-o", str(document)],
        check=True,
    )
    inventory = tmp_path / "images.txt"
    inventory.write_text("app.json\n")
    for more, outcome in (((), "allowed"), (("--now", "2027-11-24T12:00:00Z"), "denied")):
        results = tmp_path / f"{outcome}.jsonl"
        audit(inventory, results, *more).communicate(timeout=60)
        (row,) = rows(results)
        assert row["outcome"] == outcome
        assert row["repository"] == "registry.example.com/shop/web"

"""An inventory is read line by line, and an error names the line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from policyengine.errors import UsageError
from policyengine.fleet.inventory import read_inventory
from policyengine.model.evidence import EvidenceKind


def test_references_documents_and_objects_are_items(tmp_path: Path) -> None:
    path = tmp_path / "images.txt"
    path.write_text(
        "# the fleet\n"
        "\n"
        "registry.example/app:1\n"
        "  docker-archive:app.tar  \n"
        "stored/app.json\n"
        '{"image": "b", "evidence": ["r.json"], "scan": ["s.json"], "environment": "live"}\n'
        '{"document": "stored/b.json"}\n'
        "registry.example/app:1\n"
    )
    items = read_inventory(str(path)).items
    assert [(item.index, item.line, item.image or item.document) for item in items] == [
        (0, 3, "registry.example/app:1"),
        (1, 4, "docker-archive:app.tar"),
        (2, 5, f"{tmp_path}/stored/app.json"),
        (3, 6, "b"),
        (4, 7, f"{tmp_path}/stored/b.json"),
        (5, 8, "registry.example/app:1"),
    ]
    assert [(offer.path, offer.kind) for offer in items[3].offers] == [
        (f"{tmp_path}/r.json", None),
        (f"{tmp_path}/s.json", EvidenceKind.SCAN),
    ]
    assert items[3].environment == "live"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "without an image"),
        ("# nothing\n\n", "without an image"),
        ('a\n{"image": "b", "evidense": []}', ":2/evidense: .*did you mean evidence"),
        ('{"image": 5}', ":1/image: .*found an integer; expected a string"),
        ('{"image": "a", "scan": "x"}', ":1/scan: .*found a string; expected an array"),
        ('{"environment": "x"}', ":1/: .*expected one of them"),
        ('{"image": "a", "document": "b"}', ":1/: .*expected one of them"),
        ('{"document": "a", "environment": "x"}', ":1/document: .*a document by itself"),
        ('{"image": "a"', ":1 at byte"),
        ('{"image": "a", "image": "b"}', ":1/image: has the key 'image' twice"),
        ('{"image": "a", "platform": "x"}', "expected os/architecture"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_bad_line_is_refused(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = tmp_path / "images.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError) as caught:
        read_inventory(str(path))
    assert re.search(message, str(caught.value))


def test_a_missing_inventory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be opened"):
        read_inventory(str(tmp_path / "none"))

"""Imports go one way, and heavy packages are imported where they are used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image_files import BuiltImage, tar

PACKAGE = Path(__file__).resolve().parents[2] / "policyengine"

# Each room, and the rooms that it may import. A room may always import itself.
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "garbage": set(),
    "model": {"errors"},
    "resources": {"model", "errors"},
    "given_file": {"errors"},
    "registry": {"model", "errors"},
    "rego": {"garbage", "errors"},
    "collect": {"registry", "given_file", "resources", "model", "garbage", "errors"},
    "attest": {"registry", "model", "errors"},
    "report": {"resources", "model", "errors"},
    "document": {"resources", "model", "garbage", "errors"},
    "signed_files": {"rego", "given_file", "model", "errors"},
    "bundle": {"signed_files", "registry", "rego", "resources", "given_file", "model", "errors"},
    "evaluate": {"document", "bundle", "rego", "resources", "model", "errors"},
    "pipeline": {"model", "errors"},
    "lsp": {"bundle", "rego", "model", "errors"},
    "waivers": {"signed_files", "resources", "model", "errors"},
    "settings": {"rego", "given_file", "model", "errors"},
    "judge": {"collect", "document", "model", "errors"},
    "prepared": {"evaluate", "document", "rego", "model", "errors"},
    "fleet": {
        *(
            "prepared",
            "judge",
            "evaluate",
            "collect",
            "document",
            "bundle",
            "report",
            "rego",
            "settings",
        ),
        *("given_file", "model", "errors"),
    },
    "cli": {
        "attest",
        "pipeline",
        "lsp",
        "signed_files",
        *(
            "fleet",
            "prepared",
            "judge",
            "evaluate",
            "collect",
            "document",
            "bundle",
            "report",
            "rego",
        ),
        *("settings", "waivers", "resources", "given_file", "model", "garbage", "errors"),
    },
}
# The version number is everybody's.
OPEN = {""}
# The readers of all formats, and the values that they make: a third of the start of `collect`.
OF_REPORTS = {
    "policyengine.collect.recognise",
    *(
        f"policyengine.model.{name}"
        for name in ("dockerfile", "image_documents", "layers", "sbom", "scan", "trust", "vex")
    ),
}
HEAVY = {"docker", "httpx", "rich", "regopy", "jsonschema", "zstandard", "cryptography", "re2"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import hides which room it reaches"
            yield node.module or "", node.lineno


def test_every_room_has_its_rule() -> None:
    assert {room_of(path) for path in modules()} - OPEN <= ALLOWED.keys()


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_rooms_below_its_own(path: Path) -> None:
    room = room_of(path)
    for name, line in imported(ast.parse(path.read_text())):
        if not name.startswith("policyengine."):
            continue
        target = name.split(".")[1]
        allowed = target == room or target in ALLOWED.get(room, set())
        assert allowed, f"{path}:{line}: {room} may not import {target}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_stays_readable_in_one_sitting(path: Path) -> None:
    assert path.read_text().count("\n") <= 500


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_and_version_import_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys\n"
        f"sys.argv = ['policyengine', *{arguments!r}]\n"
        "from policyengine.cli import main\n"
        "try:\n    main()\nexcept SystemExit as exit_:\n    assert not exit_.code\n"
        f"print(sorted({HEAVY!r} & sys.modules.keys()), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout
    assert done.stderr.strip() == "[]"


def test_an_image_without_reports_waits_for_no_reader_of_reports(tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    archive.write_bytes(tar(BuiltImage().docker_files()))
    script = (
        "import sys\n"
        f"sys.argv = ['policyengine', 'collect', 'docker-archive:{archive}', '-o', 'input.json']\n"
        "from policyengine.cli import main\n"
        "try:\n    main()\nexcept SystemExit as exit_:\n    assert not exit_.code\n"
        f"print(sorted({OF_REPORTS!r} & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert (tmp_path / "input.json").stat().st_size
    assert done.stdout.strip() == "[]"

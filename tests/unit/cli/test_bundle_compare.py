"""What is in a bundle, and what another version of it makes of the same images."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bundle_files import parameter, write_bundle
from tests.image_files import tar
from tests.unit.cli.conftest import IMAGE, NOW, Command

ROOT = """package acme.user

# METADATA
# title: The image does not run as root
# custom:
#   id: user.root
#   severity: high
#   controls: [CIS-4.1]
deny contains "runs as root" if input.image.user.is_root
"""
NAMED = ROOT.replace("user.is_root", 'user.name == "1000"').replace("user.root", "user.named")
NAMED = NAMED.replace("acme.user", "acme.named").replace("runs as root", "runs as 1000")
SCAN = 'package acme.scan\n\ndeny contains "found" if input.scan.vulnerabilities[_].id == "x"\n'


@pytest.fixture
def images(command: Command, folder: Path) -> Path:
    """Documents of two images: one runs as root, one as user 1000; and bundles over them."""
    (folder / "root.tar").write_bytes(tar(replace(IMAGE, config={}).docker_files()))
    for name, source in (("root", "root.tar"), ("user", "image.tar")):
        path = folder / "documents" / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        assert command("collect", source, "--now", NOW, "-o", path).code == 0
    bundles = {
        "root": {"root.rego": ROOT},
        "both": {"root.rego": ROOT, "named.rego": NAMED},
        "named": {"named.rego": NAMED},
        "warning": {"root.rego": ROOT.replace("deny", "warn"), "named.rego": NAMED},
        "unread": {"root.rego": ROOT, "scan.rego": SCAN},
        "text": {"root.rego": ROOT.replace("runs as root", "is root")},
    }
    for name, modules in bundles.items():
        write_bundle(folder / name, modules, entrypoints=["acme"])
    return folder


@pytest.mark.parametrize(
    ("old", "new", "effect", "flips"),
    [
        ("root", "root", "same", {}),
        ("root", "both", "stricter", {"user": ("allowed", "denied")}),
        ("both", "root", "laxer", {"user": ("denied", "allowed")}),
        (
            "root",
            "named",
            "both",
            {"root": ("denied", "allowed"), "user": ("allowed", "denied")},
        ),
        ("both", "warning", "laxer", {"root": ("denied", "allowed")}),
        ("root", "unread", "stricter", {"user": ("allowed", "incomplete")}),
        ("unread", "root", "laxer", {"user": ("incomplete", "allowed")}),
    ],
)
def test_both_judge_the_documents_and_what_flips_is_listed(
    command: Command,
    images: Path,
    old: str,
    new: str,
    effect: str,
    flips: dict[str, tuple[str, str]],
) -> None:
    done = command("bundle", "diff", f"./{old}", f"./{new}", "-i", "documents", "-f", "json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["effect"], found["documents"]) == (effect, 2)
    assert {
        Path(row["image"]).stem: (row["before"], row["after"])
        for row in found["images"]
        if row["flips"]
    } == flips


def test_a_denial_that_only_warns_now_is_laxer_where_another_still_denies(
    command: Command, images: Path
) -> None:
    always = 'package acme.always\n\ndeny contains "always" if input.image.user.name != "x"\n'
    for name, word in (("old", "deny"), ("new", "warn")):
        write_bundle(images / name, {"a.rego": always, "root.rego": ROOT.replace("deny", word)})
    done = command("bundle", "diff", "./old", "./new", "-i", "documents/root.json", "-f", "json")
    found = json.loads(done.out)
    (row,) = found["images"]
    assert (row["before"], row["after"], row["laxer"], row["stricter"]) == (
        *("denied", "denied", True),
        False,
    )
    assert [item["rule"] for item in row["gone"]] == ["user.root"]


@pytest.mark.parametrize(
    ("old", "new", "options", "code"),
    [
        ("root", "both", ("--fail-on", "laxer"), 0),
        ("root", "both", ("--fail-on", "stricter"), 1),
        ("both", "root", ("--fail-on", "laxer"), 1),
        ("both", "root", ("--fail-on", "stricter"), 0),
        ("both", "root", ("--fail-on", "stricter", "--fail-on", "changed"), 1),
        ("root", "root", ("--fail-on", "changed"), 0),
        ("root", "text", ("--fail-on", "changed"), 1),
    ],
)
def test_the_exit_code_says_what_ci_asked(
    command: Command, images: Path, old: str, new: str, options: tuple[str, ...], code: int
) -> None:
    inputs = ("-i", "documents")
    assert command("bundle", "diff", f"./{old}", f"./{new}", *inputs, *options).code == code


def test_people_read_it_line_by_line(command: Command, images: Path) -> None:
    done = command("bundle", "diff", "./root", "./named", "-i", "documents")
    assert done.out.splitlines() == [
        "acme 1.2.3 -> acme 1.2.3",
        "  + user.named (high): The image does not run as root",
        "  - user.root (high): The image does not run as root",
        "",
        "both, by 2 documents",
        "  documents/root.json: denied -> allowed",
        "    - user.root: runs as root",
        "  documents/user.json: allowed -> denied",
        "    + user.named: runs as 1000",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--fail-on", "laxer"), "told by judging"),
        (("-i", "empty"), "no input documents"),
        (("-i", "none.json"), "cannot be opened"),
    ],
)
def test_nothing_to_judge_by_is_an_error(
    command: Command, images: Path, options: tuple[str, ...], said: str
) -> None:
    (images / "empty").mkdir()
    done = command("bundle", "diff", "./root", "./both", *options)
    assert (done.code in {2, 3}, done.out) == (True, "")
    assert said in done.err


def test_inspect_tells_rules_evidence_and_parameters(command: Command, images: Path) -> None:
    write_bundle(
        images / "unread",
        {"root.rego": ROOT, "scan.rego": SCAN},
        parameters={"limit": parameter(3, "integer")},
        entrypoints=["acme"],
    )
    found = json.loads(command("bundle", "inspect", "./unread", "-f", "json").out)
    assert (found["name"], found["version"], found["revision"]) == ("acme", "1.2.3", "r7")
    assert (found["signed"], found["signer"], found["view"]) == (False, None, "unified")
    assert found["evidence"] == ["image", "scan"]
    assert [rule["id"] for rule in found["rules"]] == ["acme.scan.deny", "user.root"]
    rule = found["rules"][1]
    assert (rule["title"], rule["severity"], rule["controls"], rule["locations"]) == (
        *("The image does not run as root", "high", ["CIS-4.1"]),
        ["root.rego:9"],
    )
    assert [item["name"] for item in found["parameters"]] == ["limit"]
    text = command("bundle", "inspect", "./unread").out
    assert text.startswith("acme 1.2.3 (revision r7), not signed\n")
    assert "user.root" in text
    assert "limit = 3" in text

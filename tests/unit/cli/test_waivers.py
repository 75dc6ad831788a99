"""Waivers on the command line: what passes, what is told, and what is changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bundle_files import write_bundle
from tests.image_files import tar
from tests.unit.cli.conftest import IMAGE, NOW, TRIVY, Command, Done

RULE = """package acme

# METADATA
# custom:
#   id: acme.user
deny contains {"msg": "runs as root", "package": "base"} if input.image.user.is_root
"""
WAIVER = """\
  - rule: {rule}
    package: {package}
    reason: for now
    owner: shop
    approver: security
    created: {created}
    expires: {expires}
"""
UNKNOWN = (
    "waivers.yaml:{row}: note: the waiver of acme.usr is of a rule that no bundle here has; "
    "did you mean acme.user?"
)


@pytest.fixture
def bundle(folder: Path) -> Path:
    """A bundle of one rule; ``root.tar`` is the image that it denies."""
    (folder / "root.tar").write_bytes(tar(replace(IMAGE, config={}).docker_files()))
    return write_bundle(folder / "bundle", {"acme.rego": RULE}, entrypoints=["acme"])


def waivers(**fields: str) -> None:
    known = {
        "rule": "acme.user",
        "package": "base",
        "created": "2026-01-01",
        "expires": "2026-02-28",
    }
    Path("waivers.yaml").write_text("version: 1\nwaivers:\n" + WAIVER.format(**known | fields))


def checked(command: Command, bundle: Path, *arguments: str) -> Done:
    return command("check", "--bundle", bundle, "--now", NOW, "root.tar", *arguments)


def test_a_waived_reason_stays_in_the_report_and_passes(command: Command, bundle: Path) -> None:
    waivers()
    done = checked(command, bundle, "--waivers", "waivers.yaml", "--show", "waived")
    assert (done.code, done.err) == (0, "")
    assert "waived unknown  acme.user" in done.out
    assert "[waivers.yaml:3]" in done.out


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"expires": "2026-01-30"}, "expired at 2026-01-31T00:00:00Z"),
        ({"created": "2026-02-01"}, "holds from 2026-02-01T00:00:00Z only"),
        ({"expires": "2027-06-01"}, "holds for 517 days, and at most 365 may be"),
    ],
)
def test_a_waiver_that_does_not_hold_is_told_and_the_image_denied(
    fields: dict[str, str], said: str, command: Command, bundle: Path
) -> None:
    waivers(**fields)
    done = checked(command, bundle, "--waivers", "waivers.yaml")
    assert done.code == 1
    assert done.err == f"waivers.yaml:3: error: the waiver of acme.user {said}\n"
    assert f"waiver not applied: waivers.yaml:3, of acme.user, {said}" in done.out


def test_an_approver_is_one_of_those_who_may(command: Command, bundle: Path) -> None:
    waivers()
    Path("policyengine.toml").write_text(
        '[waivers]\nfiles = ["waivers.yaml"]\napprovers = ["ciso"]\n'
    )
    done = checked(command, bundle)
    assert done.code == 1
    assert "is approved by security, who is none of: ciso" in done.err
    Path("policyengine.toml").write_text('[waivers]\nfiles = ["waivers.yaml"]\n')
    assert checked(command, bundle).code == 0


def test_a_waiver_of_nothing_is_noted(command: Command, bundle: Path) -> None:
    waivers(package="other")
    done = checked(command, bundle, "--waivers", "waivers.yaml")
    assert done.code == 1
    assert done.err.endswith("note: the waiver of acme.user means nothing that was found\n")
    quiet = command(
        "-q", "check", "--bundle", bundle, "--now", NOW, "root.tar", "--waivers", "waivers.yaml"
    )
    assert quiet.err == ""


def test_a_file_that_is_none_stops_the_check_before_anything_is_judged(
    command: Command, bundle: Path
) -> None:
    Path("waivers.yaml").write_text("version: 1\n")
    done = checked(command, bundle, "--waivers", "waivers.yaml")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)


def test_an_audit_waives_too_and_another_waiver_file_is_another_run(
    command: Command, bundle: Path
) -> None:
    waivers()
    Path("images.txt").write_text("root.tar\n")
    run = ("audit", "run", "images.txt", "--bundle", bundle, "--now", NOW, "-j", "1", "-o", "r")
    assert command(*run, "--waivers", "waivers.yaml").code == 0
    row = json.loads(Path("r").read_text().splitlines()[1])
    assert (row["outcome"], len(row["waived"])) == ("allowed", 1)
    waivers(package="other")
    again = command(*run, "--waivers", "waivers.yaml")
    assert (again.code, again.out) == (2, "")
    assert "waivers_sha256 differs" in again.err


def test_an_audit_tells_what_is_wrong_with_waivers(command: Command, bundle: Path) -> None:
    waivers(expires="2026-01-30")
    more = [("acme.usr", "base"), ("acme.user", "other"), ("acme.user", "base2")]
    days = {"created": "2026-01-01", "expires": "2026-03-01"}
    with Path("waivers.yaml").open("a") as file:
        file.writelines(WAIVER.format(rule=rule, package=name, **days) for rule, name in more)
    Path("images.txt").write_text("root.tar\nroot.tar\n")
    run = ("audit", "run", "images.txt", "--bundle", bundle, "--now", NOW, "-j", "1", "-o", "r")
    done = command(*run, "--waivers", "waivers.yaml")
    assert done.code == 1
    told = [line for line in done.err.splitlines() if line.startswith("waivers.yaml:")]
    assert told == [
        "waivers.yaml:3: error: the waiver of acme.user expired at 2026-01-31T00:00:00Z",
        UNKNOWN.format(row=10),
        "waivers.yaml:17: note: the waiver of acme.user lets nothing of the inventory pass",
        "waivers.yaml:24: note: the waiver of acme.user lets nothing of the inventory pass",
    ]
    again = command(*run, "--waivers", "waivers.yaml")
    assert [line for line in again.err.splitlines() if line.startswith("waivers.yaml:")] == told
    quiet = command("-q", *run, "--waivers", "waivers.yaml")
    assert quiet.err.splitlines() == told[:1]


def test_an_audit_of_what_was_not_judged_calls_no_waiver_unused(
    command: Command, bundle: Path
) -> None:
    waivers(package="other")
    Path("images.txt").write_text("root.tar\nnone.tar\n")
    run = ("audit", "run", "images.txt", "--bundle", bundle, "--now", NOW, "-j", "1", "-o", "r")
    assert "note:" not in command(*run, "--waivers", "waivers.yaml").err


def test_a_waiver_of_no_rule_is_told_with_the_nearest(command: Command, bundle: Path) -> None:
    waivers(rule="acme.usr")
    done = checked(command, bundle, "--waivers", "waivers.yaml", "--report", "json=r.json")
    assert done.code == 1
    assert done.err == f"{UNKNOWN.format(row=3)}\n"
    later = command("waivers", "check", "waivers.yaml", "--now", NOW, "--result", "r.json")
    assert (later.code, later.err) == (0, done.err)
    pruned = command("waivers", "prune", "waivers.yaml", "--now", NOW, "--result", "r.json")
    assert pruned.out.endswith("1 removed\n")


def test_waivers_are_listed_the_first_to_end_at_the_top(command: Command) -> None:
    waivers()
    with Path("waivers.yaml").open("a") as file:
        file.write(
            WAIVER.format(rule="a.b", package="c", created="2026-01-01", expires="2026-01-30")
        )
    listed = command("waivers", "list", "waivers.yaml", "--now", NOW).out.splitlines()
    assert listed == [
        "expired        a.b (package c): for now",
        "28 days left   acme.user (package base): for now",
        "2 waivers",
    ]
    rows = json.loads(command("waivers", "list", "waivers.yaml", "--now", NOW, "-f", "json").out)
    assert [(row["rule"], row["status"]) for row in rows] == [
        ("a.b", "expired"),
        ("acme.user", "28 days left"),
    ]


def test_a_file_is_checked_against_what_was_found(command: Command, bundle: Path) -> None:
    waivers(package="other")
    checked(command, bundle, "--report", "json=r.json")
    alone = command("waivers", "check", "waivers.yaml", "--now", NOW)
    assert (alone.code, alone.err) == (0, "")
    done = command("waivers", "check", "waivers.yaml", "--now", NOW, "--result", "r.json")
    assert done.code == 0
    assert "means nothing that was found" in done.err
    waivers(expires="2026-01-30")
    assert command("waivers", "check", "waivers.yaml", "--now", NOW).code == 2


def test_a_waiver_is_added_and_the_ended_pruned(command: Command) -> None:
    waivers(expires="2026-01-30")
    add = ("waivers", "add", "waivers.yaml", "--rule", "a.b", "--digest", "sha256:" + "1" * 64)
    who = ("--reason", "because: #1", "--owner", "o", "--approver", "p", "--now", NOW)
    assert command(*add, *who, "--expires", "2026-03-01").code == 0
    dry = command("waivers", "prune", "waivers.yaml", "--dry-run", "--now", NOW)
    assert dry.out.endswith("1 would be removed\n")
    assert command("waivers", "prune", "waivers.yaml", "--now", NOW).out.endswith("1 removed\n")
    listed = command("waivers", "list", "waivers.yaml", "--now", NOW).out
    assert listed.startswith("29 days left   a.b (digest sha256:")


def test_nothing_is_written_that_could_not_be_read_again(command: Command) -> None:
    who = ("--reason", "r", "--owner", "o", "--approver", "p", "--now", NOW)
    done = command("waivers", "add", "w.yaml", "--rule", "a.b", *who, "--expires", "never")
    assert done.code == 2
    assert not Path("w.yaml").exists()


def test_an_ignore_file_is_imported(command: Command) -> None:
    Path(".trivyignore").write_text("CVE-2026-1\nAVD-DS-0002\n")
    terms = ("--owner", "o", "--approver", "p", "--expires", "2026-03-01", "--now", NOW)
    imported = command(
        *("waivers", "import", ".trivyignore", "--rule", "scan.fixable", *terms, "-o", "w.yaml")
    )
    assert (imported.code, imported.out) == (0, "1 imported\n")
    assert imported.err == (".trivyignore: not imported: line 2: AVD-DS-0002 is no vulnerability\n")
    assert "scan.fixable (vulnerability CVE-2026-1)" in command("waivers", "list", "w.yaml").out


def test_what_is_there_already_is_not_imported_again(command: Command) -> None:
    Path(".trivyignore").write_text("CVE-2026-1\nCVE-2026-2\nCVE-2026-1\n")
    terms = ("--owner", "o", "--approver", "p", "--expires", "2026-03-01", "--now", NOW)
    run = ("waivers", "import", ".trivyignore", "--rule", "a.b", *terms, "-o", "w.yaml")
    first = command(*run)
    assert first.out == "2 imported\n"
    assert first.err == ".trivyignore: not imported: a.b CVE-2026-1: is there twice\n"
    before = Path("w.yaml").read_bytes()
    Path(".trivyignore").write_text("CVE-2026-1\n")
    assert command(*run).out == "0 imported, 1 there already\n"
    assert Path("w.yaml").read_bytes() == before
    Path(".trivyignore").write_text("CVE-2026-1\nCVE-2026-3\n")
    assert command(*run).out == "1 imported, 1 there already\n"


@pytest.mark.parametrize(
    ("expires", "settings", "said"),
    [
        ("2027-06-01", "", "would let nothing pass: it holds for 487 days, and at most 365 may be"),
        ("2026-03-01", 'approvers = ["ciso"]', "it is approved by p, who is none of: ciso"),
        ("2026-01-30", "", "ends before it begins"),
    ],
)
def test_a_waiver_that_would_let_nothing_pass_is_not_added(
    expires: str, settings: str, said: str, command: Command
) -> None:
    Path("policyengine.toml").write_text(f"[waivers]\n{settings}\n")
    who = ("--reason", "r", "--owner", "o", "--approver", "p", "--now", NOW)
    done = command("waivers", "add", "w.yaml", "--rule", "a.b", *who, "--expires", expires)
    assert (done.code, said in done.err) == (2, True), done.err
    assert not Path("w.yaml").exists()


@pytest.mark.parametrize(
    ("path", "left"),
    [
        pytest.param("app/test/**", {"app/.env"}, id="one of two"),
        pytest.param("/app/test/key.pem", {"app/.env"}, id="with the first slash"),
        pytest.param("app/**", set(), id="both"),
        pytest.param("app/*.pem", {"app/.env", "app/test/key.pem"}, id="neither"),
    ],
)
def test_a_secret_is_waived_by_its_path(path: str, left: set[str], command: Command) -> None:
    report = json.loads(TRIVY)
    report["Results"] = [
        {
            "Target": target,
            "Class": "secret",
            "Secrets": [{"RuleID": "key", "Title": "A key", "Severity": "CRITICAL"}],
        }
        for target in ("app/test/key.pem", "app/.env")
    ]
    Path("secrets.json").write_text(json.dumps(report))
    who = ("--reason", "r", "--owner", "o", "--approver", "p", "--expires", "2026-03-01")
    add = ("waivers", "add", "w.yaml", "--rule", "scan.secrets", "--path", path, *who)
    assert command(*add, "--now", NOW).code == 0
    check = ("check", "image.tar", "--scan", "secrets.json", "--now", NOW, "-f", "json")
    (verdict,) = json.loads(command(*check, "--waivers", "w.yaml").out)["verdicts"]
    found = [reason for reason in verdict["reasons"] if reason["rule"]["id"] == "scan.secrets"]
    assert {reason["details"]["path"] for reason in found} == left
    assert len(verdict["waived"]) == 2 - len(left)

"""``policyengine explain``: a rule over a stored document, expression by expression."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bundle_files import write_bundle
from tests.image_files import tar
from tests.unit.cli.conftest import IMAGE, NOW, Command

# Longer than what is shown of a value.
SECRET = "hunter22" * 30
RULES = """package acme.user

deny contains msg if {
	some name, value in variables
	startswith(name, "DB_")
	not value == ""
	msg := sprintf("%v is set", [name])
}

variables[name] := value if {
	some line in input.image.config.Env
	[name, value] := split(line, "=")
}

warn contains "no user" if input.image.config.User == ""
"""


@pytest.fixture
def stored(command: Command, folder: Path) -> Path:
    config = {"User": "1000", "Env": ["MODE=production", f"DB_PASSWORD={SECRET}", "DB_X="]}
    (folder / "db.tar").write_bytes(tar(replace(IMAGE, config=config).docker_files()))
    write_bundle(folder / "acme", {"user.rego": RULES}, entrypoints=["acme"], name="acme")
    assert command("collect", "db.tar", "--now", NOW, "-o", "db.json").code == 0
    assert command("collect", "image.tar", "--now", NOW, "-o", "image.json").code == 0
    return folder


def test_a_rule_that_fired_shows_what_led_to_each_reason(command: Command, stored: Path) -> None:
    done = command("explain", "db.json", "-b", "./acme", "--rule", "acme.user.deny")
    assert done.code == 0
    lines = [line.split(maxsplit=3) for line in done.out.splitlines()]
    assert done.out.startswith("user.rego:3: acme.user.deny (deny): gave 1\n")
    assert ["3", "times", "4", "some name, value in variables"] in lines
    assert ["2", "of", "3", '5  startswith(name, "DB_")'] in lines
    assert ["1", "of", "2", '6  not value == ""'] in lines
    assert '  solution 1: "DB_PASSWORD is set"' in done.out
    assert '    7: sprintf("%v is set", [name]): "DB_PASSWORD is set"' in done.out


def test_secrets_stay_masked(command: Command, stored: Path) -> None:
    for form in ("text", "json"):
        done = command(
            "explain", "db.json", "-b", "./acme", "--rule", "acme.user.deny", "--all", "-f", form
        )
        assert done.code == 0
        assert "DB_PASSWORD" in done.out
        assert "hunter22" not in done.out


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        pytest.param(
            "acme.user.deny",
            ["  FAILED      5  startswith(name, \"DB_\")", "  not run     6  not value == \"\""],
            id="none-of-several",
        ),
        pytest.param(
            "data.acme.user.warn",
            [
                '  FAILED     15  input.image.config.User == ""',
                '                   input.image.config.User: "1000"',
            ],
            id="a-value-that-differs",
        ),
    ],
)  # fmt: skip
def test_a_rule_that_did_not_fire_shows_where_it_ended(
    rule: str, lines: list[str], command: Command, stored: Path
) -> None:
    done = command("explain", "image.json", "-b", "./acme", "--rule", rule)
    assert done.code == 0
    assert ": gave nothing" in done.out.splitlines()[0]
    shown = done.out.splitlines()
    assert [line for line in lines if line not in shown] == []


def test_the_rules_that_it_calls_are_shown_on_request(command: Command, stored: Path) -> None:
    arguments = ("explain", "image.json", "-b", "./acme", "--rule", "acme.user.deny")
    assert "user.rego:10" not in command(*arguments).out
    assert "user.rego:10: variables[name] := value: gave 1" in command(*arguments, "--all").out


def test_json_has_every_step(command: Command, stored: Path) -> None:
    done = command(
        "explain", "image.json", "-b", "./acme", "--rule", "acme.user.deny", "-f", "json"
    )
    (rule,) = json.loads(done.out)
    assert rule["bundle"] == "acme"
    assert rule["solutions"] == 0
    assert rule["failed_at"] == 5
    assert [(step["row"], step["tried"], step["held"]) for step in rule["steps"]] == [
        (4, 1, 1), (5, 1, 0), (6, 0, 0), (7, 0, 0),
    ]  # fmt: skip
    (attempt,) = rule["steps"][1]["failed"]
    assert attempt["variables"] == {"name": "MODE", "value": "production"}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("image.json", "-b", "./acme", "--rule", "acme.user.den"), "did you mean acme.user.deny"),
        (("image.json", "-b", "./acme"), "--rule"),
        (("none.json", "-b", "./acme", "--rule", "x"), "none.json"),
    ],
)
def test_what_cannot_be_explained_is_an_error(
    arguments: tuple[str, ...], problem: str, command: Command, stored: Path
) -> None:
    done = command("explain", *arguments)
    assert done.code in {2, 3}
    assert problem in done.err
    assert done.out == ""


def test_a_fact_is_said_by_its_file_and_place(command: Command, stored: Path) -> None:
    done = command("explain", "db.json", "/image/config/User", "/environment")
    assert done.code == 0
    first, place, second, of_command = done.out.splitlines()
    assert (first, second) == ("/image/config/User", "/environment")
    assert "/config/User (image image-config)" in place
    assert of_command == "  the command: environment (command)"
    told = json.loads(command("explain", "db.json", "/image/user", "-f", "json").out)
    assert told[0]["pointer"] == "/image/user"
    assert told[0]["said_by"][0]["pointer"] == "/config/User"


def test_a_name_that_is_secret_stays_masked_among_the_facts(command: Command, stored: Path) -> None:
    for form in ("text", "json"):
        done = command("explain", "db.json", "/image/config/Env/1", "-f", form)
        assert done.code == 0
        assert SECRET not in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param((), "nothing says what to explain", id="nothing"),
        pytest.param(("/image", "--rule", "image.root_user"), "not both", id="both"),
        pytest.param(("/nothing",), "leads nowhere", id="nowhere"),
        pytest.param(("image",), "is no JSON Pointer", id="no pointer"),
    ],
)
def test_what_cannot_be_explained_is_refused(
    command: Command, stored: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = command("explain", "db.json", *arguments)
    assert done.code == 2
    assert said in done.err

"""No report holds a secret of the image: rules see them, people do not."""

from __future__ import annotations

import html
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from policyengine.report import FORMATS
from tests.bundle_files import write_bundle
from tests.image_files import BuiltImage, tar
from tests.unit.cli.conftest import Command

PLANTED = {
    "environment": "correct-horse-battery",
    "key": "AKIA" + "EXAMPLEEXAMPLE42",
    "label": "label-secret-9471",
    "command": "command-secret-5512",
    "entrypoint": "entry-secret-7730",
    "history": "history-secret-1408",
    "url": "url-secret-3391",
    "quoted": 'quo"te-secret<&>8826',
    "key block": "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKplanted\n"
    "-----END RSA PRIVATE KEY-----",
}


class Planted(BuiltImage):
    """The image, with a secret in each place that it has for one."""

    def history(self) -> list[dict[str, object]]:
        step = {
            "created": self.created,
            "created_by": f"RUN |1 NPM_TOKEN={PLANTED['history']} /bin/sh -c npm install",
            "empty_layer": True,
        }
        return [*super().history(), step]


IMAGE = Planted(
    config={
        "User": "0",
        "Env": [
            f"DB_PASSWORD={PLANTED['environment']}",
            f"SOMETHING={PLANTED['key']}",
            f"DATABASE=postgres://app:{PLANTED['url']}@db/app",
            f"API_TOKEN={PLANTED['quoted']}",
            f"IDENTITY={PLANTED['key block']}",
        ],
        "Labels": {"com.example.token": PLANTED["label"]},
        "Cmd": ["run", "--password", PLANTED["command"]],
        "Entrypoint": ["sh", "-c", f"SECRET={PLANTED['entrypoint']} run"],
    }
)
# It tells all that it can: in messages, in details, by values, under names.
TELLTALE = """package acme.telltale

import rego.v1

# METADATA
# title: Tells everything
# custom:
#   id: acme.everything
#   severity: high
deny contains reason if {
	some index, text in input.image.config.Env
	reason := {
		"msg": sprintf("the environment has %s", [text]),
		"package": text,
		"layer": text,
		"names": {text: [text]},
		"json": json.marshal(text),
		"paths": [["image", "config", "Env", index], ["image", "config"], ["image", "history"]],
	}
}

# METADATA
# title: Tells it as a warning
# custom:
#   id: acme.warned
#   severity: low
warn contains reason if {
	some step in input.image.history
	reason := {"msg": step.created_by, "path": step.created_by, "paths": [["image", "history"]]}
}

# METADATA
# title: Tells what starts
# custom:
#   id: acme.started
#   severity: medium
deny contains msg if {
	msg := concat(" ", array.concat(input.image.config.Entrypoint, input.image.config.Cmd))
}

# METADATA
# title: Tells labels
# custom:
#   id: acme.labels
#   severity: critical
deny contains msg if {
	some name, value in input.image.config.Labels
	msg := sprintf("%s is %s", [name, value])
}
"""


def spellings(secret: str) -> set[str]:
    """The secret as formats may write it: as it is, in JSON, HTML, XML, Markdown, a URL."""
    found = {secret, json.dumps(secret)[1:-1], html.escape(secret), quote(secret)}
    found |= {item.encode("unicode_escape").decode() for item in found}
    # The middle of it is enough to know it by.
    return found | {secret[len(secret) // 2 - 5 : len(secret) // 2 + 5]}


@pytest.fixture
def reports(command: Command, folder: Path) -> dict[str, str]:
    (folder / "planted.tar").write_bytes(tar(IMAGE.docker_files()))
    write_bundle(folder / "telltale", {"telltale.rego": TELLTALE})
    asked = [f"--report={form}=out.{form}" for form in FORMATS]
    done = command(
        *("check", "docker-archive:planted.tar", "--bundle", "telltale", "--bundle", "baseline"),
        *(*asked, "--show", "all", "--all"),
    )
    assert done.code == 1, done.err
    written = {form: (folder / f"out.{form}").read_text() for form in FORMATS}
    return {**written, "standard output": done.out, "standard error": done.err}


def test_no_format_holds_a_planted_secret(reports: dict[str, str]) -> None:
    assert "acme.everything" in reports["json"]
    for form, text in reports.items():
        for place, secret in PLANTED.items():
            found = [spelling for spelling in spellings(secret) if spelling in text]
            assert not found, (form, place)


def test_every_format_was_given_what_the_secrets_stand_in(reports: dict[str, str]) -> None:
    """A format that writes nothing of the rules would pass the test above for nothing."""
    assert reports.keys() == {*FORMATS, "standard output", "standard error"}
    for form in FORMATS:
        assert "DB_PASSWORD" in reports[form].replace("\\_", "_").replace("&#95;", "_"), form

"""What looks like a secret is masked for people, wherever it shows up."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.document import assemble, mask_json, mask_text, secret_values
from policyengine.model.gathered import GatheredReports
from policyengine.model.image import HistoryEntry
from policyengine.model.json_value import FrozenJson
from tests.evidence_values import NOW, image, image_evidence


def secrets_of(config: dict[str, Any] | None = None, *commands: str) -> tuple[str, ...]:
    history = tuple(
        HistoryEntry(created=None, created_by=text, comment="", empty_layer=True, layer=None)
        for text in commands
    )
    evidence = image_evidence(having=image(config, history=history))
    return secret_values(assemble(evidence, GatheredReports(), environment=None, evaluated_at=NOW))


KEY_ID = "AKIA" + "ABCDEFGH" + "23456789"


@pytest.mark.parametrize(
    ("config", "command", "secret"),
    [
        ({"Env": ["DB_PASSWORD=hunter2"]}, "", "hunter2"),
        ({"Env": ["db_password=hunter2"]}, "", "hunter2"),
        ({"Env": ["API_KEY=a=b=c"]}, "", "a=b=c"),
        ({"Env": [f"HARMLESS={KEY_ID}"]}, "", KEY_ID),
        ({"Env": ["URL=https://me:s3cr3t@host/x"]}, "", "s3cr3t"),
        ({"Labels": {"com.example.token": "t0psecret"}}, "", "t0psecret"),
        ({"Labels": {"note": '{"password": "in json"}'}}, "", "in json"),
        ({"Cmd": ["run", "--password", "hunter2"]}, "", "hunter2"),
        ({"Entrypoint": ["sh", "-c", "TOKEN=hunter2 run"]}, "", "hunter2"),
        ({}, "|1 NPM_TOKEN=hunter2 /bin/sh -c npm install", "hunter2"),
        ({}, "ENV SECRET_KEY=hunter2", "hunter2"),
        ({}, "ENV SECRET_KEY='two words'", "two words"),
        ({}, "RUN curl -H 'Authorization: x' --token=hunter2 # buildkit", "hunter2"),
        (
            {},
            "RUN echo -----BEGIN RSA PRIVATE KEY-----\nabc",
            "-----BEGIN RSA PRIVATE KEY-----\nabc",
        ),
    ],
)
def test_a_secret_is_found_and_masked(config: dict[str, Any], command: str, secret: str) -> None:
    secrets = secrets_of(config, command)
    masked = mask_text(f"found {secret} here", secrets)
    assert secret not in masked
    assert "*" * 12 in masked


@pytest.mark.parametrize(
    "config",
    [
        {"Env": ["PATH=/usr/bin:/bin", "LANG=C.UTF-8", "NODE_VERSION=20.1.0"]},
        {"Env": ["REQUIRE_PASSWORD=true", "AUTH_MODE=none", "PASSWORD="]},
        {"Labels": {"maintainer": "someone@example.org"}},
    ],
)
def test_ordinary_values_are_left_alone(config: dict[str, Any]) -> None:
    assert secrets_of(config) == ()


def test_a_masked_key_keeps_its_kind_and_not_its_length() -> None:
    assert mask_text(f"key {KEY_ID}", (KEY_ID,)) == "key AKIA************"


def test_a_short_secret_shows_little_of_itself() -> None:
    assert mask_text("x=abcd", ("abcd",)) == "x=a" + "*" * 12


def test_a_short_secret_is_not_masked_inside_of_a_word() -> None:
    assert mask_text("nodejs runs node", ("node",)) == "nodejs runs n" + "*" * 12


def test_a_token_of_a_known_form_is_masked_even_where_no_document_holds_it() -> None:
    assert KEY_ID not in mask_text(f"decoded: {KEY_ID}", ())


def test_the_longest_secret_is_masked_first() -> None:
    secrets = secrets_of({"Env": ["A_TOKEN=secret12", "B_TOKEN=secret12-and-more"]})
    assert mask_text("secret12-and-more", secrets) == "secr" + "*" * 12


def test_masking_json_reaches_keys_and_nested_values() -> None:
    value: FrozenJson = {"hunter2": [{"x": "hunter2"}, 1, None, True]}
    assert mask_json(value, ("hunter2",)) == {
        "h" + "*" * 12: [{"x": "h" + "*" * 12}, 1, None, True]
    }


def test_a_secret_quoted_by_json_is_masked_too() -> None:
    secrets = secrets_of({"Env": ['PASSWORD=quo"te12345']})
    assert 'quo\\"te12345' not in mask_text('{"v": "quo\\"te12345"}', secrets)

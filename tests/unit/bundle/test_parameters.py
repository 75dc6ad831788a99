"""Parameters: a limit that somebody set is in force, or the run stops."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policyengine.bundle import open_bundle, parse_assignment, read_parameters
from policyengine.errors import BundleFormatError, ParameterError
from tests.bundle_files import parameter, write_bundle

SCHEMA: dict[str, Any] = {
    "max_age_days": parameter(90, "integer"),
    "allowed_registries": {**parameter([], "array"), "items": {"type": "string"}},
    "severity": {**parameter("high", "string"), "enum": ["low", "high"]},
    "strict": parameter(False, "boolean"),
    "owner": parameter(None, "null") | {"type": ["string", "null"]},
}


def in_force(folder: Path, given: dict[str, Any]) -> Any:
    bundle = open_bundle(str(write_bundle(folder, parameters=SCHEMA)), parameters=given)
    return dict(bundle.parameters)


def test_what_nobody_set_has_its_default(tmp_path: Path) -> None:
    assert in_force(tmp_path, {}) == {name: item["default"] for name, item in SCHEMA.items()}


def test_what_was_set_wins_over_the_default(tmp_path: Path) -> None:
    values = in_force(tmp_path, {"max_age_days": 7, "owner": "me"})
    assert (values["max_age_days"], values["owner"], values["strict"]) == (7, "me", False)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_agee_days": 7}, "did you mean max_age_days?"),
        ({"MAX_AGE_DAYS": 7}, "MAX_AGE_DAYS"),
        ({"": 7}, "no such parameter"),
        ({"zzz": 7}, "known are allowed_registries, max_age_days"),
        ({"max_age_days": "7"}, "expected integer"),
        ({"max_age_days": 7.5}, "expected integer"),
        ({"max_age_days": True}, "expected integer"),
        ({"max_age_days": None}, "expected integer"),
        ({"strict": "true"}, "expected boolean"),
        ({"strict": 1}, "expected boolean"),
        ({"severity": "medium"}, "low or high"),
        ({"allowed_registries": "a.example"}, "expected array"),
        ({"allowed_registries": ["a.example", 3]}, "allowed_registries/1"),
        ({"owner": 3}, "string or null"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused(
    given: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ParameterError) as caught:
        in_force(tmp_path, given)
    assert said in str(caught.value)


def test_a_refused_value_tells_what_the_parameter_is(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="a parameter, by default 90"):
        in_force(tmp_path, {"max_age_days": "x"})


def test_a_bundle_without_parameters_takes_none(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="known are none"):
        open_bundle(str(write_bundle(tmp_path)), parameters={"max_age_days": 1})


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (b"[]", "not a JSON Schema object"),
        (b'{"properties": {"a": {"default": 1}}}', "without a description"),
        (b'{"properties": {"a": {"description": "d"}}}', "without a default"),
        (b'{"properties": {"a": 1}}', "/properties/a"),
        (b'{"type": "objekt"}', "/type"),
        (b'{"properties": []}', "/properties"),
        (
            b'{"properties": {"a": {"type": "integer", "default": "x", "description": "d"}}}',
            "expected integer",
        ),
        (b'{"properties": {"a": {"pattern": "(", "default": "x", "description": "d"}}}', "a"),
        (b'{"$ref": "file:///etc/passwd"}', "file:///etc/passwd"),
        (b'{"$ref": "http://127.0.0.1:9/schema.json"}', "127.0.0.1"),
        (b'{"$ref": "#/$defs/nothing"}', "$defs/nothing"),
        (b'{"$ref": "#"}', "$ref"),
        (b'{"properties": {"a": 1, "a": 2}}', "a"),
        (b"", "empty"),
    ],
)
def test_a_schema_that_is_none_of_parameters_is_refused(
    schema: bytes, said: str, tmp_path: Path
) -> None:
    folder = write_bundle(tmp_path, parameters={}, files={"parameters.schema.json": schema})
    with pytest.raises(BundleFormatError) as caught:
        open_bundle(str(folder), parameters={})
    assert said in str(caught.value)
    assert "parameters.schema.json" in str(caught.value)


def test_a_schema_that_is_not_there_is_told(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, parameters={})
    (folder / "parameters.schema.json").unlink()
    with pytest.raises(BundleFormatError, match="is missing"):
        open_bundle(str(folder), parameters={})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1", ("a", 1)),
        ("a=-1.5", ("a", -1.5)),
        ("a=true", ("a", True)),
        ("a=null", ("a", None)),
        ("a=high", ("a", "high")),
        ("a=", ("a", "")),
        ("a=b=c", ("a", "b=c")),
        ("a= x ", ("a", " x ")),
        (" a =x", ("a", "x")),
        ('a="1"', ("a", "1")),
        ('a=["x", 1]', ("a", ["x", 1])),
        ('a={"b": []}', ("a", {"b": []})),
        ("a=1.2.3", ("a", "1.2.3")),
        ("a=^registry\\.example/", ("a", "^registry\\.example/")),
        ("a=True", ("a", "True")),
        ("a=0123", ("a", "0123")),
    ],
)
def test_an_assignment_is_read(text: str, expected: tuple[str, Any]) -> None:
    name, value = parse_assignment(text)
    assert (name, value) == expected
    assert type(value) is type(expected[1])


@pytest.mark.parametrize(
    "text", ["", "a", "=", "=1", " =1", "a=[1", "a={", 'a="x', 'a={"b": 1, "b": 2}', "a=[NaN]"]
)
def test_an_assignment_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ParameterError):
        parse_assignment(text)


def test_a_file_of_parameters_is_one_object(tmp_path: Path) -> None:
    path = tmp_path / "parameters.json"
    path.write_text(json.dumps({"a": [1]}))
    assert read_parameters(str(path)) == {"a": [1]}


@pytest.mark.parametrize("data", [b"", b"[]", b"1", b'{"a": 1', b'{"a": 1, "a": 2}', b"\xff"])
def test_a_file_that_holds_no_parameters_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "parameters.json"
    path.write_bytes(data)
    with pytest.raises(ParameterError, match=r"parameters\.json"):
        read_parameters(str(path))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing.json", "cannot be opened; found No such file"),
        (".", "is not a file; found a directory"),
        ("/dev/zero", "is not a file; found a device"),
    ],
)
def test_a_file_of_parameters_that_cannot_be_opened_is_told(
    name: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ParameterError, match=message):
        read_parameters(str(tmp_path / name))


def test_a_pattern_that_only_one_validator_reads_is_told(tmp_path: Path) -> None:
    schema = {"a": {"type": "string", "pattern": "^\\p{L}+$", "default": "x", "description": "d"}}
    folder = write_bundle(tmp_path, parameters=schema)
    assert open_bundle(str(folder), parameters={"a": "y"}).parameters == {"a": "y"}
    with pytest.raises(BundleFormatError, match="no regular expression"):
        open_bundle(str(folder), parameters={"a": "7"})

"""Bytes that are no UTF-8 stay within an evaluation; what leaves it is text that can be written."""

from __future__ import annotations

import pytest

from policyengine.errors import RegoEvaluationError
from policyengine.rego.policy import Policy
from policyengine.rego.runtime.utf8 import encode_utf8, joined, keep_bytes, readable

REPLACED = "\ufffd"


def value_of(expression: str) -> object:
    return Policy.compile({"t.rego": f"package t\n\nr := {expression}\n"}).evaluate("data.t.r")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param('hex.decode("ff61")', f"{REPLACED}a", id="a string"),
        pytest.param('hex.decode("e282")', REPLACED * 2, id="a character that is cut off"),
        pytest.param('[{"a": hex.decode("ff")}]', [{"a": REPLACED}], id="within others"),
        pytest.param('{hex.decode("ff"), "a"}', ["a", REPLACED], id="a set"),
        pytest.param('{hex.decode("ff"): 1}', {REPLACED: 1}, id="a key"),
        pytest.param('{[hex.decode("ff")]: 1}', {'["\\ufffd"]': 1}, id="a key that is no string"),
        pytest.param('sprintf("%v", [[hex.decode("ff")]])', '["\\xff"]', id="printed as Go does"),
    ],
)
def test_what_leaves_has_replacement_characters(expression: str, value: object) -> None:
    assert value_of(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param('base64.decode(hex.decode("ff"))', id="base64.decode"),
        pytest.param('base64url.decode(hex.decode("ffffffffff"))', id="base64url.decode"),
        pytest.param('regex.match(hex.decode("ff"), "a")', id="regex.match"),
        pytest.param('time.parse_ns("2006", hex.decode("ff"))', id="time.parse_ns"),
        pytest.param('net.cidr_expand(hex.decode("ff"))', id="net.cidr_expand"),
    ],
)
def test_a_message_about_such_bytes_can_be_written(expression: str) -> None:
    policy = Policy.compile({"t.rego": f"package t\n\nr := {expression}\n"})
    with pytest.raises(RegoEvaluationError) as failed:
        policy.evaluate("data.t.r", strict_builtin_errors=True)
    assert str(failed.value).encode()


@pytest.mark.parametrize(
    "data", [b"\xff", b"\xe2\x82", b"\xed\xa0\x80", b"a\x00\xc3", "é€😀".encode()]
)
def test_bytes_come_back_as_they_were(data: bytes) -> None:
    assert encode_utf8(keep_bytes(data)) == data
    assert readable(keep_bytes(data)).encode().decode() == readable(keep_bytes(data))


def test_halves_of_a_character_are_whole_when_they_meet() -> None:
    assert joined(keep_bytes(b"\xe2") + keep_bytes(b"\x82\xac")) == "€"


def test_half_of_a_pair_that_is_no_byte_is_a_replacement_character() -> None:
    assert encode_utf8("\ud83d") == REPLACED.encode()

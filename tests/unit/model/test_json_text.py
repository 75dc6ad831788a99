"""JSON is read strictly: what two readers could understand differently is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policyengine.errors import BundleFormatError, MalformedEvidence
from policyengine.model.json_text import DEEPEST, parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "f.json: is empty; expected a JSON document"),
        (b" \n\t", "f.json: is empty"),
        (b"\xef\xbb\xbf", "f.json: is empty"),
        (b'{"a": [1, 2', "f.json at byte 11: is cut off"),
        (b'{"a": "x', "f.json at byte "),
        (b'{"a": 1} x', "f.json at byte 9: is not valid JSON"),
        (b"{'a': 1}", "f.json at byte 1: is not valid JSON"),
        (b'{"a": NaN}', "f.json at byte 6: is not valid JSON"),
        (b'{"a": Infinity}', "is not valid JSON"),
        (b'{"a": 1,}', "is not valid JSON"),
        (b"<html>", "f.json at byte 0: is not valid JSON"),
        (b"\xff\xfe{\x00}\x00", "f.json: is not UTF-8; found UTF-16"),
        (b'{"a": "\xe9"}', "f.json: is not UTF-8; found byte 0xe9 at offset 7"),
        (b'{"a": 1, "a": 2}', "f.json/a: has the key 'a' twice"),
        (b'{"x": [{"y/z": {"a": 1, "b": 2, "a": 1}}]}', "f.json/x/0/y~1z/a: has the key 'a' twice"),
        (b'{"\\u003a": 1, "a": 1, "a": 2}', "f.json/a: has the key 'a' twice"),
        (b'{"a": "\\u003a\\u003A", "b": {"c": 1, "c": {}}}', "f.json/b/c: has the key 'c' twice"),
        (b'{"a": 1, "\\u0061": 2}', "f.json/a: has the key 'a' twice"),
        (b"[" * 252 + b"]" * 252, "f.json: is nested too deep; expected at most 250 levels"),
        (b"[" * 10_000 + b"]" * 10_000, "f.json: is nested too deep"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "f.json: is nested too deep"),
        (b"[" * 10_000, "f.json"),
    ],
)
def test_bad_text_is_refused_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(MalformedEvidence) as caught:
        parse_json(data, where="f.json")
    assert str(caught.value).startswith(message) or message in str(caught.value)


def test_the_limit_of_depth_can_be_lowered() -> None:
    assert parse_json(b'{"a": [1]}', where="f", depth=2) == {"a": [1]}
    with pytest.raises(MalformedEvidence, match="at most 2 levels"):
        parse_json(b'{"a": [[1]]}', where="f", depth=2)


def test_the_deepest_document_that_is_read_is_the_deepest_promised() -> None:
    assert parse_json(b"[" * DEEPEST + b"]" * DEEPEST, where="f") is not None


def test_a_byte_order_mark_is_no_error() -> None:
    assert parse_json(b"\xef\xbb\xbf[1]", where="f") == [1]


def test_the_caller_chooses_the_class_of_error() -> None:
    with pytest.raises(BundleFormatError):
        parse_json(b"{", where="f", error=BundleFormatError)


@given(JSON)
def test_what_another_writer_wrote_is_read_as_it_was(value: object) -> None:
    assert parse_json(json.dumps(value).encode(), where="f") == value


@given(JSON)
def test_a_document_that_is_cut_never_reads(value: object) -> None:
    data = json.dumps({"": value}).encode()
    for end in range(len(data)):
        with pytest.raises(MalformedEvidence):
            parse_json(data[:end], where="f")


@given(st.binary())
def test_any_bytes_read_or_are_refused(data: bytes) -> None:
    try:
        read = parse_json(data, where="f")
    except MalformedEvidence:
        return
    assert read == json.loads(data)

from __future__ import annotations

import itertools
import pickle

import pytest

from policyengine.rego.runtime.json_values import from_json, to_json
from policyengine.rego.runtime.printing import marshal, to_text
from policyengine.rego.runtime.values import (
    UNDEFINED,
    RegoObject,
    RegoSet,
    Value,
    compare,
    equal,
    key_of,
    make_object,
    sort_values,
)

# In OPA's order, each row greater than the one before it.
ASCENDING: list[Value] = [
    None,
    False,
    True,
    -1,
    from_json("0.10"),
    1,
    from_json("1e400"),
    "",
    "A",
    "a",
    [],
    [1],
    [1, 2],
    [2],
    {},
    {"a": 1},
    {"a": 2},
    make_object([([1], 2)]),
    RegoSet({}),
    RegoSet.of([1]),
    RegoSet.of([1, 2]),
]


def test_values_are_in_opas_order() -> None:
    assert [to_text(v) for v in sort_values(reversed(ASCENDING))] == [to_text(v) for v in ASCENDING]


def test_equality_order_and_keys_agree() -> None:
    for (i, a), (j, b) in itertools.product(enumerate(ASCENDING), repeat=2):
        assert equal(a, b) == (i == j)
        assert compare(a, b) == (i > j) - (i < j)
        assert (key_of(a) == key_of(b)) == (i == j)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, 1.0),
        ([1.0], [1]),
        ("1.50", "1.5"),
        ("1e2", "100"),
        ("-0", "0"),
        ("1e23", "1" + "0" * 23),
    ],
)
def test_numbers_are_equal_however_they_are_written(a: Value, b: Value) -> None:
    x, y = (from_json(v) if isinstance(v, str) else v for v in (a, b))
    assert equal(x, y)
    assert compare(x, y) == 0
    assert key_of(x) == key_of(y)


@pytest.mark.parametrize(
    ("value", "text", "json"),
    [
        (RegoSet({}), "set()", "[]"),
        (RegoSet.of([3, "a", True]), '{true, 3, "a"}', '[true,3,"a"]'),
        ({"b": [None], "a": "x<y"}, '{"a": "x<y", "b": [null]}', '{"a":"x\\u003cy","b":[null]}'),
        (make_object([(1, "q"), ("1", 2)]), '{1: "q", "1": 2}', '{"1":2}'),
        ("a\n\x00\u200b\u00e9", '"a\\n\\x00\\u200b\u00e9"', '"a\\n\\u0000\u200b\u00e9"'),
    ],
)
def test_values_are_printed_as_opa_prints_them(value: Value, text: str, json: str) -> None:
    assert to_text(value) == text
    assert marshal(value) == json


def test_an_object_whose_keys_are_all_strings_is_a_plain_dict() -> None:
    assert type(make_object([("a", 1)])) is dict
    assert type(make_object([("a", 1), (1, 1)])) is RegoObject


def test_half_of_a_surrogate_pair_in_json_is_the_replacement_character() -> None:
    assert from_json('"\\ud800"') == "\ufffd"


def test_undefined_stays_itself_when_pickled() -> None:
    assert pickle.loads(pickle.dumps(UNDEFINED)) is UNDEFINED


def test_sets_become_sorted_lists_in_json() -> None:
    assert to_json({"a": RegoSet.of([2, 1])}) == {"a": [1, 2]}

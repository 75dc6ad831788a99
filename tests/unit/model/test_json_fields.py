"""A field of the wrong type is an error that says where, what was found and what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from policyengine.errors import MalformedEvidence
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_value import JsonObject

READ = FieldReader("r.json")
PATH = ("list", 3)


@pytest.mark.parametrize(
    ("read", "obj", "message"),
    [
        (READ.text, {}, "r.json/list/3/f: a value that does not fit its format; found nothing"),
        (READ.text, {"f": None}, "found null; expected a string"),
        (READ.text, {"f": 1}, "found an integer; expected a string"),
        (READ.optional_text, {"f": True}, "found a boolean; expected a string"),
        (READ.optional_integer, {"f": True}, "found a boolean; expected an integer"),
        (READ.optional_integer, {"f": 1.5}, "found a number; expected an integer"),
        (READ.optional_number, {"f": "1"}, "found a string; expected a number"),
        (READ.object, {"f": []}, "found an array; expected an object"),
        (READ.object, {}, "found nothing; expected an object"),
        (READ.optional_object, {"f": "x"}, "found a string; expected an object"),
        (READ.array, {"f": {}}, "found an object; expected an array"),
        (READ.optional_array, {"f": 0}, "found an integer; expected an array"),
        (READ.objects, {"f": [{}, 1]}, "r.json/list/3/f/1: "),
        (READ.texts, {"f": ["a", None]}, "r.json/list/3/f/1: "),
    ],
)
def test_a_wrong_type_is_an_error_with_its_path(
    read: Callable[[JsonObject, str, tuple[str | int, ...]], object], obj: JsonObject, message: str
) -> None:
    with pytest.raises(MalformedEvidence, match=re.escape(message)):
        read(obj, "f", PATH)


@pytest.mark.parametrize(
    ("read", "empty"),
    [
        (READ.optional_text, None),
        (READ.optional_integer, None),
        (READ.optional_number, None),
        (READ.optional_object, {}),
        (READ.optional_array, []),
        (READ.objects, []),
        (READ.texts, []),
    ],
)
@pytest.mark.parametrize("obj", [{}, {"f": None}])
def test_an_optional_field_may_be_missing_or_null(
    read: Callable[[JsonObject, str, tuple[str | int, ...]], object],
    empty: object,
    obj: JsonObject,
) -> None:
    assert read(obj, "f", PATH) == empty


def test_an_empty_optional_text_counts_as_missing() -> None:
    assert READ.optional_text({"f": ""}, "f", PATH) is None


def test_the_root_must_be_an_object() -> None:
    assert READ.root({"a": 1}) == {"a": 1}
    with pytest.raises(MalformedEvidence, match=r"r\.json/: .*found an array"):
        READ.root([])


def test_several_texts_are_read_as_each_alone() -> None:
    obj: JsonObject = {"a": "x", "b": "", "c": None}
    names = ("a", "b", "c", "d")
    assert READ.optional_texts(obj, names, PATH) == ["x", None, None, None]
    assert READ.optional_texts(obj, names, PATH) == [
        READ.optional_text(obj, name, PATH) for name in names
    ]
    with pytest.raises(MalformedEvidence, match=r"r\.json/list/3/e: .*found an integer"):
        READ.optional_texts({"e": 0}, ("d", "e"), PATH)


@pytest.mark.parametrize("obj", [{}, {"f": None}, {"f": {}}, {"f": [1]}])
def test_a_required_array_of_objects_may_only_be_empty(obj: JsonObject) -> None:
    assert READ.required_objects({"f": []}, "f", PATH) == []
    with pytest.raises(MalformedEvidence, match=r"r\.json/list/3/f"):
        READ.required_objects(obj, "f", PATH)

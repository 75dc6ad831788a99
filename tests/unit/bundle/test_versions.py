"""Which texts are semantic versions, and which is the later one."""

from __future__ import annotations

import pytest

from policyengine.bundle.versions import is_before_release, is_version, version_order


def test_versions_are_ordered_as_semantic_versions_are() -> None:
    # semver.org, section 11
    ordered = [
        *("1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2"),
        *("1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"),
    ]
    assert sorted(set(ordered), key=version_order) == ordered
    assert version_order("1.0.0+a") == version_order("1.0.0+b")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1.4", id="two numbers"),
        pytest.param("v1.4.0", id="a v"),
        pytest.param("01.4.0", id="a leading zero"),
        pytest.param("1.4.0-", id="an empty pre-release"),
        pytest.param("1.4.0-rc..1", id="an empty part"),
        pytest.param("1.4.0-01", id="a leading zero in a pre-release"),
        pytest.param("1.4.0\n", id="a line end"),
        pytest.param("1.4.\u0660", id="a digit that is not ASCII"),
        pytest.param("1.4." + "9" * 5000, id="more digits than are read"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_version(text: str) -> None:
    assert not is_version(text)


@pytest.mark.parametrize(
    ("text", "before"),
    [("1.4.0", False), ("1.4.0-rc.1", True), ("1.4.0+build-7", False), ("1.4.0-0a.x-y+7", True)],
)
def test_what_is_one_and_whether_it_was_released(text: str, before: bool) -> None:
    assert is_version(text)
    assert is_before_release(text) is before

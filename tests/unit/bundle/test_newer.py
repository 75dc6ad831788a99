"""Which of a repository's tags name a later version."""

from __future__ import annotations

import pytest

from policyengine.bundle.newer import chosen_version, newer_versions, tagged_versions
from policyengine.errors import BundleFormatError


@pytest.mark.parametrize(
    ("tags", "current", "later"),
    [
        pytest.param((), "1.0.0", [], id="no tags"),
        pytest.param(("1.0.0", "0.9.9"), "1.0.0", [], id="none later"),
        pytest.param(("1.10.0", "1.9.0"), "1.0.0", ["1.9.0", "1.10.0"], id="by number"),
        pytest.param(("v2.0.0",), "1.0.0", ["2.0.0"], id="a v"),
        pytest.param(("latest", "2", "2.0", "2.0.0.0"), "1.0.0", [], id="tags that move"),
        pytest.param(("2.0.0-rc.1",), "1.0.0", [], id="a pre-release"),
        pytest.param(
            ("2.0.0-rc.2", "2.0.0"), "2.0.0-rc.1", ["2.0.0-rc.2", "2.0.0"], id="from a pre-release"
        ),
        pytest.param(("vv2.0.0", "V2.0.0", "2.0.0\x1b[2J"), "1.0.0", [], id="hostile names"),
        pytest.param(
            ("sha256-" + "0" * 64, "sha256-" + "0" * 64 + ".sig"), "1.0.0", [], id="cosign"
        ),
    ],
)
def test_later_versions(tags: tuple[str, ...], current: str, later: list[str]) -> None:
    assert [each.version for each in newer_versions(tags, current)] == later


def test_of_two_tags_of_one_version_the_plain_one_is_taken() -> None:
    assert [each.tag for each in tagged_versions(("v1.0.0", "1.0.0"))] == ["1.0.0"]


def test_a_version_may_be_chosen_by_its_tag() -> None:
    for wanted in ("1.1.0", "v1.1.0"):
        assert chosen_version(("1.0.0", "v1.1.0"), wanted, where="x").tag == "v1.1.0"
    with pytest.raises(BundleFormatError, match=r"expected 1\.0\.0 or 1\.1\.0"):
        chosen_version(("1.0.0", "v1.1.0"), "1.2.0", where="x")

"""Versions are ordered as the package systems order them; what they cannot read is not ordered."""

from __future__ import annotations

from itertools import combinations

import pytest

from policyengine.document.package_versions import compare_versions, has_every_fix, least_fix

# Each row is in rising order, from the systems' own descriptions.
RISING = {
    "deb tilde": ("deb", ["1.0~~", "1.0~~a", "1.0~", "1.0", "1.0a", "1.0+b1"]),
    "deb epoch": ("deb", ["9.9-1", "1:0.1-1", "2:0.0-1"]),
    "deb numbers": ("deb", ["1.2.9-1", "1.2.10-1", "1.2.10-1+deb12u1", "1.2.10-2"]),
    "deb revision": ("deb", ["3.0.11-1~deb12u1", "3.0.11-1~deb12u2", "3.0.11-1"]),
    "deb hyphens": ("deb", ["1-2-1", "1-2-2", "1-10-1"]),
    "deb ubuntu": ("deb", ["2.35-0ubuntu3", "2.35-0ubuntu3.1", "2.35-0ubuntu3.10", "2.35-1"]),
    "rpm tilde and caret": ("rpm", ["1.0~rc1-1", "1.0-1", "1.0^git1-1", "1.0.1-1"]),
    "rpm epoch": ("rpm", ["4.2-1.el8", "1:0.9-1.el8"]),
    "rpm release": ("rpm", ["1.1.1k-7.el8_6", "1.1.1k-9.el8_7", "1.1.1k-12.el8_9"]),
    "rpm letters": ("rpm", ["1.0.a", "1.0.b", "1.0.1"]),
    "rpm longer": ("rpm", ["2.0", "2.0.1", "2.0.1a"]),
    "apk suffixes": (
        "apk",
        ["1.0_alpha", "1.0_alpha2", "1.0_beta", "1.0_pre1", "1.0_rc1", "1.0", "1.0_git1", "1.0_p1"],
    ),
    "apk revision": ("apk", ["3.1.4-r0", "3.1.4-r5", "3.1.4-r10", "3.1.5-r0"]),
    "apk letter": ("apk", ["1.1.1-r0", "1.1.1a-r0", "1.1.1w-r0", "1.1.2-r0"]),
    "apk length": ("apk", ["1.2", "1.2.0", "1.2.1"]),
    "apk fraction": ("apk", ["1.01", "1.1"]),
    "semver": (
        "npm",
        [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.10.0",
        ],
    ),
    "golang": ("golang", ["v0.9.0", "v0.10.0-rc.1", "0.10.0", "v1.0.0"]),
    "pep440": ("pypi", ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1.1", "1!0.1"]),
    "dotted": ("maven", ["2.9.4", "2.9.5", "2.10.0"]),
}


@pytest.mark.parametrize(("kind", "versions"), RISING.values(), ids=RISING)
def test_versions_rise_in_the_order_of_their_system(kind: str, versions: list[str]) -> None:
    for low, high in combinations(versions, 2):
        assert compare_versions(kind, low, high) == -1, (low, high)
        assert compare_versions(kind, high, low) == 1, (low, high)
    for version in versions:
        assert compare_versions(kind, version, version) == 0


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        pytest.param("deb", "1.0", "0:1.0", id="an epoch of 0"),
        pytest.param("deb", "1.0-0", "1.0", id="a revision of 0"),
        pytest.param("deb", "1.001", "1.1", id="leading zeros"),
        pytest.param("rpm", "1.0", "0:1.0-1", id="a release that one does not name"),
        pytest.param("rpm", "1_0", "1.0", id="separators"),
        pytest.param("pypi", "1.0", "1.0.0", id="zeros at the end"),
        pytest.param("npm", "1.0.0+a", "1.0.0+b", id="build metadata"),
    ],
)
def test_versions_that_are_the_same_are_written_in_several_ways(
    kind: str, one: str, other: str
) -> None:
    assert compare_versions(kind, one, other) == 0


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        pytest.param("apk", "1.0_odd1", "1.0", id="an unknown suffix of apk"),
        pytest.param("apk", "latest", "1.0", id="a word"),
        pytest.param("pypi", "1.0", "2.x", id="no PEP 440"),
        pytest.param("maven", "1.0-SNAPSHOT", "1.0", id="Maven's qualifiers"),
        pytest.param("maven", "1.0", "1.0.0", id="of unequal length"),
        pytest.param(None, "1.0", "2", id="of no known type"),
        pytest.param("deb", "", "1", id="no version"),
        pytest.param("deb", "1 0", "1", id="a space"),
        pytest.param("deb", "٣", "1", id="digits of another script"),
        pytest.param("deb", "1" * 257, "1", id="too long"),
    ],
)
def test_what_a_system_cannot_read_has_no_order(kind: str | None, one: str, other: str) -> None:
    assert compare_versions(kind, one, other) is None
    assert compare_versions(kind, other, one) is None


@pytest.mark.parametrize(
    ("kind", "installed", "fixed", "least", "has_all"),
    [
        pytest.param("maven", "2.9.4", ("2.8.11", "2.9.5", "3.0.0"), "2.9.5", False, id="branches"),
        pytest.param("deb", "1.0-2", ("1.0-10", "1.0-9"), "1.0-9", False, id="not by text"),
        pytest.param("deb", "1.0-9", ("1.0-9",), None, True, id="the fix is installed"),
        pytest.param("deb", "1.0-9", ("1.0-8", "1.0-10"), "1.0-10", False, id="one of two"),
        pytest.param("deb", "1.0-9", ("?",), None, None, id="one that cannot be read"),
        pytest.param("deb", "1.0-9", (), None, None, id="no fix"),
    ],
)
def test_the_least_fix_above_the_installed_version(
    kind: str, installed: str, fixed: tuple[str, ...], least: str | None, has_all: bool | None
) -> None:
    assert least_fix(kind, installed, fixed) == least
    assert least_fix(kind, installed, fixed[::-1]) == least
    assert has_every_fix(kind, installed, fixed) is has_all

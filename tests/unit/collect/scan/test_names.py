"""Identifiers, components, numbers and versions as scanners write them."""

from __future__ import annotations

import pytest

from policyengine.collect.scan.fields import moment, number, plain, rating, versions
from policyengine.collect.scan.identifiers import cves_in, identified, leading_identifier
from policyengine.collect.scan.xray_components import bounds, component, on_path
from policyengine.errors import MalformedEvidence
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader
from policyengine.model.scan import AffectedPackage, Cvss

READ = FieldReader("report.json")


@pytest.mark.parametrize(
    ("name", "links", "identifier", "aliases"),
    [
        ("CVE-2022-23219 glibc", ["u"], "CVE-2022-23219", ()),
        ("CVE-2022-23219", ["https://x/CVE-2020-1111"], "CVE-2022-23219", ()),
        ("RHSA-2019:0109: perl update (Important)", [], "RHSA-2019:0109", ()),
        ("RHSA-2019:0109", ["x/CVE-2019-1111"], "RHSA-2019:0109", ("CVE-2019-1111",)),
        (
            "RHSA-2019:0109",
            ["x/CVE-2019-1111", "y/CVE-2019-2222", "z/CVE-2019-1111"],
            "RHSA-2019:0109",
            ("CVE-2019-1111", "CVE-2019-2222"),
        ),
        ("curl: a flaw (moderate)", ["x/CVE-2023-46218"], "CVE-2023-46218", ()),
        (
            "curl: a flaw",
            ["x/CVE-2023-1111", "x/CVE-2023-2222"],
            "curl: a flaw",
            ("CVE-2023-1111", "CVE-2023-2222"),
        ),
        ("flaw of CVE-2023-1111", ["x/CVE-2023-2222"], "CVE-2023-1111", ()),
        ("curl: a flaw", [], "curl: a flaw", ()),
    ],
)
def test_a_vulnerability_is_identified_by_name_and_links(
    name: str, links: list[str], identifier: str, aliases: tuple[str, ...]
) -> None:
    assert identified(name, links) == (identifier, aliases)


def test_identifiers_are_found_where_they_stand() -> None:
    assert leading_identifier("GHSA-2222-3333-4444-lodash") == "GHSA-2222-3333-4444"
    assert leading_identifier("a CVE-2026-1001") is None
    assert cves_in(["a CVE-2026-1001 CVE-2026-12", "CVE-2026-1001"]) == ("CVE-2026-1001",)


@pytest.mark.parametrize(
    ("text", "name", "version", "kind"),
    [
        ("deb://debian:stretch:libx11:2:1.6.4-3", "libx11", "2:1.6.4-3", "deb"),
        ("rpm://7:java-11:0:11.0.6.10-1.el7", "java-11", "0:11.0.6.10-1.el7", "rpm"),
        ("alpine://3.12:busybox:1.31.1-r20", "busybox", "1.31.1-r20", "alpine"),
        ("gav://org.apache:sshd-core:1.0.0", "org.apache:sshd-core", "1.0.0", "gav"),
        ("pypi://Jinja2:2.11.2", "Jinja2", "2.11.2", "pypi"),
        ("3.12:busybox:1.31.1-r20", "busybox", "1.31.1-r20", None),
        ("debian:buster:curl:7.64", "curl", "7.64", None),
        ("name", "name", "", None),
        ("", "", "", None),
    ],
)
def test_the_component_of_xray_is_taken_apart(
    text: str, name: str, version: str, kind: str | None
) -> None:
    assert component(text) == AffectedPackage(name=name, version=version, type=kind)


def test_the_path_to_a_component_names_its_layer() -> None:
    digest = "ab" * 32
    found = on_path(f"repo/app/1/sha256__{digest}.tar.gz/3.12:busybox:1.31")
    assert (found.name, found.version, found.layer) == ("busybox", "1.31", f"sha256:{digest}")
    assert on_path("repo/app/left-pad.tgz").layer is None


def test_the_bound_before_a_fixed_version_is_no_part_of_it() -> None:
    assert bounds(["≥ 1.3.0", ">= 2", "3", "≥"]) == ("1.3.0", "2", "3")


@pytest.mark.parametrize(
    ("vector", "score", "version", "expected"),
    [
        ("CVSS:3.1/AV:N", 9.8, None, ("3.1", 9.8)),
        ("CVSS:4.0/AV:N", None, "3", ("4.0", None)),
        ("AV:N/AC:L", 5.0, None, ("2.0", 5.0)),
        (None, 7.5, "3", ("3", 7.5)),
        (None, 0.0, "3", None),
        (None, -1.0, "2.0", None),
        ("", None, None, None),
    ],
)
def test_a_rating_has_the_version_of_its_vector(
    vector: str | None,
    score: float | None,
    version: str | None,
    expected: tuple[str, float | None] | None,
) -> None:
    found = rating(READ, (), source="s", vector=vector, score=score, version=version)
    if expected is None:
        assert found is None
    else:
        assert found == Cvss(source="s", version=expected[0], vector=vector, score=expected[1])


@pytest.mark.parametrize(
    ("value", "expected"), [("7.5", 7.5), (" 7 ", 7.0), ("", None), ("None", None), (3, 3.0)]
)
def test_a_number_may_be_written_as_text(value: str | int, expected: float | None) -> None:
    assert number(READ, {"n": value}, "n", ()) == expected


@pytest.mark.parametrize("value", ["high", "nan", "inf", "1e999", True, [1]])
def test_what_is_no_number_is_refused(value: str | bool | list[int]) -> None:
    with pytest.raises(MalformedEvidence, match=r"report.json/n: "):
        number(READ, {"n": value}, "n", ())  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02", "2026-01-02T00:00:00Z"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02 03:04:05.5+01:00", "2026-01-02T02:04:05.5Z"),
        ("0001-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("2026-02-30", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_day_is_its_beginning_and_the_zero_of_time_is_none(
    text: str | None, expected: str | None
) -> None:
    assert moment(text) == (None if expected is None else Instant.parse(expected))


def test_words_for_nothing_are_no_versions() -> None:
    assert versions("2, None, , 3 ") == ("2", "3")
    assert versions("not fixed") == ()
    assert (plain(" N/A "), plain("1"), plain(None)) == (None, "1", None)

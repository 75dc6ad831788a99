"""Several SBOMs of one image become one list, and what they do not agree on is told."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.collect.sbom.licenses import package_license
from policyengine.document.assemble import assemble
from policyengine.model.gathered import GatheredReports
from policyengine.model.instant import Instant
from policyengine.model.sbom import Package, PackageHash, SbomDocument
from tests.evidence_values import NOW, image_evidence, sbom_document


def package(name: str = "zlib", version: str | None = "1.3", **fields: Any) -> Package:
    return Package(name=name, version=version, **{"pointer": f"/{name}/{version}", **fields})


def section(*documents: SbomDocument) -> Any:
    content: Any = assemble(
        image_evidence(), GatheredReports(sboms=documents), environment=None, evaluated_at=NOW
    ).content
    return content["sbom"]


def merged(*documents: SbomDocument) -> list[tuple[Any, ...]]:
    return [
        (item["name"], item["version"], item["path"], [x["source"] for x in item["reported_by"]])
        for item in section(*documents)["packages"]
    ]


DEBIAN = "pkg:deb/debian/zlib@1.3"


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        (package(), package(), 1),
        (package(purl=DEBIAN), package(purl=DEBIAN), 1),
        (package(purl=f"{DEBIAN}?distro=debian-12"), package(purl=f"{DEBIAN}?distro=12.9"), 1),
        (package(purl=f"{DEBIAN}?distro=12"), package(purl=DEBIAN), 1),
        (package(purl=DEBIAN, supplier="a"), package(purl=DEBIAN, supplier="b"), 1),
        (package(path="/a"), package(), 1),
        (package(purl=f"{DEBIAN}?arch=amd64"), package(purl=f"{DEBIAN}?arch=arm64"), 2),
        (package(purl=f"{DEBIAN}?epoch=1"), package(purl=f"{DEBIAN}?epoch=2"), 2),
        (package(purl=DEBIAN), package(), 2),
        (package(type="deb"), package(type="npm"), 2),
        (package(path="/a"), package(path="/b"), 2),
        (package(version="1.3"), package(version="1.4"), 2),
        (package(version=None), package(version="1.4"), 2),
        # A second SBOM must not rename a package that rules look for.
        (package("telnetd", purl=DEBIAN), package("a", purl=DEBIAN), 2),
        (package(purl="zlib", purl_problem="none"), package(purl="zli", purl_problem="none"), 2),
    ],
)
def test_entries_are_one_package_only_if_nothing_tells_them_apart(
    one: Package, other: Package, count: int
) -> None:
    assert len(merged(sbom_document(one), sbom_document(other))) == count
    assert len(merged(sbom_document(other), sbom_document(one))) == count
    assert len(merged(sbom_document(one, other))) == count


def test_an_entry_without_a_path_goes_to_the_first_path() -> None:
    found = merged(sbom_document(package(path="/b"), package(path="/a")), sbom_document(package()))
    assert found == [("zlib", "1.3", "/a", [0, 1]), ("zlib", "1.3", "/b", [0])]


def test_a_merged_package_has_what_any_entry_says_and_each_ones_word() -> None:
    mit = package_license("mit", "id", concluded=False)
    gpl = package_license("GPL-3.0-only", "expression", concluded=True)
    one = package(licenses=(mit,), supplier="b", cpes=("cpe:1",), purl=f"{DEBIAN}?distro=2")
    other = package(
        licenses=(gpl,),
        supplier="a",
        path="/x",
        hashes=(PackageHash(algorithm="sha1", value="00"),),
        purl=f"{DEBIAN}?distro=1",
    )
    (found,) = section(sbom_document(one), sbom_document(other))["packages"]
    assert (found["path"], found["suppliers"]) == ("/x", ["a", "b"])
    assert [item["ids"] for item in found["licenses"]] == [["GPL-3.0-only"], ["MIT"]]
    assert (found["cpes"], found["hashes"]) == (["cpe:1"], [{"algorithm": "sha1", "value": "00"}])
    words = [(x["source"], x["supplier"], x["purl"], x["path"]) for x in found["claims"]]
    assert words == [(0, "b", f"{DEBIAN}?distro=2", None), (1, "a", f"{DEBIAN}?distro=1", "/x")]


def test_entries_that_agree_need_no_claims() -> None:
    (found,) = section(sbom_document(package()), sbom_document(package()))["packages"]
    assert found["claims"] == []
    assert len(found["reported_by"]) == 2


def test_one_sbom_differs_from_nothing() -> None:
    assert section(sbom_document(package()))["differences"] == {
        "only_in_some": [],
        "versions": [],
        "licenses": [],
    }


def test_what_sboms_do_not_agree_on_is_listed() -> None:
    mit = (package_license("MIT", "id", concluded=False),)
    same = (package_license("mit", "expression", concluded=True),)
    gpl = (package_license("GPL-2.0+", "id", concluded=False),)
    npm = "pkg:npm/a@1"
    found = section(
        sbom_document(
            package("a", "1", purl=npm, licenses=mit),
            package("b", "1", licenses=mit),
            package("c", "1", licenses=mit),
            package("curl", "7", purl="pkg:deb/debian/curl@7"),
            package("only"),
        ),
        sbom_document(
            package("scope/a", "1", purl=npm, licenses=same),
            package("b", "1", licenses=gpl),
            package("c", "1"),
            package("curl", "8", purl="pkg:deb/debian/curl@8"),
        ),
    )["differences"]
    assert [(x["name"], x["present_in"], x["absent_from"]) for x in found["only_in_some"]] == [
        ("only", [0], [1]),
        ("curl", [0], [1]),
        ("curl", [1], [0]),
    ]
    assert found["versions"] == [
        {
            "name": "pkg:deb/debian/curl",
            "type": None,
            "by_source": [
                {"source": 0, "versions": ["7"]},
                {"source": 1, "versions": ["8"]},
            ],
        }
    ]
    assert [(x["name"], x["by_source"]) for x in found["licenses"]] == [
        (
            "b",
            [
                {"source": 0, "licenses": ["MIT"]},
                {"source": 1, "licenses": ["GPL-2.0-or-later"]},
            ],
        )
    ]


WHOLE = package(
    purl=DEBIAN,
    supplier="Debian",
    licenses=(package_license("Zlib", "id", concluded=False),),
    hashes=(PackageHash(algorithm="sha1", value="00"),),
)
ALL = {
    "author": True,
    "component_name": True,
    "dependency_relationship": True,
    "supplier_name": True,
    "timestamp": True,
    "unique_identifier": True,
    "version": True,
}


@pytest.mark.parametrize(
    ("packages", "changes", "missing"),
    [
        ([WHOLE], {}, set()),
        ([WHOLE], {"authors": ()}, {"author"}),
        ([WHOLE], {"dependencies": 0}, {"dependency_relationship"}),
        ([WHOLE], {"created": None}, {"timestamp"}),
        ([WHOLE, package(purl=DEBIAN)], {}, {"supplier_name"}),
        ([WHOLE, package(supplier="s", cpes=("cpe",))], {}, set()),
        ([WHOLE, package(supplier="s")], {}, {"unique_identifier"}),
        ([WHOLE, package(version=None, purl=DEBIAN, supplier="s")], {}, {"version"}),
        ([WHOLE, package("", purl=DEBIAN, supplier="s")], {}, {"component_name"}),
        # Of no package nothing can be said: empty never passes.
        ([], {}, {"component_name", "supplier_name", "unique_identifier", "version"}),
    ],
)
def test_minimum_elements_are_there_if_every_package_has_them(
    packages: list[Package], changes: dict[str, Any], missing: set[str]
) -> None:
    whole: dict[str, Any] = {
        "authors": ("Ann",),
        "dependencies": 1,
        "created": Instant.parse("2026-01-01T00:00:00Z"),
    }
    (document,) = section(sbom_document(*packages, **{**whole, **changes}))["documents"]
    expected = {name: name not in missing for name in ALL}
    assert document["quality"]["minimum_elements"] == expected


def test_shares_count_the_packages_that_have_something() -> None:
    bad = package_license("Acme-1", "id", concluded=False)
    (document,) = section(
        sbom_document(
            WHOLE, package(), package("b", purl="x", purl_problem="no purl", licenses=(bad,))
        )
    )["documents"]
    assert document["quality"] == {
        "minimum_elements": document["quality"]["minimum_elements"],
        "shares": {
            "purl": 0.3333,
            "version": 1.0,
            "license": 0.6666,
            "supplier": 0.3333,
            "hash": 0.3333,
            "unique_identifier": 0.6666,
        },
        "invalid_purls": 1,
        "license_problems": 1,
    }


def test_of_no_package_there_is_no_share() -> None:
    (document,) = section(sbom_document())["documents"]
    assert set(document["quality"]["shares"].values()) == {None}


def test_an_almost_whole_share_is_not_whole() -> None:
    packages = [package(str(number)) for number in range(20_000)]
    (document,) = section(sbom_document(*packages, package("x", None)))["documents"]
    assert document["quality"]["shares"]["version"] == 0.9999

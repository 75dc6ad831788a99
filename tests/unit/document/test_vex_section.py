"""A VEX statement applies to the finding that it is about, and to no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policyengine.document.assemble import assemble
from policyengine.model.evidence import AttestedBy
from policyengine.model.instant import Instant
from policyengine.model.scan import AffectedPackage, ReportedSubject
from policyengine.model.vex import VexDocument, VexProduct, VexStatement, VexStatus
from tests.evidence_values import (
    DIGEST,
    NOW,
    OTHER_DIGEST,
    gathered,
    image_evidence,
    scan_report,
    source,
    vulnerability,
)

IMAGE = VexProduct(text="app", image=ReportedSubject(digests=(DIGEST,)))
OTHER_IMAGE = VexProduct(text="other", image=ReportedSubject(digests=(OTHER_DIGEST,)))
PURL = "pkg:deb/debian/openssl@3.0.1"


def statement(*products: VexProduct, **changes: Any) -> VexStatement:
    value = VexStatement(
        vulnerability="CVE-2026-0001",
        status=VexStatus.NOT_AFFECTED,
        products=products or (IMAGE,),
        justification="vulnerable_code_not_present",
        timestamp=NOW,
        pointer="/statements/0",
    )
    return replace(value, **changes)


def document(*statements: VexStatement, **changes: Any) -> VexDocument:
    value = VexDocument(
        source=source("vex.json", "openvex"), id="1", author="A", statements=statements
    )
    return replace(value, **changes)


def content(*documents: VexDocument, **finding: Any) -> Any:
    scans = (scan_report(vulnerability(**finding)),)
    return assemble(
        image_evidence(),
        gathered(scans=scans, vexes=documents),
        environment=None,
        evaluated_at=NOW,
    ).content


def applied(*documents: VexDocument, **finding: Any) -> list[Any]:
    (found,) = content(*documents, **finding)["scan"]["vulnerabilities"]
    entries: list[Any] = found["vex"]
    return entries


def package(purl: str | None) -> AffectedPackage:
    return AffectedPackage(name="openssl", version="3.0.1", purl=purl)


@pytest.mark.parametrize(
    ("product", "how"),
    [
        pytest.param(IMAGE, "image-digest", id="the image"),
        pytest.param(replace(IMAGE, subcomponents=(PURL,)), "image-digest", id="a package in it"),
        pytest.param(
            VexProduct(
                text="app", image=ReportedSubject(repo_tags=("registry.example/team/app:1.4",))
            ),
            "image-name",
            id="the image by name",
        ),
        pytest.param(VexProduct(text="p", purl=PURL), "package", id="the package"),
        pytest.param(
            VexProduct(text="p", purl="pkg:deb/debian/openssl"), "package", id="any version of it"
        ),
    ],
)
def test_a_statement_about_this_product_applies(product: VexProduct, how: str) -> None:
    (entry,) = applied(document(statement(product)))
    assert entry == {
        "source": 0,
        "pointer": "/statements/0",
        "author": "A",
        "document": "1",
        "verified": False,
        "signer": None,
        "vulnerability": "CVE-2026-0001",
        "status": "not_affected",
        "justification": "vulnerable_code_not_present",
        "impact_statement": None,
        "action_statement": None,
        "timestamp": str(NOW),
        "timestamp_ns": NOW.ns,
        "matched_by": how,
        "product": product.text,
    }


@pytest.mark.parametrize(
    ("product", "reason"),
    [
        pytest.param(OTHER_IMAGE, "other is another image", id="another image"),
        pytest.param(
            replace(IMAGE, subcomponents=("pkg:deb/debian/zlib@1",)),
            "no product is the image or the package",
            id="another package in the image",
        ),
        pytest.param(
            replace(OTHER_IMAGE, subcomponents=(PURL,)),
            "other is another image",
            id="the package in another image",
        ),
        pytest.param(
            VexProduct(text="p", purl="pkg:golang/x/app", subcomponents=(PURL,)),
            "no product is the image or the package",
            id="the package in another package",
        ),
        *(
            pytest.param(
                VexProduct(text="p", purl=purl),
                "no product is the image or the package",
                id=purl,
            )
            for purl in (
                "pkg:deb/debian/openssl@3.0.2",
                "pkg:deb/ubuntu/openssl@3.0.1",
                "pkg:deb/debian/libssl3@3.0.1",
                "pkg:rpm/debian/openssl@3.0.1",
                "pkg:deb/debian/openssl@3.0.1?arch=arm64",
                "pkg:deb/debian/openssl@3.0.1?epoch=1",
                "pkg:deb/debian/openssl@3.0.1#part",
            )
        ),
        pytest.param(
            VexProduct(
                text="app", image=ReportedSubject(repo_tags=("registry.example/team/app:2",))
            ),
            "app is another image",
            id="another tag",
        ),
        pytest.param(
            VexProduct(text="app", unknown="is no package URL"),
            "app: is no package URL",
            id="what cannot be compared",
        ),
        pytest.param(
            VexProduct(text="app", image=ReportedSubject()),
            "app cannot be compared with the image",
            id="an image without a name",
        ),
    ],
)
def test_a_statement_about_another_product_is_unused(product: VexProduct, reason: str) -> None:
    found = content(
        document(statement(product)), package=package(f"{PURL}?arch=amd64&distro=debian-12")
    )
    assert found["scan"]["vulnerabilities"][0]["vex"] == []
    (unused,) = found["vex"]["unused"]
    assert unused == {
        "source": 0,
        "pointer": "/statements/0",
        "vulnerability": "CVE-2026-0001",
        "status": "not_affected",
        "products": [product.text],
        "reason": reason,
    }


def test_a_finding_without_a_package_url_is_known_by_the_image_alone() -> None:
    assert (
        applied(document(statement(VexProduct(text="p", purl=PURL))), package=package(None)) == []
    )
    assert applied(document(statement()), package=package(None))


def test_a_vulnerability_is_known_by_an_alias_of_either_side() -> None:
    alias = "GHSA-2222-3333-4444"
    assert applied(document(statement(vulnerability=alias)), aliases=(alias,))
    assert applied(document(statement(vulnerability="X-1", aliases=("cve-2026-0001",))))
    assert applied(document(statement(vulnerability="CVE-2026-0002"))) == []


EARLIER = Instant.parse("2026-01-01T00:00:00Z")


def test_of_one_author_the_latest_statement_applies() -> None:
    old = document(statement(status=VexStatus.AFFECTED, timestamp=EARLIER))
    new = document(statement(timestamp=NOW))
    for documents in ((old, new), (new, old)):
        found = content(*documents)
        (entry,) = found["scan"]["vulnerabilities"][0]["vex"]
        assert entry["status"] == "not_affected"
        (unused,) = found["vex"]["unused"]
        assert unused["status"] == "affected"
        assert unused["reason"] == "a later statement of the same author takes its place"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"author": "A"}, {"author": "B"}, id="two authors"),
        pytest.param({"author": None}, {"author": None}, id="no author"),
    ],
)
def test_statements_of_others_are_all_kept(one: dict[str, Any], other: dict[str, Any]) -> None:
    old = document(statement(status=VexStatus.AFFECTED, timestamp=EARLIER), **one)
    new = document(statement(timestamp=NOW), **other)
    assert [entry["status"] for entry in applied(old, new)] == ["affected", "not_affected"]


@pytest.mark.parametrize(("first", "second"), [(NOW, NOW), (None, NOW), (None, None)])
def test_statements_whose_times_do_not_tell_are_all_kept(
    first: Instant | None, second: Instant | None
) -> None:
    old = document(statement(status=VexStatus.AFFECTED, timestamp=first))
    assert len(applied(old, document(statement(timestamp=second)))) == 2


def attested(*, verified: bool = True, digest: str = DIGEST, author: str = "A") -> VexDocument:
    by = AttestedBy(predicate_type="https://openvex.dev/ns", verified=verified, signer="release")
    return document(
        statement(),
        source=replace(source("vex.json", "openvex"), attested_by=by),
        subject=ReportedSubject(digests=(digest,)),
        author=author,
    )


def test_a_document_that_was_attested_for_the_image_is_marked() -> None:
    (entry,) = applied(attested())
    assert (entry["verified"], entry["signer"]) == (True, "release")
    (entry,) = applied(attested(verified=False))
    assert (entry["verified"], entry["signer"]) == (False, None)


def test_a_document_that_was_attested_for_another_image_does_not_apply() -> None:
    found = content(attested(digest=OTHER_DIGEST))
    assert found["scan"]["vulnerabilities"][0]["vex"] == []
    assert found["vex"]["documents"][0]["verified"] is False
    (unused,) = found["vex"]["unused"]
    assert unused["reason"] == "the document was attested for another image"


def test_who_only_writes_a_name_does_not_take_the_place_of_who_signs_by_it() -> None:
    forged = document(
        statement(status=VexStatus.FIXED, timestamp=Instant.parse("2027-01-01T00:00:00Z"))
    )
    assert len(applied(attested(), forged)) == 2


def test_vex_takes_no_finding_from_the_document() -> None:
    with_vex, without = content(document(statement())), content()
    assert "vex" not in without
    for found in (with_vex, without):
        (item,) = found["scan"]["vulnerabilities"]
        assert (item["id"], item["severity"]) == ("CVE-2026-0001", "high")


def test_vex_without_a_scan_is_all_unused() -> None:
    found: Any = assemble(
        image_evidence(),
        gathered(vexes=(document(statement()),)),
        environment=None,
        evaluated_at=NOW,
    ).content
    assert "scan" not in found
    assert found["evidence"]["vex"]["status"] == "collected"
    assert found["vex"]["unused"][0]["reason"] == "no scanner reports the vulnerability"

"""What the VEX formats say is read; what does not fit is refused with its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from policyengine.collect.vex_products import product_named
from policyengine.errors import EvidenceError, MalformedEvidence, UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.scan import ReportedSubject
from policyengine.model.vex import VexDocument, VexProduct, VexStatus
from tests.evidence_values import DIGEST
from tests.unit.collect.offered import read_bytes
from tests.unit.collect.vex.whole_documents import (
    CYCLONEDX_XML,
    IMAGE,
    PACKAGE,
    csaf,
    cyclonedx,
    openvex,
)

TIME = Instant.parse("2026-01-01T00:00:00Z")
OF_DIGEST = ReportedSubject(digests=(DIGEST,))


def read(document: Any) -> VexDocument:
    data = document if isinstance(document, bytes) else orjson.dumps(document)
    (found,) = read_bytes(data, kind=EvidenceKind.VEX).vexes
    return found


def test_openvex_says_who_what_and_why() -> None:
    document = read(openvex(impact_statement="Not built."))
    (statement,) = document.statements
    assert (document.id, document.author, document.role, document.version) == (
        "https://example.com/vex/1",
        "Example Security",
        "vendor",
        "2",
    )
    assert (statement.vulnerability, statement.aliases) == (
        "CVE-2026-0001",
        ("GHSA-2222-3333-4444",),
    )
    assert statement.status is VexStatus.NOT_AFFECTED
    assert statement.justification == "vulnerable_code_not_present"
    assert statement.impact_statement == "Not built."
    assert statement.timestamp == TIME
    assert statement.pointer == "/statements/0"
    assert statement.products == (
        VexProduct(text=IMAGE, purl=IMAGE, image=OF_DIGEST, subcomponents=(PACKAGE,)),
    )


def test_openvex_of_the_first_version_has_texts_for_products_and_vulnerability() -> None:
    document = openvex(vulnerability="CVE-2026-0001", products=[IMAGE], subcomponents=[PACKAGE])
    (statement,) = read({**document, "@context": "https://openvex.dev/ns/v0.0.1"}).statements
    assert statement.vulnerability == "CVE-2026-0001"
    assert statement.products[0].subcomponents == (PACKAGE,)


@pytest.mark.parametrize("field", ["timestamp", "last_updated"])
def test_the_time_of_a_statement_goes_before_that_of_the_document(field: str) -> None:
    (statement,) = read(openvex(**{field: "2026-02-01T00:00:00Z"})).statements
    assert statement.timestamp == Instant.parse("2026-02-01T00:00:00Z")


def test_a_product_of_openvex_is_known_by_identifier_or_hash() -> None:
    hashes = {"sha-256": DIGEST.removeprefix("sha256:")}
    (by_purl,) = read(
        openvex(products=[{"@id": "https://x", "identifiers": {"purl": PACKAGE}}])
    ).statements
    assert PACKAGE in [product.purl for product in by_purl.products]
    (by_hash,) = read(openvex(products=[{"@id": "https://x", "hashes": hashes}])).statements
    assert by_hash.products == (VexProduct(text="https://x", image=OF_DIGEST),)


def test_a_subcomponent_that_is_not_understood_does_not_make_the_whole_image_the_product() -> None:
    for subcomponent in ("openssl", {"@id": "openssl"}, {"hashes": {"sha-256": "1" * 64}}):
        for name in (IMAGE, "x"):
            product = {
                "@id": name,
                "hashes": {"sha-256": DIGEST.removeprefix("sha256:")},
                "subcomponents": [subcomponent],
            }
            (statement,) = read(openvex(products=[product])).statements
            assert all(found.unknown is not None for found in statement.products)


def test_csaf_says_who_what_and_why() -> None:
    document = read(csaf())
    assert (document.id, document.author, document.version) == ("EX-1", "Example Security", "3")
    by_status = {(s.status, s.justification, s.impact_statement): s for s in document.statements}
    in_image = by_status[VexStatus.NOT_AFFECTED, "component_not_present", None]
    assert in_image.products == (
        VexProduct(text="app:openssl", purl=IMAGE, image=OF_DIGEST, subcomponents=(PACKAGE,)),
    )
    assert (in_image.vulnerability, in_image.aliases) == ("CVE-2026-0001", ("EX-2026-1",))
    assert in_image.pointer == "/vulnerabilities/0/product_status/known_not_affected/0"
    build = by_status[VexStatus.NOT_AFFECTED, None, "Not built."]
    assert build.products == (VexProduct(text="os:openssl", purl=PACKAGE),)
    (library,) = by_status[VexStatus.AFFECTED, None, None].products
    assert library.unknown == "is part of a product that is known by no package URL"


@pytest.mark.parametrize("form", ["json", "xml"])
def test_cyclonedx_says_who_what_and_why(form: str) -> None:
    document = read(CYCLONEDX_XML.encode() if form == "xml" else cyclonedx())
    (statement,) = document.statements
    assert (document.author, document.timestamp) == ("Example Security", TIME)
    assert document.source.format == f"cyclonedx-vex-{form}"
    assert (statement.vulnerability, statement.aliases) == (
        "CVE-2026-0001",
        ("GHSA-2222-3333-4444",),
    )
    assert statement.status is VexStatus.NOT_AFFECTED
    assert (statement.justification, statement.impact_statement) == (
        "code_not_reachable",
        "Not called.",
    )
    assert statement.products == (VexProduct(text="app", image=OF_DIGEST),)
    assert statement.pointer == "/vulnerabilities/0"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("not_affected", VexStatus.NOT_AFFECTED),
        ("false_positive", VexStatus.NOT_AFFECTED),
        ("exploitable", VexStatus.AFFECTED),
        ("resolved", VexStatus.FIXED),
        ("resolved_with_pedigree", VexStatus.FIXED),
        ("in_triage", VexStatus.UNDER_INVESTIGATION),
    ],
)
def test_the_states_of_cyclonedx_are_the_four_statuses(state: str, status: VexStatus) -> None:
    (statement,) = read(cyclonedx(analysis={"state": state})).statements
    assert statement.status is status


@pytest.mark.parametrize(
    ("versions", "purl", "known"),
    [
        pytest.param([{"version": "1", "status": "unaffected"}], "pkg:npm/a", True, id="named"),
        pytest.param([{"version": "1", "status": "affected"}], "pkg:npm/a", False, id="other"),
        pytest.param([{"version": "1"}], "pkg:npm/a", False, id="affected where not said"),
        pytest.param(
            [{"range": "vers:npm/<2", "status": "unaffected"}], "pkg:npm/a", False, id="a range"
        ),
        pytest.param([{"version": "2", "status": "unaffected"}], "pkg:npm/a@1", False, id="unlike"),
    ],
)
def test_the_versions_that_cyclonedx_lists_narrow_a_product(
    versions: list[Any], purl: str, known: bool
) -> None:
    (statement,) = read(cyclonedx(affects=[{"ref": purl, "versions": versions}])).statements
    (product,) = statement.products
    assert (product.unknown is None) is known
    if known:
        assert product.purl == "pkg:npm/a@1"


def test_a_vulnerability_without_an_analysis_is_counted() -> None:
    document = read(cyclonedx(analysis={}))
    assert document.statements == ()
    assert dict(document.unmapped)["vulnerabilities without an analysis"] == 1


def test_an_sbom_with_an_analysis_is_a_vex_document_too() -> None:
    component = {"bom-ref": "c", "type": "library", "name": "a", "purl": "pkg:npm/a@1"}
    bom = {**cyclonedx(affects=[{"ref": "c"}]), "components": [component]}
    found = read_bytes(orjson.dumps(bom))
    (sbom,), (vex,) = found.sboms, found.vexes
    assert "vulnerabilities" not in dict(sbom.unmapped)
    assert [package.name for package in sbom.packages] == ["a"]
    assert vex.statements[0].products == (VexProduct(text="pkg:npm/a@1", purl="pkg:npm/a@1"),)


@pytest.mark.parametrize(
    ("text", "image"),
    [
        pytest.param(f"pkg:oci/app@{DIGEST}", OF_DIGEST, id="a purl with a digest"),
        pytest.param(
            f"pkg:oci/app@{DIGEST.replace(':', '%3A')}?repository_url=x.example/app&tag=1",
            OF_DIGEST,
            id="a digest goes before a tag",
        ),
        pytest.param(
            "pkg:oci/app?repository_url=x.example/team/app&tag=1",
            ReportedSubject(repo_tags=("x.example/team/app:1", "x.example/team/app/app:1")),
            id="a repository and a tag",
        ),
        pytest.param(
            "pkg:docker/team/app@1", ReportedSubject(repo_tags=("team/app:1",)), id="Docker Hub"
        ),
        pytest.param(f"x.example/app:1@{DIGEST}", OF_DIGEST, id="a reference with a digest"),
        pytest.param("x.example/app:1", ReportedSubject(repo_tags=("x.example/app:1",)), id="tag"),
        pytest.param(DIGEST, OF_DIGEST, id="a digest"),
    ],
)
def test_an_image_is_known_by_digest_or_by_name_and_tag(text: str, image: ReportedSubject) -> None:
    product = product_named(text)
    assert (product.image, product.unknown) == (image, None)


@pytest.mark.parametrize(
    "text",
    [
        "nginx",
        "https://example.com/product",
        "pkg:oci/app",
        "pkg:oci/app@1.0?repository_url=x.example/app&tag=1",
        "pkg:oci/app?tag=1",
        "pkg:nothing",
        "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#ref",
        "",
    ],
)
def test_a_product_that_cannot_be_compared_says_why(text: str) -> None:
    product = product_named(text)
    assert product.image is None
    assert product.unknown


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("document", "change", "where"),
    [
        pytest.param(
            openvex(),
            lambda d: d.update({"@context": "https://openvex.dev/ns/v9"}),
            "/@context",
            id="OpenVEX of another version",
        ),
        pytest.param(
            openvex(status="harmless"), lambda d: None, "/statements/0/status", id="no status"
        ),
        pytest.param(
            openvex(vulnerability={}), lambda d: None, "/statements/0/vulnerability", id="no name"
        ),
        pytest.param(
            openvex(products=[1]),
            lambda d: None,
            "/statements/0/products/0",
            id="a number for a product",
        ),
        pytest.param(
            openvex(products=[{}]),
            lambda d: None,
            "/statements/0/products/0/@id",
            id="a product without a name",
        ),
        pytest.param(
            openvex(), lambda d: d.update(version=[]), "/version", id="a list for version"
        ),
        pytest.param(
            csaf(),
            lambda d: d["document"].update(csaf_version="2.1"),
            "/document/csaf_version",
            id="CSAF of another version",
        ),
        pytest.param(
            csaf(),
            lambda d: d["document"]["tracking"].update(status="draft"),
            "/document/tracking/status",
            id="a draft",
        ),
        pytest.param(csaf(), lambda d: d.update(vulnerabilities=[]), "", id="no vulnerabilities"),
        pytest.param(
            csaf(),
            lambda d: d["product_tree"]["relationships"][0].pop("product_reference"),
            "/product_tree/relationships/0/product_reference",
            id="a relationship to nothing",
        ),
        pytest.param(
            cyclonedx(analysis={"state": "fine"}),
            lambda d: None,
            "/vulnerabilities/0/analysis/state",
            id="no state",
        ),
        pytest.param(
            cyclonedx(),
            lambda d: d.update(specVersion="1.3"),
            "/specVersion",
            id="before there were vulnerabilities",
        ),
        pytest.param(
            cyclonedx(affects=[{}]),
            lambda d: None,
            "/vulnerabilities/0/affects/0/ref",
            id="affects nothing",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(
    document: dict[str, Any], change: Change, where: str
) -> None:
    change(document)
    with pytest.raises((MalformedEvidence, UnsupportedFormat)) as caught:
        read(document)
    assert where in str(caught.value)


@pytest.mark.parametrize("document", [openvex(), csaf(), cyclonedx()])
def test_a_document_that_is_cut_is_refused(document: dict[str, Any]) -> None:
    data = orjson.dumps(document)
    for cut in range(1, len(data) - 1, 7):
        with pytest.raises(EvidenceError):
            read(data[:cut])


def test_xml_that_is_cut_is_refused() -> None:
    data = CYCLONEDX_XML.encode().rstrip()
    for cut in range(1, len(data) - 1, 7):
        with pytest.raises(EvidenceError):
            read(data[:cut])

"""SBOMs that are no JSON: the same facts in every form, and nothing from hostile ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policyengine.errors import EvidenceError, LimitExceeded, MalformedEvidence
from policyengine.model.limits import ReadLimits
from policyengine.model.sbom import PackageHash, PackageLicense, SbomDocument
from tests.unit.collect.offered import read_bytes
from tests.unit.collect.sbom.whole_texts import (
    CYCLONEDX_XML,
    SPDX_RDF,
    SPDX_TAG_VALUE,
    SPDX_XML,
    SPDX_YAML,
    WHOLE,
)

FORMS = pytest.mark.parametrize("form", WHOLE)
STRANGE = [
    "",
    " ",
    "0",
    "-1",
    "9" * 400,
    "1e999",
    "NaN",
    "null",
    "\ufffd",
    "[",
    "{}",
    "a: b",
    "x" * 9000,
]


def read(text: str | bytes) -> SbomDocument:
    (document,) = read_bytes(text.encode() if isinstance(text, str) else text).sboms
    return document


def read_or_refused(data: bytes) -> SbomDocument | None:
    document: SbomDocument | None
    try:
        (document,) = read_bytes(data).sboms
    except EvidenceError as error:
        message, document = str(error), None
    else:
        message = ""
    assert "\n" not in message
    return document


@FORMS
def test_every_form_says_the_same(form: str) -> None:
    document = read(WHOLE[form])
    outer, inner = sorted(document.packages, key=lambda item: item.name, reverse=True)
    assert (document.source.format, str(document.created)) == (form, "2026-01-01T00:00:00Z")
    assert (document.source.tool, document.source.tool_version) == ("syft", "1")
    assert document.authors[0].startswith("Ann")
    assert (document.dependencies, document.schema_problem) == (1, None)
    assert (outer.name, outer.version, outer.purl) == ("outer", "1", "pkg:npm/outer@1")
    assert (outer.supplier, outer.type) == ("Example", "npm")
    assert outer.hashes == (PackageHash(algorithm="sha256", value="ab" * 32),)
    assert [(item.value, item.concluded) for item in outer.licenses] == [("MIT", True)]
    (license_,) = inner.licenses
    assert (inner.name, inner.version) == ("inner", "2")
    assert license_.ids == ("Apache-2.0", "MIT")
    assert license_.problem is None


def test_a_pointer_leads_to_the_line_of_a_tag_value_document() -> None:
    lines = SPDX_TAG_VALUE.split("\n")
    for package in read(SPDX_TAG_VALUE).packages:
        number = int(package.pointer.removeprefix("/line/"))
        assert lines[number - 1] == f"PackageName: {package.name}"


@FORMS
def test_a_text_that_is_cut_anywhere_is_refused(form: str) -> None:
    whole = WHOLE[form].rstrip().encode()
    for end in range(len(whole)):
        assert read_or_refused(whole[:end]) is None, whole[:end][-60:]


@FORMS
def test_any_value_in_place_of_a_text_is_read_or_refused(form: str) -> None:
    whole = WHOLE[form]
    for found in _values(whole):
        for value in STRANGE:
            changed = whole[: found.start()] + value + whole[found.end() :]
            document = read_or_refused(changed.encode())
            assert document is None or len(document.packages) in {1, 2}


def _values(text: str) -> list[re.Match[str]]:
    """Return what stands between tags, in quotes, or after a colon."""
    pattern = r"(?<=>)[^<>\n]+(?=<)" if text.startswith("<") else r"(?<=: )[^\n]+"
    return [*re.finditer(pattern, text), *re.finditer(r'(?<=")[^"\n]+(?=")', text)]


@FORMS
@given(data=st.data())
@settings(max_examples=60)
def test_a_text_with_changed_bytes_is_read_or_refused(form: str, data: st.DataObject) -> None:
    whole = bytearray(WHOLE[form].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    read_or_refused(bytes(whole))


BOMB = (
    '<!DOCTYPE bom [<!ENTITY a "x">'
    + "".join(f'<!ENTITY {chr(98 + level)} "{f"&{chr(97 + level)};" * 10}">' for level in range(12))
    + "]>"
)
OUTSIDE = '<!DOCTYPE bom [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE bom SYSTEM "http://127.0.0.1:9/bom.dtd">'
PARAMETER = '<!DOCTYPE bom [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>'


@pytest.mark.parametrize("form", ["cyclonedx-xml", "spdx-xml", "spdx-rdf"])
@pytest.mark.parametrize(
    "declaration",
    [BOMB, OUTSIDE, REMOTE, PARAMETER, "<!DOCTYPE bom>"],
    ids=["entity bomb", "external entity", "external subset", "parameter entity", "bare"],
)
def test_xml_with_a_document_type_is_refused(form: str, declaration: str) -> None:
    head, _, rest = WHOLE[form].partition("?>")
    changed = f"{head}?>{declaration}{rest}".replace(">outer<", ">&x;<", 1)
    with pytest.raises(MalformedEvidence, match="declares a document type or entities"):
        read(changed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SPDX_YAML.replace("name: app", "name: !!python/name:os.system ''"), "has the tag"),
        (SPDX_YAML.replace("name: app", "name: !!str app"), "has the tag"),
        (SPDX_YAML.replace("name: app", "name: &a app"), "has an anchor"),
        (SPDX_YAML.replace("name: app", "name: &a app\ncomment: *a"), "has an anchor"),
        (SPDX_YAML.replace("name: app", "comment: *a"), "has an alias|not valid YAML"),
        (SPDX_YAML.replace("name: app", "name: app\nname: other"), "has the key 'name' twice"),
        (SPDX_YAML.replace("name: app", "? [a]\n: b"), "has a key that is no text"),
        (SPDX_YAML + "---\nx: y\n", "has a second document"),
        (SPDX_YAML.replace("name: app", "name: {" + "a: {" * 300), "nested too deep|not valid"),
        (SPDX_YAML.replace("name: app", "name: \x00"), "not valid YAML"),
        (SPDX_YAML.replace("name: app", "name: \tapp: b"), "at line 3|not valid YAML"),
    ],
    ids=[
        *("a constructor", "a tag", "an anchor", "anchor and alias", "an alias", "a key twice"),
        *("a key that is a list", "two documents", "deep", "a NUL", "a colon in a value"),
    ],
)
def test_yaml_that_is_more_than_json_is_refused(text: str, message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        read(text)


def test_a_plain_yaml_value_stays_what_was_written() -> None:
    text = SPDX_YAML.replace("versionInfo: 1\n", "versionInfo: 1.10\n")
    assert (
        read(text.replace("versionInfo: 2\n", "versionInfo: 0x1F\n")).packages[0].version == "1.10"
    )
    assert read(SPDX_YAML.replace("name: inner", "name: yes")).packages[1].name == "yes"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SPDX_TAG_VALUE.replace("PackageVersion: 2", "PackageVersion 2"),
            "at line 23: is not a line",
        ),
        (SPDX_TAG_VALUE.replace("lines: of it</text>", "lines"), "a text does not end"),
        (
            SPDX_TAG_VALUE.replace("PackageVersion: 2", "PackageVersion: 2\nPackageVersion: 3"),
            "a second value",
        ),
        (
            SPDX_TAG_VALUE.replace("PackageName: outer\n", ""),
            "PackageVersion does not fit SPDX|SPDXID",
        ),
        (SPDX_TAG_VALUE.replace("SHA256: ", "SHA256 "), "PackageChecksum does not fit SPDX"),
        (SPDX_TAG_VALUE.replace(" purl pkg", " pkg"), "ExternalRef does not fit SPDX"),
        (
            SPDX_TAG_VALUE.replace("DEPENDS_ON SPDXRef-inner", "DEPENDS_ON"),
            "Relationship does not fit",
        ),
        (
            SPDX_TAG_VALUE.replace("DEPENDS_ON SPDXRef-inner", "DEPENDS_ON SPDXRef-x"),
            "found SPDXRef-x",
        ),
        (SPDX_TAG_VALUE.replace(" DESCRIBES ", " OTHER "), "does not say what it describes"),
        (SPDX_TAG_VALUE.rstrip(), "the last line does not end"),
        (SPDX_TAG_VALUE + "AnnotationComment: x\n", "expected Annotator before it"),
    ],
)
def test_tag_value_that_does_not_fit_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(MalformedEvidence, match=message):
        read(text)


def test_what_tag_value_has_beside_packages_is_counted() -> None:
    more = "FileName: ./a\nSPDXID: SPDXRef-a\nFileType: TEXT\nLicenseID: LicenseRef-1\nMade: up\n"
    text = SPDX_TAG_VALUE.replace(
        "Relationship: SPDXRef-outer", more + "Relationship: SPDXRef-outer"
    )
    unmapped = dict(read(text).unmapped)
    assert unmapped == {"files": 1, "hasExtractedLicensingInfos": 1, "tags": 1, "unknown tags": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            CYCLONEDX_XML.replace("<name>outer</name>", "<name>a</name><name>b</name>"),
            "'name' twice",
        ),
        (CYCLONEDX_XML.replace("<name>outer</name>", ""), "/components/0/name: .* found nothing"),
        (CYCLONEDX_XML.replace("</bom>", "<components/></bom>"), "'components' twice"),
        (CYCLONEDX_XML.replace("</bom>", ""), "is cut off"),
        (CYCLONEDX_XML.replace("UTF-8", "ebcdic-like"), "encoding"),
        (
            SPDX_XML.replace("<versionInfo>1<", "<versionInfo>1</versionInfo><versionInfo>2<"),
            "versionInfo: .* found an array",
        ),
        (
            SPDX_XML.replace("<name>outer</name>", "<name><b>outer</b></name>"),
            "/packages/0/name: .* found an object",
        ),
        (
            SPDX_RDF.replace(
                "<spdx:versionInfo>2<", "<spdx:versionInfo>2</spdx:versionInfo><spdx:versionInfo>3<"
            ),
            "versionInfo of SPDXRef-inner",
        ),
        (
            SPDX_RDF.replace("<spdx:name>inner</spdx:name>", ""),
            "/packages/0/name: .* found nothing",
        ),
        (
            SPDX_RDF.replace('rdf:about="https://spdx.example/1#SPDXRef-inner"', 'rdf:ID="a b"'),
            "not valid RDF/XML",
        ),
    ],
)
def test_xml_that_does_not_fit_is_refused(text: str, message: str) -> None:
    with pytest.raises(MalformedEvidence, match=message):
        read(text)


@pytest.mark.parametrize("form", ["cyclonedx-xml", "spdx-xml", "spdx-rdf", "spdx-yaml"])
def test_nesting_beyond_the_limit_is_refused(form: str) -> None:
    with pytest.raises(LimitExceeded, match="nested too deep"):
        read_bytes(WHOLE[form].encode(), limits=ReadLimits(depth=2))


def test_deep_components_are_all_read() -> None:
    deep = 100
    inner = '<component type="library"><name>x</name><components>' * deep
    text = CYCLONEDX_XML.replace(
        "<components>\n  <component", f"<components>{inner}\n  <component", 1
    )
    text = text.replace(
        "</components>\n <dep", "</components>" + "</component></components>" * deep + "\n <dep"
    )
    assert len(read(text).packages) == deep + 2


def test_a_licence_set_that_holds_itself_is_refused() -> None:
    text = SPDX_RDF.replace(
        "<spdx:DisjunctiveLicenseSet>",
        '<spdx:DisjunctiveLicenseSet rdf:about="https://spdx.example/1#set">'
        '<spdx:member rdf:resource="https://spdx.example/1#set"/>',
    )
    with pytest.raises(MalformedEvidence, match="more than 50 levels"):
        read(text)


def test_licence_sets_that_share_members_are_refused_before_they_grow() -> None:
    sets = "".join(
        f'<spdx:DisjunctiveLicenseSet rdf:about="https://spdx.example/1#{side}{level}">'
        f'<spdx:member rdf:resource="https://spdx.example/1#a{level + 1}"/>'
        f'<spdx:member rdf:resource="https://spdx.example/1#b{level + 1}"/>'
        "</spdx:DisjunctiveLicenseSet>"
        for level in range(40)
        for side in "ab"
    )
    text = SPDX_RDF.replace("http://spdx.org/licenses/MIT", "https://spdx.example/1#a0", 1)
    with pytest.raises(MalformedEvidence, match="more than 5000 parts"):
        read(text.replace("</rdf:RDF>", f"{sets}</rdf:RDF>"))


@pytest.mark.parametrize("form", ["cyclonedx-xml", "spdx-xml"])
def test_no_setting_allows_nesting_that_a_reader_cannot_take(form: str) -> None:
    name = "components" if form == "cyclonedx-xml" else "packages"
    deep = f"<{name}>" * 100_000 + f"</{name}>" * 100_000
    text = WHOLE[form].replace(f"<{name}>", f"{deep}<{name}>", 1)
    with pytest.raises(LimitExceeded, match="at most 250 levels"):
        read_bytes(text.encode(), limits=ReadLimits(depth=1_000_000))


@pytest.mark.parametrize(
    "head", ["<!--" * 4000, "<?x" * 5000, "<!DOCTYPE a [" * 1200, "<!-- --> " * 1800, "< " * 8000]
)
def test_a_beginning_that_is_hard_to_read_is_refused(head: str) -> None:
    assert read_or_refused(head.encode()) is None


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
def test_every_version_of_cyclonedx_xml_is_read(version: str) -> None:
    document = read(CYCLONEDX_XML.replace("bom/1.6", f"bom/{version}"))
    assert [item.name for item in document.packages] == ["outer", "inner"]
    assert (document.schema is None) == (version in {"1.0", "1.1"})


def test_what_cyclonedx_xml_has_beside_is_counted() -> None:
    text = CYCLONEDX_XML.replace(
        "<cpe>",
        "<swid tagId='a' name='b'/><pedigree><notes>n</notes></pedigree><x xmlns='urn:x'/><cpe>",
    ).replace("</bom>", "<services><service/><service/></services></bom>")
    unmapped = dict(read(text).unmapped)
    assert unmapped == {
        "components.swid": 1,
        "components.pedigree": 1,
        "extensions": 1,
        "services": 2,
    }


def test_utf_16_is_believed_by_its_mark() -> None:
    assert read(SPDX_XML.encode("utf-16")).packages == read(SPDX_XML).packages


def test_rdf_licences_are_written_as_expressions() -> None:
    terms = "http://spdx.org/rdf/terms#"
    text = SPDX_RDF.replace(
        '<spdx:licenseConcluded rdf:resource="http://spdx.org/licenses/MIT"/>',
        "<spdx:licenseConcluded><spdx:ConjunctiveLicenseSet>"
        '<spdx:member rdf:resource="https://spdx.example/1#LicenseRef-own"/>'
        "<spdx:member><spdx:WithExceptionOperator>"
        '<spdx:member rdf:resource="http://spdx.org/licenses/GPL-2.0-only"/>'
        '<spdx:licenseException rdf:resource="http://spdx.org/licenses/Classpath-exception-2.0"/>'
        "</spdx:WithExceptionOperator></spdx:member>"
        "</spdx:ConjunctiveLicenseSet></spdx:licenseConcluded>"
        f'<spdx:licenseDeclared rdf:resource="{terms}noassertion"/>',
    )
    outer = next(item for item in read(text).packages if item.name == "outer")
    (found,) = outer.licenses
    assert found == PackageLicense(
        value="(GPL-2.0-only WITH Classpath-exception-2.0) AND LicenseRef-own",
        kind="expression",
        concluded=True,
    )
    assert found.ids == ("Classpath-exception-2.0", "GPL-2.0-only", "LicenseRef-own")
    assert found.problem is None

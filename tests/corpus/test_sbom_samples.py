"""Every SBOM among the samples: read with as many packages as it has, or refused.

``sbom_samples.tsv`` has a line for each: file, packages or ``refused``, and what the refusal says.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml

from policyengine.errors import EvidenceError
from policyengine.model.sbom import SbomDocument
from tests.corpus.sample_files import at_pointer, folders_of, raw_json, read_file, samples
from tests.corpus.sbom_counts import count_packages

LINES = Path(__file__).with_name("sbom_samples.tsv").read_text().splitlines()
EXPECTED = {file: (count, text) for file, count, text in (line.split("\t") for line in LINES)}
EVERY = samples(*folders_of("sbom"))
XML = ("sbom/cyclonedx-xml", "sbom/syft-cyclonedx-history")
SPDX_TEXTS = ("sbom/spdx-tv", "sbom/spdx-rdf", "sbom/spdx-yaml", "sbom/spdx-xml")
# Counted by hand in a few files, so that not only two programs agree.
BY_HAND = {
    "cyclonedx-json/guac__testdata__exampledata__big-mongo-cyclonedx.json": 293,
    "cyclonedx-json/bom-examples__juice-shop__v11.1.2__bom.json": 840,
    "cyclonedx-xml/osv-scanner__testdata__sbom-insecure__postgres-stretch.cdx.xml": 137,
    "spdx-tv/protobom__formats__testdata__nginx.spdx": 1184,
    "syft-json/syft__alpine__syft-json__sbom.syft.json": 14,
}


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def read(path: Path) -> SbomDocument:
    (document,) = read_file(path).sboms
    return document


def is_refused(path: Path) -> bool:
    return EXPECTED[named(path)][0] == "refused"


def test_the_table_has_every_sample_and_no_other(shared_dir: Path) -> None:
    files = {named(path) for path in (shared_dir / "samples" / "sbom").glob("*/*")}
    assert set(EXPECTED) == files
    assert all(EXPECTED[file][0] == str(count) for file, count in BY_HAND.items())


@pytest.mark.parametrize("path", EVERY)
def test_a_sample_has_the_packages_of_the_table_or_is_refused_as_it_says(path: Path) -> None:
    count, text = EXPECTED[named(path)]
    if count == "refused":
        with pytest.raises(EvidenceError) as caught:
            read_file(path)
        message = str(caught.value)
        assert message.startswith(str(path))
        assert "\n" not in message
        assert text in message
    else:
        assert (len(read(path).packages), text) == (int(count), "")


@pytest.mark.parametrize("path", EVERY)
def test_the_table_has_what_is_counted_over_the_raw_text(path: Path) -> None:
    if is_refused(path):
        return
    assert EXPECTED[named(path)][0] == str(count_packages(path))


@pytest.mark.parametrize("path", EVERY)
def test_every_package_points_to_its_place_in_the_sbom(path: Path) -> None:
    if is_refused(path):
        return
    document = read(path)
    assert len({package.pointer for package in document.packages}) == len(document.packages)
    if document.source.format in {"spdx-rdf", "spdx-xml", "cyclonedx-xml"}:
        return  # these point into the JSON's shape, or name an element
    if document.source.format == "spdx-tag-value":
        lines = path.read_text().split("\n")
        for package in document.packages:
            line = lines[int(package.pointer.removeprefix("/line/")) - 1]
            assert line == f"PackageName: {package.name}"
        return
    raw = (
        yaml.load(path.read_text(), yaml.BaseLoader)
        if document.source.format == "spdx-yaml"
        else raw_json(path)
    )
    for package in document.packages:
        place = at_pointer(raw, package.pointer)
        versions = (place.get("version"), place.get("versionInfo"))
        assert package.name.endswith(place["name"])
        assert package.version == next(
            filter(None, (*versions, place.get("software_packageVersion"))), None
        )


@pytest.mark.parametrize("path", samples("sbom/cyclonedx-json", "sbom/trivy-history", *XML))
def test_every_purl_licence_and_hash_of_a_cyclonedx_bom_is_read(path: Path) -> None:
    if is_refused(path):
        return
    document = read(path)
    text = path.read_text(encoding="utf-8-sig")
    for package in document.packages:
        for found in package.licenses:
            assert found.value.split()[0].strip("()") in text
    if not text.lstrip().startswith("{"):
        components = len(re.findall(r"<components?[ >]", text))
        assert len(document.packages) <= components
        return
    raw = raw_json(path)
    for package in document.packages:
        place = at_pointer(raw, package.pointer)
        assert len(package.licenses) == len(place.get("licenses") or [])
        assert len(package.hashes) == len(place.get("hashes") or [])
        assert (package.purl is None) == (not place.get("purl"))
        assert package.cpes == tuple(filter(None, [place.get("cpe")]))


@pytest.mark.parametrize("path", samples(*XML))
def test_cyclonedx_python_lib_reads_the_same_components(path: Path) -> None:
    from cyclonedx.exception import CycloneDxException
    from cyclonedx.model.bom import Bom
    from defusedxml.ElementTree import fromstring

    if is_refused(path) or not path.read_bytes().lstrip().startswith(b"<"):
        return
    try:
        with warnings.catch_warnings(action="ignore"):
            bom: Any = Bom.from_xml(fromstring(path.read_bytes()))  # type: ignore[attr-defined]
    except (CycloneDxException, ValueError, TypeError):
        return  # what the library will not read, the table above still holds
    pending = [*bom.components, *getattr(bom.metadata.component, "components", ())]
    theirs = set()
    while pending:
        item = pending.pop()
        pending += item.components
        if item.type.value != "file" or item.purl is not None:
            name = f"{item.group}/{item.name}" if item.group else item.name
            theirs.add((name, item.version or None, len(item.licenses), len(item.hashes)))
    # The library keeps what is said twice once.
    ours = {
        (p.name, p.version, len(set(p.licenses)), len(set(p.hashes))) for p in read(path).packages
    }
    assert ours == theirs


@pytest.mark.parametrize("path", samples(*SPDX_TEXTS))
def test_spdx_tools_reads_the_same_packages(path: Path, tmp_path: Path) -> None:
    from license_expression import get_spdx_licensing
    from spdx_tools.spdx.parser import parse_anything
    from spdx_tools.spdx.parser.error import SPDXParsingError
    from spdx_tools.spdx.parser.tagvalue import parser as tag_value

    if is_refused(path):
        return
    endings = {
        "spdx-tv": ".spdx",
        "spdx-rdf": ".rdf.xml",
        "spdx-yaml": ".yaml",
        "spdx-xml": ".xml",
    }
    copy = tmp_path / f"sbom{endings[path.parent.name]}"
    copy.write_bytes(path.read_bytes())
    licensing = get_spdx_licensing()
    with pytest.MonkeyPatch.context() as patched, warnings.catch_warnings(action="ignore"):
        # It makes the list anew for every licence, which takes minutes.
        patched.setattr(tag_value, "get_spdx_licensing", lambda: licensing)
        try:
            theirs = parse_anything.parse_file(str(copy)).packages
        except (SPDXParsingError, KeyError, UnicodeError, AttributeError, TypeError):
            return  # it refuses SBOMs without author, or of tools that came early
    document = read(path)
    ours = sorted((package.name, package.version or "") for package in document.packages)
    missing = sorted((item.name, item.version or "") for item in theirs)
    for entry in ours:
        missing.remove(entry)
    assert len(missing) == (document.subject.name is not None)  # the image itself

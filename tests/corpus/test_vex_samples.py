"""Every VEX document among the samples has a line in the table: read whole, or refused.

The counts are held against the reader, and against a count over the raw document by other code.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import parse

from policyengine.errors import EvidenceError
from policyengine.model.vex import VexDocument
from tests.corpus.sample_files import SAMPLES, at_pointer, raw_json, read_file, samples

TABLE = Path(__file__).with_name("vex_expected.tsv")
FOLDERS = ("openvex", "csaf", "cdx-vex", "cdx-vex-xml")
EVERY = samples(*(f"trust/{name}" for name in FOLDERS))


def lines() -> dict[str, list[str]]:
    with TABLE.open(newline="", encoding="utf-8") as stream:
        return {row[0]: row[1:] for row in list(csv.reader(stream, delimiter="\t"))[1:]}


LINES = lines()


def line_of(path: Path) -> list[str]:
    return LINES[f"{path.parent.name}/{path.name}"]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of samples is not there")
def test_every_sample_has_a_line_and_every_line_a_sample() -> None:
    files = {f"{p.parent.name}/{p.name}" for f in FOLDERS for p in SAMPLES.glob(f"trust/{f}/*")}
    assert files == set(LINES)


def document_of(path: Path) -> VexDocument:
    (document,) = read_file(path).vexes
    return document


@pytest.mark.parametrize("path", EVERY)
def test_a_document_is_read_whole_or_refused_with_a_reason(path: Path) -> None:
    line = line_of(path)
    if line[0] == "refused":
        with pytest.raises(EvidenceError) as caught:
            read_file(path)
        assert str(caught.value).startswith(str(path))
        assert line[1] in str(caught.value)
        return
    document = document_of(path)
    products = [product for item in document.statements for product in item.products]
    comparable = [product for product in products if product.unknown is None]
    counts = [len(document.statements), len(products), len(comparable)]
    assert [document.source.format, *map(str, counts), document.author or ""] == line


def of_csaf(raw: Any) -> int:
    """Count the products of all statuses, each of which is in one statement."""
    return sum(
        len(products)
        for item in raw["vulnerabilities"]
        for status, products in item["product_status"].items()
        if status != "recommended"
    )


def of_cyclonedx(raw: Any) -> int:
    return sum(
        len(item["affects"])
        for item in raw["vulnerabilities"]
        if item.get("analysis", {}).get("state")
    )


def of_xml(root: Element) -> int:
    """Count targets of vulnerabilities with a state, whatever their namespace."""
    return sum(
        len(item.findall("{*}affects/{*}target"))
        for item in root.iter()
        if item.tag.endswith("}vulnerability") and item.find("{*}analysis/{*}state") is not None
    )


@pytest.mark.parametrize("path", EVERY)
def test_the_table_holds_what_is_in_the_raw_document(path: Path) -> None:
    line = line_of(path)
    if line[0] == "refused":
        return
    if path.suffix == ".xml":
        root = parse(path).getroot()
        assert root is not None
        assert of_xml(root) == int(line[2])
        return
    raw = raw_json(path)
    if line[0] == "openvex":
        assert len(raw["statements"]) == int(line[1])
        assert sum(len(item["products"]) for item in raw["statements"]) == int(line[2])
    elif line[0] == "csaf":
        assert of_csaf(raw) == int(line[2])
    else:
        # A target with several versions is several products.
        assert of_cyclonedx(raw) <= int(line[2])


@pytest.mark.parametrize("path", EVERY)
def test_every_statement_points_to_its_place(path: Path) -> None:
    if line_of(path)[0] == "refused" or path.suffix == ".xml":
        return
    raw = raw_json(path)
    for statement in document_of(path).statements:
        at_pointer(raw, statement.pointer)

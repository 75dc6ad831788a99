"""What no SBOM, in whatever order it comes, may change."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from policyengine.collect.sbom.licenses import package_license
from policyengine.document.sbom_section import sbom_section
from policyengine.errors import EvidenceError
from policyengine.model.sbom import Package, PackageHash, SbomDocument
from tests.evidence_values import sbom_document
from tests.unit.collect.offered import read_bytes
from tests.unit.collect.sbom.whole_texts import SPDX_TAG_VALUE, SPDX_YAML

NAMES = st.sampled_from(["a", "b", "scope/a"])
VERSIONS = st.sampled_from([None, "1", "2"])
LICENSES = st.sampled_from(
    [package_license(text, "id", concluded=False) for text in ("MIT", "GPL-2.0-only", "Own")]
)


@st.composite
def packages(draw: st.DrawFn) -> Package:
    version = draw(VERSIONS)
    kind = draw(st.sampled_from(["npm", "deb"]))
    name = draw(NAMES)
    purl = draw(
        st.sampled_from(
            [None, f"pkg:{kind}/{name}@1", f"pkg:{kind}/a@2?arch=x", f"pkg:{kind}/a@2?distro=y"]
        )
    )
    return Package(
        name=name,
        version=version,
        purl=purl,
        type=kind if purl is not None else draw(st.sampled_from([None, kind])),
        path=draw(st.sampled_from([None, "/x", "/y"])),
        supplier=draw(st.sampled_from([None, "s", "t"])),
        licenses=tuple(draw(st.lists(LICENSES, max_size=2))),
        hashes=tuple(
            draw(
                st.lists(st.builds(PackageHash, algorithm=st.just("md5"), value=NAMES), max_size=1)
            )
        ),
        pointer="",
    )


@st.composite
def documents(draw: st.DrawFn) -> SbomDocument:
    """Draw an SBOM of which each entry has its own pointer."""
    found = draw(st.lists(packages(), max_size=5))
    return sbom_document(
        *(
            Package(**{name: getattr(item, name) for name in FIELDS} | {"pointer": f"/{index}"})
            for index, item in enumerate(found)
        )
    )


FIELDS = tuple(Package.__dataclass_fields__)
SBOMS = st.lists(documents(), min_size=1, max_size=4)


def listed(sboms: list[SbomDocument], names: list[int]) -> Any:
    """Return packages and differences with ``names`` for the indexes of the SBOMs, in order."""
    section: Any = sbom_section(sboms, ["unknown"] * len(sboms))
    return (
        ordered([renamed(item, names) for item in section["packages"]]),
        {key: ordered(renamed(found, names)) for key, found in section["differences"].items()},
    )


def renamed(value: Any, names: list[int]) -> Any:
    if isinstance(value, dict):
        return {
            key: sorted(names[x] for x in item)
            if key in {"present_in", "absent_from"}
            else names[item]
            if key == "source"
            else renamed(item, names)
            for key, item in value.items()
        }
    return ordered([renamed(item, names) for item in value]) if isinstance(value, list) else value


def ordered(values: list[Any]) -> list[Any]:
    return sorted(values, key=repr)


@given(SBOMS, st.randoms())
def test_the_order_of_sboms_does_not_matter(sboms: list[SbomDocument], chance: Any) -> None:
    names = list(range(len(sboms)))
    shuffled = names.copy()
    chance.shuffle(shuffled)
    assert listed(sboms, names) == listed([sboms[index] for index in shuffled], shuffled)


def said(sboms: list[SbomDocument]) -> set[tuple[Any, ...]]:
    """Return what the merged list says: each package with each licence, hash and supplier."""
    section: Any = sbom_section(sboms, ["unknown"] * len(sboms))
    found: set[tuple[Any, ...]] = set()
    for item in section["packages"]:
        key = (item["name"], item["version"])
        found.add(key)
        found.update((*key, "license", x["value"]) for x in item["licenses"])
        found.update((*key, "hash", x["value"]) for x in item["hashes"])
        found.update((*key, "supplier", x) for x in item["suppliers"])
        found.update((*key, "path", x) for x in [item["path"]] if x is not None)
        found.update((*key, "entry", x["source"], x["pointer"]) for x in item["reported_by"])
    return found


@given(SBOMS, documents())
def test_an_sbom_added_takes_nothing_away(sboms: list[SbomDocument], more: SbomDocument) -> None:
    assert said(sboms) <= said([*sboms, more])


@given(SBOMS)
def test_every_entry_is_listed_once(sboms: list[SbomDocument]) -> None:
    section: Any = sbom_section(sboms, ["unknown"] * len(sboms))
    entries = [
        (origin["source"], origin["pointer"])
        for item in section["packages"]
        for origin in item["reported_by"]
    ]
    every = [
        (index, item.pointer) for index, document in enumerate(sboms) for item in document.packages
    ]
    assert sorted(entries) == sorted(every)


@given(SBOMS)
def test_an_sbom_given_twice_adds_no_package(sboms: list[SbomDocument]) -> None:
    def facts(found: list[SbomDocument]) -> list[Any]:
        section: Any = sbom_section(found, ["unknown"] * len(found))
        hidden = {"reported_by", "claims"}
        return [
            {key: value for key, value in item.items() if key not in hidden}
            for item in section["packages"]
        ]

    assert facts([*sboms, *sboms]) == facts(sboms)


@given(st.data())
def test_a_text_that_is_cut_has_no_fewer_packages_without_an_error(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([SPDX_TAG_VALUE, SPDX_YAML]))
    # Tools that write what a document describes before its packages make cuts hard to see.
    if data.draw(st.booleans()):
        early = re.sub(r"(?s)- spdxElementId: SPDXRef-DOCUMENT.*", "", text)
        text = early.replace("packages:", "documentDescribes: [SPDXRef-outer]\npackages:", 1)
    cut = text.encode()[: data.draw(st.integers(0, len(text) - 2))]
    try:
        (document,) = read_bytes(cut).sboms
    except EvidenceError:
        return
    # Nothing tells a cut behind a whole line or a quoted value: docs/evidence.md says so.
    assert len(document.packages) == 2 or cut.endswith((b"\n", b'"', b"]", b"}"))

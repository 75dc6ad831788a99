"""SBOMs of our own image by the real syft, in every form it writes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from policyengine.collect.files import EvidenceOffer, read_evidence
from policyengine.collect.image import ImageRequest, read_image
from policyengine.errors import EvidenceError
from policyengine.model.access import DaemonAccess, RegistryAccess
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.sbom import SbomDocument
from tests.integration.images import PACKAGES, SYFT_FORMATS, Layout

READ = tuple(
    name
    for name in SYFT_FORMATS
    if name.startswith(("syft-json", "cyclonedx-", "spdx-json", "spdx-tag-value"))
)


def read(path: Path) -> SbomDocument:
    reports = read_evidence([EvidenceOffer(path=str(path))], limits=DEFAULT_LIMITS)
    assert (reports.scans, reports.trusts) == ((), ())
    (document,) = reports.sboms
    return document


@pytest.mark.parametrize("name", READ)
def test_the_packages_of_the_image_are_read(syft_reports: dict[str, Path], name: str) -> None:
    document = read(syft_reports[name])
    named = {(package.name, package.version) for package in document.packages if package.purl}
    assert named == PACKAGES
    assert document.source.format == name.partition("@")[0]
    assert document.schema_problem is None
    assert (document.created is None) == (name == "syft-json")  # which has no time
    assert document.source.format_version is not None
    assert (document.source.tool or "").startswith("syft")


@pytest.mark.parametrize("name", READ)
def test_the_sbom_says_which_image_it_is_about(
    syft_reports: dict[str, Path], umoci_image: Layout, name: str
) -> None:
    found = read_image(
        ImageRequest(text=umoci_image.skopeo),
        limits=DEFAULT_LIMITS,
        registry=RegistryAccess(),
        daemon=DaemonAccess(),
    )
    assert found.subject.digest in read(syft_reports[name]).subject.digests


@pytest.mark.parametrize("name", READ)
def test_a_packed_sbom_is_the_same(
    syft_reports: dict[str, Path], tmp_path: Path, name: str
) -> None:
    packed = tmp_path / "sbom.gz"
    packed.write_bytes(gzip.compress(syft_reports[name].read_bytes()))
    assert read(packed).packages == read(syft_reports[name]).packages


@pytest.mark.parametrize("name", [name for name in SYFT_FORMATS if name not in READ])
def test_a_form_that_is_not_read_is_refused_and_the_file_named(
    syft_reports: dict[str, Path], name: str
) -> None:
    with pytest.raises(EvidenceError, match=r"is not read|no known format|not valid JSON") as why:
        read(syft_reports[name])
    assert str(syft_reports[name]) in str(why.value)


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("part", [0.0, 0.3, 0.9, 0.999])
def test_an_sbom_that_is_cut_is_refused(
    syft_reports: dict[str, Path], tmp_path: Path, name: str, part: float
) -> None:
    whole = syft_reports[name].read_bytes().rstrip()
    cut = tmp_path / "sbom.json"
    cut.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(EvidenceError, match=r"sbom\.json"):
        read(cut)

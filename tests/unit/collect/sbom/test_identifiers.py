"""Package URLs and hash names that formats write differently mean the same."""

from __future__ import annotations

import pytest

from policyengine.collect.sbom.identifiers import hash_algorithm, purl_digest, purl_type


@pytest.mark.parametrize(
    ("purl", "kind"),
    [
        ("pkg:deb/debian/openssl@3", "deb"),
        ("pkg://npm/left-pad", "npm"),
        ("pkg:PyPI/requests", "pypi"),
        ("pkg:", None),
        ("openssl", None),
        ("", None),
        (None, None),
    ],
)
def test_the_type_of_a_package_url(purl: str | None, kind: str | None) -> None:
    assert purl_type(purl) == kind


@pytest.mark.parametrize(
    ("purl", "digest"),
    [
        ("pkg:oci/app@sha256:12?arch=amd64", "sha256:12"),
        ("pkg:oci/app@sha256%3A12?repository_url=r.example%2Fapp", "sha256:12"),
        ("pkg:docker/app@sha256%3a12#layer", "sha256:12"),
        ("pkg:oci/app", None),
        ("pkg:oci/app?repository_url=user@r.example", None),
        ("pkg:npm/app@sha256:12", None),
        (None, None),
    ],
)
def test_the_digest_of_an_image_in_its_package_url(purl: str | None, digest: str | None) -> None:
    assert purl_digest(purl) == digest


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [("SHA-256", "sha256"), ("SHA256", "sha256"), ("MD5", "md5"), ("BLAKE2b-256", "blake2b256")],
)
def test_names_of_hash_algorithms(name: str, algorithm: str) -> None:
    assert hash_algorithm(name) == algorithm

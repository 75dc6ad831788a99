"""Package URLs and hash names that formats write differently mean the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from policyengine.collect.sbom.identifiers import hash_algorithm
from policyengine.model.purl import canonical_purl, purl_digest, purl_type


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


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("pkg:deb/debian/zlib@1.3?arch=amd64&distro=debian-12", None),
        (
            "pkg:deb/debian/zlib@1.3?distro=debian-12&arch=amd64",
            "pkg:deb/debian/zlib@1.3?arch=amd64&distro=debian-12",
        ),
        ("pkg:npm/@scope/name@1", "pkg:npm/%40scope/name@1"),
        ("pkg:PyPI/A_b@1", "pkg:pypi/a-b@1"),
        ("pkg:deb/debian/a@1%3A2+3", "pkg:deb/debian/a@1:2%2B3"),
        ("pkg:npm/a@1?", "pkg:npm/a@1"),
        ("pkg://npm/a@1", "pkg:npm/a@1"),
        ("pkg:golang/github.com/a/b@v1#sub/dir", None),
    ],
)
def test_a_package_url_is_brought_into_canonical_form(written: str, canonical: str | None) -> None:
    assert canonical_purl(written) == (canonical or written, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "npm/a@1",
        "pkg:",
        "pkg:npm",
        "pkg:npm/",
        "http://a/b",
        "pkg:n pm/a",
        "pkg:npm/" + "a" * 5000,
    ],
)
def test_what_is_no_package_url_is_kept_with_the_reason(text: str) -> None:
    kept, problem = canonical_purl(text)
    assert kept == text
    assert problem


_PART = st.text("abcXYZ019.-_+~:%@/?#&= ", min_size=1, max_size=8)


@given(
    st.sampled_from(["deb", "npm", "maven", "golang", "rpm", "apk", "generic", "cargo"]),
    st.lists(_PART, min_size=1, max_size=3),
    _PART,
    st.dictionaries(st.sampled_from(["arch", "distro", "epoch", "x"]), _PART, max_size=3),
)
def test_the_short_way_gives_what_the_library_gives(
    kind: str, names: list[str], version: str, qualifiers: dict[str, str]
) -> None:
    text = f"pkg:{kind}/{'/'.join(names)}@{version}"
    if qualifiers:
        text += "?" + "&".join(f"{key}={value}" for key, value in qualifiers.items())
    found, problem = canonical_purl(text)
    if problem is None:
        assert found == PackageURL.from_string(text).to_string()
        assert canonical_purl(found) == (found, None)
    else:
        with pytest.raises(ValueError):
            PackageURL.from_string(text)

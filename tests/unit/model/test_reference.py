"""Image references are read as Docker reads them, and refused where it refuses them."""

from __future__ import annotations

import pytest

from policyengine.errors import InvalidReference
from policyengine.model.reference import ImageReference, is_digest

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("alpine", "docker.io/library/alpine"),
        ("team/app:1", "docker.io/team/app:1"),
        ("docker.io/alpine", "docker.io/library/alpine"),
        ("index.docker.io/library/alpine:3", "docker.io/library/alpine:3"),
        ("localhost/app", "localhost/app"),
        ("localhost:5000/a/b:t", "localhost:5000/a/b:t"),
        ("registry.example/a__b/c-d.e:T_1", "registry.example/a__b/c-d.e:T_1"),
        (f"ghcr.io/a/b:1@{DIGEST}", f"ghcr.io/a/b:1@{DIGEST}"),
        ("[::1]:5000/a", "[::1]:5000/a"),
    ],
)
def test_a_reference_is_completed_with_the_defaults(text: str, full: str) -> None:
    assert str(ImageReference.parse(text)) == full


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":tag",
        "a b",
        "App",
        "registry.example/App",
        "a:b:c",
        "a:",
        "a:-x",
        "a:" + "x" * 129,
        "a@",
        "a@sha256:abc",
        "a@md5:" + "a" * 32,
        "a@sha256:" + "A" * 64,
        "a//b",
        "/a",
        "a/",
        "a/../b",
        "a\nb",
        "a:1\n",
        "registry.example:port/a",
        "-x.example/a",
        "x" * 256,
        "\u0430lpine",
    ],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference):
        ImageReference.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [(DIGEST, True), (DIGEST + "\n", False), ("sha256:" + "g" * 64, False), ("sha512:ab", False)],
)
def test_a_digest_is_whole_or_none(text: str, expected: bool) -> None:
    assert is_digest(text) is expected

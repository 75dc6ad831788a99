"""Platforms are named and matched as container tools do."""

from __future__ import annotations

import pytest

from policyengine.errors import UsageError
from policyengine.model.platform import Platform


@pytest.mark.parametrize(
    ("asked", "offered", "matches"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/x86_64", "linux/amd64", True),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm", "linux/arm/v7", True),
        ("linux/arm/v6", "linux/arm/v7", False),
        ("linux/amd64", "windows/amd64", False),
        ("linux/amd64", "linux/arm64", False),
    ],
)
def test_an_image_serves_a_platform(asked: str, offered: str, matches: bool) -> None:
    assert Platform.parse(asked).matches(Platform.parse(offered)) is matches


@pytest.mark.parametrize("text", ["", "linux", "linux/", "linux/amd64/v1/x", "linux/am d64"])
def test_what_is_no_platform_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Platform.parse(text)

"""What a reason is known by from one build to the next."""

from __future__ import annotations

import pytest

from policyengine.model.fingerprint import fingerprint
from policyengine.model.json_value import FrozenJson

CVE: dict[str, FrozenJson] = {"vulnerability": "CVE-2026-1", "package": "openssl"}

SAME: list[tuple[str, str, dict[str, FrozenJson], dict[str, FrozenJson]]] = [
    ("a fix is known now", "CVE-2026-1 has no fix", CVE, {**CVE, "fixed": ["3.0.2"]}),
    (
        "the file carries the package's version",
        "m",
        {**CVE, "path": "opt/log4j-core-2.14.1.jar"},
        {**CVE, "path": "opt/log4j-core-2.17.0.jar"},
    ),
    (
        "the library's folder carries the language's version",
        "m",
        {**CVE, "path": "usr/lib/python3.11/site-packages/pip"},
        {**CVE, "path": "usr/lib/python3.12/site-packages/pip"},
    ),
]


@pytest.mark.parametrize(("name", "message", "one", "other"), SAME, ids=[s[0] for s in SAME])
def test_a_rebuild_does_not_make_a_reason_new(
    name: str, message: str, one: dict[str, FrozenJson], other: dict[str, FrozenJson]
) -> None:
    assert fingerprint("r", message, one) == fingerprint("r", "another message", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("is 45 days old", "is 46 days old", id="the age in days"),
        pytest.param(f"base sha256:{'a' * 64}", f"base sha256:{'b' * 64}", id="a digest"),
        pytest.param(
            "created 2026-01-01T00:00:00Z", "created 2026-02-01T10:00:00.5+01:00", id="a time"
        ),
    ],
)
def test_what_passes_with_time_is_left_out_of_a_message(one: str, other: str) -> None:
    assert fingerprint("r", one, {}) == fingerprint("r", other, {})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(("r", "port 22", {}), ("r", "port 8080", {}), id="another port"),
        pytest.param(("r", "m", {}), ("s", "m", {}), id="another rule"),
        pytest.param(("r", "m", CVE), ("r", "m", {**CVE, "package": "zlib"}), id="a package"),
        pytest.param(("r", "m", CVE), ("r", "m", {**CVE, "path": "a.jar"}), id="a path"),
        pytest.param(
            ("r", "m", {"package": "a", "path": "b"}),
            ("r", "m", {"package": "a1:4:path1:b"}),
            id="a package whose name looks like two fields",
        ),
        pytest.param(("r", "user a", {}), ("r", "user b", {}), id="another message"),
        pytest.param(
            ("r", "one", {"package": ["a"]}),
            ("r", "two", {"package": ["a"]}),
            id="names that are no text do not name",
        ),
        pytest.param(("r", "key a1", {}), ("r", "key a2", {}), id="a digit in a name"),
        pytest.param(
            ("r", "m", {"path": "Dockerfile", "check": "DS002"}),
            ("r", "m", {"path": "Dockerfile", "check": "DS001"}),
            id="another check of the same file",
        ),
        pytest.param(
            ("r", "m", {"path": "LICENSE", "license": "AGPL-3.0"}),
            ("r", "m", {"path": "LICENSE", "license": "SSPL-1.0"}),
            id="another licence of the same file",
        ),
        pytest.param(
            ("r", "m", {"path": ".env", "secret": "AWS key"}),
            ("r", "m", {"path": ".env", "secret": "a token"}),
            id="another secret of the same file",
        ),
        pytest.param(
            ("r", "one", {"check": "DS002"}),
            ("r", "two", {"check": "DS002"}),
            id="a check alone does not name",
        ),
    ],
)
def test_another_finding_has_another_fingerprint(
    one: tuple[str, str, dict[str, FrozenJson]], other: tuple[str, str, dict[str, FrozenJson]]
) -> None:
    assert fingerprint(*one) != fingerprint(*other)


def test_text_that_is_not_unicode_has_a_fingerprint() -> None:
    assert len(fingerprint("r", "\udcff", {})) == 64

"""Waiver files: what is read, and what is refused with its line."""

from __future__ import annotations

import pytest

from policyengine.errors import WaiverError
from policyengine.model.instant import Instant
from policyengine.waivers import read_waivers

ENTRY = """\
  - rule: scan.fixable
    reason: not reachable
    owner: shop
    approver: security
    created: 2026-01-10
    expires: 2026-06-30
"""
HEAD = "version: 1\nwaivers:\n"


def with_(line: str, *, without: str = "") -> str:
    kept = [text for text in ENTRY.splitlines(keepends=True) if not without or without not in text]
    return HEAD + "".join(kept) + (f"    {line}\n" if line else "")


def test_a_waiver_is_read_with_its_line() -> None:
    text = with_(
        "image: {repository: registry.example/shop/*, digest: 'sha256:" + "1" * 64 + "'}\n"
        "    vulnerability: CVE-2026-1\n    package: openssl\n    path: opt/**\n    ticket: SEC-1"
    )
    (waiver,) = read_waivers(text.encode(), where="w.yaml")
    assert (waiver.rule, waiver.file, waiver.row) == ("scan.fixable", "w.yaml", 3)
    assert waiver.repository == "registry.example/shop/*"
    assert waiver.digest == "sha256:" + "1" * 64
    assert (waiver.vulnerability, waiver.package, waiver.path) == (
        "CVE-2026-1",
        "openssl",
        "opt/**",
    )
    assert (waiver.owner, waiver.approver, waiver.ticket) == ("shop", "security", "SEC-1")


def test_a_day_is_whole_in_utc() -> None:
    (waiver,) = read_waivers((HEAD + ENTRY).encode(), where="w.yaml")
    assert waiver.created == Instant.parse("2026-01-10T00:00:00Z")
    assert waiver.expires == Instant.parse("2026-07-01T00:00:00Z")


def test_a_time_is_an_instant() -> None:
    text = with_("expires: 2026-06-30T12:00:00+02:00", without="expires")
    (waiver,) = read_waivers(text.encode(), where="w.yaml")
    assert waiver.expires == Instant.parse("2026-06-30T10:00:00Z")


def test_json_is_read_too() -> None:
    text = (
        '{"version": 1, "waivers": [{"rule": "a.b", "reason": "r", "owner": "o", "approver": "p", '
        '"created": "2026-01-01", "expires": "2026-01-02"}]}'
    )
    (waiver,) = read_waivers(text.encode(), where="w.json")
    assert waiver.rule == "a.b"


def test_no_waivers_are_none() -> None:
    assert read_waivers(b"version: 1\nwaivers: []\n", where="w.yaml") == ()


BAD = [
    pytest.param("", "is no valid waiver file", id="empty"),
    pytest.param("{", "is not valid YAML", id="cut"),
    pytest.param("version: 1\n", '"waivers" is a required property', id="no waivers"),
    pytest.param("version: 1\nwaivers:\n", "w.yaml:1/waivers", id="waivers of nothing"),
    pytest.param("version: 2\nwaivers: []\n", "/version", id="a later version"),
    pytest.param(with_("", without="expires"), "w.yaml:3/waivers/0", id="never ends"),
    pytest.param(with_("", without="owner"), '"owner" is a required', id="nobody answers"),
    pytest.param(with_("", without="approver"), '"approver" is a required', id="nobody approved"),
    pytest.param(with_("reason: ' '", without="reason"), "/reason", id="a blank reason"),
    pytest.param(with_("vulnerabilty: CVE-1"), "did you mean 'vulnerability'?", id="misspelt"),
    pytest.param(with_("image: {}"), "/waivers/0/image", id="an image that says nothing"),
    pytest.param(with_("image: {tag: v1}"), "/waivers/0/image", id="an image by tag"),
    pytest.param(with_("image: {digest: 'sha256:12'}"), "/image/digest", id="half a digest"),
    pytest.param(with_("package: [a, b]"), "/waivers/0/package", id="two packages"),
    pytest.param(
        with_("expires: 2026-13-45", without="expires"), "w.yaml:3 expires: is no time", id="no day"
    ),
    pytest.param(
        with_("expires: 2026-06-30T12:00:00", without="expires"), "is no time", id="no offset"
    ),
    pytest.param(
        with_("expires: never", without="expires"), "/waivers/0/expires", id="never, in words"
    ),
    pytest.param(
        with_("expires: 2026-01-09", without="expires"), "ends before it begins", id="backwards"
    ),
    pytest.param(HEAD + ENTRY + ENTRY, "w.yaml:9: two waivers of one thing", id="twice"),
    pytest.param(with_("owner: other"), "has the key 'owner' twice", id="a key twice"),
    pytest.param(
        "version: 1\nwaivers: &a\n  - *a\n", "has an anchor", id="a file that bites its tail"
    ),
    pytest.param(HEAD + "  - !!python/object:os.system {}\n", "has the tag", id="a tag"),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_what_is_no_waiver_file_is_refused(text: str, said: str) -> None:
    with pytest.raises(WaiverError) as caught:
        read_waivers(text.encode(), where="w.yaml")
    assert said in str(caught.value)
    assert caught.value.exit_code == 2

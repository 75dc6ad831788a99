"""Waiver files: what is read, and what is refused with its line."""

from __future__ import annotations

import hashlib

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


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("expires: 2026-06-30", "2026-07-01T00:00:00Z"),
        ("expires: '2026-06-30'", "2026-07-01T00:00:00Z"),
        ("expires: 2026-12-31", "2027-01-01T00:00:00Z"),
        ("expires: 2028-02-29", "2028-03-01T00:00:00Z"),
        ("expires: 2026-06-30T23:59:59-12:00", "2026-07-01T11:59:59Z"),
        ("expires: 2026-07-01T13:59:59+14:00", "2026-06-30T23:59:59Z"),
        ("expires: 2026-06-30t10:00:00z", "2026-06-30T10:00:00Z"),
        ("expires: 2026-06-30T23:59:60Z", "2026-07-01T00:00:00Z"),
        ("expires: 2026-06-30T10:00:00.9999999999Z", "2026-06-30T10:00:00.999999999Z"),
    ],
)
def test_an_end_is_one_instant_wherever_it_is_read(line: str, at: str) -> None:
    (waiver,) = read_waivers(with_(line, without="expires").encode(), where="w.yaml")
    assert waiver.expires == Instant.parse(at)


def test_a_waiver_is_of_the_bytes_that_were_read() -> None:
    text = (HEAD + ENTRY).encode()
    (waiver,) = read_waivers(text, where="w.yaml")
    assert waiver.file_sha256 == hashlib.sha256(text).hexdigest()
    assert (waiver.signer, waiver.keyid, waiver.signed_at) == (None, None, None)
    assert waiver.origin == "w.yaml:3"


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
    pytest.param(
        with_("expires: !!str 2026-06-30", without="expires"), "has the tag", id="a tag of text"
    ),
    pytest.param(with_("<<: {package: a}"), "is no valid waiver file", id="a merge"),
    pytest.param(HEAD + ENTRY + "waivers: []\n", "has the key 'waivers' twice", id="two lists"),
    pytest.param(HEAD + ENTRY + "---\nwaivers: []\n", "second document", id="two documents"),
    pytest.param(with_("p\u0430ckage: openssl"), "is no valid", id="a field that looks the same"),
    pytest.param(with_("Package: openssl"), "is no valid", id="a field in other letters"),
    pytest.param(with_("package: null"), "/package", id="a package of nothing"),
    pytest.param(with_("package: ''"), "/package", id="an empty package"),
    pytest.param(with_("package: true"), "/package", id="a package that is true"),
    pytest.param(with_("image: registry.example/app"), "/image", id="an image as text"),
    pytest.param(with_("image: {repository: ''}"), "/image/repository", id="no repository"),
    pytest.param(
        with_("image: {digest: 'sha256:" + "1" * 64 + "\\n'}"), "/image", id="a line end behind"
    ),
    pytest.param(with_("expires: 2026-06-31", without="expires"), "is no time", id="no such day"),
    pytest.param(with_("expires: 2027-02-29", without="expires"), "is no time", id="no leap year"),
    pytest.param(
        with_("expires: 99999-01-01", without="expires"), "/expires", id="a year of five digits"
    ),
    pytest.param(
        with_("expires: 2026-06-30 CET", without="expires"), "is no time", id="a zone by name"
    ),
    pytest.param(
        with_("expires: \u0662\u0660\u0662\u0666-06-30", without="expires"),
        "/expires",
        id="digits of another script",
    ),
    pytest.param(
        with_("expires: 2026-01-10T00:00:00Z", without="expires"),
        "ends before it begins",
        id="no time at all",
    ),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_what_is_no_waiver_file_is_refused(text: str, said: str) -> None:
    with pytest.raises(WaiverError) as caught:
        read_waivers(text.encode(), where="w.yaml")
    assert said in str(caught.value)
    assert caught.value.exit_code == 2

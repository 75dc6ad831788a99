"""No change of a signed waiver file, and no bytes for a signature, get past its trust."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from policyengine.errors import WaiverError, WaiverNotAuthentic
from policyengine.model.instant import Instant
from policyengine.rego.json_web_signatures import JwtKey, encoded_part
from policyengine.signed_files import Signature, SigningTerms, Trusted, TrustedKey
from policyengine.waivers import read_waivers
from policyengine.waivers.trust import (
    WaiverFilePlace,
    WaiverTrust,
    WaiverTrustEntry,
    signed_waivers,
)

KEY = ed25519.Ed25519PrivateKey.generate()
OTHER = ed25519.Ed25519PrivateKey.generate()
NOW = Instant.parse("2026-01-31T12:00:00Z")
DATA = b"""\
version: 1
waivers:
  - {rule: a.b, reason: r, owner: o, approver: p, created: 2026-01-01, expires: 2026-02-01}
"""
PLACE = WaiverFilePlace(path="w.yaml", named="w.yaml", real="w.yaml")
TRUST = WaiverTrust(
    entries=(
        WaiverTrustEntry(
            pattern="*",
            trusted=Trusted(
                keys=(TrustedKey(key=JwtKey(algorithm="", key_id="", material=KEY.public_key())),),
                scope="s",
            ),
        ),
    )
)
SIGNED = signed_waivers(DATA, KEY, SigningTerms(scope="s", issued_at=NOW), path="w.yaml")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["alg", "kid", "crit", "files", "name", "hash", "algorithm", "scope"])
            | st.sampled_from(["keyid", "iat", "exp", "nbf", "signatures", "plugin"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


def held(data: bytes, signatures: bytes | None) -> Signature | None:
    return TRUST.hold(data, signatures, place=PLACE, at=[NOW])


def test_what_was_signed_is_held() -> None:
    signature = held(DATA, SIGNED)
    assert signature is not None
    assert signature.issued_at == NOW


@pytest.mark.parametrize("bit", [0x01, 0x20, 0x80])
def test_one_bit_of_the_file_is_too_much(bit: int) -> None:
    for index in range(len(DATA)):
        changed = bytearray(DATA)
        changed[index] ^= bit
        with pytest.raises(WaiverNotAuthentic):
            held(bytes(changed), SIGNED)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_are_a_signature(signatures: bytes) -> None:
    with pytest.raises(WaiverNotAuthentic):
        held(DATA, signatures)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(_JSON, _JSON, st.binary(max_size=80))
def test_no_token_without_the_key_is_a_signature(
    header: object, payload: object, made: bytes
) -> None:
    parts = [json.dumps(part).encode() for part in (header, payload)]
    token = ".".join(encoded_part(part) for part in (*parts, made))
    with pytest.raises(WaiverNotAuthentic):
        held(DATA, json.dumps({"signatures": [token]}).encode())


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_a_signature_that_was_changed_is_none_or_the_same_one(index: int, change: int) -> None:
    changed = bytearray(SIGNED)
    changed[index] ^= change
    try:
        signature = held(DATA, bytes(changed))
    except WaiverNotAuthentic:
        return
    # White space, and the last bits of base64, say nothing.
    assert signature == held(DATA, SIGNED)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.binary(min_size=1, max_size=60))
def test_another_key_signs_nothing_for_this_one(data: bytes) -> None:
    terms = SigningTerms(scope="s", issued_at=NOW)
    with pytest.raises(WaiverNotAuthentic):
        held(data, signed_waivers(data, OTHER, terms, path="w.yaml"))
    own = signed_waivers(data, KEY, terms, path="w.yaml")
    assert held(data, own) is not None
    with pytest.raises(WaiverNotAuthentic):
        held(data, signed_waivers(data, KEY, replace(terms, scope=""), path="w.yaml"))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | _JSON.map(lambda value: json.dumps({"version": 1, "waivers": value}).encode())
    | st.lists(st.sampled_from(DATA.decode().split(" ")), max_size=20).map(
        lambda words: " ".join(words).encode()
    )
)
def test_any_bytes_are_waivers_or_a_waiver_error(data: bytes) -> None:
    try:
        waivers = read_waivers(data, where="w.yaml")
    except WaiverError:
        return
    assert all(waiver.expires > waiver.created for waiver in waivers)

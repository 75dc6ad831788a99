"""Envelopes of Notary Project signatures that are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from policyengine.collect.trust.notation.cbor import decode_cbor
from policyengine.collect.trust.notation.envelope import envelope_of
from policyengine.errors import EvidenceError
from tests.notation_files import (
    PREFIX,
    Signing,
    url64,
)


def _header(name_: str, value: Any) -> Callable[[dict[Any, Any]], None]:
    def change(headers: dict[Any, Any]) -> None:
        headers[name_] = value

    return change


def _critical(*names: str) -> Callable[[dict[Any, Any]], None]:
    return _header("crit", list(names))


SCHEME, EXPIRY = f"{PREFIX}signingScheme", f"{PREFIX}expiry"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        pytest.param(_header("alg", "none"), "an algorithm that signs", id="alg-none"),
        pytest.param(_header("alg", "HS256"), "an algorithm that signs", id="alg-HS256"),
        pytest.param(_header("alg", "RS256"), "an algorithm that signs", id="alg-RS256"),
        pytest.param(_header("alg", 1), "/alg", id="alg-number"),
        pytest.param(_header("cty", "text/plain"), "payload.v1", id="other-content"),
        pytest.param(_critical(), "crit", id="nothing-critical"),
        pytest.param(_critical(SCHEME), EXPIRY, id="expiry-not-critical"),
        pytest.param(_critical(SCHEME, EXPIRY, "x"), "protected headers", id="critical-absent"),
        pytest.param(_critical(SCHEME, EXPIRY, "alg"), "that are known", id="critical-unknown"),
        pytest.param(_critical(SCHEME, SCHEME, EXPIRY), "twice", id="critical-twice"),
        pytest.param(_header(SCHEME, "notary.x510"), SCHEME, id="other-scheme"),
        pytest.param(_header(EXPIRY, "soon"), "RFC 3339", id="expiry-no-time"),
        pytest.param(_header(EXPIRY, 5), "RFC 3339", id="expiry-number"),
        pytest.param(
            _header(f"{PREFIX}authenticSigningTime", "2026-01-01T00:00:00Z"),
            "authenticSigningTime",
            id="time-of-other-scheme",
        ),
    ],
)
def test_protected_headers_that_are_not_understood_are_refused(
    change: Callable[[dict[Any, Any]], None], text: str
) -> None:
    data = json.dumps(Signing(change_headers=change).jws()).encode()
    with pytest.raises(EvidenceError) as caught:
        envelope_of(data, "sig")
    assert text in str(caught.value)


def _extra_field(envelope: dict[str, Any]) -> None:
    envelope["signatures"] = []


def _padding(envelope: dict[str, Any]) -> None:
    envelope["payload"] += "=="


def _loose_bits(envelope: dict[str, Any]) -> None:
    envelope["signature"] = envelope["signature"][:-1] + "_"


def _no_chain(envelope: dict[str, Any]) -> None:
    envelope["header"]["x5c"] = []


def _long_chain(envelope: dict[str, Any]) -> None:
    envelope["header"]["x5c"] *= 20


def _repeated_key(envelope: dict[str, Any]) -> None:
    envelope["protected"] = url64(b'{"alg": "ES256", "alg": "none"}')


@pytest.mark.parametrize(
    "change", [_extra_field, _padding, _loose_bits, _no_chain, _long_chain, _repeated_key]
)
def test_a_jws_envelope_of_another_form_is_refused(
    change: Callable[[dict[str, Any]], None],
) -> None:
    envelope = Signing().jws()
    change(envelope)
    with pytest.raises(EvidenceError):
        envelope_of(json.dumps(envelope).encode(), "sig")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"", "ends at byte 0", id="empty"),
        pytest.param(b"\x83\x01\x02", "ends at byte 3", id="cut"),
        pytest.param(b"\x01\x01", "1 bytes after the end", id="more"),
        pytest.param(b"\xa2\x01\x01\x01\x02", "the key 1 twice", id="key-twice"),
        pytest.param(b"\x9f\xff", "not given", id="indefinite-array"),
        pytest.param(b"\x5f\xff", "not given", id="indefinite-bytes"),
        pytest.param(b"\xf9\x00\x00", "does not occur", id="float"),
        pytest.param(b"\xf7", "does not occur", id="undefined"),
        pytest.param(b"\x81" * 40 + b"\x01", "nesting deeper", id="deep"),
        pytest.param(b"\x9b" + b"\xff" * 8, "more than 1024", id="many-items"),
        pytest.param(b"\x5b" + b"\x7f" * 8, "ends at byte", id="many-bytes"),
        pytest.param(b"\x61\xff", "utf-8", id="no-utf-8"),
        pytest.param(b"\xa1\x80\x01", "a key that is no", id="key-array"),
        pytest.param(b"\xa1\xf5\x01", "a key that is no", id="key-boolean"),
    ],
)
def test_cbor_that_could_be_read_in_two_ways_is_refused(data: bytes, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        decode_cbor(data)


def test_an_unprotected_header_does_not_repeat_a_protected_one() -> None:
    from tests.notation_files import cbor

    protected = cbor({1: -7, 2: [SCHEME], 3: "x"})
    data = b"\xd2" + cbor([protected, {1: -7, 33: [b"x"]}, b"{}", b"s"])
    with pytest.raises(EvidenceError, match="both protected and not"):
        envelope_of(data, "sig")

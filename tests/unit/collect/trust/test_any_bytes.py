"""Whatever bytes somebody sends: trust data is read, or refused with a reason."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policyengine.collect.trust.notary.metadata import (
    parse_root,
    parse_snapshot,
    parse_targets,
    parse_timestamp,
)
from policyengine.collect.trust.notation.cbor import decode_cbor
from policyengine.collect.trust.notation.certificates import BadChain, read_chain
from policyengine.collect.trust.notation.envelope import envelope_of, parse_cose
from policyengine.collect.trust.notation.timestamp import BadTimestamp, verify_timestamp
from policyengine.collect.trust.simple_signing.payload import ATOMIC, parse_payload
from policyengine.collect.trust.simple_signing.verify import SIGSTORE_MARK, read_simple_signature
from policyengine.errors import EvidenceError
from tests.notary_files import Repository, digest_of
from tests.notation_files import Signing

FILES = Repository(tags={"targets": {"1.4": digest_of("a")}}).files()
JWS, COSE = json.dumps(Signing().jws()).encode(), Signing().cose()
CHAIN = Signing().chain()
READERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "root": (lambda data: parse_root(data, "x"), FILES["root"]),
    "timestamp": (lambda data: parse_timestamp(data, "x"), FILES["timestamp"]),
    "snapshot": (lambda data: parse_snapshot(data, "x"), FILES["snapshot"]),
    "targets": (lambda data: parse_targets(data, "targets", "x"), FILES["targets"]),
    "jws": (lambda data: envelope_of(data, "x"), JWS),
    "cose": (lambda data: parse_cose(data, "x"), COSE),
    "payload": (lambda data: parse_payload(data, ATOMIC, "x"), b'{"critical": {}}'),
    "simple": (lambda data: read_simple_signature(data, "x"), SIGSTORE_MARK + b"{}"),
}


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@settings(max_examples=60)
def test_bytes_are_read_or_refused_in_one_line(name: str, data: st.DataObject) -> None:
    read, good = READERS[name]
    kind = data.draw(st.sampled_from(["any", "cut", "changed"]))
    if kind == "any":
        content = data.draw(st.binary(max_size=200))
    else:
        at = data.draw(st.integers(0, len(good) - 1))
        insert = b"" if kind == "cut" else data.draw(st.binary(max_size=4))
        content = good[:at] + insert + (b"" if kind == "cut" else good[at + 1 :])
    assert "\n" not in _refusal(read, content)


def _refusal(read: Callable[[bytes], Any], content: bytes) -> str:
    try:
        read(content)
    except EvidenceError as problem:
        return str(problem)
    return ""


@given(st.binary(max_size=200))
def test_any_cbor_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        decode_cbor(data)


@given(data=st.data())
@settings(max_examples=80)
def test_any_change_to_a_certificate_is_refused_or_the_same(data: st.DataObject) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    chain = [item.public_bytes(Encoding.DER) for item in CHAIN]
    assert len(read_chain(chain)) == 3
    which = data.draw(st.integers(0, 2))
    at = data.draw(st.integers(0, len(chain[which]) - 1))
    bit = data.draw(st.integers(0, 7))
    changed = bytearray(chain[which])
    changed[at] ^= 1 << bit
    chain[which] = bytes(changed)
    with pytest.raises(BadChain) as caught:
        read_chain(chain)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=300))
@settings(max_examples=100)
def test_any_timestamp_token_is_refused(token: bytes) -> None:
    with pytest.raises(BadTimestamp):
        verify_timestamp(token, b"message", CHAIN[-1:])

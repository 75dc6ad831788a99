"""Envelopes: what is signed, who signed, and everything that only looks signed."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from policyengine.collect.trust.keys import base64_bytes, key_signed, read_key
from policyengine.collect.trust.verify import verify_material
from policyengine.errors import EvidenceError, UsageError
from policyengine.model.dsse import pae
from policyengine.model.trust import Attestation
from policyengine.model.trust_material import SignedStatement
from policyengine.model.trust_policy import TrustedSigner, TrustPolicy
from tests.evidence_values import DIGEST, source
from tests.unit.collect.offered import read_bytes, read_json
from tests.unit.collect.trust.signing import PrivateKey, pem_of

P256 = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
TYPE = "application/vnd.in-toto+json"
STATEMENT: dict[str, Any] = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "app", "digest": {"sha256": DIGEST.removeprefix("sha256:")}}],
    "predicateType": "https://slsa.dev/provenance/v1",
    "predicate": {
        "buildDefinition": {"buildType": "https://example.com/b"},
        "runDetails": {"builder": {"id": "https://example.com/builder"}},
    },
}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def signed_by(key: ec.EllipticCurvePrivateKey, message: bytes) -> str:
    return b64(key.sign(message, ec.ECDSA(SHA256())))


def envelope(
    *keys: ec.EllipticCurvePrivateKey, statement: Any = None, **changes: Any
) -> dict[str, Any]:
    payload = json.dumps(STATEMENT if statement is None else statement).encode()
    return {
        "payloadType": TYPE,
        "payload": b64(payload),
        "signatures": [
            {"keyid": str(index), "sig": signed_by(key, pae(TYPE, payload))}
            for index, key in enumerate(keys or (P256,))
        ],
        **changes,
    }


def policy(**signers: PrivateKey) -> TrustPolicy:
    return TrustPolicy(
        source=source("trust-policy.json", "trust-policy"),
        signers=tuple(
            TrustedSigner(
                name=name,
                keys=(read_key(pem_of(key).encode(), where=name, error=UsageError),),
                build_level=3 if name == "builder" else None,
            )
            for name, key in signers.items()
        ),
        requirements=(),
    )


def attestations(document: Any, under: TrustPolicy | None) -> tuple[Attestation, ...]:
    found = verify_material(read_json(document).material, under)
    (record,) = found.trusts
    return record.attestations


def test_the_encoding_is_that_of_the_protocol() -> None:
    # The example of protocol.md.
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pae("é", b"") == "DSSEv1 2 é 0 ".encode()


def test_each_signer_of_an_envelope_stands_for_its_statement() -> None:
    both = policy(release=P256, builder=OTHER)
    found = attestations(envelope(P256, OTHER), both)
    assert [(item.signer, item.problem) for item in found] == [
        ("release", None),
        ("builder", None),
    ]
    levels = [item.build.level for item in found if item.build is not None]
    assert levels == [1, 3]


def test_one_signer_who_signed_twice_is_one() -> None:
    (only,) = attestations(envelope(P256, P256), policy(release=P256, other=OTHER))
    assert only.signer == "release"


def changed(**fields: Any) -> dict[str, Any]:
    return envelope(payload=b64(json.dumps({**STATEMENT, **fields}).encode()))


UNVERIFIED = [
    pytest.param(envelope(OTHER), "not by a key", id="another key"),
    pytest.param(changed(predicate={}), "was changed", id="another predicate"),
    pytest.param(
        changed(subject=[{"name": "app", "digest": {"sha256": "0" * 64}}]),
        "was changed",
        id="another subject",
    ),
    pytest.param(
        envelope(
            signatures=[{"keyid": "0", "sig": signed_by(P256, json.dumps(STATEMENT).encode())}]
        ),
        "was changed",
        id="the payload signed without its type",
    ),
    pytest.param(
        envelope(
            signatures=[{"sig": signed_by(P256, pae("text/plain", json.dumps(STATEMENT).encode()))}]
        ),
        "was changed",
        id="signed as another type",
    ),
    pytest.param(
        envelope(signatures=[{"sig": b64(b"\x30\x06\x02\x01\x00\x02\x01\x00")}]),
        "not by a key",
        id="zeros for a signature",
    ),
    pytest.param(envelope(signatures=[{"sig": b64(b"x")}]), "not by a key", id="no signature"),
]


@pytest.mark.parametrize(("document", "problem"), UNVERIFIED)
def test_what_only_looks_signed_is_not_verified(document: Any, problem: str) -> None:
    (found,) = attestations(document, policy(release=P256))
    assert found.signer is None
    assert problem in (found.problem or "")


def test_nothing_is_verified_without_a_policy_or_by_one_without_keys() -> None:
    (found,) = attestations(envelope(), None)
    assert "no trust policy" in (found.problem or "")
    nobody = TrustPolicy(
        source=source(), signers=(TrustedSigner(name="a", keyids=("0" * 64,)),), requirements=()
    )
    (found,) = attestations(envelope(), nobody)
    assert "has no keys" in (found.problem or "")


def test_a_statement_by_itself_is_not_signed() -> None:
    (found,) = attestations(STATEMENT, policy(release=P256))
    assert (found.problem, found.envelope) == ("is not signed", "unsigned")


def statement(**fields: Any) -> dict[str, Any]:
    return {**STATEMENT, **fields}


REFUSED = [
    pytest.param(envelope(signatures=[]), "0 signatures", id="no signatures"),
    pytest.param(envelope(signatures=[{"sig": "AAAA"}] * 65), "65 signatures", id="too many"),
    pytest.param(envelope(signatures=[{}]), "/signatures/0/sig", id="a signature without one"),
    pytest.param(
        envelope(signatures=[{"keyid": "a", "sig": "AAAA"}] * 2), "'a' again", id="a keyid twice"
    ),
    pytest.param(envelope(signatures=[{"sig": ""}]), "expected base64", id="an empty signature"),
    pytest.param(envelope(payload=""), "expected base64", id="an empty payload"),
    pytest.param(envelope(payload="e30"), "with its padding", id="no padding"),
    pytest.param(envelope(payload="e31="), "with its padding", id="stray bits"),
    pytest.param(envelope(payload="e3 0="), "with its padding", id="a blank in it"),
    pytest.param(envelope(payload="e30=\n"), "with its padding", id="a newline after it"),
    pytest.param(envelope(payload="e30=="), "with its padding", id="too much padding"),
    pytest.param(envelope(payload="-_+/"), "with its padding", id="two alphabets"),
    pytest.param(envelope(payload=b64(b"{")), "the payload of the envelope", id="a cut payload"),
    pytest.param(
        envelope(payload=b64(b'{"a":1,"a":2}')), "has the key 'a' twice", id="a key twice"
    ),
    pytest.param(envelope(payloadType="text/plain"), "found text/plain", id="another type"),
    pytest.param(envelope(payloadType=TYPE.upper()), "found APPLICATION", id="a type in capitals"),
    pytest.param(envelope(payload=7), "/payload", id="a number for a payload"),
    pytest.param(
        envelope(statement=statement(_type="https://in-toto.io/Statement/v2")),
        "version that is not read",
        id="another version",
    ),
    pytest.param(envelope(statement=statement(subject=[])), "0 subjects", id="no subject"),
    pytest.param(
        envelope(statement=statement(subject=[{"name": "a"}])), "no digest", id="no digest"
    ),
    pytest.param(
        envelope(statement=statement(subject={"digest": {}})), "expected an array", id="no array"
    ),
    pytest.param(
        envelope(statement=statement(subject=[{"digest": {"sha256": 1}}])),
        "/subject/0/digest/sha256",
        id="a number for a digest",
    ),
    pytest.param(envelope(statement=statement(predicateType="")), "a URI", id="no predicate type"),
    pytest.param(envelope(statement=statement(predicate=[])), "/predicate", id="a list predicate"),
]


@pytest.mark.parametrize(("document", "problem"), REFUSED)
def test_an_envelope_that_could_be_read_two_ways_is_refused(document: Any, problem: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        read_json(document)
    assert problem in str(caught.value)


def test_the_url_safe_alphabet_is_read_as_the_standard_one() -> None:
    plain = envelope(statement=statement(predicate={"n": "ÿþýüûúùøÿ?>?>~~~"}))
    url_safe = {**plain, "payload": plain["payload"].replace("+", "-").replace("/", "_")}
    assert url_safe["payload"] != plain["payload"]
    (found,) = attestations(url_safe, policy(release=P256))
    assert found.problem is None


RSA = rsa.generate_private_key(65537, 2048)
P384, P521 = (ec.generate_private_key(curve()) for curve in (ec.SECP384R1, ec.SECP521R1))
ED25519 = ed25519.Ed25519PrivateKey.generate()
PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)


@pytest.mark.parametrize(
    ("key", "signature", "holds"),
    [
        pytest.param(P256, P256.sign(b"m", ec.ECDSA(SHA256())), True, id="P-256"),
        pytest.param(P256, P256.sign(b"m", ec.ECDSA(SHA512())), False, id="P-256 with SHA-512"),
        pytest.param(P384, P384.sign(b"m", ec.ECDSA(SHA384())), True, id="P-384"),
        pytest.param(P384, P384.sign(b"m", ec.ECDSA(SHA256())), True, id="P-384 with SHA-256"),
        pytest.param(P521, P521.sign(b"m", ec.ECDSA(SHA512())), True, id="P-521"),
        pytest.param(RSA, RSA.sign(b"m", padding.PKCS1v15(), SHA256()), True, id="RSA PKCS1"),
        pytest.param(RSA, RSA.sign(b"m", PSS, SHA256()), True, id="RSA PSS"),
        pytest.param(RSA, RSA.sign(b"n", PSS, SHA256()), False, id="RSA of another message"),
        pytest.param(ED25519, ED25519.sign(b"m"), True, id="Ed25519"),
        pytest.param(ED25519, ED25519.sign(b"n"), False, id="Ed25519 of another message"),
        pytest.param(ED25519, P256.sign(b"m", ec.ECDSA(SHA256())), False, id="of another kind"),
        pytest.param(RSA, b"", False, id="nothing"),
        pytest.param(P256, P256.sign(b"m", ec.ECDSA(SHA256())) + b"\0", False, id="a byte more"),
    ],
)
def test_a_signature_holds_by_what_its_key_means(
    key: PrivateKey, signature: bytes, holds: bool
) -> None:
    public = read_key(pem_of(key).encode(), where="-", error=UsageError)
    assert key_signed(public, signature, b"m") is holds


@pytest.mark.parametrize("text", ["YQ", "YR==", "Y Q==", "YQ==\n", "Y-Q_", "é", "YQ===", "="])
def test_base64_that_decoders_read_differently_is_none(text: str) -> None:
    assert base64_bytes(text) is None
    assert base64_bytes("YQ==") == b"a"


def test_several_envelopes_are_read_as_json_lines() -> None:
    other = statement(predicateType="https://example.com/other")
    lines = [json.dumps(envelope()), "", json.dumps(envelope(statement=other))]
    found = read_bytes("\r\n".join(lines).encode())
    assert [item.source.location for item in found.material] == ["-: line 1", "-: line 2"]
    assert len({item.source.sha256 for item in found.material}) == 2


@pytest.mark.parametrize("tail", [b'{"payload"', b"{", b"{}", b"null", b"x"])
def test_json_lines_that_end_in_something_else_are_an_error(tail: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_bytes(json.dumps(envelope()).encode() + b"\n" + tail)


def test_any_changed_byte_of_an_envelope_is_noticed() -> None:
    original = json.dumps(envelope()).encode()
    (read,) = read_bytes(original).material
    assert isinstance(read, SignedStatement)
    for place in range(len(original)):
        changed = bytearray(original)
        changed[place] ^= 1 + place % 127
        try:
            (item,) = read_bytes(bytes(changed)).material
        except (EvidenceError, ValueError):
            continue
        (record,) = verify_material([item], policy(release=P256)).trusts
        # What still verifies says just what was signed: only a hint was changed.
        if record.attestations[0].problem is None:
            assert isinstance(item, SignedStatement)
            assert item.statement == read.statement
            assert item.envelope.payload == read.envelope.payload

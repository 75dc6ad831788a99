"""Signing by a key: what is taken, and that the project's own verifier believes it."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from policyengine.attest.sign import read_signing_key, sign
from policyengine.attest.statement import statement_of
from policyengine.collect.trust.dsse import read_envelope
from policyengine.collect.trust.keys import key_signed, read_key
from policyengine.errors import UsageError
from policyengine.model.dsse import pae
from policyengine.model.json_fields import FieldReader
from tests.unit.report.verdicts import ALLOWED

STATEMENT = statement_of(ALLOWED, kind="vsa", where="r")
P256 = ec.generate_private_key(ec.SECP256R1())


def pem(key: PrivateKeyTypes, password: bytes | None = None) -> bytes:
    hidden = NoEncryption() if password is None else BestAvailableEncryption(password)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(P256, id="P-256"),
        pytest.param(ec.generate_private_key(ec.SECP384R1()), id="P-384"),
        pytest.param(ec.generate_private_key(ec.SECP521R1()), id="P-521"),
        pytest.param(ed25519.Ed25519PrivateKey.generate(), id="Ed25519"),
        pytest.param(rsa.generate_private_key(65537, 2048), id="RSA"),
    ],
)
def test_what_is_signed_is_believed(key: PrivateKeyTypes) -> None:
    signed = sign(STATEMENT, read_signing_key(pem(key), password=None, where="k"))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    trusted = read_key(public, where="k", error=UsageError)
    for document in (json.loads(signed.envelope), json.loads(signed.bundle)["dsseEnvelope"]):
        envelope = read_envelope(FieldReader("e"), document, ())
        assert envelope.payload == STATEMENT.payload
        message = pae(envelope.payload_type, envelope.payload)
        (made,) = envelope.signatures
        assert key_signed(trusted, made.signature, message)
        assert not key_signed(trusted, made.signature, message + b" ")


def test_an_encrypted_key_opens_by_its_password() -> None:
    data = pem(P256, b"open sesame")
    assert read_signing_key(data, password=b"open sesame", where="k").spki == (
        read_signing_key(pem(P256), password=None, where="k").spki
    )


def test_a_password_for_another_key_does_no_harm() -> None:
    assert read_signing_key(pem(P256), password=b"of another", where="k").spki


@pytest.mark.parametrize(
    ("data", "password", "message"),
    [
        pytest.param(b"", None, "no private key", id="nothing"),
        pytest.param(b"hunter2", None, "no private key", id="something"),
        pytest.param(pem(P256)[:100], None, "no private key", id="half"),
        pytest.param(pem(P256, b"x"), None, "no password is given", id="encrypted"),
        pytest.param(pem(P256, b"x"), b"hunter2", "another password", id="wrong password"),
        pytest.param(
            P256.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            None,
            "no private key",
            id="public key",
        ),
        pytest.param(
            b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n",
            b"x",
            "cosign's own encryption",
            id="of cosign",
        ),
        pytest.param(pem(ec.generate_private_key(ec.SECP256K1())), None, "not taken", id="curve"),
        pytest.param(pem(ed448.Ed448PrivateKey.generate()), None, "not taken", id="Ed448"),
        pytest.param(pem(rsa.generate_private_key(65537, 1024)), None, "not taken", id="short RSA"),
        pytest.param(pem(dsa.generate_private_key(1024)), None, "not taken", id="DSA"),
    ],
)
def test_a_key_that_is_not_taken_is_told_without_its_text(
    data: bytes, password: bytes | None, message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        read_signing_key(data, password=password, where="k.pem")
    assert message in str(raised.value)
    assert "k.pem" in str(raised.value)
    assert "hunter2" not in str(raised.value)

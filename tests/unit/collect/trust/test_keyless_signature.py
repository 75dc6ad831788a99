"""Signatures by certificate in cosign's older form: one thing spoilt, and it is not verified."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID

from policyengine.collect.trust.verify import verify_material
from policyengine.errors import TrustPolicyError
from policyengine.model.instant import Instant
from policyengine.model.trust import Attestation, Signature
from policyengine.model.trust_material import CosignSignature, SignedStatement
from policyengine.model.trust_policy import CertificateIdentity, TrustedSigner, TrustPolicy
from tests.evidence_values import DIGEST, source
from tests.unit.collect.trust.sigstore_world import (
    ISSUER,
    SIGNED_AT,
    SUBJECT,
    Certified,
    SigstoreWorld,
    new_key,
    utf8_string,
)

WORLD = SigstoreWorld()
GOOD = WORLD.signature()
IDENTITY = CertificateIdentity(subject=SUBJECT, issuer=ISSUER)


def policy(*identities: CertificateIdentity, trusted_root: bytes | None = None) -> TrustPolicy:
    return TrustPolicy(
        source=source("trust-policy.json", "trust-policy"),
        signers=(TrustedSigner(name="release", identities=identities or (IDENTITY,)),),
        requirements=(),
        trusted_root=WORLD.trusted_root() if trusted_root is None else trusted_root,
    )


def found(item: CosignSignature, under: TrustPolicy | None = None) -> Signature:
    ((signature,),) = (
        record.signatures for record in verify_material([item], under or policy()).trusts
    )
    return signature


def test_a_signature_that_holds_names_its_signer_identity_and_time() -> None:
    signature = found(GOOD)
    assert (signature.problem, signature.signer) == (None, "release")
    assert (signature.identity, signature.issuer) == (SUBJECT, ISSUER)
    assert signature.signed_at == Instant(int(SIGNED_AT.timestamp()) * 1_000_000_000)
    assert signature.signed_digest == DIGEST


def entry(item: CosignSignature) -> Any:
    return json.loads(item.log_bundle or b"")


def with_entry(document: Any) -> CosignSignature:
    return replace(GOOD, log_bundle=json.dumps(document).encode())


def repromised(**fields: Any) -> CosignSignature:
    return with_entry(WORLD.promised({**entry(GOOD)["Payload"], **fields}))


def other_payload() -> CosignSignature:
    """The payload is of another image, and the log was given that."""
    return WORLD.logged_anew(replace(GOOD, payload=GOOD.payload.replace(b"222", b"333")))


def other_signature() -> CosignSignature:
    return WORLD.logged_anew(
        replace(GOOD, signature=new_key().sign(GOOD.payload, ec.ECDSA(SHA256())))
    )


SPOILT: list[Any] = [
    pytest.param(lambda: replace(GOOD, log_bundle=None), "the log entry is missing", id="no log"),
    pytest.param(
        lambda: replace(GOOD, payload=GOOD.payload + b" "), "about another payload", id="payload"
    ),
    pytest.param(
        lambda: replace(GOOD, signature=other_signature().signature),
        "about another signature",
        id="signature",
    ),
    pytest.param(
        lambda: replace(GOOD, certificate=WORLD.signature().certificate),
        "about another certificate",
        id="another certificate of the same key",
    ),
    pytest.param(other_payload, "not by the certificate's key", id="a logged payload not signed"),
    pytest.param(other_signature, "not by the certificate's key", id="a logged false signature"),
    pytest.param(
        lambda: with_entry({**entry(GOOD), "SignedEntryTimestamp": "AAAA"}),
        "by no log of the trusted root",
        id="no promise",
    ),
    pytest.param(
        lambda: with_entry(WORLD.promised(entry(GOOD)["Payload"], by=new_key())),
        "by no log of the trusted root",
        id="another log's promise",
    ),
    pytest.param(
        lambda: with_entry(
            {**entry(GOOD), "Payload": {**entry(GOOD)["Payload"], "integratedTime": 1}}
        ),
        "by no log of the trusted root",
        id="another time than promised",
    ),
    pytest.param(lambda: repromised(logID="zz"), "by no log of the trusted root", id="odd log id"),
    pytest.param(lambda: repromised(integratedTime=0), "integratedTime", id="time of nothing"),
    pytest.param(lambda: repromised(integratedTime=2**60), "integratedTime", id="a huge time"),
    pytest.param(lambda: repromised(integratedTime="1"), "integratedTime", id="a time as text"),
    pytest.param(lambda: repromised(body="e30"), "base64", id="a body without padding"),
    pytest.param(lambda: repromised(body="e30="), "/kind", id="an empty body"),
    pytest.param(lambda: replace(GOOD, log_bundle=b"{"), "cut off", id="half an entry"),
    pytest.param(
        lambda: WORLD.signature(at=SIGNED_AT + timedelta(minutes=10)),
        "was not valid when it signed",
        id="signed after the certificate expired",
    ),
    pytest.param(
        lambda: WORLD.signature(at=SIGNED_AT - timedelta(minutes=2)),
        "was not valid when it signed",
        id="signed before the certificate began",
    ),
    pytest.param(
        lambda: WORLD.signature(Certified(with_sct=False)),
        "no transparency log promised",
        id="no SCT",
    ),
    pytest.param(
        lambda: WORLD.signature(Certified(foreign_sct=True)),
        "no transparency log promised",
        id="an SCT by another log",
    ),
    pytest.param(
        lambda: WORLD.signature(Certified(usage=ExtendedKeyUsageOID.CLIENT_AUTH)),
        "not for signing code",
        id="a certificate for something else",
    ),
    pytest.param(
        lambda: WORLD.signature(Certified(subject="evil@example.com")),
        "evil@example.com by https://issuer.example.com, whom the trust policy does not name",
        id="another identity",
    ),
    pytest.param(
        lambda: WORLD.signature(Certified(subject=SUBJECT + ".evil.com")),
        "does not name",
        id="an identity that begins like ours",
    ),
    pytest.param(
        lambda: WORLD.signature(Certified(issuer_extension=utf8_string("https://evil.example"))),
        "does not name",
        id="another issuer",
    ),
    pytest.param(
        lambda: WORLD.signature(Certified(issuer_extension=ISSUER.encode())),
        "no UTF8String",
        id="an issuer that is no UTF8String",
    ),
    pytest.param(
        lambda: WORLD.signature(Certified(issuer_extension=utf8_string(ISSUER) + b"x")),
        "longer or shorter than it says",
        id="an issuer with more after it",
    ),
    pytest.param(
        lambda: WORLD.signature(Certified(issuer_extension=b"\x0c\x81" + utf8_string(ISSUER)[1:])),
        "an odd length",
        id="an issuer of a length written too long",
    ),
    pytest.param(
        lambda: replace(GOOD, certificate=(GOOD.certificate or b"") * 2),
        "2 certificates where one signed",
        id="two certificates",
    ),
    pytest.param(lambda: replace(GOOD, certificate=b"x"), "does not verify", id="no certificate"),
]


@pytest.mark.parametrize(("spoil", "problem"), SPOILT)
def test_one_thing_spoilt_and_it_is_not_verified(
    spoil: Callable[[], CosignSignature], problem: str
) -> None:
    signature = found(spoil())
    assert signature.signer is None
    assert problem in (signature.problem or "")


def test_another_authority_of_the_same_name_does_not_vouch() -> None:
    other = SigstoreWorld(WORLD.authority, WORLD.certificate_log, WORLD.log)
    assert found(other.signature()).problem is None
    stranger = SigstoreWorld(new_key(), WORLD.certificate_log, WORLD.log, WORLD.signer)
    signature = found(stranger.signature())
    assert "by no authority of the trusted root" in (signature.problem or "")


@pytest.mark.parametrize(
    ("identity", "holds"),
    [
        ({"subject_regexp": r".*@example\.com", "issuer": ISSUER}, True),
        ({"subject_regexp": r"release@example\.co", "issuer": ISSUER}, False),
        ({"subject_regexp": r"elease@example\.com", "issuer": ISSUER}, False),
        ({"subject": SUBJECT, "issuer_regexp": "https://.*"}, True),
        ({"subject": SUBJECT, "issuer_regexp": "issuer"}, False),
        ({"subject": SUBJECT.upper(), "issuer": ISSUER}, False),
        ({"subject": SUBJECT, "issuer": ISSUER + "/"}, False),
    ],
)
def test_identities_match_as_a_whole(identity: dict[str, str], holds: bool) -> None:
    signature = found(GOOD, policy(CertificateIdentity(**identity)))
    assert (signature.problem is None) is holds


def test_a_policy_of_keys_alone_knows_no_certificate() -> None:
    keys = TrustPolicy(
        source=source(),
        signers=(TrustedSigner(name="a", keyids=("0" * 64,)),),
        requirements=(),
        trusted_root=WORLD.trusted_root(),
    )
    assert "no certificate identities" in (found(GOOD, keys).problem or "")


def test_a_trusted_root_of_nothing_is_an_error() -> None:
    with pytest.raises(TrustPolicyError, match="trusted root cannot be used"):
        found(GOOD, policy(trusted_root=b'{"mediaType": "x"}'))


def attested(item: SignedStatement) -> Attestation:
    (record,) = verify_material([item], policy()).trusts
    (attestation,) = record.attestations
    return attestation


@pytest.mark.parametrize("kind", ["intoto", "dsse"])
def test_an_attestation_with_a_certificate_beside_it_holds(kind: str) -> None:
    held = attested(WORLD.envelope(kind))
    assert (held.problem, held.signer, held.identity) == (None, "release", SUBJECT)


ENVELOPE = WORLD.envelope()


def hashedrekord() -> SignedStatement:
    """The log has the payload alone, signed without its type."""
    entry = WORLD.log_entry(
        ENVELOPE.envelope.payload,
        ENVELOPE.envelope.signatures[0].signature,
        ENVELOPE.certificate or b"",
    )
    return replace(ENVELOPE, log_bundle=json.dumps(entry).encode())


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        pytest.param(replace(ENVELOPE, log_bundle=None), "log entry is missing", id="no log"),
        pytest.param(WORLD.envelope(payload=b"{}"), "another payload", id="payload"),
        pytest.param(WORLD.envelope("dsse", payload=b"{}"), "another payload", id="dsse payload"),
        pytest.param(WORLD.envelope(signature=b"x"), "another signature", id="signature"),
        pytest.param(hashedrekord(), "is a hashedrekord 0.0.1", id="an entry of a payload"),
        pytest.param(
            replace(ENVELOPE, certificate=GOOD.certificate), "another certificate", id="certificate"
        ),
        pytest.param(
            replace(ENVELOPE, envelope=replace(ENVELOPE.envelope, payload_type="application/json")),
            "not by the certificate's key",
            id="another type",
        ),
        pytest.param(
            replace(
                ENVELOPE,
                envelope=replace(ENVELOPE.envelope, signatures=ENVELOPE.envelope.signatures * 2),
            ),
            "one certificate, and 2 signatures",
            id="two signatures",
        ),
    ],
)
def test_an_attestation_of_which_one_thing_is_spoilt_does_not_hold(
    item: SignedStatement, problem: str
) -> None:
    lost = attested(item)
    assert lost.signer is None
    assert problem in (lost.problem or "")


def test_a_payload_is_not_taken_for_an_envelope_in_the_log() -> None:
    entry = json.loads(ENVELOPE.log_bundle or b"")
    assert "is a intoto 0.0.2" in (found(with_entry(entry)).problem or "")

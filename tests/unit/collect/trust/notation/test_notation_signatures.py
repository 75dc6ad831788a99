"""Notary Project signatures: a valid one holds, and each thing broken on it has its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from policyengine.collect.trust.notation.envelope import envelope_of
from policyengine.collect.trust.notation.verify import (
    verify_notation,
)
from policyengine.errors import EvidenceError
from tests.notation_files import (
    DIGEST,
    PREFIX,
    REPOSITORY,
    Holder,
    Signing,
    key_usage,
    name,
    url64,
    write_configuration,
)
from tests.unit.collect.trust.notation.verifying import NOW, finding, trust_in


@pytest.mark.parametrize("form", ["jws", "cose"])
@pytest.mark.parametrize(
    "key",
    [
        pytest.param(lambda: ec.generate_private_key(ec.SECP256R1()), id="ES256"),
        pytest.param(lambda: ec.generate_private_key(ec.SECP384R1()), id="ES384"),
        pytest.param(lambda: rsa.generate_private_key(65537, 2048), id="PS256"),
    ],
)
def test_a_valid_signature_holds(tmp_path: Path, form: str, key: Callable[[], Any]) -> None:
    signing = Signing(leaf=Holder(subject=name("signer"), key=key()))
    chain = signing.chain()
    data = signing.cose(chain) if form == "cose" else json.dumps(signing.jws(chain)).encode()
    found = finding(tmp_path, signing, chain=chain, envelope=data)
    assert found.problem is None
    assert found.statement == "acme-images"
    assert found.identity == "CN=signer,O=Notary,ST=WA,C=US"
    envelope = envelope_of(data, "sig")
    assert (envelope.digest, str(envelope.signing_time)) == (DIGEST, "2026-03-01T00:00:00Z")


def test_a_signature_under_a_signing_authority_holds(tmp_path: Path) -> None:
    signing = Signing(scheme="notary.x509.signingAuthority")
    assert finding(tmp_path, signing, kind="signingAuthority").problem is None


def _other_digest(envelope: dict[str, Any], signing: Signing) -> None:
    signing.digest = "sha256:" + "5" * 64
    envelope["payload"] = url64(signing.payload())


def _other_headers(envelope: dict[str, Any], signing: Signing) -> None:
    signing.expiry = "2099-12-01T00:00:00Z"
    envelope["protected"] = signing.jws()["protected"]


def _signature_of_other_key(envelope: dict[str, Any], signing: Signing) -> None:
    signing.leaf = Holder(subject=name("signer"))
    envelope["signature"] = signing.jws()["signature"]


def _no_signature(envelope: dict[str, Any], _: Signing) -> None:
    envelope["signature"] = ""


@pytest.mark.parametrize(
    "change", [_other_digest, _other_headers, _signature_of_other_key, _no_signature]
)
def test_an_altered_envelope_does_not_hold(
    tmp_path: Path, change: Callable[[dict[str, Any], Signing], None]
) -> None:
    signing = Signing()
    chain = signing.chain()
    envelope = signing.jws(chain)
    change(envelope, signing)
    found = finding(tmp_path, signing, chain=chain, envelope=json.dumps(envelope).encode())
    assert found.problem is not None
    assert "altered" in found.problem


def test_any_changed_byte_of_a_cose_envelope_is_noticed(tmp_path: Path) -> None:
    signing = Signing()
    chain = signing.chain()
    data = signing.cose(chain)
    write_configuration(tmp_path, chain[-1])
    trust = trust_in(tmp_path)
    for at in range(0, len(data), 3):
        changed = bytearray(data)
        changed[at] ^= 0x01
        try:
            envelope = envelope_of(bytes(changed), "sig")
        except EvidenceError:
            continue
        found = verify_notation(envelope, REPOSITORY, trust, now=NOW)
        assert found.problem is not None, (at, data[at - 8 : at + 8])


def _weak(signing: Signing) -> None:
    signing.leaf.key = rsa.generate_private_key(65537, 1024)


def _leaf_is_ca(signing: Signing) -> None:
    signing.leaf.is_ca = True
    signing.leaf.usage = key_usage(digital_signature=True)


def _leaf_usage(**flags: bool) -> Callable[[Signing], None]:
    def change(signing: Signing) -> None:
        signing.leaf.usage = key_usage(**flags)

    return change


def _leaf_purpose(*purposes: x509.ObjectIdentifier) -> Callable[[Signing], None]:
    def change(signing: Signing) -> None:
        signing.leaf.purposes = purposes

    return change


def _usage_not_critical(signing: Signing) -> None:
    signing.leaf.usage_critical = False


def _middle_no_ca(signing: Signing) -> None:
    signing.middle.is_ca = False
    signing.middle.usage = key_usage(key_cert_sign=True)


def _middle_usage(signing: Signing) -> None:
    signing.middle.usage = key_usage(digital_signature=True)


def _path_length(signing: Signing) -> None:
    signing.root.path_length = 0


def _order(signing: Signing) -> None:
    signing.change_certificates = lambda chain: chain.insert(1, chain.pop())


def _no_root(signing: Signing) -> None:
    signing.change_certificates = lambda chain: chain.__delitem__(2)


def _forged_middle(signing: Signing) -> None:
    """The root's name, and another key."""
    forger = Holder(subject=signing.root.subject, is_ca=True)
    signing.change_certificates = lambda chain: chain.__setitem__(
        1, signing.middle.certificate(forger)
    )


def _sha1(signing: Signing) -> None:
    signing.leaf.hash = hashes.SHA224()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        pytest.param(_weak, "too weak", id="rsa-1024"),
        pytest.param(_leaf_is_ca, "is a CA's certificate", id="signer-is-ca"),
        pytest.param(_leaf_usage(content_commitment=True), "digitalSignature", id="no-signing"),
        pytest.param(
            _leaf_usage(digital_signature=True, key_cert_sign=True), "not for signing", id="usage"
        ),
        pytest.param(_usage_not_critical, "no critical key usage", id="usage-not-critical"),
        pytest.param(
            _leaf_purpose(ExtendedKeyUsageOID.SERVER_AUTH), "code signing", id="server-certificate"
        ),
        pytest.param(
            _leaf_purpose(ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.TIME_STAMPING),
            "code signing",
            id="two-purposes",
        ),
        pytest.param(
            _leaf_purpose(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE), "code signing", id="any"
        ),
        pytest.param(_middle_no_ca, "is no CA's", id="issuer-is-no-ca"),
        pytest.param(_middle_usage, "keyCertSign", id="issuer-may-not-issue"),
        pytest.param(_path_length, "allows 0 CAs below it", id="path-length"),
        pytest.param(_order, "is not signed by", id="wrong-order"),
        pytest.param(_no_root, "not signed by itself", id="root-missing"),
        pytest.param(_forged_middle, "is not signed by", id="forged-issuer"),
        pytest.param(_sha1, "is not signed with SHA-256", id="weak-hash"),
    ],
)
def test_a_chain_that_does_not_fit_is_told(
    tmp_path: Path, change: Callable[[Signing], None], text: str
) -> None:
    signing = Signing()
    change(signing)
    root = signing.root.certificate(signing.root)
    chain = signing.chain()
    write_configuration(tmp_path, root)
    data = json.dumps(signing.jws(chain)).encode()
    found = verify_notation(envelope_of(data, "sig"), REPOSITORY, trust_in(tmp_path), now=NOW)
    assert found.problem is not None
    assert text in found.problem


def test_a_chain_that_nobody_trusts_does_not_hold(tmp_path: Path) -> None:
    stranger = Signing()
    found = finding(tmp_path, Signing(), envelope=json.dumps(stranger.jws()).encode())
    assert found.problem is not None
    assert "is in ca:acme" in found.problem


def test_a_store_of_the_other_scheme_does_not_vouch(tmp_path: Path) -> None:
    found = finding(tmp_path, Signing(), kind="signingAuthority")
    assert found.problem is not None
    assert "has no trust store for notary.x509" in found.problem


def test_one_algorithm_fits_each_key(tmp_path: Path) -> None:
    found = finding(tmp_path, Signing(algorithm="ES384"))
    assert found.problem is not None
    assert "where the signer's key is for ES256" in found.problem


def test_a_signature_for_a_plugin_is_not_verified_without_it(tmp_path: Path) -> None:
    def change(headers: dict[Any, Any]) -> None:
        headers["crit"].append(f"{PREFIX}verificationPlugin")
        headers[f"{PREFIX}verificationPlugin"] = "com.example.plugin"

    found = finding(tmp_path, Signing(change_headers=change))
    assert found.problem is not None
    assert "plugin 'com.example.plugin'" in found.problem


@pytest.mark.parametrize(
    ("identities", "holds"),
    [
        pytest.param(["*"], True, id="anybody"),
        pytest.param(["x509.subject: C=US, ST=WA, O=Notary"], True, id="part-of-the-subject"),
        pytest.param(["x509.subject: C=US,ST=WA,O=Notary,CN=signer"], True, id="whole"),
        pytest.param(["x509.subject: C=US, ST=WA, O=Other"], False, id="other-organisation"),
        pytest.param(["x509.subject: C=US, ST=WA, O=Notary, CN=root"], False, id="the-root's"),
        pytest.param(["x509.subject: C=US, ST=WA, O=Notary, L=Seattle"], False, id="more"),
    ],
)
def test_the_signer_must_be_a_trusted_identity(
    tmp_path: Path, identities: list[str], holds: bool
) -> None:
    found = finding(tmp_path, Signing(), trustedIdentities=identities)
    assert (found.problem is None) is holds

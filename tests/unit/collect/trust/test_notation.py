"""Notary Project signatures: a valid one holds, and each thing broken on it has its reason."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from policyengine.collect.trust.notation.cbor import decode_cbor
from policyengine.collect.trust.notation.envelope import NotationEnvelope, envelope_of
from policyengine.collect.trust.notation.trust_policy import read_notation_policy
from policyengine.collect.trust.notation.verify import (
    NotationFinding,
    NotationTrust,
    verify_notation,
)
from policyengine.errors import EvidenceError, TrustPolicyError
from policyengine.model.instant import Instant
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

NOW = Instant.parse("2026-06-01T00:00:00Z")


def finding(
    folder: Path,
    signing: Signing,
    *,
    chain: list[x509.Certificate] | None = None,
    envelope: bytes | None = None,
    now: Instant = NOW,
    repository: str = REPOSITORY,
    **configuration: Any,
) -> NotationFinding:
    """Verify the signature, with its root in the trust store."""
    made = chain or signing.chain()
    configuration.setdefault("tsa", ())
    write_configuration(folder, made[-1], **configuration)
    data = envelope or json.dumps(signing.jws(made)).encode()
    return verify_notation(envelope_of(data, "sig"), repository, trust_in(folder), now=now)


def trust_in(folder: Path) -> NotationTrust:
    return NotationTrust(policy=read_notation_policy(folder / "trustpolicy.json"), folder=folder)


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


# -- What is signed, and by whom -----------------------------------------------------------------


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


# -- Times and levels ----------------------------------------------------------------------------

STRICT, PERMISSIVE, AUDIT, SKIP = (
    {"level": level} for level in ("strict", "permissive", "audit", "skip")
)


def _leaf_expired(signing: Signing) -> None:
    signing.leaf.days = 90


def _root_not_yet_valid(signing: Signing) -> None:
    signing.root.begin = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)


def _signature_expired(signing: Signing) -> None:
    signing.expiry = "2026-05-31T00:00:00Z"


def _revocable(signing: Signing) -> None:
    signing.leaf.crl = "http://crl.example/list"


def _stranger(signing: Signing) -> None:
    signing.change_certificates = None


@pytest.mark.parametrize(
    ("change", "verification", "problem", "logged"),
    [
        pytest.param(_leaf_expired, STRICT, "is valid from", None, id="certificate-expired"),
        pytest.param(_root_not_yet_valid, STRICT, "is valid from", None, id="not-yet-valid"),
        pytest.param(_signature_expired, STRICT, "the signature expired at", None, id="expired"),
        pytest.param(_revocable, STRICT, "was revoked is not known", None, id="revocable"),
        pytest.param(_leaf_expired, PERMISSIVE, None, "authenticTimestamp", id="permissive-cert"),
        pytest.param(_signature_expired, PERMISSIVE, None, "expiry", id="permissive-expired"),
        pytest.param(_revocable, PERMISSIVE, None, "revocation", id="permissive-revocable"),
        pytest.param(_signature_expired, AUDIT, None, "expiry", id="audit-expired"),
        pytest.param(
            _signature_expired,
            {"level": "permissive", "override": {"expiry": "enforce"}},
            "the signature expired at",
            None,
            id="override-enforces",
        ),
        pytest.param(
            _revocable,
            {"level": "strict", "override": {"revocation": "skip"}},
            None,
            None,
            id="override-skips-revocation",
        ),
    ],
)
def test_levels_say_what_a_failure_means(
    tmp_path: Path,
    change: Callable[[Signing], None],
    verification: dict[str, Any],
    problem: str | None,
    logged: str | None,
) -> None:
    signing = Signing()
    change(signing)
    found = finding(tmp_path, signing, signatureVerification=verification)
    if problem is None:
        assert found.problem is None
    else:
        assert problem in str(found.problem)
    assert (logged is None and not found.logged) or str(logged) in found.logged[0]


def test_at_level_audit_a_stranger_is_still_not_verified(tmp_path: Path) -> None:
    found = finding(
        tmp_path,
        Signing(),
        envelope=json.dumps(Signing().jws()).encode(),
        signatureVerification=AUDIT,
    )
    assert found.problem is not None


def test_at_level_skip_nothing_is_verified(tmp_path: Path) -> None:
    found = finding(
        tmp_path, Signing(), signatureVerification=SKIP, trustStores=[], trustedIdentities=[]
    )
    assert found.problem is not None
    assert "skips verification" in found.problem


def test_the_authoritys_time_must_be_within_its_certificates(tmp_path: Path) -> None:
    late = Signing(scheme="notary.x509.signingAuthority", signed_at="2025-12-31T00:00:00Z")
    found = finding(tmp_path, late, kind="signingAuthority")
    assert "when it was signed" in str(found.problem)
    # Its own time counts, not that of verification.
    old = Signing(scheme="notary.x509.signingAuthority", leaf=Holder(subject=name("s"), days=90))
    assert finding(tmp_path, old, kind="signingAuthority").problem is None


def test_with_a_timestamp_authority_a_signature_without_timestamp_fails(tmp_path: Path) -> None:
    signing = Signing()
    chain = signing.chain()
    found = finding(tmp_path, signing, chain=chain, tsa=[chain[-1]])
    assert found.problem == "the signature has no timestamp"
    after_expiry = {"level": "strict", "verifyTimestamp": "afterCertExpiry"}
    found = finding(
        tmp_path, signing, chain=chain, tsa=[chain[-1]], signatureVerification=after_expiry
    )
    assert found.problem is None


@pytest.mark.parametrize("token", [b"", b"0", b"\x30\x00", b"\x30\x82\xff\xff", bytes(2000)])
def test_what_is_no_timestamp_does_not_hold(tmp_path: Path, token: bytes) -> None:
    signing = Signing(timestamp=token)
    chain = signing.chain()
    found = finding(tmp_path, signing, chain=chain, tsa=[chain[-1]])
    assert "timestamp" in str(found.problem)


def test_a_scope_of_its_own_comes_before_the_wildcard(tmp_path: Path) -> None:
    signing = Signing()
    chain = signing.chain()
    write_configuration(tmp_path, chain[-1])
    path = tmp_path / "trustpolicy.json"
    document = json.loads(path.read_text())
    own = {
        "name": "own",
        "registryScopes": [REPOSITORY],
        "signatureVerification": {"level": "skip"},
    }
    document["trustPolicies"].append(own)
    path.write_text(json.dumps(document))
    envelope = envelope_of(json.dumps(signing.jws(chain)).encode(), "sig")
    trust = trust_in(tmp_path)
    assert verify_notation(envelope, REPOSITORY, trust, now=NOW).statement == "own"
    assert verify_notation(envelope, f"{REPOSITORY}2", trust, now=NOW).problem is None
    document["trustPolicies"].pop(0)
    path.write_text(json.dumps(document))
    found = verify_notation(envelope, f"{REPOSITORY}2", trust_in(tmp_path), now=NOW)
    assert "no statement" in str(found.problem)


# -- Envelopes that are refused ------------------------------------------------------------------


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


# -- trustpolicy.json and trust stores -----------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        pytest.param({"trustStore": []}, "an unknown field", id="misspelt"),
        pytest.param({"name": ""}, "an empty name", id="no-name"),
        pytest.param({"registryScopes": []}, "registryScopes", id="no-scope"),
        pytest.param({"registryScopes": ["*", "a.example/b"]}, "alone", id="wildcard-and-more"),
        pytest.param({"registryScopes": ["a.example/*"]}, "without tag", id="pattern"),
        pytest.param({"registryScopes": ["a.example/b:1"]}, "without tag", id="tag"),
        pytest.param({"signatureVerification": {"level": "lax"}}, "level", id="level"),
        pytest.param({"signatureVerification": {}}, "level", id="no-level"),
        pytest.param(
            {"signatureVerification": {"level": "strict", "override": {"integrity": "log"}}},
            "override/integrity",
            id="integrity-overridden",
        ),
        pytest.param(
            {"signatureVerification": {"level": "strict", "override": {"authenticity": "skip"}}},
            "skip for revocation alone",
            id="authenticity-skipped",
        ),
        pytest.param(
            {"signatureVerification": {"level": "skip", "override": {"expiry": "log"}}},
            "none at level skip",
            id="skip-overridden",
        ),
        pytest.param({"signatureVerification": {"level": "skip"}}, "level skip", id="skip-stores"),
        pytest.param({"trustStores": []}, "none that vouches", id="no-stores"),
        pytest.param({"trustStores": ["tsa:acme"]}, "none that vouches", id="only-tsa"),
        pytest.param({"trustStores": ["ca:../../etc"]}, "ca:NAME", id="store-outside"),
        pytest.param({"trustStores": ["ca:.."]}, "ca:NAME", id="store-above"),
        pytest.param({"trustStores": ["ca:acme", "ca:acme"]}, "twice", id="store-twice"),
        pytest.param({"trustedIdentities": []}, "trustedIdentities", id="no-identities"),
        pytest.param(
            {"trustedIdentities": ["*", "x509.subject: C=US,ST=WA,O=A"]}, "alone", id="anybody-and"
        ),
        pytest.param({"trustedIdentities": ["x509.subject: O=A"]}, "without C, ST", id="short"),
        pytest.param({"trustedIdentities": ["did:example"]}, "x509.subject", id="other-kind"),
        pytest.param(
            {"trustedIdentities": ["x509.subject: C=US,C=US,ST=WA,O=A"]}, "twice", id="attribute"
        ),
        pytest.param(
            {
                "trustedIdentities": [
                    "x509.subject: C=US,ST=WA,O=A",
                    "x509.subject: C=US,ST=WA,O=A,CN=b",
                ]
            },
            "covers",
            id="overlap",
        ),
    ],
)
def test_a_trust_policy_that_is_wrong_is_refused(
    tmp_path: Path, statement: dict[str, Any], text: str
) -> None:
    write_configuration(tmp_path, **statement)
    with pytest.raises(TrustPolicyError) as caught:
        read_notation_policy(tmp_path / "trustpolicy.json")
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        pytest.param(lambda store: (store / "0.pem").unlink(), "is empty", id="empty"),
        pytest.param(
            lambda store: (store / "0.pem").write_text("x"), "is no certificate", id="text"
        ),
        pytest.param(
            lambda store: (store / "1.pem").symlink_to(store / "0.pem"), "is not a file", id="link"
        ),
        pytest.param(lambda store: (store / "more").mkdir(), "is not a file", id="folder"),
    ],
)
def test_a_trust_store_with_anything_else_is_refused(
    tmp_path: Path, change: Callable[[Path], object], text: str
) -> None:
    signing = Signing()
    chain = signing.chain()
    write_configuration(tmp_path, chain[-1])
    change(tmp_path / "truststore" / "x509" / "ca" / "acme")
    envelope = envelope_of(json.dumps(signing.jws(chain)).encode(), "sig")
    with pytest.raises(TrustPolicyError, match=text):
        verify_notation(envelope, REPOSITORY, trust_in(tmp_path), now=NOW)


def test_a_signers_certificate_is_no_anchor(tmp_path: Path) -> None:
    signing = Signing()
    chain = signing.chain()
    write_configuration(tmp_path, chain[0])
    envelope = envelope_of(json.dumps(signing.jws(chain)).encode(), "sig")
    with pytest.raises(TrustPolicyError, match="certificates of CAs"):
        verify_notation(envelope, REPOSITORY, trust_in(tmp_path), now=NOW)


# -- Real ones -----------------------------------------------------------------------------------


@pytest.fixture
def real(shared_dir: Path) -> Callable[[str], NotationEnvelope]:
    def read(end: str) -> NotationEnvelope:
        (path,) = [
            path
            for folder in ("notation-jws", "notation-sig")
            for path in (shared_dir / "samples" / "trust" / folder).glob(f"*{end}")
        ]
        return envelope_of(path.read_bytes(), path.name)

    return read


def _anchored(
    folder: Path, envelope: NotationEnvelope, now: str, **configuration: Any
) -> NotationFinding:
    root = x509.load_der_x509_certificate(envelope.chain[-1])
    write_configuration(folder, root, **configuration)
    return verify_notation(envelope, REPOSITORY, trust_in(folder), now=Instant.parse(now))


def test_a_real_signature_holds_and_a_real_expired_one_does_not(
    tmp_path: Path, real: Callable[[str], NotationEnvelope]
) -> None:
    valid = real("ca_valid_sig_env.json")
    assert _anchored(tmp_path, valid, "2026-01-01T00:00:00Z").problem is None
    expired = real("ca_expired_sig_env.json")
    assert "expired at" in str(_anchored(tmp_path, expired, "2026-01-01T00:00:00Z").problem)


def _authorities(envelope: NotationEnvelope) -> list[x509.Certificate]:
    """The self-signed certificates, or else the CAs, that the token itself carries."""
    import rfc3161_client

    from policyengine.collect.trust.notation.timestamp import response_of

    assert envelope.timestamp is not None
    response = rfc3161_client.decode_timestamp_response(response_of(envelope.timestamp))
    certificates = [
        x509.load_der_x509_certificate(data) for data in response.signed_data.certificates
    ]
    return [
        item
        for item in certificates
        if item.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    ]


def test_a_real_timestamp_keeps_an_expired_signer_good(
    tmp_path: Path, real: Callable[[str], NotationEnvelope]
) -> None:
    envelope = real("coseExpiredWithTimestamp.sig")
    tsa = _authorities(envelope)
    now = "2026-01-01T00:00:00Z"
    found = _anchored(tmp_path, envelope, now, tsa=tsa)
    assert found.problem is None
    found = _anchored(tmp_path / "without", envelope, now)
    assert "no timestamp is asked for" in str(found.problem)


def test_a_real_timestamp_from_before_the_certificate_does_not_hold(
    tmp_path: Path, real: Callable[[str], NotationEnvelope]
) -> None:
    envelope = real("timestampBeforeNotBefore.sig")
    found = _anchored(tmp_path, envelope, "2026-01-01T00:00:00Z", tsa=_authorities(envelope))
    assert "when the timestamp says it was signed" in str(found.problem)


def test_a_real_timestamp_of_another_signature_does_not_hold(
    tmp_path: Path, real: Callable[[str], NotationEnvelope]
) -> None:
    envelope = real("coseExpiredWithTimestamp.sig")
    signing = Signing(timestamp=envelope.timestamp)
    chain = signing.chain()
    found = finding(tmp_path, signing, chain=chain, tsa=_authorities(envelope))
    assert "the timestamp does not hold" in str(found.problem)


def test_a_real_timestamp_by_nobody_trusted_does_not_hold(
    tmp_path: Path, real: Callable[[str], NotationEnvelope]
) -> None:
    envelope = real("coseExpiredWithTimestamp.sig")
    found = _anchored(tmp_path, envelope, "2026-01-01T00:00:00Z", tsa=[Signing().chain()[-1]])
    assert "the timestamp does not hold" in str(found.problem)

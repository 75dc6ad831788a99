"""Every sample of TUF metadata, of the Notary Project and of containers/image, and what it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cryptography import x509

from policyengine.collect.trust.notary.metadata import (
    parse_root,
    parse_snapshot,
    parse_targets,
    parse_timestamp,
)
from policyengine.collect.trust.notation.envelope import envelope_of
from policyengine.collect.trust.notation.trust_policy import read_notation_policy
from policyengine.collect.trust.notation.verify import NotationTrust, verify_notation
from policyengine.collect.trust.simple_signing.policy import read_image_policy
from policyengine.collect.trust.simple_signing.verify import (
    is_simple_signature,
    read_simple_signature,
    verify_simple,
)
from policyengine.errors import EvidenceError, TrustPolicyError
from policyengine.model.instant import Instant
from policyengine.model.reference import ImageReference
from tests.corpus.sample_files import SAMPLES, samples
from tests.notation_files import write_configuration

NOW = Instant.parse("2026-06-01T00:00:00Z")
IMAGE = ImageReference.parse("192.168.64.2:5000/cosign-signed/key-1:latest")

# Versions of what is Notary's; everything else there is The Update Framework's own form.
NOTARY = {
    "notary__samplerepo__metadata__snapshot.json": 2,
    "notary__samplerepo__metadata__timestamp.json": 1,
    "notary__metadata__targets__releases.json": 1,
}
TUF_FILES = {"tuf-root": 14, "tuf-snapshot": 10, "tuf-targets": 13, "tuf-timestamp": 8}

_PLUGIN = "by the plugin 'io.cncf.notary.plugin.unittest.mock', which is not run"
_OLD = "not at 2026-06-01T00:00:00Z"
# What is found of an envelope by whoever trusts its root; None where it holds.
ENVELOPES: dict[str, str | None] = {
    "notation-core-go__jws__testdata__conformance.json": "'signedCritKey1'",
    "notation-go__mock__testdata__ca_compatible_pluginver_sig_env_1.0.0-alpha.beta.json": _PLUGIN,
    "notation-go__mock__testdata__ca_compatible_pluginver_sig_env_1.0.0.json": _PLUGIN,
    "notation-go__mock__testdata__ca_incompatible_pluginver_sig_env_1.0.1.json": _PLUGIN,
    "notation-go__mock__testdata__ca_incompatible_pluginver_sig_env_1.0.9.json": _PLUGIN,
    "notation-go__mock__testdata__ca_expired_sig_env.json": "expired at 2022-07-29T23:59:00Z",
    "notation-go__mock__testdata__ca_valid_sig_env.json": None,
    "notation-go__mock__testdata__sa_invalid_sig_env.json": "base64url without padding",
    "notation-go__mock__testdata__sig_env_with_metadata.json": _OLD,
    "notation-go__timestamp__sigEnv__timestampBeforeNotBefore.sig": _OLD,
    "notation__blobs__sha256__603ff134e97a79cd7a15560b76137c2c4a10451daab11327a7c6f86dac250fee": (
        "expired at 2025-01-21T12:39:46Z"
    ),
    "notation__blobs__sha256__8513a5ba473f32b78a87518b732700632c05cde0d59d179275c5c5a8096beeed": (
        _OLD
    ),
    "notation__blobs__sha256__8d2e70ffc2af68b7f2df6f30dfefcb7bcda1db5f9ac2566fc8c6c2248c8d4c5f": (
        _OLD
    ),
    "notation__testdata__signatures__blob.jws.sig": _OLD,
    "notation-go__timestamp__countersignature__TimeStampTokenWithInvalidTSTInfo.p7s": "not UTF-8",
    "notation-go__timestamp__countersignature__TimeStampTokenWithInvalideContentType.p7s": (
        "not UTF-8"
    ),
    "notation-go__timestamp__sigEnv__coseExpiredWithTimestamp.sig": _OLD,
    "notation__testdata__signatures__malformed.jws.sig": "not valid JSON",
}
# What is wrong with a policy; None where nothing is.
POLICIES: dict[str, str | None] = {
    "audit_trustpolicy.json": None,
    "blob_trust_policy.json": "registryScopes",
    "invalid_trust_store_trustpolicy.json": None,  # its store does not exist
    "malformed_trust_store_trustpolicy.json": "trustStores",
    "malformed_trusted_identity_trustpolicy.json": "x509.subject: C=",
    "missing_country_trusted_identity_trustpolicy.json": "without C",
    "missing_state_trusted_identity_trustpolicy.json": "without ST",
    "multiple_registry_scope_trustpolicy.json": None,
    "overlapped_trust_store_trustpolicy.json": "twice",
    "override_permissive_trustpolicy.json": None,
    "permissive_trustpolicy.json": None,
    "registry_scope_trustpolicy.json": None,
    "timestamp_after_cert_expiry_trustpolicy.json": None,
    "timestamp_trustpolicy.json": None,
    "valid_trusted_identity_trustpolicy.json": None,
}
_NOT_ONE = "is no signature"
_OTHER_KEY = "by none of the keys"
# What is found of a file under a policy with the key that lies beside it.
SIMPLE: dict[str, str] = {
    "dir-img-cosign-fulcio-rekor-valid__signature-1": _OTHER_KEY,
    "dir-img-cosign-key-rekor-valid__signature-1": _OTHER_KEY,
    "dir-img-cosign-other-attachment__signature-1": "mimeType",
    ".gitignore": _NOT_ONE,
    "cosign.pub": _NOT_ONE,
    "image.signature": "OpenPGP",
    "no-optional-fields.signature": "OpenPGP",
    "pki_intermediate_crts.pem": _NOT_ONE,
    "pki_root_crts.pem": _NOT_ONE,
    "regenerate-keys.sh": _NOT_ONE,
    "some-rsa-key.pub": _NOT_ONE,
    "subkey-revoked.signature": "OpenPGP",
    "subkey.signature-v3": "OpenPGP",
    "unsigned-encrypted.signature": "OpenPGP",
}


@pytest.mark.parametrize("path", samples(*(f"trust/{folder}" for folder in TUF_FILES)))
def test_tuf_metadata_is_notarys_or_is_told_apart(path: Path) -> None:
    data, where = path.read_bytes(), str(path)

    def version() -> int:
        if path.parent.name == "tuf-root":
            return parse_root(data, where).document.version
        if path.parent.name == "tuf-snapshot":
            return parse_snapshot(data, where).document.version
        if path.parent.name == "tuf-timestamp":
            return parse_timestamp(data, where).document.version
        return parse_targets(data, "targets/releases", where).document.version

    if path.name in NOTARY:
        assert version() == NOTARY[path.name]
        return
    with pytest.raises(EvidenceError, match=r"is metadata of The Update Framework 1\.0"):
        version()


@pytest.mark.parametrize("path", samples("trust/notation-jws", "trust/notation-sig"))
def test_envelopes_hold_or_have_their_problem(path: Path, tmp_path: Path) -> None:
    expected, found = ENVELOPES[path.name], _envelope_problem(path, tmp_path)
    assert found is None if expected is None else expected in str(found)


def _envelope_problem(path: Path, folder: Path) -> str | None:
    try:
        envelope = envelope_of(path.read_bytes(), str(path))
    except EvidenceError as problem:
        return str(problem)
    write_configuration(folder, x509.load_der_x509_certificate(envelope.chain[-1]))
    policy = read_notation_policy(folder / "trustpolicy.json")
    trust = NotationTrust(policy=policy, folder=folder)
    return verify_notation(envelope, "registry.example/a", trust, now=NOW).problem


@pytest.mark.parametrize("path", samples("trust/notation-trustpolicy"))
def test_notation_policies_are_read_or_refused(path: Path) -> None:
    expected = POLICIES[path.name.removeprefix("notation__config__trustpolicies__")]
    if expected is None:
        assert read_notation_policy(path).statements
        return
    with pytest.raises(TrustPolicyError) as caught:
        read_notation_policy(path)
    assert expected in str(caught.value)


@pytest.mark.parametrize("path", samples("trust/containers-image-signatures"))
def test_simple_signatures_have_their_problem(path: Path, tmp_path: Path) -> None:
    """The one key beside them is of none of these: a test of its own has good ones."""
    name = path.name.removeprefix("image__signature__fixtures__").removeprefix("image__fixtures__")
    assert SIMPLE[name] in str(_simple_problem(path, tmp_path))


def _simple_problem(path: Path, folder: Path) -> str | None:
    data = path.read_bytes()
    if not is_simple_signature(data):
        return _NOT_ONE
    key = path.parent / "image__signature__fixtures__cosign.pub"
    shutil.copyfile(key, folder / "cosign.pub")
    requirement = {
        "type": "sigstoreSigned",
        "keyPath": "cosign.pub",
        "signedIdentity": {"type": "matchRepository"},
    }
    (folder / "policy.json").write_text(json.dumps({"default": [requirement]}))
    policy = read_image_policy(folder / "policy.json")
    try:
        signature = read_simple_signature(data, str(path))
    except EvidenceError as problem:
        return str(problem)
    (found,), _ = verify_simple([signature], IMAGE, policy, now=NOW)
    return found.problem


def test_every_sample_has_its_line() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the folder of samples is not beside the checkout")

    def count(*folders: str) -> int:
        return sum(len(list((SAMPLES / "trust" / folder).iterdir())) for folder in folders)

    for folder, files in TUF_FILES.items():
        assert count(folder) == files
    assert count("notation-jws", "notation-sig") == len(ENVELOPES)
    assert count("notation-trustpolicy") == len(POLICIES)
    assert count("containers-image-signatures") == len(SIMPLE)

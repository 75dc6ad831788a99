"""trustpolicy.json and trust stores that are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policyengine.collect.trust.notation.envelope import envelope_of
from policyengine.collect.trust.notation.trust_policy import read_notation_policy
from policyengine.collect.trust.notation.verify import (
    verify_notation,
)
from policyengine.errors import TrustPolicyError
from tests.notation_files import (
    REPOSITORY,
    Signing,
    write_configuration,
)
from tests.unit.collect.trust.notation.verifying import NOW, trust_in


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

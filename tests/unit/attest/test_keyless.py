"""Signing by an identity, with Fulcio and Rekor played by the test: what is asked of the package,
and what becomes of its answers. The public service itself is not spoken to here."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sigstore.models
import sigstore.oidc
import sigstore.sign
from sigstore.errors import NetworkError

from policyengine.attest.keyless import sign_keyless
from policyengine.attest.statement import statement_of
from policyengine.errors import SourceUnavailable, UsageError
from policyengine.model.dsse import PAYLOAD_TYPE
from tests.unit.report.verdicts import ALLOWED

STATEMENT = statement_of(ALLOWED, kind="vsa", where="r")


class Identity:
    """Takes one token."""

    def __init__(self, raw: str) -> None:
        if raw != "good":
            raise sigstore.oidc.IdentityError(f"bad token {raw}")
        self.raw = raw


class Context:
    """Signs as Sigstore does, as far as the caller can see; ``failure`` is raised instead."""

    failure: Exception | None = None

    @classmethod
    def from_trust_config(cls, config: object) -> Context:
        assert config == "production"
        return cls()

    @contextmanager
    def signer(self, identity: Identity) -> Iterator[Context]:
        assert identity.raw == "good"
        yield self

    def sign_dsse(self, statement: Any) -> Any:
        if self.failure is not None:
            raise self.failure
        payload = base64.b64encode(statement._contents).decode()
        envelope = {
            "payloadType": PAYLOAD_TYPE,
            "payload": payload,
            "signatures": [{"sig": "AA=="}],
        }
        return type("Signed", (), {"to_json": lambda _: json.dumps({"dsseEnvelope": envelope})})()


@pytest.fixture(autouse=True)
def sigstore_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sigstore.oidc, "IdentityToken", Identity)
    monkeypatch.setattr(sigstore.oidc, "detect_credential", lambda: None)
    monkeypatch.setattr(sigstore.sign, "SigningContext", Context)
    monkeypatch.setattr(
        sigstore.models.ClientTrustConfig, "production", staticmethod(lambda: "production")
    )


def test_what_is_signed_is_the_statement_byte_for_byte() -> None:
    signed = sign_keyless(STATEMENT, token="good")
    envelope = json.loads(signed.envelope)
    assert base64.b64decode(envelope["payload"]) == STATEMENT.payload
    assert json.loads(signed.bundle)["dsseEnvelope"] == envelope


def test_the_identity_of_the_ci_system_is_taken_where_none_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sigstore.oidc, "detect_credential", lambda: "good")
    assert sign_keyless(STATEMENT, token=None).bundle


def test_without_an_identity_nothing_is_signed() -> None:
    with pytest.raises(UsageError, match="no identity"):
        sign_keyless(STATEMENT, token=None)


def test_a_token_that_is_not_taken_is_not_told() -> None:
    with pytest.raises(UsageError) as raised:
        sign_keyless(STATEMENT, token="hunter2")
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("failure", [NetworkError("down"), OSError("cut")], ids=["network", "cut"])
def test_a_service_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    monkeypatch.setattr(Context, "failure", failure)
    with pytest.raises(SourceUnavailable, match="did not sign"):
        sign_keyless(STATEMENT, token="good")

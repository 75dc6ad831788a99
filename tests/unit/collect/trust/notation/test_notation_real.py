"""Real signatures and time stamps of the Notary Project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from policyengine.collect.trust.notation.envelope import NotationEnvelope, envelope_of
from policyengine.collect.trust.notation.verify import (
    NotationFinding,
    verify_notation,
)
from policyengine.model.instant import Instant
from tests.notation_files import (
    REPOSITORY,
    Signing,
    write_configuration,
)
from tests.unit.collect.trust.notation.verifying import finding, trust_in


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

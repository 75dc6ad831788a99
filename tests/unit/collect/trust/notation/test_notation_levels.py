"""Levels of verification, times, and the scopes of statements."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policyengine.collect.trust.notation.envelope import envelope_of
from policyengine.collect.trust.notation.verify import (
    verify_notation,
)
from policyengine.model.instant import Instant
from tests.notation_files import (
    REPOSITORY,
    Holder,
    Signing,
    name,
    write_configuration,
)
from tests.unit.collect.trust.notation.verifying import NOW, finding, trust_in

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


def _ends_with_its_leaf(signing: Signing) -> None:
    signing.leaf.days = 200


def _ends_by_itself(signing: Signing) -> None:
    signing.leaf.days = 200
    signing.expiry = "2026-07-01T00:00:00Z"


@pytest.mark.parametrize(
    ("change", "verification", "expires"),
    [
        pytest.param(_ends_with_its_leaf, STRICT, "2026-07-20T00:00:01Z", id="certificate"),
        pytest.param(_ends_by_itself, STRICT, "2026-07-01T00:00:00Z", id="signature"),
        pytest.param(_ends_by_itself, PERMISSIVE, None, id="nothing-is-enforced"),
        pytest.param(_leaf_expired, PERMISSIVE, None, id="expired-and-not-enforced"),
        pytest.param(_leaf_expired, STRICT, None, id="does-not-hold"),
    ],
)
def test_a_signature_says_when_it_ends_to_hold(
    tmp_path: Path,
    change: Callable[[Signing], None],
    verification: dict[str, Any],
    expires: str | None,
) -> None:
    signing = Signing()
    change(signing)
    chain = signing.chain()
    envelope = json.dumps(signing.jws(chain)).encode()
    found = finding(
        tmp_path, signing, chain=chain, envelope=envelope, signatureVerification=verification
    )
    assert (None if found.expires is None else str(found.expires)) == expires
    if found.expires is not None:
        at_its_end = finding(
            tmp_path,
            signing,
            chain=chain,
            envelope=envelope,
            now=found.expires,
            signatureVerification=verification,
        )
        assert at_its_end.problem is not None
        just_before = finding(
            tmp_path,
            signing,
            chain=chain,
            envelope=envelope,
            now=Instant(found.expires.ns - 1_000_000_000),
            signatureVerification=verification,
        )
        assert just_before.problem is None


def test_a_signing_authoritys_word_outlives_its_certificate(tmp_path: Path) -> None:
    signing = Signing(
        scheme="notary.x509.signingAuthority", leaf=Holder(subject=name("s"), days=200)
    )
    found = finding(tmp_path, signing, kind="signingAuthority")
    assert (found.problem, str(found.expires)) == (None, signing.expiry)


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

"""How the tests verify a signature of the Notary Project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptography import x509

from policyengine.collect.trust.notation.envelope import envelope_of
from policyengine.collect.trust.notation.trust_policy import read_notation_policy
from policyengine.collect.trust.notation.verify import (
    NotationFinding,
    NotationTrust,
    verify_notation,
)
from policyengine.model.instant import Instant
from tests.notation_files import (
    REPOSITORY,
    Signing,
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

"""Signatures by certificate: Sigstore bundles, verified offline against a trusted root.

The ``sigstore`` package does what its specification asks (certificate chain at the time of
signing, signed certificate timestamp, log entry with its inclusion proof and promise, signed
timestamps, the signature itself, and that the log entry is about it). Who signed is then looked up
in the trust policy. Whatever goes wrong, in whichever way a library fails on hostile bytes, is a
problem of the signature, never a pass.
"""

from __future__ import annotations

import logging
import tempfile
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.collect.trust.certificates import CertifiedNames, certified_names, signer_of
from policyengine.collect.trust.finding import NO_POLICY, Finding
from policyengine.errors import TrustPolicyError, UsageError
from policyengine.model.instant import Instant
from policyengine.model.trust_policy import TrustedSigner, TrustPolicy

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import Bundle, TrustedRoot
    from sigstore.verify import Verifier

NO_IDENTITIES = "is made with a certificate, and the trust policy has no certificate identities"
# Where the package keeps the public good instance's root, as its TUF repository is addressed.
_PUBLIC_ROOT = ("_store", "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev", "trusted_root.json")


def by_certificate(bundle: bytes, payload: bytes, policy: TrustPolicy | None) -> Finding:
    """Return who signed ``payload``, the statement in the Sigstore bundle ``bundle``."""
    if policy is None:
        return Finding(problem=NO_POLICY)
    if not any(signer.identities for signer in policy.signers):
        return Finding(problem=NO_IDENTITIES)
    verifier = _verifier(policy.trusted_root)
    from sigstore.errors import Error
    from sigstore.models import Bundle

    named = _Named(policy)
    try:
        parsed = Bundle.from_json(bundle)
        _, verified = verifier.verify_dsse(parsed, named)
    except Error as problem:
        return named.failed(str(problem))
    except Exception as problem:  # noqa: BLE001  # a library's own failures are no verification
        return named.failed(f"{type(problem).__name__}: {problem}")
    if verified != payload:
        return named.failed("the envelope that was verified holds another payload")
    return named.finding(_time_of(parsed))


class _Named:
    """The verifier's question to us: is this certificate somebody's of the trust policy?"""

    def __init__(self, policy: TrustPolicy) -> None:
        self._policy = policy
        self._names: CertifiedNames | None = None
        self._found: tuple[TrustedSigner, str] | None = None

    def verify(self, cert: Certificate) -> None:
        """Raise VerificationError for a certificate that names nobody of the policy."""
        from sigstore.errors import VerificationError

        try:
            self._names = certified_names(cert)
        except ValueError as problem:
            raise VerificationError(str(problem)) from None
        self._found = signer_of(self._names, self._policy)
        if self._found is None:
            identities = "; ".join(
                str(identity) for signer in self._policy.signers for identity in signer.identities
            )
            raise VerificationError(
                f"the certificate is of {', '.join(self._names.subjects) or 'nobody'} by "
                f"{self._names.issuer}, and the trust policy names {identities}"
            )

    def finding(self, signed_at: Instant | None) -> Finding:
        """Return who signed; called when everything held."""
        if self._found is None or self._names is None:
            return self.failed("the certificate was not looked at")
        signer, subject = self._found
        return Finding(
            signer=signer, identity=subject, issuer=self._names.issuer, signed_at=signed_at
        )

    def failed(self, problem: str) -> Finding:
        """Return the problem, in one line, with the names as far as they are known."""
        # What follows is where in the library's own model a field was missed.
        line = " ".join(problem.split()).partition(" [type=")[0][:500]
        names = self._names
        return Finding(
            problem=f"does not verify: {line}",
            identity=names.subjects[0] if names and names.subjects else None,
            issuer=names.issuer if names else None,
        )


def _time_of(bundle: Bundle) -> Instant | None:
    """Return when the log took the signature in, where its promise binds that time."""
    entry = bundle.log_entry._inner  # noqa: SLF001  # the package shows the entry, but not its time
    if not entry.inclusion_promise or not entry.integrated_time:
        return None
    return Instant(int(entry.integrated_time) * 1_000_000_000)


@lru_cache(maxsize=8)
def _verifier(trusted_root: bytes | None) -> Verifier:
    """Return a verifier for a trusted root."""
    root = trusted_root_of(trusted_root)
    from sigstore.errors import Error
    from sigstore.verify import Verifier

    try:
        return Verifier(trusted_root=root)
    except Error as problem:
        raise _unusable(problem) from None


@lru_cache(maxsize=8)
def trusted_root_of(text: bytes | None) -> TrustedRoot:
    """Read a trusted root, by default the public one that the ``sigstore`` package ships.

    Raises TrustPolicyError for one that cannot be used, UsageError without the package.
    """
    try:
        from sigstore.errors import Error
        from sigstore.models import TrustedRoot
    except ImportError:
        raise UsageError(
            "signatures by certificate need the package sigstore",
            hint="install policyengine with its extra: image-policyengine[sigstore]",
        ) from None
    # Its log would tell of every step; what matters is in the finding.
    logging.getLogger("sigstore").setLevel(logging.CRITICAL)
    if text is None:
        text = files("sigstore").joinpath(*_PUBLIC_ROOT).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trusted_root.json")
        path.write_bytes(text)
        try:
            return TrustedRoot.from_file(str(path))
        except (Error, ValueError) as problem:
            raise _unusable(problem) from None


def _unusable(problem: Exception) -> TrustPolicyError:
    line = " ".join(str(problem).split()).partition(" [type=")[0][:300]
    return TrustPolicyError("the trusted root cannot be used", found=line)

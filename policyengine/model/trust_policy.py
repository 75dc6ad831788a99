"""Whose signatures count, for which repositories, and who must have signed what.

Source of the form: ``schemas/trust-policy-v1.schema.json``. The file is read once, at the edge,
keys and all; these values hold everything that verification needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from policyengine.model.evidence import EvidenceSource


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A public key. ``spki`` is its SubjectPublicKeyInfo in DER, ``keyid`` the sha256 of that in
    hexadecimal, ``origin`` the file it was read from, or the place in the policy."""

    keyid: str
    spki: bytes
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateIdentity:
    """Whom a signing certificate must name: a subject alternative name and an OIDC issuer.

    Exactly one of the two forms of each is set; a pattern (RE2) matches the whole text.
    """

    subject: str | None = None
    subject_regexp: str | None = None
    issuer: str | None = None
    issuer_regexp: str | None = None

    def __str__(self) -> str:
        subject = self.subject or f"/{self.subject_regexp}/"
        return f"{subject} by {self.issuer or f'/{self.issuer_regexp}/'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedSigner:
    """Who signs with which keys, or as whom.

    ``keyids`` are keys known by identifier alone: they name a signer where the signing system
    carries the key itself and vouches for it (Docker Content Trust). ``repositories`` are patterns
    of what the signer may sign; none is everything. ``build_level`` is the SLSA build level that
    the builders behind this signer reach, None where nothing is said.
    """

    name: str
    keys: tuple[TrustedKey, ...] = ()
    keyids: tuple[str, ...] = ()
    identities: tuple[CertificateIdentity, ...] = ()
    repositories: tuple[str, ...] = ()
    build_level: int | None = None

    def may_sign(self, repository: str) -> bool:
        """Say whether ``repository``, with its registry, is one that the signer may sign."""
        return not self.repositories or matches_any(self.repositories, repository)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """Images of ``repositories`` (none is every image) must have been signed by ``threshold``
    different ones of ``signers``.

    With ``predicate_types`` each of these must have been attested so, instead of the image signed.
    """

    repositories: tuple[str, ...]
    signers: tuple[str, ...]
    threshold: int = 1
    predicate_types: tuple[str, ...] = ()

    def applies_to(self, repository: str | None) -> bool:
        """Say whether an image of ``repository`` is meant. One without a name could be any."""
        if repository is None or not self.repositories:
            return True
        return matches_any(self.repositories, repository)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPolicy:
    """A trust policy file, or what command-line options say in its place.

    ``trusted_root`` is a Sigstore trusted root as JSON text: the certificate authorities and logs
    that certificates are held to; None where none was given.
    """

    source: EvidenceSource
    signers: tuple[TrustedSigner, ...]
    requirements: tuple[Requirement, ...]
    trusted_root: bytes | None = None

    def signer(self, name: str) -> TrustedSigner | None:
        """Return the signer of that name."""
        return next((signer for signer in self.signers if signer.name == name), None)


def matches_any(patterns: tuple[str, ...], name: str) -> bool:
    """Say whether one of ``patterns`` matches the whole of ``name``.

    As in a shell: ``*`` and ``?`` stand for characters other than a slash, ``**`` for any.
    """
    return any(_compiled(pattern).fullmatch(name) for pattern in patterns)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    # Patterns are the user's own, and names short: backtracking is no attack here.
    parts = re.split(r"(\*\*+|\*|\?)", pattern)
    meaning = {"*": "[^/]*", "?": "[^/]"}
    return re.compile(
        "".join(
            ".*" if part.startswith("**") else meaning.get(part, re.escape(part)) for part in parts
        ),
        re.DOTALL,
    )

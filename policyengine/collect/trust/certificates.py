"""Signing certificates of Sigstore: whom they name, and which signer of the policy that is.

Source: sigstore/fulcio, docs/oid-info.md. The identity is the subject alternative name; the issuer
is the extension 1.3.6.1.4.1.57264.1.8 (a DER UTF8String), before it 1.3.6.1.4.1.57264.1.1 (bare
text). A certificate with both must say the same in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policyengine.model.trust_policy import CertificateIdentity, TrustedSigner, TrustPolicy

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_ISSUER = "1.3.6.1.4.1.57264.1.1"
_ISSUER_V2 = "1.3.6.1.4.1.57264.1.8"
_USER_NAME = "1.3.6.1.4.1.57264.1.7"
_UTF8_STRING = 0x0C


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedNames:
    """Whom a certificate names, and who vouched for that."""

    subjects: tuple[str, ...]
    issuer: str | None


def certified_names(certificate: Certificate) -> CertifiedNames:
    """Return the names in ``certificate``. Raises ValueError for encodings that are odd."""
    from cryptography import x509

    try:
        extensions = certificate.extensions
    except x509.DuplicateExtension as problem:
        raise ValueError(str(problem)) from None
    subjects: list[str] = []
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.SubjectAlternativeName):
            subjects += value.get_values_for_type(x509.RFC822Name)
            subjects += value.get_values_for_type(x509.UniformResourceIdentifier)
            subjects += [
                _utf8_string(name.value)
                for name in value.get_values_for_type(x509.OtherName)
                if name.type_id.dotted_string == _USER_NAME
            ]
    unknown = {
        extension.oid.dotted_string: extension.value.value
        for extension in extensions
        if isinstance(extension.value, x509.UnrecognizedExtension)
    }
    issuers = []
    if _ISSUER_V2 in unknown:
        issuers.append(_utf8_string(unknown[_ISSUER_V2]))
    if _ISSUER in unknown:
        issuers.append(unknown[_ISSUER].decode())
    if len(set(issuers)) > 1:
        raise ValueError(f"the certificate names two issuers: {' and '.join(issuers)}")
    return CertifiedNames(subjects=tuple(subjects), issuer=issuers[0] if issuers else None)


def signer_of(names: CertifiedNames, policy: TrustPolicy) -> tuple[TrustedSigner, str] | None:
    """Return the signer whose identity ``names`` meets, and the subject that does."""
    for signer in policy.signers:
        for identity in signer.identities:
            for subject in names.subjects:
                if _meets(identity, subject, names.issuer):
                    return signer, subject
    return None


def _meets(identity: CertificateIdentity, subject: str, issuer: str | None) -> bool:
    return (
        issuer is not None
        and _is(subject, identity.subject, identity.subject_regexp)
        and _is(issuer, identity.issuer, identity.issuer_regexp)
    )


def _is(text: str, plain: str | None, pattern: str | None) -> bool:
    if pattern is None:
        return text == plain
    import re2

    return re2.fullmatch(pattern, text) is not None


def _utf8_string(der: bytes) -> str:
    """Decode a DER UTF8String that is the whole of ``der``."""
    if len(der) < 2 or der[0] != _UTF8_STRING:
        raise ValueError("a name in the certificate is no UTF8String")
    length, start = der[1], 2
    if length & 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(der[2 : 2 + count]), 2 + count
        if not 1 <= count <= 2 or length < 0x80:
            raise ValueError("a name in the certificate has an odd length")
    if len(der) != start + length:
        raise ValueError("a name in the certificate is longer or shorter than it says")
    return der[start:].decode()

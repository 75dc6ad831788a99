"""Certificate chains of Notary Project signatures.

Source: notaryproject/specifications, ``signature-specification``, "Certificate Requirements". The
procedure (numbers are in the code):

1. every certificate can be read, and is signed by the next with SHA-2; the last one by itself;
2. keys are RSA of 2048 bits or more, or ECDSA on P-256, P-384 or P-521;
3. the signer's certificate is no CA's, and may sign data: key usage digitalSignature, critical,
   and nothing of another purpose; extended key usage, where there is any, code signing alone;
4. all others are CAs' with keyCertSign, critical, and no more CAs below them than they allow.

When they must have been valid is for ``verify`` to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from policyengine.model.instant import Instant

_SECOND = 1_000_000_000
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_DIGESTS: dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
_EC_ALGORITHMS = {256: "ES256", 384: "ES384", 521: "ES512"}
_RSA_ALGORITHMS = {2048: "PS256", 3072: "PS384", 4096: "PS512"}
_SIGNS_OTHERWISE = (
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


class BadChain(ValueError):
    """A chain that does not fit; the text says why."""


def read_chain(chain: Sequence[bytes]) -> tuple[x509.Certificate, ...]:
    """Read and check a chain, the signer's certificate first. Raises BadChain."""
    try:
        certificates = tuple(x509.load_der_x509_certificate(data) for data in chain)
        for certificate in certificates:
            # These are parsed when they are asked for, so that a bad one would fail anywhere.
            _ = (certificate.subject.rdns, certificate.issuer.rdns, certificate.extensions)
            _ = (validity(certificate), certificate.public_key())
            _ = (certificate.signature_hash_algorithm, certificate.signature_algorithm_parameters)
    except (
        ValueError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ) as problem:
        reason = " ".join(str(problem).split())[:200]
        raise BadChain(f"a certificate that cannot be read: {reason}") from None
    for data, certificate in zip(chain, certificates, strict=True):
        # The signature ends the certificate, in a bit string of whole bytes. Some readers pass
        # over its count of unused bits: one certificate would have many digests.
        if not data.endswith(b"\0" + certificate.signature):
            raise BadChain(f"{name_of(certificate)} is encoded in an odd way")
    _check_signatures(certificates)
    for certificate in certificates:
        _check_key(certificate)
    _check_signer(certificates[0])
    for below, certificate in enumerate(certificates[1:]):
        _check_authority(certificate, below)
    return certificates


def signed_with(certificate: x509.Certificate) -> str:
    """Return the algorithm that fits the certificate's key: the specification fixes one each."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _EC_ALGORITHMS.get(key.curve.key_size, "none")
    if isinstance(key, rsa.RSAPublicKey):
        return _RSA_ALGORITHMS.get(key.key_size, "none")
    return "none"


def verifies(certificate: x509.Certificate, signature: bytes, message: bytes) -> bool:
    """Say whether ``signature`` over ``message`` is of the certificate's key."""
    key = certificate.public_key()
    size = signed_with(certificate)[2:]
    if size not in _DIGESTS:
        return False
    digest = _DIGESTS[size]
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            half = (key.curve.key_size + 7) // 8
            if len(signature) != 2 * half:
                return False
            r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
            key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey):
            scheme = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
            key.verify(signature, message, scheme, digest)
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True


def validity(certificate: x509.Certificate) -> tuple[Instant, Instant]:
    """Return the first and the last moment of a certificate."""
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return Instant(int(begin.timestamp()) * _SECOND), Instant(int(end.timestamp()) * _SECOND)


def name_of(certificate: x509.Certificate) -> str:
    """Return the subject as RFC 4514 writes it, in one line."""
    return certificate.subject.rfc4514_string().replace("\n", " ")[:1024]


def is_authority(certificate: x509.Certificate) -> bool:
    """Say whether a certificate may stand in a trust store: a CA's, or signed by itself."""
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is not None and constraints.value.ca:
        return True
    return _is_signed_by(certificate, certificate)


def says_where_revocations_are(certificate: x509.Certificate) -> bool:
    """Say whether a certificate names an OCSP server or a revocation list."""
    if _extension(certificate, x509.CRLDistributionPoints) is not None:
        return True
    access = _extension(certificate, x509.AuthorityInformationAccess)
    return access is not None and any(
        item.access_method == AuthorityInformationAccessOID.OCSP for item in access.value
    )


def _check_signatures(certificates: Sequence[x509.Certificate]) -> None:
    for index, certificate in enumerate(certificates):
        if not isinstance(certificate.signature_hash_algorithm, _HASHES):
            raise BadChain(f"{name_of(certificate)} is not signed with SHA-256, 384 or 512")
        is_last = index + 1 == len(certificates)
        issuer = certificate if is_last else certificates[index + 1]
        if not _is_signed_by(certificate, issuer):
            by = "itself, as the last one must be" if is_last else name_of(issuer)
            raise BadChain(f"{name_of(certificate)} is not signed by {by}")


def _is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _check_key(certificate: x509.Certificate) -> None:
    key = certificate.public_key()
    is_good = (isinstance(key, rsa.RSAPublicKey) and 2048 <= key.key_size <= 8192) or (
        isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size in _EC_ALGORITHMS
    )
    if not is_good:
        raise BadChain(f"{name_of(certificate)} has a key that is too weak or of another kind")


def _check_signer(certificate: x509.Certificate) -> None:
    name = name_of(certificate)
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is not None and constraints.value.ca:
        raise BadChain(f"{name} is a CA's certificate, which may not sign artifacts")
    usage = _usage(certificate)
    if not usage.digital_signature:
        raise BadChain(f"{name} may not sign: key usage without digitalSignature")
    if any(getattr(usage, other) for other in _SIGNS_OTHERWISE):
        raise BadChain(f"{name} has key usages that are not for signing artifacts")
    extended = _extension(certificate, x509.ExtendedKeyUsage)
    if extended is not None and list(extended.value) != [ExtendedKeyUsageOID.CODE_SIGNING]:
        raise BadChain(f"{name} has extended key usages other than code signing")


def _check_authority(certificate: x509.Certificate, below: int) -> None:
    """``below`` counts the CAs between this one and the signer."""
    name = name_of(certificate)
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.value.ca or not constraints.critical:
        raise BadChain(f"{name} issued a certificate and is no CA's, by basic constraints")
    allowed = constraints.value.path_length
    if allowed is not None and below > allowed:
        raise BadChain(f"{name} allows {allowed} CAs below it, and has {below}")
    if not _usage(certificate).key_cert_sign:
        raise BadChain(f"{name} may not issue certificates: key usage without keyCertSign")


def _usage(certificate: x509.Certificate) -> x509.KeyUsage:
    found = _extension(certificate, x509.KeyUsage)
    if found is None or not found.critical:
        raise BadChain(f"{name_of(certificate)} has no critical key usage")
    return found.value


def _extension(
    certificate: x509.Certificate, kind: type[_Extension]
) -> x509.Extension[_Extension] | None:
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None

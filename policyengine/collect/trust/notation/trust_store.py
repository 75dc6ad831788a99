"""Notation's trust stores: certificates in ``truststore/x509/KIND/NAME/``.

Source: notaryproject/specifications, ``trust-store-trust-policy``. Every file of a store is a
certificate, or several in PEM form; anything else in it is an error, as in notation.
"""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from policyengine.collect.trust.notation.certificates import is_authority, name_of
from policyengine.errors import TrustPolicyError
from policyengine.given_file import read_given

_BYTES = 1024 * 1024
_FILES = 1024


def read_store(folder: Path, kind: str, name: str) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a store under ``folder``, at least one.

    Raises TrustPolicyError.
    """
    store = folder / "truststore" / "x509" / kind / name
    if store.is_symlink() or not store.is_dir():
        raise TrustPolicyError(
            "there is no such trust store", where=str(store), expected="a directory of certificates"
        )
    files = sorted(store.iterdir())
    if len(files) > _FILES:
        raise TrustPolicyError(
            "the trust store has too many files", where=str(store), expected=f"at most {_FILES}"
        )
    found: list[x509.Certificate] = []
    for path in files:
        if path.is_symlink() or not path.is_file():
            raise TrustPolicyError("is not a file of a trust store", where=str(path))
        found += _certificates(path)
    if not found:
        raise TrustPolicyError(
            "the trust store is empty", where=str(store), expected="a certificate at least"
        )
    return tuple(found)


def _certificates(path: Path) -> list[x509.Certificate]:
    data = read_given(path, error=TrustPolicyError, limit=_BYTES)
    try:
        if b"-----BEGIN CERTIFICATE" in data:
            certificates = x509.load_pem_x509_certificates(data)
        else:
            certificates = [x509.load_der_x509_certificate(data)]
        for certificate in certificates:
            if not is_authority(certificate):
                raise TrustPolicyError(
                    "a trust store holds certificates of CAs, and such as sign themselves",
                    where=str(path),
                    found=name_of(certificate),
                )
    except (ValueError, UnsupportedAlgorithm):
        raise TrustPolicyError(
            "is no certificate", where=str(path), expected="certificates in PEM or DER form"
        ) from None
    return certificates

"""TLS towards registries: the system's CAs, the user's, and client certificates."""

from __future__ import annotations

import ssl
from pathlib import Path

import certifi

from policyengine.errors import SettingsError
from policyengine.model.access import ClientCertificate


def tls_context(
    ca_files: tuple[Path, ...], certificate: ClientCertificate | None
) -> ssl.SSLContext:
    """Return a context that trusts the system's CAs and ``ca_files``.

    A system without CA certificates of its own gets Mozilla's. Raises SettingsError for a file
    that cannot be used.
    """
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not any((paths.cafile, paths.capath)):
        context.load_verify_locations(certifi.where())
    for path in ca_files:
        try:
            context.load_verify_locations(path)
        except (OSError, ValueError) as error:
            raise SettingsError(
                "the CA file cannot be used",
                where=str(path),
                found=_reason(error),
                expected="certificates in PEM form",
            ) from None
    if certificate is not None:
        try:
            # Without a password of ours, OpenSSL would ask for one on the terminal.
            context.load_cert_chain(certificate.certificate, certificate.private_key, password="")
        except (OSError, ValueError) as error:
            raise SettingsError(
                "the client certificate cannot be used",
                where=f"{certificate.certificate}, {certificate.private_key}",
                found=_reason(error),
                expected="a certificate and its unencrypted private key in PEM form",
            ) from None
    return context


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no certificate").lower().replace("_", " ")
    return getattr(error, "strerror", None) or "no certificate"

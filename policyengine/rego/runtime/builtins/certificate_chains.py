"""Chains of certificates, built and verified by cryptography, and held to what Go holds them to."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from policyengine.rego.runtime.builtins.registry import BuiltinError

if TYPE_CHECKING:
    from cryptography import x509

_ANY_USAGE = "2.5.29.37.0"
_MOST_INTERMEDIATES = 100


def chain_of(
    certificates: list[x509.Certificate], *, moment: datetime, host: str, usages: frozenset[str]
) -> list[x509.Certificate]:
    """The chain from the last certificate to the first, which is trusted. Raises BuiltinError.

    The intermediates between may be in any order. ``usages`` are extended key usages, of which
    each certificate must allow one; ``host`` is empty where none is asked for.
    """
    from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

    if len(certificates) < 2:
        raise BuiltinError("must supply at least two certificates to be able to verify")
    if len(certificates) > _MOST_INTERMEDIATES + 2:
        raise BuiltinError(f"more than {_MOST_INTERMEDIATES} intermediate certificates")
    root, *intermediates, leaf = certificates
    issuers, leaves = _extension_policies()
    try:
        builder = PolicyBuilder().store(Store([root])).time(moment.replace(tzinfo=None))
        builder = builder.extension_policies(ca_policy=issuers, ee_policy=leaves)
        chain = builder.build_client_verifier().verify(leaf, intermediates).chain
    except (VerificationError, ValueError) as error:
        raise BuiltinError(f"x509: {error}") from None
    for below, certificate in enumerate(chain):
        _check_usages(certificate, usages)
        if below:
            _check_issuer(certificate, below - 1)
    if host:
        _check_host(leaf, host)
    return chain


def _extension_policies() -> tuple[Any, Any]:
    from cryptography.x509 import BasicConstraints
    from cryptography.x509.verification import Criticality, ExtensionPolicy

    anything = ExtensionPolicy.permit_all()
    return (
        anything.require_present(BasicConstraints, Criticality.AGNOSTIC, None),
        anything,
    )


def _value(certificate: x509.Certificate, kind: type[Any]) -> Any:
    from cryptography.x509 import ExtensionNotFound

    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except ExtensionNotFound:
        return None


def _check_usages(certificate: x509.Certificate, usages: frozenset[str]) -> None:
    from cryptography.x509 import ExtendedKeyUsage

    found = _value(certificate, ExtendedKeyUsage)
    if found is None or _ANY_USAGE in usages:
        return
    allowed = {oid.dotted_string for oid in found}
    if _ANY_USAGE not in allowed and not allowed & usages:
        raise BuiltinError("x509: certificate specifies an incompatible key usage")


def _check_issuer(certificate: x509.Certificate, between: int) -> None:
    """RFC 5280, 6.1.4: an authority that may sign, with so many intermediates below it."""
    from cryptography.x509 import BasicConstraints, KeyUsage

    constraints, usage = _value(certificate, BasicConstraints), _value(certificate, KeyUsage)
    if constraints is None or not constraints.ca or (usage and not usage.key_cert_sign):
        raise BuiltinError("x509: certificate is not authorized to sign other certificates")
    if constraints.path_length is not None and between > constraints.path_length:
        raise BuiltinError("x509: too many intermediates for path length constraint")


def _check_host(leaf: x509.Certificate, host: str) -> None:
    import ipaddress

    from cryptography.x509 import DNSName, IPAddress, SubjectAlternativeName

    names = _value(leaf, SubjectAlternativeName)
    address = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        wanted = ipaddress.ip_address(address)
    except ValueError:
        patterns = names.get_values_for_type(DNSName) if names else []
        if any(_matches(pattern.lower(), host.lower().rstrip(".")) for pattern in patterns):
            return
    else:
        if names and wanted in names.get_values_for_type(IPAddress):
            return
    raise BuiltinError(f"x509: certificate is not valid for {host}")


def _matches(pattern: str, host: str) -> bool:
    """A star stands for the whole first label (RFC 6125, 6.4.3)."""
    first, _, rest = pattern.partition(".")
    if first != "*":
        return bool(host) and pattern.rstrip(".") == host
    label, _, below = host.partition(".")
    return bool(label and rest) and rest.rstrip(".") == below

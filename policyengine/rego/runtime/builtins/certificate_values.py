"""X.509 certificates and requests as the JSON that Go's crypto/x509 makes of them."""

from __future__ import annotations

import base64
import warnings
from typing import TYPE_CHECKING, Any, Final

from policyengine.rego.runtime.builtins.go_urls import UrlError, parse_url
from policyengine.rego.runtime.builtins.private_keys import public_value
from policyengine.rego.runtime.values import Value

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.x509 import ObjectIdentifier

# RFC 5280, 4.2.1.3: the bits from the first.
_KEY_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
# Go's numbers of extended key usages.
EXTENDED_KEY_USAGES: Final = {
    "2.5.29.37.0": 0,
    **{f"1.3.6.1.5.5.7.3.{last}": last for last in range(1, 10)},
    "1.3.6.1.4.1.311.10.3.3": 10,
    "2.16.840.1.113730.4.1": 11,
    "1.3.6.1.4.1.311.2.1.22": 12,
    "1.3.6.1.4.1.311.61.1.1": 13,
}
_SIGNATURES: Final = {
    "1.2.840.113549.1.1.2": 1,
    "1.2.840.113549.1.1.4": 2,
    "1.2.840.113549.1.1.5": 3,
    "1.2.840.113549.1.1.11": 4,
    "1.2.840.113549.1.1.12": 5,
    "1.2.840.113549.1.1.13": 6,
    "1.2.840.10040.4.3": 7,
    "2.16.840.1.101.3.4.3.2": 8,
    "1.2.840.10045.4.1": 9,
    "1.2.840.10045.4.3.2": 10,
    "1.2.840.10045.4.3.3": 11,
    "1.2.840.10045.4.3.4": 12,
    "1.3.101.112": 16,
}
_PSS: Final = "1.2.840.113549.1.1.10"
_PSS_SIZES: Final = {"sha256": 13, "sha384": 14, "sha512": 15}
_PUBLIC_KEYS: Final = {
    "1.2.840.113549.1.1.1": 1,
    "1.2.840.10040.4.1": 2,
    "1.2.840.10045.2.1": 3,
    "1.3.101.112": 4,
}
_NAMES: Final = {
    "Country": "2.5.4.6",
    "Organization": "2.5.4.10",
    "OrganizationalUnit": "2.5.4.11",
    "Locality": "2.5.4.7",
    "Province": "2.5.4.8",
    "StreetAddress": "2.5.4.9",
    "PostalCode": "2.5.4.17",
}
_COMMON_NAME: Final = "2.5.4.3"
_SERIAL_NUMBER: Final = "2.5.4.5"


def certificate_value(certificate: x509.Certificate) -> dict[str, Value]:
    """The certificate as Go shows it, without ``URIStrings``."""
    with warnings.catch_warnings():
        # What is deprecated in a certificate is the policy's to judge.
        warnings.simplefilter("ignore")
        return _certificate_value(certificate)


def _certificate_value(certificate: x509.Certificate) -> dict[str, Value]:
    extensions = _Extensions(certificate.extensions)
    subject, issuer = certificate.subject, certificate.issuer
    return {
        **_common(certificate, extensions),
        **_constraints(extensions),
        **_names_constrained(extensions),
        **_policies(extensions),
        "AuthorityKeyId": _base64(extensions.authority_key()),
        "CRLDistributionPoints": _list(extensions.revocation_lists()),
        "ExtKeyUsage": _list(
            EXTENDED_KEY_USAGES[oid]
            for oid in extensions.extended_usages()
            if oid in EXTENDED_KEY_USAGES
        ),
        "Issuer": _name(issuer),
        "IssuingCertificateURL": _list(extensions.access("1.3.6.1.5.5.7.48.2")),
        "KeyUsage": extensions.key_usage(),
        "NotAfter": f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
        "NotBefore": f"{certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}",
        "OCSPServer": _list(extensions.access("1.3.6.1.5.5.7.48.1")),
        "RawIssuer": _base64(issuer.public_bytes()),
        "RawSubject": _base64(subject.public_bytes()),
        "RawTBSCertificate": _base64(certificate.tbs_certificate_bytes),
        "SerialNumber": certificate.serial_number,
        "SubjectKeyId": _base64(extensions.subject_key()),
        "UnhandledCriticalExtensions": _list(extensions.unhandled()),
        "UnknownExtKeyUsage": _list(
            _numbers(oid) for oid in extensions.extended_usages() if oid not in EXTENDED_KEY_USAGES
        ),
        "Version": certificate.version.value + 1,
    }


def uri_strings(value: dict[str, Value], certificate: x509.Certificate) -> dict[str, Value]:
    """The certificate's value with its URIs as texts beside."""
    return value | {"URIStrings": _list(_Extensions(certificate.extensions).uris())}


def request_value(request: x509.CertificateSigningRequest) -> dict[str, Value]:
    extensions = _Extensions(request.extensions)
    attributes: list[Value] = []
    listed = [_extension(item) for item in request.extensions]
    if listed:
        # Go reads an extension here as a pair, and finds the flag of a critical one for its value.
        shown: list[Value] = [
            {"Type": item["Id"], "Value": item["Critical"] or item["Value"]} for item in listed
        ]
        attributes.append({"Type": [1, 2, 840, 113549, 1, 9, 14], "Value": [shown]})
    return {
        **_common(request, extensions),
        "Attributes": attributes or None,
        "RawSubject": _base64(request.subject.public_bytes()),
        "RawTBSCertificateRequest": _base64(request.tbs_certrequest_bytes),
        "Version": 0,
    }


def _common(
    signed: x509.Certificate | x509.CertificateSigningRequest, extensions: _Extensions
) -> dict[str, Value]:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoding, form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    try:
        key: Any = signed.public_key()
        key_value, key_bytes = public_value(key), key.public_bytes(encoding, form)
    except (UnsupportedAlgorithm, ValueError):
        key_value, key_bytes = None, None
    algorithm = (
        signed.public_key_algorithm_oid.dotted_string
        if hasattr(signed, "public_key_algorithm_oid")
        else _algorithm_of(key_value)
    )
    return {
        "DNSNames": _list(extensions.alternative("DNSName")),
        "EmailAddresses": _list(extensions.alternative("RFC822Name")),
        "Extensions": _list(_extension(item) for item in extensions.all),
        "ExtraExtensions": None,
        "IPAddresses": _list(map(str, extensions.alternative("IPAddress"))),
        "PublicKey": key_value,
        "PublicKeyAlgorithm": _PUBLIC_KEYS.get(algorithm, 0),
        "Raw": _base64(signed.public_bytes(encoding)),
        "RawSubjectPublicKeyInfo": _base64(key_bytes),
        "Signature": _base64(signed.signature),
        "SignatureAlgorithm": _signature_algorithm(signed),
        "Subject": _name(signed.subject),
        "URIs": _list(_uri(text) for text in extensions.uris()),
    }


def _algorithm_of(key: Value) -> str:
    if type(key) is dict:
        return "1.2.840.113549.1.1.1" if "N" in key else "1.2.840.10045.2.1"
    return "1.3.101.112" if type(key) is str else ""


def _signature_algorithm(signed: x509.Certificate | x509.CertificateSigningRequest) -> int:
    oid = signed.signature_algorithm_oid.dotted_string
    if oid == _PSS:
        used = signed.signature_hash_algorithm
        return _PSS_SIZES.get(used.name, 0) if used else 0
    return _SIGNATURES.get(oid, 0)


def _constraints(extensions: _Extensions) -> dict[str, Value]:
    found = extensions.get("2.5.29.19")
    depth: int = 0
    if found is not None:
        depth = -1 if found.path_length is None else found.path_length
    return {
        "BasicConstraintsValid": found is not None,
        "IsCA": found is not None and found.ca,
        "MaxPathLen": depth,
        "MaxPathLenZero": found is not None and depth == 0,
    }


def _names_constrained(extensions: _Extensions) -> dict[str, Value]:
    found = extensions.get("2.5.29.30")
    value: dict[str, Value] = {"PermittedDNSDomainsCritical": extensions.is_critical("2.5.29.30")}
    for side, trees in (
        ("Permitted", found.permitted_subtrees if found else None),
        ("Excluded", found.excluded_subtrees if found else None),
    ):
        names = list(trees or ())
        for suffix, kind in (
            ("DNSDomains", "DNSName"),
            ("EmailAddresses", "RFC822Name"),
            ("URIDomains", "UniformResourceIdentifier"),
        ):
            value[f"{side}{suffix}"] = _list(_values(names, kind))
        value[f"{side}IPRanges"] = _list(
            {"IP": str(net.network_address), "Mask": _base64(net.netmask.packed)}
            for net in _values(names, "IPAddress")
        )
    return value


def _policies(extensions: _Extensions) -> dict[str, Value]:
    found = extensions.get("2.5.29.32") or ()
    oids = [policy.policy_identifier.dotted_string for policy in found]
    constraints = extensions.get("2.5.29.36")
    inhibited = extensions.get("2.5.29.54")
    value: dict[str, Value] = {
        "Policies": _list(oids),
        "PolicyIdentifiers": _list(map(_numbers, oids)),
        "PolicyMappings": None,
    }
    for name, number in (
        ("InhibitAnyPolicy", inhibited.skip_certs if inhibited else None),
        ("InhibitPolicyMapping", constraints.inhibit_policy_mapping if constraints else None),
        ("RequireExplicitPolicy", constraints.require_explicit_policy if constraints else None),
    ):
        value |= {name: number or 0, f"{name}Zero": number == 0}
    return value


class _Extensions:
    def __init__(self, found: x509.Extensions) -> None:
        self.all = list(found)
        self._by_oid = {item.oid.dotted_string: item for item in self.all}

    def get(self, oid: str) -> Any:
        found = self._by_oid.get(oid)
        return None if found is None else found.value

    def is_critical(self, oid: str) -> bool:
        return oid in self._by_oid and self._by_oid[oid].critical

    def authority_key(self) -> bytes | None:
        found = self.get("2.5.29.35")
        return None if found is None else found.key_identifier

    def subject_key(self) -> bytes | None:
        found = self.get("2.5.29.14")
        return None if found is None else found.digest

    def key_usage(self) -> int:
        found = self.get("2.5.29.15")
        if found is None:
            return 0
        agrees = found.key_agreement
        # The last two have no meaning, and cannot be asked for, where no keys are agreed on.
        names = _KEY_USAGES if agrees else _KEY_USAGES[:-2]
        return sum(1 << place for place, name in enumerate(names) if getattr(found, name))

    def extended_usages(self) -> list[str]:
        return [oid.dotted_string for oid in self.get("2.5.29.37") or ()]

    def alternative(self, kind: str) -> list[Any]:
        return _values(self.get("2.5.29.17") or (), kind)

    def uris(self) -> list[str]:
        return self.alternative("UniformResourceIdentifier")

    def revocation_lists(self) -> list[str]:
        return [
            name.value
            for point in self.get("2.5.29.31") or ()
            for name in point.full_name or ()
            if type(name).__name__ == "UniformResourceIdentifier"
        ]

    def access(self, method: str) -> list[str]:
        return [
            item.access_location.value
            for item in self.get("1.3.6.1.5.5.7.1.1") or ()
            if item.access_method.dotted_string == method
            and type(item.access_location).__name__ == "UniformResourceIdentifier"
        ]

    def unhandled(self) -> list[list[int]]:
        return [
            _numbers(item.oid.dotted_string)
            for item in self.all
            if item.critical and type(item.value).__name__ == "UnrecognizedExtension"
        ]


def _values(names: Any, kind: str) -> list[Any]:
    return [name.value for name in names if type(name).__name__ == kind]


def _extension(item: x509.Extension[Any]) -> dict[str, Value]:
    return {
        "Critical": item.critical,
        "Id": _numbers(item.oid.dotted_string),
        "Value": _base64(item.value.public_bytes()),
    }


def _name(name: x509.Name) -> dict[str, Value]:
    found = [(part.oid, part.value) for part in name]

    def values(oid: str) -> list[Value]:
        return [_text(value) for part, value in found if part.dotted_string == oid]

    return {
        **{field: values(oid) or None for field, oid in _NAMES.items()},
        "CommonName": (values(_COMMON_NAME) or [""])[-1],
        "SerialNumber": (values(_SERIAL_NUMBER) or [""])[-1],
        "ExtraNames": None,
        "Names": _list({"Type": _oid(part), "Value": _text(value)} for part, value in found),
    }


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")


def _uri(text: str) -> Value:
    try:
        url = parse_url(text)
    except UrlError:
        return None
    opaque = text.partition(":")[2] if url.scheme and not (url.host or url.path) else ""
    opaque = opaque.partition("#")[0].partition("?")[0]
    return {
        "ForceQuery": text.partition("#")[0].endswith("?"),
        "Fragment": url.fragment,
        "Host": url.host,
        "OmitHost": bool(url.scheme and url.path and not url.host) and "://" not in text,
        "Opaque": "" if opaque.startswith("/") else opaque,
        "Path": url.path,
        "RawFragment": "",
        "RawPath": url.raw_path,
        "RawQuery": url.raw_query,
        "Scheme": url.scheme,
        "User": {} if "@" in text.partition("//")[2].partition("/")[0] else None,
    }


def _oid(oid: ObjectIdentifier) -> list[int]:
    return _numbers(oid.dotted_string)


def _numbers(oid: str) -> list[int]:
    return [int(part) for part in oid.split(".")]


def _list(items: Any) -> Value:
    """A list; null for an empty one, as Go's."""
    return list(items) or None


def _base64(data: bytes | None) -> Value:
    return None if data is None else base64.b64encode(data).decode()

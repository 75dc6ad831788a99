"""X.509 certificates and requests: read, and chains verified at the evaluation's clock."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from policyengine.rego.runtime.builtins.certificate_chains import chain_of
from policyengine.rego.runtime.builtins.certificate_values import (
    certificate_value,
    request_value,
    uri_strings,
)
from policyengine.rego.runtime.builtins.encodings import decode_base64
from policyengine.rego.runtime.builtins.operands import rego_object, string
from policyengine.rego.runtime.builtins.pem import next_block
from policyengine.rego.runtime.builtins.private_keys import load_private_key, private_value
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.numbers import to_integer
from policyengine.rego.runtime.values import RegoSet, Value, is_number, object_items

if TYPE_CHECKING:
    from cryptography import x509

_Read = TypeVar("_Read")

_CERTIFICATES: Final = "array[object[string: any]]"
_USAGES: Final = {
    "KeyUsageAny": "2.5.29.37.0",
    "KeyUsageServerAuth": "1.3.6.1.5.5.7.3.1",
    "KeyUsageClientAuth": "1.3.6.1.5.5.7.3.2",
    "KeyUsageCodeSigning": "1.3.6.1.5.5.7.3.3",
    "KeyUsageEmailProtection": "1.3.6.1.5.5.7.3.4",
    "KeyUsageIPSECEndSystem": "1.3.6.1.5.5.7.3.5",
    "KeyUsageIPSECTunnel": "1.3.6.1.5.5.7.3.6",
    "KeyUsageIPSECUser": "1.3.6.1.5.5.7.3.7",
    "KeyUsageTimeStamping": "1.3.6.1.5.5.7.3.8",
    "KeyUsageOCSPSigning": "1.3.6.1.5.5.7.3.9",
    "KeyUsageMicrosoftServerGatedCrypto": "1.3.6.1.4.1.311.10.3.3",
    "KeyUsageNetscapeServerGatedCrypto": "2.16.840.1.113730.4.1",
    "KeyUsageMicrosoftCommercialCodeSigning": "1.3.6.1.4.1.311.2.1.22",
    "KeyUsageMicrosoftKernelCodeSigning": "1.3.6.1.4.1.311.61.1.1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    host: str
    time_ns: int
    usages: frozenset[str]


@builtin("crypto.x509.parse_certificates", f"string -> {_CERTIFICATES}")
def parse(text: Value) -> Value:
    certificates = _certificates(string(text, 1))
    return [uri_strings(certificate_value(found), found) for found in certificates]


def _certificates(text: str) -> list[x509.Certificate]:
    """The certificates of PEM, or of base64 of PEM or DER."""
    data = b""
    if not text.startswith("-----BEGIN"):
        data = decode_base64(text)
        text = data.decode(errors="replace") if data.startswith(b"-----BEGIN") else ""
    if text:
        data = b""
        block = next_block(text)
        while block is not None:
            if block.label != "CERTIFICATE":
                raise BuiltinError(f"PEM block type is '{block.label}', expected CERTIFICATE")
            data += block.data
            block = next_block(block.rest)
    from cryptography.x509 import load_der_x509_certificate

    return [_read(load_der_x509_certificate, part) for part in _sequences(data)]


def _sequences(data: bytes) -> list[bytes]:
    """DER values that stand one behind the other."""
    parts: list[bytes] = []
    while data:
        size = data[1] if len(data) > 1 else 0
        start = 2
        if size > 0x80:
            start += size - 0x80
            size = int.from_bytes(data[2:start])
        if data[0] != 0x30 or size == 0x80 or start > 6 or start + size > len(data):
            raise BuiltinError("x509: malformed certificate")
        parts.append(data[: start + size])
        data = data[start + size :]
    return parts


def _read(load: Callable[[bytes], _Read], data: bytes) -> _Read:
    try:
        with warnings.catch_warnings():
            # What is deprecated in a certificate is the policy's to judge.
            warnings.simplefilter("ignore")
            return load(data)
    except ValueError as error:
        raise BuiltinError(f"x509: malformed certificate: {error}") from None


@builtin(
    "crypto.x509.parse_and_verify_certificates",
    f"string -> array<boolean, {_CERTIFICATES}>",
    context=True,
)
def parse_and_verify(session: Session, text: Value) -> Value:
    """Root first, then intermediates, the leaf last; the chain is given the other way round."""
    options = _Options(
        host="", time_ns=session.now_ns, usages=frozenset({_USAGES["KeyUsageServerAuth"]})
    )
    chain = _verified(session, string(text, 1), options)
    return [bool(chain), [uri_strings(certificate_value(found), found) for found in chain]]


@builtin(
    "crypto.x509.parse_and_verify_certificates_with_options",
    f"string, object[string: any] -> array<boolean, {_CERTIFICATES}>",
    context=True,
)
def parse_and_verify_with_options(session: Session, text: Value, options: Value) -> Value:
    given = string(text, 1)
    rego_object(options, 2)
    try:
        _certificates(given)
    except BuiltinError:
        return [False, []]
    chain = _verified(session, given, _options(session, options))
    return [bool(chain), [certificate_value(found) for found in chain]]


def _verified(session: Session, text: str, options: _Options) -> list[x509.Certificate]:
    session.budget.charge(len(text))
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=options.time_ns // 1000)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return chain_of(
                _certificates(text), moment=moment, host=options.host, usages=options.usages
            )
    except BuiltinError:
        return []


def _options(session: Session, value: Value) -> _Options:
    host, time_ns, usages = "", session.now_ns, {"KeyUsageServerAuth"}
    for key, item in object_items(rego_object(value, 2)):
        if key == "DNSName":
            if type(item) is not str:
                raise BuiltinError("'DNSName' should be a string")
            host = item.strip('"')
        elif key in {"CurrentTime", "MaxConstraintComparisons"}:
            number = to_integer(item) if is_number(item) else None
            if number is None or not -(2**63) <= number < 2**63:
                raise BuiltinError(f"'{key}' should be a valid number")
            time_ns = number if key == "CurrentTime" else time_ns
        elif key == "KeyUsages":
            if type(item) is not list and not isinstance(item, RegoSet):
                raise BuiltinError("'KeyUsages' should be an Array or Set")
            named = [part.strip('"') for part in item if type(part) is str]
            wrong = [part for part in named if part not in _USAGES]
            if wrong:
                raise BuiltinError(f"invalid entries for 'KeyUsages' found: {' '.join(wrong)}")
            usages = set(named) or usages
        elif type(key) is str:
            raise BuiltinError("invalid key option")
    return _Options(
        host=host, time_ns=time_ns, usages=frozenset(_USAGES[usage] for usage in usages)
    )


@builtin("crypto.x509.parse_certificate_request", "string -> object[string: any]")
def parse_request(text: Value) -> Value:
    from cryptography.x509 import load_der_x509_csr

    given = string(text, 1)
    if not given.startswith("-----BEGIN CERTIFICATE REQUEST-----"):
        data = decode_base64(given)
        given = data.decode(errors="replace")
    else:
        data = b""
    block = next_block(given)
    if block is not None:
        if block.label != "CERTIFICATE REQUEST":
            raise BuiltinError("invalid PEM-encoded certificate signing request")
        data = block.data
    return request_value(_read(load_der_x509_csr, data))


@builtin("crypto.x509.parse_keypair", "string, string -> object[string: any]")
def parse_pair(certificate: Value, key: Value) -> Value:
    """A certificate with those behind it, and the key that belongs to it."""
    from cryptography.x509 import load_der_x509_certificate

    chain = _pem_blocks(string(certificate, 1), "CERTIFICATE")
    keys = _pem_blocks(string(key, 1), "PRIVATE KEY")
    if not chain or not keys:
        raise BuiltinError("tls: failed to find any PEM data in the certificate or the key")
    leaf = _read(load_der_x509_certificate, chain[0])
    private = load_private_key(keys[0])
    if not hasattr(private, "public_key") or private.public_key() != leaf.public_key():
        raise BuiltinError("tls: private key does not match public key")
    return {
        "Certificate": [base64.b64encode(data).decode() for data in chain],
        "Leaf": certificate_value(leaf),
        "OCSPStaple": None,
        "PrivateKey": private_value(private),
        "SignedCertificateTimestamps": None,
        "SupportedSignatureAlgorithms": None,
    }


def _pem_blocks(text: str, label: str) -> list[bytes]:
    """The blocks whose label ends with ``label``; base64 may stand for PEM or one DER value."""
    if not text.startswith("-----BEGIN "):
        data = decode_base64(text)
        if not data.startswith(b"-----BEGIN "):
            return [data]
        text = data.decode(errors="replace")
    found: list[bytes] = []
    block = next_block(text)
    while block is not None:
        if block.label.endswith(label):
            found.append(block.data)
        block = next_block(block.rest)
    return found

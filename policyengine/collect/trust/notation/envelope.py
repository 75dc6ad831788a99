"""Signature envelopes of the Notary Project: JWS in JSON, and COSE_Sign1.

Source: notaryproject/specifications, ``signature-specification``, ``signature-envelope-jws`` and
``signature-envelope-cose``. What an envelope says is parsed here and believed nowhere:
``verify`` checks signature and certificates. An attribute that is marked critical and not known
is refused, as the specification demands.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from policyengine.collect.trust.notation.cbor import (
    CborKey,
    CborValue,
    Tagged,
    decode_cbor,
    encode_sig_structure,
)
from policyengine.errors import MalformedEvidence
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonValue
from policyengine.model.reference import is_digest

JWS_TYPE = "application/jose+json"
COSE_TYPE = "application/cose"
PAYLOAD_TYPE = "application/vnd.cncf.notary.payload.v1+json"
ARTIFACT_TYPE = "application/vnd.cncf.notary.signature"
ENVELOPE_BYTES = 4 * 1024 * 1024  # notation's own limit

X509 = "notary.x509"
SIGNING_AUTHORITY = "notary.x509.signingAuthority"
ALGORITHMS = ("PS256", "PS384", "PS512", "ES256", "ES384", "ES512")

_PREFIX = "io.cncf.notary."
_SCHEME = f"{_PREFIX}signingScheme"
_TIME = f"{_PREFIX}signingTime"
_AUTHENTIC_TIME = f"{_PREFIX}authenticSigningTime"
_EXPIRY = f"{_PREFIX}expiry"
_PLUGIN = f"{_PREFIX}verificationPlugin"
_PLUGIN_VERSION = f"{_PREFIX}verificationPluginMinVersion"
_KNOWN_CRITICAL = frozenset({_SCHEME, _TIME, _AUTHENTIC_TIME, _EXPIRY, _PLUGIN, _PLUGIN_VERSION})
_TIMESTAMP = f"{_PREFIX}timestampSignature"
_JWS_FIELDS = frozenset({"payload", "protected", "header", "signature"})
_COSE_ALGORITHMS = {
    -37: "PS256",
    -38: "PS384",
    -39: "PS512",
    -7: "ES256",
    -35: "ES384",
    -36: "ES512",
}
_COSE_SIGN1 = 18
_EPOCH_TIME = 1
_CERTIFICATES = 32
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotationEnvelope:
    """One envelope. ``message`` is what the signature is over; ``chain`` has DER certificates,
    the signer's first.

    ``signing_time`` is the signer's claim, or under ``SIGNING_AUTHORITY`` the authority's.
    ``plugin`` names a program that the signer wants to verify with. ``timestamp`` is an RFC 3161
    token over ``signature``. ``digest`` and ``annotations`` are of the signed artifact.
    """

    media_type: str
    algorithm: str
    scheme: str
    message: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    digest: str
    signing_time: Instant
    expiry: Instant | None
    plugin: str | None
    timestamp: bytes | None = field(repr=False)
    annotations: tuple[tuple[str, str], ...] = ()


def is_jws_envelope(document: JsonValue) -> bool:
    """Say whether a JSON document has the shape of a JWS envelope of the Notary Project."""
    return (
        isinstance(document, dict)
        and document.keys() == _JWS_FIELDS
        and isinstance(document["header"], dict)
        and any(name == "x5c" or name.startswith(_PREFIX) for name in document["header"])
    )


def is_cose_envelope(data: bytes) -> bool:
    """Say whether bytes begin as a tagged COSE_Sign1 message does."""
    return data[:2] == b"\xd2\x84"


def parse_jws(document: JsonValue, where: str) -> NotationEnvelope:
    """Read a JWS envelope. Raises MalformedEvidence."""
    read = FieldReader(where)
    envelope = read.root(document)
    extra = sorted(envelope.keys() - _JWS_FIELDS)
    if extra:
        raise read.wrong((extra[0][:80],), "a field", "payload, protected, header and signature")
    protected_text = read.text(envelope, "protected", ())
    payload_text = read.text(envelope, "payload", ())
    protected_bytes = _base64url(read, protected_text, "protected")
    inside = f"{where}/protected"
    headers = FieldReader(inside).root(parse_json(protected_bytes, where=inside, depth=8))
    header = read.object(envelope, "header", ())
    certificates = read.texts(header, "x5c", ("header",))
    _within(read, len(certificates))
    chain = tuple(_base64(read, text, "x5c") for text in certificates)
    token = read.optional_text(header, _TIMESTAMP, ("header",))
    fields = FieldReader(inside)
    return _envelope(
        fields,
        media_type=JWS_TYPE,
        algorithm=fields.text(headers, "alg", ()),
        content_type=fields.text(headers, "cty", ()),
        critical=fields.texts(headers, "crit", ()),
        headers={name: _jws_value(fields, name, value) for name, value in headers.items()},
        message=f"{protected_text}.{payload_text}".encode(),
        payload=_base64url(read, payload_text, "payload"),
        signature=_base64url(read, read.text(envelope, "signature", ()), "signature"),
        chain=chain,
        timestamp=None if token is None else _base64(read, token, _TIMESTAMP),
    )


def parse_cose(data: bytes, where: str) -> NotationEnvelope:
    """Read a COSE envelope. Raises MalformedEvidence."""
    if len(data) > ENVELOPE_BYTES:
        raise MalformedEvidence(
            "is too large for a signature",
            where=where,
            expected=f"at most {ENVELOPE_BYTES} bytes",
        )
    read = FieldReader(where)
    try:
        outer = decode_cbor(data)
        if not isinstance(outer, Tagged) or outer.tag != _COSE_SIGN1:
            raise ValueError("no COSE_Sign1 message")
        parts = outer.value
        if not isinstance(parts, list) or len(parts) != 4:
            raise ValueError("no COSE_Sign1 message of four parts")
        protected, unprotected, payload, signature = parts
        if not isinstance(protected, bytes) or not isinstance(payload, bytes):
            raise ValueError("protected headers or payload that are no bytes")
        if not isinstance(unprotected, dict) or not isinstance(signature, bytes):
            raise ValueError("unprotected headers or signature of another type")
        headers = decode_cbor(protected)
        if not isinstance(headers, dict):
            raise ValueError("protected headers that are no map")
        repeated = headers.keys() & unprotected.keys()
        if repeated:
            raise ValueError(f"the header {next(iter(repeated))!r} both protected and not")
        critical = headers.get(2)
        if not isinstance(critical, list) or not all(isinstance(c, str) for c in critical):
            raise ValueError("critical headers that are no array of texts")
        algorithm = headers.get(1)
        content_type = headers.get(3)
        if not isinstance(algorithm, int) or not isinstance(content_type, str):
            raise ValueError("no algorithm or no content type")
    except (ValueError, RecursionError) as problem:
        raise MalformedEvidence("is no COSE signature", where=where, found=str(problem)) from None
    return _envelope(
        read,
        media_type=COSE_TYPE,
        algorithm=_COSE_ALGORITHMS.get(algorithm, f"COSE algorithm {algorithm}"),
        content_type=content_type,
        critical=[str(name) for name in critical],
        headers=_cose_values(headers),
        message=encode_sig_structure(protected, payload),
        payload=payload,
        signature=signature,
        chain=_cose_chain(read, unprotected),
        timestamp=_cose_bytes(unprotected.get(_TIMESTAMP)),
    )


@dataclass(frozen=True, slots=True)
class _Time:
    at: Instant


_Header = str | _Time | None


def _envelope(
    read: FieldReader,
    *,
    media_type: str,
    algorithm: str,
    content_type: str,
    critical: Sequence[str],
    headers: Mapping[str, _Header],
    message: bytes,
    payload: bytes,
    signature: bytes,
    chain: tuple[bytes, ...],
    timestamp: bytes | None,
) -> NotationEnvelope:
    if algorithm not in ALGORITHMS:
        found = repr(algorithm[:40])
        raise read.wrong(("alg",), found, f"an algorithm that signs: {', '.join(ALGORITHMS)}")
    if content_type != PAYLOAD_TYPE:
        raise read.wrong(("cty",), repr(content_type[:80]), PAYLOAD_TYPE)
    scheme = headers.get(_SCHEME)
    if scheme not in {X509, SIGNING_AUTHORITY}:
        raise read.wrong((_SCHEME,), repr(scheme), f"{X509} or {SIGNING_AUTHORITY}")
    time_name = _AUTHENTIC_TIME if scheme == SIGNING_AUTHORITY else _TIME
    needed = [name for name in (_SCHEME, _EXPIRY, _AUTHENTIC_TIME) if name in headers]
    _check_critical(read, critical, headers, needed)
    other = _TIME if scheme == SIGNING_AUTHORITY else _AUTHENTIC_TIME
    if other in headers:
        raise read.wrong((other,), "a time", f"only {time_name} under {scheme}")
    signing_time = headers.get(time_name)
    if not isinstance(signing_time, _Time):
        raise read.wrong((time_name,), "nothing", "the time of signing")
    expiry = headers.get(_EXPIRY)
    if _EXPIRY in headers and not isinstance(expiry, _Time):
        raise read.wrong((_EXPIRY,), repr(expiry), "a time")
    plugin = headers.get(_PLUGIN)
    if _PLUGIN in headers and not isinstance(plugin, str):
        raise read.wrong((_PLUGIN,), "something else", "a text")
    if not chain:
        raise read.wrong(("x5c",), "nothing", "the certificates of the signer")
    digest, annotations = _target(payload, read.where)
    return NotationEnvelope(
        media_type=media_type,
        algorithm=algorithm,
        scheme=str(scheme),
        message=message,
        signature=signature,
        chain=chain,
        digest=digest,
        signing_time=signing_time.at,
        expiry=expiry.at if isinstance(expiry, _Time) else None,
        plugin=plugin if isinstance(plugin, str) else None,
        timestamp=timestamp,
        annotations=annotations,
    )


def _check_critical(
    read: FieldReader,
    critical: Sequence[str],
    headers: Mapping[str, _Header],
    needed: Sequence[str],
) -> None:
    if len(set(critical)) != len(critical):
        raise read.wrong(("crit",), "a name twice", "each name once")
    for name in critical:
        if name not in headers:
            raise read.wrong(("crit",), repr(name[:80]), "names of protected headers")
        if name not in _KNOWN_CRITICAL:
            raise read.wrong(("crit",), repr(name[:80]), "attributes that are known")
    for name in needed:
        if name not in critical:
            raise read.wrong(("crit",), f"nothing of {name}", "it, as it must be understood")


def _target(payload: bytes, where: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    place = f"{where}/payload"
    read = FieldReader(place)
    document = read.root(parse_json(payload, where=place, depth=8))
    artifact = read.object(document, "targetArtifact", ())
    path = ("targetArtifact",)
    digest = read.text(artifact, "digest", path)
    if not is_digest(digest):
        raise read.wrong((*path, "digest"), repr(digest[:80]), "a digest, as sha256:...")
    annotations = read.optional_object(artifact, "annotations", path)
    return digest, tuple(
        (name, read.text(annotations, name, (*path, "annotations"))) for name in annotations
    )


def _jws_value(read: FieldReader, name: str, value: JsonValue) -> _Header:
    if name in {_TIME, _AUTHENTIC_TIME, _EXPIRY}:
        if isinstance(value, str):
            try:
                return _Time(Instant.parse(value))
            except ValueError:
                pass
        raise read.wrong((name,), repr(value)[:80], "an RFC 3339 time")
    return value if isinstance(value, str) else None


def _cose_values(headers: Mapping[CborKey, CborValue]) -> dict[str, _Header]:
    found: dict[str, _Header] = {}
    for name, value in headers.items():
        if not isinstance(name, str):
            continue
        if isinstance(value, Tagged) and value.tag == _EPOCH_TIME and isinstance(value.value, int):
            found[name] = _Time(Instant(value.value * 1_000_000_000))
        else:
            found[name] = value if isinstance(value, str) else None
    return found


def _cose_chain(read: FieldReader, unprotected: Mapping[CborKey, CborValue]) -> tuple[bytes, ...]:
    listed = unprotected.get(33)
    # RFC 9360: one certificate stands alone, several in an array.
    items = [listed] if isinstance(listed, bytes) else listed
    if not isinstance(items, list):
        raise read.wrong(("x5chain",), "something else", "certificates")
    chain = tuple(item for item in items if isinstance(item, bytes))
    if len(chain) != len(items):
        raise read.wrong(("x5chain",), "something else", "certificates")
    _within(read, len(chain))
    return chain


def _cose_bytes(value: CborValue) -> bytes | None:
    return value if isinstance(value, bytes) else None


def _within(read: FieldReader, count: int) -> None:
    if count > _CERTIFICATES:
        raise read.wrong(("x5c",), f"{count} certificates", f"at most {_CERTIFICATES}")


def _base64url(read: FieldReader, text: str, name: str) -> bytes:
    """Decode RFC 7515 base64url: without padding, and without bits that mean nothing."""
    if _BASE64URL.fullmatch(text) is not None and len(text) % 4 != 1:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if base64.urlsafe_b64encode(data).rstrip(b"=") == text.encode():
            return data
    raise read.wrong((name,), "something else", "base64url without padding")


def _base64(read: FieldReader, text: object, name: str) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        raise read.wrong(("header", name), "something else", "base64") from None


def envelope_of(data: bytes, where: str) -> NotationEnvelope:
    """Read an envelope of either kind. Raises an EvidenceError."""
    if is_cose_envelope(data):
        return parse_cose(data, where)
    document = parse_json(data, where=where, depth=8)
    if not is_jws_envelope(document):
        raise MalformedEvidence(
            "is no signature of the Notary Project",
            where=where,
            expected="a JWS or COSE envelope",
        )
    return parse_jws(document, where)

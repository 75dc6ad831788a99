"""The promise of a Rekor log that it has a signature: a signed entry timestamp.

Source: containers/image ``signature/internal/rekor_set.go``. The log signs the canonical JSON of
its entry; the entry must be of this payload, this signature and this key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence

import orjson
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject

_ENTRY = frozenset({"body", "integratedTime", "logIndex", "logID"})
_MOST_SECONDS = 253_402_300_799  # the year 9999


def logged_at(
    bundle: bytes,
    *,
    log_keys: Sequence[ec.EllipticCurvePublicKey],
    payload: bytes,
    signature: bytes,
    key: ec.EllipticCurvePublicKey,
    where: str,
) -> Instant:
    """Return when the log took the signature. Raises MalformedEvidence where it did not."""
    read = FieldReader(where)
    document = read.root(parse_json(bundle, where=where, depth=8))
    _exactly(read, document, frozenset({"SignedEntryTimestamp", "Payload"}), ())
    entry = read.object(document, "Payload", ())
    _exactly(read, entry, _ENTRY, ("Payload",))
    promise = _base64(read, document, "SignedEntryTimestamp", ())
    message = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
    if not any(_verifies(log_key, promise, message) for log_key in log_keys):
        raise read.wrong(("SignedEntryTimestamp",), "a promise of another log", "one of the keys")
    seconds = read.optional_integer(entry, "integratedTime", ("Payload",))
    if seconds is None or not 0 < seconds <= _MOST_SECONDS:
        raise read.wrong(("Payload", "integratedTime"), repr(seconds), "seconds since 1970")
    body = _base64(read, entry, "body", ("Payload",))
    _require_entry_of(body, payload, signature, key, f"{where}: the entry")
    return Instant(seconds * 1_000_000_000)


def _require_entry_of(
    body: bytes, payload: bytes, signature: bytes, key: ec.EllipticCurvePublicKey, where: str
) -> None:
    read = FieldReader(where)
    entry = read.root(parse_json(body, where=where, depth=8))
    if (entry.get("kind"), entry.get("apiVersion")) != ("hashedrekord", "0.0.1"):
        found = f"{entry.get('kind')!r} {entry.get('apiVersion')!r}"[:80]
        raise read.wrong(("kind",), found, "hashedrekord 0.0.1")
    spec = read.object(entry, "spec", ())
    signed = read.object(spec, "signature", ("spec",))
    place = ("spec", "signature")
    if _base64(read, signed, "content", place) != signature:
        raise read.wrong((*place, "content"), "another signature", "this one")
    listed = read.object(signed, "publicKey", place)
    pem = _base64(read, listed, "content", (*place, "publicKey"))
    try:
        entry_key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        entry_key = None
    if not isinstance(entry_key, ec.EllipticCurvePublicKey) or entry_key != key:
        raise read.wrong((*place, "publicKey"), "another key", "the one that signed")
    data = read.object(spec, "data", ("spec",))
    digest = read.object(data, "hash", ("spec", "data"))
    if (digest.get("algorithm"), digest.get("value")) != (
        "sha256",
        hashlib.sha256(payload).hexdigest(),
    ):
        raise read.wrong(("spec", "data", "hash"), "another payload", "this one, by sha256")


def _verifies(key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _exactly(
    read: FieldReader, obj: JsonObject, names: frozenset[str], path: tuple[str, ...]
) -> None:
    if obj.keys() != names:
        found = ", ".join(sorted(obj))[:200] or "nothing"
        raise read.wrong(path, found, ", ".join(sorted(names)))


def _base64(read: FieldReader, obj: JsonObject, name: str, path: tuple[str, ...]) -> bytes:
    text = read.text(obj, name, path)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise read.wrong((*path, name), "something else", "base64") from None

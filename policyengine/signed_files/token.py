"""OPA's form of signatures: ``{"signatures": [TOKEN]}``, the token over a list of all files.

https://www.openpolicyagent.org/docs/management-bundles, "Signature Format"; RFC 7515 (JWS) and
RFC 7519 (claims). MD5 and SHA-1, which OPA knows too, prove nothing here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policyengine.errors import PolicyEngineError, UsageError
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject
from policyengine.signed_files.trusted import Trusted, TrustedKey

# The digest, in hexadecimal, of a file's name and content by an algorithm of hashlib.
Digest = Callable[[str, bytes, str], str]

_DIGESTS = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_SECOND = 1_000_000_000
# The year 9999: a claim beyond is no time.
_LAST_SECOND = 253_402_300_799


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature that was verified. ``signer`` is the fingerprint of the key, ``issued_at`` when
    the signer says that it was made."""

    signer: str
    keyid: str | None
    scope: str
    algorithm: str
    issued_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningTerms:
    """What a signature says beside the files. ``algorithm`` None is what is usual for the key;
    times are cut to whole seconds."""

    algorithm: str | None = None
    keyid: str | None = None
    scope: str = ""
    issued_at: Instant | None = None
    expires: Instant | None = None


def plain_digest(_: str, content: bytes, algorithm: str) -> str:
    """Return the digest of the bytes as they are."""
    return hashlib.new(algorithm, content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedList:
    """A list of files whose signature was verified: of each name the algorithm, as hashlib calls
    it, and the digest in hexadecimal."""

    signature: Signature
    files: Mapping[str, tuple[str, str]]


def verified_list(
    document: bytes,
    trusted: Trusted,
    *,
    where: str,
    error: type[PolicyEngineError],
    at: Sequence[Instant] = (),
) -> SignedList:
    """Return what ``document`` signs, as ``trusted`` asks. Raises ``error``.

    ``where`` names the document in errors. ``at`` are the times at which it must hold: without
    any, no end of a key or signature is looked at.

    1. There is exactly one token.
    2. Its algorithm is one that a trusted key is for: never ``none``, never a secret made of a
       public key.
    3. The signature is that of a trusted key, of the name that is asked for.
    4. The certificate of the key, and the signature, have begun and not ended.
    5. It is for the scope that is asked for, and not older than what is asked for.
    """
    read = FieldReader(where, error)
    # 1
    header, payload, signed, signature = _token(_only_token(document, read), read)
    # 2, 3
    algorithm = read.text(header, "alg", ())
    if "crit" in header:
        raise error("asks for extensions that are not known", where=where)
    keyid = read.optional_text(header, "kid", ()) or read.optional_text(payload, "keyid", ())
    if trusted.keyid is not None and keyid != trusted.keyid:
        raise error(
            "is signed by another key", where=where, found=repr(keyid), expected=trusted.keyid
        )
    key = _signing_key(trusted, algorithm, signed, signature, read)
    # 4
    issued_at = _claim(payload, "iat", read)
    _hold_times(key, payload, at, read)
    # 5
    scope = read.optional_text(payload, "scope", ()) or ""
    if scope != trusted.scope:
        raise error(
            "is signed for another scope",
            where=where,
            found=repr(scope),
            expected=repr(trusted.scope),
        )
    since = trusted.signed_since
    if since is not None and (issued_at is None or issued_at < since):
        raise error(
            "is an older signature than may be used",
            where=where,
            found="one that does not say when it was made"
            if issued_at is None
            else f"one of {issued_at}",
            expected=f"one of {since} or later",
            hint="what was signed before is withdrawn; sign the present file again",
        )
    from policyengine.rego.json_web_signatures import fingerprint

    return SignedList(
        signature=Signature(
            signer=fingerprint(key.key.material),
            keyid=keyid,
            scope=scope,
            algorithm=algorithm,
            issued_at=issued_at,
        ),
        files=_files(read.required_objects(payload, "files", ()), read),
    )


def hold_files(
    signed: SignedList,
    contents: Mapping[str, bytes],
    *,
    where: str,
    error: type[PolicyEngineError],
    digest: Digest,
    hint: str | None = None,
) -> None:
    """Hold that every file of ``contents`` is listed with its digest, and no other is listed.

    ``where`` is the place that the files lie in. Raises ``error``.
    """
    for name in sorted({*contents, *signed.files}):
        if name not in signed.files:
            raise error("was added after the signature", where=f"{where}/{name}")
        if name not in contents:
            raise error("was removed after the signature", where=f"{where}/{name}")
        algorithm, wanted = signed.files[name]
        if (found := digest(name, contents[name], algorithm)) != wanted:
            raise error(
                "was changed after the signature",
                where=f"{where}/{name}",
                found=found,
                expected=wanted,
                hint=hint,
            )


def signatures_document(
    contents: Mapping[str, bytes], material: Any, terms: SigningTerms, *, digest: Digest
) -> bytes:
    """Return the document that signs ``contents`` by ``material``, a key that was read.

    Raises UsageError for an algorithm that the key is not for.
    """
    from policyengine.rego.json_web_signatures import algorithms_for, encoded_part, signature

    possible = algorithms_for(material)
    chosen = terms.algorithm or next(iter(possible), "")
    if chosen not in possible:
        raise UsageError(
            "the key is not for that algorithm",
            found=chosen,
            expected=" or ".join(possible) or "a key that signs",
        )
    files = [
        {"name": name, "hash": digest(name, contents[name], "sha256"), "algorithm": "SHA-256"}
        for name in sorted(contents)
    ]
    header = {"alg": chosen, "typ": "JWT", **({"kid": terms.keyid} if terms.keyid else {})}
    times = {"iat": terms.issued_at, "exp": terms.expires}
    payload = {
        "files": files,
        **({"keyid": terms.keyid} if terms.keyid else {}),
        **({"scope": terms.scope} if terms.scope else {}),
        **{name: time.ns // _SECOND for name, time in times.items() if time is not None},
    }
    signed = ".".join(encoded_part(_compact(part)) for part in (header, payload))
    token = f"{signed}.{encoded_part(signature(chosen, material, signed.encode()))}"
    return _compact({"signatures": [token]}) + b"\n"


def _only_token(document: bytes, read: FieldReader) -> str:
    place, error = read.where, read.error
    signatures = read.root(parse_json(document, where=place, error=error))
    tokens = read.texts(signatures, "signatures", ())
    if read.optional_text(signatures, "plugin", ()) not in {None, "_default"}:
        raise error("names a plugin of OPA, which is not run", where=place)
    if len(tokens) != 1:
        raise error("does not have exactly one signature", where=place, found=str(len(tokens)))
    return tokens[0]


def _token(token: str, read: FieldReader) -> tuple[JsonObject, JsonObject, bytes, bytes]:
    from policyengine.rego.json_web_signatures import decoded_part

    place, error = read.where, read.error
    parts = token.split(".")
    if len(parts) != 3:
        raise error("is no JSON Web Token", where=place, found=f"{len(parts)} parts")
    try:
        header, payload, signature = map(decoded_part, parts)
    except ValueError as problem:
        raise error("is no JSON Web Token", where=place, found=str(problem)) from None
    documents = [
        read.root(parse_json(part, where=place, error=error)) for part in (header, payload)
    ]
    return documents[0], documents[1], ".".join(parts[:2]).encode(), signature


def _signing_key(
    trusted: Trusted, algorithm: str, signed: bytes, signature: bytes, read: FieldReader
) -> TrustedKey:
    from policyengine.rego.json_web_signatures import algorithms_for, verifies

    fitting = [
        each
        for each in trusted.keys
        if algorithm
        in ((each.key.algorithm and (each.key.algorithm,)) or algorithms_for(each.key.material))
        and algorithm in algorithms_for(each.key.material)
        and (not trusted.algorithms or algorithm in trusted.algorithms)
    ]
    if not fitting:
        possible = {name for each in trusted.keys for name in algorithms_for(each.key.material)}
        raise read.error(
            "is signed by an algorithm that no trusted key is for",
            where=read.where,
            found=repr(algorithm[:20]),
            expected=" or ".join(trusted.algorithms or sorted(possible)),
        )
    for each in fitting:
        if verifies(algorithm, each.key.material, signed, signature):
            return each
    raise read.error(
        "is not signed by a trusted key",
        where=read.where,
        found=algorithm,
        hint="the wrong key, or a signature that was changed",
    )


def _hold_times(
    key: TrustedKey, payload: JsonObject, at: Sequence[Instant], read: FieldReader
) -> None:
    if not at:
        return
    begins, ends = _claim(payload, "nbf", read), _claim(payload, "exp", read)
    for what, first, last in (
        ("the certificate of the key that signed it", key.begins, key.ends),
        ("the signature", begins, ends),
    ):
        for time in at:
            if first is not None and time < first:
                raise read.error(
                    f"{what} is not valid yet at {time}",
                    where=read.where,
                    found=f"valid from {first}",
                )
            if last is not None and time >= last:
                raise read.error(
                    f"{what} has ended at {time}",
                    where=read.where,
                    found=f"valid until {last}",
                    hint="sign it again, by a key that is valid",
                )


def _claim(payload: JsonObject, name: str, read: FieldReader) -> Instant | None:
    """Return a NumericDate (RFC 7519, section 2), None where it is not claimed."""
    value = payload.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise read.wrong((name,), repr(value)[:60], "seconds since 1970")
    if not 0 <= value <= _LAST_SECOND:
        raise read.wrong((name,), repr(value)[:60], "seconds since 1970")
    return Instant(int(value) * _SECOND)


def _files(listed: Sequence[JsonObject], read: FieldReader) -> dict[str, tuple[str, str]]:
    promised: dict[str, tuple[str, str]] = {}
    for index, item in enumerate(listed):
        path = ("files", index)
        name = read.text(item, "name", path).removeprefix("/")
        if name in promised:
            raise read.wrong((*path, "name"), f"{name!r} twice", "each file once")
        word = read.text(item, "algorithm", path)
        if word not in _DIGESTS:
            raise read.wrong((*path, "algorithm"), repr(word), " or ".join(_DIGESTS))
        promised[name] = (_DIGESTS[word], read.text(item, "hash", path).lower())
    return promised


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

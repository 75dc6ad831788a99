"""OPA's signatures of bundles: ``.signatures.json``, one JSON Web Token over a list of all files.

https://www.openpolicyagent.org/docs/management-bundles, "Signature Format". Of a file the hash is
over its bytes; of ``data.json`` and ``.manifest`` over their JSON with keys in order and without
white space, numbers as they are written. MD5 and SHA-1, which OPA knows too, prove nothing here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from policyengine.errors import BundleNotAuthentic, UsageError
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject

if TYPE_CHECKING:
    from policyengine.rego.json_web_signatures import JwtKey

SIGNATURES = ".signatures.json"
_STRUCTURED = frozenset({"data.json", ".manifest"})
_DIGESTS = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """Who may sign: keys, and what else a signature must say.

    ``algorithms`` narrows what the keys could verify, empty is all; ``keyid`` is what the token
    must name as its key, None anything; ``scope`` is what it must be signed for, exactly.
    """

    keys: tuple[JwtKey, ...]
    algorithms: tuple[str, ...] = ()
    keyid: str | None = None
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature that was verified. ``signer`` is the fingerprint of the key."""

    signer: str
    keyid: str | None
    scope: str
    algorithm: str


def verify(contents: Mapping[str, bytes], trusted: Trusted, *, where: str) -> Signature:
    """Verify the signature of a bundle's files. Raises BundleNotAuthentic.

    1. There is exactly one token.
    2. Its algorithm is one that a trusted key is for: never ``none``, never a secret made of a
       public key.
    3. The signature is that of a trusted key, of the name that is asked for.
    4. It is for the scope that is asked for.
    5. Every file is listed with the digest it has, and every listed file is there.
    """
    place = f"{where}/{SIGNATURES}"
    # 1
    header, payload, signed, signature = _token(_only_token(contents, place), place)
    # 2, 3
    read = FieldReader(place, BundleNotAuthentic)
    algorithm = read.text(header, "alg", ())
    if "crit" in header:
        raise BundleNotAuthentic("asks for extensions that are not known", where=place)
    keyid = read.optional_text(header, "kid", ()) or read.optional_text(payload, "keyid", ())
    if trusted.keyid is not None and keyid != trusted.keyid:
        raise BundleNotAuthentic(
            "is signed by another key", where=place, found=repr(keyid), expected=trusted.keyid
        )
    key = _signing_key(trusted, algorithm, signed, signature, place)
    # 4
    scope = read.optional_text(payload, "scope", ()) or ""
    if scope != trusted.scope:
        raise BundleNotAuthentic(
            "is signed for another scope",
            where=place,
            found=repr(scope),
            expected=repr(trusted.scope),
        )
    # 5
    _check_files(read.required_objects(payload, "files", ()), contents, read, where)
    from policyengine.rego.json_web_signatures import fingerprint

    return Signature(
        signer=fingerprint(key.material), keyid=keyid, scope=scope, algorithm=algorithm
    )


def sign(
    contents: Mapping[str, bytes],
    material: Any,
    *,
    algorithm: str | None = None,
    keyid: str | None = None,
    scope: str = "",
) -> bytes:
    """Return the ``.signatures.json`` of ``contents``. ``material`` is a key that was read.

    Raises UsageError for an algorithm that the key is not for.
    """
    from policyengine.rego.json_web_signatures import algorithms_for, encoded_part, signature

    possible = algorithms_for(material)
    chosen = algorithm or next(iter(possible), "")
    if chosen not in possible:
        raise UsageError(
            "the key is not for that algorithm",
            found=chosen,
            expected=" or ".join(possible) or "a key that signs",
        )
    files = [
        {"name": name, "hash": _digest(name, contents[name], "sha256"), "algorithm": "SHA-256"}
        for name in sorted(contents)
        if name != SIGNATURES
    ]
    header = {"alg": chosen, "typ": "JWT", **({"kid": keyid} if keyid else {})}
    payload = {
        "files": files,
        **({"keyid": keyid} if keyid else {}),
        **({"scope": scope} if scope else {}),
    }
    signed = ".".join(encoded_part(_compact(part)) for part in (header, payload))
    token = f"{signed}.{encoded_part(signature(chosen, material, signed.encode()))}"
    return _compact({"signatures": [token]}) + b"\n"


def _only_token(contents: Mapping[str, bytes], place: str) -> str:
    if SIGNATURES not in contents:
        raise BundleNotAuthentic(
            "is missing, and the settings ask for a signature",
            where=place,
            hint="[bundles.trust] says whose; policyengine bundle sign makes one",
        )
    read = FieldReader(place, BundleNotAuthentic)
    document = read.root(parse_json(contents[SIGNATURES], where=place, error=BundleNotAuthentic))
    tokens = read.texts(document, "signatures", ())
    if read.optional_text(document, "plugin", ()) not in {None, "_default"}:
        raise BundleNotAuthentic("names a plugin of OPA, which is not run", where=place)
    if len(tokens) != 1:
        raise BundleNotAuthentic(
            "does not have exactly one signature", where=place, found=str(len(tokens))
        )
    return tokens[0]


def _token(token: str, place: str) -> tuple[JsonObject, JsonObject, bytes, bytes]:
    from policyengine.rego.json_web_signatures import decoded_part

    parts = token.split(".")
    if len(parts) != 3:
        raise BundleNotAuthentic("is no JSON Web Token", where=place, found=f"{len(parts)} parts")
    try:
        header, payload, signature = map(decoded_part, parts)
    except ValueError as error:
        raise BundleNotAuthentic("is no JSON Web Token", where=place, found=str(error)) from None
    read = FieldReader(place, BundleNotAuthentic)
    documents = [
        read.root(parse_json(part, where=place, error=BundleNotAuthentic))
        for part in (header, payload)
    ]
    return documents[0], documents[1], ".".join(parts[:2]).encode(), signature


def _signing_key(
    trusted: Trusted, algorithm: str, signed: bytes, signature: bytes, place: str
) -> JwtKey:
    from policyengine.rego.json_web_signatures import algorithms_for, verifies

    fitting = [
        key
        for key in trusted.keys
        if algorithm in ((key.algorithm and (key.algorithm,)) or algorithms_for(key.material))
        and algorithm in algorithms_for(key.material)
        and (not trusted.algorithms or algorithm in trusted.algorithms)
    ]
    if not fitting:
        possible = {name for key in trusted.keys for name in algorithms_for(key.material)}
        raise BundleNotAuthentic(
            "is signed by an algorithm that no trusted key is for",
            where=place,
            found=repr(algorithm[:20]),
            expected=" or ".join(trusted.algorithms or sorted(possible)),
        )
    for key in fitting:
        if verifies(algorithm, key.material, signed, signature):
            return key
    raise BundleNotAuthentic(
        "is not signed by a trusted key",
        where=place,
        found=algorithm,
        hint="the wrong key, or a signature that was changed",
    )


def _check_files(
    listed: Sequence[JsonObject], contents: Mapping[str, bytes], read: FieldReader, where: str
) -> None:
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
    for name in sorted({*contents, *promised} - {SIGNATURES}):
        if name not in promised:
            raise BundleNotAuthentic("was added after the signature", where=f"{where}/{name}")
        if name not in contents:
            raise BundleNotAuthentic("was removed after the signature", where=f"{where}/{name}")
        algorithm, digest = promised[name]
        if (found := _digest(name, contents[name], algorithm)) != digest:
            raise BundleNotAuthentic(
                "was changed after the signature",
                where=f"{where}/{name}",
                found=found,
                expected=digest,
            )


def _digest(name: str, content: bytes, algorithm: str) -> str:
    if PurePosixPath(name).name in _STRUCTURED:
        # It refuses a repeated key, of which OPA would hash the last.
        parse_json(content, where=name, error=BundleNotAuthentic)
        value = json.loads(content, parse_float=_Number, parse_int=_Number)
        content = "".join(_canonical(value)).encode()
    return hashlib.new(algorithm, content).hexdigest()


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def _canonical(value: Any) -> list[str]:
    if isinstance(value, dict):
        # Go sorts by bytes, which is the order of code points.
        parts = [[_string(key), ":", *_canonical(value[key])] for key in sorted(value)]
        return ["{", *_separated(parts), "}"]
    if isinstance(value, list):
        return ["[", *_separated([_canonical(item) for item in value]), "]"]
    if isinstance(value, _Number):
        return [str(value)]
    if isinstance(value, str):
        return [_string(value)]
    return [json.dumps(value)]


def _separated(parts: Sequence[list[str]]) -> list[str]:
    found: list[str] = []
    for part in parts:
        found += [*([","] if found else []), *part]
    return found


def _string(text: str) -> str:
    # As Go's encoding/json without escapes for HTML.
    written = json.dumps(text, ensure_ascii=False)
    return written.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

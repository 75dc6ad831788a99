"""Who may sign: keys and what else a signature must say, from a table of the settings.

``[bundles.trust]`` and ``[waivers.trust]`` have entries of one form, read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policyengine.errors import TrustPolicyError, UsageError
from policyengine.given_file import read_given
from policyengine.model.instant import Instant

if TYPE_CHECKING:
    from policyengine.rego.json_web_signatures import JwtKey

_KEY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A key; one of a certificate is valid from ``begins`` until ``ends``, any other always."""

    key: JwtKey
    begins: Instant | None = None
    ends: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """Who may sign: keys, and what else a signature must say.

    ``algorithms`` narrows what the keys could verify, empty is all; ``keyid`` is what the token
    must name as its key, None anything; ``scope`` is what it must be signed for, exactly. A
    signature made before ``signed_since``, or that does not say when, is refused; None asks
    nothing.
    """

    keys: tuple[TrustedKey, ...]
    algorithms: tuple[str, ...] = ()
    keyid: str | None = None
    scope: str = ""
    signed_since: Instant | None = None


def trusted_of(table: Mapping[str, Any], folder: Path, *, where: str) -> Trusted | None:
    """Return whom an entry of the settings trusts, None where it says ``unsigned``.

    Paths are relative to ``folder``. Raises TrustPolicyError.
    """
    if table.get("unsigned"):
        if len(table) > 1:
            raise TrustPolicyError(
                "is unsigned and says how it is signed", where=where, found=", ".join(table)
            )
        return None
    since = table.get("signed_since")
    return trusted_keys(
        [folder / Path(path).expanduser() for path in table.get("keys", ())],
        None if "secret" not in table else folder / Path(table["secret"]).expanduser(),
        algorithms=tuple(table.get("algorithms", ())),
        keyid=table.get("keyid"),
        scope=table.get("scope", ""),
        signed_since=None if since is None else Instant.parse(str(since)),
        where=where,
    )


def trusted_keys(
    keys: Sequence[Path],
    secret: Path | None,
    *,
    algorithms: tuple[str, ...],
    keyid: str | None,
    scope: str,
    where: str,
    signed_since: Instant | None = None,
) -> Trusted:
    """Return who may sign, with the keys read. Raises TrustPolicyError."""
    from policyengine.rego.json_web_signatures import ALGORITHMS, JwtKey

    found: list[TrustedKey] = []
    for path in keys:
        data = read_given(path, error=TrustPolicyError, limit=_KEY_BYTES)
        try:
            found += _public_keys(data.decode())
        except (ValueError, UnicodeDecodeError) as error:
            raise TrustPolicyError(
                "is no public key",
                where=str(path),
                found=str(error),
                expected="a public key or certificate in PEM, or a JWK set",
            ) from None
    if secret is not None:
        data = read_given(secret, error=TrustPolicyError, limit=_KEY_BYTES)
        if _is_no_secret(data):
            raise TrustPolicyError(
                "is no secret",
                where=str(secret),
                found="nothing, or a key in PEM or as a JWK, which is no secret",
            )
        found.append(TrustedKey(key=JwtKey(algorithm="", key_id="", material=data)))
    if not found:
        raise TrustPolicyError("names no key", where=where, expected="keys or secret")
    for name in algorithms:
        if name not in ALGORITHMS:
            raise TrustPolicyError(
                "no algorithm of signatures",
                where=where,
                found=repr(name),
                expected=", ".join(sorted(ALGORITHMS)),
            )
    return Trusted(
        keys=tuple(found),
        algorithms=algorithms,
        keyid=keyid,
        scope=scope,
        signed_since=signed_since,
    )


def signing_material(key: str | None, secret: str | None) -> Any:
    """Return the key or secret in that file, to sign by. Raises UsageError."""
    from policyengine.rego.json_web_signatures import read_private_key

    if (key is None) == (secret is None):
        raise UsageError("there must be one key to sign by", expected="--key FILE or --secret FILE")
    if secret is not None:
        data = read_given(secret, error=UsageError, limit=_KEY_BYTES)
        if _is_no_secret(data):
            raise UsageError(
                "is no secret", where=secret, found="nothing, or a key in PEM or as a JWK"
            )
        return data
    assert key is not None
    try:
        return read_private_key(read_given(key, error=UsageError, limit=_KEY_BYTES))
    except ValueError as error:
        raise UsageError("is no key to sign by", where=key, found=str(error)) from None


def _public_keys(text: str) -> list[TrustedKey]:
    from policyengine.rego.json_web_signatures import certificate_validity, read_public_keys

    begins, ends = certificate_validity(text) or (None, None)
    return [
        TrustedKey(
            key=key,
            begins=None if begins is None else Instant(begins),
            ends=None if ends is None else Instant(ends),
        )
        for key in read_public_keys(text)
    ]


def _is_no_secret(data: bytes) -> bool:
    """Say whether ``data`` is nothing, or a key that may be known to all."""
    text = data.strip()
    return not text or text.startswith(b"-----BEGIN") or (text[:1] == b"{" and b'"kty"' in text)

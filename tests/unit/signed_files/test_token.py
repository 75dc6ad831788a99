"""Lists of files under a token: when a signature holds, and what else may be asked of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from policyengine.errors import TrustPolicyError, WaiverError
from policyengine.model.instant import Instant
from policyengine.rego.json_web_signatures import JwtKey, encoded_part, signature
from policyengine.signed_files import (
    SignedList,
    SigningTerms,
    Trusted,
    TrustedKey,
    hold_files,
    plain_digest,
    signatures_document,
    trusted_keys,
    trusted_of,
    verified_list,
)

KEY = ed25519.Ed25519PrivateKey.generate()
PUBLIC = JwtKey(algorithm="", key_id="", material=KEY.public_key())
FILES = {"a": b"1", "b": b"2"}
AT = Instant.parse


def trusting(**changes: Any) -> Trusted:
    times = {name: changes.pop(name) for name in ("begins", "ends") if name in changes}
    return Trusted(keys=(TrustedKey(key=PUBLIC, **times),), **changes)


def signed(**terms: Any) -> bytes:
    return signatures_document(FILES, KEY, SigningTerms(**terms), digest=plain_digest)


def claiming(**claims: object) -> bytes:
    """A document of the trusted key, with claims of any type."""
    parts = [{"alg": "EdDSA"}, {"files": [], **claims}]
    text = ".".join(encoded_part(json.dumps(part).encode()) for part in parts)
    made = encoded_part(signature("EdDSA", KEY, text.encode()))
    return json.dumps({"signatures": [f"{text}.{made}"]}).encode()


def verified(document: bytes, trusted: Trusted, *at: str) -> SignedList:
    return verified_list(
        document, trusted, where="s", error=WaiverError, at=[AT(text) for text in at]
    )


def test_a_list_says_who_signed_it_when_and_what() -> None:
    terms = {"keyid": "k", "scope": "s", "issued_at": AT("2026-01-31T12:00:00.5Z")}
    found = verified(signed(**terms), trusting(keyid="k", scope="s"))
    assert (found.signature.keyid, found.signature.scope) == ("k", "s")
    assert found.signature.signer.startswith("sha256:")
    assert found.signature.issued_at == AT("2026-01-31T12:00:00Z")
    hold_files(found, FILES, where=".", error=WaiverError, digest=plain_digest)


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ({"a": b"1", "b": b"2", "c": b""}, "./c: was added after"),
        ({"a": b"1"}, "./b: was removed after"),
        ({"a": b"1", "b": b"1"}, "./b: was changed after"),
    ],
)
def test_every_file_is_the_one_that_was_signed(contents: dict[str, bytes], said: str) -> None:
    with pytest.raises(WaiverError, match=said):
        hold_files(
            verified(signed(), trusting()),
            contents,
            where=".",
            error=WaiverError,
            digest=plain_digest,
        )


ENDS = {"ends": AT("2026-02-01T00:00:00Z")}
BEGINS = {"begins": AT("2026-02-01T00:00:00Z")}
TIMES = [
    pytest.param(signed(expires=ENDS["ends"]), {}, "2026-01-31T23:59:59Z", None, id="holds"),
    pytest.param(
        signed(expires=ENDS["ends"]), {}, "2026-02-01T00:00:00Z", "signature has ended", id="ended"
    ),
    pytest.param(claiming(nbf=1.5), {}, "1970-01-01T00:00:01Z", None, id="begun"),
    pytest.param(claiming(nbf=2), {}, "1970-01-01T00:00:01Z", "not valid yet", id="not begun"),
    pytest.param(signed(), ENDS, "2026-01-31T23:59:59.9Z", None, id="key holds"),
    pytest.param(
        signed(), ENDS, "2026-02-01T00:00:00Z", "certificate .* has ended", id="key ended"
    ),
    pytest.param(signed(), BEGINS, "2026-02-01T00:00:00Z", None, id="key has begun"),
    pytest.param(
        signed(), BEGINS, "2026-01-31T23:59:59Z", "certificate .* not valid yet", id="key not begun"
    ),
    pytest.param(claiming(exp="2099"), {}, "2026-01-01T00:00:00Z", "exp", id="an end in words"),
    pytest.param(claiming(exp=True), {}, "1970-01-01T00:00:00Z", "exp", id="an end that is true"),
    pytest.param(claiming(exp=-1), {}, "1970-01-01T00:00:00Z", "exp", id="an end before time"),
    pytest.param(claiming(exp=1e300), {}, "2026-01-01T00:00:00Z", "exp", id="no end at all"),
    pytest.param(claiming(iat="now"), {}, "2026-01-01T00:00:00Z", "iat", id="made in words"),
]


@pytest.mark.parametrize(("document", "key", "at", "said"), TIMES)
def test_a_signature_holds_while_it_and_its_key_are_valid(
    document: bytes, key: dict[str, Instant], at: str, said: str | None
) -> None:
    if said is None:
        verified(document, trusting(**key), at)
        return
    with pytest.raises(WaiverError, match=said):
        verified(document, trusting(**key), at)


def test_it_must_hold_at_every_time_that_is_asked() -> None:
    document = signed(expires=ENDS["ends"])
    verified(document, trusting())
    with pytest.raises(WaiverError, match="has ended"):
        verified(document, trusting(), "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (signed(issued_at=AT("2026-01-31T11:59:59Z")), "one of 2026-01-31T11:59:59Z"),
        (signed(), "does not say when"),
    ],
)
def test_what_was_signed_before_is_refused(document: bytes, said: str) -> None:
    since = trusting(signed_since=AT("2026-01-31T12:00:00Z"))
    verified(signed(issued_at=AT("2026-01-31T12:00:00Z")), since)
    with pytest.raises(WaiverError, match=said):
        verified(document, since)


def certificate(folder: Path, *, ends: datetime) -> Path:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(ends)
        .sign(KEY, None)
    )
    path = folder / "signer.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def read(path: Path) -> Trusted:
    return trusted_keys([path], None, algorithms=(), keyid=None, scope="", where="test")


def test_a_certificate_is_valid_to_its_last_second(tmp_path: Path) -> None:
    trusted = read(certificate(tmp_path, ends=datetime(2026, 1, 31, 12, tzinfo=UTC)))
    (key,) = trusted.keys
    assert key.begins == AT("2026-01-01T00:00:00Z")
    verified(signed(), trusted, "2026-01-31T12:00:00.9Z")
    with pytest.raises(WaiverError, match="has ended"):
        verified(signed(), trusted, "2026-01-31T12:00:01Z")


@pytest.mark.parametrize(
    "content",
    [b"", b" \n", b"-----BEGIN PUBLIC KEY-----", b'\n {"kty": "EC"}', b'{"keys":[{"kty":"OKP"}]}'],
)
def test_what_everybody_may_know_is_no_secret(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(TrustPolicyError, match="no secret"):
        trusted_of({"secret": "secret"}, tmp_path, where="test")


@pytest.mark.parametrize(
    ("table", "check"),
    [
        ({"unsigned": True}, lambda trusted: trusted is None),
        ({"secret": "s", "scope": "x", "keyid": "k"}, lambda t: (t.scope, t.keyid) == ("x", "k")),
        (
            {"secret": "s", "signed_since": "2026-01-31T12:00:00Z"},
            lambda t: t.signed_since == AT("2026-01-31T12:00:00Z"),
        ),
    ],
)
def test_an_entry_of_the_settings_says_whom_it_trusts(
    table: dict[str, Any], check: Callable[[Any], bool], tmp_path: Path
) -> None:
    (tmp_path / "s").write_bytes(b"a secret")
    assert check(trusted_of(table, tmp_path, where="test"))

"""Signed bundles, and the ways in which one that is not signed as asked could get through."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from policyengine.bundle.signatures import SIGNATURES, sign, verify
from policyengine.errors import BundleNotAuthentic, UsageError
from policyengine.rego.json_web_signatures import (
    JwtKey,
    algorithms_for,
    read_private_key,
    read_public_keys,
    signature,
)
from policyengine.signed_files import Trusted, TrustedKey
from tests.bundle_files import RULE

RSA = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
P521 = ec.generate_private_key(ec.SECP521R1())
ED = ed25519.Ed25519PrivateKey.generate()
SECRET = b"a shared secret of some length"
CONTENTS = {
    ".manifest": b'{"roots": ["acme"], "revision": "r7"}',
    "user.rego": RULE.encode(),
    "acme/data.json": b'{"b": 1.50, "a": ["\\u2028<&>", 1e3, null, true]}',
}

Files = dict[str, bytes]


def public_pem(private: Any) -> bytes:
    pem: bytes = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


def public(private: Any, algorithm: str = "") -> JwtKey:
    if isinstance(private, bytes):
        return JwtKey(algorithm=algorithm, key_id="", material=private)
    return JwtKey(algorithm=algorithm, key_id="", material=private.public_key())


def trusting(*keys: Any, **options: Any) -> Trusted:
    return Trusted(keys=tuple(TrustedKey(key=public(key)) for key in keys), **options)


def signed(key: Any = RSA, contents: Files = CONTENTS, **options: Any) -> Files:
    return {**contents, SIGNATURES: sign(contents, key, **options)}


def token_of(contents: Files) -> str:
    token: str = json.loads(contents[SIGNATURES])["signatures"][0]
    return token


def part(data: object) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def with_token(contents: Files, *tokens: str, **fields: object) -> Files:
    return {**contents, SIGNATURES: json.dumps({"signatures": tokens, **fields}).encode()}


PAIRS = [
    *((RSA, f"{family}{size}") for family in ("RS", "PS") for size in (256, 384, 512)),
    *((EC, "ES256"), (P384, "ES384"), (P521, "ES512"), (ED, "EdDSA")),
    *((SECRET, f"HS{size}") for size in (256, 384, 512)),
]


@pytest.mark.parametrize(("key", "algorithm"), PAIRS, ids=lambda value: str(value)[:6])
def test_what_is_signed_verifies_by_every_algorithm(key: Any, algorithm: str) -> None:
    files = signed(key, algorithm=algorithm, keyid="k", scope="write")
    found = verify(files, trusting(OTHER, key, keyid="k", scope="write"), where="b")
    assert (found.algorithm, found.keyid, found.scope) == (algorithm, "k", "write")
    assert found.signer.startswith("shared" if isinstance(key, bytes) else "sha256:")


@pytest.mark.parametrize(("key", "algorithm"), PAIRS, ids=lambda value: str(value)[:6])
def test_signing_again_gives_the_same_bytes(key: Any, algorithm: str) -> None:
    assert signed(key, algorithm=algorithm) == signed(key, algorithm=algorithm)


def test_of_json_that_decides_the_hash_is_over_its_content(tmp_path: Path) -> None:
    files = signed()
    files[".manifest"] = b'{ "revision":"r7",\n"roots":["acme"] }'
    assert verify(files, trusting(RSA), where="b").algorithm == "RS256"


def forged_none(files: Files) -> Files:
    _, payload, _ = token_of(files).split(".")
    return with_token(files, f"{part({'alg': 'none'})}.{payload}.")


def forged_hmac(files: Files) -> Files:
    """The known attack: the public key, which everybody has, as the secret of HS256."""
    _, payload, _ = token_of(files).split(".")
    text = f"{part({'alg': 'HS256'})}.{payload}"
    code = hmac.new(public_pem(RSA), text.encode(), hashlib.sha256).digest()
    return with_token(files, f"{text}.{part(code)}")


def resigned(files: Files, change: Callable[[dict[str, Any]], None]) -> Files:
    """The payload changed by whoever has the key: what is then wrong is not the signature."""
    payload = decoded(token_of(files).split(".")[1])
    change(payload)
    text = f"{part({'alg': 'ES256'})}.{part(payload)}"
    return with_token(files, f"{text}.{part(signature('ES256', EC, text.encode()))}")


def changed_payload(files: Files) -> Files:
    header, payload, kept = token_of(files).split(".")
    content = decoded(payload)
    content["files"] = content["files"][:1]
    return with_token(files, f"{header}.{part(content)}.{kept}")


def moved(files: Files) -> Files:
    files = dict(files)
    files["other.rego"] = files.pop("user.rego")
    return files


ATTACKS = [
    pytest.param(
        lambda f: {n: c for n, c in f.items() if n != SIGNATURES}, "missing", id="unsigned"
    ),
    pytest.param(lambda f: {**f, "deny.rego": b"package x"}, "added after", id="a file added"),
    pytest.param(
        lambda f: {**f, "x/.signatures.json": f[SIGNATURES]}, "added after", id="signatures below"
    ),
    pytest.param(lambda f: {**f, "CHANGELOG.md": b""}, "added after", id="a text added"),
    pytest.param(
        lambda f: {n: c for n, c in f.items() if n != "user.rego"},
        "removed after",
        id="a file removed",
    ),
    pytest.param(
        lambda f: {**f, "user.rego": RULE.replace("deny", "warn").encode()},
        "changed after",
        id="a rule altered",
    ),
    pytest.param(
        lambda f: {**f, "acme/data.json": b'{"b": 1.5, "a": ["\\u2028<&>", 1e3, null, true]}'},
        "changed after",
        id="a number written otherwise",
    ),
    pytest.param(
        lambda f: {**f, ".manifest": b'{"roots": [""], "revision": "r7"}'},
        "changed after",
        id="the manifest altered",
    ),
    pytest.param(
        lambda f: {**f, ".manifest": b'{"roots": ["x"], "roots": ["acme"], "revision": "r7"}'},
        "twice",
        id="a key twice in the manifest",
    ),
    pytest.param(moved, "added after", id="a file renamed"),
    pytest.param(forged_none, "algorithm", id="alg none"),
    pytest.param(forged_hmac, "algorithm", id="HS256 with the public key"),
    pytest.param(changed_payload, "not signed by a trusted key", id="the list of files cut"),
    pytest.param(lambda f: signed(OTHER), "not signed by a trusted key", id="a key not trusted"),
    pytest.param(lambda f: signed(ED), "algorithm", id="a key of another kind"),
    pytest.param(lambda f: signed(RSA, scope="write"), "another scope", id="another scope"),
    pytest.param(with_token, "exactly one", id="no token"),
    pytest.param(
        lambda f: with_token(f, token_of(signed(OTHER)), token_of(f)),
        "exactly one",
        id="two tokens",
    ),
    pytest.param(lambda f: with_token(f, token_of(f), plugin="x"), "plugin", id="a plugin"),
    pytest.param(lambda f: with_token(f, "a.b"), "no JSON Web Token", id="two parts"),
    pytest.param(lambda f: with_token(f, token_of(f) + "="), "no JSON Web Token", id="padding"),
    pytest.param(lambda f: with_token(f, "...."), "no JSON Web Token", id="only dots"),
    pytest.param(lambda f: with_token(f, f"{part([])}.{part({})}."), "object", id="no header"),
    pytest.param(lambda f: {**f, SIGNATURES: b"[]"}, "object", id="no object"),
    pytest.param(lambda f: {**f, SIGNATURES: b"{"}, "JSON", id="no JSON"),
    pytest.param(
        lambda f: resigned(f, lambda p: p["files"].append(dict(p["files"][0]))),
        "each file once",
        id="a file listed twice",
    ),
    pytest.param(
        lambda f: resigned(f, lambda p: p["files"][0].update(algorithm="MD5")),
        "SHA-256",
        id="a digest by MD5",
    ),
    pytest.param(
        lambda f: resigned(f, lambda p: p["files"][0].pop("algorithm")),
        "algorithm",
        id="no digest named",
    ),
    pytest.param(lambda f: resigned(f, lambda p: p.pop("files")), "files", id="no list of files"),
    pytest.param(
        lambda f: resigned(f, lambda p: p.update(files=[])), "added after", id="an empty list"
    ),
]


@pytest.mark.parametrize(("attack", "said"), ATTACKS)
def test_an_attack_is_refused(attack: Callable[[Files], Files], said: str) -> None:
    with pytest.raises(BundleNotAuthentic) as caught:
        verify(attack(signed()), trusting(RSA, EC), where="b")
    assert said in str(caught.value)


def test_extensions_that_must_be_understood_are_refused() -> None:
    header, payload, _ = token_of(signed()).split(".")
    text = f"{part({**decoded(header), 'crit': ['exp']})}.{payload}"
    with pytest.raises(BundleNotAuthentic, match="extensions"):
        verify(with_token(CONTENTS, f"{text}.AAAA"), trusting(RSA), where="b")


@pytest.mark.parametrize(
    ("key", "options", "trusted", "said"),
    [
        (RSA, {"keyid": "a"}, {"keyid": "b"}, "another key"),
        (RSA, {}, {"keyid": "b"}, "another key"),
        (RSA, {}, {"scope": "write"}, "another scope"),
        (RSA, {"algorithm": "RS256"}, {"algorithms": ("PS256",)}, "algorithm"),
        (SECRET, {"algorithm": "HS512"}, {"algorithms": ("HS256",)}, "algorithm"),
    ],
)
def test_what_is_asked_for_beside_the_key_holds(
    key: Any, options: dict[str, Any], trusted: dict[str, Any], said: str
) -> None:
    with pytest.raises(BundleNotAuthentic, match=said):
        verify(signed(key, **options), trusting(key, **trusted), where="b")


def test_a_key_set_that_names_an_algorithm_is_held_to_it() -> None:
    trusted = Trusted(keys=(TrustedKey(key=public(RSA, "PS256")),))
    assert verify(signed(algorithm="PS256"), trusted, where="b").algorithm == "PS256"
    with pytest.raises(BundleNotAuthentic, match="algorithm"):
        verify(signed(algorithm="RS256"), trusted, where="b")


def test_a_key_is_not_used_for_what_it_is_not() -> None:
    assert algorithms_for(EC) == ("ES256",)
    with pytest.raises(UsageError, match="ES256"):
        sign(CONTENTS, EC, algorithm="ES384")
    with pytest.raises(UsageError, match="HS256"):
        sign(CONTENTS, SECRET, algorithm="RS256")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(SECRET, id="a secret"),
        pytest.param(
            json.dumps({"kty": "oct", "k": part(SECRET)}).encode(), id="a JWK of a secret"
        ),
        pytest.param(
            RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), id="a private key"
        ),
        pytest.param(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", id="no DER"),
    ],
)
def test_what_is_no_public_key_verifies_nothing(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_public_keys(data.decode())


@pytest.mark.parametrize("key", [RSA, EC, P384, P521, ED], ids=lambda key: type(key).__name__)
def test_keys_are_read_from_pem(key: Any) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files = signed(read_private_key(pem))
    found = read_public_keys(public_pem(key).decode())
    trusted = Trusted(keys=tuple(TrustedKey(key=each) for each in found))
    assert verify(files, trusted, where="b").algorithm in algorithms_for(key)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no private key"),
        (public_pem(RSA), "no private key"),
        (b"{}", "JWK"),
        (json.dumps({"kty": "oct", "k": part(SECRET)}).encode(), "no private RSA"),
        (
            RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")),
            "password",
        ),
    ],
)
def test_what_is_no_private_key_signs_nothing(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_private_key(data)

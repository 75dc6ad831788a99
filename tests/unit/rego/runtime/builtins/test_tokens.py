"""What recorded answers cannot hold of tokens: the evaluation's clock, and signing twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from policyengine.rego.policy import Policy

SECRET = '{"kty": "oct", "k": "c2VjcmV0"}'
SECOND = 1_000_000_000


def verdict(claims: dict[str, Any], *, now_ns: int) -> Any:
    policy = Policy.compile(
        {
            "token.rego": f"""package token
valid := io.jwt.decode_verify(
    io.jwt.encode_sign({{"alg": "HS256"}}, input, {SECRET}),
    {{"secret": "secret"}},
)[0]
"""
        }
    )
    return policy.evaluate("data.token.valid", input=claims, now_ns=now_ns)


@pytest.mark.parametrize(
    ("claims", "now_ns", "valid"),
    [
        pytest.param({"exp": 1000}, 999 * SECOND, True, id="before it expires"),
        pytest.param({"exp": 1000}, 1000 * SECOND, False, id="when it expires"),
        pytest.param({"exp": 1000}, 1001 * SECOND, False, id="after it expired"),
        pytest.param({"nbf": 1000}, 999 * SECOND, False, id="before it begins"),
        pytest.param({"nbf": 1000}, 1000 * SECOND, True, id="when it begins"),
        pytest.param({"nbf": 1000, "exp": 1001}, 1000 * SECOND, True, id="between both"),
        pytest.param({"exp": 4102444800}, 4102444801 * SECOND, False, id="long after today"),
        pytest.param({"nbf": 1}, 0, False, id="long before today"),
    ],
)
def test_the_evaluation_s_clock_decides_whether_a_token_is_valid(
    claims: dict[str, Any], now_ns: int, valid: bool
) -> None:
    assert verdict(claims, now_ns=now_ns) is valid


def _base64url(number: int, size: int | None = None) -> str:
    import base64

    data = number.to_bytes(size or (number.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _rsa_key() -> str:
    private = rsa.generate_private_key(65537, 2048).private_numbers()
    numbers = {"n": private.public_numbers.n, "e": 65537, "d": private.d}
    numbers |= {"p": private.p, "q": private.q}
    return json.dumps({"kty": "RSA"} | {name: _base64url(n) for name, n in numbers.items()})


def _elliptic_key() -> str:
    private = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    public = private.public_numbers
    numbers = {"x": public.x, "y": public.y, "d": private.private_value}
    coordinates = {name: _base64url(number, 32) for name, number in numbers.items()}
    return json.dumps({"kty": "EC", "crv": "P-256"} | coordinates)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        pytest.param("PS256", _rsa_key(), id="a signature with a salt"),
        pytest.param("ES256", _elliptic_key(), id="a signature with a nonce"),
    ],
)
def test_signing_the_same_again_gives_the_same(algorithm: str, key: str) -> None:
    policy = Policy.compile(
        {
            "sign.rego": f"""package sign
token := io.jwt.encode_sign({{"alg": "{algorithm}"}}, {{"a": 1}}, {key})
"""
        }
    )
    first = policy.evaluate("data.sign.token", input={"image": "a"})
    assert first == policy.evaluate("data.sign.token", input={"image": "a"})
    other = policy.evaluate("data.sign.token", input={"image": "b"})
    # ES256 follows RFC 6979, in which the key and the text decide; a salt follows the document.
    assert (first == other) is (algorithm == "ES256")

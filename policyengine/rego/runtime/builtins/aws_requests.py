"""Requests signed for Amazon Web Services: Signature Version 4, by the Authorization header.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from policyengine.rego.runtime.builtins.go_urls import GoUrl, UrlError, parse_url
from policyengine.rego.runtime.builtins.operands import number, rego_object, wrong_type
from policyengine.rego.runtime.builtins.registry import BuiltinError, OperandError, builtin
from policyengine.rego.runtime.numbers import to_integer, written_as_integer
from policyengine.rego.runtime.printing import marshal, to_text
from policyengine.rego.runtime.utf8 import encode_utf8
from policyengine.rego.runtime.values import (
    UNDEFINED,
    RegoSet,
    Value,
    is_object,
    make_object,
    object_get,
    object_items,
)

_CONFIGURATION: Final = ("aws_access_key", "aws_region", "aws_secret_access_key", "aws_service")
# The parameters of http.send, which a request is held to.
_REQUEST: Final = frozenset(
    {
        *("method", "url", "body", "raw_body", "headers", "timeout", "raise_error"),
        *("enable_redirect", "force_json_decode", "force_yaml_decode", "max_retry_attempts"),
        *("cache", "force_cache", "force_cache_duration_seconds", "caching_mode"),
        *("cache_ignored_headers", "tls_use_system_certs", "tls_insecure_skip_verify"),
        *("tls_server_name", "tls_ca_cert", "tls_ca_cert_file", "tls_ca_cert_env_variable"),
        *("tls_client_cert", "tls_client_cert_file", "tls_client_cert_env_variable"),
        *("tls_client_key", "tls_client_key_file", "tls_client_key_env_variable"),
    }
)
# What a proxy may change on the way is not signed.
_UNSIGNED: Final = frozenset({"authorization", "user-agent", "x-amzn-trace-id"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Credentials:
    access_key: str
    secret_key: str
    region: str
    service: str
    session_token: str


@builtin(
    "providers.aws.sign_req",
    "object[string: any], object[string: any], number -> object[any: any]",
)
def sign_request(request: Value, configuration: Value, time_ns: Value) -> Value:
    """The request with the headers that make it a signed one."""
    asked = rego_object(request, 1)
    credentials = _credentials(configuration)
    moment = _moment(time_ns)
    _check_request(request)
    headers = _headers(object_get(asked, "headers"))
    url, method = object_get(asked, "url"), object_get(asked, "method")
    wrong = {key: key for key, item in (("method", method), ("url", url)) if type(item) is not str}
    if wrong:
        listed = to_text(RegoSet(wrong))
        raise OperandError(f"operand 1 invalid values for required request parameters(s): {listed}")
    try:
        address = parse_url(url)
    except UrlError as error:
        raise BuiltinError(str(error)) from None
    unsigned = object_get(rego_object(configuration, 1), "disable_payload_signing")
    if unsigned is not UNDEFINED and type(unsigned) is not bool:
        raise OperandError("operand 2 invalid value for 'disable_payload_signing' in AWS config")
    digest = "UNSIGNED-PAYLOAD" if unsigned is True else hashlib.sha256(_body(request)).hexdigest()
    added = _added_headers(credentials, moment, address, digest)
    signed = {**headers, **added}
    to_sign = _to_sign(headers, added)
    canonical = _canonical(method, address, to_sign, digest)
    signed["Authorization"] = _authorization(credentials, moment, to_sign, canonical)
    pairs = [(key, item) for key, item in object_items(asked) if key != "headers"]
    return make_object([*pairs, ("headers", signed)])


def _credentials(configuration: Value) -> _Credentials:
    given = rego_object(configuration, 1)
    found = {name: object_get(given, name) for name in _CONFIGURATION}
    for problem, names in (
        ("missing", [name for name in found if found[name] is UNDEFINED]),
        ("invalid values for", [name for name in found if type(found[name]) is not str]),
    ):
        if names:
            listed = to_text(RegoSet({name: name for name in names}))
            text = f"operand 2 {problem} required AWS config parameters(s): {listed}"
            raise OperandError(text)
    token = object_get(given, "aws_session_token")
    return _Credentials(
        access_key=found["aws_access_key"],
        secret_key=found["aws_secret_access_key"],
        region=found["aws_region"],
        service=found["aws_service"],
        session_token=token if type(token) is str else "",
    )


def _moment(time_ns: Value) -> datetime:
    given = number(time_ns, 1)
    if written_as_integer(given) or to_integer(given) == 0:
        nanoseconds = to_integer(given)
        if nanoseconds is not None and -(2**63) <= nanoseconds < 2**63:
            return _EPOCH + timedelta(seconds=nanoseconds // 1_000_000_000)
    raise OperandError("operand 3 could not convert time_ns value into a unix timestamp")


def _check_request(request: Value) -> None:
    keys = {key: key for key, _ in object_items(rego_object(request, 1))}
    for problem, names in (
        ("invalid", {key: key for key in keys if key not in _REQUEST}),
        ("missing required", {key: key for key in ("method", "url") if key not in keys}),
    ):
        if names:
            listed = to_text(RegoSet.of(names.values()))
            raise OperandError(f"operand 1 {problem} request parameters(s): {listed}")


def _headers(value: Value) -> dict[str, Value]:
    """Each header by its name; what is no text counts as an empty one."""
    if value is UNDEFINED:
        return {}
    if not is_object(value):
        raise wrong_type(0, value, "object")
    return {_text(name): _text(item) for name, item in object_items(value)}


def _text(value: Value) -> str:
    return value if type(value) is str else ""


def _body(request: Value) -> bytes:
    raw = object_get(rego_object(request, 1), "raw_body")
    if raw is not UNDEFINED:
        return encode_utf8(_text(raw))
    body = object_get(rego_object(request, 1), "body")
    return b"" if body is UNDEFINED else encode_utf8(marshal(body))


def _added_headers(
    credentials: _Credentials, moment: datetime, url: GoUrl, digest: str
) -> dict[str, Value]:
    added: dict[str, Value] = {"host": url.host, "x-amz-date": _stamp(moment)}
    if credentials.service in {"s3", "glacier"}:
        added["x-amz-content-sha256"] = digest
    if credentials.session_token:
        added["x-amz-security-token"] = credentials.session_token
    return added


def _to_sign(headers: dict[str, Value], added: dict[str, Value]) -> dict[str, str]:
    named = {name.lower(): item for name, item in headers.items()}
    return {**added, **{name: item for name, item in named.items() if name not in _UNSIGNED}}


def _stamp(moment: datetime) -> str:
    return f"{_day(moment)}T{moment:%H%M%S}Z"


def _day(moment: datetime) -> str:
    return f"{moment.year:04d}{moment:%m%d}"


def _canonical(method: str, url: GoUrl, headers: dict[str, str], digest: str) -> str:
    """The request in the one form that is signed."""
    names = sorted(headers)
    lines = [method, url.escaped_path, url.raw_query]
    lines += [f"{name}:{headers[name]}" for name in names]
    return "\n".join([*lines, "", ";".join(names), digest])


def _authorization(
    credentials: _Credentials, moment: datetime, headers: dict[str, str], canonical: str
) -> str:
    listed = ";".join(sorted(headers))
    scope = (_day(moment), credentials.region, credentials.service, "aws4_request")
    text = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            _stamp(moment),
            "/".join(scope),
            hashlib.sha256(encode_utf8(canonical)).hexdigest(),
        ]
    )
    key = encode_utf8(f"AWS4{credentials.secret_key}")
    for part in scope:
        key = _code(key, part)
    return (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{'/'.join(scope)},"
        f"SignedHeaders={listed},Signature={_code(key, text).hex()}"
    )


def _code(key: bytes, text: str) -> bytes:
    return hmac.new(key, encode_utf8(text), hashlib.sha256).digest()

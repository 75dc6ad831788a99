"""RFC 3161 timestamps over signatures: when a signature was there at the latest.

The token, a CMS message, is verified by ``rfc3161-client`` against the authorities of a trust
store, at the time that it tells. Source of the rules beside: notaryproject/specifications,
"Timestamp verification".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from policyengine.model.instant import Instant

_TOKEN_BYTES = 1024 * 1024
# A TimeStampResp (RFC 3161, 2.4.2) is a status and the token: PKIStatusInfo "granted".
_GRANTED = b"\x30\x03\x02\x01\x00"
_MICROSECOND = 1_000


class BadTimestamp(ValueError):
    """A token that does not hold; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampRange:
    """The time of a token, with its accuracy to both sides."""

    earliest: Instant
    latest: Instant


def verify_timestamp(
    token: bytes, message: bytes, roots: Sequence[x509.Certificate]
) -> TimestampRange:
    """Verify ``token`` over ``message``, by an authority that ``roots`` vouch for.

    Raises BadTimestamp.
    """
    import rfc3161_client

    if len(token) > _TOKEN_BYTES:
        raise BadTimestamp(f"a token of {len(token)} bytes, more than {_TOKEN_BYTES}")
    builder = rfc3161_client.VerifierBuilder()
    for root in dict.fromkeys(roots):
        builder = builder.add_root_certificate(root)
    try:
        response = rfc3161_client.decode_timestamp_response(response_of(token))
        builder.build().verify_message(response, message)
        info = response.tst_info
        moment = int(info.gen_time.timestamp() * 1_000_000) * _MICROSECOND
        accuracy = info.accuracy
    except (rfc3161_client.VerificationError, ValueError, TypeError) as problem:
        raise BadTimestamp(str(problem).splitlines()[0][:200] if str(problem) else "it") from None
    spread = 0
    if accuracy is not None:
        parts = (accuracy.seconds or 0, accuracy.millis or 0, accuracy.micros or 0)
        spread = (parts[0] * 1_000_000 + parts[1] * 1_000 + parts[2]) * _MICROSECOND
    return TimestampRange(earliest=Instant(moment - spread), latest=Instant(moment + spread))


def response_of(token: bytes) -> bytes:
    """Return ``token`` as the answer of an authority that granted it, in DER throughout.

    Many authorities send their certificates in the order of the chain, where DER has sets in the
    order of their bytes, and the library reads nothing else. No signature covers that order.
    Raises ValueError for what is no CMS message.
    """
    content = _GRANTED + _with_sorted_certificates(token)
    length = len(content)
    size = (length.bit_length() + 7) // 8
    head = bytes([length]) if length < 128 else bytes([0x80 | size]) + length.to_bytes(size, "big")
    return b"\x30" + head + content


def _with_sorted_certificates(token: bytes) -> bytes:
    # ContentInfo: contentType, [0] SignedData: version, digestAlgorithms, encapContentInfo,
    # [0] certificates (RFC 5652, 3 and 5.1). Sorting changes no length.
    begin, end = _inside(token, 0, 0x30)
    if end != len(token):
        raise ValueError("no CMS message")
    _, begin = _inside(token, begin, 0x06)
    begin, _ = _inside(token, begin, 0xA0)
    begin, end = _inside(token, begin, 0x30)
    for tag in (0x02, 0x31, 0x30):
        _, begin = _inside(token, begin, tag)
    if begin >= end or token[begin] != 0xA0:
        return token
    begin, end = _inside(token, begin, 0xA0)
    certificates: list[bytes] = []
    at = begin
    while at < end:
        _, after = _inside(token, at, token[at])
        certificates.append(token[at:after])
        at = after
    if at != end:
        raise ValueError("no CMS message")
    return token[:begin] + b"".join(sorted(certificates)) + token[end:]


def _inside(data: bytes, at: int, tag: int) -> tuple[int, int]:
    """Return where the content of the element at ``at`` begins and ends."""
    if at + 2 > len(data) or data[at] != tag:
        raise ValueError("no CMS message")
    length, begin = data[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4:
            raise ValueError("no CMS message")
        length, begin = int.from_bytes(data[begin : begin + size], "big"), begin + size
    if begin + length > len(data):
        raise ValueError("no CMS message")
    return begin, begin + length

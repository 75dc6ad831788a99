"""What DSSE signs: secure-systems-lab/dsse, protocol.md."""

from __future__ import annotations

# The payload type of in-toto statements.
PAYLOAD_TYPE = "application/vnd.in-toto+json"


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding, so that no payload is taken for another type's."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)

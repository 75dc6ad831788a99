"""UUIDs, and numbers that look random: both follow from the evaluation's seed."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import Final

from policyengine.rego.runtime.builtins.operands import integer, string
from policyengine.rego.runtime.builtins.registry import builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.utf8 import encode_utf8, has_bytes
from policyengine.rego.runtime.values import UNDEFINED, Value

_DOMAINS: Final = {0: "Person", 1: "Group", 2: "Org"}
_VARIANTS: Final = {
    uuid.RFC_4122: "RFC4122",
    uuid.RESERVED_NCS: "Reserved",
    uuid.RESERVED_MICROSOFT: "Microsoft",
    uuid.RESERVED_FUTURE: "Future",
}
_UUID: Final = re.compile(
    "[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII
)
_TO_1970: Final = 0x01B21DD213814000  # from 1582-10-15, in steps of 100 ns


def _drawn(session: Session, *key: str) -> bytes:
    running = hashlib.sha256(session.seed)
    for part in key:
        running.update(encode_utf8(f"{len(part)}:{part}"))
    return running.digest()


@builtin("rand.intn", "string, number -> number", context=True, nondeterministic=True)
def random_integer(session: Session, key: Value, below: Value) -> Value:
    name, size = string(key, 1), abs(integer(below, 2))
    return int.from_bytes(_drawn(session, "intn", name, str(size))) % size if size else 0


@builtin("uuid.rfc4122", "string -> string", context=True, nondeterministic=True)
def random_uuid(session: Session, key: Value) -> Value:
    name = key if type(key) is str and has_bytes(key) else marshal(key)
    return str(uuid.UUID(bytes=_drawn(session, "uuid", name)[:16], version=4))


@builtin("uuid.parse", "string -> object[string: any]")
def parse(text: Value) -> Value:
    given = string(text, 1)
    plain = given[9:] if given.lower().startswith("urn:uuid:") else given
    if len(plain) == 38:
        # Whatever stands around it, as Go's package uuid has it.
        plain = plain[1:-1]
    if not _UUID.fullmatch(plain):
        return UNDEFINED
    found = uuid.UUID(plain)
    version = found.bytes[6] >> 4
    parts: dict[str, Value] = {"version": version, "variant": _VARIANTS[found.variant]}
    if version in {1, 2}:
        parts |= {
            # Go counts the nanoseconds in 64 bits: years before 1677 wrap around.
            "time": ((found.time - _TO_1970) * 100 + 2**63) % 2**64 - 2**63,
            "nodeid": found.bytes[10:].hex("-"),
            "macvariables": _mac_kind(found.bytes[10]),
            "clocksequence": found.clock_seq,
        }
    if version == 2:
        domain = found.bytes[9]
        parts |= {"id": found.time_low, "domain": _DOMAINS.get(domain, f"Domain{domain}")}
    return parts


def _mac_kind(first: int) -> str:
    scope = "local" if first & 0b10 else "global"
    return f"{scope}:{'multicast' if first & 0b01 else 'unicast'}"

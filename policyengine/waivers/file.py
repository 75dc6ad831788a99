"""The waiver file, ``waivers.yaml``: YAML or JSON by ``waivers-v1.schema.json``."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

import jsonschema_rs

from policyengine.errors import WaiverError
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.waiver import Waiver
from policyengine.model.yaml_text import Path, parse_yaml_file
from policyengine.resources import read_schema
from policyengine.signed_files import Signature

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY_NS = 86_400_000_000_000
_KEYS = (
    *("rule", "image", "vulnerability", "package", "path", "reason", "owner", "approver"),
    *("created", "expires", "ticket"),
)


def read_waivers(
    data: bytes, *, where: str, signature: Signature | None = None
) -> tuple[Waiver, ...]:
    """Return the waivers in a file. ``signature`` is the one of ``data`` that was verified.

    Raises WaiverError with the line of what does not fit.
    """
    document, lines = parse_yaml_file(
        data, where=where, error=WaiverError, integers=frozenset({"version"})
    )
    try:
        _validator().validate(document)
    except jsonschema_rs.ValidationError as error:
        place = tuple(error.instance_path)
        raise WaiverError(
            f"is no valid waiver file: {_explained(error.message, document, place)}",
            where=f"{where}:{_line(lines, place)}{json_pointer(place)}",
        ) from None
    assert isinstance(document, dict)  # by the schema
    listed: Any = document["waivers"]
    sha256 = hashlib.sha256(data).hexdigest()
    waivers = [
        _waiver(item, where, row=lines[("waivers", index)], sha256=sha256, signature=signature)
        for index, item in enumerate(listed)
    ]
    _refuse_repeated(waivers)
    return tuple(waivers)


def read_time(text: str, where: str, *, end_of_day: bool = False) -> Instant:
    """Return a day in UTC, its start or the end of it, or an RFC 3339 time. Raises WaiverError."""
    whole_day = _DAY.fullmatch(text) is not None
    try:
        instant = Instant.parse(f"{text}T00:00:00Z" if whole_day else text)
    except ValueError:
        raise WaiverError(
            "is no time", where=where, found=repr(text), expected="2026-06-30 or an RFC 3339 time"
        ) from None
    return Instant(instant.ns + _DAY_NS) if whole_day and end_of_day else instant


@cache
def _validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(read_schema("waivers-v1"))


def _line(lines: Mapping[Path, int], place: Path) -> int:
    """Return the line of the nearest object or list around ``place``."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _explained(message: str, document: JsonValue, place: Path) -> str:
    value: Any = document
    for part in place:
        value = value[part]
    if isinstance(value, dict) and len(place) == 2:
        for name in value:
            if name not in _KEYS and (near := get_close_matches(name, _KEYS, n=1)):
                return f"{message}; did you mean {near[0]!r}?"
    return message


def _waiver(
    item: JsonObject, file: str, *, row: int, sha256: str, signature: Signature | None
) -> Waiver:
    image = item.get("image")
    narrowed = image if isinstance(image, dict) else {}
    where = f"{file}:{row}"
    created = read_time(str(item["created"]), f"{where} created")
    expires = read_time(str(item["expires"]), f"{where} expires", end_of_day=True)
    if expires <= created:
        raise WaiverError(
            "a waiver that ends before it begins",
            where=where,
            found=f"created {item['created']}, expires {item['expires']}",
        )
    return Waiver(
        rule=str(item["rule"]),
        reason=str(item["reason"]),
        owner=str(item["owner"]),
        approver=str(item["approver"]),
        created=created,
        expires=expires,
        file=file,
        row=row,
        file_sha256=sha256,
        repository=_optional(narrowed, "repository"),
        digest=_optional(narrowed, "digest"),
        vulnerability=_optional(item, "vulnerability"),
        package=_optional(item, "package"),
        path=_optional(item, "path"),
        ticket=_optional(item, "ticket"),
        signer=None if signature is None else signature.signer,
        keyid=None if signature is None else signature.keyid,
        signed_at=None if signature is None else signature.issued_at,
    )


def _optional(holder: Mapping[str, JsonValue], name: str) -> str | None:
    value = holder.get(name)
    return value if isinstance(value, str) else None


def _refuse_repeated(waivers: list[Waiver]) -> None:
    seen: dict[tuple[str | None, ...], Waiver] = {}
    for waiver in waivers:
        first = seen.setdefault(waiver.about, waiver)
        if first is not waiver:
            raise WaiverError(
                "two waivers of one thing",
                where=f"{waiver.file}:{waiver.row}",
                found=f"the other at line {first.row}",
                hint="keep the one that holds",
            )

"""OPA's signatures of bundles: ``.signatures.json``, one JSON Web Token over a list of all files.

https://www.openpolicyagent.org/docs/management-bundles, "Signature Format". Of a file the hash is
over its bytes; of ``data.json`` and ``.manifest`` over their JSON with keys in order and without
white space, numbers as they are written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from policyengine.errors import BundleNotAuthentic
from policyengine.model.json_text import parse_json
from policyengine.signed_files import (
    Signature,
    SigningTerms,
    Trusted,
    hold_files,
    signatures_document,
    verified_list,
)

SIGNATURES = ".signatures.json"
_STRUCTURED = frozenset({"data.json", ".manifest"})


def verify(contents: Mapping[str, bytes], trusted: Trusted, *, where: str) -> Signature:
    """Verify the signature of a bundle's files. Raises BundleNotAuthentic.

    The steps are those of ``verified_list``, and every file must be listed with its digest. As in
    OPA, of a certificate the key counts, and neither its end nor that of the signature.
    """
    place = f"{where}/{SIGNATURES}"
    if SIGNATURES not in contents:
        raise BundleNotAuthentic(
            "is missing, and the settings ask for a signature",
            where=place,
            hint="[bundles.trust] says whose; policyengine bundle sign makes one",
        )
    signed = verified_list(contents[SIGNATURES], trusted, where=place, error=BundleNotAuthentic)
    hold_files(signed, _signed(contents), where=where, error=BundleNotAuthentic, digest=_digest)
    return signed.signature


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
    terms = SigningTerms(algorithm=algorithm, keyid=keyid, scope=scope)
    return signatures_document(_signed(contents), material, terms, digest=_digest)


def _signed(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in contents.items() if name != SIGNATURES}


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

"""The fingerprint of a reason: the same after a rebuild, another for another finding.

It is made of the rule's id and of what the rule's result says that it is about: ``vulnerability``,
``package`` and ``path``, with the versions in the path taken out, and with them ``check``,
``license`` and ``secret``, of which a file or package can have several. A reason that names none of
the first three is known by its message, without the digests and times in it. Nothing else is taken
out: two findings with one fingerprint would let the second hide behind the first.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from policyengine.model.json_value import FrozenJson

_NAMING = ("vulnerability", "package", "path")
# They tell apart what has one of these names, and name nothing alone.
_TELLING = ("check", "license", "secret")
_VERSION = re.compile(r"\d+(?:\.\d+)+")
_PASSING = re.compile(
    r"sha256:[0-9a-f]{64}"
    r"|\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|z|[+-]\d{2}:?\d{2})"
    r"|\b\d+(?= (?:days?|hours?)\b)"
)


def fingerprint(rule: str, message: str, details: Mapping[str, FrozenJson]) -> str:
    """Return 64 hexadecimal digits for a reason of the rule with the id ``rule``."""
    named = {name: value for name in _NAMING if isinstance(value := details.get(name), str)}
    if "path" in named:
        named["path"] = _VERSION.sub("*", named["path"])
    if named:
        told = {name: value for name in _TELLING if isinstance(value := details.get(name), str)}
        named |= told
    else:
        named["message"] = _PASSING.sub("*", message)
    # A length before each part: no value can be written so that it looks like two.
    parts = [rule, *(text for pair in sorted(named.items()) for text in pair)]
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()

"""The result for programs as YAML 1.2: the same document as ``result_json``.

Written here because PyYAML takes a dozen times the second that 10,000 reasons may take
(``benchmarks/reports_written.py``). Every string is a double-quoted scalar, whose escapes are those
of JSON, so that nothing in evidence can be read as syntax, a tag or another type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

import orjson

from policyengine.model.json_value import FrozenJson
from policyengine.model.verdict import Verdict
from policyengine.report import ReportOptions
from policyengine.report.result_json import result_object

_PLAIN_KEY = re.compile(r"[a-z_][a-z0-9_]*")
# Words that a reader of YAML 1.1 takes for a boolean or null.
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
# A longer key must be marked as one (section 7.4.2).
_LONGEST_KEY = 1000
# What JSON leaves as it is and YAML does not allow, or takes for a line's end (section 5.1, 5.4).
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write one document over all verdicts."""
    stream.write("---\n")
    stream.writelines(_block(result_object(verdicts), ""))


def _block(value: Mapping[str, FrozenJson] | Sequence[FrozenJson], indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _entry(f"{indent}{_key(key, indent)}:", item, indent + "  ")
    else:
        for item in value:
            if isinstance(item, Mapping) and item:
                # The first key of a mapping stands beside the dash.
                lines = _block(item, indent + "  ")
                yield f"{indent}- {next(lines)[len(indent) + 2 :]}"
                yield from lines
            else:
                yield from _entry(f"{indent}-", item, indent + "  ")


def _entry(lead: str, value: FrozenJson, indent: str) -> Iterator[str]:
    if isinstance(value, str) or not isinstance(value, Mapping | Sequence):
        yield f"{lead} {_scalar(value)}\n"
    elif value:
        yield f"{lead}\n"
        yield from _block(value, indent)
    else:
        yield f"{lead} {'{}' if isinstance(value, Mapping) else '[]'}\n"


def _key(key: str, indent: str) -> str:
    if _PLAIN_KEY.fullmatch(key) and key not in _RESERVED and len(key) < _LONGEST_KEY:
        return key
    text = _scalar(key)
    return text if len(text) < _LONGEST_KEY else f"? {text}\n{indent}"


def _scalar(value: FrozenJson) -> str:
    text = orjson.dumps(value).decode()
    if text.isascii() and "\x7f" not in text:
        return text
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

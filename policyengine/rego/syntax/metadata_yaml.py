"""YAML as OPA reads it in METADATA: the rules of Go's ``yaml.v3``.

Plain scalars are YAML 1.2 (``yes`` is a string) with the integers of 1.1 (``0o17``, ``017``,
``1_000``); a date is given as its RFC 3339 text. Only the first document is read. Depth and the use
of aliases are bounded.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import yaml

from policyengine.rego.syntax.ast import YamlValue

MAX_DEPTH: Final = 200
# A document of more values than the first is an attack if more than this share of them come from
# aliases: 99 % up to the second, falling to 10 % at the third.
_ALIAS_VALUES: Final = 1_000
_FEW_VALUES: Final = 400_000
_MANY_VALUES: Final = 4_000_000
# Those of the largest integer of 64 bits. Python refuses to read very long ones.
_MOST_DIGITS: Final = 20

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG: Final = "tag:yaml.org,2002:"

_WORDS: Final[dict[str, tuple[str, YamlValue]]] = {
    **dict.fromkeys(("true", "True", "TRUE"), ("!!bool", True)),
    **dict.fromkeys(("false", "False", "FALSE"), ("!!bool", False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), ("!!null", None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), ("!!float", math.nan)),
    **dict.fromkeys((".inf", ".Inf", ".INF"), ("!!float", math.inf)),
    **dict.fromkeys(("+.inf", "+.Inf", "+.INF"), ("!!float", math.inf)),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), ("!!float", -math.inf)),
}
_INTEGER: Final = re.compile(
    r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))\Z"
)
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_TIME: Final = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d{1,9})?(Z|[+-]\d\d:\d\d))"
    r"|(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d{1,9})?))?\Z"
)


class MetadataError(Exception):
    """A METADATA block that does not say what it may say."""


class MetadataYamlError(MetadataError):
    """YAML that does not read; ``line`` is OPA's line of it, from 1, where it gives one."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True, eq=False)
class YamlNode:
    """A value with its tag and line; ``pairs`` of a mapping, ``items`` of a sequence.

    ``text`` is a scalar as written, ``value`` what that stands for, ``tagged`` whether it has a tag
    of its own. ``size`` counts the values in it, those of aliases each time, ``depth`` how deep
    they nest.
    """

    tag: str
    line: int
    text: str = ""
    value: YamlValue = None
    tagged: bool = False
    items: list[YamlNode] = field(default_factory=list)
    pairs: list[tuple[YamlNode, YamlNode]] = field(default_factory=list)
    size: int = 1
    depth: int = 1

    @property
    def is_null(self) -> bool:
        return self.tag == "!!null"


def read_yaml(text: str) -> YamlNode | None:
    """The first document of ``text``, or ``None`` if there is none.

    Raises ``MetadataYamlError``.
    """
    try:
        return _compose(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        raise _syntax_error(error) from None


def read_stream(text: str) -> YamlNode | None:
    """As ``read_yaml``, but the documents behind the first have to read too."""
    try:
        events = yaml.parse(text, Loader=_LOADER)
        first = _compose(events)
        while _compose(events) is not None:
            pass
    except yaml.YAMLError as error:
        raise _syntax_error(error) from None
    return first


def _syntax_error(error: yaml.YAMLError) -> MetadataYamlError:
    problem = getattr(error, "problem", None) or getattr(error, "reason", None)
    scanner = isinstance(error, yaml.scanner.ScannerError)
    line = 0
    for name in ("context_mark", "problem_mark"):
        mark = getattr(error, name, None)
        if mark is not None and mark.line:
            line = mark.line + scanner
            break
    message = problem or "unknown problem parsing YAML content"
    where = f"line {line}: " if line else ""
    return MetadataYamlError(f"yaml: {where}{message}", line or None)


def _compose(events: Iterator[yaml.Event]) -> YamlNode | None:
    """Build the tree with a stack of its own."""
    anchors: dict[str, YamlNode] = {}
    open_nodes: list[YamlNode] = []
    keys: list[YamlNode | None] = []
    root: YamlNode | None = None
    aliased = 0
    for event in events:
        node: YamlNode | None = None
        if isinstance(event, yaml.AliasEvent):
            node = anchors.get(event.anchor or "")
            if node is None:
                raise MetadataYamlError(f"yaml: unknown anchor '{event.anchor}' referenced")
            if any(node is item for item in open_nodes):
                raise MetadataYamlError(f"yaml: anchor '{event.anchor}' value contains itself")
            aliased += node.size
        elif isinstance(event, yaml.ScalarEvent):
            node = _scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            tag = "!!seq" if isinstance(event, yaml.SequenceStartEvent) else "!!map"
            opened = YamlNode(tag=tag, line=_line(event))
            open_nodes.append(opened)
            keys.append(None)
            if event.anchor:
                anchors[event.anchor] = opened
            if len(open_nodes) > MAX_DEPTH:
                raise MetadataYamlError(f"yaml: exceeded max depth of {MAX_DEPTH}")
            continue
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            node = open_nodes.pop()
            keys.pop()
        elif isinstance(event, yaml.DocumentStartEvent) and event.version not in {None, (1, 1)}:
            raise MetadataYamlError("yaml: found incompatible YAML document")
        elif isinstance(event, yaml.DocumentEndEvent):
            break
        if node is None:
            continue
        if isinstance(event, yaml.ScalarEvent) and event.anchor:
            anchors[event.anchor] = node
        if not open_nodes:
            root = node
            continue
        parent = open_nodes[-1]
        parent.size += node.size
        parent.depth = max(parent.depth, node.depth + 1)
        if parent.depth > MAX_DEPTH:
            raise MetadataYamlError(f"yaml: exceeded max depth of {MAX_DEPTH}")
        if parent.size > _ALIAS_VALUES and aliased > _alias_share(parent.size) * parent.size:
            raise MetadataYamlError("yaml: document contains excessive aliasing")
        if parent.tag == "!!seq":
            parent.items.append(node)
        elif keys[-1] is None:
            keys[-1] = node
        else:
            parent.pairs.append((keys[-1], node))
            keys[-1] = None
    return root


def _alias_share(size: int) -> float:
    over = min(max(size - _FEW_VALUES, 0), _MANY_VALUES - _FEW_VALUES)
    return 0.99 - 0.89 * over / (_MANY_VALUES - _FEW_VALUES)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _scalar(event: yaml.ScalarEvent) -> YamlNode:
    text, line = event.value, _line(event)
    if event.tag is None or (event.tag == "!" and not event.style):
        tag, value = resolve(text) if not event.style else ("!!str", text)
    elif event.tag == "!":
        tag, value = "!!str", text
    else:
        tag = event.tag.replace(_TAG, "!!", 1)
        value = _tagged(tag, text)
    return YamlNode(tag=tag, line=line, text=text, value=value, tagged=event.tag is not None)


def _tagged(tag: str, text: str) -> YamlValue:
    if tag == "!!binary":
        try:
            return base64.b64decode(text, validate=True).decode(errors="replace")
        except (binascii.Error, ValueError):
            raise MetadataYamlError("yaml: !!binary value contains invalid base64 data") from None
    if tag not in {"!!bool", "!!int", "!!float", "!!null", "!!timestamp"}:
        return text
    found, value = resolve(text)
    if found == tag:
        return value
    if tag == "!!float" and isinstance(value, int):
        return value
    raise MetadataYamlError(f"yaml: cannot decode {found} `{text}` as a {tag}")


def resolve(text: str) -> tuple[str, YamlValue]:
    """The tag and value of a plain scalar."""
    word = _WORDS.get(text)
    if word is not None:
        return word
    if text == "<<":
        return "!!merge", text
    if not text or text[0] not in "+-.0123456789":
        return "!!str", text
    moment = _timestamp(text)
    if moment is not None:
        return "!!timestamp", moment
    plain = text.replace("_", "") if text[0] != "." else text
    integer = _INTEGER.match(plain) if text[0] != "." else None
    if integer and len(integer[5] or "") <= _MOST_DIGITS:
        value = _integer(integer)
        if -(2**63) <= value < 2**64:
            return "!!int", value
    if _FLOAT.match(plain):
        number = float(plain)
        if math.isfinite(number):
            return "!!float", int(number) if number.is_integer() and abs(number) < 1e21 else number
    return "!!str", text


def _integer(found: re.Match[str]) -> int:
    sign, hexadecimal, binary, octal, decimal = found.groups()
    value = next(
        int(digits, base)
        for digits, base in ((hexadecimal, 16), (binary, 2), (octal, 8), (decimal, 10))
        if digits is not None
    )
    return -value if sign == "-" else value


def _timestamp(text: str) -> str | None:
    found = _TIME.match(text)
    if not found:
        return None
    year, month, day, *rest = found.groups()
    hour, minute, second, fraction = rest[:4] if rest[0] else rest[5:]
    zone = rest[4]
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
            tzinfo=UTC if zone in {None, "Z"} else _zone(zone),
        )  # fmt: skip
    except ValueError:
        return None
    digits = (fraction or "").rstrip("0").rstrip(".")
    suffix = "Z" if not moment.utcoffset() else zone
    return f"{moment:%Y-%m-%dT%H:%M:%S}{digits}{suffix}"


def _zone(text: str) -> timezone:
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-offset if text[0] == "-" else offset)


def plain_value(node: YamlNode) -> YamlValue:
    """Lists, dictionaries with string keys, and scalars. Raises ``MetadataYamlError``."""
    if node.tag == "!!seq":
        return [plain_value(item) for item in node.items]
    if node.tag == "!!map":
        return plain_mapping(node)
    return node.value


def plain_mapping(node: YamlNode) -> dict[str, YamlValue]:
    """A mapping's keys, as written, and values. Raises ``MetadataYamlError``."""
    return {key.text: plain_value(value) for key, value in merged_pairs(node)}


def merged_pairs(node: YamlNode) -> list[tuple[YamlNode, YamlNode]]:
    """The pairs of a mapping, with what ``<<`` merges into it behind its own.

    Raises ``MetadataYamlError`` for a repeated key.
    """
    own: dict[str, tuple[YamlNode, YamlNode]] = {}
    merges: list[YamlNode] = []
    for key, value in node.pairs:
        if key.tag == "!!merge":
            merges += value.items if value.tag == "!!seq" else [value]
            continue
        if key.text in own:
            raise MetadataYamlError(
                f"yaml: unmarshal errors:\n  line {key.line}: mapping key {_quoted(key.text)} "
                f"already defined at line {own[key.text][0].line}",
                key.line,
            )
        own[key.text] = (key, value)
    for merge in merges:
        if merge.tag != "!!map":
            raise MetadataYamlError("yaml: map merge requires map or sequence of maps as the value")
        for key, value in merged_pairs(merge):
            own.setdefault(key.text, (key, value))
    return list(own.values())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

"""Rules, messages and places of SARIF (section 3.49 and others), as its reader needs them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject

_LINE = re.compile(r"[ *]*([A-Za-z][A-Za-z ]*?)[ *]*:[ \t]*(.*?)[ *]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of a tool; ``path`` is that of its properties."""

    id: str
    name: str
    tags: tuple[str, ...]
    properties: JsonObject
    path: Path
    help: str
    title: str | None
    description: str
    uri: str | None
    level: str | None


NO_RULE = Rule(
    id="",
    name="",
    tags=(),
    properties={},
    path=(),
    help="",
    title=None,
    description="",
    uri=None,
    level=None,
)


def read_rule(read: FieldReader, item: JsonObject, path: Path) -> Rule:
    """Read a ``reportingDescriptor``."""
    properties = read.optional_object(item, "properties", path)
    configuration = read.optional_object(item, "defaultConfiguration", path)
    name, uri = read.optional_texts(item, ("name", "helpUri"), path)
    return Rule(
        id=read.text(item, "id", path),
        name=name or "",
        tags=tuple(tag.lower() for tag in read.texts(properties, "tags", (*path, "properties"))),
        properties=properties,
        path=(*path, "properties"),
        help=message_of(read, item, "help", path),
        title=message_of(read, item, "shortDescription", path) or None,
        description=message_of(read, item, "fullDescription", path),
        uri=uri,
        level=read.optional_text(configuration, "level", (*path, "defaultConfiguration")),
    )


def message_of(read: FieldReader, item: JsonObject, name: str, path: Path) -> str:
    """Return the text of a message."""
    message = read.optional_object(item, name, path)
    text = read.optional_text(message, "text", (*path, name)) or ""
    return text.replace("\\n", "\n")  # some versions of Trivy escaped it twice


def rule_of(
    read: FieldReader, result: JsonObject, path: Path, rules: list[Rule], by_id: dict[str, Rule]
) -> Rule:
    """Return the rule of a result, by identifier, else by index."""
    index = read.optional_integer(result, "ruleIndex", path)
    reference = read.optional_object(result, "rule", path)
    if index is None:
        index = read.optional_integer(reference, "index", (*path, "rule"))
    identifier = read.optional_text(result, "ruleId", path) or read.optional_text(
        reference, "id", (*path, "rule")
    )
    if identifier is not None and identifier in by_id:
        return by_id[identifier]
    if index is not None and 0 <= index < len(rules):
        return rules[index]
    if identifier is None:
        raise read.wrong((*path, "ruleId"), "nothing", "the identifier of a rule")
    return by_id.get(identifier, NO_RULE)


def told_lines(text: str) -> dict[str, str]:
    """Return the ``Key: value`` lines of a message, keys in lower case."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match:
            found.setdefault(match.group(1).lower(), match.group(2))
    return found


def locations_of(
    read: FieldReader, result: JsonObject, path: Path
) -> list[tuple[JsonObject, Path]]:
    """Return the locations of a result, each with its path."""
    return [
        (item, (*path, "locations", index))
        for index, item in enumerate(read.objects(result, "locations", path))
    ]

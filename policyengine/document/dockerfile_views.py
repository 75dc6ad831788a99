"""The shapes in which conftest and Trivy give a Dockerfile to policies.

Conftest 0.71 hands over one array of instructions, comments among them. Trivy 0.69 has stages with
commands; what stands before the first FROM is a stage without a name's image, as it has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policyengine.model.json_value import JsonObject, JsonValue

_PAIRS = frozenset({"ENV", "LABEL"})
_LEADING_TABS = re.compile(r"^\t+", re.MULTILINE)


def conftest_view(dockerfile: JsonObject) -> list[JsonValue]:
    """Return the array that conftest's parser makes of the section ``dockerfile``."""
    return [command for command, _ in _conftest_commands(dockerfile)]


def conftest_lines(dockerfile: JsonObject) -> list[int]:
    """Return the line of each item of ``conftest_view``; that of a comment is its instruction's."""
    return [line for _, line in _conftest_commands(dockerfile)]


def trivy_view(dockerfile: JsonObject) -> JsonObject:
    """Return the object that Trivy makes of the section ``dockerfile``."""
    stages: list[JsonValue] = []
    first = _objects(dockerfile, "global_arguments")
    if first:
        stages.append({"Name": "", "Commands": [_trivy(item, 0, dockerfile) for item in first]})
    for index, stage in enumerate(_objects(dockerfile, "stages")):
        instructions = _objects(stage, "instructions")
        original = _text(instructions[0], "original")
        stages.append(
            {
                "Name": original.removeprefix("FROM ").strip(),
                "Commands": [_trivy(item, index, dockerfile) for item in instructions],
            }
        )
    return {"Stages": stages}


def _conftest_commands(dockerfile: JsonObject) -> Iterator[tuple[JsonValue, int]]:
    stages = [(0, item) for item in _objects(dockerfile, "global_arguments")]
    for index, stage in enumerate(_objects(dockerfile, "stages")):
        stages += [(index, item) for item in _objects(stage, "instructions")]
    for index, item in stages:
        line = item["line"]
        assert isinstance(line, int)
        comments = item["comments"]
        assert isinstance(comments, list)
        for comment in comments:
            yield (
                {
                    "Cmd": "comment",
                    "SubCmd": "",
                    "JSON": False,
                    "Flags": None,
                    "Value": [comment],
                    "Stage": index,
                },
                line,
            )
        yield {**_command(item), "Value": _value(item), "Stage": index}, line


def _trivy(item: JsonObject, stage: int, dockerfile: JsonObject) -> JsonObject:
    command = {
        **_command(item),
        "Value": _value(item),
        "Original": item["original"],
        "Stage": stage,
        "Path": dockerfile["path"],
        "StartLine": item["line"],
        "EndLine": item["end_line"],
    }
    heredocs = _objects(item, "heredocs")
    value = command["Value"]
    if heredocs and isinstance(value, list) and value:
        whole = "\n".join(_text(doc, "content") + _text(doc, "name") for doc in heredocs)
        command["Original"] = f"{item['original']}\n{whole}"
        command["Value"] = [_script(str(value[0]), heredocs)]
    return command


def _script(command: str, heredocs: list[JsonObject]) -> str:
    """Return the command that a shell is given: a here-document alone is itself the script."""
    first = _text(heredocs[0], "content")
    alone = re.fullmatch(r"\d*<<-?\s*[^<\s]+", command) is not None
    if not alone or first.startswith("#!"):
        return command + "".join(
            f"\n{_text(doc, 'content')}{_text(doc, 'name')}" for doc in heredocs
        )
    if heredocs[0]["chomp"] is True:
        first = _LEADING_TABS.sub("", first)
    return " ; ".join(first.replace("\r\n", "\n").removesuffix("\n").split("\n"))


def _command(item: JsonObject) -> JsonObject:
    original = _text(item, "original").split()
    trigger = item.get("trigger")
    flags: JsonValue = [_flag(flag) for flag in _objects(item, "flags")]
    return {
        "Cmd": _text(item, "instruction").lower(),
        # As it is written, where the command is in lower case.
        "SubCmd": original[1] if isinstance(trigger, dict) else "",
        "JSON": (trigger if isinstance(trigger, dict) else item)["form"] == "json",
        "Flags": flags if len(original) > 1 else None,
    }


def _value(item: JsonObject) -> JsonValue:
    trigger = item["trigger"]
    if isinstance(trigger, dict):
        item = trigger
    arguments = item["arguments"]
    assert isinstance(arguments, list)
    if item["instruction"] not in _PAIRS:
        return list(arguments) or None
    first = str(arguments[0])
    if "=" not in first:
        return [first, str(arguments[1]), ""]
    parts: list[JsonValue] = []
    for argument in arguments:
        name, _, text = str(argument).partition("=")
        parts += [name, text, "="]
    return parts


def _flag(flag: JsonObject) -> str:
    name, value = flag["name"], flag["value"]
    return f"--{name}" if value is None else f"--{name}={value}"


def _objects(holder: JsonObject, name: str) -> list[JsonObject]:
    items = holder[name]
    assert isinstance(items, list)  # by the schema
    return [item for item in items if isinstance(item, dict)]


def _text(holder: JsonObject, name: str) -> str:
    value = holder[name]
    assert isinstance(value, str)  # by the schema
    return value

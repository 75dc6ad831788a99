"""One instruction: its keyword, flags and arguments, and what Docker refuses of it.

Source: Dockerfile reference; BuildKit decides what it leaves open. Flags are not compared with a
list: newer frontends know more of them, and a rule can judge what is there.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace

from policyengine.collect.dockerfile.fault import Fault
from policyengine.collect.dockerfile.lines import LogicalLine, heredoc_word
from policyengine.model.dockerfile import Instruction, InstructionFlag, Mount, Variable

JSON, SHELL = "json", "shell"
_SPACE = re.compile(r"[\t\v\f\r ]+")
# Between flags no other spaces count.
_BLANKS = frozenset(" \t\n\v\f\r")
_STAGE_NAME = re.compile(r"[a-z][a-z0-9-_.]*")
# How the arguments of each instruction are read.
_COMMANDS = frozenset({"RUN", "CMD", "ENTRYPOINT", "SHELL"})
_LISTS = frozenset({"ADD", "COPY", "VOLUME"})
_WORDS = frozenset({"EXPOSE", "FROM"})
_TEXTS = frozenset({"MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR"})
_PAIRS = frozenset({"ENV", "LABEL"})
KEYWORDS = _COMMANDS | _LISTS | _WORDS | _TEXTS | _PAIRS | {"ARG", "HEALTHCHECK", "ONBUILD"}
# The least number of arguments; texts have exactly one.
_LEAST = {"ADD": 2, "COPY": 2, "ENV": 1, "LABEL": 1, "EXPOSE": 1, "VOLUME": 1, "ARG": 1, "SHELL": 1}
_NO_TRIGGERS = frozenset({"ONBUILD", "MAINTAINER", "FROM"})


def read_instruction(line: LogicalLine, *, escape: str) -> Instruction:
    """Read one instruction, variables as written. Raises Fault."""
    read = _read(line.text, line, escape)
    return replace(read, comments=line.comments)


def _read(text: str, line: LogicalLine, escape: str) -> Instruction:
    keyword, _, rest = _partitioned(text.strip())
    name = keyword.upper()
    if name not in KEYWORDS:
        raise Fault(
            "an unknown instruction", found=repr(keyword[:40]), expected=", ".join(sorted(KEYWORDS))
        )
    flags, rest = _flags(rest, escape)
    read = Instruction(
        instruction=name,
        arguments=(),
        flags=flags,
        form=None,
        line=line.line,
        end_line=line.end_line,
        original=text,
        heredocs=line.heredocs if name in {"RUN", "COPY", "ADD"} else (),
        mounts=tuple(
            _mount(flag.value) for flag in flags if flag.name == "mount" and flag.value is not None
        )
        if name == "RUN"
        else (),
    )
    if name == "ONBUILD":
        return _onbuild(read, rest, line, escape)
    if name in _PAIRS:
        return _pairs(read, rest, escape)
    if name == "ARG":
        return _argument(read, words(rest, escape))
    arguments, form = _arguments(name, rest)
    _check(name, arguments, form)
    return replace(read, arguments=arguments, form=form)


def _partitioned(text: str) -> tuple[str, str, str]:
    match = _SPACE.search(text)
    if match is None:
        return text, "", ""
    return text[: match.start()], match[0], text[match.end() :]


def _arguments(name: str, rest: str) -> tuple[tuple[str, ...], str | None]:
    if name in _TEXTS:
        return (rest,) if rest else (), None
    if name in _WORDS:
        return tuple(_SPACE.split(rest)) if rest else (), None
    if name == "HEALTHCHECK":
        kind, _, command = _partitioned(rest)
        listed = _json_list(command)
        if listed is not None:
            return (kind, *listed), JSON
        return tuple(part for part in (kind, command) if part), SHELL
    listed = _json_list(rest)
    if listed is not None:
        return listed, JSON
    if not rest:
        return (), SHELL
    return tuple(_SPACE.split(rest)) if name in _LISTS else (rest,), SHELL


def _check(name: str, arguments: tuple[str, ...], form: str | None) -> None:
    least = _LEAST.get(name, 0)
    if len(arguments) < least:
        raise Fault(
            f"{name} without enough arguments",
            found=str(len(arguments)),
            expected=f"at least {least}",
        )
    if name in _TEXTS and not arguments:
        raise Fault(f"{name} without an argument", expected="one")
    if name == "FROM":
        _check_from(arguments)
    elif name == "SHELL" and form != JSON:
        raise Fault("SHELL takes only a JSON array", found=repr(" ".join(arguments)[:80]))
    elif name in {"COPY", "ADD"} and heredoc_word(arguments[-1]) is not None:
        raise Fault(f"the destination of {name} is a here-document", expected="a path")
    elif name == "VOLUME" and not all(argument.strip() for argument in arguments):
        raise Fault("VOLUME with an empty path")
    elif name == "HEALTHCHECK":
        _check_health(arguments)


def _check_from(arguments: tuple[str, ...]) -> None:
    if len(arguments) == 1:
        return
    if len(arguments) != 3 or arguments[1].lower() != "as":
        raise Fault(
            "FROM takes an image, or an image AS a name",
            found=repr(" ".join(arguments)[:80]),
        )
    if _STAGE_NAME.fullmatch(arguments[2].lower()) is None:
        raise Fault(
            "the name of a stage is not valid",
            found=repr(arguments[2][:80]),
            expected="a letter, then letters, digits, '-', '_' and '.'",
        )


def _check_health(arguments: tuple[str, ...]) -> None:
    kind = arguments[0].upper() if arguments and arguments[0] else ""
    if kind == "NONE" and len(arguments) == 1:
        return
    if kind != "CMD" or len(arguments) < 2:
        raise Fault(
            "HEALTHCHECK takes CMD and a command, or NONE",
            found=repr(" ".join(arguments)[:80]),
        )


def _onbuild(read: Instruction, rest: str, line: LogicalLine, escape: str) -> Instruction:
    keyword = _partitioned(rest)[0].upper()
    if not keyword or keyword in _NO_TRIGGERS:
        raise Fault(
            "ONBUILD without an instruction that can be triggered", found=repr(keyword[:40])
        )
    # Not deeper: an ONBUILD behind another was refused.
    trigger = _read(rest, line, escape)
    return replace(read, arguments=(rest,), trigger=trigger)


def _pairs(read: Instruction, rest: str, escape: str) -> Instruction:
    found = words(rest, escape)
    _check(read.instruction, tuple(found), None)
    if "=" not in found[0]:
        # The older form: a name and a text to the end.
        name, space, text = _partitioned(rest)
        if not space:
            raise Fault(f"{read.instruction} with a name alone", found=repr(name[:80]))
        variable = Variable(name=name, written=text, value=None)
        return replace(read, arguments=(name, text), variables=(variable,))
    variables = []
    for word in found:
        name, equals, text = word.partition("=")
        if not equals or not name:
            raise Fault(
                f"{read.instruction} has a part that is no name=value", found=repr(word[:80])
            )
        variables.append(Variable(name=name, written=text, value=None))
    return replace(read, arguments=tuple(found), variables=tuple(variables))


def _argument(read: Instruction, found: list[str]) -> Instruction:
    _check("ARG", tuple(found), None)
    variables = []
    for word in found:
        name, equals, text = word.partition("=")
        if not name:
            raise Fault("ARG without a name", found=repr(word[:80]))
        variables.append(Variable(name=name, written=text if equals else None, value=None))
    return replace(read, arguments=tuple(found), variables=tuple(variables))


def words(text: str, escape: str) -> list[str]:
    """Split at spaces outside of quotes; quotes and escapes stay, but for one at the very end."""
    found: list[str] = []
    word: list[str] = []
    quote = ""
    begun = False
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if not quote and char.isspace():
            if begun:
                found.append("".join(word))
            word, begun = [], False
            continue
        if char == escape and quote != "'":
            if at == len(text):
                break
            word.append(char)
            char = text[at]
            at += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        word.append(char)
        begun = True
    if begun:
        found.append("".join(word))
    return found


def _flags(rest: str, escape: str) -> tuple[tuple[InstructionFlag, ...], str]:
    """Return the flags at the start of ``rest``, quotes and escapes taken, and what follows."""
    flags: list[InstructionFlag] = []
    at = 0
    while True:
        while at < len(rest) and rest[at] in _BLANKS:
            at += 1
        if not rest.startswith("--", at):
            return tuple(flags), rest[at:].strip()
        word, at = _flag_word(rest, at, escape)
        if word == "--":
            return tuple(flags), rest[at:].strip()
        name, equals, value = word[2:].partition("=")
        flags.append(InstructionFlag(name=name, value=value if equals else None))


def _flag_word(rest: str, at: int, escape: str) -> tuple[str, int]:
    word: list[str] = []
    quote = ""
    while at < len(rest):
        char = rest[at]
        if not quote and char in _BLANKS:
            break
        at += 1
        if char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        elif char == escape:
            word.append(rest[at : at + 1])
            at += 1
        else:
            word.append(char)
    return "".join(word), at


def _mount(value: str) -> Mount:
    """Read the comma-separated options of a mount; quotes as in CSV."""
    try:
        fields = next(csv.reader([value], strict=True), [])
    except csv.Error:
        raise Fault("a mount that is no list of options", found=repr(value[:80])) from None
    kind = "bind"
    options: list[tuple[str, str | None]] = []
    for field in fields:
        key, equals, text = field.partition("=")
        if key.lower() == "type" and equals:
            kind = text.lower()
        else:
            options.append((key.lower(), text if equals else None))
    return Mount(type=kind, options=tuple(options))


def _json_list(text: str) -> tuple[str, ...] | None:
    """Return the strings of a JSON array; None where ``text`` is none, and a shell's business."""
    if not text.startswith("["):
        return None
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    for item in value:
        if not isinstance(item, str):
            raise Fault("a JSON array with something else than strings", found=repr(item)[:80])
    # Half of a surrogate pair is no text: Docker puts the replacement character there.
    return tuple(
        item.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for item in value
    )


def _refuse(constant: str) -> None:
    raise ValueError(constant)

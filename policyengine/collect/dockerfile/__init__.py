"""Dockerfiles and Containerfiles, by BuildKit's syntax."""

from __future__ import annotations

import re

from policyengine.collect.dockerfile.fault import Fault
from policyengine.collect.dockerfile.instructions import read_instruction
from policyengine.collect.dockerfile.lines import FaultyLine, LineReader
from policyengine.collect.dockerfile.stages import StageReader
from policyengine.collect.format import Origin, TextFormat
from policyengine.errors import LimitExceeded
from policyengine.model.dockerfile import Dockerfile, Instruction
from policyengine.model.evidence import EvidenceKind
from policyengine.model.limits import ReadLimits

_NAME = "dockerfile"
# Ten thousand lines of a hundred characters; real ones have a few hundred.
_BYTES = 1024 * 1024
_BOM = "\ufeff"
# Comments and empty lines, then an instruction that a Dockerfile can begin with.
_FIRST = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:[ \t]*(?:#[^\n]*)?\r?\n)*+[ \t]*(?:FROM|ARG)[ \t]+[^\s,;]", re.IGNORECASE
)
_HEAD = 256 * 1024


def recognises(data: bytes) -> bool:
    """Say whether ``data`` begins as a Dockerfile does: with FROM, or an ARG before it."""
    return _FIRST.match(data[:_HEAD]) is not None


def read_dockerfile(data: bytes, origin: Origin, limits: ReadLimits) -> tuple[Dockerfile]:
    """Read a Dockerfile. Raises MalformedEvidence with the line, and LimitExceeded.

    Bytes that are not UTF-8 become the replacement character, as in Docker's own JSON.
    """
    if len(data) > min(_BYTES, limits.document_bytes):
        raise LimitExceeded(
            "is too large for a Dockerfile",
            where=origin.location,
            found=f"{len(data)} bytes",
            expected=f"at most {_BYTES}",
        )
    text = data.decode("utf-8", "replace").removeprefix(_BOM)
    try:
        return (_read(text, origin),)
    except FaultyLine as error:
        raise error.fault.at(origin.location, error.line) from None


def _read(text: str, origin: Origin) -> Dockerfile:
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise FaultyLine(Fault("is not text", found="a NUL byte"), line)
    reader = LineReader(text)
    directives = reader.directives
    instructions: list[Instruction] = []
    for logical in reader.logical_lines():
        try:
            instructions.append(read_instruction(logical, escape=directives.escape))
        except Fault as fault:
            raise FaultyLine(fault, logical.line) from None
    if not instructions:
        raise FaultyLine(Fault("a file without instructions", expected="FROM"), 1)
    stages = StageReader(escape=directives.escape)
    stages.read(instructions)
    return Dockerfile(
        source=origin.source(_NAME),
        syntax=directives.syntax,
        check=directives.check,
        escape=directives.escape,
        global_arguments=stages.global_arguments,
        stages=stages.stages,
    )


TEXT_FORMATS: tuple[TextFormat, ...] = (
    TextFormat(
        name=_NAME,
        kind=EvidenceKind.DOCKERFILE,
        media_type="text/x-dockerfile",
        recognises=recognises,
        read=read_dockerfile,
    ),
)

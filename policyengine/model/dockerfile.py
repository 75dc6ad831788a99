"""A Dockerfile as it is written: stages, instructions, and what they say by default."""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.model.evidence import EvidenceSource


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionFlag:
    """A flag before the arguments: ``--NAME``, whose ``value`` is None, or ``--NAME=VALUE``."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heredoc:
    """A here-document of RUN, COPY or ADD.

    ``name`` is the word that ends it; ``expand`` False where that word is quoted; ``chomp`` where
    it is written ``<<-``. ``content`` is as written, leading tabs included.
    """

    name: str
    content: str
    expand: bool
    chomp: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A ``--mount`` of RUN. ``type`` is ``bind`` where none is written; keys are in lower case.

    ``options`` has the others in order; one without a value has None.
    """

    type: str
    options: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What ARG, ENV or LABEL sets. ``written`` is the text behind the name, None where an ARG has
    no default; ``value`` is that text without quotes and with variables put in, None where it
    depends on what is only known at build time."""

    name: str
    written: str | None
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction.

    ``instruction`` is in upper case. ``arguments`` are the words behind the flags as written,
    quotes and variables included; the whole command as one for RUN and the like in shell form.
    ``form`` is ``json`` or ``shell`` for RUN, CMD, ENTRYPOINT, SHELL, HEALTHCHECK, COPY, ADD and
    VOLUME, else None. ``expanded`` is ``arguments`` with variables put in, as Docker does it
    before the instruction is run; None for instructions whose variables are left to a shell, and
    where a value is only known at build time. ``trigger`` is the instruction behind ONBUILD.
    ``line`` and ``end_line`` count from 1; the second includes here-documents. ``original`` is
    the instruction on one line, continuations joined. ``comments`` are those right before it.
    """

    instruction: str
    arguments: tuple[str, ...]
    flags: tuple[InstructionFlag, ...]
    form: str | None
    line: int
    end_line: int
    original: str
    comments: tuple[str, ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    mounts: tuple[Mount, ...] = ()
    variables: tuple[Variable, ...] = ()
    expanded: tuple[str, ...] | None = None
    trigger: Instruction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageBase:
    """What a stage is built on.

    ``written`` is the text behind FROM. ``stage`` is the index of an earlier stage, where it names
    one. The other fields are of the image, with the defaults of ARG put in: ``name`` without tag
    and digest as written, ``registry`` and ``repository`` with Docker's defaults. All are None for
    a stage, and where the name is only known at build time.
    """

    written: str
    stage: int | None
    is_scratch: bool
    name: str | None
    registry: str | None
    repository: str | None
    tag: str | None
    digest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A build stage; the first of ``instructions`` is its FROM.

    ``name`` is in lower case, None where it has none. ``platform`` is that of ``--platform`` with
    variables put in, None where there is none or it is only known at build time.
    """

    name: str | None
    base: StageBase
    platform: str | None
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dockerfile:
    """A Dockerfile or Containerfile. ``global_arguments`` are the ARGs before the first FROM.

    ``syntax`` and ``check`` are the values of these directives, None where they are not given.
    """

    source: EvidenceSource
    syntax: str | None
    check: str | None
    escape: str
    global_arguments: tuple[Instruction, ...]
    stages: tuple[Stage, ...]

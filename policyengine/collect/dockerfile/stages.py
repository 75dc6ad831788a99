"""Stages, and the variables that hold in them.

Source: Dockerfile reference, "FROM", "ARG" (scope) and "Environment replacement". What is decided
is what the file says by default: ``--build-arg`` may set an ARG to something else. An ARG without
a default, the platform's arguments, and the environment of an image that a stage is built on, are
only known at build time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from policyengine.collect.dockerfile.fault import Fault
from policyengine.collect.dockerfile.lines import FaultyLine
from policyengine.collect.dockerfile.shell_words import Scope, Undecidable, expanded
from policyengine.errors import InvalidReference
from policyengine.model.dockerfile import Instruction, Stage, StageBase, Variable
from policyengine.model.reference import ImageReference

# Dockerfile reference, "Automatic platform ARGs in the global scope".
_PLATFORM_ARGUMENTS = frozenset(
    {
        f"{side}{part}"
        for side in ("BUILD", "TARGET")
        for part in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")
    }
    | {"TARGETSTAGE"}
)
_EXPANDED = frozenset(
    {"ADD", "ARG", "COPY", "ENV", "EXPOSE", "FROM", "LABEL"}
    | {"STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
_SCRATCH = "scratch"
# Of all values of a file: a variable of twice another doubles with each line.
_EXPANDED_TEXT = 8 * 1024 * 1024


class StageReader:
    """Puts the instructions of one file into stages."""

    def __init__(self, *, escape: str) -> None:
        self._escape = escape
        self._globals: dict[str, str | None] = dict.fromkeys(_PLATFORM_ARGUMENTS)
        self._global_arguments: list[Instruction] = []
        self._stages: list[tuple[Stage, _StageScope]] = []
        self._instructions: list[Instruction] = []
        self._left = _EXPANDED_TEXT

    def read(self, instructions: Sequence[Instruction]) -> None:
        """Take all instructions in order. Raises FaultyLine."""
        for instruction in instructions:
            try:
                self._take(instruction)
            except Fault as fault:
                raise FaultyLine(fault, instruction.line) from None
        if not self._stages:
            last = instructions[-1].line if instructions else 1
            raise FaultyLine(Fault("no FROM", expected="at least one stage"), last)
        self._close()

    @property
    def global_arguments(self) -> tuple[Instruction, ...]:
        """The ARGs before the first FROM."""
        return tuple(self._global_arguments)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages with their instructions."""
        return tuple(stage for stage, _ in self._stages)

    def _take(self, instruction: Instruction) -> None:
        if instruction.instruction == "FROM":
            self._close()
            self._begin(instruction)
        elif self._stages:
            self._instructions.append(self._in_stage(instruction, self._stages[-1][1]))
        elif instruction.instruction == "ARG":
            self._global_arguments.append(self._global(instruction))
        else:
            raise Fault(
                "an instruction before the first FROM",
                found=instruction.instruction,
                expected="FROM or ARG",
            )

    def _close(self) -> None:
        if self._stages:
            stage, scope = self._stages[-1]
            closed = replace(stage, instructions=tuple(self._instructions))
            self._stages[-1] = (closed, scope)
        self._instructions = []

    def _begin(self, instruction: Instruction) -> None:
        scope = Scope(values=self._globals)
        written = instruction.arguments[0]
        base = self._base(written, self._expand(written, scope))
        platforms = [flag.value for flag in instruction.flags if flag.name == "platform"]
        platform = self._expand(platforms[0] or "", scope) if platforms else None
        name = instruction.arguments[2].lower() if len(instruction.arguments) == 3 else None
        self._instructions.append(self._expanded(instruction, scope))
        stage = Stage(name=name, base=base, platform=platform or None, instructions=())
        parent = None if base.stage is None else self._stages[base.stage][1]
        self._stages.append((stage, _StageScope(parent, closed=base.is_scratch)))

    def _base(self, written: str, text: str | None) -> StageBase:
        base = StageBase(
            written=written,
            stage=None,
            is_scratch=False,
            name=None,
            registry=None,
            repository=None,
            tag=None,
            digest=None,
        )
        if text is None:
            return base
        if not text:
            raise Fault("FROM with an empty name", found=repr(written[:80]))
        for index in range(len(self._stages) - 1, -1, -1):
            if self._stages[index][0].name == text.lower():
                return replace(base, stage=index)
        if text == _SCRATCH:
            return replace(base, is_scratch=True, name=text)
        try:
            reference = ImageReference.parse(text)
        except InvalidReference:
            return replace(base, name=text)
        name = text.partition("@")[0]
        if reference.tag is not None:
            name = name[: -len(reference.tag) - 1]
        return replace(
            base,
            name=name,
            registry=reference.registry,
            repository=reference.repository,
            tag=reference.tag,
            digest=reference.digest,
        )

    def _global(self, instruction: Instruction) -> Instruction:
        variables = []
        for variable in instruction.variables:
            scope = Scope(values=self._globals)
            value = self._value(variable, scope)
            if variable.written is not None or variable.name not in self._globals:
                self._globals[variable.name] = value
            variables.append(replace(variable, value=self._globals[variable.name]))
        return replace(instruction, variables=tuple(variables), expanded=_assigned(variables))

    def _in_stage(self, instruction: Instruction, stage: _StageScope) -> Instruction:
        scope = stage.scope()
        read = self._expanded(instruction, scope)
        if instruction.instruction == "ENV":
            stage.environment.update({item.name: item.value for item in read.variables})
        elif instruction.instruction == "ARG":
            declared = []
            for item in read.variables:
                value = item.value
                if item.written is None:
                    value = self._globals.get(item.name)
                stage.arguments[item.name] = value
                declared.append(replace(item, value=value))
            read = replace(read, variables=tuple(declared))
        return read

    def _expanded(self, instruction: Instruction, scope: Scope) -> Instruction:
        if instruction.instruction not in _EXPANDED:
            return instruction
        if instruction.variables:
            variables = [
                replace(item, value=self._value(item, scope)) for item in instruction.variables
            ]
            return replace(instruction, variables=tuple(variables), expanded=_assigned(variables))
        texts = [self._expand(text, scope) for text in instruction.arguments]
        known = tuple(text for text in texts if text is not None)
        return replace(instruction, expanded=known if len(known) == len(texts) else None)

    def _value(self, variable: Variable, scope: Scope) -> str | None:
        return None if variable.written is None else self._expand(variable.written, scope)

    def _expand(self, text: str, scope: Scope) -> str | None:
        try:
            value = expanded(text, scope, escape=self._escape)
        except Undecidable:
            return None
        self._left -= len(value)
        if self._left < 0:
            raise Fault(
                "variables grow too long", expected=f"at most {_EXPANDED_TEXT} characters in all"
            )
        return value


class _StageScope:
    """The variables of a stage: an ENV hides an ARG of its name; a stage built on it has both."""

    def __init__(self, parent: _StageScope | None, *, closed: bool) -> None:
        self.environment: dict[str, str | None] = dict(parent.environment) if parent else {}
        self.arguments: dict[str, str | None] = dict(parent.arguments) if parent else {}
        self.open: bool = parent.open if parent else not closed

    def scope(self) -> Scope:
        return Scope(values={**self.arguments, **self.environment}, open=self.open)


def _assigned(variables: Sequence[Variable]) -> tuple[str, ...] | None:
    """Return ``name=value`` of each; None where one is only known at build time."""
    if any(item.value is None for item in variables):
        return None
    return tuple(f"{item.name}={item.value}" for item in variables)

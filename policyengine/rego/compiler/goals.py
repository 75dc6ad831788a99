"""What generated code does with each solution of a body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policyengine.rego.compiler.core import ArrayOf, ObjectOf, Operand, SetOf

if TYPE_CHECKING:
    from policyengine.rego.compiler.body_writer import BodyWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """``operands`` are read, ``parameters`` are Python names it uses.

    ``returns``: it ends the function with a value that is not ``U``.
    """

    operands: tuple[Operand, ...] = ()
    parameters: tuple[str, ...] = ()
    returns: bool = False

    def reach(self, writer: BodyWriter) -> None:
        raise TypeError(f"{type(self).__name__} of {writer.names} is no goal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Goal):
    """One solution is enough: ``return True``."""

    def reach(self, writer: BodyWriter) -> None:
        writer.emitter.emit("return True")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Goal):
    """One solution is enough, and the code is in line: set a flag."""

    def reach(self, writer: BodyWriter) -> None:
        writer.emitter.emit(f"{self.parameters[0]} = True")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnValue(Goal):
    """The first solution decides."""

    def reach(self, writer: BodyWriter) -> None:
        writer.emitter.emit(f"return {writer.operand(self.operands[0])}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SameValue(Goal):
    """All solutions must have the same value, which is kept in a list of one."""

    site: int

    def reach(self, writer: BodyWriter) -> None:
        value = writer.named(writer.operand(self.operands[0]))
        out = self.parameters[0]
        writer.emitter.emit(f"if not {out}: {out}.append({value})")
        writer.emitter.emit(f"elif not equal({out}[0], {value}): conflict({self.site})")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMember(Goal):
    """Add to the members of a set."""

    def reach(self, writer: BodyWriter) -> None:
        operand, out = self.operands[0], self.parameters[0]
        value = writer.named(writer.operand(operand))
        if isinstance(operand, ArrayOf | SetOf | ObjectOf):
            writer.emitter.emit(f"add({out}, {value})")
            return
        if writer.kind(value) == "text":
            writer.emitter.emit(f"{out}[{value}] = {value}")
            return
        writer.emitter.emit(f"if type({value}) is str: {out}[{value}] = {value}")
        writer.emitter.emit(f"else: add({out}, {value})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Append(Goal):
    """Add to a list."""

    def reach(self, writer: BodyWriter) -> None:
        writer.emitter.emit(f"{self.parameters[0]}.append({writer.operand(self.operands[0])})")


@dataclass(frozen=True, slots=True, kw_only=True)
class PutPair(Goal):
    """Add a pair of an object comprehension."""

    site: int

    def reach(self, writer: BodyWriter) -> None:
        key, value = (writer.operand(operand) for operand in self.operands)
        out = self.parameters[0]
        writer.emitter.emit(f"if put_pair({out}, {key}, {value}): conflict_key({self.site})")


@dataclass(frozen=True, slots=True, kw_only=True)
class PutPath(Goal):
    """Put a value, or the member of a set, below the path that the first operands make."""

    is_member: bool
    site: int

    def reach(self, writer: BodyWriter) -> None:
        *path, value = (writer.operand(operand) for operand in self.operands)
        put = "put_member" if self.is_member else "put_value"
        keys = ", ".join(path)
        writer.emitter.emit(
            f"if {put}({self.parameters[0]}, ({keys},), {value}): conflict_key({self.site})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendTuple(Goal):
    """Add a tuple of all operands to a list."""

    def reach(self, writer: BodyWriter) -> None:
        values = "".join(writer.operand(operand) + ", " for operand in self.operands)
        writer.emitter.emit(f"{self.parameters[0]}.append(({values}))")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyAt(Goal):
    """A goal that is reached where operands are what Python names hold."""

    goal: Goal
    wanted: tuple[tuple[Operand, str], ...]

    def reach(self, writer: BodyWriter) -> None:
        for operand, name in self.wanted:
            writer.emitter.fail_if(f"not equal({writer.operand(operand)}, {name})")
        self.goal.reach(writer)


def only_at(goal: Goal, wanted: list[tuple[Operand, str]]) -> Goal:
    """``goal``, reached where each operand equals what the name beside it holds."""
    if not wanted:
        return goal
    return OnlyAt(
        operands=(*goal.operands, *[operand for operand, _ in wanted]),
        parameters=(*goal.parameters, *[name for _, name in wanted]),
        returns=goal.returns,
        goal=goal,
        wanted=tuple(wanted),
    )

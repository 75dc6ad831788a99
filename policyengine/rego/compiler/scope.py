"""Which variable a name is, frame by frame: a frame for the rule, and one for each body in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

from policyengine.rego.compiler.core import Variable, new_variable
from policyengine.rego.syntax.source import Location

Occurrence: TypeAlias = Literal["argument", "seen", "assigned", "declared"]


class ScopeError(Exception):
    """A second declaration of a name in one frame, or one after the name's use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """A variable that is ``assigned`` or ``declared`` at a place, and never looked at."""

    name: str
    how: Literal["assigned", "declared"]
    location: Location


class _Frame:
    __slots__ = ("occurrences", "places", "upcoming", "variables", "within")

    def __init__(self, upcoming: frozenset[str]) -> None:
        self.upcoming = upcoming
        self.variables: dict[str, Variable] = {}
        self.occurrences: dict[str, Occurrence] = {}
        self.places: dict[str, Location] = {}
        # Names that frames in it have seen and not declared, in order.
        self.within: list[str] = []


class Scope:
    """The frames around the place that is being read, as OPA's compiler keeps them.

    ``upcoming`` names of a frame are declared somewhere in it, and hide globals in all of it.
    A name that nothing declares is one variable in all of the rule, and stays that one where a
    frame within declares it further on. ``unused`` collects the variables of one body that are not
    used: OPA tells of the first body that ends with some, unless the rule ``is_wrong`` in another
    way before. Assigned ones count for it where it is ``strict``.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._frames = [_Frame(frozenset())]
        self._implicit: dict[str, Variable] = {}
        self._used: set[Variable] = set()
        self.unused: list[Unused] = []
        self.is_wrong = False
        self._in_head = False

    @contextmanager
    def frame(self, upcoming: frozenset[str], *, is_closed: bool = False) -> Iterator[None]:
        """A frame for a body; what one of a comprehension sees, ``is_closed``, stays in it."""
        self._frames.append(_Frame(upcoming))
        try:
            yield
            self.close()
        finally:
            frame = self._frames.pop()
            if not is_closed:
                seen = [name for name, how in frame.occurrences.items() if how == "seen"]
                seen += [name for name in frame.within if name not in frame.variables]
                self._frames[-1].within += seen

    def close(self) -> None:
        """Look for unused variables in the innermost frame, which is read to its end."""
        if self.unused or self.is_wrong:
            return
        frame = self._frames[-1]
        for name, variable in frame.variables.items():
            how = frame.occurrences[name]
            if variable in self._used or name not in frame.places:
                continue
            if how == "declared" or (how == "assigned" and self._strict):
                self.unused.append(Unused(name=name, how=how, location=frame.places[name]))

    def unused_arguments(self) -> set[str]:
        """The names of arguments that nothing looked at."""
        outermost = self._frames[0]
        return {
            name
            for name, variable in outermost.variables.items()
            if outermost.occurrences[name] == "argument" and variable not in self._used
        }

    def expect(self, upcoming: frozenset[str]) -> None:
        """Add names that the outermost frame declares later."""
        self._frames[0].upcoming |= upcoming

    def is_declared(self, name: str) -> bool:
        return any(name in frame.variables for frame in self._frames)

    def is_local(self, name: str) -> bool:
        """Whether a frame declares the name, here or further on."""
        for frame in reversed(self._frames):
            if name in frame.variables or name in frame.upcoming:
                return True
        return False

    def find(self, name: str) -> Variable:
        """The variable of this name."""
        frames = self._frames
        if self._in_head and len(frames) > 1:
            # Comprehensions of the head are read before the body and the arguments are.
            declared = frames[0].variables.get(name)
            if declared is not None:
                self._used.add(declared)
            frames = frames[1:]
        for frame in reversed(frames):
            found = frame.variables.get(name)
            if found is not None:
                self._used.add(found)
                return found
            if frame.occurrences.get(name) == "seen":
                break
        else:
            self.see(name)
        return self.implicit(name)

    def see(self, name: str) -> None:
        """Take note of a name that is no variable here: the frame cannot declare it below.

        One within it can, since the name is known to be none of its own.
        """
        if not any(frame.occurrences.get(name) == "seen" for frame in self._frames):
            self._frames[-1].occurrences.setdefault(name, "seen")

    @contextmanager
    def read_again(self) -> Iterator[None]:
        """Take note of the names that frames within see meanwhile, as if this one saw them."""
        within = self._frames[-1].within
        first = len(within)
        yield
        for name in within[first:]:
            if not self.is_declared(name):
                self.see(name)

    @property
    def is_outermost(self) -> bool:
        return len(self._frames) == 1

    def enter_head(self) -> None:
        """Forget the names that the body has seen: the rule's head is read as if before it."""
        self._in_head = True
        outermost = self._frames[0].occurrences
        self._frames[0].occurrences = {n: how for n, how in outermost.items() if how != "seen"}

    def met_before_declared(self) -> dict[Variable, Variable]:
        """What the innermost frame declares, by the variable of the same name that nothing does.

        OPA reads an ``every``, and a ``not`` with a body in braces, again with what the body has
        declared: a name that a closure in it had before is the declared variable from then on.
        """
        frame = self._frames[-1]
        return {
            self._implicit[name]: variable
            for name, variable in frame.variables.items()
            if name in self._implicit
        }

    def is_implicit(self, name: str) -> bool:
        """Whether a variable of this name was met that nothing declares."""
        return name in self._implicit

    def implicit(self, name: str) -> Variable:
        found = self._implicit.get(name)
        if found is None:
            found = self._implicit[name] = new_variable(name)
        return found

    def argument(self, name: str) -> Variable:
        frame = self._frames[-1]
        found = frame.variables.get(name)
        if found is None:
            found = frame.variables[name] = new_variable(name, declared=True)
            frame.occurrences[name] = "argument"
        else:
            self._used.add(found)
        return found

    def refer_in_arguments(self, name: str) -> None:
        """Take note of what a reference among the arguments starts with: no body declares it."""
        self._frames[0].occurrences.setdefault(name, "argument")

    def is_argument(self, name: str) -> bool:
        frame = self._frames[0]
        return name in frame.variables and frame.occurrences[name] == "argument"

    def declare(
        self, name: str, how: Literal["assigned", "declared"], place: Location | None
    ) -> Variable:
        """A new variable in the innermost frame. Raises ScopeError.

        ``place`` is that of the expression, None where the variable is used at once.
        """
        frame = self._frames[-1]
        match frame.occurrences.get(name):
            case "seen":
                raise ScopeError(f"var {name} referenced above")
            case "assigned":
                raise ScopeError(f"var {name} assigned above")
            case "declared":
                raise ScopeError(f"var {name} declared above")
            case "argument":
                raise ScopeError(f"arg {name} redeclared")
        variable = frame.variables[name] = new_variable(name, declared=True)
        frame.occurrences[name] = how
        if place is not None:
            frame.places[name] = place
        return variable

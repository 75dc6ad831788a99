"""Which paths of the input led to a value: what explained code reports while it runs.

Arrays and objects of the input are told by their identity, so that an element keeps its path
through variables, functions and rules. The *trail* has the paths that were read since the
evaluation of a rule began; a loop takes it back at each round to where it was before, so that at a
solution it has what this solution read.

- A rule or function with one value adds what its body read wherever it is used.
- A set or object made by rules remembers what led to each member, and adds it where the member is
  looked at; where it is used as a whole, that of all members.
- What a negation or a default rests on is what the failed bodies read: for a loop the container.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Final, TypeAlias

from policyengine.rego.runtime.evaluation import Context
from policyengine.rego.runtime.values import (
    UNDEFINED,
    Key,
    Value,
    is_object,
    key_of,
    object_items,
)

InputPath: TypeAlias = tuple[str | int, ...]
Trail: TypeAlias = list[InputPath]

# More elements of one array than this say less than the array.
_SIBLINGS: Final = 16
_SHOWN: Final = 32
# What a trail keeps of one solution.
_TRAIL: Final = 100_000


class Record:
    """The paths of one evaluation over ``input_document``."""

    def __init__(self, input_document: Value) -> None:
        self.trail: Trail = []
        self.failing: list[InputPath] = []
        self.notes: dict[Key, Trail] = {}
        self.kept: dict[tuple[Any, int], tuple[Context, Trail]] = {}
        self._origins = _places(input_document)
        self._members: dict[int, tuple[Value, dict[Key, Trail], Trail]] = {}

    def mark(self) -> int:
        return len(self.trail)

    def back(self, mark: int) -> None:
        del self.trail[mark:]

    def step(self, value: Value, key: Value) -> None:
        """``value[key]`` was looked at, whether it is there or not."""
        place = self._origins.get(id(value))
        if place is not None:
            if type(key) is str or type(key) is int:
                self.trail.append((*place, key))
            return
        members = self._members.get(id(value))
        if members is not None:
            self.trail += members[1].get(key_of(key), ())

    def whole(self, value: Value) -> None:
        """The value of a rule was used as a whole."""
        members = self._members.get(id(value))
        if members is not None:
            for paths in members[1].values():
                self.trail += paths
            if not members[1]:
                self.trail += members[2]

    def member(self, value: Value, mark: int) -> None:
        """A solution gave ``value``."""
        paths = self.notes.setdefault(key_of(value), [])
        if len(paths) < _TRAIL:
            paths += self.trail[mark:]

    def keep(self, kept: Trail, mark: int) -> None:
        """A comprehension has a solution."""
        if len(kept) < _TRAIL:
            kept += self.trail[mark:]

    def put(self, kept: Trail, mark: int) -> None:
        """A comprehension has ended."""
        if kept:
            self.trail[mark:] = dict.fromkeys(kept)
        else:
            self.sum_up(mark)

    def sum_up(self, mark: int) -> None:
        """What was read in loops since ``mark`` becomes what the loops went over."""
        self.trail[mark:] = _containers(self.trail[mark:])

    def made(self, value: Value, notes: dict[Key, Trail], nothing: Trail) -> None:
        """Rules made the set or object ``value``; ``nothing`` is what they read in vain."""
        self._members[id(value)] = (value, notes, nothing)


def explained_value(function: Callable[..., Value]) -> Callable[..., Value]:
    """For a function of generated code that gives the value of a rule, or of a call."""

    @wraps(function)
    def run(c: Context, *args: Value) -> Value:
        record: Record = c.session.record
        place = (function, id(c))
        if not args and place in record.kept:
            record.trail += record.kept[place][1]
            return function(c)
        mark, outside = record.mark(), record.failing
        record.failing = []
        value = function(c, *args)
        if len(record.trail) == mark:
            # It failed, or holds by its default: because of what its bodies read.
            record.trail += record.failing
        record.failing = outside
        if not args:
            record.kept[place] = (c, record.trail[mark:])
        return value

    return run


def explained_clause(function: Callable[..., Value]) -> Callable[..., Value]:
    """For a function of generated code that is one definition of a rule with one value."""

    @wraps(function)
    def run(c: Context, *args: Value) -> Value:
        record: Record = c.session.record
        mark = record.mark()
        value = function(c, *args)
        if value is UNDEFINED:
            record.failing += _containers(record.trail[mark:])
            record.back(mark)
        return value

    return run


def explained_collection(function: Callable[..., Value]) -> Callable[..., Value]:
    """For a function of generated code that makes the set or object of a rule."""

    @wraps(function)
    def run(c: Context) -> Value:
        record: Record = c.session.record
        place = (function, id(c))
        if place in record.kept:
            return function(c)
        mark, notes = record.mark(), record.notes
        record.notes = {}
        value = function(c)
        record.made(value, record.notes, _containers(record.trail[mark:]))
        record.notes = notes
        record.back(mark)
        record.kept[place] = (c, [])
        return value

    return run


def explained_key(function: Callable[..., Value]) -> Callable[..., Value]:
    """For a function of generated code that makes what a rule's set or object has under a key.

    What its solutions read counts, and not what the loops around these go on to.
    """

    @wraps(function)
    def run(c: Context, *args: Value) -> Value:
        record: Record = c.session.record
        mark, notes = record.mark(), record.notes
        record.notes = {}
        value = function(c, *args)
        if record.notes or value is UNDEFINED:
            record.back(mark)
            for paths in record.notes.values():
                record.trail += paths
        record.notes = notes
        return value

    return run


def shown_paths(trail: Iterable[InputPath]) -> tuple[InputPath, ...]:
    """The paths to tell people: the elements of arrays, and what was read outside of these.

    A field of an element is told by the element; a container that was only passed through is not
    told; very many elements of one array are told by the array.
    """
    read = list(dict.fromkeys(trail))
    above = {path[:length] for path in read for length in range(len(path))}
    chosen = list(dict.fromkeys(_to_element(path) for path in read if path not in above))
    siblings: dict[InputPath, int] = {}
    for path in chosen:
        if type(path[-1]) is int:
            siblings[path[:-1]] = siblings.get(path[:-1], 0) + 1
    summed = dict.fromkeys(
        path[:-1] if siblings.get(path[:-1], 0) > _SIBLINGS and type(path[-1]) is int else path
        for path in chosen
    )
    return tuple(summed)[:_SHOWN]


def _to_element(path: InputPath) -> InputPath:
    for length in range(len(path), 0, -1):
        if type(path[length - 1]) is int:
            return path[:length]
    return path


def _containers(trail: Trail) -> Trail:
    """Each path up to the first array that it goes into."""
    found: dict[InputPath, None] = {}
    for path in trail:
        end = next((index for index, part in enumerate(path) if type(part) is int), len(path))
        found[path[:end]] = None
    return list(found)


def _places(document: Value) -> dict[int, InputPath]:
    """The path of each array and object of a document, by identity."""
    found: dict[int, InputPath] = {}
    pending: list[tuple[Value, InputPath]] = [(document, ())]
    while pending:
        value, path = pending.pop()
        if type(value) is list:
            found[id(value)] = path
            pending += [(item, (*path, index)) for index, item in enumerate(value)]
        elif is_object(value):
            found[id(value)] = path
            pending += [
                (item, (*path, key)) for key, item in object_items(value) if type(key) is str
            ]
    return found

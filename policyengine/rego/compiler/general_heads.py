"""What rules with general reference heads (``a.b[c] contains x``) make where they give nothing.

As OPA has it: a rule stands at the place that the scalars of its head name, up to the first
variable. A rule below another one's place belongs to that one's document. Otherwise there is a
document at its place whether anything is in it or not: a set, or an object where a variable
follows, and the objects above it. A rule with one value alone makes nothing at its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from policyengine.rego.compiler import core
from policyengine.rego.compiler.core import Clause, Path
from policyengine.rego.runtime.numbers import number_text
from policyengine.rego.runtime.values import Key, RegoObject, RegoSet, Value, is_number, key_of

Kind: TypeAlias = Literal["PartialObject", "PartialSet"]


def path_below(above: Path, clause: Clause) -> tuple[core.Operand, ...]:
    """The head of ``clause`` as it goes on behind the path of the document ``above``."""
    names = [core.Const(value=name, location=clause.location) for name in clause.path[len(above) :]]
    return (*names, *clause.suffix)


def empty_documents(
    above: Path, clauses: Sequence[Clause]
) -> Iterator[tuple[tuple[Value, ...], Kind]]:
    """The places below ``above`` that are there without any value, and what is there then."""
    places: dict[tuple[Key, ...], tuple[tuple[Value, ...], Kind | None]] = {}
    for clause in clauses:
        head = path_below(above, clause)
        place = _scalars(head)
        kind: Kind | None = None
        if len(place) < len(head):
            kind = "PartialObject"
        elif clause.value is None and clause.key is not None:
            kind = "PartialSet"
        keys = tuple([key_of(value) for value in place])
        known = places.get(keys)
        if known is None or kind == "PartialObject":
            places[keys] = (place, kind)
    made: dict[tuple[Key, ...], tuple[tuple[Value, ...], Kind]] = {}
    for keys, (place, kind) in places.items():
        if any(keys[:size] in places for size in range(len(keys))):
            continue
        for size in range(1, len(keys)):
            made.setdefault(keys[:size], (place[:size], "PartialObject"))
        if place and kind is not None:
            made[keys] = (place, kind)
    yield from made.values()


def numbers_of_places(above: Path, clauses: Sequence[Clause]) -> frozenset[str] | None:
    """The numbers that heads name first below ``above``, as they are written.

    As OPA has it, a place is found by its number only as it is written there: ``a[1.0]`` is not
    ``a[1]``. None where a head has a variable there: then all keys are looked up by their value.
    """
    found: set[str] = set()
    for clause in clauses:
        head = path_below(above, clause)
        place = _scalars(head[:1])
        if not place:
            return None
        if is_number(place[0]):
            found.add(number_text(place[0]))
    return frozenset(found)


def _scalars(head: tuple[core.Operand, ...]) -> tuple[Value, ...]:
    place: list[Value] = []
    for step in head:
        if not isinstance(step, core.Const) or not _is_scalar(step.value):
            break
        place.append(step.value)
    return tuple(place)


def _is_scalar(value: Value) -> bool:
    return not isinstance(value, list | dict | RegoSet | RegoObject)

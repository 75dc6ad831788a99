"""An evaluation step by step: which expressions of a rule held, which did not, and the values.

Made of what followed code told (``runtime/follow.py``). An expression is known by its place; those
in comprehensions, ``not`` and ``every`` are steps of their own, further in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from policyengine.rego.runtime.follow import Event, Extent, Spot
from policyengine.rego.runtime.values import Value
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.source import Location

_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One evaluation of an expression.

    ``variables`` are those bound before, and by it; ``values`` what its references and calls gave,
    as they are written; ``undefined`` the one of these that gave nothing, if that is why it failed.
    """

    held: bool
    variables: Mapping[str, Value]
    values: tuple[tuple[str, Value], ...]
    undefined: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One expression: how often it was tried, and how many solutions it had.

    ``failed`` and ``attempts`` are the first few attempts that failed and those that held.
    """

    extent: Extent
    depth: int
    tried: int
    held: int
    failed: tuple[Attempt, ...]
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What a rule gave once, and the attempt of each expression that led to it, by its index.

    ``number`` counts what the rule gave, from 1.
    """

    number: int
    value: Value
    attempts: Mapping[int, Attempt]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSteps:
    """One definition of a rule. ``solutions`` are the first few of ``given``, ``chosen`` those that
    were asked for, by what they were asked for."""

    head: Extent
    steps: tuple[Step, ...]
    given: int
    solutions: tuple[Solution, ...]
    chosen: Mapping[int, tuple[Solution, ...]]

    @property
    def failing(self) -> Step | None:
        """The first expression that was tried and never held, where the rule gave nothing."""
        if self.given:
            return None
        own = [step for step in self.steps if step.depth == 0 and step.tried]
        return next((step for step in own if not step.held), None)


@dataclass(slots=True)
class _Open:
    """An attempt that is going on."""

    variables: dict[str, Value] = field(default_factory=dict)
    values: dict[Extent, Value] = field(default_factory=dict)
    held: int = 0


@dataclass(slots=True)
class _Expression:
    """One expression while events are read; ``first`` and ``last`` are the orders of its ends."""

    first: int
    last: int
    parts: list[Spot]
    tried: int = 0
    held: int = 0
    failed: list[Attempt] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    current: _Open | None = None
    latest: Attempt | None = None


@dataclass(slots=True)
class _Head:
    """What a definition of ``rule`` gave while events are read."""

    rule: ast.Rule
    places: tuple[tuple[Location, int], ...]
    given: int = 0
    solutions: list[Solution] = field(default_factory=list)
    chosen: dict[int, list[Solution]] = field(default_factory=dict)


_Place = tuple[str, int, int]


def rule_steps(
    rules: Iterable[ast.Rule], spots: Iterable[Spot], events: Iterable[Event]
) -> list[RuleSteps]:
    """The steps of each of ``rules``, an ``else`` behind its rule.

    ``spots`` are all places of the followed code, ``events`` what its evaluation told.
    """
    rules = list(rules)
    reader = StepReader(rules, spots)
    for event in events:
        reader.take(event)
    return reader.steps(rules)


Choice: TypeAlias = Callable[[ast.Rule, Value], Iterable[int]]
"""What of that which is asked for the value is that a rule gave."""


class StepReader:
    """Reads what followed code tells while it runs, and keeps a few attempts of each expression.

    ``choice`` says which solutions are kept beside the first few, a few for each thing that is
    asked for.
    """

    def __init__(
        self, rules: Iterable[ast.Rule], spots: Iterable[Spot], choice: Choice | None = None
    ) -> None:
        self._choice = choice
        self._heads: dict[_Place, _Head] = {}
        wanted: dict[_Place, None] = {}
        for rule in rules:
            for branch in _branches(rule):
                places = list(_expressions(branch))
                self._heads.setdefault(
                    _at(branch.head.location), _Head(rule=rule, places=tuple(places))
                )
                wanted.update(dict.fromkeys(_at(location) for location, _ in places))
        self._belongs: dict[int, _Place] = {}
        self._known = _known(spots, wanted, self._belongs)

    def take(self, event: Event) -> None:
        """Read the next event."""
        kind, spot, values = event
        if kind == "gave":
            head = self._heads.get(_of(spot.expression))
            if head is not None:
                self._gave(head, values)
        elif spot.order in self._belongs:
            _note(self._known[self._belongs[spot.order]], kind, spot, values)

    def steps(self, rules: Iterable[ast.Rule]) -> list[RuleSteps]:
        """The steps of each of ``rules``, an ``else`` behind its rule."""
        for expression in self._known.values():
            _close(expression)
        return [
            RuleSteps(
                head=_extent(branch.head.location),
                steps=tuple(_step(location, depth, self._known) for location, depth in head.places),
                given=head.given,
                solutions=tuple(head.solutions),
                chosen={index: tuple(found) for index, found in head.chosen.items()},
            )
            for rule in rules
            for branch in _branches(rule)
            for head in (self._heads[_at(branch.head.location)],)
        ]

    def _gave(self, head: _Head, values: tuple[Value, ...]) -> None:
        head.given += 1
        value: Value = values[0] if values else True
        asked = () if self._choice is None else self._choice(head.rule, value)
        open_for = [index for index in asked if len(head.chosen.get(index, ())) < _ATTEMPTS]
        if not open_for and len(head.solutions) >= _ATTEMPTS:
            return
        solution = Solution(number=head.given, value=value, attempts=_led(head.places, self._known))
        if len(head.solutions) < _ATTEMPTS:
            head.solutions.append(solution)
        for index in open_for:
            head.chosen.setdefault(index, []).append(solution)


def _branches(rule: ast.Rule) -> Iterator[ast.Rule]:
    branch: ast.Rule | None = rule
    while branch is not None:
        yield branch
        branch = branch.else_


def _expressions(rule: ast.Rule) -> Iterator[tuple[Location, int]]:
    """The places of a rule's expressions, and how deep each stands in others.

    What the head needs (a call, a reference in it) is an expression behind those of the body.
    """
    if not rule.generated_body:
        yield from _in_body(rule.body, 0)
    head = rule.head
    for term in (head.key, head.value, *head.ref[1:]):
        if term is not None and not isinstance(term, ast.Scalar | ast.Var):
            yield term.location, 0


def _in_body(body: ast.Body, depth: int) -> Iterator[tuple[Location, int]]:
    for expr in body:
        if expr.location.text:
            yield expr.location, depth
        yield from _in_node(expr, depth + 1)


def _in_node(node: ast.Node, depth: int) -> Iterator[tuple[Location, int]]:
    """Expressions below ``node``, which is none of them itself."""
    from policyengine.rego.syntax.visit import children

    for child in children(node):
        if isinstance(child, ast.Expr):
            yield from _in_body((child,), depth)
        else:
            yield from _in_node(child, depth)


def _known(
    spots: Iterable[Spot], wanted: Mapping[_Place, None], belongs: dict[int, _Place]
) -> dict[_Place, _Expression]:
    """The expressions at ``wanted``; ``belongs`` takes the one of each spot by its order.

    What a compiler's statement was made from may be a part of an expression: it belongs to the
    smallest one around it.
    """
    by_file: dict[str, list[_Place]] = {}
    for place in wanted:
        by_file.setdefault(place[0], []).append(place)
    found: dict[_Place, list[Spot]] = {}
    for spot in spots:
        if spot.kind == "rule":
            continue
        file, start, end = _of(spot.expression)
        around = [p for p in by_file.get(file, ()) if p[1] <= start and end <= p[2]]
        if around:
            place = min(around, key=lambda p: p[2] - p[1])
            found.setdefault(place, []).append(spot)
    known: dict[_Place, _Expression] = {}
    for place, parts in found.items():
        statements = [spot for spot in parts if spot.kind == "statement"]
        if not statements:
            continue
        belongs.update((spot.order, place) for spot in parts)
        # What is negated is told within the negation, and does not end it.
        ends = [spot for spot in statements if spot.negates] or statements
        known[place] = _Expression(
            first=min(spot.order for spot in statements),
            last=max(spot.order for spot in ends),
            parts=[spot for spot in parts if spot.kind == "value"],
        )
    return known


def _note(expression: _Expression, kind: str, spot: Spot, values: tuple[Value, ...]) -> None:
    if kind == "begin" and spot.order == expression.first:
        _close(expression)
        expression.tried += 1
        expression.current = _Open()
    current = expression.current
    if current is None:
        return
    if kind == "value":
        current.values[spot.part] = values[0]
        return
    current.variables.update(zip(spot.names, values, strict=True))
    if kind == "held" and spot.order == expression.last:
        current.held += 1
        expression.held += 1
        expression.latest = _attempt(expression, current, held=True)
        if len(expression.attempts) < _ATTEMPTS:
            expression.attempts.append(expression.latest)


def _close(expression: _Expression) -> None:
    current = expression.current
    expression.current = None
    if current is not None and not current.held and len(expression.failed) < _ATTEMPTS:
        expression.failed.append(_attempt(expression, current, held=False))


def _attempt(expression: _Expression, current: _Open, *, held: bool) -> Attempt:
    undefined = None
    if not held:
        undefined = next(
            (spot.part.text for spot in expression.parts if spot.part not in current.values), None
        )
    return Attempt(
        held=held,
        variables=dict(current.variables),
        values=tuple((extent.text, value) for extent, value in current.values.items()),
        undefined=undefined,
    )


def _led(
    places: Iterable[tuple[Location, int]], known: Mapping[_Place, _Expression]
) -> dict[int, Attempt]:
    """The latest attempt of each expression, by its index."""
    led: dict[int, Attempt] = {}
    for index, (location, _) in enumerate(places):
        expression = known.get(_at(location))
        if expression is not None and expression.latest is not None:
            led[index] = expression.latest
    return led


def _step(location: Location, depth: int, known: Mapping[_Place, _Expression]) -> Step:
    expression = known.get(_at(location))
    if expression is None:
        return Step(extent=_extent(location), depth=depth, tried=0, held=0, failed=(), attempts=())
    return Step(
        extent=_extent(location),
        depth=depth,
        tried=expression.tried,
        held=expression.held,
        failed=tuple(expression.failed),
        attempts=tuple(expression.attempts),
    )


def _extent(location: Location) -> Extent:
    from policyengine.rego.compiler.following import extent_of

    return extent_of(location)


def _at(location: Location) -> _Place:
    return location.file, location.start, location.end


def _of(extent: Extent) -> _Place:
    return extent.file, extent.start, extent.end

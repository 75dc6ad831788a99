"""The steps of rules, as ``explain`` prints them: for people, and as JSON. Secrets are masked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from policyengine.model.policy import PolicyBundle
from policyengine.rego.runtime.follow import Extent
from policyengine.rego.runtime.json_values import to_json
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.values import Value
from policyengine.rego.steps import Attempt, RuleSteps, Solution, Step
from policyengine.rego.syntax.ast_json import Json

_LONGEST: Final = 160

Mask: TypeAlias = Callable[[str], str]


def steps_text(item: RuleSteps, names: dict[tuple[str, int], str], mask: Mask) -> Iterator[str]:
    """Yield the lines about one rule; ``names`` are those of rules by file and row."""
    head = item.head
    name = names.get((head.file, head.row))
    gave = f"gave {item.given}" if item.given else "gave nothing"
    yield shown_line(f"{head.file}:{head.row}: {name or cut(head.text)}: {gave}", mask)
    failing = item.failing
    for step in item.steps:
        word = _word(step, is_end=step is failing)
        margin = "  " * step.depth
        yield shown_line(f"  {word:8} {step.extent.row:4}  {margin}{cut(step.extent.text)}", mask)
        if step is failing:
            for attempt in step.failed:
                for line in _values(attempt, mask):
                    yield shown_line(f"{'':17}{margin}  {line}", mask)
    if item.chosen:
        # What led to the reasons that are asked for stands with each of them.
        return
    for solution in item.solutions:
        yield from _solution_text(item, solution, mask)
    if item.given > len(item.solutions):
        yield f"  and {item.given - len(item.solutions)} more solutions"


def chosen_text(item: RuleSteps, index: int, mask: Mask) -> Iterator[str]:
    """Yield the lines about what led to the chosen reason ``index``."""
    for solution in item.chosen.get(index, ()):
        yield from _solution_text(item, solution, mask)


def _solution_text(item: RuleSteps, solution: Solution, mask: Mask) -> Iterator[str]:
    yield shown_line(f"  solution {solution.number}: {_value(solution.value, mask)}", mask)
    for index, attempt in sorted(solution.attempts.items()):
        if item.steps[index].depth == 0:
            yield shown_line(
                f"    {item.steps[index].extent.row}: {'; '.join(_values(attempt, mask))}", mask
            )


def _word(step: Step, *, is_end: bool) -> str:
    if not step.tried:
        return "not run"
    if is_end:
        return "FAILED"
    if step.held == step.tried == 1:
        return "held"
    if step.tried == 1:
        return f"{step.held} times"
    return f"{step.held} of {step.tried}"


def _values(attempt: Attempt, mask: Mask) -> list[str]:
    shown = [f"{cut(text)}: {_value(value, mask)}" for text, value in attempt.values]
    if attempt.undefined is not None:
        shown.append(f"{cut(attempt.undefined)}: undefined")
    return shown or [f"{name} = {_value(v, mask)}" for name, v in attempt.variables.items()]


def _value(value: Value, mask: Mask) -> str:
    """Masked before it is cut: half of a secret is none that masking knows."""
    return cut(marshal(masked(to_json(value), mask)))


def shown_line(text: str, mask: Mask) -> str:
    """Return ``text`` as a terminal may see it."""
    from policyengine.report.escape import terminal_text

    return terminal_text(mask(text)).rstrip()


def cut(text: str) -> str:
    """Return ``text`` as one line of a length that is read."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def steps_json(item: RuleSteps, bundle: PolicyBundle, mask: Mask) -> Json:
    """Return one rule with all that is known of its steps."""
    failing = item.failing
    return {
        "bundle": bundle.identity.name,
        **_place(item.head, mask),
        "solutions": item.given,
        "failed_at": None if failing is None else failing.extent.row,
        "steps": [
            {
                **_place(step.extent, mask),
                "depth": step.depth,
                "tried": step.tried,
                "held": step.held,
                "failed": [_attempt(each, mask) for each in step.failed],
                "attempts": [_attempt(each, mask) for each in step.attempts],
            }
            for step in item.steps
        ],
    }


def chosen_json(item: RuleSteps, index: int, mask: Mask) -> list[Json]:
    """Return what led to the chosen reason ``index``, with every expression."""
    return [
        {
            "file": item.head.file,
            "row": item.head.row,
            "number": solution.number,
            "value": masked(to_json(solution.value), mask),
            "steps": [
                {
                    **_place(item.steps[at].extent, mask),
                    "depth": item.steps[at].depth,
                    **_attempt(attempt, mask),
                }
                for at, attempt in sorted(solution.attempts.items())
            ],
        }
        for solution in item.chosen.get(index, ())
    ]


def _place(extent: Extent, mask: Mask) -> dict[str, Json]:
    return {
        "file": extent.file,
        "row": extent.row,
        "col": extent.col,
        "text": mask(extent.text),
    }


def _attempt(attempt: Attempt, mask: Mask) -> dict[str, Json]:
    return {
        "variables": {name: masked(to_json(v), mask) for name, v in attempt.variables.items()},
        "values": [
            {"text": mask(text), "value": masked(to_json(value), mask)}
            for text, value in attempt.values
        ],
        "undefined": attempt.undefined,
    }


def masked(value: Any, mask: Mask) -> Json:
    """Return a JSON value with all text in it masked."""
    if type(value) is str:
        return mask(value)
    if type(value) is list:
        return [masked(item, mask) for item in value]
    if type(value) is dict:
        return {mask(key): masked(item, mask) for key, item in value.items()}
    plain: Json = value
    return plain

"""What ``policyengine test --mutate`` writes: the faults that no test noticed, and the score."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policyengine.cli.output import text_output
from policyengine.rego.syntax.ast_json import Json, json_text
from policyengine.rego.testing.mutation import Fate, Judged, MutationResult
from policyengine.report.escape import terminal_text

_LONGEST: Final = 80
_NOT_NOTICED: Final = (Fate.SURVIVED, Fate.UNTESTED)


def write_mutation(
    result: MutationResult, form: str, path: str | None, *, everything: bool
) -> None:
    """Write the result; ``everything``: also what was noticed, and what does not count."""
    lines = [json_text(_json(result))] if form == "json" else _lines(result, everything=everything)
    with text_output(path) as stream:
        for line in lines:
            stream.write(f"{line}\n")


def _lines(result: MutationResult, *, everything: bool) -> Iterator[str]:
    for item in result.judged:
        if everything or item.fate in _NOT_NOTICED:
            mutant = item.mutant
            change = _cut(mutant.before)
            if mutant.after:
                change += f"  ->  {_cut(mutant.after)}"
            by = f" by {item.caught_by}" if item.caught_by else ""
            place = f"{mutant.file}:{mutant.row}:{mutant.col}"
            yield terminal_text(f"{place}: {item.fate.value}{by}: {mutant.fault.value}: {change}")
    counts = {fate: len(result.having(fate)) for fate in Fate}
    counted = sum(counts[fate] for fate in (Fate.CAUGHT, *_NOT_NOTICED))
    yield f"caught: {counts[Fate.CAUGHT]}/{counted} {result.score:.1f} %"
    beside = [f"{counts[fate]} {fate.value}" for fate in (Fate.INVALID, Fate.SAME) if counts[fate]]
    if beside:
        yield f"not counted: {', '.join(beside)}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def _json(result: MutationResult) -> Json:
    return {
        "score": result.score,
        **{fate.name.lower(): len(result.having(fate)) for fate in Fate},
        "not_caught": [_fault(item) for item in result.having(*_NOT_NOTICED)],
    }


def _fault(item: Judged) -> Json:
    mutant = item.mutant
    return {
        "file": mutant.file,
        "row": mutant.row,
        "col": mutant.col,
        "fault": mutant.fault.value,
        "fate": item.fate.value,
        "before": mutant.before,
        "after": mutant.after,
    }

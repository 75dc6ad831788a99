"""Two results side by side: what is new, and what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

import orjson

from policyengine.model.change import ImageChange
from policyengine.model.json_value import FrozenObject
from policyengine.model.verdict import Outcome, Reason
from policyengine.report.escape import terminal_text
from policyengine.report.result_json import reason_object

FORMATS = ("text", "json")
SCHEMA_VERSION = "1"


def write(changes: Sequence[ImageChange], stream: TextIO, *, form: str) -> None:
    """Write ``changes`` in the format ``form``, one of ``FORMATS``."""
    if form == "json":
        document = {
            "schema_version": SCHEMA_VERSION,
            "images": [_object(change) for change in changes],
        }
        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        stream.write(orjson.dumps(document, option=options).decode())
        return
    for change in changes:
        stream.writelines(line + "\n" for line in _lines(change))
    new = sum(len(change.new) for change in changes)
    gone = sum(len(change.gone) for change in changes)
    stream.write(f"{new} new, {gone} gone, {sum(change.same for change in changes)} the same\n")


def _lines(change: ImageChange) -> Iterator[str]:
    name = terminal_text(change.image)
    if not change.judged:
        yield f"{name}: not judged again"
    elif change.before is None:
        yield f"{name}: not in the baseline, now {_word(change.after)}"
    elif change.before is change.after:
        yield f"{name}: {_word(change.after)} as before"
    else:
        yield f"{name}: was {_word(change.before)}, now {_word(change.after)}"
    for mark, reasons in (("+", change.new), ("!", change.new_warnings), ("-", change.gone)):
        yield from (f"  {mark} {_line(reason)}" for reason in reasons)


def _line(reason: Reason) -> str:
    rule, message = terminal_text(reason.rule.id), terminal_text(reason.message)
    return f"{reason.severity.word:<10} {rule}: {message}"


def _word(outcome: Outcome | None) -> str:
    return "unknown" if outcome is None else outcome.value


def _object(change: ImageChange) -> FrozenObject:
    return {
        "image": terminal_text(change.image),
        "repository": change.repository,
        "judged": change.judged,
        "before": None if change.before is None else change.before.value,
        "after": None if change.after is None else change.after.value,
        "new": [reason_object(reason) for reason in change.new],
        "new_warnings": [reason_object(reason) for reason in change.new_warnings],
        "gone": [reason_object(reason) for reason in change.gone],
        "same": change.same,
    }

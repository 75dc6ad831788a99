"""The recorded answers of OPA: files of calls, and how their answers are kept and asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(__file__).parent / "data"

# ``untyped`` hides the type of an argument from the checks before anything runs.
_PRELUDE: Final = "package calls\n\nuntyped(x) := x\n\n"
FIRST_ROW: Final = _PRELUDE.count("\n") + 1

# What v1 refuses is asked in v0.
IN_V0: Final = frozenset({"deprecated.json"})

# Python refuses longer texts of integers.
_LONGEST: Final = 4000


def module_of(calls: list[str]) -> str:
    """A module with a rule ``r0``, ``r1``, ... for each call, each in a row of its own."""
    return _PRELUDE + "".join(f"r{place} := {call}\n" for place, call in enumerate(calls))


def read_answers(text: str) -> Any:
    """JSON in which a number that Python writes otherwise is ``{"number": its text}``."""
    return json.loads(text, parse_float=_decimal, parse_int=_integer)


def _decimal(text: str) -> object:
    return float(text) if repr(float(text)) == text else {"number": text}


def _integer(text: str) -> object:
    if len(text) > _LONGEST or str(int(text)) != text:
        return {"number": text}
    return int(text)

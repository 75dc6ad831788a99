"""The modules of the conformance cases as ``opa check`` and ``opa parse`` take them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal, TypeAlias

_DATA: Final = Path(__file__).parent / "data"
# One line a module: for each mode the digest of the codes and rows of the errors.
CHECKS: Final = _DATA / "checks.txt"
# One line a module that v0 can express: the digest of its tree as v0.
V0_TREES: Final = _DATA / "v0_trees.txt"

Mode: TypeAlias = Literal["plain", "strict", "v0"]
FLAGS: Final[dict[Mode, tuple[str, ...]]] = {
    "plain": (),
    "strict": ("--strict",),
    "v0": ("--v0-compatible",),
}
NONE: Final = "-"


def digest_of(errors: Iterable[tuple[str, int]]) -> str:
    """A digest of (code, row) of errors, in any order and each once; ``NONE`` for none."""
    text = " ".join(f"{code}:{row}" for code, row in sorted(set(errors)))
    return hashlib.sha256(text.encode()).hexdigest()[:10] if text else NONE

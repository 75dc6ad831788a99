"""The sample files, as parameters of tests; one that skips where the folder is absent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest
from _pytest.mark.structures import ParameterSet

from policyengine.collect.files import EvidenceOffer, read_evidence
from policyengine.model.gathered import GatheredReports
from policyengine.model.limits import DEFAULT_LIMITS

_T = TypeVar("_T")
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"


def samples(*folders: str, but: Iterable[str] = ()) -> list[ParameterSet]:
    """Return the files of ``folders``, ``but`` for those whose names end so.

    Each is named in reports by its last folder and the end of its name.
    """
    ends = tuple(but)
    files = sorted(
        path
        for folder in folders
        for path in SAMPLES.joinpath(folder).glob("*")
        if not path.name.endswith(ends)
    )
    if not files:
        reason = "the folder of samples is not beside the checkout"
        return [pytest.param(SAMPLES, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(path, id=f"{path.parent.name}/{path.name[-70:]}") for path in files]


def folders_of(*kinds: str) -> list[str]:
    """Return the folders of ``kinds``, as ``scan/grype``."""
    return sorted(
        f"{kind}/{path.name}"
        for kind in kinds
        for path in SAMPLES.joinpath(kind).glob("*")
        if path.is_dir()
    )


def read_file(path: Path) -> GatheredReports:
    return read_evidence([EvidenceOffer(path=str(path))], limits=DEFAULT_LIMITS)


def raw_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8-sig"))


def objects(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every object in ``value`` and the names of the fields that lead to it."""
    if isinstance(value, dict):
        yield path, value
        for name, item in value.items():
            yield from objects(item, (*path, name))
    elif isinstance(value, list):
        for item in value:
            yield from objects(item, path)


def at_pointer(document: Any, pointer: str) -> Any:
    """Resolve a JSON Pointer (RFC 6901)."""
    for part in pointer.split("/")[1:]:
        token = part.replace("~1", "/").replace("~0", "~")
        document = document[int(token) if isinstance(document, list) else token]
    return document


def by_name(path: Path, table: Mapping[str, _T]) -> _T | None:
    """Return the entry of ``table`` for the end of the name of ``path``."""
    return next((value for end, value in table.items() if path.name.endswith(end)), None)

"""The index finds the paths that a look at all of them finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policyengine.bundle.inputs import PathIndex

PATHS = st.lists(st.sampled_from("abc"), max_size=4).map(tuple)


@given(st.lists(PATHS, max_size=12), PATHS)
def test_paths_at_above_and_below_are_found(
    paths: list[tuple[str, ...]], asked: tuple[str, ...]
) -> None:
    expected = {path for path in paths if path[: len(asked)] == asked or asked[: len(path)] == path}
    index = PathIndex(paths)
    found = [*index.meant_by(asked)]
    assert set(found) == expected
    assert len(found) == len(expected)
    assert (asked in index) == bool(expected)

"""Modules and data as they are loaded for the commands of Rego."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from policyengine.errors import (
    BundleFormatError,
    SourcesNotLoaded,
    UsageError,
)
from policyengine.rego.bundle_roots import require_data, require_packages
from policyengine.rego.source_paths import files_below
from policyengine.rego.sources import load_sources


@pytest.mark.parametrize("kind", ["data", "bundles"])
@pytest.mark.parametrize("name", ["policies", "policies/deep"])
def test_a_folder_that_cannot_be_read_is_refused_and_not_left_out(
    kind: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "policies" / "deep").mkdir(parents=True)
    (tmp_path / "policies" / "deep" / "a.rego").write_text("package a\n")
    real = os.scandir

    def refuse(path: Any) -> Any:
        if str(path) == str(tmp_path / name):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    paths = [str(tmp_path / "policies")]
    data, bundles = (paths, []) if kind == "data" else ([], paths)
    with pytest.raises(SourcesNotLoaded, match="Permission denied") as caught:
        load_sources(data, bundles)
    (error,) = caught.value.errors
    assert isinstance(error, UsageError)
    assert error.where == str(tmp_path / name)
    assert caught.value.exit_code == error.exit_code


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("*", {".a", "a.rego", "b_test.rego", "c[1].json"}),
        (".*", {".a"}),
        ("*_test.rego", {"b_test.rego"}),
        ("?.rego", {"a.rego"}),
        ("[ab]*", {"a.rego", "b_test.rego"}),
        ("[^ab]*", {".a", "c[1].json"}),
        ("[a-b].rego", {"a.rego"}),
        (r"c\[1\]*", {"c[1].json"}),
        ("[", set()),
        ("[]a]*", set()),
        ("[b-a]*", set()),
        ("a.reg", set()),
    ],
)
def test_a_pattern_leaves_out_what_go_matches(
    pattern: str, matched: set[str], tmp_path: Path
) -> None:
    names = {".a", "a.rego", "b_test.rego", "c[1].json"}
    for name in names:
        (tmp_path / name).write_text("")
    left = {path.name for path, _ in files_below(tmp_path, ignore=[pattern])}
    assert left == names - matched


def test_a_link_in_a_circle_is_an_error_and_no_endless_walk(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a")
    with pytest.raises(SourcesNotLoaded, match="a folder that it stands in"):
        load_sources([str(tmp_path)])


def test_a_linked_folder_of_policies_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.rego").write_text("package a\n")
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "linked").symlink_to(tmp_path / "real")
    assert [*load_sources([str(tmp_path / "used")]).modules] == [
        str(tmp_path / "used" / "linked" / "a.rego")
    ]


@pytest.mark.parametrize(
    "source",
    [
        "package a.b",
        "package a.b # c",
        "# c\n\n \tpackage a.b\n",
        'package a["b"]\n',
        "package a[`b`]\n",
        "package\na.b\n",
    ],
)
def test_a_package_outside_of_the_roots_is_found_however_it_is_written(source: str) -> None:
    require_packages((("a", "b"),), {"f": source}, {})
    for root in (("a", "bc"), ("b",), ("a", "b", "c")):
        with pytest.raises(BundleFormatError, match="a/b"):
            require_packages((root,), {"f": source}, {})


def test_only_data_that_leads_to_a_root_may_stand_above_it() -> None:
    roots = (("a", "b"),)
    require_data(roots, {"a": {"b": {"c": 1}}}, "f")
    outside: list[dict[str, Any]] = [{"a": {"c": 1}}, {"a": 1}, {"b": {}}, {"a": {"b": 1, "c": {}}}]
    for data in outside:
        with pytest.raises(BundleFormatError):
            require_data(roots, data, "f")

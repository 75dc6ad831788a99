"""Modules and data as they are loaded for the commands of Rego."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from policyengine.errors import UsageError
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
    with pytest.raises(UsageError, match="Permission denied") as caught:
        load_sources(data, bundles)
    assert caught.value.where == str(tmp_path / name)

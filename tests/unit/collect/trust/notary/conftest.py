"""A file of known roots for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from policyengine.collect.trust.notary.known_roots import KnownRoots


@pytest.fixture
def known(tmp_path: Path) -> KnownRoots:
    return KnownRoots(tmp_path / "known-roots.json")

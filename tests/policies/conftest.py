"""What the tests of the policy library need: the reference implementation of Rego."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

# Read before the tests get a cache folder of their own.
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@pytest.fixture(scope="session")
def opa() -> str:
    """Return the path of ``opa``; in CI it must be there."""
    tools = _CACHE / "policyengine-tools" / "bin" / "opa"
    found = str(tools) if tools.is_file() else shutil.which("opa")
    if found is None:
        message = "opa is not installed; tests/integration/setup.sh builds it"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found

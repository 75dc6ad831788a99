"""What the tests of the policy library need: the reference implementation of Rego."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def opa() -> str:
    """Return the path of ``opa``; in CI it must be there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    tools = cache / "policyengine-tools" / "bin" / "opa"
    found = str(tools) if tools.is_file() else shutil.which("opa")
    if found is None:
        message = "opa is not installed; tests/integration/setup.sh builds it"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found

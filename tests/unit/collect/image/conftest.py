"""Reading an image in a test, with nothing but what the test gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policyengine.collect.image import ImageRequest, read_image
from policyengine.model.access import DEFAULT_REGISTRY_ACCESS, DaemonAccess
from policyengine.model.image import ImageEvidence
from policyengine.model.limits import DEFAULT_LIMITS

Read = Callable[..., ImageEvidence]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads an image by what a user would write."""

    def reader(text: str, **options: Any) -> ImageEvidence:
        limits = options.pop("limits", DEFAULT_LIMITS)
        host = options.pop("daemon", f"unix://{tmp_path}/no-daemon.sock")
        timeout = options.pop("timeout", 5)
        return read_image(
            ImageRequest(text=text, **options),
            limits=limits,
            registry=DEFAULT_REGISTRY_ACCESS,
            daemon=DaemonAccess(host=host, timeout=timeout),
        )

    return reader

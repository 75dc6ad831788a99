"""A key, and a registry that has the image."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.conftest import IMAGE
from tests.unit.cli.trust.attached import IMAGE_DIGEST, KEY, serve_blob
from tests.unit.collect.image.registry.scripted_server import (
    MANIFEST_PATH,
    RunningServer,
    ScriptedServer,
    manifest_reply,
)
from tests.unit.collect.trust.signing import pem_of


@pytest.fixture
def key(folder: Path) -> Path:
    path = folder / "release.pub"
    path.write_text(pem_of(KEY))
    return path


@pytest.fixture
def registry(folder: Path) -> Iterator[ScriptedServer]:
    """A registry that speaks plain HTTP and has the image ``team/app:1``."""
    settings = "[registry]\nretries = 0\ntimeout = 2\n"
    with RunningServer(None) as server:
        settings += f'insecure_hosts = ["{server.host}"]\n'
        (folder / "policyengine.toml").write_text(settings)
        server.on(MANIFEST_PATH, manifest_reply(IMAGE.manifest()))
        server.on(f"/v2/team/app/manifests/{IMAGE_DIGEST}", manifest_reply(IMAGE.manifest()))
        serve_blob(server, IMAGE.configuration())
        yield server

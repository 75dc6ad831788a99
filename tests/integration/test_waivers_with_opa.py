"""Waiver files that ``opa sign`` signs verify here: the form of the signature is OPA's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.components import program, run
from tests.integration.test_bundles_with_opa import KEYS, keys

WAIVERS = """\
version: 1
waivers:
  - rule: acme.user
    reason: for now
    owner: shop
    approver: security
    created: 2026-01-01
    expires: 2026-02-28
"""
POLICYENGINE = Path(sys.executable).parent / "policyengine"


@pytest.mark.parametrize("algorithm", KEYS)
def test_what_opa_signs_verifies_here(algorithm: str, tmp_path: Path) -> None:
    private, public = keys(tmp_path, algorithm)
    folder = tmp_path / "waivers"
    folder.mkdir()
    (folder / "waivers.yaml").write_text(WAIVERS)
    (tmp_path / "claims.json").write_text(json.dumps({"scope": "production", "keyid": "k"}))
    signing = ("--signing-key", private, "--signing-alg", algorithm)
    subprocess.run(
        # The names in the list are those of the paths that opa is given.
        [program("opa"), "sign", *signing, "--claims-file", "../claims.json", "--bundle", "."],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    signatures = folder / "waivers.yaml.signatures.json"
    (folder / ".signatures.json").rename(signatures)
    verify = (POLICYENGINE, "waivers", "verify", folder / "waivers.yaml", "--key", public)
    said = json.loads(run(*verify, "--scope", "production", "--keyid", "k", "--format", "json"))
    assert (said["algorithm"], said["keyid"], said["waivers"]) == (algorithm, "k", 1)
    (folder / "waivers.yaml").write_text(WAIVERS.replace("acme.user", "acme.root"))
    done = subprocess.run(
        [*map(str, verify), "--scope", "production"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "was changed after the signature" in done.stderr) == (4, True)

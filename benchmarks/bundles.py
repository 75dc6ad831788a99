"""A signed, locked, cached bundle: what verifying and loading it takes of a check.

A process of its own for each run, as a check is one: imports that only bundles need count. The
floor is the same process, which opens no bundle. What counts is the processor time of both, so that
others on the machine do not. The run that does not count is the first of this bundle, which reads
its Rego; what that takes is a line of its own, with ``evaluation.cache = false``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.measure import in_turn, processor_time, run_installed
from policyengine.bundle.archive import read_archive, write_archive
from policyengine.bundle.build import build_bundle
from policyengine.bundle.cache import BundleCache
from policyengine.bundle.lock import FILE, BundleLock, LockedBundle
from policyengine.bundle.open import BundleAccess, hold_source, open_held
from policyengine.bundle.registry import artifact_manifest
from policyengine.bundle.signatures import SIGNATURES, sign
from policyengine.bundle.trust import read_trust
from policyengine.resources import BUNDLES

_WANTED = 0.080
_SOURCE = "oci://registry.example/policies/production:1"
_START = (
    "import policyengine.cli.check\n"
    "from policyengine.settings import load_settings\n"
    "settings = load_settings()\n"
)
_OPEN = (
    "from policyengine.bundle import open_bundles\n"
    "from policyengine.cli.bundle_options import bundle_access\n"
    f"open_bundles(({_SOURCE!r},), parameters={{}}, access=bundle_access(settings))\n"
)


def main() -> None:
    """Measure, and print a line."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = ec.generate_private_key(ec.SECP256R1())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / "key.pem").write_bytes(public)
        entry = '[bundles.trust.production]\nkeys = ["key.pem"]\n'
        (folder / "policyengine.toml").write_text(entry)
        contents = read_archive(
            build_bundle(BUNDLES / "production", now_ns=time.time_ns()).archive, where="production"
        )
        archive = write_archive({**contents, SIGNATURES: sign(contents, key)})
        (folder / "production.tar.gz").write_bytes(archive)
        _put_into_cache(folder, archive)
        run = partial(_run, folder)
        result = in_turn(
            partial(run, _START + _OPEN), partial(run, _START), runs=15, clock=processor_time
        )
        taken = result.ours - result.floor
        wanted = f"<= {_WANTED * 1e3:.0f} ms more, {taken * 1e3:.1f} ms"
        print(result.line("verify and load production", wanted, met=taken <= _WANTED))
        (folder / "policyengine.toml").write_text(f"[evaluation]\ncache = false\n\n{entry}")
        first = in_turn(
            partial(run, _START + _OPEN), partial(run, _START), runs=5, clock=processor_time
        )
        taken = first.ours - first.floor
        print(f"{'the same, for the first time':<44} {taken * 1e3:9.1f} ms more")


def _put_into_cache(folder: Path, archive: bytes) -> None:
    """Lock the bundle and put it where pulling it would have."""
    trust = read_trust({"production": {"keys": ["key.pem"]}}, folder)
    held = hold_source(str(folder / "production.tar.gz"), BundleAccess(trust=trust))
    identity = open_held(held, {}).identity
    manifest, blobs = artifact_manifest(
        archive, version=identity.version, revision=identity.revision
    )
    cache = BundleCache(folder / "cache" / "policyengine" / "bundles")
    for digest, content in (manifest, *blobs):
        cache.put(digest, content)
    locked = LockedBundle.of(identity, signer=held.signer, artifact=manifest[0])
    lock = BundleLock(path=folder / FILE, bundles={_SOURCE: locked})
    (folder / FILE).write_bytes(lock.written())


def _run(folder: Path, program: str) -> None:
    command = (
        f"import os\nos.chdir({str(folder)!r})\n"
        f"os.environ['XDG_CACHE_HOME'] = {str(folder / 'cache')!r}\n{program}"
    )
    try:
        run_installed(sys.executable, "-c", command, compiled=folder / "compiled")
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"the measured program failed: {error.returncode}") from None

"""``policyengine gate`` as a whole process, against ``conftest test`` of the same rules and file.

2,000 vulnerabilities and 2,000 packages in one stored document, and the production bundle. The run
that does not count fills the cache of compiled policies and bundles.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import orjson

from benchmarks.measure import in_turn
from benchmarks.rego import conftest_program
from benchmarks.reports import cyclonedx_bom, the_image, trivy_report
from policyengine.bundle import open_bundle
from policyengine.collect.files import EvidenceOffer, read_evidence
from policyengine.document import assemble
from policyengine.model.instant import Instant
from policyengine.model.limits import DEFAULT_LIMITS

_ENTRIES = 2_000
_WANTED = 4.0
_COMMAND = Path(sys.executable).with_name("policyengine")
_NOW = Instant.parse("2026-01-31T12:00:00Z")


def main() -> None:
    """Measure, and print a line."""
    conftest = conftest_program()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document = folder / "input.json"
        document.write_bytes(_document())
        ours = partial(_run, str(_COMMAND), "gate", str(document), "--bundle", "production")
        if conftest is None:
            print("policyengine gate: conftest is not installed; no ratio")
            return
        rules, data = _rules(folder / "rules"), folder / "data.json"
        theirs = partial(
            _run,
            *(conftest, "test", str(document), "--policy", str(rules)),
            *("--data", str(data), "--all-namespaces", "--output", "json"),
        )
        result = in_turn(ours, theirs, runs=5)
        met = result.ratio <= _WANTED
        line = result.line(f"gate, {_ENTRIES} findings and packages", f"<= {_WANTED} x", met=met)
        print(f"{line} (of conftest test)")


def _document() -> bytes:
    image = the_image()
    reports = read_evidence(
        (EvidenceOffer(path="-"),),
        limits=DEFAULT_LIMITS,
        stdin=io.BytesIO(orjson.dumps(trivy_report(_ENTRIES))),
    )
    boms = read_evidence(
        (EvidenceOffer(path="-"),),
        limits=DEFAULT_LIMITS,
        stdin=io.BytesIO(orjson.dumps(cyclonedx_bom(_ENTRIES))),
    )
    from dataclasses import replace

    both = replace(reports, sboms=boms.sboms)
    return assemble(image, both, environment="production", evaluated_at=_NOW).encoded


def _rules(folder: Path) -> Path:
    """Write the bundle's modules, and its parameters as data, where conftest reads them."""
    bundle = open_bundle("production", parameters={})
    for module in bundle.modules:
        path = folder / module.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(module.source)
    data = {**bundle.data, "parameters": bundle.parameters}
    (folder.parent / "data.json").write_bytes(orjson.dumps(data))
    return folder


def _run(*command: str) -> None:
    """Run a command to its end: both end with 1 where the image is denied."""
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if done.returncode not in {0, 1, 3} or not shutil.which(command[0]):
        raise RuntimeError(done.stderr.decode(errors="replace"))

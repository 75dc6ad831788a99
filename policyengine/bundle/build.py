"""From a bundle's definition to the archive that is released.

1. The definition is read and checked as for a judgement: modules, data, parameters, rules.
2. Its tests are run; one that does not hold stops the build.
3. CHANGELOG.md has an entry for the version.
4. The archive is made: what is included stands in it, and tests do not.
5. Where a version before is given or known (``bundle/previous.py``): if its rules, data or
   parameters were others, the version has to be a later one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from policyengine.bundle.archive import write_archive
from policyengine.bundle.files import MANIFEST, BundleFiles, directory_contents, read_directory
from policyengine.bundle.open import checked, finished, open_contents
from policyengine.bundle.previous import (
    CHANGELOG,
    Compared,
    PreviousSearch,
    compare,
    require_later,
)
from policyengine.bundle.rule_tests import HeldTests, hold_tests
from policyengine.errors import BundleFormatError
from policyengine.model.json_text import parse_json
from policyengine.model.policy import BundleIdentity, PolicyBundle
from policyengine.resources import POLICIES

PARAMETERS_FILE = "parameters.schema.json"
# Keys of ``metadata.policyengine`` that choose from the policy library: an archive has it inside.
CHOOSING = ("include", "collections")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltBundle:
    """An archive, who it is when it is read, and how many tests its rules passed.

    ``compared`` is with which version before; None where none is given or known.
    """

    archive: bytes
    identity: BundleIdentity
    rules: int
    tests: HeldTests
    compared: Compared | None


def build_bundle(
    root: Path,
    *,
    now_ns: int,
    revision: str | None = None,
    previous: PolicyBundle | PreviousSearch | None = None,
    library: Path = POLICIES,
) -> BuiltBundle:
    """Build the definition in the directory ``root``; ``revision`` replaces that of its manifest.

    ``now_ns`` is the clock of its tests. ``previous`` is the version before, or where to look for
    it. Raises BundleFormatError and RegoCompileError.
    """
    # 1
    files = read_directory(root, library=library)
    bundle = finished(checked(files, where=str(root)), {})
    # 2
    tests = hold_tests(files, root, library=library, now_ns=now_ns)
    # 3
    own = directory_contents(root)
    _require_entry(own.get(CHANGELOG), bundle.identity.version, root)
    # 4
    contents = archive_contents(files, own[MANIFEST], revision=revision)
    for name in (CHANGELOG, "README.md", "LICENSE"):
        if name in own:
            contents[name] = own[name]
    opened = open_contents(contents, where=f"{root}, built", parameters={})
    # 5
    where = f"{root}/{MANIFEST}"
    compared = None
    if isinstance(previous, PolicyBundle):
        compared = require_later(opened, previous, where=where)
    elif previous is not None:
        known = previous.known(opened.identity, own[CHANGELOG].decode(errors="replace"), root=root)
        digests = frozenset({bundle.identity.digest, opened.identity.digest})
        compared = compare(opened, known, digests=digests, where=where)
    return BuiltBundle(
        archive=write_archive(contents),
        identity=opened.identity,
        rules=len({rule.id for rule in opened.rules}),
        tests=tests,
        compared=compared,
    )


def archive_contents(
    files: BundleFiles, manifest: bytes, *, revision: str | None
) -> dict[str, bytes]:
    """Return the files of the archive, by path. ``manifest`` is that of the definition."""
    document = parse_json(manifest, where=MANIFEST, error=BundleFormatError)
    assert isinstance(document, dict)
    metadata = document["metadata"]
    assert isinstance(metadata, dict)
    own = metadata["policyengine"]
    assert isinstance(own, dict)
    own = {key: value for key, value in own.items() if key not in CHOOSING}
    contents = {name: source.encode() for name, source in files.modules.items()}
    if files.parameter_schema:
        own["parameters"] = PARAMETERS_FILE
        contents[PARAMETERS_FILE] = _json(files.parameter_schema)
    if files.data:
        contents["data.json"] = _json(files.data)
    document["metadata"] = {**metadata, "policyengine": own}
    document["revision"] = revision or files.manifest.revision
    # OPA takes a bundle without it for Rego of its own default.
    document.setdefault("rego_version", 1)
    contents[MANIFEST] = _json(document)
    return contents


def _require_entry(changelog: bytes | None, version: str, root: Path) -> None:
    where = f"{root}/{CHANGELOG}"
    if changelog is None:
        raise BundleFormatError("is missing", where=where, expected=f"an entry for {version}")
    lines = changelog.decode(errors="replace").splitlines()
    heading = re.compile(rf"##\s+\[?v?{re.escape(version)}\]?(?:\s.*)?")
    at = next((index for index, line in enumerate(lines) if heading.fullmatch(line)), None)
    if at is None:
        raise BundleFormatError(
            "has no entry for the version",
            where=where,
            expected=f"a heading ## {version} with what changed",
        )
    for line in lines[at + 1 :]:
        if line.startswith("## "):
            break
        if line.strip():
            return
    raise BundleFormatError(
        f"says nothing under ## {version}", where=where, expected="what changed"
    )


def _json(value: Mapping[str, object]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n"

"""From a bundle's definition to the archive that is released.

1. The definition is read and checked as for a judgement: modules, data, parameters, rules.
2. Its tests are run; one that does not hold stops the build.
3. CHANGELOG.md has an entry for the version.
4. Where the version before is given: if its rules, data or parameters were others, the version
   has to be a later one.
5. The archive is written: what is included stands in it, and tests do not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from policyengine.bundle.archive import write_archive
from policyengine.bundle.files import MANIFEST, BundleFiles, directory_contents, read_directory
from policyengine.bundle.open import finished, open_contents, parsed
from policyengine.bundle.parameters import defaults
from policyengine.bundle.rule_tests import run_tests
from policyengine.errors import BundleFormatError
from policyengine.model.json_text import parse_json
from policyengine.model.policy import BundleIdentity, PolicyBundle
from policyengine.resources import POLICIES

CHANGELOG = "CHANGELOG.md"
PARAMETERS_FILE = "parameters.schema.json"
# Keys of ``metadata.policyengine`` that choose from the policy library: an archive has it inside.
CHOOSING = ("include", "collections")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltBundle:
    """An archive, who it is when it is read, and how many tests its rules passed."""

    archive: bytes
    identity: BundleIdentity
    rules: int
    tests: int


def build_bundle(
    root: Path,
    *,
    revision: str | None = None,
    previous: PolicyBundle | None = None,
    library: Path = POLICIES,
) -> BuiltBundle:
    """Build the definition in the directory ``root``; ``revision`` replaces that of its manifest.

    Raises BundleFormatError and RegoCompileError.
    """
    # 1
    files = read_directory(root, library=library)
    bundle = finished(parsed(files, where=str(root)), {})
    # 2
    tests = run_tests(files, root, library=library, parameters=defaults(files.parameter_schema))
    # 3
    own = directory_contents(root)
    _require_entry(own.get(CHANGELOG), bundle.identity.version, root)
    # 4
    if previous is not None:
        _require_later(bundle, previous, root)
    # 5
    contents = archive_contents(files, own[MANIFEST], revision=revision)
    for name in (CHANGELOG, "README.md", "LICENSE"):
        if name in own:
            contents[name] = own[name]
    opened = open_contents(contents, where=f"{root}, built", parameters={})
    return BuiltBundle(
        archive=write_archive(contents),
        identity=opened.identity,
        rules=len({rule.id for rule in opened.rules}),
        tests=tests,
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


def changed(bundle: PolicyBundle, previous: PolicyBundle) -> bool:
    """Say whether anything that decides differs: modules, data, parameters, view."""
    return _decisive(bundle) != _decisive(previous)


def _decisive(bundle: PolicyBundle) -> tuple[object, ...]:
    return (
        {(module.path, module.source, module.rego_version) for module in bundle.modules},
        bundle.data,
        bundle.parameter_schema,
        bundle.view,
        bundle.strict_builtin_errors,
        {(rule.id, rule.package) for rule in bundle.rules},
    )


def version_order(version: str) -> tuple[object, ...]:
    """Return what semantic versions are sorted by (semver.org 2.0.0, section 11)."""
    core, _, before = version.partition("+")[0].partition("-")
    numbers = tuple(int(part) for part in core.split("."))
    # A version without a pre-release is later than all of its pre-releases.
    parts = tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in before.split(".") if part
    )
    return (numbers, not before, parts)


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


def _require_later(bundle: PolicyBundle, previous: PolicyBundle, root: Path) -> None:
    new, old = bundle.identity, previous.identity
    if new.name != old.name:
        raise BundleFormatError(
            "is not the bundle that the previous one is",
            where=str(root),
            found=new.name,
            expected=old.name,
        )
    if version_order(new.version) < version_order(old.version) or (
        new.version == old.version and changed(bundle, previous)
    ):
        raise BundleFormatError(
            "has other rules, data or parameters than the previous one, and no later version"
            if new.version == old.version
            else "has an earlier version than the previous one",
            where=f"{root}/{MANIFEST}",
            found=new.version,
            expected=f"a version after {old.version}, and its entry in {CHANGELOG}",
        )


def _json(value: Mapping[str, object]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n"

"""Modules and data that ``eval``, ``repl`` and ``test`` are given, bundles among them.

A bundle with this program's part in its manifest is opened as for a judgement: with what it takes
from the policy library, and the defaults of its parameters as ``data.parameters``. Any other is
loaded as OPA loads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policyengine.cli.bundle_options import bundle_access
from policyengine.errors import BundleFormatError, SourcesNotLoaded, UsageError
from policyengine.rego.source_paths import file_path
from policyengine.rego.sources import Sources, add_bundle, add_modules, load_sources
from policyengine.rego.syntax.ast import RegoVersion
from policyengine.settings import load_settings

if TYPE_CHECKING:
    from policyengine.bundle.open import HeldBundle

_MANIFEST = ".manifest"
_PARAMETERS = "parameters"


def patterns_of(texts: Sequence[str]) -> list[str]:
    """The patterns that ``--ignore`` was given: each use of it may have several, with commas."""
    return [pattern for text in texts for pattern in text.split(",")]


def sources_of(
    data: Sequence[str],
    bundles: Sequence[str],
    *,
    rego_version: RegoVersion = "v1",
    ignore: Sequence[str] = (),
) -> Sources:
    """Load what is named. Bundles are held to the trust and the lock of the settings.

    Raises as ``load_sources``, and what opening a bundle raises.
    """
    from policyengine.bundle.open import hold_source

    if not bundles:
        return load_sources(data, rego_version=rego_version, ignore=ignore)
    access = bundle_access(load_settings())
    named = [file_path(text) if text.startswith("file://") else text for text in bundles]
    is_free = not access.trust.entries and access.lock is None
    with _as_not_loaded(is_free):
        plain = [source for source in named if is_free and _is_of_opa(source)]
    sources = load_sources(data, plain, rego_version=rego_version, ignore=ignore)
    given = dict(sources.data.pop(_PARAMETERS, {}))
    definitions = []
    for source in named:
        if source not in plain:
            with _as_not_loaded(is_free):
                held = hold_source(source, access)
                if _is_definition(held):
                    definitions.append((source, held))
                else:
                    add_bundle(sources, source, held.contents, rego_version=rego_version)
    # Behind the others, whose roots are theirs alone.
    for source, held in definitions:
        _add_definition(sources, source, held, tests=False)
    if given:
        # What is given with --data goes over the defaults of the bundles.
        sources.data[_PARAMETERS] = {**sources.data.get(_PARAMETERS, {}), **given}
    return sources


@contextmanager
def _as_not_loaded(is_free: bool) -> Iterator[None]:
    """Tell what is wrong with a bundle as of other sources; trust and lock tell for themselves."""
    try:
        yield
    except (BundleFormatError, UsageError) as error:
        if not is_free:
            raise
        raise SourcesNotLoaded((error,)) from None


def suite_sources(
    paths: Sequence[str],
    *,
    are_bundles: bool,
    rego_version: RegoVersion = "v1",
    ignore: Sequence[str] = (),
) -> Sources:
    """Load what is tested: with a bundle's own tests those beside what it takes of the library.

    A folder that is a definition is one whether or not ``are_bundles`` says so.
    """
    from policyengine.bundle.open import FREE_ACCESS, hold_source

    definitions = [path for path in paths if Path(path).is_dir() and not _is_of_opa(path)]
    others = [path for path in paths if path not in definitions]
    sources = (
        load_sources((), others, rego_version=rego_version, ignore=ignore)
        if are_bundles
        else load_sources(others, rego_version=rego_version, ignore=ignore)
    )
    for path in definitions:
        _add_definition(sources, path, hold_source(f"{path}/", FREE_ACCESS), tests=True)
    return sources


def _is_of_opa(source: str) -> bool:
    from policyengine.bundle.manifest import is_definition
    from policyengine.given_file import read_given

    manifest = Path(source) / _MANIFEST
    if not Path(source).is_dir():
        return False
    if not manifest.is_file():
        return True
    limit = 1024 * 1024
    data = read_given(manifest, error=UsageError, limit=limit)
    return not is_definition(data, where=str(manifest))


def _is_definition(held: HeldBundle) -> bool:
    from policyengine.bundle.manifest import is_definition

    return is_definition(held.contents.get(_MANIFEST, b"{}"), where=f"{held.where}/{_MANIFEST}")


def _add_definition(sources: Sources, source: str, held: HeldBundle, *, tests: bool) -> None:
    from policyengine.bundle.rule_tests import bundle_suite
    from policyengine.resources import POLICIES

    root = source.rstrip("/") or "/"
    suite = bundle_suite(held.files, held.contents, root, library=POLICIES, tests=tests)
    _require_same(sources.data.get(_PARAMETERS, {}), suite.data.get(_PARAMETERS, {}), source)
    before = sources.data.pop(_PARAMETERS, {})
    add_modules(
        sources, suite.modules, suite.file_rego_versions, suite.data, where=f"{source}/data"
    )
    if before:
        sources.data[_PARAMETERS] = {**before, **sources.data.get(_PARAMETERS, {})}


def _require_same(before: Mapping[str, Any], own: Mapping[str, Any], source: str) -> None:
    """Two bundles may have one parameter; here there is one value of it for both."""
    for name in before.keys() & own.keys():
        if before[name] != own[name]:
            raise UsageError(
                f"has another default of the parameter {name} than a bundle before it",
                where=source,
                hint="give one bundle at a time",
            )

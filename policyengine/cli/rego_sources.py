"""Modules and data that ``eval`` and ``repl`` are given, bundles among them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from policyengine.cli.bundle_options import bundle_access
from policyengine.rego.sources import Sources, add_bundle, load_sources
from policyengine.rego.syntax.ast import RegoVersion
from policyengine.settings import load_settings


def sources_of(
    data: Sequence[str], bundles: Sequence[str], *, rego_version: RegoVersion = "v1"
) -> Sources:
    """Load what is named. Bundles are held to the trust and the lock of the settings."""
    from policyengine.bundle.open import hold_source

    if not bundles:
        return load_sources(data, rego_version=rego_version)
    access = bundle_access(load_settings())
    is_free = not access.trust.entries and access.lock is None
    plain = [source for source in bundles if is_free and Path(source).is_dir()]
    sources = load_sources(data, plain, rego_version=rego_version)
    for source in bundles:
        if source not in plain:
            held = hold_source(source, access)
            add_bundle(sources, source, held.contents, rego_version=rego_version)
    return sources

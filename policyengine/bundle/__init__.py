"""Policy bundles: read, checked, with their rules found and their parameters in force."""

from __future__ import annotations

from policyengine.bundle.open import (
    FREE_ACCESS,
    BundleAccess,
    open_bundle,
    open_bundles,
    open_library,
)
from policyengine.bundle.parameters import parse_assignment, read_parameters

__all__ = [
    "FREE_ACCESS",
    "BundleAccess",
    "open_bundle",
    "open_bundles",
    "open_library",
    "parse_assignment",
    "read_parameters",
]

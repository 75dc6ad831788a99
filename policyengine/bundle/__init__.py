"""Policy bundles: read, checked, with their rules found and their parameters in force."""

from __future__ import annotations

from policyengine.bundle.open import open_bundle, open_bundles
from policyengine.bundle.parameters import parse_assignment, read_parameters

__all__ = ["open_bundle", "open_bundles", "parse_assignment", "read_parameters"]

"""Which engines there are, by name. Each is imported where it is asked for."""

from __future__ import annotations

from policyengine.errors import UsageError
from policyengine.rego.engine import Engine

NATIVE = "native"
ENGINES = (NATIVE, "regopy")
CROSS_CHECK = "cross-check"


def engine_named(name: str, *, cache: bool = False) -> Engine:
    """Return the engine ``name``, or for ``CROSS_CHECK`` all of them held against each other.

    ``cache``: the one that compiles keeps what it compiled in the user's cache.

    Raises UsageError for one that there is not.
    """
    if name == NATIVE:
        from policyengine.rego.native import NativeEngine

        return NativeEngine(cache=cache)
    if name == CROSS_CHECK:
        from policyengine.rego.cross_check import CrossCheckEngine

        return CrossCheckEngine([engine_named(each, cache=cache) for each in ENGINES])
    if name == "regopy":
        from policyengine.rego.regopy.engine import RegopyEngine

        return RegopyEngine()
    raise UsageError("no such engine", found=repr(name), expected=" or ".join(ENGINES))

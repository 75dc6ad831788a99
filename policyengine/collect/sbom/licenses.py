"""Licences: SPDX expressions normalised, everything else kept as it was written.

https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/. Free text is no expression, but
where every licence in it is on the SPDX list (``Apache-2.0 OR MIT`` in a field for names). A
licence that the list does not have stays in the expression, with a problem that names it: lists
grow, and tools write what they find.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from policyengine.model.sbom import PackageLicense

if TYPE_CHECKING:
    from license_expression import Licensing

# Real expressions of a whole distribution have some 2,000 characters. The parser recurses.
_LONGEST = 20_000
_DEEPEST = 50
_OWN = ("LicenseRef-", "DocumentRef-", "AdditionRef-")


@lru_cache(maxsize=65536)
def package_license(value: str, kind: str, *, concluded: bool) -> PackageLicense:
    """Return the licence ``value``; ``kind`` is ``expression``, ``id`` or ``name``."""
    expression, ids, problem = _read(value, kind)
    return PackageLicense(
        value=value,
        kind=kind,
        concluded=concluded,
        expression=expression,
        ids=ids,
        problem=problem,
    )


def _read(value: str, kind: str) -> tuple[str | None, tuple[str, ...], str | None]:
    if len(value) > _LONGEST or _depth(value) > _DEEPEST:
        problem = f"longer than {_LONGEST} characters, or nested deeper than {_DEEPEST} levels"
        return None, (), problem
    from license_expression import ExpressionError, ParseError

    try:
        parsed = _licensing().parse(value)
        if parsed is None:
            return None, (), None if kind == "name" else "is empty"
        ids = tuple(sorted({str(key) for key in _licensing().license_keys(parsed)}))
        expression = str(parsed.render())
    except (ExpressionError, ParseError, ValueError, TypeError, AttributeError) as error:
        # The last three are what the library lets through for odd combinations of operators.
        problem = str(error).partition("\n")[0][:200] or "is no licence expression"
        return None, (), None if kind == "name" else problem
    known = _known()
    unknown = [key for key in ids if key not in known and not key.startswith(_OWN)]
    if kind == "name" and (unknown or not _names_all(value, ids)):
        return None, (), None
    listed = f"not on the SPDX licence list: {', '.join(unknown)[:200]}" if unknown else None
    return expression, ids, listed


def _names_all(text: str, ids: tuple[str, ...]) -> bool:
    """Say whether free text has the identifiers themselves: ``GPL`` alone names no version."""
    lower = text.lower()
    return all(
        item.removesuffix("-only").removesuffix("-or-later").lower() in lower for item in ids
    )


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif character == ")":
            depth -= 1
    return deepest


@cache
def _licensing() -> Licensing:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


@cache
def _known() -> frozenset[str]:
    return frozenset(_licensing().known_symbols)

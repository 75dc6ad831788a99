"""How good an SBOM is: the minimum elements, and how many packages have what.

NTIA, The Minimum Elements For a Software Bill of Materials (2021), data fields: supplier name,
component name, version, other unique identifiers, dependency relationship, author of the SBOM
data, timestamp. One that is of each component is there if every package has it; in an SBOM
without packages none of these is.
"""

from __future__ import annotations

from collections.abc import Iterable

from policyengine.model.json_value import JsonObject
from policyengine.model.sbom import SbomDocument


def quality(document: SbomDocument) -> JsonObject:
    """Return ``quality`` of one SBOM."""
    packages = document.packages
    identified = [bool(item.purl or item.cpes) for item in packages]
    supplied = [item.supplier is not None for item in packages]
    versioned = [item.version is not None for item in packages]
    return {
        "minimum_elements": {
            "supplier_name": _all(supplied),
            "component_name": _all(bool(item.name) for item in packages),
            "version": _all(versioned),
            "unique_identifier": _all(identified),
            "dependency_relationship": document.dependencies > 0,
            "author": bool(document.authors),
            "timestamp": document.created is not None,
        },
        "shares": {
            "purl": _share(
                item.purl is not None and item.purl_problem is None for item in packages
            ),
            "version": _share(versioned),
            "license": _share(bool(item.licenses) for item in packages),
            "supplier": _share(supplied),
            "hash": _share(bool(item.hashes) for item in packages),
            "unique_identifier": _share(identified),
        },
        "invalid_purls": sum(item.purl_problem is not None for item in packages),
        "license_problems": sum(
            any(found.problem is not None for found in item.licenses) for item in packages
        ),
    }


def _all(facts: Iterable[bool]) -> bool:
    found = list(facts)
    return bool(found) and all(found)


def _share(facts: Iterable[bool]) -> float | None:
    found = list(facts)
    # Four places, so that the share is the same text on every machine; 1 only if it is all.
    return None if not found else int(sum(found) * 10_000 / len(found)) / 10_000

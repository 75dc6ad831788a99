"""Licences: expressions in normal form, everything else kept and its problem named."""

from __future__ import annotations

import pytest

from policyengine.collect.sbom.licenses import package_license


@pytest.mark.parametrize(
    ("value", "kind", "expression", "ids"),
    [
        ("MIT", "id", "MIT", ("MIT",)),
        ("mit", "id", "MIT", ("MIT",)),
        ("GPL-2.0+", "id", "GPL-2.0-or-later", ("GPL-2.0-or-later",)),
        ("mit or apache-2.0", "expression", "MIT OR Apache-2.0", ("Apache-2.0", "MIT")),
        ("MIT AND (ISC OR 0BSD)", "expression", "MIT AND (ISC OR 0BSD)", ("0BSD", "ISC", "MIT")),
        ("LicenseRef-own", "expression", "LicenseRef-own", ("LicenseRef-own",)),
        (
            "DocumentRef-a:LicenseRef-b",
            "id",
            "DocumentRef-a:LicenseRef-b",
            ("DocumentRef-a:LicenseRef-b",),
        ),
        (
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "expression",
            "GPL-2.0-only WITH Classpath-exception-2.0",
            ("Classpath-exception-2.0", "GPL-2.0-only"),
        ),
        ("Apache-2.0 OR MIT", "name", "Apache-2.0 OR MIT", ("Apache-2.0", "MIT")),
        ("BSD License", "name", None, ()),
        ("public-domain", "name", None, ()),
        ("GPL", "name", None, ()),
        ("see (LICENSE", "name", None, ()),
        ("sha256:" + "a" * 64, "name", None, ()),
    ],
)
def test_a_licence_is_read(
    value: str, kind: str, expression: str | None, ids: tuple[str, ...]
) -> None:
    found = package_license(value, kind, concluded=True)
    assert (found.value, found.kind, found.concluded) == (value, kind, True)
    assert (found.expression, found.ids, found.problem) == (expression, ids, None)


@pytest.mark.parametrize(
    ("value", "expression", "problem"),
    [
        ("Acme-1.0", "Acme-1.0", "not on the SPDX licence list: Acme-1.0"),
        ("MIT AND Acme-1.0", "MIT AND Acme-1.0", "not on the SPDX licence list: Acme-1.0"),
        ("MIT AND", None, "AND requires two or more"),
        ("(MIT", None, ""),
        ("MIT)", None, ""),
        ("AND", None, "Invalid operator"),
        ("MIT(ISC)", None, "Invalid"),
        ("\x00", None, "Invalid license key"),
        (" ", None, "is empty"),
        ("(" * 51 + "MIT" + ")" * 51, None, "nested deeper than 50 levels"),
        ("(" * 100_000, None, "longer than"),
        (" OR ".join(["MIT"] * 5000), None, "longer than"),
    ],
)
def test_what_is_no_expression_says_why(value: str, expression: str | None, problem: str) -> None:
    found = package_license(value, "expression", concluded=False)
    assert (found.value, found.expression) == (value, expression)
    assert found.problem
    assert problem in found.problem
    assert "\n" not in found.problem

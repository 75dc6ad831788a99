"""Ignore files of other tools: what becomes a waiver, and what is left out and named."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from policyengine.errors import UsageError, WaiverError
from policyengine.waivers.imports import ImportTerms, import_waivers

TERMS = ImportTerms(
    rules=("scan.fixable",),
    owner="shop",
    approver="security",
    created="2026-03-01",
    expires="2026-06-30",
)

TRIVYIGNORE = """\
# Accept the risk
CVE-2018-14618

# ended
CVE-2019-1 exp:2026-02-28
CVE-2019-2 exp:2026-03-01  # until then
AVD-DS-0002
generic-unwanted-rule
GHSA-aaaa-bbbb-cccc
CVE-1 what is this
CVE-2019-3 exp:2026-03-02  # until then
CVE-2019-4 exp:2026-02-30
CVE-2019-5#none
CVE-2018-14618
"""
TRIVYIGNORE_YAML = """\
vulnerabilities:
  - id: CVE-2022-40897
    paths: [usr/local/lib/python3.9, opt/**, /srv/a**.jar]
    statement: Accept the risk
  - id: CVE-2023-2650
  - id: CVE-2023-3446
    expired_at: 2023-09-01
  - id: CVE-2023-4
    purls: ["pkg:deb/debian/libssl1.1"]
  - id: CVE-2023-5
    purls: ["pkg:deb/debian/libssl1.1@1.1.1"]
  - id: CVE-2023-6
    something_new: true
  - id: CVE-2023-7
    purls: []
  - id: CVE-2023-8
    expired_at: 2026-03-02
  - id: CVE-2023-9
    expired_at: soon
  - id: CVE-2023-10
    paths: ["a/[bc]"]
  - id: CVE-2023-11
    paths: ["{a,b}/c"]
  - id: CVE-2023-12
    paths: []
  - {}
misconfigurations:
  - id: AVD-DS-0001
secrets:
  - id: aws-access-key-id
"""
GRYPE = """\
ignore:
  - vulnerability: CVE-2008-4318
    reason: no fix
    package: {name: libcurl, location: /usr/local/lib/**}
  - vulnerability: CVE-2008-2
    fix-state: unknown
  - package: {type: gem}
  - package: {name: golang}
  - {}
  - package: {name: a, version: 1.0}
  - package: {name: "linux(-.*)?-headers-.*"}
  - package: {name: libstdc++6}
  - package: {name: b, location: "/opt/[a]"}
  - package: {name: ""}
  - vulnerability: [CVE-1]
  - vulnerability: CVE-2
    include-aliases: true
"""
CONFORMA = """\
sources:
  - policy: [oci::example.com/policy]
    volatileConfig:
      exclude:
        - value: cve.cve_blockers:CVE-2026-1
          effectiveUntil: "2026-05-01T00:00:00Z"
          reference: SEC-1
        - value: tasks.required
          effectiveUntil: "2026-02-01T00:00:00Z"
        - value: test.a
          effectiveOn: "2026-04-01T00:00:00Z"
        - value: "*"
        - value: sbom.found
          imageDigest: sha256:1111111111111111111111111111111111111111111111111111111111111111
        - value: a.b
          componentNames: [web]
        - value: a.url
          imageUrl: quay.io/shop/web
        - value: a.hub
          imageUrl: nginx
        - value: a.tagged
          imageUrl: quay.io/shop/web:v1
        - value: a.pinned
          imageUrl: >-
            quay.io/shop/web@sha256:1111111111111111111111111111111111111111111111111111111111111111
        - value: a.stars
          imageUrl: quay.io/shop/*
        - value: a.half
          imageDigest: sha256:12
        - value: a.both
          imageRef: sha256:2222222222222222222222222222222222222222222222222222222222222222
          imageUrl: quay.io/other
        - value: a.late
          effectiveOn: "2026-04-01T00:00:00Z"
          effectiveUntil: "2026-04-01T00:00:00Z"
        - value: a.when
          effectiveOn: soon
        - value: a.whole.*
        - value: whole
        - value: "@redhat"
        - value: a.ever
          effectiveUntil: never
        - value: a.new
          somethingNew: 1
      include: [x]
"""

CASES: list[tuple[str, str, list[dict[str, Any]], int]] = [
    (
        "trivyignore",
        TRIVYIGNORE,
        [
            {"vulnerability": "CVE-2018-14618", "reason": "Accept the risk"},
            {"vulnerability": "GHSA-aaaa-bbbb-cccc", "expires": "2026-06-30"},
            {
                "vulnerability": "CVE-2019-3",
                "reason": "until then",
                "expires": "2026-03-02T00:00:00Z",
            },
            {"vulnerability": "CVE-2019-5#none"},
        ],
        7,
    ),
    (
        "trivyignore-yaml",
        TRIVYIGNORE_YAML,
        [
            {"vulnerability": "CVE-2022-40897", "path": "usr/local/lib/python3.9"},
            {"vulnerability": "CVE-2022-40897", "path": "opt/**", "reason": "Accept the risk"},
            {"vulnerability": "CVE-2022-40897", "path": "srv/a*.jar"},
            {"vulnerability": "CVE-2023-2650", "path": None},
            {"vulnerability": "CVE-2023-8", "expires": "2026-03-02T00:00:00Z"},
        ],
        12,
    ),
    (
        "grype",
        GRYPE,
        [
            {"vulnerability": "CVE-2008-4318", "package": "libcurl", "path": "usr/local/lib/**"},
            {"package": "golang", "vulnerability": None},
            {"package": "libstdc++6"},
        ],
        9,
    ),
    (
        "conforma",
        CONFORMA,
        [
            {
                "vulnerability": "CVE-2026-1",
                "expires": "2026-05-01T00:00:00Z",
                "ticket": "SEC-1",
            },
            {"created": "2026-04-01T00:00:00Z", "expires": "2026-06-30", "rule": "test.a"},
            {"digest": "sha256:" + "1" * 64, "created": "2026-03-01"},
            {"rule": "a.url", "repository": "quay.io/shop/web"},
            {"rule": "a.hub", "repository": "docker.io/library/nginx"},
            {"rule": "a.both", "repository": None, "digest": "sha256:" + "2" * 64},
        ],
        15,
    ),
]


@pytest.mark.parametrize(("kind", "text", "wanted", "left_out"), CASES, ids=[c[0] for c in CASES])
@pytest.mark.parametrize("named", [True, False], ids=["named", "told by content"])
def test_what_a_waiver_can_say_becomes_one_and_the_rest_is_named(
    kind: str, text: str, wanted: list[dict[str, Any]], left_out: int, named: bool
) -> None:
    terms = replace(TERMS, rules=()) if kind == "conforma" else TERMS
    found = import_waivers(text.encode(), where="f", kind=kind if named else None, terms=terms)
    assert len(found.waivers) == len(wanted)
    for waiver, fields in zip(found.waivers, wanted, strict=True):
        assert {name: getattr(waiver, name) for name in fields} == fields
        assert (waiver.owner, waiver.approver) == ("shop", "security")
    assert len(found.left_out) == left_out, found.left_out


def test_each_rule_that_is_named_gets_a_waiver() -> None:
    terms = ImportTerms(
        rules=("a.one", "a.two"),
        owner="o",
        approver="p",
        created="2026-03-01",
        expires="2026-04-01",
    )
    found = import_waivers(b"CVE-2026-1\n", where="f", kind=None, terms=terms)
    assert Counter(waiver.rule for waiver in found.waivers) == {"a.one": 1, "a.two": 1}


def test_the_rules_of_conforma_stand_as_they_are_unless_others_are_named() -> None:
    found = import_waivers(CONFORMA.encode(), where="f", kind=None, terms=TERMS)
    assert {waiver.rule for waiver in found.waivers} == {"scan.fixable"}
    terms = replace(TERMS, rules=())
    with pytest.raises(UsageError, match="names no rules"):
        import_waivers(b"CVE-2026-1\n", where="f", kind=None, terms=terms)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("trivyignore", b"\xff"),
        ("trivyignore-yaml", b"- a\n"),
        ("grype", b"ignore: none\n"),
        ("grype", b"a: &x 1\n"),
        ("conforma", b"sources: []\n"),
    ],
)
def test_what_is_no_such_file_is_refused(kind: str, data: bytes) -> None:
    with pytest.raises(WaiverError):
        import_waivers(data, where="f", kind=kind, terms=TERMS)

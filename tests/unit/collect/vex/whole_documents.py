"""Whole VEX documents, small enough to read, for tests that change one thing."""

from __future__ import annotations

from typing import Any

from tests.evidence_values import DIGEST

IMAGE = f"pkg:oci/app@{DIGEST}"
PACKAGE = "pkg:deb/debian/openssl@3.0.1"


def openvex(**changes: Any) -> dict[str, Any]:
    """Return a document with one statement, with ``changes`` in the statement."""
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/vex/1",
        "author": "Example Security",
        "role": "vendor",
        "timestamp": "2026-01-01T00:00:00Z",
        "version": 2,
        "statements": [
            {
                "vulnerability": {"name": "CVE-2026-0001", "aliases": ["GHSA-2222-3333-4444"]},
                "products": [{"@id": IMAGE, "subcomponents": [{"@id": PACKAGE}]}],
                "status": "not_affected",
                "justification": "vulnerable_code_not_present",
                **changes,
            }
        ],
    }


def csaf() -> dict[str, Any]:
    """Return a document with a package in an image, and one in a product known by CPE."""
    helper = "product_identification_helper"
    return {
        "document": {
            "category": "csaf_vex",
            "csaf_version": "2.0",
            "publisher": {"category": "vendor", "name": "Example Security"},
            "title": "t",
            "tracking": {
                "id": "EX-1",
                "status": "final",
                "version": "3",
                "current_release_date": "2026-01-01T00:00:00Z",
            },
        },
        "product_tree": {
            "branches": [
                {
                    "category": "vendor",
                    "name": "v",
                    "branches": [
                        {
                            "category": "product_version",
                            "name": "image",
                            "product": {
                                "product_id": "app",
                                "name": "app",
                                helper: {"purl": IMAGE},
                            },
                        },
                        {
                            "category": "product_version",
                            "name": "package",
                            "product": {
                                "product_id": "openssl",
                                "name": "openssl",
                                helper: {"purl": PACKAGE},
                            },
                        },
                    ],
                }
            ],
            "full_product_names": [
                {"product_id": "os", "name": "os", helper: {"cpe": "cpe:/o:example:os:1"}},
                {
                    "product_id": "library",
                    "name": "library",
                    helper: {"purl": "pkg:npm/library@1"},
                },
            ],
            "relationships": [
                {
                    "category": "default_component_of",
                    "full_product_name": {"product_id": f"{whole}:{part}", "name": part},
                    "product_reference": part,
                    "relates_to_product_reference": whole,
                }
                for whole, part in (("app", "openssl"), ("os", "openssl"), ("os", "library"))
            ],
            "product_groups": [{"group_id": "g", "product_ids": ["os:openssl"]}],
        },
        "vulnerabilities": [
            {
                "cve": "CVE-2026-0001",
                "ids": [{"system_name": "x", "text": "EX-2026-1"}],
                "product_status": {
                    "known_not_affected": ["app:openssl", "os:openssl"],
                    "known_affected": ["os:library"],
                },
                "flags": [
                    {"label": "component_not_present", "product_ids": ["app:openssl"]},
                ],
                "threats": [{"category": "impact", "details": "Not built.", "group_ids": ["g"]}],
            }
        ],
    }


def cyclonedx(**changes: Any) -> dict[str, Any]:
    """Return a BOM of one vulnerability, with ``changes`` in it."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {
            "timestamp": "2026-01-01T00:00:00Z",
            "authors": [{"name": "Example Security"}],
            "component": {"bom-ref": "app", "type": "container", "name": "app", "version": DIGEST},
        },
        "vulnerabilities": [
            {
                "id": "CVE-2026-0001",
                "references": [{"id": "GHSA-2222-3333-4444", "source": {}}],
                "analysis": {
                    "state": "not_affected",
                    "justification": "code_not_reachable",
                    "detail": "Not called.",
                },
                "affects": [{"ref": "app"}],
                **changes,
            }
        ],
    }


CYCLONEDX_XML = f"""<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"
    serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79">
  <metadata>
    <timestamp>2026-01-01T00:00:00Z</timestamp>
    <authors><author><name>Example Security</name></author></authors>
    <component type="container" bom-ref="app">
      <name>app</name><version>{DIGEST}</version>
    </component>
  </metadata>
  <vulnerabilities>
    <vulnerability>
      <id>CVE-2026-0001</id>
      <references><reference><id>GHSA-2222-3333-4444</id></reference></references>
      <analysis>
        <state>not_affected</state>
        <justification>code_not_reachable</justification>
        <detail>Not called.</detail>
      </analysis>
      <affects><target><ref>app</ref></target></affects>
    </vulnerability>
  </vulnerabilities>
</bom>
"""

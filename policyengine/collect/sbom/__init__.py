"""Software bills of materials: one file a format."""

from __future__ import annotations

from policyengine.collect.sbom import cyclonedx_json, spdx_json, syft_json

FORMATS = (cyclonedx_json.FORMAT, spdx_json.FORMAT, syft_json.FORMAT)

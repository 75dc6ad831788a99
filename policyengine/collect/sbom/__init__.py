"""Software bills of materials: one file a format."""

from __future__ import annotations

from policyengine.collect.sbom import (
    cyclonedx_json,
    cyclonedx_xml,
    spdx3_json_ld,
    spdx_json,
    spdx_rdf,
    spdx_tag_value,
    spdx_xml,
    spdx_yaml,
    statement,
    syft_json,
)

FORMATS = (
    cyclonedx_json.FORMAT,
    spdx_json.FORMAT,
    spdx3_json_ld.FORMAT,
    syft_json.FORMAT,
    statement.FORMAT,
)
TEXT_FORMATS = (
    cyclonedx_xml.FORMAT,
    spdx_xml.FORMAT,
    spdx_rdf.FORMAT,
    spdx_tag_value.FORMAT,
    spdx_yaml.FORMAT,
)

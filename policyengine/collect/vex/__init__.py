"""VEX documents: one file a format."""

from __future__ import annotations

from policyengine.collect.vex import csaf, cyclonedx_json, cyclonedx_xml, openvex

FORMATS = (openvex.FORMAT, csaf.FORMAT, cyclonedx_json.FORMAT)
TEXT_FORMATS = (cyclonedx_xml.FORMAT,)

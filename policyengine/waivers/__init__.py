"""Waiver files: read, written, and imported from the ignore files of other tools."""

from __future__ import annotations

from policyengine.waivers.file import read_waivers

__all__ = ["read_waivers"]

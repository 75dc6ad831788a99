"""Scan reports: one file a format."""

from __future__ import annotations

from policyengine.collect.scan import grype, trivy

FORMATS = (trivy.FORMAT, grype.FORMAT)

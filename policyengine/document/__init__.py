"""The input document: assembled from evidence, checked against its schema, seen through views."""

from __future__ import annotations

from policyengine.document.assemble import assemble, assemble_dockerfile, reports_about
from policyengine.document.dockerfile_views import conftest_lines
from policyengine.document.image_section import thawed
from policyengine.document.input_document import InputDocument, at_time, read_document
from policyengine.document.secrets import mask_json, mask_text, secret_values
from policyengine.document.views import view_of

__all__ = [
    "InputDocument",
    "assemble",
    "assemble_dockerfile",
    "at_time",
    "conftest_lines",
    "mask_json",
    "mask_text",
    "read_document",
    "reports_about",
    "secret_values",
    "thawed",
    "view_of",
]

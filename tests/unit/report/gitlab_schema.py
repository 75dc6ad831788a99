"""What GitLab's schema of container scanning reports, version 15.0.2, asks of the fields written.

Kept in our words after ``container-scanning-report-format.json`` of that version in
https://github.com/gitlabhq/gitlabhq (``lib/gitlab/ci/parsers/security/validators/schemas``):
required fields, patterns, lengths and enumerations; parts that are never written are left out.
"""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string", "minLength": 1}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}
_TOOL = {
    "type": "object",
    "required": ["id", "name", "version", "vendor"],
    "properties": {
        "id": _TEXT,
        "name": _TEXT,
        "version": _TEXT,
        "vendor": {"type": "object", "required": ["name"], "properties": {"name": _TEXT}},
    },
}

SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["scan", "version", "vulnerabilities"],
    "properties": {
        "version": {"const": "15.0.2"},
        "scan": {
            "type": "object",
            "required": ["analyzer", "end_time", "scanner", "start_time", "status", "type"],
            "properties": {
                "analyzer": _TOOL,
                "scanner": _TOOL,
                "start_time": _TIME,
                "end_time": _TIME,
                "status": {"enum": ["success", "failure"]},
                "type": {"const": "container_scanning"},
                "messages": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["level", "value"],
                        "properties": {
                            "level": {"enum": ["info", "warn", "fatal"]},
                            "value": _TEXT,
                        },
                    },
                },
            },
        },
        "vulnerabilities": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "identifiers", "location"],
                "properties": {
                    "id": _TEXT,
                    "name": {"type": "string", "maxLength": 255},
                    "description": {"type": "string", "maxLength": 1048576},
                    "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
                    "solution": {"type": "string", "maxLength": 7000},
                    "identifiers": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["type", "name", "value"],
                            "properties": {"type": _TEXT, "name": _TEXT, "value": _TEXT},
                        },
                    },
                    "location": {
                        "type": "object",
                        "required": ["dependency", "operating_system", "image"],
                        "properties": {
                            "dependency": {
                                "type": "object",
                                "required": ["package", "version"],
                                "properties": {
                                    "package": {
                                        "type": "object",
                                        "required": ["name"],
                                        "properties": {"name": {"type": "string"}},
                                    },
                                    "version": {"type": "string"},
                                },
                            },
                            "operating_system": _TEXT,
                            "image": _TEXT,
                        },
                    },
                },
            },
        },
        "remediations": {"type": "array"},
    },
}

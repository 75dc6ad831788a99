"""The shapes in which policies written for other tools read the same document."""

from __future__ import annotations

from policyengine.document.dockerfile_views import conftest_view, trivy_view
from policyengine.document.input_document import InputDocument
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.views import DOCKERFILE_VIEWS, DocumentView

_FAILING = frozenset({"high", "critical"})


def view_of(document: InputDocument, view: DocumentView) -> JsonValue:
    """Return what ``input`` is for a bundle that names ``view``.

    The shapes are those of ``view-VIEW-v1.schema.json``; ``unified`` is the document itself.
    """
    if view is DocumentView.DOCKER_INSPECT:
        return _docker_inspect(document.content)
    if view is DocumentView.REGISTRY:
        return _registry(document.content)
    if view in DOCKERFILE_VIEWS:
        return _dockerfile(document.content, view)
    return document.content


def _dockerfile(content: JsonObject, view: DocumentView) -> JsonValue:
    if "dockerfile" not in content:
        # Rules that read it are not judged; this is what the others see.
        return None
    section = _object(content, "dockerfile")
    return conftest_view(section) if view is DocumentView.DOCKERFILE else trivy_view(section)


def _docker_inspect(content: JsonObject) -> JsonObject:
    if "image" not in content:
        return {}
    inspected = content["docker_inspect"]
    if isinstance(inspected, dict):
        return inspected
    image, subject = _object(content, "image"), _object(content, "subject")
    platform = _object(image, "platform")
    config = dict(_object(image, "config"))
    base = content["base"]
    if isinstance(base, dict) and base["name"] is not None:
        config["Image"] = base["name"]
    view: JsonObject = {
        "Id": image["id"],
        "RepoTags": subject["repo_tags"],
        "RepoDigests": subject["repo_digests"],
        "Author": image["author"],
        "Config": config,
        "Architecture": platform["architecture"],
        "Os": platform["os"],
        "RootFS": {"Type": "layers", "Layers": image["layers"]},
    }
    if image["created"] is not None:
        view["Created"] = image["created"]
    if platform["variant"] is not None:
        view["Variant"] = platform["variant"]
    return view


def _registry(content: JsonObject) -> JsonObject:
    if "image" not in content:
        return _registry_setting(content)
    image, subject = _object(content, "image"), _object(content, "subject")
    facts: JsonObject = {
        "registry": subject["registry"],
        "repository": subject["repository"],
        "tag": subject["tag"],
        "digest": subject["digest"],
        "created": image["created"],
        "created_ns": image["created_ns"],
        "user": _object(image, "user")["name"],
        "labels": _object(image, "config").get("Labels", {}),
    }
    if "scan" in content:
        scan = _object(content, "scan")
        vulnerabilities = scan["vulnerabilities"]
        facts["vulnerabilities"] = vulnerabilities
        facts["scan_status"] = "failed" if _has_failing(vulnerabilities) else "passed"
    if "trust" in content:
        facts["signatures"] = _object(content, "trust")["signatures"]
    return {"image": facts, **_registry_setting(content)}


def _registry_setting(content: JsonObject) -> JsonObject:
    return {
        "environment": content["environment"],
        "evaluated_at": content["evaluated_at"],
        "evaluated_at_ns": content["evaluated_at_ns"],
    }


def _has_failing(vulnerabilities: JsonValue) -> bool:
    return isinstance(vulnerabilities, list) and any(
        isinstance(item, dict) and item["severity"] in _FAILING for item in vulnerabilities
    )


def _object(value: JsonObject, name: str) -> JsonObject:
    inner = value[name]
    assert isinstance(inner, dict)  # the schema says so, and the document was checked
    return inner

"""Annotations as values: what ``rego.metadata.rule()`` and ``rego.metadata.chain()`` give."""

from __future__ import annotations

from collections.abc import Iterable

from policyengine.rego.compiler.core import Path
from policyengine.rego.compiler.modules import head_path, package_path
from policyengine.rego.runtime.values import Value
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Annotations


class Metadata:
    """The annotations of all modules."""

    def __init__(self, modules: Iterable[ast.Module]) -> None:
        self._packages: dict[Path, Annotations] = {}
        self._subpackages: dict[Path, Annotations] = {}
        self._documents: dict[Path, Annotations] = {}
        self._package_of: dict[ast.Rule, Path] = {}
        for module in modules:
            package = package_path(module)
            for block in module.annotations:
                if block.scope == "package":
                    self._packages.setdefault(package, block)
                elif block.scope == "subpackages":
                    self._subpackages.setdefault(package, block)
            for rule in module.rules:
                self._package_of[rule] = package
                path, _ = head_path(package, rule.head)
                for block in rule.annotations:
                    if block.scope == "document":
                        self._documents.setdefault(path, block)

    def value(self, rule: ast.Rule, name: str) -> Value:
        """What the builtin ``name`` gives in ``rule``."""
        own = [a for a in rule.annotations if a.scope == "rule"]
        if name == "rego.metadata.rule":
            return _value(own[0]) if own else {}
        return self._chain(rule, own)

    def _chain(self, rule: ast.Rule, own: list[Annotations]) -> Value:
        package = self._package_of[rule]
        path, _ = head_path(package, rule.head)
        links: list[Value] = [_link(path, block) for block in reversed(own)]
        if not links:
            links.append({"path": list(path)})
        document = self._documents.get(path)
        if document is not None:
            links.append(_link(path, document))
        own_package = self._packages.get(package)
        if own_package is not None:
            links.append(_link(package, own_package))
        for length in range(len(package), 0, -1):
            above = self._subpackages.get(package[:length])
            if above is not None:
                links.append(_link(package[:length], above))
        return links


def _link(path: Path, annotations: Annotations) -> Value:
    return {"path": list(path), "annotations": _value(annotations)}


def _value(annotations: Annotations) -> Value:
    found: dict[str, Value] = {
        "scope": annotations.scope,
        "title": annotations.title,
        "entrypoint": annotations.entrypoint,
        "description": annotations.description,
        "organizations": list(annotations.organizations),
        "related_resources": [
            {
                "ref": resource.ref,
                **({"description": resource.description} if resource.description else {}),
            }
            for resource in annotations.related_resources
        ],
        "authors": [
            {key: text for key, text in (("name", author.name), ("email", author.email)) if text}
            for author in annotations.authors
        ],
        "schemas": [_schema(schema) for schema in annotations.schemas],
        "custom": annotations.custom,
        "labels": annotations.labels,
    }
    return {key: value for key, value in found.items() if value}


def _schema(schema: ast.SchemaAnnotation) -> Value:
    found: dict[str, Value] = {"path": _names(schema.path)}
    if schema.schema is not None:
        found["schema"] = _names(schema.schema)
    if schema.definition is not None:
        found["definition"] = schema.definition
    return found


def _names(ref: ast.Ref) -> list[Value]:
    return [
        term.name if isinstance(term, ast.Var) else term.value
        for term in ref.terms
        if isinstance(term, ast.Var | ast.String)
    ]

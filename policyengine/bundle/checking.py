"""A bundle's Rego: parsed, held to what a bundle must be, and the rules in it found.

What opens a bundle imports this only where the answer is not known: the parser and the checks take
longer to load than an opened bundle does.
"""

from __future__ import annotations

from collections.abc import Mapping

from policyengine.bundle.check import dead_references
from policyengine.bundle.checked_rules import CheckedRules
from policyengine.bundle.files import BundleFiles
from policyengine.bundle.inputs import InputReader
from policyengine.bundle.parameters import parameter_names
from policyengine.bundle.rules import find_exceptions, find_rules, package_of
from policyengine.errors import BundleFormatError, RegoCompileError
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.parser import parse_modules


def check_rules(files: BundleFiles, *, where: str) -> CheckedRules:
    """Return the rules of ``files``; ``where`` names the bundle in errors.

    The answer hangs on nothing but what ``checked_rules.CheckedRulesCache`` makes its names of. The
    schema of the parameters must have been checked. Raises RegoCompileError for modules that do
    not parse or have references that lead nowhere, BundleFormatError for ones outside of the
    bundle's roots and for rules that do not fit.
    """
    trees = parse_modules(
        files.modules, file_rego_versions=files.manifest.rego_versions.of_all(files.modules)
    )
    _check_roots(files, trees, where)
    return _found(files, trees)


def check_library(files: BundleFiles) -> CheckedRules:
    """Return all rules of the policy library, which is no bundle and has no roots."""
    return _found(files, parse_modules(files.modules))


def _found(files: BundleFiles, trees: Mapping[str, ast.Module]) -> CheckedRules:
    manifest = files.manifest
    findings = dead_references(
        trees,
        names=InputReader(trees).names,
        data=files.data,
        parameters=parameter_names(files.parameter_schema),
        view=manifest.view,
    )
    if findings:
        raise RegoCompileError(findings)
    rules = find_rules(
        trees,
        view=manifest.view,
        entrypoints=manifest.entrypoints,
        evidence=manifest.evidence,
    )
    return CheckedRules(rules=rules, exceptions=find_exceptions(trees, rules, view=manifest.view))


def _check_roots(files: BundleFiles, trees: Mapping[str, ast.Module], where: str) -> None:
    """Hold the bundle to the roots that its manifest claims, as OPA does."""
    roots = [tuple(part for part in root.split("/") if part) for root in files.manifest.roots]
    for index, root in enumerate(roots):
        for other in roots[:index]:
            if root[: len(other)] == other or other[: len(root)] == root:
                raise BundleFormatError(
                    "has roots that overlap",
                    where=f"{where}/.manifest/roots",
                    found=f"{'/'.join(other)!r} and {'/'.join(root)!r}",
                )
    named = [(path, package_of(tree)) for path, tree in trees.items()]
    named += [("data.json", (key,)) for key in files.data]
    for path, package in named:
        inside = any(package[: len(root)] == root for root in roots)
        # Data may begin above a root: {"a": {"b": ...}} under the root a/b.
        above = path == "data.json" and any(root[: len(package)] == package for root in roots)
        if not inside and not above:
            raise BundleFormatError(
                "is outside of the roots of the bundle",
                where=f"{where}/{path}",
                found="/".join(package),
                expected=" or ".join("/".join(root) for root in roots) or "a root in .manifest",
            )

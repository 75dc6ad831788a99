"""A bundle by name or directory, read, checked and ready to be evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from policyengine.bundle.check import PARAMETERS, dead_references
from policyengine.bundle.files import BundleFiles, read_directory
from policyengine.bundle.inputs import InputReader
from policyengine.bundle.nearest import did_you_mean
from policyengine.bundle.parameters import check_schema, in_force
from policyengine.bundle.rules import find_rules, package_of
from policyengine.errors import BundleFormatError, RegoCompileError
from policyengine.model.json_value import JsonValue
from policyengine.model.policy import BundleIdentity, PolicyBundle, PolicyModule
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.parser import parse_modules
from policyengine.resources import BUNDLES, POLICIES


def open_bundle(
    source: str, *, parameters: Mapping[str, JsonValue], library: Path = POLICIES
) -> PolicyBundle:
    """Return the bundle ``source``: a directory, or the name of one that ships.

    Raises BundleFormatError or RegoCompileError for a bundle that cannot be used, ParameterError
    for ``parameters`` that it refuses.
    """
    root = _root(source)
    files = read_directory(root, library=library)
    manifest = files.manifest
    where = str(root)
    if PARAMETERS in files.data:
        raise BundleFormatError(
            f"has data under {PARAMETERS!r}, where its parameters are", where=where
        )
    check_schema(files.parameter_schema, where=f"{where}/{manifest.parameters}")
    trees = parse_modules(
        files.modules, file_rego_versions=manifest.rego_versions.of_all(files.modules)
    )
    _check_roots(files, trees, where)
    values = in_force(files.parameter_schema, parameters, bundle=manifest.name)
    findings = dead_references(
        trees,
        names=InputReader(trees).names,
        data=files.data,
        parameters=values,
        view=manifest.view,
    )
    if findings:
        raise RegoCompileError(findings)
    return PolicyBundle(
        identity=BundleIdentity(
            name=manifest.name,
            version=manifest.version,
            revision=manifest.revision,
            digest=files.digest,
        ),
        view=manifest.view,
        modules=tuple(
            PolicyModule(path=path, source=text, rego_version=manifest.rego_versions.of(path))
            for path, text in files.modules.items()
        ),
        data=files.data,
        parameter_schema=files.parameter_schema,
        parameters=values,
        rules=find_rules(trees, view=manifest.view, entrypoints=manifest.entrypoints),
    )


def _root(source: str) -> Path:
    path = Path(source)
    if "/" not in source and (BUNDLES / source).is_dir():
        return BUNDLES / source
    if path.is_dir():
        return path
    shipped = [item.name for item in BUNDLES.iterdir() if item.is_dir()] if BUNDLES.is_dir() else []
    raise BundleFormatError(
        "no such bundle",
        where=source,
        expected="a directory, or the name of a bundle that ships",
        hint=did_you_mean(source, shipped),
    )


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

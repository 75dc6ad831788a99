"""A bundle by name or directory, read, checked and ready to be evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from policyengine.bundle.check import PARAMETERS, dead_references
from policyengine.bundle.files import BundleFiles, read_directory, read_library
from policyengine.bundle.inputs import InputReader
from policyengine.bundle.nearest import did_you_mean
from policyengine.bundle.parameters import check_schema, in_force, parameter_names
from policyengine.bundle.rules import find_rules, package_of
from policyengine.errors import BundleFormatError, ParameterError, RegoCompileError
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
    return _finished(_read(source, library), parameters)


def open_bundles(
    sources: Sequence[str], *, parameters: Mapping[str, JsonValue], library: Path = POLICIES
) -> tuple[PolicyBundle, ...]:
    """Return several bundles. A parameter goes to each that has it.

    Raises as ``open_bundle``, and BundleFormatError where two bundles have the same package with
    other rules in it.
    """
    read = [_read(source, library) for source in sources]
    declared = [set(parameter_names(each.files.parameter_schema)) for each in read]
    everywhere = set().union(*declared)
    for name in parameters:
        if name not in everywhere and len(read) > 1:
            raise ParameterError(
                "none of the bundles has such a parameter",
                found=name,
                hint=did_you_mean(name, sorted(everywhere)),
            )
    bundles = tuple(
        _finished(each, {k: v for k, v in parameters.items() if k in names or len(read) == 1})
        for each, names in zip(read, declared, strict=True)
    )
    _refuse_collisions(bundles)
    return bundles


def open_library(library: Path = POLICIES) -> PolicyBundle:
    """Return all rules of the policy library, with every parameter at its default: what can be
    chosen from, and no bundle that anything should be judged by."""
    files = read_library(library)
    return _finished(
        _Read(root=str(library), files=files, trees=parse_modules(files.modules)), parameters={}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A bundle's files, parsed."""

    root: str
    files: BundleFiles
    trees: Mapping[str, ast.Module]


def _read(source: str, library: Path) -> _Read:
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
    return _Read(root=where, files=files, trees=trees)


def _finished(read: _Read, parameters: Mapping[str, JsonValue]) -> PolicyBundle:
    files, trees = read.files, read.trees
    manifest = files.manifest
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
        strict_builtin_errors=manifest.strict_builtin_errors,
    )


def _refuse_collisions(bundles: Sequence[PolicyBundle]) -> None:
    """One rule in several bundles is no collision; two rules of one name would be."""
    seen: dict[tuple[str, ...], tuple[str, frozenset[str]]] = {}
    for bundle in bundles:
        sources: dict[tuple[str, ...], set[str]] = {}
        texts = {module.path: module.source for module in bundle.modules}
        for rule in bundle.rules:
            sources.setdefault(rule.package, set()).add(texts[rule.location.file])
        for package, found in sources.items():
            name, first = seen.setdefault(package, (bundle.identity.name, frozenset(found)))
            if first != found:
                raise BundleFormatError(
                    "two bundles have the same package, with other rules in it",
                    where=bundle.identity.name,
                    found=f"{'.'.join(package)}, which {name} has too",
                    expected="a package of its own in each",
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

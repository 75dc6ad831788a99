"""A bundle by its source: read, verified, checked, and ready to be evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from policyengine.bundle.checked_rules import CheckedRules, CheckedRulesCache
from policyengine.bundle.files import MANIFEST, BundleFiles, assembled, read_library
from policyengine.bundle.lock import BundleLock
from policyengine.bundle.manifest import parse_manifest, takes_from_library
from policyengine.bundle.nearest import did_you_mean
from policyengine.bundle.parameters import PARAMETERS, check_schema, in_force, parameter_names
from policyengine.bundle.source import BundleSource, plain_name, read_source
from policyengine.bundle.trust import NO_TRUST, BundleTrust
from policyengine.errors import BundleFormatError, ParameterError
from policyengine.model.json_value import JsonValue
from policyengine.model.policy import BundleIdentity, PolicyBundle, PolicyModule
from policyengine.resources import POLICIES


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleAccess:
    """How bundles are reached, whose signatures they must have, and which are the locked ones.

    ``fetch`` reads a source in a registry; None asks no registry. ``known`` has what was found in
    bundles before, which is asked only for what trust and lock let be used.
    """

    trust: BundleTrust = NO_TRUST
    lock: BundleLock | None = None
    fetch: Callable[[str], BundleSource] | None = None
    known: CheckedRulesCache | None = None


FREE_ACCESS = BundleAccess()


def open_bundle(
    source: str,
    *,
    parameters: Mapping[str, JsonValue],
    library: Path = POLICIES,
    access: BundleAccess = FREE_ACCESS,
) -> PolicyBundle:
    """Return the bundle ``source``: the name of one that ships, a directory, an archive, ``oci://``.

    Raises BundleFormatError or RegoCompileError for a bundle that cannot be used,
    BundleNotAuthentic and BundleNotLocked for one that ``access`` refuses, ParameterError for
    ``parameters`` that it refuses.
    """
    (bundle,) = open_bundles((source,), parameters=parameters, library=library, access=access)
    return bundle


def open_bundles(
    sources: Sequence[str],
    *,
    parameters: Mapping[str, JsonValue],
    library: Path = POLICIES,
    access: BundleAccess = FREE_ACCESS,
) -> tuple[PolicyBundle, ...]:
    """Return several bundles. A parameter goes to each that has it.

    Raises as ``open_bundle``, and BundleFormatError where two bundles have the same package with
    other rules in it.
    """
    held = [hold_source(source, access, library=library) for source in sources]
    read = [
        checked(each.files, where=each.where, signer=each.signer, known=access.known)
        for each in held
    ]
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
        finished(each, {k: v for k, v in parameters.items() if k in names or len(read) == 1})
        for each, names in zip(read, declared, strict=True)
    )
    _refuse_collisions(bundles)
    return bundles


def open_library(
    *, parameters: Mapping[str, JsonValue] | None = None, library: Path = POLICIES
) -> PolicyBundle:
    """Return all rules of the policy library: what can be chosen from, and no bundle that anything
    should be judged by. Raises as ``open_bundle``."""
    from policyengine.bundle.checking import check_library

    files = read_library(library)
    return finished(CheckedBundle(files=files, checked=check_library(files)), parameters or {})


def open_contents(
    contents: dict[str, bytes], *, where: str, parameters: Mapping[str, JsonValue]
) -> PolicyBundle:
    """Return the bundle of an archive's files, which nothing more is asked of."""
    files = assembled(contents, where, library=None, plain_name=plain_name(Path(where).name))
    return finished(checked(files, where=where), parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBundle:
    """A bundle that trust and lock let be used: what lies at its place, and what it is made of.

    ``signer`` is whose signature was verified, ``artifact`` the digest that a registry has it by.
    """

    where: str
    contents: dict[str, bytes]
    files: BundleFiles
    signer: str | None
    artifact: str | None


def hold_source(source: str, access: BundleAccess, *, library: Path = POLICIES) -> HeldBundle:
    """Read ``source`` and hold it to trust and lock. Raises as ``open_bundle``.

    Nothing of a bundle but its manifest is read before its signature is verified.
    """
    found = read_source(source, fetch=access.fetch)
    if found.name is None and MANIFEST not in found.contents:
        raise BundleFormatError("is not a bundle", where=found.where, found=f"no {MANIFEST} in it")
    manifest = parse_manifest(
        found.contents.get(MANIFEST, b"{}"),
        where=f"{found.where}/{MANIFEST}",
        plain_name=found.name,
    )
    signer = access.trust.hold(
        found.contents,
        name=manifest.name,
        source=source,
        shipped=found.shipped,
        includes=found.includes and takes_from_library(manifest),
        artifact=found.artifact,
    )
    files = assembled(
        dict(found.contents),
        found.where,
        library=library if found.includes else None,
        plain_name=found.name,
    )
    if access.lock is not None:
        access.lock.hold(source, identity_of(files), signer)
    return HeldBundle(
        where=found.where,
        contents=found.contents,
        files=files,
        signer=signer,
        artifact=found.artifact,
    )


def identity_of(files: BundleFiles) -> BundleIdentity:
    """Return which bundle ``files`` are."""
    manifest = files.manifest
    return BundleIdentity(
        name=manifest.name,
        version=manifest.version,
        revision=manifest.revision,
        digest=files.digest,
    )


def open_held(held: HeldBundle, parameters: Mapping[str, JsonValue]) -> PolicyBundle:
    """Return the bundle that was let be used. Raises as ``open_bundle``."""
    return finished(checked(held.files, where=held.where, signer=held.signer), parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBundle:
    """A bundle's files that passed every check, and the rules in them.

    ``signer`` is whose signature of them was verified.
    """

    files: BundleFiles
    checked: CheckedRules
    signer: str | None = None


def checked(
    files: BundleFiles,
    *,
    where: str,
    signer: str | None = None,
    known: CheckedRulesCache | None = None,
) -> CheckedBundle:
    """Check ``files``; ``where`` names the bundle in errors.

    ``known`` has what was found in files before, and takes what is found now.
    """
    if PARAMETERS in files.data:
        raise BundleFormatError(
            f"has data under {PARAMETERS!r}, where its parameters are", where=where
        )
    check_schema(files.parameter_schema, where=f"{where}/{files.manifest.parameters}")
    rules = None if known is None else known.load(files)
    if rules is None:
        from policyengine.bundle.checking import check_rules

        rules = check_rules(files, where=where)
        if known is not None:
            known.store(files, rules)
    return CheckedBundle(files=files, checked=rules, signer=signer)


def finished(read: CheckedBundle, parameters: Mapping[str, JsonValue]) -> PolicyBundle:
    """Return the bundle with ``parameters`` in force. Raises ParameterError."""
    files = read.files
    manifest = files.manifest
    return PolicyBundle(
        identity=identity_of(files),
        view=manifest.view,
        modules=tuple(
            PolicyModule(path=path, source=text, rego_version=manifest.rego_versions.of(path))
            for path, text in files.modules.items()
        ),
        data=files.data,
        parameter_schema=files.parameter_schema,
        parameters=in_force(files.parameter_schema, parameters, bundle=manifest.name),
        rules=read.checked.rules,
        exceptions=read.checked.exceptions,
        strict_builtin_errors=manifest.strict_builtin_errors,
        signer=read.signer,
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

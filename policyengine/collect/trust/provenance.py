"""What SLSA provenance says of a build, in whichever version, and verification summaries.

Sources: slsa.dev/provenance/v0.1, v0.2 and v1, slsa.dev/verification_summary/v0.1, v0.2 and v1,
and in-toto/attestation's descriptions of them. A field of an unexpected type is an error; one that
is missing is None. The source is what the build was given as its own: the ``configSource`` of
version 0.2, the ``recipe.definedInMaterial`` of 0.1, and of version 1, whose build types each have
parameters of their own, those that name a repository in the ways that builders have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from policyengine.collect.format import optional_instant
from policyengine.collect.trust.statement import digest_set
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.trust import BuildFacts, BuildMaterial

_PROVENANCE = re.compile(r"https://slsa\.dev/provenance/v(0\.1|0\.2|1|1\.0)")
_SUMMARY = re.compile(r"https://slsa\.dev/verification_summary/v(0\.1|0\.2|1(?:\.[0-9]+)?)")
_LEVEL = re.compile(r"SLSA_(?:BUILD_)?LEVEL_([0-4])")
_GIT_DIGESTS = ("gitCommit", "sha1")
_COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    repository: str | None = None
    commit: str | None = None
    ref: str | None = None


def build_facts(predicate_type: str, predicate: JsonObject, where: str) -> BuildFacts | None:
    """Return the facts of provenance or a verification summary; None for another predicate.

    ``level`` is what the predicate itself says: a summary's verified levels. Raises
    MalformedEvidence.
    """
    read = FieldReader(where)
    if (found := _PROVENANCE.fullmatch(predicate_type)) is not None:
        return _VERSIONS[found.group(1).removesuffix(".0")](read, predicate)
    if _SUMMARY.fullmatch(predicate_type):
        return _summary(read, predicate)
    return None


def _version_0_1(read: FieldReader, predicate: JsonObject) -> BuildFacts:
    recipe = read.optional_object(predicate, "recipe", ())
    materials = _materials(read, predicate, "materials", ())
    index = read.optional_integer(recipe, "definedInMaterial", ("recipe",))
    source = _Source()
    if index is not None:
        if not 0 <= index < len(materials):
            raise read.wrong(
                ("recipe", "definedInMaterial"), str(index), f"0 to {len(materials) - 1}"
            )
        source = _source(materials[index].uri, materials[index].digests)
    return _facts(
        builder=_id(read, predicate, "builder", ()),
        build_type=read.optional_text(recipe, "type", ("recipe",)),
        source=source,
        parameters=_parameters(recipe.get("arguments")),
        metadata=_metadata(read, predicate, "buildInvocationId", "buildStartedOn"),
        finished=_time(read, predicate, "metadata", "buildFinishedOn"),
        materials=materials,
    )


def _version_0_2(read: FieldReader, predicate: JsonObject) -> BuildFacts:
    invocation = read.optional_object(predicate, "invocation", ())
    path: Path = ("invocation", "configSource")
    config = read.optional_object(invocation, "configSource", ("invocation",))
    uri = read.optional_text(config, "uri", path)
    return _facts(
        builder=_id(read, predicate, "builder", ()),
        build_type=read.optional_text(predicate, "buildType", ()),
        source=_Source() if uri is None else _source(uri, digest_set(read, config, path)),
        parameters=_parameters(invocation.get("parameters")),
        metadata=_metadata(read, predicate, "buildInvocationId", "buildStartedOn"),
        finished=_time(read, predicate, "metadata", "buildFinishedOn"),
        materials=_materials(read, predicate, "materials", ()),
    )


def _version_1(read: FieldReader, predicate: JsonObject) -> BuildFacts:
    definition = read.optional_object(predicate, "buildDefinition", ())
    details = read.optional_object(predicate, "runDetails", ())
    materials = _materials(read, definition, "resolvedDependencies", ("buildDefinition",))
    parameters = read.optional_object(definition, "externalParameters", ("buildDefinition",))
    metadata = read.optional_object(details, "metadata", ("runDetails",))
    inner: Path = ("runDetails", "metadata")
    return _facts(
        builder=_id(read, details, "builder", ("runDetails",)),
        build_type=read.optional_text(definition, "buildType", ("buildDefinition",)),
        source=_source_of_parameters(parameters, materials),
        parameters=_parameters(definition.get("externalParameters")),
        metadata=(
            read.optional_text(metadata, "invocationId", inner),
            optional_instant(read, metadata, "startedOn", inner),
        ),
        finished=optional_instant(read, metadata, "finishedOn", inner),
        materials=materials,
    )


_VERSIONS = {"0.1": _version_0_1, "0.2": _version_0_2, "1": _version_1}


def _summary(read: FieldReader, predicate: JsonObject) -> BuildFacts:
    """Read a verification summary. Only one whose result is PASSED tells a level."""
    levels: list[str] = read.texts(predicate, "verifiedLevels", ())
    older = read.optional_text(predicate, "policy_level", ())
    named = [*levels, *([older] if older else [])]
    found = [int(match.group(1)) for text in named if (match := _LEVEL.fullmatch(text))]
    result = read.optional_text(predicate, "verificationResult", ())
    result = result or read.optional_text(predicate, "verification_result", ())
    level = max(found) if found and result == "PASSED" else None
    return BuildFacts(
        builder_id=_id(read, predicate, "verifier", ()),
        build_type=None,
        source_repository=None,
        finished_at=optional_instant(read, predicate, "timeVerified", ())
        or optional_instant(read, predicate, "time_verified", ()),
        level=level,
        level_source=None if level is None else "the verification summary",
    )


def _facts(
    *,
    builder: str | None,
    build_type: str | None,
    source: _Source,
    parameters: JsonObject | None,
    metadata: tuple[str | None, Instant | None],
    finished: Instant | None,
    materials: tuple[BuildMaterial, ...],
) -> BuildFacts:
    return BuildFacts(
        builder_id=builder,
        build_type=build_type,
        source_repository=source.repository,
        source_commit=source.commit,
        source_ref=source.ref,
        parameters=parameters,
        invocation_id=metadata[0],
        started_at=metadata[1],
        finished_at=finished,
        resolved_dependencies=materials,
    )


def _id(read: FieldReader, obj: JsonObject, name: str, path: Path) -> str | None:
    return read.optional_text(read.optional_object(obj, name, path), "id", (*path, name))


def _metadata(
    read: FieldReader, predicate: JsonObject, invocation: str, started: str
) -> tuple[str | None, Instant | None]:
    metadata = read.optional_object(predicate, "metadata", ())
    return (
        read.optional_text(metadata, invocation, ("metadata",)),
        optional_instant(read, metadata, started, ("metadata",)),
    )


def _time(read: FieldReader, predicate: JsonObject, section: str, name: str) -> Instant | None:
    return optional_instant(read, read.optional_object(predicate, section, ()), name, (section,))


def _materials(
    read: FieldReader, obj: JsonObject, name: str, path: Path
) -> tuple[BuildMaterial, ...]:
    return tuple(
        BuildMaterial(
            uri=read.optional_text(item, "uri", (*path, name, index)) or "",
            digests=digest_set(read, item, (*path, name, index)),
        )
        for index, item in enumerate(read.objects(obj, name, path))
    )


def _parameters(value: JsonValue) -> JsonObject | None:
    # Version 0.1 lets arguments be anything; only objects are parameters by name.
    return value if isinstance(value, dict) and value else None


def _source(uri: str, digests: tuple[tuple[str, str], ...]) -> _Source:
    """Read a source's URI in the form of SPDX download locations: ``git+https://HOST/PATH@REF``."""
    repository, ref = uri.partition("#")[0], None
    head, at, tail = repository.rpartition("@")
    # An @ before the last slash but one is a user's name, not a ref.
    if at and "/" in head.partition("://")[2] and not head.endswith("/"):
        repository, ref = head, tail
    known = dict(digests)
    commit = next((known[name] for name in _GIT_DIGESTS if name in known), None)
    if commit is None and ref is not None and _COMMIT.fullmatch(ref):
        commit, ref = ref, None
    return _Source(repository=repository or None, commit=commit, ref=ref)


def _source_of_parameters(parameters: JsonObject, materials: tuple[BuildMaterial, ...]) -> _Source:
    """Find the source among the parameters of SLSA 1, in the forms that builders write:

    ``source`` as a URI or a resource (slsa-github-generator, Google Cloud Build's
    ``buildConfigSource``), ``workflow`` with repository and ref (GitHub), ``configSource``
    (BuildKit). The commit is that of the dependency of the same repository.
    """
    named = _Source()
    for name in ("source", "sourceToBuild", "buildConfigSource", "configSource", "workflow"):
        value = parameters.get(name)
        if isinstance(value, str) and value:
            named = _source(value, ())
        elif isinstance(value, dict):
            uri = value.get("uri") or value.get("repository")
            if not isinstance(uri, str) or not uri:
                continue
            digest = value.get("digest")
            digests = tuple(
                (key, text)
                for key, text in (digest.items() if isinstance(digest, dict) else ())
                if isinstance(text, str)
            )
            named = _source(uri, digests)
            ref = value.get("ref")
            if named.ref is None and isinstance(ref, str):
                named = _Source(repository=named.repository, commit=named.commit, ref=ref or None)
        if named.repository is not None:
            break
    if named.repository is None or named.commit is not None:
        return named
    for material in materials:
        other = _source(material.uri, material.digests)
        if other.commit and _plain(other.repository) == _plain(named.repository):
            return _Source(
                repository=named.repository, commit=other.commit, ref=named.ref or other.ref
            )
    return named


def _plain(repository: str | None) -> str:
    return (repository or "").removeprefix("git+").removesuffix("/").removesuffix(".git")

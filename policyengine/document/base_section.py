"""The section ``base``: what the image was built on, by everything that says so.

The first of these decides, and all are told:

1. ``catalogue``: the longest known image whose layers are those that the image begins with. Nobody
   can write another base there: layers are digests.
2. ``provenance``: the only image among the dependencies of verified SLSA provenance.
3. ``annotation``, ``label``, ``docker-inspect``: what whoever built the image wrote.
4. ``unverified-provenance``: the same as 2 of provenance about this image that nobody vouches for.
5. ``dockerfile``: what the last stage of the Dockerfile is built on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from policyengine.document.subject_match import known_digests
from policyengine.document.times import instant_fields
from policyengine.errors import InvalidReference
from policyengine.model.bases import BaseCatalogue, KnownBase
from policyengine.model.image import BaseImage, ImageEvidence
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.reference import ImageReference

if TYPE_CHECKING:
    from policyengine.model.dockerfile import Dockerfile

# Images that build, and are not built on: BuildKit's frontends and its scanner of SBOMs.
_TOOLS = frozenset(
    {"docker/dockerfile", "docker/dockerfile-upstream", "docker/buildkit-syft-scanner"}
)
_DOCKER_PURL = "pkg:docker/"


def base_section(
    image: ImageEvidence,
    *,
    catalogue: BaseCatalogue,
    dockerfiles: Sequence[Dockerfile],
    trust: JsonValue,
) -> JsonObject | None:
    """Return ``base``, or null where nothing says what the image was built on.

    ``trust`` is the section of that name, None where there is none.
    """
    found = [
        *_by_layers(image, catalogue),
        *_by_provenance(trust, image, verified=True),
        *(() if image.base is None else (image.base,)),
        *_by_provenance(trust, image, verified=False),
        *_by_dockerfile(dockerfiles),
    ]
    if not found:
        return None
    chosen = found[0]
    known = _same_base(chosen, catalogue)
    created = chosen.created or (known.created if known is not None else None)
    newer = _newer(chosen, known, image, catalogue)
    return {
        "name": chosen.name,
        "digest": chosen.digest,
        **instant_fields("created", created),
        "found_in": chosen.found_in,
        # Whether one is, can only be told of a base that the catalogue has.
        "newer_known": None if known is None else newer is not None,
        "newer": None
        if newer is None
        else {
            "name": newer.name,
            "digest": newer.digest,
            **instant_fields("created", newer.created),
        },
        "also_found": [
            {"name": item.name, "digest": item.digest, "found_in": item.found_in}
            for item in found[1:]
        ],
    }


def _by_layers(image: ImageEvidence, catalogue: BaseCatalogue) -> Iterator[BaseImage]:
    layers = image.image.layers
    own = known_digests(image)
    platform = str(image.image.platform)
    matching = [
        base
        for base in catalogue.bases
        if base.platform == platform
        and layers[: len(base.layers)] == base.layers
        and base.digest not in own
    ]
    longest = max((len(base.layers) for base in matching), default=0)
    for base in sorted(matching, key=lambda base: (base.name, base.digest or "")):
        if len(base.layers) == longest:
            yield BaseImage(
                name=base.name, digest=base.digest, created=base.created, found_in="catalogue"
            )


def _by_provenance(
    trust: JsonValue, image: ImageEvidence, *, verified: bool
) -> Iterator[BaseImage]:
    own = known_digests(image) | {image.image.id}
    for attestation in _objects(trust, "attestations"):
        if attestation["verified"] is not verified:
            continue
        subjects = {
            f"{algorithm}:{value}"
            for subject in _objects(attestation, "subjects")
            for algorithm, value in _object(subject, "digests").items()
        }
        if not subjects & own:
            continue
        bases = dict.fromkeys(_dependencies(_object(attestation, "build")))
        # Of several images any may be the one, and the others those of earlier stages.
        if len(bases) == 1:
            ((name, digest),) = bases
            found_in = "provenance" if verified else "unverified-provenance"
            yield BaseImage(name=name, digest=digest, created=None, found_in=found_in)


def _dependencies(build: JsonObject) -> Iterator[tuple[str, str | None]]:
    for item in _objects(build, "resolved_dependencies"):
        uri = item["uri"]
        if not isinstance(uri, str) or not uri.startswith(_DOCKER_PURL):
            continue
        path = uri.removeprefix(_DOCKER_PURL).partition("?")[0].partition("#")[0]
        name, _, version = path.partition("@")
        name, version = unquote(name), unquote(version)
        if name in _TOOLS or not name:
            continue
        if version and ":" not in version:
            name = f"{name}:{version}"
        digest = _object(item, "digests").get("sha256")
        yield name, f"sha256:{digest}" if isinstance(digest, str) else None


def _by_dockerfile(dockerfiles: Sequence[Dockerfile]) -> Iterator[BaseImage]:
    for dockerfile in dockerfiles[:1]:
        base = dockerfile.stages[-1].base
        while base.stage is not None:
            base = dockerfile.stages[base.stage].base
        if base.name is not None and not base.is_scratch:
            tag = "" if base.tag is None else f":{base.tag}"
            yield BaseImage(
                name=f"{base.name}{tag}", digest=base.digest, created=None, found_in="dockerfile"
            )


def _same_base(chosen: BaseImage, catalogue: BaseCatalogue) -> KnownBase | None:
    """Return the entry that ``chosen`` surely is: by digest, or by layers."""
    for base in catalogue.bases:
        if chosen.digest is not None and base.digest == chosen.digest:
            return base
        if chosen.found_in == "catalogue" and (base.name, base.created, base.digest) == (
            chosen.name,
            chosen.created,
            chosen.digest,
        ):
            return base
    return None


def _newer(
    chosen: BaseImage, known: KnownBase | None, image: ImageEvidence, catalogue: BaseCatalogue
) -> KnownBase | None:
    """Return the newest entry of the same name and platform, if it is newer than ``known``."""
    if known is None or known.created is None:
        return None
    name = _full(chosen.name or known.name)
    platform = str(image.image.platform)
    newer = [
        (base.created, base.digest or "", base)
        for base in catalogue.bases
        if base.created is not None
        and base.created > known.created
        and base.platform == platform
        and _full(base.name) == name
    ]
    return max(newer, key=lambda item: item[:2])[2] if newer else None


def _full(name: str) -> str:
    """Return ``name`` with Docker's defaults, so that alpine:3 is docker.io/library/alpine:3."""
    try:
        reference = ImageReference.parse(name)
    except InvalidReference:
        return name
    return f"{reference.registry}/{reference.repository}:{reference.tag or 'latest'}"


def _objects(holder: JsonValue, name: str) -> list[JsonObject]:
    items = holder.get(name) if isinstance(holder, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _object(holder: JsonObject, name: str) -> JsonObject:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}

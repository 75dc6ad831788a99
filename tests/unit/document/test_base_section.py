"""What an image was built on, by everything that says so, and which of it decides."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.document import assemble
from policyengine.document.base_section import base_section
from policyengine.model.bases import NO_CATALOGUE, BaseCatalogue, KnownBase
from policyengine.model.evidence import EvidenceKind
from policyengine.model.gathered import GatheredReports
from policyengine.model.image import BaseImage
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonValue
from tests.evidence_values import DIGEST, NOW, OTHER_DIGEST, image, image_evidence, source
from tests.unit.collect.offered import read_bytes

ONE, TWO, THREE = (f"sha256:{digit * 64}" for digit in "567")
BUILT = image_evidence(having=image(layers=(ONE, TWO, THREE)))
LABEL = BaseImage(name="docker.io/library/debian:12", digest=None, created=None, found_in="label")


def known(*layers: str, created: str | None = "2026-01-01T00:00:00Z", **changes: Any) -> KnownBase:
    values: dict[str, Any] = {
        "name": "docker.io/library/debian:12",
        "digest": "sha256:" + "a" * 64,
        "platform": "linux/amd64",
        "created": None if created is None else Instant.parse(created),
        "layers": layers,
    }
    return KnownBase(**{**values, **changes})


def catalogue(*bases: KnownBase) -> BaseCatalogue:
    return BaseCatalogue(source=source("bases.json", "base-catalogue"), bases=bases)


def provenance(
    *uris: str, verified: bool = True, about: str = DIGEST, digest: str | None = None
) -> JsonValue:
    algorithm, _, value = about.partition(":")
    digests: dict[str, JsonValue] = {} if digest is None else {"sha256": digest}
    return {
        "attestations": [
            {
                "verified": verified,
                "subjects": [{"name": "", "digests": {algorithm: value}}],
                "build": {
                    "resolved_dependencies": [{"uri": uri, "digests": digests} for uri in uris]
                },
            }
        ]
    }


def found(
    of: Any = BUILT,
    bases: BaseCatalogue = NO_CATALOGUE,
    trust: JsonValue = None,
    dockerfile: str | None = None,
) -> Any:
    files = (
        ()
        if dockerfile is None
        else read_bytes(dockerfile.encode(), EvidenceKind.DOCKERFILE).dockerfiles
    )
    return base_section(of, catalogue=bases, dockerfiles=files, trust=trust)


def test_nothing_says_nothing() -> None:
    assert found() is None


@pytest.mark.parametrize(
    ("bases", "name"),
    [
        pytest.param([known(ONE, name="a")], "a", id="first layer"),
        pytest.param([known(ONE, name="a"), known(ONE, TWO, name="b")], "b", id="longest"),
        pytest.param([known(ONE, TWO, THREE, name="a")], "a", id="all layers"),
        pytest.param([known(TWO, name="a")], None, id="a later layer"),
        pytest.param([known(ONE, THREE, name="a")], None, id="one layer left out"),
        pytest.param([known(ONE, TWO, THREE, DIGEST, name="a")], None, id="more layers"),
        pytest.param([known(ONE, name="a", platform="linux/arm64")], None, id="other platform"),
        pytest.param([known(ONE, name="a", digest=DIGEST)], None, id="the image itself"),
    ],
)
def test_a_known_base_is_found_by_the_layers_that_an_image_begins_with(
    bases: list[KnownBase], name: str | None
) -> None:
    section = found(bases=catalogue(*bases))
    assert (section and section["name"]) == name
    if section is not None:
        assert section["found_in"] == "catalogue"


def test_layers_decide_over_what_a_label_says() -> None:
    labelled = image_evidence(having=image(layers=(ONE, TWO)), base=LABEL)
    section = found(labelled, catalogue(known(ONE, name="evil.example/base:1")))
    assert (section["name"], section["found_in"]) == ("evil.example/base:1", "catalogue")
    assert section["also_found"] == [{"name": LABEL.name, "digest": None, "found_in": "label"}]


@pytest.mark.parametrize(
    ("trust", "name", "found_in"),
    [
        pytest.param(
            provenance("pkg:docker/alpine@3.20?platform=linux%2Famd64", digest="b" * 64),
            "alpine:3.20",
            "provenance",
            id="verified",
        ),
        pytest.param(
            provenance("pkg:docker/r.example/team/base@1", verified=False),
            "r.example/team/base:1",
            "unverified-provenance",
            id="not verified",
        ),
        pytest.param(
            provenance("pkg:docker/docker/dockerfile@1", "pkg:docker/alpine@3", "git+https://x"),
            "alpine:3",
            "provenance",
            id="beside a frontend and sources",
        ),
        pytest.param(
            provenance("pkg:docker/golang@1", "pkg:docker/alpine@3"), None, None, id="two images"
        ),
        pytest.param(
            provenance("pkg:docker/alpine@3", about=OTHER_DIGEST), None, None, id="another image"
        ),
        pytest.param(
            provenance("pkg:docker/alpine@3", about=OTHER_DIGEST, verified=False),
            None,
            None,
            id="another image, not verified",
        ),
    ],
)
def test_provenance_tells_the_base_where_it_names_one_image(
    trust: JsonValue, name: str | None, found_in: str | None
) -> None:
    section = found(trust=trust)
    assert (section and section["name"]) == name
    assert (section and section["found_in"]) == found_in


def test_a_label_is_believed_before_provenance_that_nobody_vouches_for() -> None:
    labelled = image_evidence(base=LABEL)
    unverified = found(labelled, trust=provenance("pkg:docker/alpine@3", verified=False))
    assert unverified["found_in"] == "label"
    assert found(labelled, trust=provenance("pkg:docker/alpine@3"))["found_in"] == "provenance"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("FROM golang:1 AS build\nFROM alpine:3.20\n", "alpine:3.20"),
        ("FROM alpine:3.20 AS a\nFROM a AS b\nFROM b\n", "alpine:3.20"),
        ("ARG V=3\nFROM r.example:5000/base:$V\n", "r.example:5000/base:3"),
        ("ARG V\nFROM alpine:$V\n", None),
        ("FROM scratch\n", None),
    ],
)
def test_the_last_stage_of_a_dockerfile_tells_the_base(text: str, name: str | None) -> None:
    section = found(dockerfile=text)
    assert (section and section["name"]) == name


@pytest.mark.parametrize(
    ("others", "newer_known", "newer"),
    [
        pytest.param([], False, None, id="alone"),
        pytest.param(
            [known(TWO, digest=OTHER_DIGEST, created="2026-02-01T00:00:00Z")],
            True,
            OTHER_DIGEST,
            id="newer",
        ),
        pytest.param(
            [known(TWO, digest=OTHER_DIGEST, created="2025-02-01T00:00:00Z")],
            False,
            None,
            id="older",
        ),
        pytest.param(
            [known(TWO, name="debian:12", digest=OTHER_DIGEST, created="2026-02-01T00:00:00Z")],
            True,
            OTHER_DIGEST,
            id="by its short name",
        ),
        pytest.param(
            [known(TWO, name="debian:13", digest=OTHER_DIGEST, created="2026-02-01T00:00:00Z")],
            False,
            None,
            id="another tag",
        ),
        pytest.param(
            [known(TWO, platform="linux/arm64", created="2026-02-01T00:00:00Z")],
            False,
            None,
            id="another platform",
        ),
    ],
)
def test_a_newer_image_of_the_name_is_told(
    others: list[KnownBase], newer_known: bool, newer: str | None
) -> None:
    section = found(bases=catalogue(known(ONE), *others))
    assert section["newer_known"] is newer_known
    assert (section["newer"] and section["newer"]["digest"]) == newer


def test_of_a_base_that_the_catalogue_lacks_nobody_knows_whether_there_is_a_newer_one() -> None:
    section = found(image_evidence(base=LABEL), catalogue(known(TWO)))
    assert (section["newer_known"], section["newer"]) == (None, None)


def test_the_catalogue_tells_when_a_base_of_a_digest_was_built() -> None:
    named = BaseImage(name="x", digest="sha256:" + "a" * 64, created=None, found_in="annotation")
    section = found(image_evidence(base=named), catalogue(known(TWO)))
    assert section["created"] == "2026-01-01T00:00:00Z"


def test_the_catalogue_is_a_source_of_the_document_where_it_decided() -> None:
    for bases, count in ((catalogue(known(ONE)), 1), (catalogue(known(TWO)), 0)):
        document: Any = assemble(
            BUILT, GatheredReports(), environment=None, evaluated_at=NOW, bases=bases
        ).content
        sources = document["evidence"]["image"]["sources"]
        assert sum(item["format"] == "base-catalogue" for item in sources) == count

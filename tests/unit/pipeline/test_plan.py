"""Which programs a pipeline runs, and with which words."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import pytest

from policyengine.errors import UsageError
from policyengine.pipeline import PipelineRequest, plan
from policyengine.pipeline.plan import sign_step

NAME = "registry.example:5000/shop/web:1.4"
SIGNED = f"registry.example:5000/shop/web@sha256:{'1' * 64}"
REQUEST = PipelineRequest(image=NAME, context=".", folder="out")
ALL = ("buildah", "docker", "trivy", "grype", "syft", "cosign", "skopeo")
DIGEST = "sha256:" + "1" * 64


def lines(programs: tuple[str, ...] = ALL, **changes: Any) -> list[str]:
    planned = plan(replace(REQUEST, **changes), programs)
    return [shlex.join(step.words) for step in (*planned.before, *planned.push)]


def test_everything_looks_at_the_archive_that_was_built() -> None:
    assert lines() == [
        f"buildah build --tag {NAME} -- .",
        f"buildah push {NAME} oci-archive:out/image.tar:{NAME}",
        "syft scan oci-archive:out/image.tar --output cyclonedx-json=out/sbom.cdx.json",
        "trivy image --input out/image.tar --format json",
        f"skopeo copy --preserve-digests oci-archive:out/image.tar docker://{NAME}",
    ]
    assert plan(REQUEST, ALL).image == "oci-archive:out/image.tar"


def test_docker_builds_where_there_is_no_buildah() -> None:
    assert lines(("docker", "grype")) == [
        f"docker build --tag {NAME} -- .",
        f"docker save --output out/image.tar {NAME}",
        "grype docker-archive:out/image.tar --output json",
        f"docker push {NAME}",
    ]
    assert plan(REQUEST, ("docker",)).image == "docker-archive:out/image.tar"


def test_what_no_program_makes_is_said() -> None:
    assert plan(REQUEST, ("buildah",)).left_out == ("scan report", "SBOM", "signature")
    assert plan(replace(REQUEST, push=False), ("buildah", "syft", "trivy")).left_out == ()


def test_nothing_is_pushed_where_it_is_not_asked_for() -> None:
    planned = plan(replace(REQUEST, push=False, key="k"), ALL)
    assert (planned.push, planned.signer) == ((), None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"key": "k.pem"},
            f"cosign sign --yes --key k.pem {SIGNED}",
        ),
        (
            {"key": "k", "sign_options": ("--tlog-upload=false",)},
            f"cosign sign --yes --key k --tlog-upload=false {SIGNED}",
        ),
        ({"signer": "cosign"}, f"cosign sign --yes {SIGNED}"),
        ({"signer": "docker"}, f"docker trust sign {NAME}"),
        ({}, None),
        ({"signer": "none", "key": "k"}, None),
    ],
)
def test_the_image_is_signed_by_its_digest(changes: dict[str, Any], words: str | None) -> None:
    request = replace(REQUEST, **changes)
    step = sign_step(plan(request, ALL), request, DIGEST)
    assert (None if step is None else shlex.join(step.words)) == words


@pytest.mark.parametrize("name", ["web", "web:1", "shop/web:1"])
def test_a_name_without_a_registry_is_signed_too(name: str) -> None:
    request = replace(REQUEST, image=name, key="k")
    step = sign_step(plan(request, ALL), request, DIGEST)
    assert step is not None
    assert step.words[-1] == f"{name.partition(':')[0]}@{DIGEST}"


@pytest.mark.parametrize(
    ("changes", "programs", "said"),
    [
        ({}, ("syft",), "no program that builds images"),
        ({"builder": "docker"}, ("buildah",), "the builder docker is not installed"),
        ({"scanner": "trivy"}, ("buildah",), "the scanner trivy is not installed"),
        ({"sbom": "cyclops"}, ALL, "no such SBOM generator"),
        ({"signer": "cosign"}, ("buildah",), "the signer cosign is not installed"),
        ({"image": "--all"}, ALL, "--all"),
        ({"image": f"shop/web@{DIGEST}"}, ALL, "is no name to push to"),
        ({"image": "Shop/Web:1"}, ALL, "Shop/Web:1"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_runs(
    changes: dict[str, Any], programs: tuple[str, ...], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        plan(replace(REQUEST, **changes), programs)


def test_a_context_that_looks_like_an_option_is_none() -> None:
    assert lines(context="--rm")[0].endswith("-- --rm")

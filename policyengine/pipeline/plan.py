"""Which programs are run, in which order, with which words. Pure.

The image is built into an archive in the folder of evidence, and everything looks at that archive:
the scanner, the SBOM generator, the judgement, and the push. So no tag that moves in between can
put another image under the verdict.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from policyengine.errors import UsageError
from policyengine.model.reference import ImageReference

BUILDERS = ("buildah", "docker")
SCANNERS = ("trivy", "grype")
SBOM_TOOLS = ("syft", "trivy")
SIGNERS = ("cosign", "docker")
NONE = "none"
AUTO = "auto"

ARCHIVE = "image.tar"
SCAN = "scan.json"
SBOM = "sbom.cdx.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One program to run: ``words`` from the program on, no shell between.

    ``writes`` is the file that it leaves, ``stdout`` says that its output becomes that file.
    """

    name: str
    words: tuple[str, ...]
    writes: str | None = None
    stdout: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRequest:
    """What is asked. ``image`` is the name to push to; ``folder`` is where evidence goes.

    ``builder``, ``scanner``, ``sbom`` and ``signer`` are ``auto``, ``none`` (not the builder) or a
    program's name. ``*_options`` are given to that program as they are.
    """

    image: str
    context: str
    folder: str
    dockerfile: str | None = None
    builder: str = AUTO
    scanner: str = AUTO
    sbom: str = AUTO
    signer: str = AUTO
    key: str | None = None
    push: bool = True
    build_options: tuple[str, ...] = ()
    scan_options: tuple[str, ...] = ()
    sign_options: tuple[str, ...] = ()
    push_options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``before`` makes the image and its evidence; ``push`` and ``sign`` follow *allowed* alone.

    ``image`` is what is judged, as ``check`` takes it. ``left_out`` says which evidence no program
    at hand makes.
    """

    image: str
    before: tuple[Step, ...]
    push: tuple[Step, ...]
    signer: str | None
    left_out: tuple[str, ...]


def plan(request: PipelineRequest, programs: Collection[str]) -> Plan:
    """Return the steps, with those of ``programs`` that are installed. Raises UsageError."""
    reference = ImageReference.parse(request.image)
    if request.image.startswith("-") or reference.digest is not None:
        raise UsageError("is no name to push to", where=request.image, expected="NAME:TAG")
    builder = _chosen("builder", request.builder, BUILDERS, programs)
    if builder is None:
        raise UsageError(
            "no program that builds images", expected=" or ".join(BUILDERS), hint="install one"
        )
    scanner = _chosen("scanner", request.scanner, SCANNERS, programs)
    sbom = _chosen("SBOM generator", request.sbom, SBOM_TOOLS, programs)
    signer = None
    if request.push:
        signer = _chosen("signer", request.signer, SIGNERS, programs)
        if signer is not None and request.key is None and request.signer == AUTO:
            # Without a key cosign would ask an identity provider: only where that is wanted.
            signer = None
    archive = f"{request.folder}/{ARCHIVE}"
    before = list(_build(builder, request, archive))
    if sbom is not None:
        before.append(_sbom(sbom, builder, request, archive))
    if scanner is not None:
        before.append(_scan(scanner, builder, request, archive))
    absent = [("scan report", scanner), ("SBOM", sbom), ("signature", signer or not request.push)]
    return Plan(
        image=f"{_transport(builder)}:{archive}",
        before=tuple(before),
        push=_push(builder, request, archive, programs) if request.push else (),
        signer=signer,
        left_out=tuple(name for name, there in absent if not there),
    )


def sign_step(plan: Plan, request: PipelineRequest, digest: str) -> Step | None:
    """Return the step that signs the image of that manifest digest, which is in the registry."""
    repository = request.image.partition("@")[0]
    head, _, last = repository.rpartition("/")
    untagged = f"{head}/{last.partition(':')[0]}" if head else last.partition(":")[0]
    if plan.signer == "cosign":
        key = ("--key", request.key) if request.key is not None else ()
        words = ("cosign", "sign", "--yes", *key, *request.sign_options, f"{untagged}@{digest}")
        return Step(name="sign", words=words)
    if plan.signer == "docker":
        # Docker Content Trust signs what a tag names in the daemon; it pushes that first.
        words = ("docker", "trust", "sign", *request.sign_options, request.image)
        return Step(name="sign", words=words)
    return None


def _chosen(what: str, asked: str, known: Sequence[str], programs: Collection[str]) -> str | None:
    if asked == NONE:
        return None
    if asked == AUTO:
        return next((name for name in known if name in programs), None)
    if asked not in known:
        raise UsageError(f"no such {what}", found=asked, expected=", ".join(known))
    if asked not in programs:
        raise UsageError(f"the {what} {asked} is not installed", expected=f"{asked} on the PATH")
    return asked


def _transport(builder: str) -> str:
    return "oci-archive" if builder == "buildah" else "docker-archive"


def _build(builder: str, request: PipelineRequest, archive: str) -> tuple[Step, ...]:
    file = () if request.dockerfile is None else ("--file", request.dockerfile)
    tagged = ("--tag", request.image, *file, *request.build_options)
    build: tuple[str, ...]
    export: tuple[str, ...]
    if builder == "buildah":
        build = ("buildah", "build", *tagged)
        target = f"oci-archive:{archive}:{request.image}"
        export = ("buildah", "push", request.image, target)
    else:
        build = ("docker", "build", *tagged)
        export = ("docker", "save", "--output", archive, request.image)
    return (
        Step(name="build", words=(*build, "--", request.context)),
        Step(name="export", words=export, writes=archive),
    )


def _sbom(tool: str, builder: str, request: PipelineRequest, archive: str) -> Step:
    path = f"{request.folder}/{SBOM}"
    if tool == "syft":
        source = f"{_transport(builder)}:{archive}"
        words: tuple[str, ...] = ("syft", "scan", source, "--output", f"cyclonedx-json={path}")
    else:
        words = ("trivy", "image", "--input", archive, "--format", "cyclonedx", "--output", path)
    return Step(name="sbom", words=words, writes=path)


def _scan(tool: str, builder: str, request: PipelineRequest, archive: str) -> Step:
    path = f"{request.folder}/{SCAN}"
    if tool == "trivy":
        words: tuple[str, ...] = ("trivy", "image", "--input", archive, "--format", "json")
    else:
        words = ("grype", f"{_transport(builder)}:{archive}", "--output", "json")
    return Step(name="scan", words=(*words, *request.scan_options), writes=path, stdout=True)


def _push(
    builder: str, request: PipelineRequest, archive: str, programs: Collection[str]
) -> tuple[Step, ...]:
    options = request.push_options
    if builder == "docker":
        return (Step(name="push", words=("docker", "push", *options, request.image)),)
    if "skopeo" in programs:
        source = f"oci-archive:{archive}"
        words: tuple[str, ...] = ("skopeo", "copy", "--preserve-digests", *options, source)
        return (Step(name="push", words=(*words, f"docker://{request.image}")),)
    words = ("buildah", "push", *options, request.image, f"docker://{request.image}")
    return (Step(name="push", words=words),)

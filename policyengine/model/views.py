"""The views of the input document, and the kind of evidence behind each of their paths."""

from __future__ import annotations

from enum import StrEnum

from policyengine.model.evidence import EvidenceKind


class DocumentView(StrEnum):
    """The shape in which a bundle's policies read the input document."""

    UNIFIED = "unified"
    DOCKER_INSPECT = "docker-inspect"
    REGISTRY = "registry"
    DOCKERFILE = "dockerfile"
    TRIVY_DOCKERFILE = "trivy-dockerfile"


# The longest prefix decides. A path under none of them needs no evidence: it is always there.
_PREFIXES: dict[DocumentView, dict[tuple[str, ...], frozenset[EvidenceKind]]] = {
    DocumentView.UNIFIED: {
        # Of a Dockerfile alone the subject has no more than these.
        ("subject",): frozenset({EvidenceKind.IMAGE}),
        ("subject", "reference"): frozenset(),
        ("subject", "transport"): frozenset(),
        ("subject", "origin"): frozenset(),
        ("image",): frozenset({EvidenceKind.IMAGE}),
        ("image_manifest",): frozenset({EvidenceKind.IMAGE}),
        ("base",): frozenset({EvidenceKind.IMAGE}),
        ("docker_inspect",): frozenset({EvidenceKind.IMAGE}),
        ("layers",): frozenset({EvidenceKind.LAYERS}),
        ("scan",): frozenset({EvidenceKind.SCAN}),
        ("vex",): frozenset({EvidenceKind.VEX}),
        ("sbom",): frozenset({EvidenceKind.SBOM}),
        ("trust",): frozenset({EvidenceKind.TRUST}),
        ("dockerfile",): frozenset({EvidenceKind.DOCKERFILE}),
    },
    DocumentView.DOCKER_INSPECT: {(): frozenset({EvidenceKind.IMAGE})},
    DocumentView.REGISTRY: {
        ("image",): frozenset({EvidenceKind.IMAGE}),
        ("image", "scan_status"): frozenset({EvidenceKind.SCAN}),
        ("image", "vulnerabilities"): frozenset({EvidenceKind.SCAN}),
        ("image", "signatures"): frozenset({EvidenceKind.TRUST}),
    },
    DocumentView.DOCKERFILE: {(): frozenset({EvidenceKind.DOCKERFILE})},
    DocumentView.TRIVY_DOCKERFILE: {(): frozenset({EvidenceKind.DOCKERFILE})},
}

DOCKERFILE_VIEWS = frozenset({DocumentView.DOCKERFILE, DocumentView.TRIVY_DOCKERFILE})


def evidence_behind(view: DocumentView, path: tuple[str, ...]) -> frozenset[EvidenceKind]:
    """Return the kinds of evidence that a reference to ``input`` by ``path`` reads.

    ``path`` ends at the first part that is not constant. A reference that stops above several
    sections (``input`` itself, ``input[x]``) reads all of them, but for VEX documents: what they
    say takes findings away, so that nothing passes where they are missing.
    """
    prefixes = _PREFIXES[view]
    longest = max((p for p in prefixes if path[: len(p)] == p), key=len, default=None)
    below = [
        kinds if p == path else kinds - {EvidenceKind.VEX}
        for p, kinds in prefixes.items()
        if p[: len(path)] == path
    ]
    own = prefixes[longest] if longest is not None else frozenset()
    return own.union(*below)

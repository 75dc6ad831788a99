"""A report about another image is told from one about this image."""

from __future__ import annotations

import pytest

from policyengine.document.subject_match import match_subject
from policyengine.model.image import ImageEvidence
from policyengine.model.scan import ReportedSubject
from tests.evidence_values import DIGEST, IMAGE_ID, LAYER, OTHER_DIGEST, image_evidence, subject

NAMED = image_evidence()
ARCHIVE = image_evidence(
    of=subject(registry=None, repository=None, tag=None, digest=None, reference="app.tar")
)
BY_DIGEST = image_evidence(of=subject(tag=None))
NAME = "registry.example/team/app"


@pytest.mark.parametrize(
    ("case", "reported", "evidence", "how"),
    [
        ("its configuration digest", ReportedSubject(image_ids=(IMAGE_ID,)), NAMED, "digest"),
        ("its manifest digest", ReportedSubject(digests=(DIGEST,)), NAMED, "digest"),
        (
            "its manifest digest as a repository digest",
            ReportedSubject(repo_digests=(f"{NAME}@{DIGEST}",)),
            NAMED,
            "digest",
        ),
        (
            "a manifest digest called image id",
            ReportedSubject(image_ids=(DIGEST,)),
            NAMED,
            "digest",
        ),
        ("another configuration", ReportedSubject(image_ids=(OTHER_DIGEST,)), NAMED, "mismatch"),
        (
            "another configuration under our name",
            ReportedSubject(image_ids=(OTHER_DIGEST,), repo_tags=(f"{NAME}:1.4",)),
            NAMED,
            "mismatch",
        ),
        (
            "another configuration over our layers",
            ReportedSubject(image_ids=(OTHER_DIGEST,), diff_ids=(LAYER,)),
            NAMED,
            "mismatch",
        ),
        ("another manifest", ReportedSubject(digests=(OTHER_DIGEST,)), NAMED, "mismatch"),
        (
            "another manifest under our name",
            ReportedSubject(digests=(OTHER_DIGEST,), repo_tags=(f"{NAME}:1.4",)),
            NAMED,
            "mismatch",
        ),
        (
            "a manifest digest, and an archive has none to compare",
            ReportedSubject(digests=(OTHER_DIGEST,)),
            ARCHIVE,
            "unknown",
        ),
        ("our layers", ReportedSubject(diff_ids=(LAYER,)), NAMED, "layers"),
        ("more layers than ours", ReportedSubject(diff_ids=(LAYER, LAYER)), NAMED, "mismatch"),
        ("other layers", ReportedSubject(diff_ids=(OTHER_DIGEST,)), ARCHIVE, "mismatch"),
        ("our name", ReportedSubject(repo_tags=(f"{NAME}:1.4",)), NAMED, "name"),
        ("our name, in its title", ReportedSubject(name=f"{NAME}:1.4"), NAMED, "name"),
        ("another tag", ReportedSubject(repo_tags=(f"{NAME}:1.5",)), NAMED, "mismatch"),
        ("no tag, which is latest", ReportedSubject(repo_tags=(NAME,)), NAMED, "mismatch"),
        (
            "any tag of an image by digest",
            ReportedSubject(repo_tags=(f"{NAME}:9",)),
            BY_DIGEST,
            "name",
        ),
        (
            "another registry",
            ReportedSubject(repo_tags=("evil.example/team/app:1.4",)),
            NAMED,
            "mismatch",
        ),
        (
            "a name that ours ends with",
            ReportedSubject(repo_tags=("registry.example/x/team/app:1.4",)),
            NAMED,
            "mismatch",
        ),
        (
            "our name without its registry, which others may have too",
            ReportedSubject(unqualified_names=("team/app:1.4",)),
            NAMED,
            "unknown",
        ),
        ("the end of our name", ReportedSubject(unqualified_names=("app:1.4",)), NAMED, "unknown"),
        (
            "a part of a word of it",
            ReportedSubject(unqualified_names=("p:1.4",)),
            NAMED,
            "mismatch",
        ),
        (
            "another tag without registry",
            ReportedSubject(unqualified_names=("app:1.5",)),
            NAMED,
            "mismatch",
        ),
        (
            "no tag and no registry, which is latest",
            ReportedSubject(unqualified_names=("app",)),
            NAMED,
            "mismatch",
        ),
        (
            "one of several names without registry",
            ReportedSubject(unqualified_names=("other:1", "app:1.4")),
            NAMED,
            "unknown",
        ),
        (
            "any tag without registry of an image by digest",
            ReportedSubject(unqualified_names=("app:9",)),
            BY_DIGEST,
            "unknown",
        ),
        ("nothing", ReportedSubject(), NAMED, "unknown"),
        ("a path", ReportedSubject(name="/srv/rootfs"), NAMED, "unknown"),
        (
            "a directory, under our name",
            ReportedSubject(other_than_image="directory", repo_tags=(f"{NAME}:1.4",)),
            NAMED,
            "mismatch",
        ),
        ("a name, and the archive has none", ReportedSubject(name="a:1"), ARCHIVE, "unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_report_is_matched_by_what_it_says_of_its_image(
    case: str, reported: ReportedSubject, evidence: ImageEvidence, how: str
) -> None:
    assert match_subject(reported, evidence).how == how


def test_a_mismatch_names_both_sides() -> None:
    match = match_subject(ReportedSubject(image_ids=(OTHER_DIGEST,)), NAMED)
    assert (match.found, match.expected) == (OTHER_DIGEST, IMAGE_ID)

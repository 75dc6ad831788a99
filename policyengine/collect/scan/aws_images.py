"""What Amazon's findings share: each names its resource, and a file has those of many."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from policyengine.collect.scan.fields import digests, plain, versions
from policyengine.model.scan import Misconfiguration, ReportedSubject, Vulnerability

EXPLOIT_WORDS: Final = {"NO": False, "YES": True}


@dataclass(slots=True)
class ResourceFindings:
    """What was found in one resource, gathered while findings are walked."""

    subject: ReportedSubject
    distribution: str | None = None
    vulnerabilities: list[Vulnerability] = field(default_factory=list)
    misconfigurations: list[Misconfiguration] = field(default_factory=list)


def ecr_image(
    *,
    account: str | None,
    region: str | None,
    repository: str | None,
    digest: str | None,
    tags: list[str],
) -> ReportedSubject:
    """Return the image of a repository of Amazon's registry."""
    registry = f"{account}.dkr.ecr.{region}.amazonaws.com"
    known = bool(account and region and repository)
    return ReportedSubject(
        name=f"{registry}/{repository}" if known else repository,
        digests=digests(digest),
        repo_tags=tuple(f"{registry}/{repository}:{tag}" for tag in tags) if known else (),
        unqualified_names=()
        if known or not repository
        else tuple(f"{repository}:{tag}" for tag in tags),
    )


def fixed_versions(word: str | None) -> tuple[str, ...]:
    """Return the fixed versions; ``NotAvailable`` is written for none."""
    return versions(None if word == "NotAvailable" else plain(word))


def package_version(version: str | None, release: str | None, epoch: str | int | None) -> str:
    """Return the whole version of a package; an epoch of 0 is that of a package without one."""
    whole = "-".join(part for part in (version, release) if part)
    return f"{epoch}:{whole}" if epoch and epoch != "0" else whole

"""Image references: the grammar of the OCI distribution specification with Docker's defaults.

Grammar and lengths: distribution/reference (``[domain/]path[:tag][@digest]``). The defaults are
Docker's: no domain is ``docker.io``, a one-part path there is ``library/PATH``. A missing tag is
kept missing: what it means is for the transport and for policies to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from policyengine.errors import InvalidReference

DOCKER_HUB = "docker.io"
_NAME_LENGTH = 255

_DOMAIN_PART = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = re.compile(
    rf"(?:{_DOMAIN_PART}(?:\.{_DOMAIN_PART})*|\[[0-9a-fA-F:]+\])(?::[0-9]{{1,5}})?"
)
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})")


def is_digest(text: str) -> bool:
    """Say whether ``text`` is a digest by a registered algorithm: sha256, sha384 or sha512."""
    return _DIGEST.fullmatch(text) is not None


def is_tag(text: str) -> bool:
    """Say whether ``text`` has the form of a tag, as the distribution specification gives it."""
    return _TAG.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReference:
    """A parsed reference. ``registry`` has a port where one was given."""

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> ImageReference:
        """Read ``text``; raise InvalidReference saying which part is wrong."""
        rest, at, digest = text.partition("@")
        if at and not is_digest(digest):
            raise InvalidReference(
                "the digest of an image reference is not valid",
                where=repr(text),
                found=repr(digest),
                expected="sha256: and 64 lower-case hexadecimal digits",
            )
        name, tag = _split_tag(rest)
        if tag is not None and not is_tag(tag):
            raise InvalidReference(
                "the tag of an image reference is not valid",
                where=repr(text),
                found=repr(tag),
                expected="up to 128 letters, digits, '_', '.', '-', not starting with '.' or '-'",
            )
        registry, repository = _split_domain(name)
        if _DOMAIN.fullmatch(registry) is None or _PATH.fullmatch(repository) is None:
            raise InvalidReference(
                "not an image reference",
                where=repr(text),
                found=repr(name),
                expected="[registry[:port]/]repository[:tag][@digest], the repository lower-case",
            )
        if len(name) > _NAME_LENGTH:
            raise InvalidReference(
                "the name of an image reference is too long",
                where=repr(text[:64] + "..."),
                found=f"{len(name)} characters",
                expected=f"at most {_NAME_LENGTH}",
            )
        return cls(registry=registry, repository=repository, tag=tag, digest=digest or None)

    @property
    def name(self) -> str:
        """Registry and repository, as in ``docker.io/library/alpine``."""
        return f"{self.registry}/{self.repository}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag is not None else ""
        digest = f"@{self.digest}" if self.digest is not None else ""
        return f"{self.name}{tag}{digest}"


def _split_tag(text: str) -> tuple[str, str | None]:
    head, colon, tag = text.rpartition(":")
    if not colon or "/" in tag or not head:
        return text, None
    return head, tag


def _split_domain(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    is_domain = bool(slash) and (
        "." in first or ":" in first or first == "localhost" or first != first.lower()
    )
    registry, repository = (first, rest) if is_domain else (DOCKER_HUB, name)
    if registry in {"index.docker.io", "registry-1.docker.io"}:
        registry = DOCKER_HUB
    if registry == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return registry, repository

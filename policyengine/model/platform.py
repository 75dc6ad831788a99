"""The platform of an image: operating system, architecture and variant, in Go's names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policyengine.errors import UsageError

_PART = re.compile(r"[a-z0-9_.]+")
# containerd/platforms: names that users type for Go's own.
_ARCHITECTURES = {
    "x86_64": ("amd64", None),
    "x86-64": ("amd64", None),
    "aarch64": ("arm64", None),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "i386": ("386", None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """``os/architecture[/variant]``, as in ``linux/arm/v7``."""

    os: str
    architecture: str
    variant: str | None = None

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read ``os/architecture[/variant]``; raise UsageError for anything else."""
        parts = text.lower().split("/")
        if len(parts) not in {2, 3} or any(_PART.fullmatch(part) is None for part in parts):
            raise UsageError(
                "not a platform", found=repr(text), expected="os/architecture[/variant]"
            )
        architecture, variant = _ARCHITECTURES.get(parts[1], (parts[1], None))
        return cls(
            os=parts[0],
            architecture=architecture,
            variant=parts[2] if len(parts) == 3 else variant,
        )

    def matches(self, other: Platform) -> bool:
        """Say whether an image of platform ``other`` serves a request for this one.

        arm64 and arm64/v8 are one platform; a request without a variant takes any.
        """
        if (self.os, self.architecture) != (other.os, other.architecture):
            return False
        return self.variant is None or self._variant() == other._variant()

    def _variant(self) -> str | None:
        return None if (self.architecture, self.variant) == ("arm64", "v8") else self.variant

    def __str__(self) -> str:
        parts = [self.os, self.architecture] + ([self.variant] if self.variant else [])
        return "/".join(parts)


DEFAULT_PLATFORM = Platform(os="linux", architecture="amd64")

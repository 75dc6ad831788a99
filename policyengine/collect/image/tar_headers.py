"""Tar headers that claim too much.

tarfile reads long names and PAX records whole, however large a header says they are.
"""

from __future__ import annotations

import tarfile
from typing import ClassVar

from policyengine.errors import LimitExceeded

_LIMIT = 4 * 1024 * 1024
_READ_WHOLE = frozenset(
    {
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
    }
)


def bounded_members(location: str) -> type[tarfile.TarInfo]:
    """Return the class of members for an archive at ``location``, which errors name."""
    return type("_Member", (_BoundedTarInfo,), {"location": location})


class _BoundedTarInfo(tarfile.TarInfo):
    """A member whose name and records are of a sane size."""

    location: ClassVar[str]

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _READ_WHOLE and self.size > _LIMIT:
            raise LimitExceeded(
                "has a tar header that claims to be huge",
                where=f"{self.location}: {self.name!r} at byte {self.offset}",
                found=f"{self.size} bytes",
                expected=f"at most {_LIMIT}",
            )
        if self.size < 0:
            raise tarfile.ReadError(f"a negative size at byte {self.offset}")
        member: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return member

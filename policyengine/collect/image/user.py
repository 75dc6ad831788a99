"""Who an image runs as: the text of ``User``, and what ``/etc/passwd`` makes of it.

The runtime's reading is followed (moby/sys/user, GetExecUser): the part before the colon is the
user, the part after it the group; a user that is in ``/etc/passwd`` by name is that entry; else a
decimal number is the uid. Where the text could be read as root by anyone, it counts as root.
"""

from __future__ import annotations

import re

from policyengine.model.image import ImageUser

# strconv.Atoi takes a sign and leading zeros: "00" and "+0" run as uid 0.
_NUMBER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_HIGHEST = 2**31 - 1


def user_of(text: str, *, passwd: bytes | None, group: bytes | None) -> ImageUser:
    """Return who ``text`` means.

    ``passwd`` and ``group`` are the files' content in the image; None where layers were not read,
    empty where the image has no such file.
    """
    name, _, group_name = text.strip().partition(":")
    gid = _gid(group_name, group)
    if name == "":
        return ImageUser(
            name=text, uid=0, gid=gid if group_name else 0, is_root=True, resolved_by="default"
        )
    entries = _passwd_entries(passwd or b"", name)
    if entries:
        _, uid, own_gid = entries[0]
        return ImageUser(
            name=text,
            uid=uid,
            gid=gid if group_name else own_gid,
            is_root=any(entry_uid == 0 for _, entry_uid, _ in entries),
            resolved_by="passwd",
        )
    if _NUMBER.fullmatch(name):
        uid = int(name)
        valid = 0 <= uid <= _HIGHEST
        return ImageUser(
            name=text,
            uid=uid if valid else None,
            gid=gid,
            is_root=uid == 0 if valid else None,
            resolved_by="number" if valid else None,
        )
    if name == "root":
        return ImageUser(name=text, uid=0, gid=gid, is_root=True, resolved_by="name")
    return ImageUser(name=text, uid=None, gid=gid, is_root=None, resolved_by=None)


def _passwd_entries(passwd: bytes, name: str) -> list[tuple[str, int, int]]:
    """Return (name, uid, gid) of the entries that ``name`` may mean, in the file's order.

    The runtime takes the first entry whose name or number it is.
    """
    entries = [
        (fields[0], _id(fields, 2), _id(fields, 3))
        for line in passwd.decode("utf-8", "surrogateescape").split("\n")
        if (fields := line.strip().split(":")) != [""]
    ]
    return [entry for entry in entries if name in {entry[0], str(entry[1])}]


def _id(fields: list[str], index: int) -> int:
    # The runtime reads a field that is missing or no number as 0, which is root.
    text = fields[index] if index < len(fields) else ""
    return min(int(text), _HIGHEST) if _NUMBER.fullmatch(text) else 0


def _gid(name: str, group: bytes | None) -> int | None:
    if not name:
        return None
    for line in (group or b"").decode("utf-8", "surrogateescape").split("\n"):
        fields = line.strip().split(":")
        if fields[0] == name:
            return _id(fields, 2)
    if _NUMBER.fullmatch(name) and 0 <= int(name) <= _HIGHEST:
        return int(name)
    return 0 if name == "root" else None

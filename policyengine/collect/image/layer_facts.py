"""What counts of the files of an image: by mode, by name, and for credentials by content."""

from __future__ import annotations

import re
from dataclasses import dataclass

import re2

from policyengine.collect.image.layer_files import Entry, FileSystem
from policyengine.model.evidence import EvidenceSource
from policyengine.model.layers import CredentialFile, LayerContent, LayerFile, LayerSummary

_SETUID, _SETGID, _STICKY, _ANYBODY_WRITES = 0o4000, 0o2000, 0o1000, 0o002
# Of larger files no content is searched: keys and credentials of tools are a few kilobytes.
SEARCHED = 256 * 1024

_FOLDERS = frozenset({"bin", "sbin", "busybox"})
_SHELLS = frozenset(
    {"sh", "ash", "bash", "busybox", "csh", "dash", "fish", "ksh", "mksh", "pwsh", "tcsh", "zsh"}
)
_PACKAGE_MANAGERS = frozenset(
    {"apk", "apt", "apt-get", "aptitude", "dnf", "dnf5", "dpkg", "microdnf", "nix-env", "opkg"}
    | {"pacman", "rpm", "tdnf", "yum", "zypper"}
    | {"gem", "npm", "pip", "pip3", "pnpm", "yarn"}
)
_DATABASES = (
    ("dpkg", re.compile(r"var/lib/dpkg/status(?:\.d/[^/]+)?")),
    ("apk", re.compile(r"(?:usr/)?lib/apk/db/installed")),
    (
        "rpm",
        re.compile(
            r"(?:var/lib/rpm|usr/(?:lib/sysimage|share)/rpm)/(?:Packages(?:\.db)?|rpmdb\.sqlite)"
        ),
    ),
    ("pacman", re.compile(r"var/lib/pacman/local/ALPM_DB_VERSION")),
    ("nix", re.compile(r"nix/var/nix/db/db\.sqlite")),
)
# Whose file it is, by the end of its path, and what in it is a credential: each of these.
_CREDENTIALS = tuple(
    (name, re.compile(rf"{ends}\Z"), tuple(map(re2.compile, says)))
    for name, ends, *says in (
        ("aws", r"(?:^|/)\.aws/credentials", rb"aws_secret_access_key\s*=\s*\S"),
        (
            "docker",
            r"(?:^|/)(?:\.docker/config\.json|\.dockercfg)",
            rb'"(?:auth|identitytoken|password)"\s*:\s*"[^"]',
        ),
        ("git", r"(?:^|/)\.git-credentials", rb"://[^\s/:@]*:[^\s@]+@"),
        (
            "kubernetes",
            r"(?:^|/)(?:\.kube/config|kubeconfig)",
            rb"(?:client-key-data|token|password)\s*:\s*\S",
        ),
        ("netrc", r"(?:^|/)[._]netrc", rb"\bpassword\s+\S"),
        ("npm", r"(?:^|/)\.npmrc", rb"(?:_authToken|_auth|_password)\s*=\s*[^\s$]"),
        ("pypi", r"(?:^|/)\.pypirc", rb"(?m)^\s*password\s*[=:]\s*\S"),
        ("postgresql", r"(?:^|/)\.pgpass", rb"(?m)^[^#\n]*:[^:\n]*:[^:\n]*:[^:\n]*:[^\n]"),
        ("mysql", r"(?:^|/)\.my\.cnf", rb"(?m)^\s*password\s*=\s*\S"),
        (
            "google-cloud",
            r"\.json",
            rb'"type"\s*:\s*"(?:service_account|authorized_user)"',
            rb'"(?:private_key|refresh_token)"\s*:\s*"[^"]',
        ),
        ("htpasswd", r"(?:^|/)\.?htpasswd", rb"(?m)^[^:\s#]+:\S"),
        (
            "environment",
            r"(?:^|/)\.env(?:\.[a-z]+)?",
            rb"(?im)^[^#\n]*(?:password|passwd|secret|token|api_?key)\w*\s*=\s*[\"']?[^\s\"'$]",
        ),
    )
)
_PRIVATE_KEY = re2.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----\s|PuTTY-User-Key-File-\d"
)


def credential(path: str, content: bytes) -> str | None:
    """Return what credential a file is: ``private_key``, or a tool's name; None for neither."""
    for name, ends, says in _CREDENTIALS:
        if ends.search(path) and all(pattern.search(content) for pattern in says):
            return name
    return "private_key" if _PRIVATE_KEY.search(content) else None


@dataclass(slots=True, kw_only=True)
class _Credential:
    path: str
    entry: Entry
    name: str
    removed_in: int | None = None


class LayerFacts:
    """Collects over all layers. Layers are known by their index here, the base is 0."""

    def __init__(self, diff_ids: tuple[str, ...]) -> None:
        self._diff_ids = diff_ids
        self._credentials: list[_Credential] = []
        self._open: dict[tuple[str, int], int] = {}
        self._files = [0] * len(diff_ids)
        self._size = [0] * len(diff_ids)
        self._wasted = [0] * len(diff_ids)
        self._gone = [0] * len(diff_ids)

    def added(self, entry: Entry) -> None:
        """Note an entry of a layer."""
        if entry.kind == "file":
            self._files[entry.layer] += 1
            self._size[entry.layer] += entry.size

    def found(self, path: str, name: str, entry: Entry) -> None:
        """Note a credential."""
        self._open[path, entry.layer] = len(self._credentials)
        self._credentials.append(_Credential(path=path, entry=entry, name=name))

    def linked(self, path: str, target: str, layer: int) -> None:
        """Note a hard link of ``layer``: a credential by another name."""
        for below in range(layer, -1, -1):
            index = self._open.get((target, below))
            if index is not None:
                known = self._credentials[index]
                self.found(path, known.name, known.entry)
                return

    def replaced(self, path: str, entry: Entry) -> None:
        """Note an entry that a later one of its name in the same layer replaces."""
        self._closed(path, entry, entry.layer)
        self._wasted[entry.layer] += entry.size

    def removed(self, path: str, entry: Entry, layer: int) -> None:
        """Note an entry that a layer removes or replaces."""
        self._gone[layer] += 1
        self._closed(path, entry, layer)
        entry.names -= 1
        if entry.kind == "file" and entry.names <= 0:
            self._wasted[entry.layer] += entry.size

    def _closed(self, path: str, entry: Entry, layer: int) -> None:
        index = self._open.pop((path, entry.layer), None)
        if index is not None:
            self._credentials[index].removed_in = layer

    def content(self, files: FileSystem, sources: tuple[EvidenceSource, ...]) -> LayerContent:
        """Return all that was found, with what ``files`` has in the end."""
        lists: dict[str, list[LayerFile]] = {
            name: [] for name in ("setuid", "setgid", "writable", "databases", "managers", "shells")
        }
        count = 0
        for path, entry in files.walk():
            count += entry.kind == "file"
            for name, recognised in _recognised(path, entry):
                lists[name].append(self._file(path, entry, recognised))
        return LayerContent(
            sources=sources,
            layers=tuple(
                LayerSummary(
                    diff_id=diff_id,
                    files=self._files[index],
                    size=self._size[index],
                    wasted=self._wasted[index],
                    removed=self._gone[index],
                )
                for index, diff_id in enumerate(self._diff_ids)
            ),
            files=count,
            size=sum(self._size),
            wasted=sum(self._wasted),
            setuid=tuple(lists["setuid"]),
            setgid=tuple(lists["setgid"]),
            world_writable=tuple(lists["writable"]),
            credentials=self._credential_files(),
            package_databases=tuple(lists["databases"]),
            package_managers=tuple(lists["managers"]),
            shells=tuple(lists["shells"]),
        )

    def _credential_files(self) -> tuple[CredentialFile, ...]:
        by_place = sorted(self._credentials, key=lambda item: (item.path, item.entry.layer))
        return tuple(
            CredentialFile(
                path=f"/{item.path}",
                layer=self._diff_ids[item.entry.layer],
                name=item.name,
                size=item.entry.size,
                removed_in=None if item.removed_in is None else self._diff_ids[item.removed_in],
            )
            for item in by_place
        )

    def _file(self, path: str, entry: Entry, name: str | None) -> LayerFile:
        return LayerFile(
            path=f"/{path}",
            layer=self._diff_ids[entry.layer],
            kind=entry.kind,
            mode=entry.mode,
            uid=entry.uid,
            gid=entry.gid,
            size=entry.size,
            name=name,
        )


def _recognised(path: str, entry: Entry) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    kind, mode = entry.kind, entry.mode
    if kind == "file":
        if mode & _SETUID:
            found.append(("setuid", None))
        if mode & _SETGID:
            found.append(("setgid", None))
    # In a sticky directory nobody but its owner removes a file.
    sticky = kind == "directory" and mode & _STICKY
    if kind in {"file", "directory"} and mode & _ANYBODY_WRITES and not sticky:
        found.append(("writable", None))
    if kind in {"file", "symlink"}:
        folder, _, base = path.rpartition("/")
        if folder.rpartition("/")[2] in _FOLDERS:
            if base in _SHELLS:
                found.append(("shells", base))
            if base in _PACKAGE_MANAGERS:
                found.append(("managers", base))
        found += [("databases", name) for name, at in _DATABASES if at.fullmatch(path)]
    return found

"""What is found in the layers of an image, and what a later layer hides of it."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from policyengine.collect.image.layers import read_layers
from policyengine.errors import MalformedEvidence
from policyengine.model.layers import LayerContent, LayerFile
from policyengine.model.limits import DEFAULT_LIMITS
from tests.image_files import digest, special, tar

KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"


def entry(kind: bytes = tarfile.REGTYPE, target: str = "", **changes: Any) -> tarfile.TarInfo:
    member = special(kind, target)
    for name, value in changes.items():
        setattr(member, name, value)
    return member


def content(*layers: bytes) -> LayerContent:
    opened = [(digest(data), lambda data=data: iter([data])) for data in layers]
    return read_layers(opened, where="image", limits=DEFAULT_LIMITS)[2]


def paths(files: tuple[LayerFile, ...]) -> list[str]:
    return [item.path for item in files]


def credentials(*layers: bytes) -> list[tuple[str, str, bool]]:
    return [
        (item.path, item.name, item.removed_in is not None) for item in content(*layers).credentials
    ]


def test_files_with_more_rights_are_found_with_mode_owner_and_layer() -> None:
    base = tar({"bin/su": entry(mode=0o4755, uid=0), "bin/wall": entry(mode=0o2755, gid=5)})
    top = tar({"opt/both": entry(mode=0o6711, uid=7)})
    found = content(base, top)
    assert [(item.path, item.mode, item.uid, item.layer) for item in found.setuid] == [
        ("/bin/su", 0o4755, 0, digest(base)),
        ("/opt/both", 0o6711, 7, digest(top)),
    ]
    assert [(item.path, item.gid) for item in found.setgid] == [("/bin/wall", 5), ("/opt/both", 0)]


def test_what_anybody_may_write_is_found_but_for_sticky_directories_and_links() -> None:
    found = content(
        tar(
            {
                "tmp": entry(tarfile.DIRTYPE, mode=0o1777),
                "data": entry(tarfile.DIRTYPE, mode=0o777),
                "data/file": entry(mode=0o666),
                "link": entry(tarfile.SYMTYPE, "data", mode=0o777),
                "fine": entry(mode=0o664),
                "setgid": entry(tarfile.DIRTYPE, mode=0o2777),
            }
        )
    )
    assert paths(found.world_writable) == ["/data", "/data/file", "/setgid"]
    # On a directory the bit says whose group new files have.
    assert found.setgid == ()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("var/lib/dpkg/status", "dpkg"),
        ("var/lib/dpkg/status.d/base", "dpkg"),
        ("lib/apk/db/installed", "apk"),
        ("usr/lib/apk/db/installed", "apk"),
        ("var/lib/rpm/rpmdb.sqlite", "rpm"),
        ("usr/lib/sysimage/rpm/Packages.db", "rpm"),
        ("var/lib/pacman/local/ALPM_DB_VERSION", "pacman"),
        ("nix/var/nix/db/db.sqlite", "nix"),
        ("home/var/lib/dpkg/status", None),
        ("var/lib/dpkg/status-old", None),
    ],
)
def test_package_databases_are_known_by_their_place(name: str, kind: str | None) -> None:
    found = content(tar({name: b"x"})).package_databases
    assert [(item.path, item.name) for item in found] == ([(f"/{name}", kind)] if kind else [])


def test_shells_and_package_managers_are_known_by_name_in_folders_of_programs() -> None:
    found = content(
        tar(
            {
                "bin/busybox": b"x",
                "bin/sh": entry(tarfile.SYMTYPE, "busybox"),
                "usr/bin/apt-get": b"x",
                "opt/tools/bin/bash": b"x",
                "etc/bash": b"x",
                "bin/zsh": entry(tarfile.DIRTYPE),
                "usr/local/bin/pip3": b"x",
            }
        )
    )
    assert [(item.path, item.name) for item in found.shells] == [
        ("/bin/busybox", "busybox"),
        ("/bin/sh", "sh"),
        ("/opt/tools/bin/bash", "bash"),
    ]
    assert paths(found.package_managers) == ["/usr/bin/apt-get", "/usr/local/bin/pip3"]


@pytest.mark.parametrize(
    ("path", "data", "name"),
    [
        ("root/.ssh/id_ed25519", KEY, "private_key"),
        ("srv/tls.pem", b"cert\n-----BEGIN RSA PRIVATE KEY-----\nx", "private_key"),
        ("srv/key", b"-----BEGIN PRIVATE KEY-----\nx", "private_key"),
        ("srv/key.ppk", b"PuTTY-User-Key-File-3: ssh-rsa", "private_key"),
        ("srv/key.asc", b"-----BEGIN PGP PRIVATE KEY BLOCK-----\nx", "private_key"),
        ("srv/public", b"-----BEGIN PUBLIC KEY-----\nx", None),
        ("srv/doc", b"a line with PRIVATE KEY in it", None),
        ("root/.aws/credentials", b"aws_secret_access_key = abc", "aws"),
        ("root/.aws/credentials", b"[default]\n", None),
        ("root/.docker/config.json", b'{"auths": {"a": {"auth": "Zm8="}}}', "docker"),
        ("root/.docker/config.json", b'{"auths": {"a": {}}, "credsStore": "x"}', None),
        ("root/.git-credentials", b"https://me:token@host\n", "git"),
        ("root/.kube/config", b"users:\n- user:\n    token: abc\n", "kubernetes"),
        ("root/.netrc", b"machine a login b password c", "netrc"),
        ("app/.npmrc", b"//r/:_authToken=npm_abc", "npm"),
        ("app/.npmrc", b"//r/:_authToken=${NPM_TOKEN}", None),
        ("root/.pypirc", b"[a]\nusername=b\npassword=c\n", "pypi"),
        ("root/.pgpass", b"host:5432:db:user:secret\n", "postgresql"),
        ("root/.my.cnf", b"[client]\npassword=x\n", "mysql"),
        ("app/sa.json", b'{"type": "service_account", "private_key": "-----"}', "google-cloud"),
        ("app/package.json", b'{"type": "module", "private_key": "x"}', None),
        ("etc/nginx/.htpasswd", b"me:$apr1$x\n", "htpasswd"),
        ("app/.env", b"A=1\nDB_PASSWORD=hunter2\n", "environment"),
        ("app/.env.production", b"export API_KEY='abc'\n", "environment"),
        ("app/.env", b"A=1\n# DB_PASSWORD=x\nTOKEN=$OTHER\n", None),
    ],
)
def test_a_credential_is_known_by_name_and_content(
    path: str, data: bytes, name: str | None
) -> None:
    expected = [] if name is None else [(f"/{path}", name, False)]
    assert credentials(tar({path: data})) == expected


@pytest.mark.parametrize(
    ("later", "removed"),
    [
        pytest.param({"srv/.wh.key": b""}, True, id="whiteout"),
        pytest.param({".wh.srv": b""}, True, id="whiteout of the directory"),
        pytest.param({"srv/.wh..wh..opq": b""}, True, id="opaque directory"),
        pytest.param({"srv/key": b"nothing"}, True, id="replaced"),
        pytest.param({"srv": b"a file"}, True, id="directory replaced by a file"),
        pytest.param({"srv/other": b"x"}, False, id="left alone"),
        pytest.param({"srv": entry(tarfile.DIRTYPE)}, False, id="directory on directory"),
        pytest.param({"srv2/.wh.key": b""}, False, id="whiteout elsewhere"),
    ],
)
def test_a_key_that_a_later_layer_hides_is_still_found(
    later: dict[str, bytes | tarfile.TarInfo], removed: bool
) -> None:
    assert credentials(tar({"srv/key": KEY}), tar(later)) == [("/srv/key", "private_key", removed)]


def test_a_whiteout_hides_nothing_of_its_own_layer() -> None:
    assert credentials(tar([("srv/key", KEY), ("srv/.wh.key", b"")])) == [
        ("/srv/key", "private_key", False)
    ]


def test_a_key_that_stands_twice_in_a_layer_is_found_twice() -> None:
    found = content(tar([("srv/key", KEY), ("srv/key", b"x")])).credentials
    assert [item.removed_in for item in found] == [found[0].layer]


def test_a_key_by_another_name_stays_when_the_first_is_removed() -> None:
    both = tar([("srv/key", KEY), ("srv/again", entry(tarfile.LNKTYPE, "srv/key"))])
    assert credentials(both, tar({"srv/.wh.key": b""})) == [
        ("/srv/again", "private_key", False),
        ("/srv/key", "private_key", True),
    ]


def test_a_hard_link_has_the_rights_of_its_file_and_takes_no_room() -> None:
    base = tar([("bin/su", b"12345")])
    su = entry(mode=0o4755, size=0)
    found = content(
        tar([("bin/su", su), ("opt/su", entry(tarfile.LNKTYPE, "bin/su"))]),
    )
    assert paths(found.setuid) == ["/bin/su", "/opt/su"]
    linked = content(base, tar([("opt/su", entry(tarfile.LNKTYPE, "./bin/su"))]))
    assert (linked.files, linked.size, linked.wasted) == (2, 5, 0)


def test_sizes_are_of_all_layers_and_wasted_is_what_is_hidden() -> None:
    base = tar({"a": b"123", "b": b"12345", "dir/c": b"1"})
    top = tar({"a": b"1234567", ".wh.dir": b""})
    found = content(base, top)
    assert (found.files, found.size, found.wasted) == (2, 16, 4)
    first, second = found.layers
    assert (first.files, first.size, first.wasted, first.removed) == (3, 9, 4, 0)
    assert (second.files, second.size, second.wasted, second.removed) == (1, 7, 0, 3)


def test_a_link_of_a_lower_layer_is_no_directory_of_a_later_one() -> None:
    base = tar([("bin", entry(tarfile.SYMTYPE, "usr/bin"))])
    found = content(base, tar({"bin/bash": b"x"}))
    assert paths(found.shells) == ["/bin/bash"]


@pytest.mark.parametrize("packed", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_compressed_layers_are_read(packed: Any) -> None:
    layer = tar({"bin/bash": b"x"})
    opened = [(digest(layer), lambda: iter([packed(layer)]))]
    found = read_layers(opened, where="image", limits=DEFAULT_LIMITS)[2]
    assert paths(found.shells) == ["/bin/bash"]
    assert [item.sha256 for item in found.sources] == [digest(layer).partition(":")[2]]


@pytest.mark.parametrize(
    "member",
    [
        pytest.param(("../etc/passwd", b""), id="name"),
        pytest.param(("a", entry(tarfile.LNKTYPE, "../../etc/passwd")), id="hard link"),
        pytest.param(("a/" * 3000 + "b", b""), id="long"),
    ],
)
def test_a_name_that_leads_out_or_is_too_long_is_refused(member: Any) -> None:
    with pytest.raises(MalformedEvidence):
        content(tar([member]))


_NAMES = st.sampled_from(
    ["a", "b", "a/b", "a/c", "a/b/c", "b/a", ".wh.a", "a/.wh.b", "a/.wh..wh..opq"]
)
_LAYERS = st.lists(
    st.lists(st.tuples(_NAMES, st.sampled_from(["file", "dir", "link"])), max_size=5),
    min_size=1,
    max_size=4,
)


def _unpacked(layers: list[list[tuple[str, str]]]) -> set[str]:
    """Return the files that there are in the end: the specification, taken word by word."""
    there: dict[str, str] = {}
    for layer in layers:
        upper: dict[str, str] = {}
        for name, kind in layer:
            base = name.rpartition("/")[2]
            if not base.startswith(".wh."):
                upper.pop(name, None)
                upper[name] = kind
        for name, _ in layer:
            parent, _, base = name.rpartition("/")
            if base == ".wh..wh..opq":
                there = {path: kind for path, kind in there.items() if not _in(path, parent)}
        for name, _ in layer:
            parent, _, base = name.rpartition("/")
            if base.startswith(".wh.") and base != ".wh..wh..opq":
                gone = f"{parent}/{base[4:]}" if parent else base[4:]
                there = {
                    path: kind
                    for path, kind in there.items()
                    if path != gone and not _in(path, gone)
                }
        for name, kind in upper.items():
            parts = name.split("/")
            above = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
            there = {path: old for path, old in there.items() if path not in above or old == "dir"}
            if kind != "dir":
                there = {path: old for path, old in there.items() if not _in(path, name)}
            there.update(dict.fromkeys(above - there.keys(), "dir"))
            there[name] = kind
    return {path for path, kind in there.items() if kind == "file"}


def _in(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/") or not folder


@given(_LAYERS)
def test_the_files_in_the_end_are_those_of_the_specification(
    layers: list[list[tuple[str, str]]],
) -> None:
    kinds = {"dir": tarfile.DIRTYPE, "link": tarfile.SYMTYPE}
    written = []
    for number, layer in enumerate(layers):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, kind in layer:
                member = tarfile.TarInfo(name)
                member.type = kinds.get(kind, tarfile.REGTYPE)
                member.mode = 0o666 if kind == "file" else 0o755
                member.linkname = "x" if kind == "link" else ""
                member.mtime = number
                archive.addfile(member)
        written.append(buffer.getvalue())
    assert set(paths(content(*written).world_writable)) == {
        f"/{path}" for path in _unpacked(layers)
    }

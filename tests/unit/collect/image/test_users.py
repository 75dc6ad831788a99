"""Root is told from others, also where somebody tries to hide it."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

import pytest
import zstandard

from policyengine.collect.image.user import user_of
from policyengine.errors import EvidenceError, IntegrityError, LimitExceeded, MalformedEvidence
from policyengine.model.limits import ReadLimits
from tests.image_files import BuiltImage, Entry, digest, special, tar, to_json, write_directory
from tests.unit.collect.image.conftest import Read

PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n"
GROUP = b"root:x:0:\nstaff:x:50:\n"


@pytest.mark.parametrize(
    ("text", "uid", "gid", "is_root"),
    [
        ("", 0, 0, True),
        ("0", 0, None, True),
        ("0:0", 0, 0, True),
        ("00", 0, None, True),
        ("+0", 0, None, True),
        ("-0", 0, None, True),
        (" 0 ", 0, None, True),
        (":1000", 0, 1000, True),
        ("root", 0, None, True),
        ("root:1000", 0, 1000, True),
        ("1000", 1000, None, False),
        ("1000:0", 1000, 0, False),
        ("65532:65532", 65532, 65532, False),
        ("app", None, None, None),
        ("Root", None, None, None),
        ("toor", None, None, None),
        ("0x0", None, None, None),
        ("\u0660", None, None, None),
        ("-1", None, None, None),
        ("99999999999", None, None, None),
    ],
)
def test_a_user_without_the_layers(
    text: str, uid: int | None, gid: int | None, is_root: bool | None
) -> None:
    user = user_of(text, passwd=None, group=None)
    assert (user.uid, user.gid, user.is_root) == (uid, gid, is_root)


@pytest.mark.parametrize(
    ("text", "passwd", "uid", "is_root"),
    [
        ("app", PASSWD, 1000, False),
        ("toor", PASSWD, 0, True),
        ("app:root", PASSWD, 1000, False),
        ("ghost", PASSWD, None, None),
        ("1000", PASSWD, 1000, False),
        ("4711", PASSWD, 4711, False),
        # An entry that is named like a number.
        ("1000", b"1000:x:0:0::/:\n", 0, True),
        ("0", b"root:x:0:0::/:\n0:x:1000:1000::/:\n", 0, True),
        # What the runtime cannot read as a number it takes for 0.
        ("app", b"app:x::1000::/:\n", 0, True),
        ("app", b"app:x:none:1000::/:\n", 0, True),
        ("app", b"app\n", 0, True),
        # Two entries of one name: root if either is.
        ("app", b"app:x:1000:1000::/:\napp:x:0:0::/:\n", 1000, True),
        # Odd bytes and line ends.
        ("app", b"\xff\xfe:x:0:0\napp:x:1000:1000::/:\r\n", 1000, False),
        ("app", b"# app:x:0:0\n\n  app:x:1000:1000::/:\n", 1000, False),
        ("app", b"x:y\x0bapp:x:1000:1000\napp:x:0:0", 0, True),
        ("app", b"", None, None),
    ],
)
def test_a_user_by_the_passwd_of_the_image(
    text: str, passwd: bytes, uid: int | None, is_root: bool | None
) -> None:
    user = user_of(text, passwd=passwd, group=GROUP)
    assert (user.uid, user.is_root) == (uid, is_root)


def test_a_group_is_looked_up() -> None:
    assert user_of("app:staff", passwd=PASSWD, group=GROUP).gid == 50
    assert user_of("app", passwd=PASSWD, group=GROUP).gid == 1000


def link(target: str) -> tarfile.TarInfo:
    return special(tarfile.SYMTYPE, target)


def hard(target: str) -> tarfile.TarInfo:
    return special(tarfile.LNKTYPE, target)


Layer = list[tuple[str, Entry]]
ROOT = b"app:x:0:0::/:\n"
OTHER = b"app:x:1000:1000::/:\n"


@pytest.mark.parametrize(
    ("case", "layers", "uid", "is_root"),
    [
        ("a file", [[("etc/passwd", OTHER)]], 1000, False),
        ("with a dot in front", [[("./etc/passwd", OTHER)]], 1000, False),
        ("absolute", [[("/etc/passwd", ROOT)]], 0, True),
        ("the upper layer wins", [[("etc/passwd", OTHER)], [("etc/passwd", ROOT)]], 0, True),
        ("removed", [[("etc/passwd", OTHER)], [("etc/.wh.passwd", b"")]], None, None),
        ("removed with its folder", [[("etc/passwd", OTHER)], [(".wh.etc", b"")]], None, None),
        ("made opaque", [[("etc/passwd", OTHER)], [("etc/.wh..wh..opq", b"")]], None, None),
        (
            "opaque, and written anew before the mark",
            [[("etc/passwd", OTHER)], [("etc/passwd", ROOT), ("etc/.wh..wh..opq", b"")]],
            0,
            True,
        ),
        ("a link", [[("etc/passwd", link("passwd.real")), ("etc/passwd.real", ROOT)]], 0, True),
        (
            "an absolute link",
            [[("usr/lib/passwd", ROOT), ("etc/passwd", link("/usr/lib/passwd"))]],
            0,
            True,
        ),
        ("a linked folder", [[("etc", link("usr/etc")), ("usr/etc/passwd", ROOT)]], 0, True),
        (
            "a loop of links",
            [[("etc/passwd", link("group")), ("etc/group", link("passwd"))]],
            None,
            None,
        ),
        ("a link out of the image", [[("etc/passwd", link("../../../etc/passwd"))]], None, None),
        ("a hard link", [[("etc/real", ROOT), ("etc/passwd", hard("etc/real"))]], 0, True),
        (
            "a hard link whose other name changes later",
            [[("etc/real", ROOT), ("etc/passwd", hard("etc/real"))], [("etc/real", OTHER)]],
            0,
            True,
        ),
        ("twice in one layer", [[("etc/passwd", OTHER), ("etc/passwd", ROOT)]], 0, True),
        (
            "replaced by a folder",
            [[("etc/passwd", OTHER)], [("etc/passwd", special(tarfile.DIRTYPE))]],
            None,
            None,
        ),
        (
            "replaced by a device",
            [[("etc/passwd", OTHER)], [("etc/passwd", special(tarfile.CHRTYPE))]],
            None,
            None,
        ),
        ("no such file", [[("etc/hostname", b"x")]], None, None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_the_passwd_that_a_container_would_see(
    read: Read,
    tmp_path: Path,
    case: str,
    layers: list[Layer],
    uid: int | None,
    is_root: bool | None,
    packed: bool,
) -> None:
    built = BuiltImage(
        config={"User": "app"}, layers=[tar(layer) for layer in layers], packed=packed
    )
    write_directory(tmp_path, built.oci_files())
    user = read(f"oci:{tmp_path}", layers=True).image.user
    assert (user.uid, user.is_root) == (uid, is_root)


def test_zstd_layers_are_read(read: Read, tmp_path: Path) -> None:
    layer = tar({"etc/passwd": OTHER})
    packed = zstandard.ZstdCompressor().compress(layer)
    built = BuiltImage(config={"User": "app"}, layers=[layer])
    files = built.docker_files()
    files["layer0/layer.tar"] = packed
    (tmp_path / "i.tar").write_bytes(tar(files))
    assert read(str(tmp_path / "i.tar"), layers=True).image.user.uid == 1000


def test_layers_are_not_read_unless_asked_for(read: Read, tmp_path: Path) -> None:
    built = BuiltImage(config={"User": "app"}, layers=[tar({"etc/passwd": OTHER})])
    files = built.oci_files()
    files[f"blobs/{digest(built.layers[0]).replace(':', '/')}"] = b"altered"
    write_directory(tmp_path, files)
    assert read(f"oci:{tmp_path}").image.user.uid is None
    with pytest.raises(IntegrityError):
        read(f"oci:{tmp_path}", layers=True)


@pytest.mark.parametrize(
    ("case", "layer", "error", "message"),
    [
        ("no tar", b"not a tar at all" * 100, MalformedEvidence, "not a whole tar"),
        ("cut", tar({"etc/passwd": OTHER * 100})[:1200], MalformedEvidence, "not a whole tar"),
        ("cut gzip", gzip.compress(tar({"a": b"x" * 9000}))[:-20], MalformedEvidence, "gzip"),
        ("a name that leads out", tar({"../etc/passwd": ROOT}), MalformedEvidence, "leads out"),
        (
            "a passwd of 32 MiB",
            tar({"etc/passwd": bytes(32 * 1024**2)}),
            LimitExceeded,
            "too large",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_layer_that_does_not_hold_is_refused(
    read: Read, tmp_path: Path, case: str, layer: bytes, error: type[EvidenceError], message: str
) -> None:
    built = BuiltImage(config={"User": "app"}, layers=[layer])
    (tmp_path / "i.tar").write_bytes(tar(built.docker_files()))
    with pytest.raises(error) as caught:
        read(str(tmp_path / "i.tar"), layers=True)
    assert message in str(caught.value)


def test_a_layer_that_is_not_its_diff_id_is_refused(read: Read, tmp_path: Path) -> None:
    files = BuiltImage(config={"User": "app"}).docker_files()
    files["layer0/layer.tar"] = tar({"etc/passwd": OTHER})
    (tmp_path / "i.tar").write_bytes(tar(files))
    with pytest.raises(IntegrityError, match="not what the configuration says"):
        read(str(tmp_path / "i.tar"), layers=True)


def test_layers_that_unpack_without_end_are_refused(read: Read, tmp_path: Path) -> None:
    built = BuiltImage(layers=[tar({"zeros": bytes(32 * 1024**2)})], packed=True)
    write_directory(tmp_path, built.oci_files())
    with pytest.raises(LimitExceeded, match="unpack to too many bytes"):
        read(f"oci:{tmp_path}", layers=True, limits=ReadLimits(layer_bytes=1024**2))


def test_a_manifest_may_list_a_layer_twice(read: Read, tmp_path: Path) -> None:
    layer = tar({"etc/passwd": OTHER})
    built = BuiltImage(config={"User": "app"}, layers=[layer, layer])
    config = built.configuration()
    files = {
        "l.tar": layer,
        f"{digest(config)[7:]}.json": config,
        "manifest.json": to_json(
            [{"Config": f"{digest(config)[7:]}.json", "RepoTags": None, "Layers": ["l.tar"] * 2}]
        ),
    }
    (tmp_path / "i.tar").write_bytes(tar(files))
    assert read(str(tmp_path / "i.tar"), layers=True).image.user.uid == 1000

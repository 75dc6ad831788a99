"""What a bundle's directory may hold, and what is refused of it."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policyengine.bundle import files, open_bundle
from policyengine.errors import BundleError, BundleFormatError
from policyengine.model.policy import PolicyBundle
from tests.bundle_files import RULE, manifest, write_bundle


def opened(folder: Path, library: Path | None = None) -> PolicyBundle:
    if library is None:
        return open_bundle(str(folder), parameters={})
    return open_bundle(str(folder), parameters={}, library=library)


def with_manifest(folder: Path, document: Any) -> Path:
    return write_bundle(folder, files={".manifest": json.dumps(document).encode()})


def changed(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    document = manifest()
    target = document
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    return document


OWN = ("metadata", "policyengine")


def test_a_bundle_tells_who_it_is(tmp_path: Path) -> None:
    identity = opened(write_bundle(tmp_path)).identity
    assert (identity.name, identity.version, identity.revision) == ("acme", "1.2.3", "r7")
    assert len(identity.digest) == 64


def test_the_revision_is_the_version_where_none_is_given(tmp_path: Path) -> None:
    document = manifest()
    del document["revision"]
    assert opened(with_manifest(tmp_path, document)).identity.revision == "1.2.3"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("revison",), "1", "did you mean revision?"),
        ((*OWN, "entrypoint"), ["acme"], "did you mean entrypoints?"),
        ((*OWN, "name"), None, "/metadata/policyengine/name"),
        ((*OWN, "name"), 7, "/metadata/policyengine/name"),
        ((*OWN, "name"), "two words", "letters, digits, dots"),
        ((*OWN, "name"), "", "/metadata/policyengine/name"),
        ((*OWN, "name"), "a\x1b[2Jb", "letters, digits, dots"),
        ((*OWN, "version"), "1.2", "a semantic version"),
        ((*OWN, "version"), "1.2.3\n", "a semantic version"),
        ((*OWN, "version"), 1, "/metadata/policyengine/version"),
        ((*OWN, "version"), "01.2.3", "a semantic version"),
        ((*OWN, "version"), "1.2.3.4", "a semantic version"),
        ((*OWN, "version"), "\u0661.\u0662.\u0663", "a semantic version"),
        ((*OWN, "view"), "registri", "unified or docker-inspect or registry"),
        ((*OWN, "entrypoints"), "acme", "/metadata/policyengine/entrypoints"),
        ((*OWN, "evidence"), "image", "/metadata/policyengine/evidence"),
        ((*OWN, "evidence"), ["scans"], "/metadata/policyengine/evidence/0"),
        ((*OWN, "evidence"), ["image", None], "/metadata/policyengine/evidence/1"),
        ((*OWN, "entrypoints"), [1], "/metadata/policyengine/entrypoints/0"),
        ((*OWN, "include"), {"a": 1}, "/metadata/policyengine/include"),
        ((*OWN, "parameters"), ["a"], "/metadata/policyengine/parameters"),
        ((*OWN, "parameters"), "user.rego", "a JSON file of its own"),
        ((*OWN, "parameters"), "user_test.rego", "a JSON file of its own"),
        ((*OWN, "parameters"), ".manifest", "a JSON file of its own"),
        ((*OWN, "parameters"), "data.json", "a JSON file of its own"),
        ((*OWN, "parameters"), "acme/data.json", "a JSON file of its own"),
        (("wasm",), [{"entrypoint": "acme", "module": "policy.wasm"}], "policies in Rego"),
        (("file_rego_versions",), {"/user.rego": 3}, "file_rego_versions//user.rego"),
        (("file_rego_versions",), {"/user.rego": True}, "is no version of Rego"),
        (("file_rego_versions",), {"/[user.rego": 0}, "is no glob"),
        (("file_rego_versions",), ["/user.rego"], "no object of globs"),
        (("rego_version",), 3, "0, 1 or 2"),
        (("rego_version",), True, "/rego_version"),
        (("rego_version",), "1", "/rego_version"),
        (("roots",), "acme", "/roots"),
        (("roots",), ["acme", 3], "/roots/1"),
        (("metadata",), [], "/metadata"),
        (("metadata",), {}, "/metadata/policyengine"),
        (OWN, "acme", "/metadata/policyengine"),
    ],
)
def test_a_wrong_manifest_is_refused_with_the_place(
    path: tuple[str, ...], value: Any, said: str, tmp_path: Path
) -> None:
    with pytest.raises(BundleFormatError) as caught:
        opened(with_manifest(tmp_path, changed(path, value)))
    assert said in str(caught.value)
    assert ".manifest" in str(caught.value)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"{", "at byte 1"),
        (b"[]", "object"),
        (b"null", "object"),
        (b'{"revision": "a", "revision": "b"}', "revision"),
        (b'{"revision": NaN}', "NaN"),
        (b'{"revision": "\xff"}', "UTF-8"),
        (b'{"metadata": ' + b"[" * 5000 + b"]" * 5000 + b"}", "deep"),
    ],
)
def test_a_manifest_that_is_no_strict_json_is_refused(
    data: bytes, said: str, tmp_path: Path
) -> None:
    with pytest.raises(BundleFormatError) as caught:
        opened(write_bundle(tmp_path, files={".manifest": data}))
    assert said in str(caught.value)


def test_a_directory_without_a_manifest_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "a.rego").write_text(RULE)
    with pytest.raises(BundleFormatError, match=r"no \.manifest"):
        opened(tmp_path)


@pytest.mark.parametrize("name", ["baselin", "./nowhere", "", "/dev/null", "../../etc"])
def test_a_name_that_is_no_bundle_is_refused(name: str) -> None:
    with pytest.raises(BundleFormatError):
        open_bundle(name, parameters={})


def test_a_misspelt_bundle_is_told_the_nearest() -> None:
    with pytest.raises(BundleFormatError, match="did you mean baseline"):
        open_bundle("basline", parameters={})


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ({}, "without Rego modules"),
        ({"only_test.rego": RULE}, "without Rego modules"),
        ({"a.rego": "package acme.a\n\nhelper := 1\n"}, "without a rule that decides"),
        ({"a.rego": "package acme.a\n\ndenied := true\n"}, "without a rule that decides"),
        ({"a.rego": "package acme.a\n\ndeny(x) := x\n"}, "without a rule that decides"),
    ],
)
def test_a_bundle_that_could_not_deny_anything_is_refused(
    modules: dict[str, str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(BundleFormatError, match=said):
        opened(write_bundle(tmp_path, modules))


@pytest.mark.parametrize("entrypoint", ["acme.usr", "nowhere", "", "data.", "acme.user.deny"])
def test_an_entrypoint_that_names_nothing_is_refused(entrypoint: str, tmp_path: Path) -> None:
    with pytest.raises(BundleFormatError, match="entrypoint"):
        opened(write_bundle(tmp_path, entrypoints=["acme.user", entrypoint]))


def test_rules_outside_of_the_entrypoints_do_not_decide(tmp_path: Path) -> None:
    other = 'package acme.other\n\ndeny contains "never"\n'
    bundle = opened(
        write_bundle(
            tmp_path, {"user.rego": RULE, "other.rego": other}, entrypoints=["data.acme.user"]
        )
    )
    assert [rule.package for rule in bundle.rules] == [("acme", "user")]


def test_an_entrypoint_is_a_whole_name_not_its_beginning(tmp_path: Path) -> None:
    longer = 'package acme.username\n\ndeny contains "never"\n'
    bundle = opened(
        write_bundle(tmp_path, {"a.rego": RULE, "b.rego": longer}, entrypoints=["acme.user"])
    )
    assert [rule.package for rule in bundle.rules] == [("acme", "user")]


@pytest.mark.parametrize(
    ("roots", "said"),
    [
        (["other"], "outside of the roots"),
        (["acm"], "outside of the roots"),
        (["acme/user/deep"], "outside of the roots"),
        (["acme.user"], "outside of the roots"),
        ([], "outside of the roots"),
        (["acme", "acme/user"], "overlap"),
        (["acme", "acme"], "overlap"),
        (["", "acme"], "overlap"),
    ],
)
def test_a_bundle_keeps_to_its_roots(roots: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(BundleFormatError, match=said):
        opened(with_manifest(tmp_path, changed(("roots",), roots)))


@pytest.mark.parametrize("roots", [None, ["acme"], ["acme/user"], [""], ["/acme/"]])
def test_roots_that_hold_every_package_are_accepted(
    roots: list[str] | None, tmp_path: Path
) -> None:
    assert opened(with_manifest(tmp_path, changed(("roots",), roots))).rules


def test_data_outside_of_the_roots_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleFormatError, match="outside of the roots"):
        opened(write_bundle(tmp_path, files={"data.json": b'{"other": 1}'}))


def test_data_lies_under_the_path_of_its_folder(tmp_path: Path) -> None:
    bundle = opened(write_bundle(tmp_path, files={"acme/lists/data.json": b'{"names": ["a"]}'}))
    assert bundle.data == {"acme": {"lists": {"names": ["a"]}}}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"acme/data.json": b"[1]"}, "not a JSON object"),
        ({"acme/data.json": b'{"a": 1, "a": 2}'}, "a"),
        ({"acme/data.json": b'{"a": '}, "at byte 6"),
        ({"acme/a/data.json": b'{"b": 1}', "acme/data.json": b'{"a": 2}'}, "another file"),
        ({"acme/a/data.json": b'{"b": 1}', "acme/a/b/data.json": b'{"c": 2}'}, "another file"),
        ({"acme/a/b/data.json": b'{"c": 1}', "acme/a/data.json": b'{"b": 2}'}, "another file"),
        ({"acme/data.yaml": b"a: 1"}, "YAML"),
        ({"data.json": b'{"acme": {"a": 1}}', "acme/data.json": b'{"a": 2}'}, "another file"),
        ({"data.json": b'{"acme": 1}', "acme/data.json": b'{"a": 2}'}, "another file"),
        ({"data.json": b'{"parameters": {"a": 1}}'}, "parameters"),
        ({"latin.rego": "package acme.latin\n# caf\xe9\n".encode("latin-1")}, "offset"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused(
    files: dict[str, bytes], said: str, tmp_path: Path
) -> None:
    with pytest.raises(BundleFormatError) as caught:
        opened(write_bundle(tmp_path, files=files))
    assert said in str(caught.value)


def link_to_a_file(folder: Path) -> None:
    outside = folder.parent / "outside.rego"
    outside.write_text(RULE)
    (folder / "link.rego").symlink_to(outside)


def link_to_a_folder(folder: Path) -> None:
    (folder.parent / "outside").mkdir()
    (folder / "link").symlink_to(folder.parent / "outside")


def dangling_link(folder: Path) -> None:
    (folder / "link.rego").symlink_to("nowhere")


def link_round(folder: Path) -> None:
    (folder / "round").symlink_to(folder)


def link_to_itself(folder: Path) -> None:
    (folder / "self.rego").symlink_to("self.rego")


def link_to_another_file_of_the_bundle(folder: Path) -> None:
    (folder / "link.rego").symlink_to("user.rego")


def name_that_is_not_utf_8(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff.rego")).write_text(RULE)


def folder_that_is_not_utf_8(folder: Path) -> None:
    inside = folder / os.fsdecode(b"\xff")
    inside.mkdir()
    (inside / "data.json").write_text("{}")


def named_pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe.rego")


@pytest.mark.parametrize(
    "put",
    [
        link_to_a_file,
        link_to_a_folder,
        link_to_another_file_of_the_bundle,
        link_to_itself,
        dangling_link,
        link_round,
        named_pipe,
        name_that_is_not_utf_8,
        folder_that_is_not_utf_8,
    ],
)
def test_what_is_no_plain_file_is_refused(put: Callable[[Path], None], tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "bundle")
    put(folder)
    with pytest.raises(BundleFormatError) as caught:
        opened(folder)
    str(caught.value).encode()


@pytest.mark.parametrize("name", ["bundle", "bundle/acme"])
def test_a_folder_that_cannot_be_read_is_refused_and_not_left_out(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_bundle(tmp_path / "bundle", {"user.rego": RULE, "acme/a.rego": RULE})
    real = os.scandir

    def refuse(path: Any) -> Any:
        if str(path) == str(tmp_path / name):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(BundleFormatError) as caught:
        opened(folder)
    assert str(tmp_path / name) in str(caught.value)
    assert "Permission denied" in str(caught.value)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EMFILE])
def test_a_file_that_cannot_be_read_is_told_with_the_reason(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_bundle(tmp_path / "bundle")
    real = os.open

    def refuse(path: Any, *rest: Any, **more: Any) -> int:
        if str(path).endswith("user.rego"):
            raise OSError(number, os.strerror(number), path)
        return real(path, *rest, **more)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(BundleFormatError) as caught:
        opened(folder)
    assert str(folder / "user.rego") in str(caught.value)
    assert os.strerror(number) in str(caught.value)


@pytest.mark.parametrize("name", ["_FILES", "_FILE_BYTES"])
def test_a_bundle_beyond_the_limits_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_bundle(tmp_path / "bundle")
    monkeypatch.setattr(files, name, 1)
    with pytest.raises(BundleFormatError, match=r"too many|too large"):
        opened(folder)


def test_a_schema_of_parameters_that_is_not_there_is_refused(tmp_path: Path) -> None:
    document = changed((*OWN, "parameters"), "nothing.json")
    with pytest.raises(BundleFormatError, match=r"nothing\.json: is missing"):
        opened(with_manifest(tmp_path, document))


@pytest.mark.parametrize("name", ["../outside.json", "/etc/hostname.json"])
def test_a_schema_outside_of_the_bundle_is_not_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "outside.json").write_text("{}")
    document = changed((*OWN, "parameters"), name)
    with pytest.raises(BundleFormatError, match="is missing"):
        opened(with_manifest(tmp_path / "bundle", document))


@pytest.mark.parametrize(
    "name",
    [
        "../secret.rego",
        "/etc/passwd",
        "/tmp/x.rego",
        "image/../../secret.rego",
        "image/user.json",
        "image",
        "",
        "image/nothing.rego",
        "image/user_test.rego",
        "image\\user.rego",
        "image/user.rego\x00",
    ],
)
def test_only_modules_of_the_library_can_be_included(name: str, tmp_path: Path) -> None:
    library = tmp_path / "library"
    (library / "image").mkdir(parents=True)
    (library / "image" / "user.rego").write_text(RULE)
    (library / "image" / "user_test.rego").write_text(RULE.replace("acme.user", "acme.test"))
    (tmp_path / "secret.rego").write_text(RULE)
    folder = write_bundle(tmp_path / "bundle", {}, include=["image/user.rego", name])
    with pytest.raises(BundleFormatError):
        opened(folder, library)


def test_an_included_module_is_a_part_of_the_bundle(tmp_path: Path) -> None:
    library = tmp_path / "library"
    (library / "image").mkdir(parents=True)
    (library / "image" / "user.rego").write_text(RULE)
    folder = write_bundle(tmp_path / "bundle", {}, include=["image/user.rego"])
    bundle = opened(folder, library)
    assert [rule.location.file for rule in bundle.rules] == ["image/user.rego"]
    before = bundle.identity.digest
    (library / "image" / "user.rego").write_text(RULE.replace("runs as root", "uid 0"))
    assert opened(folder, library).identity.digest != before


@pytest.mark.parametrize("include", [["user.rego"], ["user.rego", "user.rego"]])
def test_a_module_comes_from_one_place(include: list[str], tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (library / "user.rego").write_text(RULE)
    modules = {"user.rego": RULE} if len(include) == 1 else {}
    folder = write_bundle(tmp_path / "bundle", modules, include=include)
    with pytest.raises(BundleFormatError, match="included"):
        opened(folder, library)


def test_the_digest_is_of_the_contents_wherever_they_lie(tmp_path: Path) -> None:
    one = opened(write_bundle(tmp_path / "one")).identity.digest
    assert opened(write_bundle(tmp_path / "other")).identity.digest == one


@pytest.mark.parametrize(
    "files",
    [
        {"user.rego": RULE.replace("runs as root", "uid 0").encode()},
        {"second.rego": b"package acme.second\n"},
        {"acme/data.json": b'{"a": 1}'},
        {".manifest": json.dumps(changed(("revision",), "r8")).encode()},
    ],
)
def test_the_digest_changes_with_everything_that_decides(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    before = opened(write_bundle(tmp_path / "one")).identity.digest
    assert opened(write_bundle(tmp_path / "other", files=files)).identity.digest != before


def test_tests_and_notes_beside_the_rules_do_not_change_the_digest(tmp_path: Path) -> None:
    before = opened(write_bundle(tmp_path / "one")).identity.digest
    notes = {"README.md": b"notes", "user_test.rego": b"package acme.user_test\n"}
    assert opened(write_bundle(tmp_path / "other", files=notes)).identity.digest == before


def test_all_modules_that_do_not_parse_are_told_at_once(tmp_path: Path) -> None:
    broken = {"a.rego": "package acme.a\n\ndeny contains {\n", "b.rego": "package acme.b\nx :=\n"}
    with pytest.raises(BundleError) as caught:
        opened(write_bundle(tmp_path, broken))
    assert "a.rego" in str(caught.value)
    assert "b.rego" in str(caught.value)

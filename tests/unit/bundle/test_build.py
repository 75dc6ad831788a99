"""What is built from a definition, and what stops the build."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policyengine.bundle import open_bundle
from policyengine.bundle.archive import read_archive
from policyengine.bundle.build import BuiltBundle, build_bundle
from policyengine.bundle.rule_tests import HeldTests
from policyengine.errors import BundleError, BundleFormatError
from policyengine.resources import BUNDLES
from tests.bundle_files import RULE, parameter, write_bundle

TEST = (
    "package acme.user_test\n\nimport data.acme.user\n\n"
    "test_root_is_denied if count(user.deny) == 1 "
    'with input as {"image": {"user": {"is_root": true}}}\n'
)
NOW_NS = 1_800_000_000_000_000_000
CHANGES = b"# Changes\n\n## 1.2.3\n\n- the first rules\n"


def definition(folder: Path, modules: dict[str, str] | None = None, **options: Any) -> Path:
    files = {"CHANGELOG.md": CHANGES, **options.pop("files", {})}
    return write_bundle(
        folder,
        {"user.rego": RULE, "user_test.rego": TEST, **(modules or {})},
        files=files,
        **options,
    )


def build(folder: Path, **options: Any) -> BuiltBundle:
    return build_bundle(folder, **{"now_ns": NOW_NS, **options})


def test_the_archive_is_the_bundle_without_its_tests(tmp_path: Path) -> None:
    folder = definition(tmp_path / "acme", parameters={"limit": parameter(3, "integer")})
    built = build(folder)
    assert (built.rules, built.tests) == (1, HeldTests(held=1, put_off=0))
    contents = read_archive(built.archive, where="b")
    assert sorted(contents) == [".manifest", "CHANGELOG.md", "parameters.schema.json", "user.rego"]
    (tmp_path / "b.tar.gz").write_bytes(built.archive)
    opened = open_bundle(str(tmp_path / "b.tar.gz"), parameters={"limit": 4})
    assert opened.identity == built.identity
    assert opened.parameters == {"limit": 4}
    assert opened.rules == open_bundle(str(folder), parameters={}).rules


def test_two_builds_have_the_same_bytes(tmp_path: Path) -> None:
    first, second = (definition(tmp_path / name) for name in ("one", "two"))
    assert build(first).archive == build(second).archive


def test_what_is_included_stands_in_the_archive() -> None:
    built = build(BUNDLES / "baseline")
    contents = read_archive(built.archive, where="b")
    shipped = open_bundle("baseline", parameters={})
    assert {name for name in contents if name.endswith(".rego")} == {
        module.path for module in shipped.modules
    }
    own = json.loads(contents[".manifest"])["metadata"]["policyengine"]
    assert not own.keys() & {"include", "collections"}
    assert built.rules == len({rule.id for rule in shipped.rules})
    assert built.tests.held > built.rules


def test_the_manifest_is_opas_and_names_the_version_of_rego(tmp_path: Path) -> None:
    contents = read_archive(build(definition(tmp_path)).archive, where="b")
    manifest = json.loads(contents[".manifest"])
    assert (manifest["revision"], manifest["roots"], manifest["rego_version"]) == (
        "r7",
        ["acme"],
        1,
    )


def test_a_revision_may_be_given(tmp_path: Path) -> None:
    assert build(definition(tmp_path), revision="abc").identity.revision == "abc"


def test_data_of_several_files_is_in_one(tmp_path: Path) -> None:
    files = {"acme/data.json": b'{"x": 1}', "acme/y/data.json": b'{"z": [2]}'}
    contents = read_archive(build(definition(tmp_path, files=files)).archive, where="b")
    assert json.loads(contents["data.json"]) == {"acme": {"x": 1, "y": {"z": [2]}}}


@pytest.mark.parametrize(
    ("modules", "files", "said"),
    [
        pytest.param(
            {"user_test.rego": TEST.replace("== 1", "== 2")},
            {},
            "test_root_is_denied does not hold",
            id="a test that does not hold",
        ),
        pytest.param(
            {"user_test.rego": TEST.replace("count(user.deny) == 1", "1 == 0")},
            {},
            "does not hold",
            id="a test that is undefined",
        ),
        pytest.param(
            {"user_test.rego": TEST + "\nx := 1 if true\n\nx := 2 if true\n\ntest_x if x == 1\n"},
            {},
            "test_x is in error",
            id="a test that conflicts",
        ),
        pytest.param(
            {"user_test.rego": TEST.replace("test_root", "root")}, {}, "no tests", id="no tests"
        ),
        pytest.param(
            {"user_test.rego": TEST.replace("test_root", "todo_test_root")},
            {},
            "no tests",
            id="no test that is not put off",
        ),
        pytest.param(
            {
                "user_test.rego": TEST
                + '\ntest_x[name] if {\n\tsome name, n in {"a": 1, "b": 2}\n\tn == 1\n}\n'
            },
            {},
            "user_test.rego:9: n == 1, which is not so",
            id="a table of which a case does not hold",
        ),
        pytest.param(
            {"user_test.rego": TEST + TEST.partition("user\n\n")[2].replace("== 1", "== 2")},
            {},
            "test_root_is_denied#01 does not hold",
            id="a second test of one name",
        ),
        pytest.param(
            {"user_test.rego": TEST.replace("user.deny", "user.denny")},
            {},
            "does not hold",
            id="a test of what is not there",
        ),
        pytest.param(
            {"user.rego": RULE.replace("is_root", "is_rot")}, {}, "is_rot", id="a rule that is dead"
        ),
        pytest.param(
            {}, {"CHANGELOG.md": b"## 1.2.30\n\n- x\n"}, "no entry", id="no entry of the version"
        ),
        pytest.param(
            {},
            {"CHANGELOG.md": b"## 1.2.3\n\n## 1.2.2\n\n- x\n"},
            "says nothing",
            id="an empty entry",
        ),
    ],
)
def test_what_is_wrong_is_not_built(
    modules: dict[str, str], files: dict[str, bytes], said: str, tmp_path: Path
) -> None:
    with pytest.raises(BundleError) as caught:
        build(definition(tmp_path, modules, files=files))
    assert said in str(caught.value)


def test_a_bundle_without_a_changelog_is_not_built(tmp_path: Path) -> None:
    folder = definition(tmp_path)
    (folder / "CHANGELOG.md").unlink()
    with pytest.raises(BundleFormatError, match="is missing"):
        build(folder)


CHANGED = RULE.replace("runs as root", "runs as the root user")
NEXT = b"## 1.2.4\n\n- another message\n"


@pytest.mark.parametrize(
    ("modules", "own", "files", "said"),
    [
        pytest.param({}, {}, {}, None, id="nothing changed"),
        pytest.param({}, {}, {"README.md": b"x"}, None, id="nothing that decides changed"),
        pytest.param({"user.rego": CHANGED}, {}, {}, "no later version", id="a rule changed"),
        pytest.param(
            {"user.rego": CHANGED}, {"version": "1.2.4"}, {}, "no entry", id="changed, no entry"
        ),
        pytest.param(
            {"user.rego": CHANGED},
            {"version": "1.2.4"},
            {"CHANGELOG.md": NEXT},
            None,
            id="a rule changed, and the version",
        ),
        pytest.param(
            {"user.rego": CHANGED},
            {"version": "1.2.4-rc.1"},
            {"CHANGELOG.md": b"## 1.2.4-rc.1\n\n- x\n"},
            None,
            id="a pre-release of the next",
        ),
        pytest.param(
            {}, {}, {"acme/data.json": b'{"x": 1}'}, "no later version", id="data were added"
        ),
        pytest.param(
            {},
            {"version": "1.2.2"},
            {"CHANGELOG.md": b"## 1.2.2\n\n- x\n"},
            "earlier",
            id="going back",
        ),
        pytest.param({}, {"name": "other"}, {}, "not the bundle", id="another bundle"),
    ],
)
def test_other_rules_ask_for_a_later_version(
    modules: dict[str, str],
    own: dict[str, str],
    files: dict[str, bytes],
    said: str | None,
    tmp_path: Path,
) -> None:
    (tmp_path / "old.tar.gz").write_bytes(build(definition(tmp_path / "old")).archive)
    previous = open_bundle(str(tmp_path / "old.tar.gz"), parameters={})
    folder = definition(tmp_path / "new", modules, files=files, **own)
    if said is None:
        assert build(folder, previous=previous).identity.name == "acme"
        return
    with pytest.raises(BundleFormatError, match=said):
        build(folder, previous=previous)


def test_tests_that_are_put_off_are_counted(tmp_path: Path) -> None:
    later = {"later_test.rego": "package acme.later_test\n\ntodo_test_more if false\n"}
    assert build(definition(tmp_path, later)).tests == HeldTests(held=1, put_off=1)

"""What was found in a bundle is found again without its Rego being read, and by nobody's leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from policyengine.bundle import checking, open_bundle, open_bundles, view_schemas
from policyengine.bundle.archive import write_archive
from policyengine.bundle.checked_rules import CheckedRules, CheckedRulesCache
from policyengine.bundle.files import BundleFiles, directory_contents, read_directory
from policyengine.bundle.lock import BundleLock, LockedBundle
from policyengine.bundle.open import BundleAccess
from policyengine.bundle.signatures import SIGNATURES, sign
from policyengine.bundle.trust import read_trust
from policyengine.errors import (
    BundleError,
    BundleFormatError,
    BundleNotAuthentic,
    BundleNotLocked,
    ParameterError,
    RegoCompileError,
)
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.policy import PolicyBundle, PolicyRule, RuleKind, SourceLocation
from policyengine.model.severity import Severity
from policyengine.model.views import DocumentView
from policyengine.rego import private_files
from policyengine.resources import BUNDLES, POLICIES, SCHEMAS
from tests.bundle_files import RULE, manifest, parameter, write_bundle
from tests.kept_file_attacks import FILE_ATTACKS, FOLDER_ATTACKS, kept_file

SHIPPED = sorted(path.name for path in BUNDLES.iterdir() if path.is_dir())
HARMLESS = RULE.replace("deny", "warn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Opens bundles by one cache; ``checks`` has the files of each time that Rego was read."""

    folder: Path
    checks: list[BundleFiles]

    @property
    def access(self) -> BundleAccess:
        return BundleAccess(known=CheckedRulesCache(self.folder))

    def open(self, source: Path | str, access: BundleAccess | None = None) -> PolicyBundle:
        chosen = replace(access or BundleAccess(), known=CheckedRulesCache(self.folder))
        return open_bundle(str(source), parameters={}, access=chosen)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    checks: list[BundleFiles] = []
    check_rules = checking.check_rules

    def counted(files: BundleFiles, *, where: str) -> CheckedRules:
        checks.append(files)
        return check_rules(files, where=where)

    monkeypatch.setattr(checking, "check_rules", counted)
    return Kept(folder=tmp_path / "cache" / "compiled", checks=checks)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_bundle_is_the_same_from_the_cache_in_every_field(name: str, kept: Kept) -> None:
    without = open_bundle(name, parameters={})
    cold, warm = kept.open(name), kept.open(name)
    assert len(kept.checks) == 2
    for field in fields(PolicyBundle):
        found = [getattr(bundle, field.name) for bundle in (without, cold, warm)]
        assert found[0] == found[1] == found[2], field.name
        assert type(found[0]) is type(found[2]), field.name


def test_every_field_of_a_rule_is_kept(tmp_path: Path) -> None:
    rule = PolicyRule(
        id="acme.root",
        kind=RuleKind.WARN,
        package=("acme", "user"),
        name="warn_root",
        location=SourceLocation(file="user.rego", row=3),
        title="Title",
        description="Zeile\n\x00 \U0001f600",
        severity=Severity.UNKNOWN,
        remediation="do",
        effective_on=Instant(-1),
        controls=("CIS-Docker-4.1",),
        collections=("baseline",),
        parameters=("limit",),
        requires=frozenset({EvidenceKind.SCAN, EvidenceKind.IMAGE}),
        optional=frozenset({EvidenceKind.VEX}),
        input_paths=((), ("image", "user"), ("scan",)),
    )
    for field in fields(PolicyRule):
        assert field.default is MISSING or getattr(rule, field.name) != field.default, field.name
    files = read_directory(write_bundle(tmp_path / "b"), library=POLICIES)
    known = CheckedRulesCache(tmp_path / "compiled")
    found = CheckedRules(rules=(rule,), exceptions=(replace(rule, kind=RuleKind.EXCEPTION), rule))
    known.store(files, found)
    loaded = known.load(files)
    assert loaded == found
    (copy,) = loaded.rules
    assert type(copy.severity) is Severity
    assert type(copy.kind) is RuleKind
    assert {type(kind) for kind in copy.requires | copy.optional} == {EvidenceKind}
    hash(copy)


def test_text_that_is_no_utf_8_is_not_kept_and_nothing_fails(tmp_path: Path) -> None:
    files = read_directory(write_bundle(tmp_path / "b"), library=POLICIES)
    found = checking.check_rules(files, where="b")
    known = CheckedRulesCache(tmp_path / "compiled")
    known.store(
        files, replace(found, rules=tuple(replace(rule, title="\ud800") for rule in found.rules))
    )
    assert known.load(files) is None


def test_parameters_are_held_to_their_schema_each_time(tmp_path: Path, kept: Kept) -> None:
    root = write_bundle(tmp_path / "b", parameters={"limit": parameter(3, "integer")})
    for value in (4, 5):
        bundle = open_bundle(str(root), parameters={"limit": value}, access=kept.access)
        assert bundle.parameters == {"limit": value}
    assert len(kept.checks) == 1
    for wrong in ({"limit": "many"}, {"limits": 4}):
        with pytest.raises(ParameterError):
            open_bundle(str(root), parameters=wrong, access=kept.access)


def test_two_bundles_with_one_package_collide_from_the_cache_too(
    tmp_path: Path, kept: Kept
) -> None:
    roots = [
        str(write_bundle(tmp_path / name, {"user.rego": text}))
        for name, text in (("a", RULE), ("b", HARMLESS))
    ]
    for _ in range(2):
        with pytest.raises(BundleFormatError, match="the same package"):
            open_bundles(roots, parameters={}, access=kept.access)
    assert len(kept.checks) == 2


# What an entry must not be found by.


def _other_bundle(folder: Path, other: Path) -> None:
    """Put what was found in a bundle that warns under the name of the one that denies."""
    mine = kept_file(folder)
    harmless = write_bundle(other / "b", {"user.rego": HARMLESS})
    open_bundle(str(harmless), parameters={}, access=_by(folder))
    (new,) = {path for path in folder.iterdir() if path.name != "key"} - {mine}
    new.replace(mine)


def _other_cache(folder: Path, other: Path) -> None:
    """Put an entry of this name there that was made with another key."""
    root = other / "b"
    files = read_directory(write_bundle(root), library=POLICIES)
    foreign = CheckedRulesCache(other / "compiled")
    foreign.store(files, CheckedRules(rules=(), exceptions=()))
    path = kept_file(other / "compiled")
    assert path.name == kept_file(folder).name
    path.replace(kept_file(folder))


def _no_rules(folder: Path, _: Path) -> None:
    path = kept_file(folder)
    path.write_bytes(path.read_bytes()[:32] + b"[[],[]]")


def _rules_without_key(folder: Path, _: Path) -> None:
    kept_file(folder).write_bytes(b"\0" * 32 + b"[[],[]]")


def _by(folder: Path) -> BundleAccess:
    return BundleAccess(known=CheckedRulesCache(folder))


ATTACKS: list[Any] = [
    *FILE_ATTACKS,
    pytest.param(_other_bundle, id="another bundle's entry under this name"),
    pytest.param(_other_cache, id="an entry of this name by another key"),
    pytest.param(_no_rules, id="no rules behind the code of some"),
    pytest.param(_rules_without_key, id="no rules, and no code"),
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_entry_that_is_not_ours_and_whole_is_as_if_it_were_not_there(
    attack: Callable[[Path, Path], None], tmp_path: Path, kept: Kept
) -> None:
    root = write_bundle(tmp_path / "b")
    expected = kept.open(root)
    attack(kept.folder, _beside(tmp_path))
    kept.checks.clear()
    assert kept.open(root) == expected
    assert len(kept.checks) == 1


@pytest.mark.parametrize("attack", FOLDER_ATTACKS)
def test_a_folder_that_is_not_ours_alone_is_neither_read_nor_written(
    attack: Callable[[Path, Path], None], tmp_path: Path, kept: Kept
) -> None:
    root = write_bundle(tmp_path / "b")
    expected = kept.open(root)
    attack(kept.folder, _beside(tmp_path))
    kept.checks.clear()
    assert [kept.open(root) for _ in range(2)] == [expected] * 2
    assert len(kept.checks) == 2


def _beside(tmp_path: Path) -> Path:
    other = tmp_path / "other"
    other.mkdir()
    return other


def _entry_of_another_form(monkeypatch: pytest.MonkeyPatch, payload: Any) -> None:
    written = private_files.PrivateFiles.store
    monkeypatch.setattr(
        private_files.PrivateFiles,
        "store",
        lambda self, name, _: written(self, name, orjson.dumps(payload)),
    )


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param([], id="nothing"),
        pytest.param(None, id="null"),
        pytest.param({"rules": [], "exceptions": []}, id="an object"),
        pytest.param([[["id", "deny"]], []], id="a rule with fewer fields"),
        pytest.param(
            [[["id", "?", [], "n", "f", 1, "", "", None, "", None, [], [], [], [], [], []]], []],
            id="a kind that there is not",
        ),
    ],
)
def test_an_entry_of_ours_in_another_form_is_as_if_it_were_not_there(
    payload: Any, tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_bundle(tmp_path / "b")
    with monkeypatch.context() as patch:
        _entry_of_another_form(patch, payload)
        expected = kept.open(root)
    assert kept.open(root) == expected
    assert len(kept.checks) == 2


# What the name of an entry hangs on.


def _manifest(**changes: Any) -> dict[str, bytes]:
    return {".manifest": json.dumps({**manifest(), **changes}).encode()}


OTHERS: list[Any] = [
    pytest.param({"modules": {"user.rego": RULE + "\n"}}, id="a module's text"),
    pytest.param({"modules": {"other.rego": RULE}}, id="a module's name"),
    pytest.param({"files": {"acme/data.json": b'{"x": 1}'}}, id="data"),
    pytest.param({"parameters": {"limit": parameter(3, "integer")}}, id="parameters"),
    pytest.param({"view": "registry"}, id="the view"),
    pytest.param({"entrypoints": ["acme"]}, id="entrypoints"),
    pytest.param({"evidence": ["image"]}, id="evidence"),
    pytest.param({"files": _manifest(roots=["acme/user"])}, id="roots"),
    pytest.param({"files": _manifest(rego_version=0)}, id="the version of Rego"),
]


@pytest.mark.parametrize("change", OTHERS)
def test_another_bundle_finds_nothing(change: dict[str, Any], tmp_path: Path) -> None:
    first = read_directory(write_bundle(tmp_path / "a"), library=POLICIES)
    other = read_directory(write_bundle(tmp_path / "b", **change), library=POLICIES)
    known = CheckedRulesCache(tmp_path / "compiled")
    known.store(first, CheckedRules(rules=(), exceptions=()))
    assert known.load(first) is not None
    assert known.load(other) is None


PARTS: list[Any] = [
    pytest.param({"view": DocumentView.DOCKERFILE}, id="the view"),
    pytest.param({"entrypoints": (("acme",),)}, id="entrypoints"),
    pytest.param({"evidence": frozenset({EvidenceKind.IMAGE})}, id="evidence"),
    pytest.param({"roots": ("",)}, id="roots"),
]


@pytest.mark.parametrize("change", PARTS)
def test_a_manifest_that_says_something_else_finds_nothing(
    change: dict[str, Any], tmp_path: Path
) -> None:
    files = read_directory(write_bundle(tmp_path / "a"), library=POLICIES)
    known = CheckedRulesCache(tmp_path / "compiled")
    known.store(files, CheckedRules(rules=(), exceptions=()))
    other = replace(files, manifest=replace(files.manifest, **change))
    assert known.load(other) is None


def test_another_schema_of_the_view_finds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = read_directory(write_bundle(tmp_path / "b"), library=POLICIES)
    known = CheckedRulesCache(tmp_path / "compiled")
    known.store(files, CheckedRules(rules=(), exceptions=()))
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    name = "input-v1.schema.json"
    (schemas / name).write_bytes((SCHEMAS / name).read_bytes() + b"\n")
    monkeypatch.setattr(view_schemas, "SCHEMAS", schemas)
    assert known.load(files) is None


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    private_files._program.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    private_files._program.cache_clear()


def _sources_of(folder: Path) -> Path:
    room = folder / "bundle"
    room.mkdir(parents=True, exist_ok=True)
    (room / "rules.py").write_text("RULES = 1\n")
    os.utime(room / "rules.py", ns=(0, 0))
    return folder


@pytest.mark.parametrize("what", ["version", "interpreter", "size", "time", "new file"])
def test_another_program_finds_nothing(
    what: str, tmp_path: Path, program: pytest.MonkeyPatch
) -> None:
    sources = _sources_of(tmp_path / "policyengine")
    program.setattr(private_files, "_PACKAGE", sources)
    files = read_directory(write_bundle(tmp_path / "b"), library=POLICIES)
    known = CheckedRulesCache(tmp_path / "compiled")
    known.store(files, CheckedRules(rules=(), exceptions=()))
    private_files._program.cache_clear()
    assert known.load(files) is not None
    if what == "version":
        program.setattr(private_files, "__version__", "0.0.7")
    elif what == "interpreter":
        program.setattr(sys, "hexversion", sys.hexversion + 1)
    elif what == "size":
        (sources / "bundle" / "rules.py").write_text("RULES = 10\n")
        os.utime(sources / "bundle" / "rules.py", ns=(0, 0))
    elif what == "time":
        os.utime(sources / "bundle" / "rules.py", ns=(0, 1))
    else:
        (sources / "bundle" / "more.py").write_text("")
    private_files._program.cache_clear()
    assert known.load(files) is None


# What was refused is refused again, and what was altered never reaches the cache.

REFUSED: list[Any] = [
    pytest.param({"modules": {"user.rego": RULE + "deny"}}, id="Rego that does not parse"),
    pytest.param(
        {"modules": {"user.rego": RULE.replace("is_root", "is_rot")}},
        id="a path that the document does not have",
    ),
    pytest.param(
        {"modules": {"user.rego": RULE + "\ndeny contains data.parameters.x if true\n"}},
        id="a parameter that there is not",
    ),
    pytest.param({"modules": {"user.rego": "package acme\n\nx := 1\n"}}, id="nothing that decides"),
    pytest.param({"entrypoints": ["acme.users"]}, id="an entrypoint that names nothing"),
    pytest.param({"evidence": ["scan"]}, id="evidence that no rule reads"),
    pytest.param({"files": _manifest(roots=["other"])}, id="a module outside of the roots"),
    pytest.param(
        {"modules": {"user.rego": RULE.replace("package", "# METADATA\n# custom: [1]\npackage")}},
        id="METADATA that does not fit",
    ),
    pytest.param(
        {"parameters": {"limit": {"type": "integer", "default": "x", "description": "d"}}},
        id="a default that the schema refuses",
    ),
]


@pytest.mark.parametrize("bundle", REFUSED)
def test_a_bundle_that_was_refused_is_refused_again(
    bundle: dict[str, Any], tmp_path: Path, kept: Kept
) -> None:
    root = write_bundle(tmp_path / "b", **bundle)
    said = []
    for _ in range(2):
        with pytest.raises((BundleError, RegoCompileError)) as error:
            kept.open(root)
        said.append(str(error.value))
    assert said[0] == said[1]
    assert not kept.folder.exists() or not list(kept.folder.iterdir())


def test_a_bundle_that_was_altered_after_its_entry_was_made_is_checked_anew(
    tmp_path: Path, kept: Kept
) -> None:
    root = write_bundle(tmp_path / "b")
    kept.open(root)
    (root / "user.rego").write_text(HARMLESS)
    assert {rule.kind for rule in kept.open(root).rules} == {RuleKind.WARN}
    (root / "user.rego").write_text(RULE)
    assert {rule.kind for rule in kept.open(root).rules} == {RuleKind.DENY}
    assert len(kept.checks) == 2


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Path, BundleAccess]:
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "acme.pub").write_bytes(pem)
    contents = directory_contents(write_bundle(tmp_path / "b"))
    contents[SIGNATURES] = sign(contents, key)
    path = tmp_path / "b.tar.gz"
    path.write_bytes(write_archive(contents))
    return path, BundleAccess(trust=read_trust({"acme*": {"keys": ["acme.pub"]}}, tmp_path))


ALTERED: list[Any] = [
    pytest.param({"user.rego": HARMLESS.encode()}, id="a rule"),
    pytest.param({"more.rego": b"package acme.more\n\nwarn contains 1\n"}, id="one more module"),
    pytest.param({"user_test.rego": b"package acme\n"}, id="a file that decides nothing"),
    pytest.param({SIGNATURES: None}, id="no signature"),
]


@pytest.mark.parametrize("change", ALTERED)
def test_what_was_altered_after_the_signature_is_refused_before_the_cache_is_asked(
    change: dict[str, bytes | None],
    signed: tuple[Path, BundleAccess],
    kept: Kept,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, access = signed
    assert kept.open(path, access) == kept.open(path, access)
    assert len(kept.checks) == 1
    contents = {**directory_contents(path.parent / "b"), SIGNATURES: _signature(path)}
    altered = {name: data for name, data in {**contents, **change}.items() if data is not None}
    path.write_bytes(write_archive(altered))
    monkeypatch.setattr(CheckedRulesCache, "load", _never)
    with pytest.raises(BundleNotAuthentic):
        kept.open(path, access)


def _never(*_: Any) -> Any:
    raise AssertionError("the cache was asked for what nobody verified")


def _signature(path: Path) -> bytes:
    from policyengine.bundle.archive import read_archive

    return read_archive(path.read_bytes(), where="b")[SIGNATURES]


def test_a_lock_that_names_another_digest_refuses_before_the_cache_is_asked(
    tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_bundle(tmp_path / "b")
    identity = kept.open(root).identity
    locked = LockedBundle.of(identity, signer=None, artifact=None)

    def access(entry: LockedBundle) -> BundleAccess:
        return BundleAccess(
            lock=BundleLock(path=tmp_path / "policyengine.lock", bundles={"b": entry})
        )

    assert kept.open(root, access(locked)).identity == identity
    assert len(kept.checks) == 1
    monkeypatch.setattr(CheckedRulesCache, "load", _never)
    with pytest.raises(BundleNotLocked):
        kept.open(root, access(replace(locked, digest="0" * 64)))


_OPEN = """
import sys
from policyengine.bundle import open_bundles
from policyengine.cli.bundle_options import bundle_access
from policyengine.settings import load_settings
open_bundles(("production",), parameters={}, access=bundle_access(load_settings()))
print(" ".join(sorted({"policyengine.rego.syntax.parser", "policyengine.rego.compiler",
    "policyengine.bundle.checking", "policyengine.bundle.check", "httpx", "yaml", "jsonschema",
    "policyengine.rego.runtime.builtins.families"} & sys.modules.keys())))
"""


@pytest.mark.parametrize("is_kept", [True, False])
def test_what_is_known_is_opened_without_the_parser(is_kept: bool, tmp_path: Path) -> None:
    (tmp_path / "policyengine.toml").write_text(f"[evaluation]\ncache = {str(is_kept).lower()}\n")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    loaded = [
        subprocess.run(
            [sys.executable, "-c", _OPEN],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for _ in range(2)
    ]
    assert "policyengine.rego.syntax.parser" in loaded[0]
    assert loaded[1] == ([] if is_kept else loaded[0])

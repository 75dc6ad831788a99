"""Compiled policies on disk: used when they are ours and whole, else as if they were not there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policyengine.rego import Policy, compilation
from policyengine.rego.cache import PolicyCache
from policyengine.rego.compilation import linked_program
from policyengine.rego.compiler.image import image_bytes
from policyengine.rego.private_files import default_folder
from tests.kept_file_attacks import FILE_ATTACKS, FOLDER_ATTACKS, kept_file

MODULES = {
    "a.rego": 'package a\n\ndeny contains v.id if some v in input.found\n\nk := {1, 2.50, {"a"}}\n'
}
DOCUMENT = {"found": [{"id": "A"}]}


class Compiled(Exception):
    pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "compiled"


@pytest.fixture
def compiling_fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def fail(*_: Any) -> Any:
        raise Compiled

    return lambda: monkeypatch.setattr(compilation, "linked_program", fail)


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    seen: list[Any] = []

    def counted(*arguments: Any) -> Any:
        seen.append(arguments)
        return linked_program(*arguments)

    monkeypatch.setattr(compilation, "linked_program", counted)
    return seen


def compiled(folder: Path) -> Policy:
    return Policy.compile(MODULES, cache=PolicyCache(folder))


def answer(policy: Policy) -> Any:
    values = policy.evaluate_rules("data.a", {"deny", "k"}, input=DOCUMENT)
    return [value.value for value in values]


def test_a_policy_that_was_compiled_once_is_not_compiled_again(
    folder: Path, compiling_fails: Callable[[], None]
) -> None:
    first = answer(compiled(folder))
    compiling_fails()
    assert answer(compiled(folder)) == first == [["A"], [1, 2.5, ["a"]]]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {item.stat().st_mode & 0o777 for item in folder.iterdir()} == {0o600}


def test_what_led_to_a_reason_is_found_by_code_from_the_cache(
    folder: Path, compiling_fails: Callable[[], None]
) -> None:
    def paths() -> Any:
        policy = compiled(folder)
        (found,) = policy.explain(
            policy.evaluate_rules("data.a", {"deny"}, input=DOCUMENT), input=DOCUMENT
        )
        return found.paths

    first = paths()
    compiling_fails()
    assert paths() == first == ((("found", 0),),)


def _other_name(folder: Path, other: Path) -> None:
    path = kept_file(folder)
    changed = {"a.rego": MODULES["a.rego"].replace("deny", "warn")}
    Policy.compile(changed, cache=PolicyCache(folder))
    (new,) = set(folder.glob("*.policy-*")) - {path}
    new.replace(path)


def _code_of_somebody(folder: Path, _: Path) -> None:
    image = Policy.compile({"a.rego": "package a\ndeny := 1\nk := 2"})._program.image
    content = image_bytes(image)
    assert content is not None
    kept_file(folder).write_bytes(b"\0" * 32 + content)


ATTACKS: list[Any] = [
    *FILE_ATTACKS,
    pytest.param(_other_name, id="another policy's file under this name"),
    pytest.param(_code_of_somebody, id="code that was put there"),
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_not_ours_and_whole_is_never_run(
    attack: Callable[[Path, Path], None], folder: Path, tmp_path: Path, compilations: list[Any]
) -> None:
    expected = answer(compiled(folder))
    attack(folder, _beside(tmp_path))
    before = len(compilations)
    assert answer(compiled(folder)) == expected
    assert len(compilations) == before + 1


@pytest.mark.parametrize("attack", FOLDER_ATTACKS)
def test_a_folder_that_is_not_ours_alone_is_of_no_use(
    attack: Callable[[Path, Path], None], folder: Path, tmp_path: Path, compilations: list[Any]
) -> None:
    expected = answer(compiled(folder))
    attack(folder, _beside(tmp_path))
    assert [answer(compiled(folder)) for _ in range(2)] == [expected] * 2
    assert len(compilations) == 3


def _beside(tmp_path: Path) -> Path:
    other = tmp_path / "other"
    other.mkdir()
    return other


_JUDGE = """
import sys
from policyengine.rego.engine import RuleQuery
from policyengine.rego.engines import engine_named
modules = {"a.rego": "package a\\n\\ndeny contains 1"}
policy = engine_named("native", cache=True).prepare(modules, {})
(found,) = policy.evaluate(
    b"{}", [RuleQuery(package=("a",), name="deny", file="a.rego", row=3)], now_ns=0
)
assert found.value == [1], found
print(" ".join(sorted({"policyengine.rego.compilation", "policyengine.rego.compiler.check",
    "policyengine.rego.compiler.query", "policyengine.rego.syntax.parser",
    "policyengine.rego.syntax.ast", "yaml"} & sys.modules.keys())))
"""


def test_a_policy_from_the_cache_is_evaluated_without_parser_and_compiler(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    loaded = [
        subprocess.run(
            [sys.executable, "-c", _JUDGE],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for _ in range(2)
    ]
    assert "policyengine.rego.compiler.check" in loaded[0]
    assert loaded[1] == []


def test_a_cache_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert answer(compiled(tmp_path / "file" / "compiled")) == [["A"], [1, 2.5, ["a"]]]


def test_the_folder_is_that_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert default_folder() == Path("/somewhere/policyengine/compiled")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/u")
    assert default_folder() == Path("/home/u/.cache/policyengine/compiled")

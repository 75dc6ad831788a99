"""The tests of a bundle's rules: those in its directory, and those beside what it includes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from policyengine.bundle.files import BundleFiles, directory_contents
from policyengine.errors import BundleFormatError, EvaluationError
from policyengine.model.json_value import JsonObject
from policyengine.rego.policy import Policy
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.parser import parse_modules

_SUFFIX = "_test.rego"


def run_tests(files: BundleFiles, root: Path, *, library: Path, parameters: JsonObject) -> int:
    """Run every ``test_`` rule and return how many there are, with ``parameters`` in force.

    Raises BundleFormatError where one does not hold or there are none, RegoCompileError where one
    does not compile.
    """
    tests = _tests(files, root, library)
    versions = files.manifest.rego_versions.of_all([*files.modules, *tests])
    trees = parse_modules(tests, file_rego_versions=versions)
    named = {path: _test_names(tree) for path, tree in trees.items()}
    count = sum(len(names) for names in named.values())
    if not count:
        raise BundleFormatError("has no tests", where=str(root), expected="rules named test_*")
    policy = Policy.compile(
        {**files.modules, **tests},
        data={**files.data, "parameters": parameters},
        file_rego_versions=versions,
    )
    for path, names in named.items():
        reference = _reference(trees[path])
        for name in names:
            try:
                held = policy.evaluate(f"{reference}[{_quoted(name)}]")
            except EvaluationError as error:
                raise BundleFormatError(
                    f"the test {name} fails", where=f"{root}: {path}", found=str(error)
                ) from None
            if held is not True:
                raise BundleFormatError(
                    f"the test {name} does not hold",
                    where=f"{root}: {path}",
                    hint="policies whose tests fail are not built into a bundle",
                )
    return count


def _tests(files: BundleFiles, root: Path, library: Path) -> Mapping[str, str]:
    own = {
        name: content
        for name, content in directory_contents(root).items()
        if name.endswith(_SUFFIX)
    }
    for name in files.modules:
        beside = f"{name.removesuffix('.rego')}{_SUFFIX}"
        file = library / beside
        if beside not in own and not (root / name).exists() and file.is_file():
            own[beside] = file.read_bytes()
    try:
        return {name: content.decode() for name, content in sorted(own.items())}
    except UnicodeDecodeError as error:
        raise BundleFormatError("has a test that is not UTF-8", where=str(root)) from error


def _test_names(tree: ast.Module) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            str(rule.head.name)
            for rule in tree.rules
            if rule.head.name.startswith("test_") and not rule.head.args
        )
    )


def _reference(tree: ast.Module) -> str:
    parts = [term.value for term in tree.package.path.terms[1:] if isinstance(term, ast.String)]
    return "data" + "".join(f"[{_quoted(part)}]" for part in parts)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

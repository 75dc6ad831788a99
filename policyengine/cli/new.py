"""``policyengine new``: working beginnings of a rule, a bundle, and the tests of a rule."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from policyengine.errors import ExitCode, OutputError, UsageError

_PART: Final = re.compile(r"[a-z][a-z0-9_]*")
_BUNDLE: Final = re.compile(r"[a-z][a-z0-9-]*")

_RULE: Final = """package {package}

# METADATA
# title: The image does not run as root
# description: Say here what the rule asks for, and why an image without it is a danger.
# custom:
#   id: {id}
#   severity: medium
#   remediation: Say here what to change so that the image is allowed.
deny contains reason if {{
	input.image.user.is_root
	reason := {{
		"msg": sprintf("the image runs as %v", [input.image.user.name]),
		"paths": [["image", "user", "name"]],
	}}
}}
"""
_RULE_TEST: Final = """package {package}_test

import data.{package}

test_root_is_denied if {{
	{name}.deny == {{{{
		"msg": "the image runs as root",
		"paths": [["image", "user", "name"]],
	}}}} with input as {{"image": {{"user": {{"name": "root", "is_root": true}}}}}}
}}

test_others_are_not_denied if {{
	unprivileged_user := {{"name": "app", "is_root": false}}
	count({name}.deny) == 0 with input as {{"image": {{"user": unprivileged_user}}}}
}}

test_without_the_image_nothing_is_said if count({name}.deny) == 0 with input as {{}}
"""
_TEST: Final = """package {package}_test

import data.{package}

test_without_evidence_nothing_is_said if {{
{lines}
}}
"""


@click.group(epilog="Example: policyengine new rule acme.user")
def command() -> None:
    """Write a beginning that compiles and whose tests pass, to be changed from there.

    Nothing that exists is overwritten.
    """


@command.command("rule", epilog="Example: policyengine new rule acme.user --directory policies")
@click.argument("name")
@click.option("--directory", metavar="DIR", default=".", help="Where the rule goes.  [.]")
def rule(*, name: str, directory: str) -> int:
    """Write the rule NAME (a package, as acme.user) and its tests."""
    return _write(Path(directory), _rule_files(_package(name)))


@command.command("bundle", epilog="Example: policyengine new bundle acme")
@click.argument("name")
@click.option("--directory", metavar="DIR", default=".", help="Where its folder goes.  [.]")
def bundle(*, name: str, directory: str) -> int:
    """Write the bundle NAME: its manifest, its change log, a rule and its tests."""
    if not _BUNDLE.fullmatch(name):
        raise UsageError("is no name of a bundle", found=repr(name), expected="as acme-images")
    root = name.replace("-", "_")
    manifest = {
        "revision": "0.1.0",
        "roots": [root],
        "rego_version": 1,
        "metadata": {
            "policyengine": {
                "name": name,
                "version": "0.1.0",
                "view": "unified",
                "entrypoints": [root],
            }
        },
    }
    files = {
        ".manifest": json.dumps(manifest, indent=2) + "\n",
        "CHANGELOG.md": f"# Changes of the bundle `{name}`\n\n## 0.1.0\n\n- The first rule.\n",
        **_rule_files((root, "user")),
    }
    return _write(Path(directory, name), files)


@command.command("test", epilog="Example: policyengine new test policies/acme/user.rego")
@click.argument("file", metavar="FILE.rego")
def test(*, file: str) -> int:
    """Write a test of the deny and warn rules in FILE.rego beside it."""
    from policyengine.errors import RegoCompileError
    from policyengine.given_file import read_given
    from policyengine.rego.syntax import ast
    from policyengine.rego.syntax.parser import parse_module
    from policyengine.rego.syntax.source import decode

    try:
        module = parse_module(decode(read_given(file, error=UsageError)), file=file)
    except RegoCompileError as error:
        raise UsageError("does not parse", where=file, found=str(error)) from None
    names = dict.fromkeys(
        term.name
        for rule in module.rules
        if isinstance(term := rule.head.ref[0], ast.Var)
        and re.match(r"(deny|violation|warn)(_|\Z)", term.name)
    )
    if not names:
        raise UsageError(
            "has no rule to test", where=file, expected="a rule deny, violation or warn"
        )
    steps = [term.value for term in module.package.path.terms if isinstance(term, ast.String)]
    lines = [f"\tcount({steps[-1]}.{name}) == 0 with input as {{}}" for name in names]
    target = Path(file).with_name(f"{Path(file).stem}_test.rego")
    text = _TEST.format(package=".".join(steps), lines="\n".join(lines))
    return _write(target.parent, {target.name: text})


def _package(name: str) -> tuple[str, ...]:
    parts = tuple(name.split("."))
    if len(parts) < 2 or not all(map(_PART.fullmatch, parts)):
        raise UsageError("is no name of a rule", found=repr(name), expected="as acme.user")
    return parts


def _rule_files(parts: tuple[str, ...]) -> dict[str, str]:
    package, file = ".".join(parts), "/".join(parts)
    return {
        f"{file}.rego": _RULE.format(package=package, id=package),
        f"{file}_test.rego": _RULE_TEST.format(package=package, name=parts[-1]),
    }


def _write(folder: Path, files: Mapping[str, str]) -> int:
    """Write ``files`` below ``folder``, all or none."""
    there = [str(folder / name) for name in files if (folder / name).exists()]
    if there:
        raise UsageError("is there already", where=there[0], hint="choose another name")
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as stream:
                stream.write(text)
        except OSError as error:
            raise OutputError("cannot be written", where=str(path), found=error.strerror) from None
        click.echo(path)
    return int(ExitCode.ALLOWED)

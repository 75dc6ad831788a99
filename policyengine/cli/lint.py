"""``policyengine lint``: what is wrong, or could be plainer, in Rego that compiles."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click
import orjson

from policyengine import __version__
from policyengine.bundle.lint import lint_bundle, lint_view
from policyengine.cli.output import text_output
from policyengine.errors import ExitCode, UsageError
from policyengine.given_file import read_given
from policyengine.model.views import DocumentView
from policyengine.rego.lint import RULES, LintFinding, fixed
from policyengine.rego.sources import rego_files
from policyengine.rego.syntax.source import decode
from policyengine.settings import load_settings

_BUNDLE_RULES = (
    "compile",
    "unknown-reference",
    "missing-id",
    "missing-severity",
    "missing-remediation",
    "reads-no-input",
)
NAMES = (*(rule.id for rule in RULES), *_BUNDLE_RULES)


@click.command(epilog="Example: policyengine lint policies/ --view unified")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--view",
    type=click.Choice([view.value for view in DocumentView]),
    help="View of the input document that files outside of a bundle read.",
)
@click.option("--disable", multiple=True, metavar="RULE", help="Do not run this rule. Repeatable.")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely: layout, raw patterns.")
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    help="[text]",
)
@click.option("--output", "-o", metavar="FILE", help="Write there, not to standard output.")
def command(
    *,
    paths: tuple[str, ...],
    view: str | None,
    disable: tuple[str, ...],
    fix: bool,
    form: str,
    output: str | None,
) -> int:
    """Look for mistakes in the Rego at PATH: files, folders, or bundles.

    A folder with a .manifest is a bundle: its rules are held to its view, its parameters and what
    a rule must tell. The exit code is 1 where anything is found.

    A comment '# lint:ignore RULE' leaves a finding out, in its line or the one above.
    """
    disabled = frozenset((*disable, *load_settings().get("lint.disable")))
    if unknown := disabled - frozenset(NAMES):
        raise UsageError(
            "no such rule of the linter",
            found=", ".join(sorted(unknown)),
            expected=", ".join(sorted(NAMES)),
        )
    bundles = [Path(path) for path in paths if (Path(path) / ".manifest").is_file()]
    others = [path for path in paths if Path(path) not in bundles]
    files = rego_files(others) if others else []
    if not files and not bundles:
        raise UsageError("there is no Rego to lint", found=", ".join(paths), expected="*.rego")
    if fix:
        own = rego_files([str(root) for root in bundles]) if bundles else []
        _mend([*files, *own])
    modules = {str(file): decode(read_given(file, error=UsageError)) for file in files}
    seen = None if view is None else DocumentView(view)
    found = lint_view(modules, seen, disabled=disabled) if modules else []
    for root in bundles:
        found += lint_bundle(root, disabled=disabled)
    with text_output(output) as stream:
        stream.write(_WRITERS[form](found))
    return int(ExitCode.DENIED if found else ExitCode.ALLOWED)


def _mend(files: list[Path]) -> None:
    for file in files:
        before = decode(read_given(file, error=UsageError))
        after = fixed(before, file=str(file))
        if after != before:
            with text_output(str(file)) as stream:
                stream.write(after)
            click.echo(f"{file}: mended", err=True)


def _text(found: list[LintFinding]) -> str:
    lines: list[str] = []
    for item in found:
        lines.append(
            f"{item.file}:{item.row}:{item.col}: {item.category} {item.rule}: {item.message}"
        )
        if item.line.strip():
            before = item.line[: max(item.col - 1, 0)]
            margin = "".join("\t" if char == "\t" else " " for char in before)
            lines += [f"    {item.line}", f"    {margin}^"]
        if item.hint:
            lines.append(f"    {item.hint}")
    counts = Counter(item.category for item in found)
    total = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
    return "".join(f"{line}\n" for line in [*lines, total or "nothing found"])


def _json(found: list[LintFinding]) -> str:
    rows = [
        {
            "rule": item.rule,
            "category": item.category,
            "message": item.message,
            "file": item.file,
            "row": item.row,
            "col": item.col,
            "hint": item.hint,
        }
        for item in found
    ]
    return orjson.dumps({"findings": rows}, option=orjson.OPT_INDENT_2).decode() + "\n"


def _sarif(found: list[LintFinding]) -> str:
    explained = {rule.id: rule.explanation for rule in RULES}
    used = sorted({item.rule for item in found})
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "policyengine lint",
                "version": __version__,
                "rules": [
                    {"id": name, "shortDescription": {"text": explained.get(name, name)}}
                    for name in used
                ],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [
            {
                "ruleId": item.rule,
                "ruleIndex": used.index(item.rule),
                "level": "error" if item.category == "bug" else "warning",
                "message": {"text": item.message},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": item.file.replace("\\", "/")},
                            "region": {
                                "startLine": max(item.row, 1),
                                "startColumn": max(item.col, 1),
                            },
                        }
                    }
                ],
            }
            for item in found
        ],
    }
    log = {"version": "2.1.0", "runs": [run]}
    return orjson.dumps(log, option=orjson.OPT_INDENT_2).decode() + "\n"


_WRITERS = {"text": _text, "json": _json, "sarif": _sarif}

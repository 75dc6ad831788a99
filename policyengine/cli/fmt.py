"""``policyengine fmt``: Rego files in the one layout that ``opa fmt`` gives them."""

from __future__ import annotations

import difflib
import shutil
import sys
import tempfile
from pathlib import Path

import click

from policyengine.cli.rego_findings import findings_text
from policyengine.errors import ExitCode, OutputError, RegoCompileError, UsageError
from policyengine.given_file import read_given
from policyengine.rego.sources import rego_files
from policyengine.rego.syntax.ast import RegoVersion
from policyengine.rego.syntax.formatting import Target, format_source
from policyengine.rego.syntax.parser import parse_module
from policyengine.rego.syntax.source import decode
from policyengine.report.escape import terminal_text

_STDIN = "stdin"


@click.command(name="fmt", epilog="Example: policyengine fmt --check --diff policies/")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--write", "-w", is_flag=True, help="Write what changes back to its file.")
@click.option("--list", "-l", "names", is_flag=True, help="Print the names of what would change.")
@click.option("--diff", "-d", is_flag=True, help="Print what would change as a diff.")
@click.option("--check", "--fail", is_flag=True, help="Exit with 1 if anything would change.")
@click.option(
    "--upgrade",
    "--v0-v1",
    "--rego-v1",
    is_flag=True,
    help="Read Rego v0, and write what reads the same as v0 and as v1.",
)
@click.option("--v0-compatible", is_flag=True, help="Read and write Rego v0.")
@click.option(
    "--drop-v0-imports", is_flag=True, help="Leave out the imports that v1 has no need of."
)
def command(
    *,
    paths: tuple[str, ...],
    write: bool,
    names: bool,
    diff: bool,
    check: bool,
    upgrade: bool,
    v0_compatible: bool,
    drop_v0_imports: bool,
) -> int:
    """Lay out the Rego files at PATH, byte for byte as opa fmt does.

    Prints them, unless an option says otherwise. Without PATH, standard input is read.
    """
    if upgrade and v0_compatible:
        raise UsageError("--upgrade writes v1", found="--v0-compatible beside it")
    if write and (names or diff or check):
        raise UsageError("--write changes files", found="an option beside it that only tells")
    version: RegoVersion = "v0" if upgrade or v0_compatible else "v1"
    target: Target = "v0-v1" if upgrade else version_target(version)
    if paths:
        files = [(str(file), read_given(file, error=UsageError)) for file in rego_files(paths)]
        if not files:
            raise UsageError("there is no Rego to format", found=", ".join(paths))
    elif write:
        raise UsageError("--write needs a PATH", found="standard input")
    else:
        files = [(_STDIN, sys.stdin.buffer.read())]
    changed = refused = False
    for file, content in files:
        source = decode(content)
        own_version, own_target = version, target
        if upgrade and not _reads_as(source, file, "v0") and _reads_as(source, file, "v1"):
            # It is v1 already, as some files of a folder may be that is upgraded bit by bit.
            own_version, own_target = "v1", "v1"
        try:
            text = format_source(
                source,
                file=file,
                rego_version=own_version,
                target=own_target,
                drop_v0_imports=drop_v0_imports,
            ).encode("utf-8", "surrogateescape")
        except RegoCompileError as error:
            click.echo(findings_text(error.errors), err=True)
            if version == "v1" and _reads_as(source, file, "v0"):
                click.echo(
                    f"{terminal_text(file)} is Rego v0: --upgrade writes it as v1, "
                    "--v0-compatible leaves it v0",
                    err=True,
                )
            refused = True
            continue
        if text != content:
            changed = True
            if write:
                _replace(Path(file), text)
        _tell(file, content, text, names=names or (check and not diff), diff=diff, write=write)
    if refused:
        return int(ExitCode.BUNDLE_REJECTED)
    return int(ExitCode.DENIED if check and changed else ExitCode.ALLOWED)


def _reads_as(source: str, file: str, version: RegoVersion) -> bool:
    try:
        parse_module(source, file=file, rego_version=version)
    except RegoCompileError:
        return False
    return True


def version_target(version: RegoVersion) -> Target:
    return "v0" if version == "v0" else "v1"


def _tell(file: str, content: bytes, text: bytes, *, names: bool, diff: bool, write: bool) -> None:
    if names and text != content:
        click.echo(file)
    if diff and text != content:
        for line in difflib.unified_diff(
            decode(content).splitlines(keepends=True),
            decode(text).splitlines(keepends=True),
            file,
            f"{file} (formatted)",
        ):
            click.echo(line, nl=False)
            if not line.endswith("\n"):
                click.echo("\n\\ No newline at end of file")
    if not (names or diff or write):
        click.echo(text, nl=False)


def _replace(file: Path, text: bytes) -> None:
    """Put ``text`` in the place of a file, whole or not at all."""
    target = file.resolve()
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as stream:
            stream.write(text)
        written = Path(stream.name)
        try:
            shutil.copymode(target, written)
            written.replace(target)
        except OSError:
            written.unlink()
            raise
    except OSError as error:
        raise OutputError("cannot be written", where=str(file), found=error.strerror) from None

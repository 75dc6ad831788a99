"""``policyengine waivers``: exceptions that expire, kept in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson

from policyengine.cli.bundle_options import instant
from policyengine.cli.signing_options import signing_options
from policyengine.cli.waiver_options import hold_file, problems_among, read_waiver_set, tell
from policyengine.cli.waiver_signing import Signer, sign, verify, write_waivers
from policyengine.errors import ExitCode, ResultError, UsageError, WaiverError
from policyengine.evaluate import problems_of
from policyengine.given_file import read_given
from policyengine.model.instant import Instant
from policyengine.model.verdict import Verdict
from policyengine.model.waiver import Waiver, WaiverFault
from policyengine.model.waiver_set import WaiverSet
from policyengine.report.escape import terminal_text
from policyengine.report.result_reading import read_result
from policyengine.settings import Settings, load_settings
from policyengine.waivers.imports import IMPORTS, ImportTerms, import_waivers
from policyengine.waivers.writing import NewWaiver, appended, without

_RESULT = click.option(
    "--result",
    "results",
    multiple=True,
    metavar="RESULT.json",
    help="A result of check --format json, to tell which waivers are used. Repeatable.",
)
_NOW = click.option("--now", metavar="TIME", help="As at this RFC 3339 time, not at the present.")


@click.group()
def command() -> None:
    """List, add, check, prune, import, sign and verify waivers: what may pass for a while."""


@command.command(name="list", epilog="Example: policyengine waivers list waivers.yaml")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format", "-f", "form", type=click.Choice(["text", "json"]), default="text", help="[text]"
)
@_NOW
def list_(*, files: tuple[str, ...], form: str, now: str | None) -> None:
    """List the waivers in FILEs, those that end first at the top."""
    at = instant(now)
    given = read_waiver_set(files, load_settings(), at=[at])
    ordered = sorted(given.waivers, key=lambda waiver: (waiver.expires, waiver.rule))
    if form == "json":
        rows = [_object(waiver, given, at) for waiver in ordered]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    for waiver in ordered:
        click.echo(terminal_text(f"{_status(waiver, given, at):<14} {_described(waiver)}"))
    click.echo(f"{len(ordered)} {'waiver' if len(ordered) == 1 else 'waivers'}")
    for source in given.sources:
        if source.signer is not None:
            named = f" ({source.keyid})" if source.keyid else ""
            click.echo(terminal_text(f"{source.file}: signed by {source.signer}{named}"))


@command.command(epilog="Example: policyengine waivers check waivers.yaml --result result.json")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@_RESULT
@_NOW
def check(*, files: tuple[str, ...], results: tuple[str, ...], now: str | None) -> int:
    """Say what is wrong with the waivers in FILEs.

    A waiver that has ended, has not begun, is longer than the settings allow, or has an approver
    who is none, is an error, and the exit code is 2. One that means everything, or with --result
    nothing that was found, is noted.
    """
    at = instant(now)
    given = read_waiver_set(files, load_settings(), at=[at])
    verdicts = _verdicts(results)
    problems = problems_among(given, verdicts, at)
    if not results:
        problems = tuple(p for p in problems if p.fault is not WaiverFault.UNUSED)
    tell(problems, quiet=False)
    if any(problem.refuses for problem in problems):
        return int(ExitCode.USAGE)
    click.echo(f"{len(given.waivers)} waivers, none refused")
    return int(ExitCode.ALLOWED)


@command.command(
    epilog="Example: policyengine waivers add waivers.yaml --rule scan.fixable "
    "--vulnerability CVE-2026-1234 --reason 'not reachable' --owner shop --approver security "
    "--expires 2026-12-31"
)
@click.argument("file", metavar="FILE")
@click.option("--rule", required=True, metavar="ID", help="Rule whose reasons are waived.")
@click.option("--repository", metavar="PATTERN", help="Only images of such a repository.")
@click.option("--digest", metavar="DIGEST", help="Only the image of this digest.")
@click.option("--vulnerability", metavar="ID", help="Only this vulnerability.")
@click.option("--package", metavar="NAME", help="Only this package.")
@click.option("--path", metavar="PATTERN", help="Only such a path.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it may pass.")
@click.option("--owner", required=True, metavar="NAME", help="Who answers for it.")
@click.option("--approver", required=True, metavar="NAME", help="Who approved it.")
@click.option("--expires", required=True, metavar="DAY", help="Until when, as in 2026-12-31.")
@click.option("--ticket", metavar="TEXT", help="Where it is tracked.")
@signing_options
@_NOW
def add(*, file: str, now: str | None, **options: str | None) -> int:
    """Add a waiver to FILE, which is made if it is not there. It holds from today.

    One that would let nothing pass is not added. A FILE that must be signed is held to that first,
    and must be signed again: by --key, or by policyengine waivers sign.
    """
    from policyengine.waivers import read_waivers

    settings, at = load_settings(), instant(now)
    signer = Signer.of(options, at=at)
    fields = {name: options[name] for name in NewWaiver.__dataclass_fields__ if name in options}
    entry = NewWaiver(created=str(at)[:10], **fields)  # type: ignore[arg-type] # click requires them
    text = appended(_content(file, settings, at), [entry])
    added = read_waivers(text.encode(), where=file)[-1]
    problems = problems_of(added, settings.waiver_rules(), at)
    for problem in problems:
        if problem.refuses:
            raise WaiverError(f"would let nothing pass: it {problem.message}", where=file)
    write_waivers(file, text, signer, settings)
    tell(problems, quiet=False)
    return int(ExitCode.ALLOWED)


@command.command(epilog="Example: policyengine waivers prune waivers.yaml --dry-run")
@click.argument("file", metavar="FILE")
@_RESULT
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and change nothing.")
@signing_options
@_NOW
def prune(
    *, file: str, results: tuple[str, ...], dry_run: bool, now: str | None, **options: Any
) -> None:
    """Remove from FILE the waivers that have ended, and with --result those that mean nothing.

    A FILE that must be signed is held to that first, and must be signed again.
    """
    settings, at = load_settings(), instant(now)
    signer = Signer.of(options, at=at)
    given = read_waiver_set([file], settings, at=[at])
    gone = {WaiverFault.EXPIRED, *([WaiverFault.UNUSED] if results else [])}
    problems = [
        problem
        for problem in problems_among(given, _verdicts(results), at)
        if problem.fault in gone
    ]
    for problem in problems:
        text = f"{file}:{problem.waiver.row}: {_described(problem.waiver)}: {problem.message}"
        click.echo(terminal_text(text))
    removed = {problem.waiver.row for problem in problems}
    if removed and not dry_run:
        rows = [waiver.row for waiver in given.waivers]
        text = without(_content(file, settings, at), rows, removed)
        write_waivers(file, text, signer, settings)
    click.echo(f"{len(removed)} {'would be removed' if dry_run else 'removed'}")


@command.command(
    name="import",
    epilog="Example: policyengine waivers import .trivyignore --rule scan.fixable "
    "--rule scan.unfixed --owner shop --approver security --expires 2026-12-31 -o waivers.yaml",
)
@click.argument("source", metavar="FILE")
@click.option("--from", "kind", type=click.Choice(IMPORTS), help="[told by its content]")
@click.option(
    "--rule", "rules", multiple=True, metavar="ID", help="Rule that it waives. Repeatable."
)
@click.option("--owner", required=True, metavar="NAME", help="Who answers for them.")
@click.option("--approver", required=True, metavar="NAME", help="Who approved them.")
@click.option("--expires", required=True, metavar="DAY", help="For those that say no day.")
@click.option("--output", "-o", required=True, metavar="FILE", help="Waiver file to add them to.")
@_NOW
def import_(
    *,
    source: str,
    kind: str | None,
    rules: tuple[str, ...],
    output: str,
    now: str | None,
    **terms: str,
) -> None:
    """Turn the ignore file of another tool into waivers.

    \b
    Read are .trivyignore and .trivyignore.yaml, the ignore rules of Grype's configuration, and
    the volatileConfig of Conforma. What they say that a waiver cannot is told, and not imported.

    What another file says is in nobody's name yet: where waivers must be signed, read what was
    imported, and sign it with policyengine waivers sign.
    """
    from policyengine.waivers import read_waivers

    settings, at = load_settings(), instant(now)
    data = read_given(source, error=WaiverError)
    imported = import_waivers(
        data,
        where=source,
        kind=kind,
        terms=ImportTerms(rules=rules, created=str(at)[:10], **terms),
    )
    for line in imported.left_out:
        click.echo(terminal_text(f"{source}: not imported: {line}"), err=True)
    if not imported.waivers:
        raise UsageError("has nothing that can be a waiver", where=source)
    content = _content(output, settings, at)
    there = {waiver.about for waiver in read_waivers(content, where=output)} if content else set()
    new = [waiver for waiver in imported.waivers if waiver.about not in there]
    if new:
        text = appended(content, new)
        added = read_waivers(text.encode(), where=output)[-len(new) :]
        kept = settings.waiver_rules()
        tell([p for waiver in added for p in problems_of(waiver, kept, at)], quiet=False)
        write_waivers(output, text, None, settings)
    there_already = len(imported.waivers) - len(new)
    click.echo(f"{len(new)} imported" + (f", {there_already} there already" * bool(there_already)))


def _verdicts(paths: tuple[str, ...]) -> list[Verdict]:
    return [
        verdict
        for path in paths
        for verdict in read_result(read_given(path, error=ResultError), where=path)
    ]


def _content(path: str, settings: Settings, at: Instant) -> bytes:
    """Return what is in a file that will be changed, nothing where there is none.

    Whoever signs the changed file signs all of it: so what was there is held to the settings too.
    """
    if not Path(path).exists():
        return b""
    return hold_file(path, settings, at=[at]).data


def _status(waiver: Waiver, given: WaiverSet, now: Instant) -> str:
    refusing = [p for p in problems_of(waiver, given.rules, now) if p.refuses]
    if refusing:
        return refusing[0].fault.value.replace("_", " ")
    days = (waiver.expires.ns - now.ns) // 86_400_000_000_000
    return f"{days} days left"


def _described(waiver: Waiver) -> str:
    narrowed = (
        ("repository", waiver.repository),
        ("digest", waiver.digest),
        ("vulnerability", waiver.vulnerability),
        ("package", waiver.package),
        ("path", waiver.path),
    )
    parts = [f"{name} {value}" for name, value in narrowed if value is not None]
    return f"{waiver.rule} ({', '.join(parts) or 'everything'}): {waiver.reason}"


def _object(waiver: Waiver, given: WaiverSet, now: Instant) -> dict[str, Any]:
    from policyengine.report.result_json import waiver_object

    problems = problems_of(waiver, given.rules, now)
    return {
        **waiver_object(waiver),
        "status": _status(waiver, given, now),
        "problems": [{"fault": p.fault.value, "message": p.message} for p in problems],
    }


for _command in (sign, verify):
    command.add_command(_command)

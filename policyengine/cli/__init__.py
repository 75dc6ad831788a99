"""The command line: a file a command; parse, wire together, print, exit.

Commands are imported when they are run, so that ``--help`` and ``--version`` stay fast.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from policyengine import __version__
from policyengine.errors import ExitCode, PolicyEngineError
from policyengine.garbage import paused_collection

_ISSUES = "https://github.com/image-policyengine/image-policyengine/issues"

# Task, command, what it does. The module of a command is policyengine.cli.COMMAND, with _ for -.
_COMMANDS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Judge images",
        (
            ("check", "Judge images by a policy bundle: may they ship?"),
            ("pipeline", "Build, scan, judge, and only then push and sign an image."),
            ("gate", "Judge stored input documents only, where nothing may be collected."),
            ("audit", "Judge a whole inventory of images, and resume after a stop."),
            ("attest", "Sign a verdict as an attestation, and put it beside its image."),
            ("report", "Convert, merge and compare results."),
            (
                "waivers",
                "Let reasons pass for a while: list, change, import and sign waivers.",
            ),
        ),
    ),
    (
        "Gather evidence",
        (
            ("collect", "Gather all that is known about an image into one input document."),
            ("bases", "Keep a catalogue of base images: add, list."),
        ),
    ),
    (
        "Write policies",
        (
            ("eval", "Evaluate a Rego query over modules, data and an input."),
            ("repl", "Ask an input document questions, line by line."),
            ("lint", "Look for mistakes in Rego that compiles."),
            ("lsp", "Serve editors: diagnostics, documentation, definitions, completions."),
            ("check-rego", "Check Rego files: is this right, before anything runs?"),
            ("fmt", "Lay out Rego files as opa fmt does, or upgrade them from v0."),
            ("test", "Run the tests of Rego files, with coverage and what failed and why."),
            ("new", "Begin a rule, a bundle, or the tests of a rule."),
            ("explain", "Tell which files said a fact, or why a rule gave its reasons."),
            ("docs", "Write the reference of the policy library: rules, parameters, controls."),
            ("bundle", "Build, sign, verify, release, lock and compare bundles."),
            ("parse", "Print the syntax tree of a Rego file as JSON."),
        ),
    ),
    (
        "Set up",
        (
            ("config", "Show the settings in force, and where each comes from."),
            ("completion", "Print the completion script for a shell."),
        ),
    ),
)


@dataclass(slots=True, kw_only=True)
class Session:
    """What the options before the command say."""

    debug: bool = False
    quiet: bool = False


class _LazyGroup(click.Group):
    """A group that knows its commands by name and imports only the one that is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for _, commands in _COMMANDS for name, _ in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        # Modules are full of cycles, and stay as long as the process does.
        with paused_collection():
            module = import_module(f"policyengine.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and name not in self.list_commands(ctx):
            from difflib import get_close_matches

            near = get_close_matches(name, self.list_commands(ctx), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"No such command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for task, commands in _COMMANDS:
            with formatter.section(task):
                formatter.write_dl(commands)


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"policyengine {__version__}")
        ctx.exit()


@click.command(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 allowed, 1 denied, 2 usage, 3 incomplete evidence, 4 bundle rejected.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress and no notices.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
@click.pass_context
def cli(ctx: click.Context, *, debug: bool, quiet: bool) -> None:
    """Decide, from evidence, whether a container image may ship.

    \b
      policyengine check docker-archive:image.tar --evidence reports/
      policyengine check registry.example/app:1.4 --environment production
    """
    ctx.obj = Session(debug=debug, quiet=quiet)


def main() -> None:
    """Run the command line and exit with the code that ``docs/exit-codes.md`` gives."""
    code = run(lambda: cli.main(prog_name="policyengine", standalone_mode=False))
    # The interpreter would walk all values that are left, several times, to free what ends anyway.
    gc.freeze()
    sys.exit(code)


def run(command: Callable[[], Any]) -> int:
    """Run ``command`` and return its exit code; every error becomes one line on standard error."""
    debug = "--debug" in sys.argv[1:]
    try:
        code = command()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return int(ExitCode.USAGE)
    except click.ClickException as error:
        click.echo(f"policyengine: {printable(_in_one_line(error))}", err=True)
        return int(ExitCode.USAGE)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return 130
    except PolicyEngineError as error:
        if debug:
            raise
        click.echo(f"policyengine: {printable(str(error))}", err=True)
        return int(error.exit_code)
    except Exception as error:
        if debug:
            raise
        click.echo(
            f"policyengine: this is a bug: {type(error).__name__}: {printable(str(error))}; "
            f"please report it, with the output of --debug, at {_ISSUES}",
            err=True,
        )
        return int(ExitCode.INTERNAL)
    return code if isinstance(code, int) else 0


def _in_one_line(error: click.ClickException) -> str:
    """Return what is wrong with the command line, and where its help is."""
    text = " ".join(error.format_message().split()).removesuffix(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return text
    return f"{text} (see {context.command_path} --help)"


def printable(text: str) -> str:
    """Return ``text`` without control characters: an error may quote hostile evidence."""
    return "".join(
        char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in text
    )

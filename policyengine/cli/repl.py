"""``policyengine repl``: ask an input document questions, one after the other."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click

from policyengine.cli.query_output import Beside, as_pretty
from policyengine.cli.rego_findings import findings_text
from policyengine.cli.rego_sources import sources_of
from policyengine.cli.trace_output import EXPLANATIONS, trace_text
from policyengine.errors import EvaluationError, RegoCompileError, UsageError
from policyengine.given_file import read_given
from policyengine.rego.lint.calls import name_of
from policyengine.rego.policy import Policy
from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.runtime.trace import Trace
from policyengine.rego.sources import read_value
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.parser import parse_module
from policyengine.rego.syntax.visit import walk
from policyengine.report.escape import terminal_text
from policyengine.settings import load_settings

PROMPT: Final = "> "
_KEPT: Final = 1000  # lines of history
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_STEP: Final = re.compile(r'[A-Za-z_]\w*|\[\w+\]|\["[^"]*"\]')
_KEY_BEGUN: Final = re.compile(r'(?P<head>.*)\["(?P<key>[^"]*)')
_LOOKED_AT: Final = 1000  # elements of an array, for the fields that they have
# A space where a query follows.
_COMMANDS: Final = ("explain ", "fails ", "help", "quit", "reload", "rules", "type ")

_HELP: Final = """\
QUERY            a Rego query: input.image.user.name, data.acme.deny, x := input.environment
:type QUERY      the type of each value that it gives
:explain QUERY   the steps of its evaluation
:fails QUERY     the steps that failed
:rules           the rules that are loaded
:reload          read modules, data and input again
:help            this
:quit            leave; so does the end of the input
"""


@click.command(epilog="Example: policyengine repl -d policies/ -i input.json")
@click.option(
    "--data",
    "-d",
    multiple=True,
    metavar="PATH",
    help="Rego and data: a file or folder. Repeatable.",
)
@click.option(
    "--bundle", "-b", "bundles", multiple=True, metavar="BUNDLE", help="A bundle. Repeatable."
)
@click.option("--input", "-i", "document", metavar="FILE", help="The input, as JSON or YAML.")
def command(*, data: tuple[str, ...], bundles: tuple[str, ...], document: str | None) -> None:
    """Answer Rego queries over an input document, line by line.

    Tab completes paths of the input, names of rules and builtins; the lines are kept for the next
    time. :help lists what else there is.
    """
    session = _Session(data, bundles, document)
    session.load()
    with_history = _edited(session)
    click.echo(f"{len(session.rules())} rules; :help lists what can be asked")
    try:
        for line in _lines():
            if not session.answer(line.strip()):
                break
    finally:
        with_history()


def _lines() -> Iterator[str]:
    while True:
        try:
            yield input(PROMPT)
        except EOFError:
            click.echo()
            return
        except KeyboardInterrupt:
            # One line is given up, as in a shell.
            click.echo()


class _Session:
    """What is loaded, and how a line is answered."""

    def __init__(
        self, data: tuple[str, ...], bundles: tuple[str, ...], document: str | None
    ) -> None:
        self._data = data
        self._bundles = bundles
        self._document = document
        self._limits = load_settings().evaluation_limits().of_evaluation()
        self._policy = Policy.compile({})
        self._given: dict[str, Any] = {}
        self._names: list[str] = []

    def load(self) -> None:
        """Read everything. Raises RegoCompileError and UsageError; what was loaded then stays."""
        sources = sources_of(self._data, self._bundles)
        policy = Policy.compile(
            sources.modules, data=sources.data, file_rego_versions=sources.rego_versions
        )
        given: dict[str, Any] = {}
        if self._document is not None:
            content = read_given(self._document, error=UsageError)
            is_yaml = self._document.endswith((".yaml", ".yml"))
            given["input"] = read_value(content, where=self._document, is_yaml=is_yaml)
        names = set()
        for file, source in sources.modules.items():
            version = sources.rego_versions.get(file, "v1")
            tree = parse_module(source, file=file, rego_version=version)
            names |= {f"{name_of(tree.package.path)}.{rule.head.name}" for rule in tree.rules}
        self._policy, self._given, self._names = policy, given, sorted(names)

    def rules(self) -> list[str]:
        """Return the full names of all rules."""
        return self._names

    def answer(self, line: str) -> bool:
        """Answer one line; False ends the session. A mistake is told, and does not end it."""
        name, _, rest = line.partition(" ")
        try:
            if name in {":quit", ":q", ":exit"}:
                return False
            if name.startswith(":"):
                self._command(name, rest.strip())
            elif line and not line.startswith("#"):
                self._show(line)
        except RegoCompileError as error:
            click.echo(findings_text(error.errors))
        except (EvaluationError, UsageError) as error:
            click.echo(str(error))
        return True

    def words(self, text: str, before: str = "") -> list[str]:
        """Return what may stand where ``text`` does, behind ``before`` in the line."""
        if before.strip() == ":":
            return [name for name in _COMMANDS if name.startswith(text)]
        begun = _KEY_BEGUN.fullmatch(text)
        if begun is not None:
            head, key = begun["head"], begun["key"]
            return [f'{head}["{name}"]' for name in self._keys(head) if name.startswith(key)]
        head, dot, last = text.rpartition(".")
        if dot and _STEP.match(head) and _STEP.findall(head)[0] == "input":
            names = (name for name in self._keys(head) if _NAME.fullmatch(name))
            return [f"{head}.{name}" for name in names if name.startswith(last)]
        builtins = (name for name in BUILTINS if not name.startswith("internal."))
        every = [*self.rules(), *builtins, "input", "data"]
        return sorted(name for name in every if name.startswith(text))

    def _keys(self, reference: str) -> list[str]:
        """Return the fields of what is at ``reference`` in the input; a variable in brackets
        stands for each element."""
        first, *steps = _STEP.findall(reference) or [""]
        values = [self._given.get("input")] if first == "input" else []
        for step in steps:
            values = list(islice(_below(values, step), _LOOKED_AT))
        fields = {key for value in values if isinstance(value, Mapping) for key in value}
        return sorted(key for key in fields if isinstance(key, str) and '"' not in key)

    def _command(self, name: str, rest: str) -> None:
        commands: dict[str, Callable[[str], None]] = {
            ":help": lambda _: click.echo(_HELP, nl=False),
            ":rules": lambda _: click.echo("\n".join(self.rules()) or "none"),
            ":reload": lambda _: self._reload(),
            ":type": self._types,
            ":explain": lambda query: self._explain(query, "full"),
            ":fails": lambda query: self._explain(query, "fails"),
        }
        if name not in commands:
            raise UsageError("no such command", found=name, expected=", ".join(commands))
        if name in {":type", ":explain", ":fails"} and not rest:
            raise UsageError(f"{name} needs a query", expected=f"{name} input.image")
        commands[name](rest)

    def _reload(self) -> None:
        self.load()
        click.echo(f"{len(self.rules())} rules")

    def _solve(self, query: str, **more: Any) -> list[Any]:
        found: list[Any] = self._policy.solve(
            query,
            now_ns=time.time_ns(),
            limits=self._limits,
            print_to=click.echo,
            **self._given,
            **more,
        )
        return found

    def _show(self, query: str) -> None:
        found = self._solve(query)
        body = self._policy.prepared(query).body
        if found:
            click.echo(as_pretty(found, body, Beside()))
            return
        click.echo("undefined")
        for line in dict.fromkeys(self._not_there(body)):
            click.echo(terminal_text(f"  {line}"))

    def _not_there(self, body: ast.Body) -> Iterator[str]:
        """Which names of the query the input does not have: in Rego a slip is only undefined."""
        for reference in (node for expr in body for node in walk(expr)):
            if not isinstance(reference, ast.Ref) or "input" not in self._given:
                continue
            head, *steps = reference.terms
            if not isinstance(head, ast.Var) or head.name != "input":
                continue
            value, path = self._given["input"], "input"
            for step in steps:
                if not isinstance(step, ast.String) or not isinstance(value, Mapping):
                    break
                if step.value not in value:
                    near = get_close_matches(step.value, [k for k in value if type(k) is str], n=1)
                    hint = f"; did you mean {path}.{near[0]}?" if near else ""
                    yield f"{path}.{step.value} is not in the input{hint}"
                    break
                value, path = value[step.value], f"{path}.{step.value}"

    def _types(self, query: str) -> None:
        found = self._policy.query(query, now_ns=time.time_ns(), limits=self._limits, **self._given)
        for result in found:
            values = result.bindings or {"": result.expressions[-1]}
            for name, value in values.items():
                click.echo(f"{name}: {_type(value)}" if name else _type(value))
        if not found:
            click.echo("undefined")

    def _explain(self, query: str, which: str) -> None:
        trace = Trace()
        found = self._solve(query, trace=trace)
        click.echo(trace_text(EXPLANATIONS[which](trace.events)))
        count = f"{len(found)} solution{'s' if len(found) > 1 else ''}"
        click.echo(count if found else "undefined")


def _below(values: list[Any], step: str) -> Iterator[Any]:
    key = step[1:-1] if step.startswith("[") else step
    for value in values:
        if isinstance(value, Mapping):
            named = key.strip('"')
            if step.startswith("[") and not key.startswith('"'):
                yield from value.values()
            elif named in value:
                yield value[named]
        elif isinstance(value, list) and step.startswith("["):
            if not key.isdecimal():
                yield from value
            elif int(key) < len(value):
                yield value[int(key)]


def _type(value: Any) -> str:
    """Return the type of a JSON value; of a collection with what is in it."""
    names = {bool: "boolean", str: "string", type(None): "null"}
    if type(value) in names:
        return names[type(value)]
    if isinstance(value, list):
        kinds = sorted({_type(item) for item in value})
        return f"array of {' or '.join(kinds) or 'nothing'}"
    if isinstance(value, dict):
        fields = ", ".join(f"{key}: {_type(item)}" for key, item in sorted(value.items())[:20])
        return f"object {{{fields}{', ...' if len(value) > 20 else ''}}}"
    return "number"


def _edited(session: _Session) -> Callable[[], None]:
    """Set up completion and history where lines can be edited; return what keeps the history."""
    try:
        import readline
    except ImportError:
        return lambda: None
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    file = state / "policyengine" / "repl_history"
    offered: list[str] = []

    def complete(text: str, number: int) -> str | None:
        if number == 0:
            begins = readline.get_begidx()
            offered[:] = session.words(text, readline.get_line_buffer()[:begins])
        return offered[number] if number < len(offered) else None

    readline.set_completer_delims(" \t\n(){},:=!<>+*|&;")
    readline.set_completer(complete)
    readline.parse_and_bind("tab: complete")
    readline.set_history_length(_KEPT)
    try:
        readline.read_history_file(file)
    except OSError:
        readline.clear_history()

    def keep() -> None:
        try:
            # Queries may quote what is in the document: they are the user's alone.
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600)
            readline.write_history_file(file)
        except OSError as error:
            click.echo(f"the history is not kept: {error.strerror}", err=True)

    return keep

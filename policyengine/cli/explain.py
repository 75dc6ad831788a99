"""``policyengine explain``: who said a fact of a document, and what came of a rule over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from policyengine.cli.bundle_options import bundle_options, bundles, instant
from policyengine.errors import EvidenceError, ExitCode, UsageError
from policyengine.model.policy import PolicyBundle, PolicyRule
from policyengine.rego.runtime.follow import Extent
from policyengine.rego.runtime.json_values import to_json
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.values import Value
from policyengine.rego.steps import Attempt, RuleSteps, Step
from policyengine.rego.syntax.ast_json import Json, json_text

if TYPE_CHECKING:
    from policyengine.document import InputDocument

_LONGEST: Final = 160

_Mask = Callable[[str], str]


@click.command(
    epilog="Example: policyengine explain input.json /scan/vulnerabilities/17, or "
    "policyengine explain input.json --rule image.root_user"
)
@click.argument("document", metavar="INPUT.json")
@click.argument("facts", metavar="[POINTER]...", nargs=-1)
@bundle_options
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="ID",
    help="Rule to explain: its id, or its package and name. Repeatable.",
)
@click.option(
    "--format", "-f", "form", type=click.Choice(["text", "json"]), default="text", help="[text]"
)
@click.option("--all", "everything", is_flag=True, help="The rules that it calls too.")
@click.option("--now", metavar="TIME", help="As at this RFC 3339 time.  [that of the document]")
def command(
    *, document: str, facts: tuple[str, ...], rules: tuple[str, ...], form: str, **options: Any
) -> int:
    """Tell which files said a fact of an input document, and where in them.

    With --rule: why a rule gave its reasons for the document, or at which expression it ended.
    Exits with 0 whatever the rule gave: the verdict is that of check and gate.
    """
    from policyengine.document import at_time, mask_text, read_document, secret_values, view_of
    from policyengine.given_file import read_given
    from policyengine.rego.following import follow_rules
    from policyengine.rego.runtime.limits import Limits
    from policyengine.settings import load_settings

    if bool(facts) == bool(rules):
        raise UsageError(
            "nothing says what to explain" if not facts else "explains facts or rules, not both",
            expected="a pointer such as /scan/vulnerabilities/17, or --rule ID",
        )
    settings = load_settings()
    stored = read_document(read_given(document, error=EvidenceError), where=document)
    if options["now"] is not None:
        stored = at_time(stored, instant(options["now"]))
    secrets = secret_values(stored)
    if facts:
        _tell_facts(stored, facts, form, lambda text: mask_text(text, secrets))
        return int(ExitCode.ALLOWED)
    chosen = bundles(settings, options)
    limits = settings.evaluation_limits()
    shown: list[Json] = []
    for bundle, wanted in _chosen(chosen, rules):
        now_ns = stored.content["evaluated_at_ns"]
        assert isinstance(now_ns, int)  # by the schema
        steps, behind = follow_rules(
            {module.path: module.source for module in bundle.modules},
            {(rule.location.file, rule.location.row) for rule in wanted},
            input=view_of(stored, bundle.view),
            data={**bundle.data, "parameters": bundle.parameters},
            now_ns=now_ns,
            strict_builtin_errors=bundle.strict_builtin_errors,
            limits=Limits(
                seconds=limits.seconds,
                memory=limits.memory,
                steps=limits.steps,
                depth=limits.depth,
                size=limits.size,
            ),
            rego_versions={module.path: module.rego_version for module in bundle.modules},
        )
        names = {
            (rule.location.file, rule.location.row): f"{rule.id} ({rule.kind.value})"
            for rule in wanted
        }
        told = [*steps, *(behind if options["everything"] else [])]
        if form == "json":
            shown += [_json(item, bundle, lambda text: mask_text(text, secrets)) for item in told]
            continue
        for item in told:
            for line in _text(item, names, lambda text: mask_text(text, secrets)):
                click.echo(line)
    if form == "json":
        click.echo(json_text(shown))
    return int(ExitCode.ALLOWED)


def _tell_facts(stored: InputDocument, facts: Sequence[str], form: str, mask: _Mask) -> None:
    from policyengine.evaluate.fact_origins import fact_origins, fact_path

    told = [(fact, fact_origins(stored, fact_path(stored.content, fact))) for fact in facts]
    if form == "json":
        entries: list[Json] = [
            {
                "pointer": mask(fact),
                "said_by": [
                    {name: _masked(value, mask) for name, value in asdict(origin).items()}
                    for origin in origins
                ],
            }
            for fact, origins in told
        ]
        click.echo(json_text(entries))
        return
    for fact, origins in told:
        click.echo(_line(fact or "the document", mask))
        for origin in origins:
            who = " ".join(word for word in (origin.kind, origin.scanner, origin.format) if word)
            place = origin.location if origin.line is None else f"{origin.location}:{origin.line}"
            at = "" if origin.pointer is None else f" at {origin.pointer or '/'}"
            click.echo(_line(f"  {place}{at} ({who})", mask))


def _chosen(
    found: tuple[PolicyBundle, ...], wanted: tuple[str, ...]
) -> Iterator[tuple[PolicyBundle, list[PolicyRule]]]:
    """Each bundle that has some of the rules. Raises UsageError for a rule that none has."""
    known = {name for bundle in found for rule in bundle.rules for name in _names(rule)}
    for name in wanted:
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, sorted(known), n=1)
            raise UsageError(
                "no bundle has this rule",
                found=name,
                expected="the id of a rule",
                hint=f"did you mean {near[0]}?" if near else None,
            )
    for bundle in found:
        rules = [rule for rule in bundle.rules if not _names(rule).isdisjoint(wanted)]
        if rules:
            yield bundle, rules


def _names(rule: PolicyRule) -> set[str]:
    path = ".".join((*rule.package, rule.name))
    return {rule.id, path, f"data.{path}"}


def _text(item: RuleSteps, names: dict[tuple[str, int], str], mask: _Mask) -> Iterator[str]:
    head = item.head
    name = names.get((head.file, head.row))
    gave = f"gave {item.given}" if item.given else "gave nothing"
    yield _line(f"{head.file}:{head.row}: {name or _cut(head.text)}: {gave}", mask)
    failing = item.failing
    for step in item.steps:
        word = _word(step, is_end=step is failing)
        margin = "  " * step.depth
        yield _line(f"  {word:8} {step.extent.row:4}  {margin}{_cut(step.extent.text)}", mask)
        if step is failing:
            for attempt in step.failed:
                for line in _values(attempt, mask):
                    yield _line(f"{'':17}{margin}  {line}", mask)
    for number, solution in enumerate(item.solutions, start=1):
        yield _line(f"  solution {number}: {_value(solution.value, mask)}", mask)
        for index, attempt in sorted(solution.attempts.items()):
            if item.steps[index].depth == 0:
                yield _line(
                    f"    {item.steps[index].extent.row}: {'; '.join(_values(attempt, mask))}", mask
                )
    if item.given > len(item.solutions):
        yield f"  and {item.given - len(item.solutions)} more solutions"


def _word(step: Step, *, is_end: bool) -> str:
    if not step.tried:
        return "not run"
    if is_end:
        return "FAILED"
    if step.held == step.tried == 1:
        return "held"
    if step.tried == 1:
        return f"{step.held} times"
    return f"{step.held} of {step.tried}"


def _values(attempt: Attempt, mask: _Mask) -> list[str]:
    shown = [f"{_cut(text)}: {_value(value, mask)}" for text, value in attempt.values]
    if attempt.undefined is not None:
        shown.append(f"{_cut(attempt.undefined)}: undefined")
    return shown or [f"{name} = {_value(v, mask)}" for name, v in attempt.variables.items()]


def _value(value: Value, mask: _Mask) -> str:
    """Masked before it is cut: half of a secret is none that masking knows."""
    return _cut(marshal(_masked(to_json(value), mask)))


def _line(text: str, mask: _Mask) -> str:
    from policyengine.report.escape import terminal_text

    return terminal_text(mask(text)).rstrip()


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def _json(item: RuleSteps, bundle: PolicyBundle, mask: _Mask) -> Json:
    failing = item.failing
    return {
        "bundle": bundle.identity.name,
        **_place(item.head, mask),
        "solutions": item.given,
        "failed_at": None if failing is None else failing.extent.row,
        "steps": [
            {
                **_place(step.extent, mask),
                "depth": step.depth,
                "tried": step.tried,
                "held": step.held,
                "failed": [_attempt(attempt, mask) for attempt in step.failed],
                "attempts": [_attempt(attempt, mask) for attempt in step.attempts],
            }
            for step in item.steps
        ],
    }


def _place(extent: Extent, mask: _Mask) -> dict[str, Json]:
    return {
        "file": extent.file,
        "row": extent.row,
        "col": extent.col,
        "text": mask(extent.text),
    }


def _attempt(attempt: Attempt, mask: _Mask) -> Json:
    return {
        "variables": {name: _masked(to_json(v), mask) for name, v in attempt.variables.items()},
        "values": [
            {"text": mask(text), "value": _masked(to_json(value), mask)}
            for text, value in attempt.values
        ],
        "undefined": attempt.undefined,
    }


def _masked(value: Any, mask: _Mask) -> Json:
    if type(value) is str:
        return mask(value)
    if type(value) is list:
        return [_masked(item, mask) for item in value]
    if type(value) is dict:
        return {mask(key): _masked(item, mask) for key, item in value.items()}
    plain: Json = value
    return plain

"""``policyengine explain``: who said a fact of a document, what came of a rule over it, and why an
image was denied by a stored result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from policyengine.cli.bundle_options import bundle_options, bundles, instant
from policyengine.cli.steps_output import Mask, masked, shown_line
from policyengine.errors import EvidenceError, ExitCode, UsageError
from policyengine.rego.syntax.ast_json import Json, json_text

if TYPE_CHECKING:
    from policyengine.document import InputDocument


@click.command(
    epilog="Example: policyengine explain input.json /scan/vulnerabilities/17, or "
    "policyengine explain input.json --rule image.root_user, or policyengine explain result.json"
)
@click.argument("document", metavar="FILE")
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
    "--reason",
    "reasons",
    multiple=True,
    metavar="FINGERPRINT",
    help="Reason of a result, by its fingerprint or the beginning of it. Repeatable.",
)
@click.option("--image", metavar="REFERENCE", help="Only this image of a result.")
@click.option(
    "--input",
    "-i",
    "given",
    metavar="INPUT.json",
    help="The document that a result was judged from: its reasons then have their steps.",
)
@click.option(
    "--format", "-f", "form", type=click.Choice(["text", "json"]), default="text", help="[text]"
)
@click.option("--all", "everything", is_flag=True, help="The rules that it calls too.")
@click.option("--now", metavar="TIME", help="As at this RFC 3339 time.  [that of the document]")
def command(*, document: str, form: str, **options: Any) -> int:
    """Tell which files said a fact of an input document, and where in them.

    With --rule: why a rule gave its reasons for the document, or at which expression it ended.

    FILE may also be a result of check -f json: then told are its reasons, all or those of --rule
    and --reason, with the values they speak of and the files that said them; and the steps of their
    rules, where --input is the document of the verdict and --bundle its bundle.

    Exits with 0 whatever the rule gave: the verdict is that of check and gate.
    """
    from policyengine.given_file import read_given
    from policyengine.model.json_text import parse_json

    data = read_given(document, error=EvidenceError)
    content = parse_json(data, where=document, error=EvidenceError)
    if isinstance(content, dict) and "verdicts" in content:
        from policyengine.cli.explain_result import explain_result

        explain_result(data, document, form=form, options=options)
    else:
        _explain_document(data, document, form, options)
    return int(ExitCode.ALLOWED)


def _explain_document(data: bytes, where: str, form: str, options: Mapping[str, Any]) -> None:
    from policyengine.cli.rule_steps import chosen_rules, print_steps
    from policyengine.document import at_time, mask_text, read_document, secret_values
    from policyengine.settings import load_settings

    facts, rules = options["facts"], options["rules"]
    if options["reasons"] or options["image"] or options["given"]:
        raise UsageError(
            "--reason, --image and --input are about a result", where=where, found="no result"
        )
    if bool(facts) == bool(rules):
        raise UsageError(
            "nothing says what to explain" if not facts else "explains facts or rules, not both",
            expected="a pointer such as /scan/vulnerabilities/17, or --rule ID",
        )
    stored = read_document(data, where=where)
    if options["now"] is not None:
        stored = at_time(stored, instant(options["now"]))
    secrets = secret_values(stored)
    if facts:
        _tell_facts(stored, facts, form, lambda text: mask_text(text, secrets))
        return
    settings = load_settings()
    chosen = chosen_rules(bundles(settings, options), rules)
    print_steps(settings, stored, chosen, form=form, everything=options["everything"])


def _tell_facts(stored: InputDocument, facts: Sequence[str], form: str, mask: Mask) -> None:
    from policyengine.evaluate.fact_origins import fact_origins, fact_path

    told = [(fact, fact_origins(stored, fact_path(stored.content, fact))) for fact in facts]
    if form == "json":
        entries: list[Json] = [
            {
                "pointer": mask(fact),
                "said_by": [
                    {name: masked(value, mask) for name, value in asdict(origin).items()}
                    for origin in origins
                ],
            }
            for fact, origins in told
        ]
        click.echo(json_text(entries))
        return
    for fact, origins in told:
        click.echo(shown_line(fact or "the document", mask))
        for origin in origins:
            who = " ".join(word for word in (origin.kind, origin.scanner, origin.format) if word)
            place = origin.location if origin.line is None else f"{origin.location}:{origin.line}"
            at = "" if origin.pointer is None else f" at {origin.pointer or '/'}"
            click.echo(shown_line(f"  {place}{at} ({who})", mask))

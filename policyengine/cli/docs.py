"""``policyengine docs``: the reference of the policy library."""

from __future__ import annotations

import click

from policyengine.errors import UsageError


@click.command(epilog="Example: policyengine docs --collection cis-docker -f html > cis.html")
@click.option("--collection", metavar="NAME", help="Only rules of this collection.  [all rules]")
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["markdown", "html"]),
    default="markdown",
    help="[markdown]",
)
def command(*, collection: str | None, form: str) -> None:
    """Write the reference of the policy library: rules, parameters, controls, examples.

    With a matrix of the controls that each rule serves, and of those that nothing in an image can
    show, with the reason. Both forms are one file that loads nothing else.
    """
    from policyengine.bundle import open_library
    from policyengine.bundle.nearest import did_you_mean
    from policyengine.bundle.reference import (
        blocks,
        html,
        markdown,
        read_examples,
        read_frameworks,
    )
    from policyengine.resources import POLICIES

    library = open_library()
    known = {name for rule in library.rules for name in rule.collections}
    if collection is not None and collection not in known:
        raise UsageError(
            "no rule of the policy library is in the collection",
            found=repr(collection),
            hint=did_you_mean(collection, sorted(known)),
        )
    parts = blocks(
        library,
        read_frameworks(POLICIES),
        read_examples(POLICIES, library.rules),
        collection=collection,
    )
    click.echo((html if form == "html" else markdown)(parts), nl=False)

"""``policyengine collect``: gather all evidence about an image into one input document."""

from __future__ import annotations

from typing import Any

import click

from policyengine.cli.bundle_options import instant
from policyengine.cli.options import (
    dockerfile_alone,
    evidence_options,
    image_options,
    offers,
    question,
    reach,
    trust_options,
)
from policyengine.cli.output import binary_output
from policyengine.cli.progress import progress
from policyengine.document import view_of
from policyengine.document.input_document import encode
from policyengine.judge import gather, gather_dockerfile
from policyengine.model.views import DocumentView
from policyengine.settings import load_settings


@click.command(
    epilog="Example: policyengine collect oci:layout:1.4 --evidence reports/ -o input.json"
)
@click.argument("image", required=False)
@evidence_options
@image_options
@trust_options
@click.option(
    "--view",
    type=click.Choice([view.value for view in DocumentView]),
    default=DocumentView.UNIFIED.value,
    help="The shape in which policies read it.  [unified]",
)
@click.option("--output", "-o", metavar="FILE", help="Write there, not to standard output.")
@click.pass_obj
def command(
    session: Any, /, *, image: str | None, view: str, output: str | None, **options: Any
) -> None:
    """Gather all that is known about IMAGE, or a Dockerfile alone, into one input document.

    The same evidence and --now give the same bytes. The document holds the image's environment
    variables as they are, secrets among them: it is written readable by its owner only.
    """
    settings = load_settings()
    now = instant(options["now"])
    with progress(1, quiet=session.quiet) as begin:
        name = dockerfile_alone(options) if image is None else image
        begin(name)
        document = (gather_dockerfile if image is None else gather)(
            question(name, settings, options),
            offers(options),
            reach=reach(settings, options),
            now=now,
        )
    shape = DocumentView(view)
    data = document.encoded if shape is DocumentView.UNIFIED else encode(view_of(document, shape))
    with binary_output(output, private=True) as stream:
        stream.write(data)

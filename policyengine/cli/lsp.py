"""``policyengine lsp``: a language server for Rego."""

from __future__ import annotations

import click

from policyengine.errors import UsageError
from policyengine.model.views import DocumentView


@click.command(epilog="Example: policyengine lsp --view unified")
@click.option(
    "--view",
    type=click.Choice([view.value for view in DocumentView]),
    default=DocumentView.UNIFIED.value,
    help="View of the input document that the policies read.  [unified]",
)
def command(*, view: str) -> None:
    """Speak the Language Server Protocol on standard input and output.

    An editor gets what compiler and linter find, the documentation of rules and of the facts of
    the input document, definitions, uses, completions, the layout of policyengine fmt, and a way to
    run each test.
    """
    try:
        from policyengine.lsp.server import make_server
    except ImportError:
        raise UsageError(
            "the language server needs pygls", hint="install image-policyengine[lsp]"
        ) from None
    make_server(DocumentView(view)).start_io()

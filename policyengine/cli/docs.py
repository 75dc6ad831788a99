"""``policyengine docs``: the reference of the policy library, of bundles and of own policies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from policyengine.cli.output import text_output
from policyengine.errors import UsageError
from policyengine.model.views import DocumentView

if TYPE_CHECKING:
    from policyengine.bundle.reference import Subject


@click.command(
    epilog="Example: policyengine docs --collection cis-docker -f html > cis.html, or "
    "policyengine docs --bundle ./acme, or policyengine docs policies/"
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--bundle",
    "-b",
    "bundles",
    multiple=True,
    metavar="BUNDLE",
    help="A bundle: a name, a directory, FILE.tar.gz or oci://REGISTRY/REPOSITORY. Repeatable.",
)
@click.option("--collection", metavar="NAME", help="Only rules of this collection.  [all rules]")
@click.option(
    "--view",
    type=click.Choice([view.value for view in DocumentView]),
    default=DocumentView.UNIFIED.value,
    help="View of the input document that policies at PATH read.  [unified]",
)
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["markdown", "html"]),
    default="markdown",
    help="[markdown]",
)
@click.option("--output", "-o", metavar="FILE", help="Write there, not to standard output.")
def command(
    *,
    paths: tuple[str, ...],
    bundles: tuple[str, ...],
    collection: str | None,
    view: str,
    form: str,
    output: str | None,
) -> None:
    """Write a reference of rules: what they look for, parameters, controls, examples.

    Of the policy library, or of the Rego at each PATH (a folder with a .manifest is a bundle) and
    of each --bundle. With a matrix of the controls that each rule serves, and of those that nothing
    in an image can show, with the reason. Both forms are one file that loads nothing else.
    """
    from policyengine.bundle.nearest import did_you_mean
    from policyengine.bundle.reference import blocks, html, markdown

    subjects = _subjects(paths, bundles, DocumentView(view))
    known = {name for subject in subjects for rule in subject.rules for name in rule.collections}
    if collection is not None and collection not in known:
        raise UsageError(
            "no rule is in the collection",
            found=repr(collection),
            hint=did_you_mean(collection, sorted(known)),
        )
    parts = [part for subject in subjects for part in blocks(subject, collection=collection)]
    with text_output(output) as stream:
        stream.write((html if form == "html" else markdown)(parts))


def _subjects(
    paths: tuple[str, ...], bundles: tuple[str, ...], view: DocumentView
) -> list[Subject]:
    from policyengine.bundle import open_bundle
    from policyengine.bundle.documented import bundle_subject, library_subject, policies_subject
    from policyengine.bundle.files import MANIFEST
    from policyengine.cli.bundle_options import bundle_access
    from policyengine.resources import BUNDLES, POLICIES
    from policyengine.settings import load_settings

    if not paths and not bundles:
        return [library_subject(POLICIES)]
    plain: list[Path] = []
    named = list(bundles)
    for text in paths:
        path = Path(text)
        if not path.exists():
            raise UsageError("no such file or directory", where=text)
        if (path / MANIFEST).is_file():
            named.append(f"{text.rstrip('/')}/")
        else:
            plain.append(path)
    found = [policies_subject(path, view=view, library=POLICIES) for path in plain]
    access = bundle_access(load_settings()) if named else None
    for source in named:
        assert access is not None
        folder = Path(source) if Path(source).is_dir() else None
        if "/" not in source and (BUNDLES / source).is_dir():
            folder = BUNDLES / source
        bundle = open_bundle(source, parameters={}, access=access)
        found.append(bundle_subject(bundle, folder=folder, library=POLICIES))
    return found

"""``policyengine bases``: the catalogue of known base images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from policyengine.cli.options import image_reach_options, reach_of_images
from policyengine.cli.output import binary_output
from policyengine.errors import UsageError
from policyengine.report.escape import terminal_text
from policyengine.settings import load_settings

_CATALOGUE = click.option(
    "--catalogue",
    type=click.Path(),
    metavar="FILE",
    help="The catalogue.  [the setting bases.catalogue]",
)


@click.group()
def command() -> None:
    """Keep a catalogue of base images, by which images built on them are known."""


@command.command(epilog="Example: policyengine bases add registry:docker.io/library/debian:12")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@_CATALOGUE
@click.option("--name", metavar="NAME", help="What to call it, where the image has no name.")
@image_reach_options
def add(*, images: tuple[str, ...], name: str | None, **options: Any) -> None:
    """Add each IMAGE to the catalogue, or renew its entry.

    Older images of a name stay: what was built on them is known by them, and that there is a
    newer one.
    """
    from policyengine.collect.base_catalogue import added, known_base, read_catalogue, written
    from policyengine.collect.image import ImageRequest, read_image
    from policyengine.model.platform import Platform

    if name is not None and len(images) > 1:
        raise UsageError("--name is of one image", found=f"{len(images)} images")
    settings = load_settings()
    path = _path(settings.base_catalogue(), options["catalogue"])
    bases = read_catalogue(path).bases if path.exists() else ()
    reached = reach_of_images(settings, options)
    platform = options["platform"] or settings.get("platform")
    for text in images:
        request = ImageRequest(
            text=text,
            platform=None if platform is None else Platform.parse(platform),
            layers=False,
        )
        image = read_image(
            request, limits=reached.limits, registry=reached.registry, daemon=reached.daemon
        )
        bases = added(bases, known_base(image, name=name))
    with binary_output(str(path), private=False) as stream:
        stream.write(written(bases))


@command.command("list", epilog="Example: policyengine bases list --catalogue bases.json")
@_CATALOGUE
def list_(*, catalogue: str | None) -> None:
    """List the base images of the catalogue: name, platform, when it was built, layers, digest."""
    from policyengine.collect.base_catalogue import read_catalogue

    path = _path(load_settings().base_catalogue(), catalogue)
    for base in read_catalogue(path).bases:
        created = "unknown" if base.created is None else str(base.created)
        layers = f"{len(base.layers)} layers"
        row = (base.name, base.platform, created, layers, base.digest or "no digest")
        click.echo("  ".join(map(terminal_text, row)))


def _path(setting: Path | None, option: str | None) -> Path:
    if option is None and setting is None:
        raise UsageError(
            "no catalogue is named", expected="--catalogue FILE, or the setting bases.catalogue"
        )
    return Path(option) if option is not None else setting or Path()

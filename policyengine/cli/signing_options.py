"""The options by which bundles and waiver files are signed and verified."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policyengine.cli.bundle_options import Command, with_options

if TYPE_CHECKING:
    from policyengine.signed_files import Trusted

_SIGNING = (
    click.option("--key", metavar="FILE", help="Private key, in PEM or as a JWK."),
    click.option("--secret", metavar="FILE", help="Secret of HS256, HS384 or HS512."),
    click.option("--algorithm", metavar="NAME", help="As RS256.  [what is usual for the key]"),
    click.option("--keyid", metavar="TEXT", help="Name of the key, for whoever verifies."),
    click.option("--scope", metavar="TEXT", default="", help="What it is signed for.  [none]"),
)
_VERIFYING = (
    click.option("--key", "keys", multiple=True, metavar="FILE", help="Public key. Repeatable."),
    click.option("--secret", metavar="FILE", help="Secret of HS256, HS384 or HS512."),
    click.option("--algorithm", "algorithms", multiple=True, metavar="NAME", help="Only this one."),
    click.option("--keyid", metavar="TEXT", help="The key that the signature must name."),
    click.option("--scope", metavar="TEXT", default="", help="What it must be signed for.  [none]"),
)


def signing_options(command: Command) -> Command:
    """Add the options that name a key to sign by, and what the signature says."""
    return with_options(command, _SIGNING)


def verifying_options(command: Command) -> Command:
    """Add the options that say whose signature it must be."""
    return with_options(command, _VERIFYING)


def trusted_by_options(options: Mapping[str, Any]) -> Trusted | None:
    """Return whom the options trust, None where they name no key. Raises TrustPolicyError."""
    from policyengine.signed_files import trusted_keys

    keys, secret = options["keys"], options["secret"]
    if not keys and not secret:
        return None
    return trusted_keys(
        [Path(path) for path in keys],
        None if secret is None else Path(secret),
        algorithms=options["algorithms"],
        keyid=options["keyid"],
        scope=options["scope"],
        where="--key",
    )

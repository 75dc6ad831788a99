"""``policyengine attest``: a verdict as a signed attestation, beside its image if asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from policyengine.attest.statement import TYPES, VERIFIER, statement_of
from policyengine.cli.output import binary_output
from policyengine.errors import ResultError, UsageError
from policyengine.given_file import read_given
from policyengine.model.access import RegistryAccess
from policyengine.model.reference import ImageReference
from policyengine.model.verdict import Verdict
from policyengine.report.escape import terminal_text
from policyengine.report.result_reading import read_result
from policyengine.settings import load_settings

_PASSWORD = "POLICYENGINE_KEY_PASSWORD"  # noqa: S105 - the name of a variable


@click.command(
    epilog="Example: policyengine attest result.json --key vsa.pem --attach reg.example/app:1.4"
)
@click.argument("result", metavar="RESULT.json")
@click.option("--key", type=click.Path(), metavar="FILE", help="Private key, in PEM, to sign by.")
@click.option(
    "--keyless", is_flag=True, help="Sign by an identity through the public Sigstore service."
)
@click.option(
    "--identity-token",
    type=click.Path(),
    metavar="FILE",
    help="The OpenID Connect token of that identity.  [that of the CI system]",
)
@click.option(
    "--type",
    "kind",
    type=click.Choice(tuple(TYPES)),
    default="vsa",
    help="SLSA verification summary, or in-toto test result.  [vsa]",
)
@click.option("--image", metavar="IMAGE", help="Which verdict of several, by its image or digest.")
@click.option("--resource", metavar="URI", help="What the image is called.  [its package URL]")
@click.option("--verifier", metavar="URI", default=VERIFIER, help="Who judged.  [the project]")
@click.option(
    "--attach", metavar="IMAGE", help="Put the attestation beside this image in its registry."
)
@click.option("--output", "-o", metavar="FILE", help="Write the envelope there.")
@click.option(
    "--insecure-registry",
    multiple=True,
    metavar="HOST[:PORT]",
    help="Speak plain HTTP to this registry. Repeatable.",
)
@click.option(
    "--registry-ca",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    help="PEM file of a certificate authority to trust beside the system's. Repeatable.",
)
@click.pass_obj
def command(session: Any, /, *, result: str, **options: Any) -> None:
    """Sign a verdict of RESULT.json, which check --format json wrote, as an attestation.

    An allowed verdict is PASSED, any other FAILED. Nothing is judged again: attest in the job that
    judged. The password of an encrypted key is read from POLICYENGINE_KEY_PASSWORD. Without
    --attach, or with -o, the envelope (DSSE, or Sigstore's bundle with --keyless) is written. The
    exit code is 0 where it was, whatever the verdict.
    """
    if (options["key"] is None) is not options["keyless"]:
        raise UsageError("who signs is not said", expected="--key FILE, or --keyless")
    if options["identity_token"] is not None and not options["keyless"]:
        raise UsageError("--identity-token is for --keyless")
    attach = options["attach"]
    reference = None if attach is None else ImageReference.parse(attach)
    verdicts = read_result(read_given(result, error=ResultError), where=result)
    statement = statement_of(
        _chosen(verdicts, options["image"], result),
        kind=options["kind"],
        verifier=options["verifier"],
        resource=options["resource"],
        where=result,
    )
    # Nothing heavy is imported for a command line that is wrong.
    from policyengine.attest.keyless import sign_keyless
    from policyengine.attest.sign import LARGEST_KEY, read_signing_key, sign

    if options["keyless"]:
        path = options["identity_token"]
        token = None
        if path is not None:
            read = read_given(path, error=UsageError, limit=LARGEST_KEY)
            token = read.decode("ascii", "replace").strip()
        signed = sign_keyless(statement, token=token)
    else:
        path = options["key"]
        password = os.environ.get(_PASSWORD)
        key = read_signing_key(
            read_given(path, error=UsageError, limit=LARGEST_KEY),
            password=password.encode() if password else None,
            where=path,
        )
        signed = sign(statement, key)
    if reference is not None:
        from policyengine.attest.attach import attach as attach_to

        settings = load_settings()
        there = attach_to(
            signed,
            reference,
            tagged=not options["keyless"],
            access=_access(settings.registry_access(), options),
            limits=settings.read_limits(),
        )
        if not session.quiet:
            tag = f" and {there.tag}" if there.tag else ""
            click.echo(
                f"attached to {terminal_text(there.repository)}@{statement.digest}: "
                f"{there.referrer}{tag}",
                err=True,
            )
    if reference is None or options["output"] is not None:
        with binary_output(options["output"]) as stream:
            stream.write((signed.bundle if options["keyless"] else signed.envelope) + b"\n")


def _access(settings: RegistryAccess, options: Mapping[str, Any]) -> RegistryAccess:
    return replace(
        settings,
        insecure_hosts=settings.insecure_hosts | frozenset(options["insecure_registry"]),
        ca_files=(*settings.ca_files, *map(Path, options["registry_ca"])),
    )


def _chosen(verdicts: tuple[Verdict, ...], image: str | None, where: str) -> Verdict:
    found = [
        verdict for verdict in verdicts if image is None or image in {verdict.image, verdict.digest}
    ]
    if len(found) != 1:
        raise UsageError(
            "an attestation is of one verdict",
            where=where,
            found=f"{len(found)} verdicts" + ("" if image is None else f" on {image}"),
            hint="choose one with --image",
        )
    return found[0]

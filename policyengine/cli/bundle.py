"""``policyengine bundle``: build, sign, verify, release, lock and compare bundles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policyengine.cli.bundle_compare import diff, inspect
from policyengine.cli.bundle_lock import lock, locked_place, outdated, update
from policyengine.cli.bundle_options import bundle_access, instant
from policyengine.cli.bundle_registry import pull, push
from policyengine.cli.bundle_result import form_option, say, write
from policyengine.cli.signing_options import (
    signing_options,
    trusted_by_options,
    verifying_options,
)
from policyengine.errors import BundleFormatError, ExitCode, UsageError
from policyengine.report.escape import terminal_text
from policyengine.settings import load_settings

if TYPE_CHECKING:
    from policyengine.bundle.previous import Compared, PreviousSearch
    from policyengine.model.policy import PolicyBundle


@click.group()
def command() -> None:
    """Build, sign, verify, release, lock and compare bundles."""


@command.command(epilog="Example: policyengine bundle build bundles/baseline -o baseline.tar.gz")
@click.argument("directory", metavar="DIRECTORY")
@click.option("--output", "-o", metavar="FILE", help="The archive.  [NAME-VERSION.tar.gz]")
@click.option("--revision", metavar="TEXT", help="Revision, in place of that of the manifest.")
@click.option(
    "--previous",
    metavar="BUNDLE",
    help="The version before: where its rules were others, the version must be a later one.  "
    "[the latest that is known]",
)
@click.option("--no-previous", is_flag=True, help="Compare with no version before.")
@click.option("--now", metavar="TIME", help="The clock of the tests, as RFC 3339.  [the present]")
@form_option
def build(
    *,
    directory: str,
    output: str | None,
    revision: str | None,
    previous: str | None,
    no_previous: bool,
    now: str | None,
    form: str,
) -> int:
    """Build the definition in DIRECTORY: run its tests, and write an archive that OPA loads too.

    The archive has the rules that the manifest names and nothing else of the policy library. Its
    bytes are the same each time. CHANGELOG.md must have an entry for the version, and the version
    must be a later one where rules changed: since the latest version that is known from archives
    where this one is written, policyengine.lock and CHANGELOG.md.
    """
    from policyengine.bundle import open_bundle
    from policyengine.bundle.build import build_bundle
    from policyengine.bundle.previous import PreviousSearch

    if previous is not None and no_previous:
        raise UsageError("--previous and --no-previous say opposite things")
    settings = load_settings()
    before: PolicyBundle | PreviousSearch | None = None
    folder = Path(output).parent if output else Path()
    if previous is not None:
        access = bundle_access(settings, locked=False)
        before = open_bundle(previous, parameters={}, access=access)
    elif not no_previous:
        before = PreviousSearch(
            folder=folder,
            lock=bundle_access(settings).lock,
            open_locked=lambda source: open_bundle(
                locked_place(settings, source), parameters={}, access=bundle_access(settings)
            ),
        )
    built = build_bundle(
        Path(directory), now_ns=instant(now).ns, revision=revision, previous=before
    )
    identity = built.identity
    path = output or f"{identity.name}-{identity.version}.tar.gz"
    write(path, built.archive)
    compared = built.compared
    facts = {
        "file": path,
        "name": identity.name,
        "version": identity.version,
        "revision": identity.revision,
        "digest": identity.digest,
        "bytes": len(built.archive),
        "rules": built.rules,
        "tests": built.tests.held,
        "put_off": built.tests.put_off,
        "previous": None
        if compared is None
        else {
            "version": compared.version,
            "known_from": compared.known_from,
            "changed": compared.changed,
        },
    }
    text = (
        f"{path}: {identity.name} {identity.version}, {built.rules} rules, "
        f"{built.tests.held} tests held, {len(built.archive)} bytes"
    )
    if built.tests.put_off:
        text += f"\n{built.tests.put_off} tests are put off (todo_test_)"
    told = _compared(compared, identity.name, folder, is_asked=not no_previous)
    say(form, facts, f"{text}\n{told}")
    return int(ExitCode.ALLOWED)


def _compared(compared: Compared | None, name: str, folder: Path, *, is_asked: bool) -> str:
    if compared is None:
        if not is_asked:
            return "compared with no version before, as was asked"
        return (
            f"no version before is known: no archive of {name} in {folder}, and none in "
            "policyengine.lock; whether its rules changed was not looked at"
        )
    if compared.changed is None:
        return f"a later version than {compared.version}, which {compared.known_from} has"
    if compared.changed:
        return f"other rules, data or parameters than {compared.version}, {compared.known_from}"
    return f"the same rules, data and parameters as {compared.version}, {compared.known_from}"


@command.command(epilog="Example: policyengine bundle sign production.tar.gz --key private.pem")
@click.argument("bundle", metavar="BUNDLE")
@signing_options
@click.option("--output", "-o", metavar="FILE", help="The signed archive.  [BUNDLE itself]")
def sign(
    *,
    bundle: str,
    key: str | None,
    secret: str | None,
    algorithm: str | None,
    keyid: str | None,
    scope: str,
    output: str | None,
) -> int:
    """Sign BUNDLE, an archive or a directory, as opa sign does.

    A signature that is there is replaced. A directory gets its .signatures.json; one that takes
    rules from the policy library is built first, for a signature covers what lies in it.
    """
    from policyengine.bundle.archive import SUFFIXES, write_archive
    from policyengine.bundle.open import FREE_ACCESS, hold_source
    from policyengine.bundle.signatures import SIGNATURES
    from policyengine.bundle.signatures import sign as signed
    from policyengine.signed_files import signing_material

    material = signing_material(key, secret)
    is_archive = bundle.endswith(SUFFIXES) and not Path(bundle).is_dir()
    if not is_archive and not Path(bundle).is_dir():
        raise UsageError("is neither an archive nor a directory", where=bundle)
    held = hold_source(bundle, FREE_ACCESS)
    if not is_archive and set(held.files.modules) - set(held.contents):
        raise BundleFormatError(
            "takes rules from the policy library, which no signature would cover",
            where=bundle,
            hint="policyengine bundle build makes an archive that has them",
        )
    contents = {name: data for name, data in held.contents.items() if name != SIGNATURES}
    token = signed(contents, material, algorithm=algorithm, keyid=keyid, scope=scope)
    if is_archive:
        path = output or bundle
        write(path, write_archive({**contents, SIGNATURES: token}))
    else:
        path = str(Path(bundle) / SIGNATURES) if output is None else output
        write(path, token)
    click.echo(f"signed: {terminal_text(path)}")
    return int(ExitCode.ALLOWED)


@command.command(epilog="Example: policyengine bundle verify production.tar.gz --key public.pem")
@click.argument("bundle", metavar="BUNDLE")
@verifying_options
@form_option
def verify(*, bundle: str, form: str, **options: Any) -> int:
    """Verify the signature of BUNDLE: by the keys given here, else by the settings.

    Keys are public keys or certificates in PEM, or a JWK set. Without --key and --secret, the
    entries of [bundles.trust] decide, and a bundle that none of them fits is refused.
    """
    from policyengine.bundle.open import BundleAccess, hold_source
    from policyengine.bundle.trust import BundleTrust, TrustEntry

    trusted = trusted_by_options(options)
    if trusted is not None:
        access = BundleAccess(
            trust=BundleTrust(entries=(TrustEntry(pattern="*", trusted=trusted),))
        )
    else:
        access = bundle_access(load_settings())
        if not access.trust.entries:
            raise UsageError(
                "there is nothing to verify by", expected="--key, --secret or [bundles.trust]"
            )
    held = hold_source(bundle, access)
    manifest = held.files.manifest
    facts = {
        "bundle": bundle,
        "name": manifest.name,
        "version": manifest.version,
        "revision": manifest.revision,
        "digest": held.files.digest,
        "signer": held.signer,
    }
    if held.signer is None:
        say(form, facts, f"{bundle}: {manifest.name} {manifest.version} needs no signature")
    else:
        say(form, facts, f"{bundle}: {manifest.name} {manifest.version}, signed by {held.signer}")
    return int(ExitCode.ALLOWED)


for _command in (push, pull, lock, outdated, update, inspect, diff):
    command.add_command(_command)

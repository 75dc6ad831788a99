"""Commands of ``policyengine bundle`` that put bundles into registries and take them from there."""

from __future__ import annotations

import click

from policyengine.cli.bundle_options import bundle_access, registry_bundles
from policyengine.cli.bundle_result import form_option, say, write
from policyengine.errors import ExitCode, UsageError
from policyengine.settings import load_settings


@click.command(
    epilog="Example: policyengine bundle push baseline.tar.gz oci://registry.example/policies:1.4"
)
@click.argument("bundle", metavar="BUNDLE")
@click.argument("target", metavar="TARGET")
@click.option(
    "--as",
    "kind",
    type=click.Choice(["opa", "conftest"]),
    default="opa",
    help="Whose artifact it becomes.  [opa]",
)
@form_option
def push(*, bundle: str, target: str, kind: str, form: str) -> int:
    """Push BUNDLE, an archive, to TARGET, oci://REGISTRY/REPOSITORY[:TAG].

    As OPA's artifact the archive is one layer; as conftest's each file is. The digest that is
    printed is that of the artifact: the same archive has the same one.
    """
    from policyengine.bundle.archive import PACKED_BYTES, SUFFIXES
    from policyengine.bundle.open import hold_source, open_held
    from policyengine.bundle.registry import ArtifactType, push_bundle
    from policyengine.bundle.source import REGISTRY
    from policyengine.errors import BundleFormatError
    from policyengine.given_file import read_given

    if not bundle.endswith(SUFFIXES) or not target.startswith(REGISTRY):
        raise UsageError(
            "pushes an archive to a registry",
            found=f"{bundle} {target}",
            expected="FILE.tar.gz oci://REGISTRY/REPOSITORY[:TAG]",
        )
    settings = load_settings()
    held = hold_source(bundle, bundle_access(settings, locked=False))
    identity = open_held(held, {}).identity
    digest = push_bundle(
        target,
        read_given(bundle, error=BundleFormatError, limit=PACKED_BYTES),
        kind=ArtifactType(kind),
        version=identity.version,
        revision=identity.revision,
        access=settings.registry_access(),
    )
    facts = {
        "target": target,
        "artifact": digest,
        "name": identity.name,
        "version": identity.version,
        "revision": identity.revision,
        "digest": identity.digest,
        "signer": held.signer,
    }
    say(form, facts, f"{target}@{digest}: {identity.name} {identity.version}")
    return int(ExitCode.ALLOWED)


@click.command(
    epilog="Example: policyengine bundle pull oci://registry.example/policies:1.4 -o rules.tar.gz"
)
@click.argument("source", metavar="SOURCE")
@click.option("--output", "-o", required=True, metavar="FILE", help="The archive.")
@form_option
def pull(*, source: str, output: str, form: str) -> int:
    """Pull SOURCE, oci://REGISTRY/REPOSITORY[:TAG][@DIGEST], as an archive.

    OPA's artifact and conftest's are read. Trust and lock hold as in every command.
    """
    from policyengine.bundle.archive import write_archive
    from policyengine.bundle.open import hold_source, open_held
    from policyengine.bundle.source import REGISTRY

    if not source.startswith(REGISTRY):
        raise UsageError("is in no registry", where=source, expected="oci://REGISTRY/REPOSITORY")
    settings = load_settings()
    access = bundle_access(settings)
    held = hold_source(source, access)
    identity = open_held(held, {}).identity
    # From the cache, by the digest: exactly what was held to trust and lock.
    pinned = f"{source.partition('@')[0]}@{held.artifact}"
    fetched = registry_bundles(settings, None).fetch(pinned)
    archive = fetched.archive
    write(output, write_archive(held.contents) if archive is None else archive)
    facts = {
        "file": output,
        "artifact": held.artifact,
        "name": identity.name,
        "version": identity.version,
        "revision": identity.revision,
        "digest": identity.digest,
        "signer": held.signer,
    }
    say(form, facts, f"{output}: {identity.name} {identity.version}, {pinned}")
    return int(ExitCode.ALLOWED)

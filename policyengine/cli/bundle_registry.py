"""Commands of ``policyengine bundle`` that reach registries, and those of the lock file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policyengine.cli.bundle_options import bundle_access, registry_bundles
from policyengine.cli.bundle_result import form_option, say, write
from policyengine.errors import BundleError, BundleUnavailable, ExitCode, UsageError
from policyengine.report.escape import terminal_text
from policyengine.settings import Settings, load_settings

if TYPE_CHECKING:
    from policyengine.bundle import BundleAccess
    from policyengine.bundle.lock import BundleLock, LockedBundle


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


@click.command(epilog="Example: policyengine bundle lock oci://registry.example/policies:1.4")
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@form_option
def lock(*, sources: tuple[str, ...], form: str) -> int:
    """Write to policyengine.lock which bundle each SOURCE is; without any, that of the settings.

    The file lies beside the settings. Every command that finds it there refuses a bundle that is
    not in it, or is another one.
    """
    return _locked_anew(load_settings(), sources, form, keep_unreached=False)


@click.command(epilog="Example: policyengine bundle update oci://registry.example/policies:1.4")
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@form_option
def update(*, sources: tuple[str, ...], form: str) -> int:
    """Lock the SOURCEs of policyengine.lock anew, without any all of them.

    A source that cannot be reached stays as it is locked, and is told; the exit code is then 4.
    """
    settings = load_settings()
    found = _existing(settings)
    for source in sources:
        found.entry(source)
    return _locked_anew(settings, sources or tuple(found.bundles), form, keep_unreached=True)


@click.command(epilog="Example: policyengine bundle outdated")
@form_option
def outdated(*, form: str) -> int:
    """Say which bundles of policyengine.lock are others by now. Nothing is changed.

    The exit code is 1 if any is, and 4 if one cannot be reached or would be rejected.
    """
    settings = load_settings()
    found = _existing(settings)
    access = bundle_access(settings, locked=False)
    rows: list[dict[str, Any]] = []
    for source, locked in sorted(found.bundles.items()):
        row: dict[str, Any] = {"source": source, "locked": locked.version, "now": None}
        try:
            now = _now(locked_place(settings, source), access)
        except BundleError as error:
            row |= {"outdated": None, "problem": str(error)}
        else:
            row |= {"now": now.version, "outdated": now != locked, "problem": None}
        rows.append(row)
    say(form, rows, "\n".join(_outdated_line(row) for row in rows))
    if any(row["problem"] for row in rows):
        return int(ExitCode.BUNDLE_REJECTED)
    return int(ExitCode.DENIED if any(row["outdated"] for row in rows) else ExitCode.ALLOWED)


def _outdated_line(row: dict[str, Any]) -> str:
    if row["problem"]:
        return f"{row['source']}: {row['locked']}, cannot be told: {row['problem']}"
    if not row["outdated"]:
        return f"{row['source']}: {row['locked']}, the locked one"
    same = " of other content" if row["now"] == row["locked"] else ""
    return f"{row['source']}: {row['locked']}, now {row['now']}{same}"


def _existing(settings: Settings) -> BundleLock:
    from policyengine.bundle.lock import FILE, read_lock

    found = read_lock(settings.folder)
    if found is None:
        raise UsageError(
            "there is no lock file",
            where=str(settings.folder / FILE),
            hint="policyengine bundle lock makes one",
        )
    return found


def locked_place(settings: Settings, source: str) -> str:
    """Return what ``source`` of the lock file is from here: a path there is from its folder."""
    from policyengine.bundle.source import REGISTRY

    if source.startswith(REGISTRY):
        return source
    path = settings.folder / source
    return str(path) if "/" in source or path.exists() else source


def _now(source: str, access: BundleAccess) -> LockedBundle:
    from policyengine.bundle.lock import LockedBundle
    from policyengine.bundle.open import hold_source, open_held

    held = hold_source(source, access)
    identity = open_held(held, {}).identity
    return LockedBundle.of(identity, signer=held.signer, artifact=held.artifact)


def _locked_anew(
    settings: Settings, sources: tuple[str, ...], form: str, *, keep_unreached: bool
) -> int:
    from policyengine.bundle.lock import FILE, BundleLock, read_lock

    found = read_lock(settings.folder) or BundleLock(path=settings.folder / FILE, bundles={})
    access = bundle_access(settings, locked=False)
    rows: list[dict[str, Any]] = []
    kept = False
    for source in sources or (settings.bundle,):
        place = locked_place(settings, source) if source in found.bundles else source
        try:
            now = _now(place, access)
        except BundleUnavailable as error:
            if not keep_unreached:
                raise
            kept = True
            click.echo(f"{terminal_text(str(error))}; it stays as it is locked", err=True)
            continue
        found = found.with_bundle(place, now)
        rows.append(
            {
                "source": found.key(place),
                "name": now.name,
                "version": now.version,
                "digest": now.digest,
                "artifact": now.artifact,
                "signer": now.signer,
            }
        )
    write(str(found.path), found.written())
    say(form, rows, "\n".join(f"{row['source']}: {row['name']} {row['version']}" for row in rows))
    return int(ExitCode.BUNDLE_REJECTED if kept else ExitCode.ALLOWED)

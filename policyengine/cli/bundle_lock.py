"""Commands of ``policyengine bundle`` about the lock file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from policyengine.cli.bundle_options import bundle_access, registry_bundles
from policyengine.cli.bundle_result import form_option, say, write
from policyengine.errors import (
    BundleError,
    BundleFormatError,
    BundleUnavailable,
    ExitCode,
    UsageError,
)
from policyengine.report.escape import terminal_text
from policyengine.settings import Settings, load_settings

if TYPE_CHECKING:
    from policyengine.bundle import BundleAccess
    from policyengine.bundle.lock import BundleLock, LockedBundle


@click.command(epilog="Example: policyengine bundle lock oci://registry.example/policies:1.4")
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@form_option
def lock(*, sources: tuple[str, ...], form: str) -> int:
    """Write to policyengine.lock which bundle each SOURCE is; without any, that of the settings.

    The file lies beside the settings. Every command that finds it there refuses a bundle that is
    not in it, or is another one.
    """
    from policyengine.bundle.lock import FILE, BundleLock, read_lock

    settings = load_settings()
    found = read_lock(settings.folder) or BundleLock(path=settings.folder / FILE, bundles={})
    access = bundle_access(settings, locked=False)
    rows: list[dict[str, Any]] = []
    for source in sources or (settings.bundle,):
        place = locked_place(settings, source) if source in found.bundles else source
        now = _now(place, access)
        found = found.with_bundle(place, now)
        rows.append(_row(found.key(place), now))
    _written(found, rows, form)
    return int(ExitCode.ALLOWED)


@click.command(
    epilog="Example: policyengine bundle update, or "
    "policyengine bundle update oci://registry.example/policies:1.4.0 --to 1.5.0"
)
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@click.option("--to", "version", metavar="VERSION", help="Lock this version of SOURCE.")
@click.option("--latest", is_flag=True, help="Lock the latest version of its repository.")
@form_option
def update(*, sources: tuple[str, ...], version: str | None, latest: bool, form: str) -> int:
    """Lock the SOURCEs of policyengine.lock anew, without any all of them.

    With --to or --latest another version of the same repository takes the place of SOURCE: the tag
    that names it is then the source that is locked, and what has asked for the one before has to
    ask for that. A source that cannot be reached stays as it is locked, and is told; the exit code
    is then 4.
    """
    if version is not None and latest:
        raise UsageError("--to and --latest say different things")
    settings = load_settings()
    found = _existing(settings)
    chosen = sources or tuple(found.bundles)
    for source in chosen:
        found.entry(source)
    if version is not None and len(chosen) != 1:
        raise UsageError(
            "--to is about one source", found=", ".join(chosen) or "none", expected="SOURCE"
        )
    access = bundle_access(settings, locked=False)
    rows: list[dict[str, Any]] = []
    kept = False
    for source in chosen:
        place = locked_place(settings, source) if source in found.bundles else source
        before = found.entry(place)
        try:
            target = place
            if version is not None or latest:
                target = _other_version(settings, place, before, version)
            now = _now(target, access)
        except BundleUnavailable as error:
            kept = True
            click.echo(f"{terminal_text(str(error))}; it stays as it is locked", err=True)
            continue
        if target != place:
            _require_version(now, before, target)
            found = found.without(place)
        found = found.with_bundle(target, now)
        rows.append(_row(found.key(target), now, instead_of=place if target != place else None))
    _written(found, rows, form)
    for row in rows:
        if row["instead_of"] is not None and row["instead_of"] == settings.bundle:
            click.echo(
                terminal_text(
                    f"the setting bundle still names {row['instead_of']}: {row['source']} is locked"
                ),
                err=True,
            )
    return int(ExitCode.BUNDLE_REJECTED if kept else ExitCode.ALLOWED)


@click.command(epilog="Example: policyengine bundle outdated")
@form_option
def outdated(*, form: str) -> int:
    """Say which bundles of policyengine.lock are others by now. Nothing is changed.

    Told are the version that is locked, the one that the source leads to now, and the latest among
    the tags of its repository. The exit code is 1 if any of them is another or a later one, and 4
    if a source cannot be reached or would be rejected.
    """
    settings = load_settings()
    found = _existing(settings)
    access = bundle_access(settings, locked=False)
    rows = [
        _compared(settings, source, locked, access)
        for source, locked in sorted(found.bundles.items())
    ]
    say(form, rows, "\n".join(line for row in rows for line in _outdated_lines(row)))
    if any(row["problem"] for row in rows):
        return int(ExitCode.BUNDLE_REJECTED)
    return int(ExitCode.DENIED if any(row["outdated"] for row in rows) else ExitCode.ALLOWED)


def locked_place(settings: Settings, source: str) -> str:
    """Return what ``source`` of the lock file is from here: a path there is from its folder."""
    from policyengine.bundle.source import REGISTRY

    if source.startswith(REGISTRY):
        return source
    path = settings.folder / source
    return str(path) if "/" in source or path.exists() else source


def _compared(
    settings: Settings, source: str, locked: LockedBundle, access: BundleAccess
) -> dict[str, Any]:
    from policyengine.bundle.newer import newer_versions
    from policyengine.bundle.source import REGISTRY

    row: dict[str, Any] = {
        "source": source,
        "current": locked.version,
        "wanted": None,
        "latest": None,
        "newer": [],
        "changed": None,
        "outdated": None,
        "problem": None,
    }
    try:
        now = _now(locked_place(settings, source), access)
        row |= {"wanted": now.version, "changed": now != locked}
        latest = now.version
        if source.startswith(REGISTRY):
            newer = newer_versions(registry_bundles(settings, None).tags(source), locked.version)
            row["newer"] = [{"version": each.version, "tag": each.tag} for each in newer]
            latest = newer[-1].version if newer else locked.version
        row |= {"latest": latest, "outdated": now != locked or bool(row["newer"])}
    except BundleError as error:
        row["problem"] = str(error)
    return row


def _outdated_lines(row: dict[str, Any]) -> Iterable[str]:
    head = f"{row['source']}: {row['current']}"
    if row["problem"]:
        yield f"{head}, cannot be told: {row['problem']}"
        return
    if not row["changed"]:
        yield f"{head}, the locked one"
    else:
        same = " of other content" if row["wanted"] == row["current"] else ""
        yield f"{head}, now {row['wanted']}{same}"
    if row["newer"]:
        named = ", ".join(each["version"] for each in row["newer"][-5:])
        more = f" and {len(row['newer']) - 5} before" if len(row["newer"]) > 5 else ""
        yield f"  later versions: {named}{more}; policyengine bundle update --to {row['latest']}"


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


def _other_version(
    settings: Settings, source: str, locked: LockedBundle, version: str | None
) -> str:
    """Return the source of the version that is asked for: ``source`` itself for no later one."""
    from policyengine.bundle.newer import at_tag, chosen_version, newer_versions
    from policyengine.bundle.registry import registry_reference
    from policyengine.bundle.source import REGISTRY

    if not source.startswith(REGISTRY):
        if version is None:
            return source
        raise UsageError(
            "has no other versions to choose from",
            where=source,
            found="no place in a registry",
            expected="oci://REGISTRY/REPOSITORY",
        )
    tags = registry_bundles(settings, None).tags(source)
    if version is not None:
        chosen = chosen_version(tags, version, where=source)
    else:
        newer = newer_versions(tags, locked.version)
        if not newer:
            return source
        chosen = newer[-1]
    return at_tag(registry_reference(source), chosen.tag)


def _require_version(now: LockedBundle, before: LockedBundle, source: str) -> None:
    """A tag says which version it is; what it leads to has to be that, and of the same name."""
    from policyengine.bundle.registry import registry_reference

    named = (registry_reference(source).tag or "").removeprefix("v")
    if (now.name, now.version) != (before.name, named):
        raise BundleFormatError(
            "leads to another bundle than its tag says",
            where=source,
            found=f"{now.name} {now.version}",
            expected=f"{before.name} {named}",
        )


def _now(source: str, access: BundleAccess) -> LockedBundle:
    from policyengine.bundle.lock import LockedBundle
    from policyengine.bundle.open import hold_source, open_held

    held = hold_source(source, access)
    identity = open_held(held, {}).identity
    return LockedBundle.of(identity, signer=held.signer, artifact=held.artifact)


def _row(source: str, now: LockedBundle, *, instead_of: str | None = None) -> dict[str, Any]:
    return {
        "source": source,
        "name": now.name,
        "version": now.version,
        "digest": now.digest,
        "artifact": now.artifact,
        "signer": now.signer,
        "instead_of": instead_of,
    }


def _written(found: BundleLock, rows: list[dict[str, Any]], form: str) -> None:
    write(str(found.path), found.written())
    say(form, rows, "\n".join(_locked_line(row) for row in rows))


def _locked_line(row: dict[str, Any]) -> str:
    line = f"{row['source']}: {row['name']} {row['version']}"
    return line if row["instead_of"] is None else f"{line}, in place of {row['instead_of']}"

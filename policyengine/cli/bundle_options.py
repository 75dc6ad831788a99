"""The options that name bundles, their parameters, the engine and the clock.

Nothing here collects: ``gate`` judges with these alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from policyengine.errors import UsageError
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonValue
from policyengine.rego.engines import CROSS_CHECK, ENGINES
from policyengine.settings import Settings

if TYPE_CHECKING:
    from policyengine.bundle import BundleAccess
    from policyengine.bundle.lock import BundleLock
    from policyengine.bundle.registry import RegistryBundles
    from policyengine.bundle.source import BundleSource
    from policyengine.model.policy import PolicyBundle

Command = TypeVar("Command", bound=Callable[..., Any])

_BUNDLE = (
    click.option(
        "--bundle",
        "-b",
        "bundles",
        multiple=True,
        metavar="BUNDLE",
        help="Bundle that judges: a name, a directory, FILE.tar.gz or oci://REGISTRY/REPOSITORY. "
        "Repeatable: every one must allow.",
    ),
    click.option(
        "--param", multiple=True, metavar="NAME=VALUE", help="A parameter of it. Repeatable."
    ),
    click.option("--params", multiple=True, metavar="FILE", help="JSON file of parameters."),
    click.option("--engine", type=click.Choice(ENGINES), help="What evaluates the policies."),
    click.option(
        "--cross-check",
        is_flag=True,
        help="Evaluate with every engine, and stop with 70 where they differ.",
    ),
)


def bundle_options(command: Command) -> Command:
    """Add the options that name a bundle and its parameters."""
    return with_options(command, _BUNDLE)


def with_options(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    """Add ``options`` to ``command``, in order."""
    for option in reversed(options):
        command = option(command)
    return command


def bundles(settings: Settings, options: Mapping[str, Any]) -> tuple[PolicyBundle, ...]:
    """Return the bundles that judge, with their parameters in force."""
    from policyengine.bundle import open_bundles

    named = options["bundles"] or (settings.bundle,)
    return open_bundles(
        tuple(dict.fromkeys(named)),
        parameters=parameters(settings, options),
        access=bundle_access(settings),
    )


def bundle_access(settings: Settings, *, locked: bool = True) -> BundleAccess:
    """Return how bundles are reached, whom they must be signed by, and which are locked.

    Every command that reads a bundle reads it by this; only one that changes the lock file leaves
    that out. Raises TrustPolicyError, and BundleFormatError for a lock file that cannot be read.
    """
    from policyengine.bundle import BundleAccess
    from policyengine.bundle.checked_rules import CheckedRulesCache
    from policyengine.bundle.lock import read_lock
    from policyengine.bundle.trust import read_trust

    lock = read_lock(settings.folder) if locked else None

    def vouch(source: str, artifact: str, policy: Path) -> str:
        # What looks up signatures is of the rooms that collect, and few bundles ask for it.
        from policyengine.cli.bundle_vouching import who_signed

        return who_signed(settings, source, artifact, policy)

    def fetch(source: str) -> BundleSource:
        return registry_bundles(settings, lock)(source)

    return BundleAccess(
        trust=read_trust(settings.get("bundles.trust"), settings.folder, vouch=vouch),
        lock=lock,
        fetch=fetch,
        known=CheckedRulesCache() if settings.get("evaluation.cache") else None,
    )


def registry_bundles(settings: Settings, lock: BundleLock | None) -> RegistryBundles:
    """Return what reads bundles from registries, and the locked ones from the cache first."""
    from policyengine.bundle.cache import BundleCache
    from policyengine.bundle.registry import RegistryBundles

    return RegistryBundles(
        settings.registry_access(),
        cache=BundleCache(),
        lock=lock,
        offline=bool(settings.get("bundles.offline")),
    )


def parameters(settings: Settings, options: Mapping[str, Any]) -> dict[str, JsonValue]:
    """Return the bundle's parameters: options over files over settings, later over earlier."""
    from policyengine.bundle import parse_assignment, read_parameters

    values = dict(settings.parameters)
    for path in options["params"]:
        values.update(read_parameters(path))
    values.update(parse_assignment(text) for text in options["param"])
    return values


def engine(settings: Settings, options: Mapping[str, Any]) -> str:
    """Return the name of the engine that evaluates."""
    if not options["cross_check"]:
        return str(options["engine"] or settings.engine)
    if options["engine"] is not None:
        raise UsageError("--cross-check runs every engine", found=f"--engine {options['engine']}")
    return CROSS_CHECK


def instant(text: str | None) -> Instant:
    """Return the time that ``--now`` gives, or the present."""
    if text is None:
        return Instant(time.time_ns())
    try:
        return Instant.parse(text)
    except ValueError:
        raise UsageError(
            "--now is not a time", found=repr(text), expected="RFC 3339, as in 2026-01-31T12:00:00Z"
        ) from None

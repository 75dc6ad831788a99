"""The options that several commands share, and what they mean as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policyengine.cli.bundle_options import Command, with_options
from policyengine.collect.files import EvidenceOffer
from policyengine.errors import UsageError
from policyengine.judge import Question, Reach
from policyengine.model.bases import NO_CATALOGUE
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader
from policyengine.model.platform import Platform
from policyengine.model.trust_sources import TrustSources
from policyengine.settings import Settings

if TYPE_CHECKING:
    from policyengine.model.policy import PolicyBundle
    from policyengine.model.trust_policy import TrustPolicy

# Where rules see whether a trust policy is met, in the unified and in the registry view.
_TRUST_AT = (("trust", "policy"), ("image", "signatures"))

_EVIDENCE = (
    click.option(
        "--evidence",
        "-e",
        multiple=True,
        metavar="PATH",
        help="Report, VEX, SBOM or trust data: a file, a directory, or - for standard input. "
        "The format is recognised by content. Repeatable.",
    ),
    click.option("--scan", multiple=True, metavar="PATH", help="A scan report. Repeatable."),
    click.option(
        "--vex",
        multiple=True,
        metavar="PATH",
        help="A VEX document: OpenVEX, CSAF or CycloneDX. Repeatable.",
    ),
    click.option("--sbom", multiple=True, metavar="PATH", help="An SBOM. Repeatable."),
    click.option(
        "--trust", multiple=True, metavar="PATH", help="Output of docker trust inspect. Repeatable."
    ),
    click.option(
        "--dockerfile", multiple=True, metavar="PATH", help="The Dockerfile or Containerfile."
    ),
    click.option(
        "--allow-mismatch",
        is_flag=True,
        help="Use evidence that is about another image; the document records it.",
    ),
)
_TRUST = (
    click.option(
        "--trust-policy",
        type=click.Path(),
        metavar="FILE",
        help="Whose signatures count, and who must have signed what: JSON or TOML. The signatures "
        "and attestations of an image are then looked up where it came from.",
    ),
    click.option(
        "--key",
        multiple=True,
        type=click.Path(),
        metavar="FILE",
        help="Public key, in PEM, that must have signed every image. Repeatable: one of them.",
    ),
    click.option(
        "--certificate-identity",
        metavar="SUBJECT",
        help="Whom the certificate of every image's signature must name.",
    ),
    click.option("--certificate-identity-regexp", metavar="RE2", help="The same as a pattern."),
    click.option(
        "--certificate-oidc-issuer", metavar="URL", help="Who must have vouched for that identity."
    ),
    click.option("--certificate-oidc-issuer-regexp", metavar="RE2", help="The same as a pattern."),
    click.option(
        "--trusted-root",
        type=click.Path(),
        metavar="FILE",
        help="Sigstore trusted root that certificates are held to.  [the public one]",
    ),
    click.option(
        "--notary",
        metavar="URL|DIRECTORY",
        help="Notary server whose Docker Content Trust metadata is verified; or a directory of it.",
    ),
    click.option(
        "--root",
        multiple=True,
        metavar="FILE|KEYID",
        help="Root that the Notary server is held to: root.json, a PEM certificate, or a key id. "
        "Repeatable.",
    ),
    click.option(
        "--known-roots",
        type=click.Path(),
        metavar="FILE",
        help="File that remembers roots and versions: the first root seen is then trusted.",
    ),
    click.option(
        "--signature",
        multiple=True,
        type=click.Path(),
        metavar="PATH",
        help="Signature of the Notary Project or of containers/image, or a directory of them. "
        "Repeatable.",
    ),
    click.option(
        "--notation",
        type=click.Path(),
        metavar="DIRECTORY",
        help="Configuration of notation: trustpolicy.json and truststore. Signatures beside the "
        "image are then looked up.",
    ),
    click.option(
        "--containers-policy",
        type=click.Path(),
        metavar="FILE",
        help="policy.json of containers/image (Podman, CRI-O) that simple signatures are held to.",
    ),
)
_PLATFORM = click.option(
    "--platform", metavar="OS/ARCH", help="Which image of an index. [linux/amd64]"
)
_REGISTRIES = (
    click.option(
        "--insecure-registry",
        multiple=True,
        metavar="HOST[:PORT]",
        help="Speak plain HTTP to this registry. Repeatable.",
    ),
    click.option(
        "--registry-ca",
        multiple=True,
        type=click.Path(),
        metavar="FILE",
        help="PEM file of a certificate authority to trust beside the system's. Repeatable.",
    ),
)
_IMAGE = (
    _PLATFORM,
    click.option(
        "--layers/--no-layers",
        default=None,
        help="Read layers: the user by name, files "
        "with more rights, keys, shells, package databases.",
    ),
    click.option(
        "--environment", metavar="NAME", help="Where the image is to run, such as production."
    ),
    click.option(
        "--now", metavar="TIME", help="Judge as at this RFC 3339 time, not as at the present."
    ),
    *_REGISTRIES,
)


def evidence_options(command: Command) -> Command:
    """Add the options that name evidence."""
    return with_options(command, _EVIDENCE)


def trust_options(command: Command) -> Command:
    """Add the options that say whose signatures count."""
    return with_options(command, _TRUST)


def image_reach_options(command: Command) -> Command:
    """Add the options that say how images are reached, and no more of them."""
    return with_options(command, (_PLATFORM, *_REGISTRIES))


def image_options(command: Command) -> Command:
    """Add the options that say how images are reached and seen."""
    return with_options(command, _IMAGE)


def offers(options: Mapping[str, Any]) -> tuple[EvidenceOffer, ...]:
    """Return what the options of ``evidence_options`` offer."""
    kinds: tuple[tuple[Sequence[str], EvidenceKind | None], ...] = (
        (options["evidence"], None),
        (options["scan"], EvidenceKind.SCAN),
        (options["vex"], EvidenceKind.VEX),
        (options["sbom"], EvidenceKind.SBOM),
        (options["trust"], EvidenceKind.TRUST),
        (options["dockerfile"], EvidenceKind.DOCKERFILE),
    )
    found = tuple(EvidenceOffer(path=path, kind=kind) for paths, kind in kinds for path in paths)
    if sum(offer.path == "-" for offer in found) > 1:
        raise UsageError("standard input can be read only once", found="- more than once")
    return found


def dockerfile_alone(options: Mapping[str, Any]) -> str:
    """Return the path of the Dockerfile that is judged where no image is named."""
    paths: tuple[str, ...] = options["dockerfile"]
    if len(paths) != 1:
        raise UsageError(
            "nothing is named to be judged",
            found=f"no image, and {len(paths)} Dockerfiles",
            expected="an IMAGE, or --dockerfile FILE",
        )
    return paths[0]


def question(image: str, settings: Settings, options: Mapping[str, Any]) -> Question:
    """Return what is asked about ``image``: options over settings."""
    platform = options["platform"] or settings.get("platform")
    layers = options["layers"]
    return Question(
        image=image,
        platform=None if platform is None else Platform.parse(platform),
        layers=bool(settings.get("layers") if layers is None else layers),
        environment=options["environment"] or settings.get("environment"),
        allow_mismatch=options["allow_mismatch"],
        trust_policy=_trust_policy(settings, options),
    )


def require_trust_rule(bundles: Sequence[PolicyBundle], asked: Question) -> None:
    """Raise UsageError where a trust policy asks for signatures, and no rule would deny.

    Otherwise an image that nobody signed would be allowed under ``--key``.
    """
    if asked.trust_policy is None or not asked.trust_policy.requirements:
        return
    paths = (path for bundle in bundles for rule in bundle.rules for path in rule.input_paths)
    for path in paths:
        if any(path == place[: len(path)] or path[: len(place)] == place for place in _TRUST_AT):
            return
    raise UsageError(
        "the trust policy would decide nothing: no rule of the bundle reads input.trust.policy",
        where=", ".join(bundle.identity.name for bundle in bundles),
        hint="include trust/trust_policy.rego of the policy library, or write such a rule",
    )


def _trust_policy(settings: Settings, options: Mapping[str, Any]) -> TrustPolicy | None:
    """Return the trust policy of ``trust_options`` over the settings; None where none is named."""
    keys: tuple[str, ...] = options["key"]
    names = [f"certificate_{name}" for name in ("identity", "oidc_issuer")]
    identity = {name: options[name] for name in [*names, *(f"{name}_regexp" for name in names)]}
    chosen = options["trust_policy"]
    simple = bool(keys) or any(value is not None for value in identity.values())
    if chosen is not None and simple:
        raise UsageError(
            "--trust-policy names the signers, and so do --key and --certificate-identity",
            hint="write them into the policy",
        )
    root = options["trusted_root"]
    if chosen is None and not simple:
        path = settings.trust_path("policy")
        if path is None and root is None:
            return None
    else:
        path = None if chosen is None else Path(chosen)
    # Only images whose signatures count pay for what reads a trust policy.
    from policyengine.collect.trust.policy_file import (
        certificate_identity,
        policy_of_options,
        read_trust_policy,
    )

    trusted_root = settings.trust_path("trusted_root") if root is None else Path(root)
    if path is not None:
        return read_trust_policy(path, trusted_root=trusted_root)
    return policy_of_options(
        keys=tuple(map(Path, keys)),
        identity=certificate_identity(
            subject=identity["certificate_identity"],
            subject_regexp=identity["certificate_identity_regexp"],
            issuer=identity["certificate_oidc_issuer"],
            issuer_regexp=identity["certificate_oidc_issuer_regexp"],
            read=FieldReader("--certificate-identity, --certificate-oidc-issuer", UsageError),
        )
        if any(value is not None for value in identity.values())
        else None,
        trusted_root=trusted_root,
    )


def reach(settings: Settings, options: Mapping[str, Any]) -> Reach:
    """Return how sources are reached: what options name is added to the settings."""
    catalogue = settings.base_catalogue()
    if catalogue is None:
        bases = NO_CATALOGUE
    else:
        from policyengine.collect.base_catalogue import read_catalogue

        bases = read_catalogue(catalogue)
    return replace(
        reach_of_images(settings, options), trust=_trust_sources(settings, options), bases=bases
    )


def reach_of_images(settings: Settings, options: Mapping[str, Any]) -> Reach:
    """Return how images are reached, by ``image_reach_options``."""
    registry = settings.registry_access()
    return Reach(
        limits=settings.read_limits(),
        registry=replace(
            registry,
            insecure_hosts=registry.insecure_hosts | frozenset(options["insecure_registry"]),
            ca_files=(*registry.ca_files, *map(Path, options["registry_ca"])),
        ),
        daemon=settings.daemon_access(),
    )


def _trust_sources(settings: Settings, options: Mapping[str, Any]) -> TrustSources:
    notary = options["notary"] or settings.trust_notary()
    roots = options["root"] or settings.trust_roots()
    named = options["known_roots"]
    known_roots = settings.trust_path("known_roots") if named is None else Path(named)
    if notary is None:
        if options["root"] or named is not None:
            raise UsageError(
                "--root and --known-roots are for a Notary server", expected="--notary"
            )
        roots, known_roots = (), None
    elif not roots and known_roots is None:
        raise UsageError(
            "no root is trusted, so that nothing of the Notary server could be",
            where=notary,
            expected="--root, or --known-roots with a file that remembers the first one seen",
        )
    notation, containers_policy = (
        settings.trust_path(name) if options[name] is None else Path(options[name])
        for name in ("notation", "containers_policy")
    )
    if options["signature"] and notation is None and containers_policy is None:
        raise UsageError(
            "nothing says whose signatures count",
            where=options["signature"][0],
            expected="--notation or --containers-policy beside --signature",
        )
    return TrustSources(
        notary=notary,
        roots=tuple(roots),
        known_roots=known_roots,
        signatures=tuple(options["signature"]),
        notation=notation,
        containers_policy=containers_policy,
    )

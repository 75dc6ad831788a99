"""Every setting there is: this table decides what is read, shown and documented."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from policyengine.model.access import DEFAULT_REGISTRY_ACCESS
from policyengine.model.instant import Instant
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.waiver import DEFAULT_WAIVER_RULES
from policyengine.rego.engine import DEFAULT_EVALUATION_LIMITS
from policyengine.rego.engines import ENGINES

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting. ``name`` is dotted; ``expected`` says in words what ``accepts`` takes."""

    name: str
    default: Any
    expected: str
    accepts: Callable[[Any], bool]
    description: str


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _natural(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(_text(item) for item in value)


def _table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _mirrors(value: Any) -> bool:
    return _table(value) and all(_texts(item) for item in value.values())


def _certificates(value: Any) -> bool:
    return _table(value) and all(
        _table(item)
        and set(item) == {"certificate", "private_key"}
        and all(_text(path) for path in item.values())
        for item in value.values()
    )


def _instant(value: Any) -> bool:
    """Say whether it is a time with an offset, as text or as TOML has them."""
    try:
        Instant.parse(str(value))
    except ValueError:
        return False
    return True


_SIGNER_FIELDS: Mapping[str, Callable[[Any], bool]] = {
    "keys": _texts,
    "secret": _text,
    "algorithms": _texts,
    "keyid": _text,
    "scope": lambda value: isinstance(value, str),
    "unsigned": lambda value: value is True,
}


def _trust(fields: Mapping[str, Callable[[Any], bool]]) -> Callable[[Any], bool]:
    return lambda value: (
        _table(value)
        and all(
            _table(entry)
            and bool(entry)
            and all(name in fields and fields[name](item) for name, item in entry.items())
            for entry in value.values()
        )
    )


_bundle_trust = _trust({**_SIGNER_FIELDS, "cosign": _text})
_waiver_trust = _trust({**_SIGNER_FIELDS, "signed_since": _instant})


def _one_of(*words: str) -> Callable[[Any], bool]:
    return lambda value: value in words


def _key(
    name: str, default: Any, expected: str, accepts: Callable[[Any], bool], description: str
) -> Key:
    return Key(
        name=name, default=default, expected=expected, accepts=accepts, description=description
    )


_FILES = "an array of paths"
_BYTES = "a number of bytes, at least 1"

KEYS: tuple[Key, ...] = (
    _key("bundle", "baseline", "a string", _text, "Bundle that judges: a name, a path or oci://."),
    _key("environment", None, "a string", _text, "Environment that images are judged for."),
    _key("platform", None, "a string", _text, "Platform to choose from an image index."),
    _key("layers", False, "true or false", _flag, "Whether layers are read."),
    _key("engine", ENGINES[0], " or ".join(ENGINES), _one_of(*ENGINES), "Engine that evaluates."),
    _key("fail_on", "deny", "deny or warn", _one_of("deny", "warn"), "What fails a check."),
    _key("parameters", {}, "a table", _table, "Parameters of the bundle."),
    _key(
        "bases.catalogue",
        None,
        "a path",
        _text,
        "Catalogue of known base images, kept by `policyengine bases`.",
    ),
    _key(
        "registry.insecure_hosts",
        [],
        "an array of host[:port]",
        _texts,
        "Registries that are spoken to over plain HTTP.",
    ),
    _key(
        "registry.ca_files",
        [],
        _FILES,
        _texts,
        "PEM files of certificate authorities to trust beside the system's.",
    ),
    _key(
        "registry.mirrors",
        {},
        "a table of registry to an array of hosts",
        _mirrors,
        "Mirrors to try, in order, before a registry.",
    ),
    _key(
        "registry.client_certificates",
        {},
        "a table of host to certificate and private_key",
        _certificates,
        "Client certificates, as PEM files, for registries that ask for one.",
    ),
    _key(
        "registry.docker_config",
        None,
        "a path",
        _text,
        "Folder of Docker's config.json; else DOCKER_CONFIG, else ~/.docker.",
    ),
    _key(
        "registry.timeout",
        DEFAULT_REGISTRY_ACCESS.timeout,
        "a number of seconds",
        _seconds,
        "Seconds to connect, and for each read.",
    ),
    _key(
        "registry.retries",
        DEFAULT_REGISTRY_ACCESS.retries,
        "a number, at least 0",
        _natural,
        "How often a request is repeated after 429 or 5xx.",
    ),
    _key(
        "daemon.host",
        None,
        "a URL",
        _text,
        "Address of the Docker daemon; else DOCKER_HOST, else its socket.",
    ),
    _key("daemon.timeout", 30.0, "a number of seconds", _seconds, "Seconds for each answer."),
    _key(
        "limits.document_bytes",
        DEFAULT_LIMITS.document_bytes,
        _BYTES,
        _count,
        "Most bytes of a report, unpacked.",
    ),
    _key(
        "limits.manifest_bytes",
        DEFAULT_LIMITS.manifest_bytes,
        _BYTES,
        _count,
        "Most bytes of an image manifest or configuration.",
    ),
    _key(
        "limits.archive_files",
        DEFAULT_LIMITS.archive_files,
        "a number, at least 1",
        _count,
        "Most files in an archive, or in all layers.",
    ),
    _key(
        "limits.layer_bytes",
        DEFAULT_LIMITS.layer_bytes,
        _BYTES,
        _count,
        "Most bytes of all layers, or of a packed archive, unpacked.",
    ),
    _key(
        "limits.depth",
        DEFAULT_LIMITS.depth,
        "a number from 1 to 250",
        lambda value: _count(value) and value <= 250,
        "Deepest nesting of JSON.",
    ),
    _key(
        "limits.evidence_files",
        DEFAULT_LIMITS.evidence_files,
        "a number, at least 1",
        _count,
        "Most files taken from a directory.",
    ),
    _key(
        "evaluation.seconds",
        DEFAULT_EVALUATION_LIMITS.seconds,
        "a number of seconds",
        _seconds,
        "Most seconds for the evaluation of one image.",
    ),
    _key(
        "evaluation.memory_mib",
        DEFAULT_EVALUATION_LIMITS.memory // _MIB,
        "a number of MiB, at least 64",
        lambda value: _count(value) and value >= 64,
        "Most memory for the evaluation of one image.",
    ),
    _key(
        "evaluation.steps",
        DEFAULT_EVALUATION_LIMITS.steps,
        "a number, at least 1",
        _count,
        "Most elements visited and functions called.",
    ),
    _key(
        "evaluation.depth",
        DEFAULT_EVALUATION_LIMITS.depth,
        "a number from 1000 to 3000",
        lambda value: _count(value) and 1000 <= value <= 3000,
        "Most calls within calls and levels of values, in frames: up to three a rule, two a level.",
    ),
    _key(
        "evaluation.size",
        DEFAULT_EVALUATION_LIMITS.size,
        "a number, at least 1",
        _count,
        "Most elements or characters of one value.",
    ),
    _key(
        "evaluation.cache",
        True,
        "true or false",
        _flag,
        "Whether compiled policies and checked bundles are kept in the user's cache folder.",
    ),
    _key(
        "trust.policy",
        None,
        "a path",
        _text,
        "Trust policy: whose signatures count, and who must have signed what.",
    ),
    _key(
        "trust.trusted_root",
        None,
        "a path",
        _text,
        "Sigstore trusted root, in place of the trust policy's own.",
    ),
    _key(
        "trust.notary",
        None,
        "a URL or a directory",
        _text,
        "Notary server whose Docker Content Trust metadata is verified.",
    ),
    _key(
        "trust.roots",
        [],
        "an array of files and key ids",
        _texts,
        "Roots that the Notary server is held to.",
    ),
    _key(
        "trust.known_roots",
        None,
        "a path",
        _text,
        "File that remembers roots and versions from first use.",
    ),
    _key("waivers.files", [], _FILES, _texts, "Waiver files, where no option names any."),
    _key(
        "waivers.max_days",
        DEFAULT_WAIVER_RULES.max_days,
        "a number, at least 1",
        _count,
        "Most days that a waiver may hold.",
    ),
    _key(
        "waivers.approvers",
        [],
        "an array of names",
        _texts,
        "Who may approve waivers; empty means anybody.",
    ),
    _key(
        "waivers.trust",
        {},
        "a table of pattern to keys, secret (algorithms, keyid, scope, signed_since); or unsigned",
        _waiver_trust,
        "Whose signatures waiver files must have, by pattern of their place.",
    ),
    _key(
        "trust.notation",
        None,
        "a path",
        _text,
        "Configuration directory of notation: trustpolicy.json and truststore.",
    ),
    _key(
        "trust.containers_policy",
        None,
        "a path",
        _text,
        "policy.json of containers/image that simple signatures are held to.",
    ),
    _key("lint.disable", [], "an array of rules", _texts, "Rules of the linter not to run."),
    _key(
        "ci",
        "auto",
        "auto, none, github, gitlab, azure or jenkins",
        _one_of("auto", "none", "github", "gitlab", "azure", "jenkins"),
        "CI system that results are shown for.",
    ),
    _key(
        "bundles.trust",
        {},
        "a table of pattern to keys, secret (algorithms, keyid, scope) or cosign; or unsigned",
        _bundle_trust,
        "Whose signatures bundles must have, by pattern of name or source.",
    ),
    _key(
        "bundles.offline",
        False,
        "true or false",
        _flag,
        "Whether bundles of registries are read from the cache alone.",
    ),
    _key("audit.jobs", None, "a number, at least 1", _count, "Processes of an audit."),
)

SECTIONS: tuple[str, ...] = tuple(
    dict.fromkeys(key.name.partition(".")[0] for key in KEYS if "." in key.name)
)

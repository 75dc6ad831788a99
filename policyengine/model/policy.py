"""A policy bundle as the evaluation sees it: modules, parameters, and the rules in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.json_value import FrozenObject
from policyengine.model.severity import Severity
from policyengine.model.views import DocumentView


class RuleKind(StrEnum):
    """What a rule's results mean."""

    DENY = "deny"  # deny, deny_*, violation, violation_*
    WARN = "warn"  # warn, warn_*
    ALLOW = "allow"  # a package that defines allow must also allow
    EXCEPTION = "exception"  # names of rules of its package whose denials only warn


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLocation:
    """A place in a module. ``file`` is the path in the bundle; rows count from 1."""

    file: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRule:
    """One rule definition of a bundle.

    ``id`` is METADATA ``custom.id``, or the package path and rule name where that is missing.
    ``package`` has no leading ``data``. ``requires`` are the kinds of evidence that must have
    been gathered for a judgement; ``optional`` those that it reads but can do without.
    ``input_paths`` are the references to ``input`` in it and in what it calls, up to the first
    part that is not constant. A deny rule is a warning until ``effective_on``. ``controls`` are the
    recommendations of standards that it serves (``CIS-Docker-4.1``), ``collections`` the
    groups that it is counted to, ``parameters`` the names of those it says it reads.
    """

    id: str
    kind: RuleKind
    package: tuple[str, ...]
    name: str
    location: SourceLocation
    title: str = ""
    description: str = ""
    severity: Severity | None = None
    remediation: str = ""
    effective_on: Instant | None = None
    controls: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    requires: frozenset[EvidenceKind] = frozenset()
    optional: frozenset[EvidenceKind] = frozenset()
    input_paths: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleIdentity:
    """Which bundle, exactly. ``digest`` is the sha256, in hexadecimal, over the bundle's files
    in order of path, so it is the same for a directory wherever that lies."""

    name: str
    version: str
    revision: str
    digest: str


RegoVersion: TypeAlias = Literal["v0", "v1", "v2"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyModule:
    """One Rego file; ``path`` is relative to the bundle, with forward slashes."""

    path: str
    source: str
    rego_version: RegoVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyBundle:
    """A bundle that was read and checked.

    ``data`` is the bundle's own data document, without the parameters. ``parameters`` are the
    values in force: defaults of the schema, then the user's. Rules read them as
    ``data.parameters``. With ``strict_builtin_errors`` a builtin function that fails makes the
    verdict incomplete; without it is undefined. ``exceptions`` are its rules ``exception``,
    which decide nothing by themselves. ``signer`` is the fingerprint of the key whose
    signature was verified, None where none was asked for.
    """

    identity: BundleIdentity
    view: DocumentView
    modules: tuple[PolicyModule, ...]
    data: FrozenObject
    parameter_schema: FrozenObject
    parameters: FrozenObject
    rules: tuple[PolicyRule, ...]
    strict_builtin_errors: bool = True
    exceptions: tuple[PolicyRule, ...] = ()
    signer: str | None = None

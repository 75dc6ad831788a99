"""``trustpolicy.json`` of notation: which signatures an image of a repository needs.

Source: notaryproject/specifications, ``trust-store-trust-policy``, version 1.0. Everything that
the specification calls invalid is an error here, and so is a field that it does not have: a
misspelt one would trust more than was meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from policyengine.errors import TrustPolicyError
from policyengine.given_file import read_given
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_fields import Path as Place
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject

_BYTES = 4 * 1024 * 1024
_TOP = frozenset({"version", "trustPolicies"})
_STATEMENT = frozenset(
    {"name", "registryScopes", "signatureVerification", "trustStores", "trustedIdentities"}
)
_VERIFICATION = frozenset({"level", "override", "verifyTimestamp"})
_STORE = re.compile(r"(ca|signingAuthority|tsa):([A-Za-z0-9_.-]+)")
_SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+")
_SUBJECT = "x509.subject:"
_MANDATORY = ("C", "ST", "O")
ANYBODY = "*"

ENFORCE, LOG, SKIP = "enforce", "log", "skip"
CHECKS = ("integrity", "authenticity", "authenticTimestamp", "expiry", "revocation")
LEVELS: Mapping[str, Mapping[str, str]] = {
    "strict": dict.fromkeys(CHECKS, ENFORCE),
    "permissive": {**dict.fromkeys(CHECKS, LOG), "integrity": ENFORCE, "authenticity": ENFORCE},
    "audit": {**dict.fromkeys(CHECKS, LOG), "integrity": ENFORCE},
    "skip": dict.fromkeys(CHECKS, SKIP),
}

_ESCAPED = re.compile(r"\\([0-9A-Fa-f]{2}|.)")
# RFC 4514 names of attributes, as certificates have them and as people write them.
_ALIASES = {"S": "ST"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement. ``actions`` says of each check whether a failure counts.

    ``stores`` are (kind, name). ``identities`` are subjects of which all given attributes must be
    the signer's; none means anybody whom a store vouches for.
    """

    name: str
    scopes: tuple[str, ...]
    level: str
    actions: Mapping[str, str]
    always_timestamp: bool
    stores: tuple[tuple[str, str], ...]
    identities: tuple[Mapping[str, str], ...]

    def stores_of(self, kind: str) -> tuple[str, ...]:
        """Return the names of the stores of a kind."""
        return tuple(name for of, name in self.stores if of == kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotationPolicy:
    """A trust policy document."""

    origin: str
    statements: tuple[Statement, ...]

    def statement_for(self, repository: str) -> Statement | None:
        """Return the statement for ``registry/repository``: its own, else that of ``*``."""
        for scope in (repository, ANYBODY):
            for statement in self.statements:
                if scope in statement.scopes:
                    return statement
        return None


def read_notation_policy(path: Path) -> NotationPolicy:
    """Read ``trustpolicy.json``, or ``trustpolicy.oci.json``. Raises TrustPolicyError."""
    where = str(path)
    data = read_given(path, error=TrustPolicyError, limit=_BYTES)
    read = FieldReader(where, TrustPolicyError)
    document = read.root(parse_json(data, where=where, error=TrustPolicyError, depth=16))
    _only(read, document, _TOP, ())
    if document.get("version") != "1.0":
        raise read.wrong(("version",), repr(document.get("version")), '"1.0"')
    listed = read.required_objects(document, "trustPolicies", ())
    if not listed:
        raise read.wrong(("trustPolicies",), "no statements", "one at least")
    statements = tuple(
        _statement(read, item, ("trustPolicies", index)) for index, item in enumerate(listed)
    )
    for names, what in (
        ([statement.name for statement in statements], "name"),
        ([scope for statement in statements for scope in statement.scopes], "scope"),
    ):
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            found = f"the {what} {min(twice)!r} twice"
            raise read.wrong(("trustPolicies",), found, f"each {what} once")
    return NotationPolicy(origin=where, statements=statements)


def _statement(read: FieldReader, item: JsonObject, path: Place) -> Statement:
    _only(read, item, _STATEMENT, path)
    name = read.text(item, "name", path)
    if not name:
        raise read.wrong((*path, "name"), "an empty name", "a name")
    scopes = read.texts(item, "registryScopes", path)
    if not scopes or (ANYBODY in scopes and len(scopes) > 1):
        raise read.wrong((*path, "registryScopes"), repr(scopes)[:80], 'repositories, or "*" alone')
    for scope in scopes:
        if scope != ANYBODY and _SCOPE.fullmatch(scope) is None:
            expected = "registry/repository, without tag, digest or wildcard"
            raise read.wrong((*path, "registryScopes"), repr(scope[:80]), expected)
    verification = read.object(item, "signatureVerification", path)
    here = (*path, "signatureVerification")
    _only(read, verification, _VERIFICATION, here)
    level = read.text(verification, "level", here)
    if level not in LEVELS:
        raise read.wrong((*here, "level"), repr(level[:40]), ", ".join(LEVELS))
    actions = _actions(read, verification, level, here)
    when = read.optional_text(verification, "verifyTimestamp", here) or "always"
    if when not in {"always", "afterCertExpiry"}:
        raise read.wrong((*here, "verifyTimestamp"), repr(when[:40]), "always or afterCertExpiry")
    stores = _stores(read, item, path)
    identities, anybody = _identities(read, item, path)
    if level == SKIP:
        if stores or identities or anybody:
            found = "trust stores or identities"
            raise read.wrong(path, found, "none, as nothing is verified at level skip")
    elif not any(kind in {"ca", "signingAuthority"} for kind, _ in stores):
        raise read.wrong((*path, "trustStores"), "none that vouches", "ca:NAME")
    elif not identities and not anybody:
        raise read.wrong((*path, "trustedIdentities"), "none", 'x509.subject: ..., or "*"')
    return Statement(
        name=name,
        scopes=tuple(scopes),
        level=level,
        actions=actions,
        always_timestamp=when == "always",
        stores=stores,
        identities=identities,
    )


def _actions(
    read: FieldReader, verification: JsonObject, level: str, path: Place
) -> Mapping[str, str]:
    actions = dict(LEVELS[level])
    override = read.optional_object(verification, "override", path)
    here = (*path, "override")
    if override and level == SKIP:
        raise read.wrong(here, "overrides", "none at level skip")
    for check in override:
        if check not in CHECKS or check == "integrity":
            raise read.wrong((*here, check[:40]), "a check", ", ".join(CHECKS[1:]))
        action = read.text(override, check, here)
        if action not in {ENFORCE, LOG} and not (action == SKIP and check == "revocation"):
            expected = "enforce or log, and skip for revocation alone"
            raise read.wrong((*here, check), repr(action[:40]), expected)
        actions[check] = action
    return actions


def _stores(read: FieldReader, item: JsonObject, path: Place) -> tuple[tuple[str, str], ...]:
    stores: list[tuple[str, str]] = []
    for text in read.texts(item, "trustStores", path):
        match = _STORE.fullmatch(text)
        # A name is that of a folder.
        if match is None or match[2] in {".", ".."}:
            expected = "ca:NAME, signingAuthority:NAME or tsa:NAME"
            raise read.wrong((*path, "trustStores"), repr(text[:80]), expected)
        if (match[1], match[2]) in stores:
            raise read.wrong((*path, "trustStores"), f"{text} twice", "each once")
        stores.append((match[1], match[2]))
    return tuple(stores)


def _identities(
    read: FieldReader, item: JsonObject, path: Place
) -> tuple[tuple[Mapping[str, str], ...], bool]:
    texts = read.texts(item, "trustedIdentities", path)
    here = (*path, "trustedIdentities")
    if ANYBODY in texts:
        if len(texts) > 1:
            raise read.wrong(here, '"*" beside others', '"*" alone')
        return (), True
    identities: list[Mapping[str, str]] = []
    for text in texts:
        if not text.startswith(_SUBJECT):
            raise read.wrong(here, repr(text[:80]), "x509.subject: C=..., ST=..., O=...")
        try:
            identity = parse_subject(text.removeprefix(_SUBJECT))
        except ValueError as problem:
            raise read.wrong(here, f"{text[:80]!r}: {problem}", "a name by RFC 4514") from None
        missing = [name for name in _MANDATORY if not identity.get(name)]
        if missing:
            found = f"{text[:80]!r} without {', '.join(missing)}"
            raise read.wrong(here, found, "C, ST and O at least")
        for other in identities:
            if other.items() <= identity.items() or identity.items() <= other.items():
                raise read.wrong(here, f"{text[:80]!r}, which another one covers", "each apart")
        identities.append(identity)
    return tuple(identities), False


def parse_subject(text: str) -> dict[str, str]:
    """Read a distinguished name (RFC 4514) as attributes. Raises ValueError for one that has an
    attribute twice, or several in one part."""
    found: dict[str, str] = {}
    for part in _split(text.strip()):
        name, equals, value = part.partition("=")
        name = name.strip().upper()
        name = _ALIASES.get(name, name)
        if not equals or not name:
            raise ValueError(f"no attribute: {part[:40]!r}")
        if name in found:
            raise ValueError(f"{name} twice")
        found[name] = _ESCAPED.sub(_unescaped, value.strip())
    return found


def _split(text: str) -> list[str]:
    parts: list[str] = []
    current, at = "", 0
    while at < len(text):
        if text[at] == "\\":
            current += text[at : at + 2]
            at += 2
            continue
        if text[at] == "+":
            raise ValueError("several attributes in one part")
        if text[at] == ",":
            parts.append(current)
            current = ""
        else:
            current += text[at]
        at += 1
    return [*parts, current]


def _unescaped(match: re.Match[str]) -> str:
    text = match[1]
    return chr(int(text, 16)) if len(text) == 2 else text


def _only(read: FieldReader, obj: JsonObject, known: frozenset[str], path: Place) -> None:
    for name in obj:
        if name not in known:
            raise read.wrong((*path, name[:80]), "an unknown field", ", ".join(sorted(known)))

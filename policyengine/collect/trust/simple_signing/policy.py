"""``policy.json`` of containers/image: what images of a scope must satisfy.

Read as strictly as containers/image does: a field that is not known is an error, and so is a list
of requirements that is empty. Of scopes the most specific one decides, alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from policyengine.errors import InvalidReference, TrustPolicyError
from policyengine.given_file import read_given
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_fields import Path as Place
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject
from policyengine.model.reference import ImageReference

_POLICY_BYTES = 4 * 1024 * 1024
_KEY_BYTES = 1024 * 1024
_KEY_FIELDS = ("keyPath", "keyPaths", "keyData", "keyDatas")
_FIELDS: Mapping[str, frozenset[str]] = {
    "insecureAcceptAnything": frozenset({"type"}),
    "reject": frozenset({"type"}),
    "signedBy": frozenset({"type", "keyType", "keyPath", "keyPaths", "keyData", "signedIdentity"}),
    "sigstoreSigned": frozenset(
        {
            "type",
            *_KEY_FIELDS,
            "fulcio",
            "pki",
            "rekorPublicKeyPath",
            "rekorPublicKeyPaths",
            "rekorPublicKeyData",
            "rekorPublicKeyDatas",
            "signedIdentity",
        }
    ),
}
_IDENTITIES: Mapping[str, tuple[str, ...]] = {
    "matchExact": (),
    "matchRepoDigestOrExact": (),
    "matchRepository": (),
    "exactReference": ("dockerReference",),
    "exactRepository": ("dockerRepository",),
    "remapIdentity": ("prefix", "signedPrefix"),
}


class RequirementKind(StrEnum):
    """What a requirement asks for."""

    ACCEPT_ANYTHING = "insecureAcceptAnything"
    REJECT = "reject"
    SIGNED_BY = "signedBy"
    SIGSTORE_SIGNED = "sigstoreSigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyKey:
    """Keys of a requirement, as bytes; ``origin`` is the file or the place in the policy.

    ``name`` is the file's without its ending, None for a key that stands in the policy.
    """

    origin: str
    name: str | None
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIdentity:
    """Which reference a signature must name; ``first`` and ``second`` are the kind's fields."""

    kind: str = "matchRepoDigestOrExact"
    first: str = ""
    second: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRequirement:
    """One requirement. ``certified`` says that certificates stand for keys (``fulcio``, ``pki``);
    ``log_keys`` are those of the Rekor log that must have recorded the signature."""

    kind: RequirementKind
    keys: tuple[PolicyKey, ...] = ()
    log_keys: tuple[PolicyKey, ...] = ()
    certified: bool = False
    identity: SignedIdentity = SignedIdentity()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePolicy:
    """A policy. ``scopes`` are by transport and scope; the scope ``""`` is a transport's own."""

    origin: str
    sha256: str
    default: tuple[PolicyRequirement, ...]
    scopes: Mapping[str, Mapping[str, tuple[PolicyRequirement, ...]]]

    def requirements_for(
        self, transport: str, reference: ImageReference
    ) -> tuple[str, tuple[PolicyRequirement, ...]]:
        """Return the scope that decides, as messages show it, and its requirements."""
        scopes = self.scopes.get(transport)
        if scopes is not None:
            for scope in scopes_of(reference):
                if scope in scopes:
                    shown = f'transports.{transport}["{scope}"]'
                    return shown, scopes[scope]
        return "default", self.default


def scopes_of(reference: ImageReference) -> Iterator[str]:
    """Yield the scopes that an image of transport ``docker`` is in, the most specific first."""
    if reference.digest is not None:
        yield f"{reference.name}@{reference.digest}"
    else:
        yield f"{reference.name}:{reference.tag or 'latest'}"
    parts = reference.name.split("/")
    for end in range(len(parts), 0, -1):
        yield "/".join(parts[:end])
    # Wildcards are of host names without a port's, from the first label on.
    labels = parts[0].split(".")
    for start in range(1, len(labels)):
        yield "*." + ".".join(labels[start:])
    yield ""


def read_image_policy(path: Path) -> ImagePolicy:
    """Read a policy and the keys that it names. Raises TrustPolicyError."""
    where = str(path)
    data = read_given(path, error=TrustPolicyError, limit=_POLICY_BYTES)
    read = FieldReader(where, TrustPolicyError)
    document = read.root(parse_json(data, where=where, error=TrustPolicyError, depth=16))
    _only(read, document, frozenset({"default", "transports"}), ())
    default = _requirements(read, document, "default", (), path.parent)
    transports = read.optional_object(document, "transports", ())
    scopes: dict[str, Mapping[str, tuple[PolicyRequirement, ...]]] = {}
    for transport in transports:
        here = ("transports", transport)
        listed = read.object(transports, transport, here[:1])
        scopes[transport] = {
            scope: _requirements(read, listed, scope, here, path.parent) for scope in listed
        }
    return ImagePolicy(
        origin=where, sha256=hashlib.sha256(data).hexdigest(), default=default, scopes=scopes
    )


def _requirements(
    read: FieldReader, obj: JsonObject, name: str, path: Place, folder: Path
) -> tuple[PolicyRequirement, ...]:
    items = read.required_objects(obj, name, path)
    if not items:
        raise read.wrong((*path, name), "no requirements", "one at least")
    return tuple(
        _requirement(read, item, (*path, name, index), folder) for index, item in enumerate(items)
    )


def _requirement(
    read: FieldReader, item: JsonObject, path: Place, folder: Path
) -> PolicyRequirement:
    kind = read.text(item, "type", path)
    if kind not in _FIELDS:
        raise read.wrong((*path, "type"), repr(kind[:40]), ", ".join(_FIELDS))
    _only(read, item, _FIELDS[kind], path)
    if kind in {"insecureAcceptAnything", "reject"}:
        return PolicyRequirement(kind=RequirementKind(kind))
    if kind == "signedBy" and item.get("keyType") != "GPGKeys":
        raise read.wrong((*path, "keyType"), repr(item.get("keyType"))[:40], "GPGKeys")
    keys = _keys(read, item, _KEY_FIELDS, path, folder)
    log_fields = tuple(f"rekorPublic{name[0].upper()}{name[1:]}" for name in _KEY_FIELDS)
    log_keys = _keys(read, item, log_fields, path, folder)
    certified = "fulcio" in item or "pki" in item
    if bool(keys) is certified:
        found = "keys and certificates" if certified else "neither keys nor certificates"
        raise read.wrong(path, found, "keys, or fulcio, or pki")
    return PolicyRequirement(
        kind=RequirementKind(kind),
        keys=keys,
        log_keys=log_keys,
        certified=certified,
        identity=_identity(read, item, path),
    )


def _keys(
    read: FieldReader, item: JsonObject, names: tuple[str, ...], path: Place, folder: Path
) -> tuple[PolicyKey, ...]:
    given = [name for name in names if name in item]
    if len(given) > 1:
        raise read.wrong(path, " and ".join(given), f"one of {', '.join(names)}")
    if not given:
        return ()
    name = given[0]
    several = name.endswith("s")
    texts = read.texts(item, name, path) if several else [read.text(item, name, path)]
    if not texts or not all(texts):
        raise read.wrong((*path, name), "no key", "one at least")
    if "Path" in name:
        return tuple(
            PolicyKey(
                origin=str(file),
                name=file.stem,
                data=read_given(file, error=TrustPolicyError, limit=_KEY_BYTES),
            )
            for file in (folder / Path(text) for text in texts)
        )
    keys: list[PolicyKey] = []
    for text in texts:
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise read.wrong((*path, name), "something else", "a key in base64") from None
        keys.append(PolicyKey(origin=f"{read.where} {name}", name=None, data=data))
    return tuple(keys)


def _identity(read: FieldReader, item: JsonObject, path: Place) -> SignedIdentity:
    if "signedIdentity" not in item:
        return SignedIdentity()
    here = (*path, "signedIdentity")
    value = read.object(item, "signedIdentity", path)
    kind = read.text(value, "type", here)
    if kind not in _IDENTITIES:
        raise read.wrong((*here, "type"), repr(kind[:40]), ", ".join(_IDENTITIES))
    names = _IDENTITIES[kind]
    _only(read, value, frozenset({"type", *names}), here)
    texts = [read.text(value, name, here) for name in names]
    if kind in {"exactReference", "exactRepository"}:
        _check_reference(read, kind, texts[0], (*here, names[0]))
    for name, text in zip(names, texts, strict=True):
        if not text:
            raise read.wrong((*here, name), "an empty text", "a name")
    return SignedIdentity(
        kind=kind,
        first=texts[0] if texts else "",
        second=texts[1] if len(texts) > 1 else "",
    )


def _check_reference(read: FieldReader, kind: str, text: str, path: Place) -> None:
    try:
        reference = ImageReference.parse(text)
    except InvalidReference as problem:
        raise read.wrong(path, f"{text[:80]!r}: {problem.what}", "an image reference") from None
    if kind == "exactReference" and reference.tag is None and reference.digest is None:
        raise read.wrong(path, repr(text[:80]), "a reference with tag or digest")
    if kind == "exactRepository" and (reference.tag is not None or reference.digest is not None):
        raise read.wrong(path, repr(text[:80]), "a repository without tag or digest")


def _only(read: FieldReader, obj: JsonObject, known: frozenset[str], path: Place) -> None:
    for name in obj:
        if name not in known:
            raise read.wrong((*path, name[:80]), "an unknown field", ", ".join(sorted(known)))

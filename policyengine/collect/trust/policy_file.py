"""The trust policy file, JSON or TOML, and what command-line options say in its place.

The form is ``schemas/trust-policy-v1.schema.json``. A field that is not known is an error, for a
misspelt ``repos`` would let a signer sign everything.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from policyengine.collect.trust.keys import LARGEST_PEM, read_key
from policyengine.errors import PolicyEngineError, TrustPolicyError, UsageError
from policyengine.given_file import read_given
from policyengine.model.evidence import EvidenceSource
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_fields import Path as Place
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.trust_policy import (
    CertificateIdentity,
    Requirement,
    TrustedKey,
    TrustedSigner,
    TrustPolicy,
)

# No trust policy is near this; a trusted root has a few certificates and keys.
_BYTES = 4 * 1024 * 1024
_KEYID = re.compile("[0-9a-f]{64}")
# Shell patterns have no classes or alternatives here: a name cannot have these characters.
_PATTERN = re.compile(r"[A-Za-z0-9._:/*?-]+")
_TOP = ("version", "signers", "require", "trusted_root")
_SIGNER = ("keys", "keyids", "identities", "repos", "build_level")
_IDENTITY = ("subject", "subject_regexp", "issuer", "issuer_regexp")
_REQUIREMENT = ("repos", "signers", "threshold", "attestations")


def read_trust_policy(path: Path, *, trusted_root: Path | None = None) -> TrustPolicy:
    """Read a trust policy and the keys it names; paths in it are relative to it.

    ``trusted_root`` takes the place of the policy's own. Raises TrustPolicyError.
    """
    where = str(path)
    data = read_given(path, error=TrustPolicyError, limit=_BYTES)
    read = FieldReader(where, TrustPolicyError)
    document = read.root(_parsed(data, where))
    _only(read, document, _TOP, ())
    version = read.optional_integer(document, "version", ())
    if version not in {None, 1}:
        raise read.wrong(("version",), str(version), "1")
    named_signers = read.object(document, "signers", ())
    signers = tuple(
        _signer(read, read.object(named_signers, name, ("signers",)), name, path.parent)
        for name in named_signers
    )
    if not signers:
        raise read.wrong(("signers",), "no signers", "one at least: an empty policy trusts nobody")
    _no_shared_keys(signers, where)
    if "require" in document:
        requirements = tuple(
            _requirement(read, item, index, signers)
            for index, item in enumerate(read.required_objects(document, "require", ()))
        )
    else:
        requirements = (_signed_by_one(signers),)
    named = read.optional_text(document, "trusted_root", ())
    root = trusted_root or (None if named is None else path.parent / Path(named).expanduser())
    return TrustPolicy(
        source=EvidenceSource(
            location=where,
            sha256=hashlib.sha256(data).hexdigest(),
            media_type="application/toml" if _is_toml(data) else "application/json",
            format="trust-policy",
            format_version="1",
        ),
        signers=signers,
        requirements=requirements,
        trusted_root=None if root is None else read_trusted_root(root),
    )


def policy_of_options(
    *,
    keys: Sequence[Path] = (),
    identity: CertificateIdentity | None = None,
    trusted_root: Path | None = None,
) -> TrustPolicy:
    """Return the policy that options mean: every image must be signed by one of these.

    A key's signer is named as its file, without the suffix; an identity's is the identity.
    """
    signers: list[TrustedSigner] = []
    digest = hashlib.sha256()
    for path in keys:
        data = read_given(path, error=TrustPolicyError, limit=LARGEST_PEM)
        digest.update(data)
        key = read_key(data, where=str(path), error=TrustPolicyError)
        signers.append(TrustedSigner(name=path.stem, keys=(key,)))
    if identity is not None:
        digest.update(str(identity).encode())
        name = identity.subject or str(identity)
        signers.append(TrustedSigner(name=name, identities=(identity,)))
    if not signers:
        raise UsageError(
            "--trusted-root says who vouches for signers, and nothing says who they are",
            hint="add --trust-policy, --key, or --certificate-identity",
        )
    names = [signer.name for signer in signers]
    for name in names:
        if names.count(name) > 1:
            raise UsageError("two keys would have the same signer's name", found=repr(name))
    _no_shared_keys(signers, "--key")
    options = [f"--key {path}" for path in keys]
    options += [] if identity is None else ["--certificate-identity"]
    return TrustPolicy(
        source=EvidenceSource(
            location=" ".join(options),
            sha256=digest.hexdigest(),
            media_type="text/plain",
            format="trust-options",
        ),
        signers=tuple(signers),
        requirements=(_signed_by_one(signers),),
        trusted_root=None if trusted_root is None else read_trusted_root(trusted_root),
    )


def certificate_identity(
    *,
    subject: str | None,
    subject_regexp: str | None,
    issuer: str | None,
    issuer_regexp: str | None,
    read: FieldReader,
    place: Place = (),
) -> CertificateIdentity:
    """Return an identity that has one form of each half, with patterns that compile."""
    for name, plain, pattern in (
        ("subject", subject, subject_regexp),
        ("issuer", issuer, issuer_regexp),
    ):
        if (plain is None) == (pattern is None):
            found = "neither" if plain is None else "both"
            raise read.wrong((*place, name), found, f"{name} or {name}_regexp")
        if pattern is not None and (problem := _bad_pattern(pattern)) is not None:
            raise read.wrong((*place, f"{name}_regexp"), problem, "a regular expression (RE2)")
    return CertificateIdentity(
        subject=subject, subject_regexp=subject_regexp, issuer=issuer, issuer_regexp=issuer_regexp
    )


def read_trusted_root(path: Path) -> bytes:
    """Return a Sigstore trusted root: JSON of that media type. What it holds is read later."""
    data = read_given(path, error=TrustPolicyError, limit=_BYTES)
    read = FieldReader(str(path), TrustPolicyError)
    document = read.root(parse_json(data, where=str(path), error=TrustPolicyError))
    media_type = read.optional_text(document, "mediaType", ()) or "nothing"
    if not media_type.startswith("application/vnd.dev.sigstore.trustedroot"):
        raise read.wrong(
            ("mediaType",), media_type, "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
        )
    return data


def _parsed(data: bytes, where: str) -> JsonValue:
    if not _is_toml(data):
        return parse_json(data, where=where, error=TrustPolicyError)
    try:
        document: JsonObject = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise TrustPolicyError(
            "is neither JSON nor TOML", where=where, found=str(problem)
        ) from None
    except RecursionError:
        raise TrustPolicyError("is nested too deep", where=where) from None
    return document


def _is_toml(data: bytes) -> bool:
    return bool(data.strip()) and not data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def _signer(read: FieldReader, entry: JsonObject, name: str, folder: Path) -> TrustedSigner:
    place: Place = ("signers", name)
    if not name.strip():
        raise read.wrong(place, "a signer without a name", "a name")
    _only(read, entry, _SIGNER, place)
    keys: list[TrustedKey] = []
    keyids: list[str] = []
    for index, text in enumerate(read.texts(entry, "keys", place)):
        if _KEYID.fullmatch(text):
            keyids.append(text)
        else:
            keys.append(_key(read, text, (*place, "keys", index), folder))
    for index, text in enumerate(read.texts(entry, "keyids", place)):
        if not _KEYID.fullmatch(text):
            raise read.wrong((*place, "keyids", index), repr(text[:80]), "64 hexadecimal digits")
        keyids.append(text)
    identities = tuple(
        _identity(read, item, (*place, "identities", index))
        for index, item in enumerate(read.objects(entry, "identities", place))
    )
    if not (keys or keyids or identities):
        raise read.wrong(place, "a signer without keys or identities", "one at least")
    level = read.optional_integer(entry, "build_level", place)
    if level is not None and not 1 <= level <= 4:
        raise read.wrong((*place, "build_level"), str(level), "1 to 4")
    return TrustedSigner(
        name=name,
        keys=tuple(keys),
        keyids=tuple(dict.fromkeys(keyids)),
        identities=identities,
        repositories=_patterns(read, entry, place),
        build_level=level,
    )


def _key(read: FieldReader, text: str, place: Place, folder: Path) -> TrustedKey:
    if "-----BEGIN" in text:
        where = str(read.wrong(place, "", "").where)
        return read_key(text.encode(), where=where, error=TrustPolicyError)
    if not text:
        raise read.wrong(place, "an empty string", "a PEM public key, its file, or a key id")
    file = folder / Path(text).expanduser()
    data = read_given(file, error=TrustPolicyError, limit=LARGEST_PEM)
    return read_key(data, where=str(file), error=TrustPolicyError)


def _identity(read: FieldReader, entry: JsonObject, place: Place) -> CertificateIdentity:
    _only(read, entry, _IDENTITY, place)
    return certificate_identity(
        subject=read.optional_text(entry, "subject", place),
        subject_regexp=read.optional_text(entry, "subject_regexp", place),
        issuer=read.optional_text(entry, "issuer", place),
        issuer_regexp=read.optional_text(entry, "issuer_regexp", place),
        read=read,
        place=place,
    )


def _requirement(
    read: FieldReader, entry: JsonObject, index: int, signers: Sequence[TrustedSigner]
) -> Requirement:
    place: Place = ("require", index)
    _only(read, entry, _REQUIREMENT, place)
    read.array(entry, "signers", place)
    known = [signer.name for signer in signers]
    names = read.texts(entry, "signers", place)
    for number, name in enumerate(names):
        if name not in known:
            raise _unknown(read, name, known, (*place, "signers", number), "signer")
    threshold = read.optional_integer(entry, "threshold", place)
    threshold = 1 if threshold is None else threshold
    different = len(set(names))
    if not 1 <= threshold <= different:
        raise read.wrong(
            (*place, "threshold"), str(threshold), f"1 to {different}, the number of its signers"
        )
    return Requirement(
        repositories=_patterns(read, entry, place),
        signers=tuple(dict.fromkeys(names)),
        threshold=threshold,
        predicate_types=tuple(read.texts(entry, "attestations", place)),
    )


def _patterns(read: FieldReader, entry: JsonObject, place: Place) -> tuple[str, ...]:
    patterns = read.texts(entry, "repos", place)
    if "repos" in entry and not patterns:
        raise read.wrong(
            (*place, "repos"), "no patterns", "one at least; without repos all are meant"
        )
    for index, pattern in enumerate(patterns):
        if not _PATTERN.fullmatch(pattern):
            raise read.wrong(
                (*place, "repos", index), repr(pattern[:80]), "a repository, with * ** and ? only"
            )
    return tuple(patterns)


def _signed_by_one(signers: Iterable[TrustedSigner]) -> Requirement:
    """Return what a policy without ``require`` asks: each repository that a signer is named for
    is signed by one of those named for it."""
    signers = tuple(signers)
    everything = any(not signer.repositories for signer in signers)
    patterns = dict.fromkeys(text for signer in signers for text in signer.repositories)
    return Requirement(
        repositories=() if everything else tuple(patterns),
        signers=tuple(signer.name for signer in signers),
    )


def _no_shared_keys(signers: Sequence[TrustedSigner], where: str) -> None:
    # A key of two signers would count twice towards a threshold, and name one of them at random.
    owner: dict[str, str] = {}
    for signer in signers:
        for keyid in dict.fromkeys([*(key.keyid for key in signer.keys), *signer.keyids]):
            if owner.setdefault(keyid, signer.name) != signer.name:
                raise TrustPolicyError(
                    "one key belongs to two signers",
                    where=where,
                    found=f"{keyid} of {owner[keyid]!r} and of {signer.name!r}",
                )


def _only(read: FieldReader, entry: JsonObject, known: tuple[str, ...], place: Place) -> None:
    for name in entry:
        if name not in known:
            raise _unknown(read, name, known, (*place, name), "field")


def _unknown(
    read: FieldReader, name: str, known: Sequence[str], place: Place, what: str
) -> PolicyEngineError:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return TrustPolicyError(
        f"an unknown {what} {name[:80]!r}",
        where=read.wrong(place, "", "").where,
        hint=f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}",
    )


def _bad_pattern(pattern: str) -> str | None:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as problem:
        return str(problem.args[0] if problem.args else problem)
    return None

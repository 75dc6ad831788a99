"""``docker trust inspect``: signers and signed tags of repositories under Docker Content Trust.

Source: docker/cli, cli/command/trust/inspect.go. The program has verified the metadata before it
prints; a digest is the hexadecimal of the manifest's sha256. A tag without named signers was
signed by the repository's own key, which the program shows as ``Repo Admin``.
"""

from __future__ import annotations

import re

from policyengine.collect.format import Origin, ReportFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.trust import Signature, SignatureKind, TrustRecord

_NAME = "docker-trust-inspect"
_VERIFIER = "docker trust inspect"
_HEXADECIMAL = re.compile("[0-9a-f]+")
_FIELDS = frozenset({"SignedTags", "Signers", "AdministrativeKeys"})


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of this output."""
    return (
        isinstance(document, list)
        and bool(document)
        and all(isinstance(item, dict) and item.keys() >= _FIELDS for item in document)
    )


def read_records(document: JsonValue, origin: Origin) -> tuple[TrustRecord, ...]:
    """Read one record a repository."""
    read = FieldReader(origin.location)
    entries = read.objects({"": document}, "", ())
    return tuple(_record(read, entry, index, origin) for index, entry in enumerate(entries))


def _record(read: FieldReader, entry: JsonObject, index: int, origin: Origin) -> TrustRecord:
    path: Path = (index,)
    name = read.optional_text(entry, "Name", path)
    repository = _without_tag(name) if name else None
    signers = {
        read.text(signer, "Name", (*path, "Signers", number)): _keyids(
            read, signer, (*path, "Signers", number)
        )
        for number, signer in enumerate(read.objects(entry, "Signers", path))
    }
    administrative = {
        read.text(key, "Name", (*path, "AdministrativeKeys", number)): _keyids(
            read, key, (*path, "AdministrativeKeys", number)
        )
        for number, key in enumerate(read.objects(entry, "AdministrativeKeys", path))
    }
    signatures: list[Signature] = []
    for number, tag in enumerate(read.objects(entry, "SignedTags", path)):
        here = (*path, "SignedTags", number)
        digest = read.text(tag, "Digest", here)
        # One of another length is kept: it is no image's, so that it never verifies.
        if _HEXADECIMAL.fullmatch(digest) is None:
            raise read.wrong((*here, "Digest"), repr(digest[:80]), "hexadecimal digits")
        signatures.extend(
            Signature(
                kind=SignatureKind.NOTARY,
                signer=signer,
                repository=repository,
                tag=read.text(tag, "SignedTag", here),
                signed_digest=f"sha256:{digest}",
                verifier=_VERIFIER,
                keyids=signers.get(signer, ()),
                pointer=f"/{index}/SignedTags/{number}",
            )
            for signer in read.texts(tag, "Signers", here)
        )
    return TrustRecord(
        source=origin.source(_NAME, tool="docker"),
        repository=repository,
        signatures=tuple(signatures),
        signers=tuple(sorted(signers.items())),
        root_keyids=administrative.get("Root", ()),
        repository_keyids=administrative.get("Repository", ()),
    )


def _keyids(read: FieldReader, signer: JsonObject, path: Path) -> tuple[str, ...]:
    return tuple(
        read.text(key, "ID", (*path, "Keys", index))
        for index, key in enumerate(read.objects(signer, "Keys", path))
    )


def _without_tag(name: str) -> str:
    """Return the repository of ``name``: the program repeats the tag that it was asked about."""
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.TRUST, recognises=recognises, read=read_records)

"""SBOMs as the predicate of an in-toto statement, as BuildKit, Trivy, Syft and cosign make them.

https://github.com/in-toto/attestation/tree/main/spec/predicates. A statement that is given as it
is has no signature: its SBOM is evidence like any other SBOM, and not attested by anyone. What
image it is about, the statement's subject says, not the SBOM: that is what would be signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from policyengine.collect.cyclonedx_analysis import cyclonedx_vex, is_vex_alone
from policyengine.collect.format import Origin, ReportFormat
from policyengine.collect.sbom import cyclonedx_json, spdx3_json_ld, spdx_json, syft_json
from policyengine.errors import UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonValue
from policyengine.model.reference import is_digest
from policyengine.model.sbom import SbomDocument
from policyengine.model.scan import ReportedSubject
from policyengine.model.vex import VexDocument

_NAME = "in-toto-sbom"
_VEX = "cyclonedx-vex-json"
_STATEMENTS = frozenset({"https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"})
_SPDX = (spdx_json.FORMAT, spdx3_json_ld.FORMAT)
# By the beginning of the type, in lower case: versions and document names follow.
_PREDICATES: tuple[tuple[str, tuple[ReportFormat, ...]], ...] = (
    ("https://spdx.dev/document", _SPDX),
    ("https://cyclonedx.org/bom", (cyclonedx_json.FORMAT,)),
    ("https://cyclonedx.org/schema", (cyclonedx_json.FORMAT,)),
    ("https://cyclonedx.org/specification", (cyclonedx_json.FORMAT,)),
    ("https://syft.dev/bom", (syft_json.FORMAT,)),
)


def is_sbom_predicate(predicate_type: JsonValue) -> bool:
    """Say whether a predicate of this type is an SBOM."""
    return isinstance(predicate_type, str) and bool(_formats(predicate_type))


def read_sbom_predicate(
    predicate_type: str, predicate: JsonValue, origin: Origin, *, path: Path = ("predicate",)
) -> tuple[SbomDocument | VexDocument, ...]:
    """Read the SBOM that is ``predicate``, which lies at ``path`` of ``origin``.

    cosign formerly put it, as an object or as text, into a field ``Data``. The documents say
    themselves what they are about; the caller, who knows the statement, must say it better.
    Raises UnsupportedFormat for a predicate that is not what ``predicate_type`` says.
    """
    if isinstance(predicate, dict) and "Data" in predicate:
        path = (*path, "Data")
        predicate = predicate["Data"]
    prefix = "".join(f"/{part}" for part in path)
    inner = Origin(
        location=f"{origin.location}{prefix}", sha256=origin.sha256, media_type=origin.media_type
    )
    if isinstance(predicate, str):
        predicate = parse_json(predicate.encode(), where=inner.location)
    formats = _formats(predicate_type)
    if cyclonedx_json.FORMAT in formats and isinstance(predicate, dict) and is_vex_alone(predicate):
        version = FieldReader(inner.location).text(predicate, "specVersion", ())
        return (cyclonedx_vex(predicate, inner, _VEX, version),)
    chosen = next((item for item in formats if item.recognises(predicate)), None)
    if chosen is None:
        raise UnsupportedFormat(
            f"is not what the predicate type {predicate_type[:80]} says",
            where=inner.location,
            expected=" or ".join(item.name for item in formats) or "an SBOM's predicate type",
        )
    return tuple(
        replace(
            document,
            source=replace(document.source, location=origin.location),
            predicate_type=predicate_type,
            packages=tuple(
                replace(package, pointer=prefix + package.pointer) for package in document.packages
            ),
        )
        if isinstance(document, SbomDocument)
        else replace(document, source=replace(document.source, location=inner.location))
        for document in chosen.read(predicate, inner)
        if isinstance(document, SbomDocument | VexDocument)
    )


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` is an in-toto statement about an SBOM."""
    return (
        isinstance(document, dict)
        and str(document.get("_type")) in _STATEMENTS
        and is_sbom_predicate(document.get("predicateType"))
    )


def read_statement(document: JsonValue, origin: Origin) -> tuple[SbomDocument | VexDocument, ...]:
    """Read a statement that nobody signed."""
    read = FieldReader(origin.location)
    statement = read.root(document)
    predicate_type = read.text(statement, "predicateType", ())
    subject = _subject(read, read.required_objects(statement, "subject", ()))
    found = read_sbom_predicate(predicate_type, statement.get("predicate"), origin)
    return tuple(replace(document, subject=subject) for document in found)


def _subject(read: FieldReader, subjects: Sequence[dict[str, JsonValue]]) -> ReportedSubject:
    """Return the digests that the statement is about; without any it is about nothing."""
    digests = []
    for index, subject in enumerate(subjects):
        path = ("subject", index, "digest")
        value = read.text(read.object(subject, "digest", ("subject", index)), "sha256", path)
        if not is_digest(f"sha256:{value}"):
            raise read.wrong((*path, "sha256"), repr(value[:80]), "64 hexadecimal digits")
        digests.append(f"sha256:{value}")
    if not digests:
        raise read.wrong(("subject",), "an empty array", "the digest of an image")
    return ReportedSubject(digests=tuple(sorted(set(digests))))


def _formats(predicate_type: str) -> tuple[ReportFormat, ...]:
    lower = predicate_type.lower()
    for beginning, formats in _PREDICATES:
        if lower == beginning or lower.startswith((f"{beginning}/", f"{beginning}#")):
            return formats
    return ()


FORMAT = ReportFormat(
    name=_NAME, kind=EvidenceKind.SBOM, recognises=recognises, read=read_statement
)

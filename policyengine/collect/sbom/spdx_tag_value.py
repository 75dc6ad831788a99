"""SPDX in tag-value form, 2.2 and 2.3: https://spdx.github.io/spdx-spec/v2.3/conformance/.

A line is ``Tag: value``; a value between ``<text>`` and ``</text>`` may have several. Which element
a tag belongs to, the tags before it say. The form has no end: a file that is cut between two
lines can only be told by what its relationships name and it does not have.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from policyengine.collect.format import Origin, TextFormat
from policyengine.collect.sbom.spdx_document import (
    read_spdx,
    refuse_cut,
    refuse_other_version,
)
from policyengine.errors import MalformedEvidence
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.limits import ReadLimits
from policyengine.model.sbom import SbomDocument

_NAME = "spdx-tag-value"
_VERSION = re.compile(rb"(?:^|\n)[ \t]*SPDXVersion:")
_LINE = re.compile(r"\s*([A-Za-z][A-Za-z0-9]*)\s*:\s*(.*)")
_OPEN, _CLOSE = "<text>", "</text>"
_DOCUMENT = {
    "SPDXVersion": "spdxVersion",
    "DataLicense": "dataLicense",
    "DocumentName": "name",
    "DocumentNamespace": "documentNamespace",
    "DocumentComment": "comment",
}
_CREATION = {
    "Created": "created",
    "LicenseListVersion": "licenseListVersion",
    "CreatorComment": "comment",
}
_PACKAGE = {
    "PackageVersion": "versionInfo",
    "PackageFileName": "packageFileName",
    "PackageSupplier": "supplier",
    "PackageOriginator": "originator",
    "PackageDownloadLocation": "downloadLocation",
    "PackageHomePage": "homepage",
    "PackageSourceInfo": "sourceInfo",
    "PackageLicenseConcluded": "licenseConcluded",
    "PackageLicenseDeclared": "licenseDeclared",
    "PackageLicenseComments": "licenseComments",
    "PackageCopyrightText": "copyrightText",
    "PackageSummary": "summary",
    "PackageDescription": "description",
    "PackageComment": "comment",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
    "BuiltDate": "builtDate",
    "ReleaseDate": "releaseDate",
    "ValidUntilDate": "validUntilDate",
}
_PACKAGE_LISTS = {
    "PackageAttributionText": "attributionTexts",
    "PackageLicenseInfoFromFiles": "licenseInfoFromFiles",
}
# What begins an element that is counted and not read.
_COUNTED = {
    "FileName": "files",
    "SnippetSPDXID": "snippets",
    "LicenseID": "hasExtractedLicensingInfos",
    "Reviewer": "reviews",
}
# The tags of those elements, and the comments on what is read.
_COUNTED_TAGS = re.compile(
    r"File|Snippet|Licen[sc]e|Extracted|Artifact|Review|Annotat|SPDXREF|Notice|Contributor"
    r"|PackageVerificationCode$|ExternalRefComment$|RelationshipComment$"
)


def recognises(data: bytes) -> bool:
    """Say whether ``data`` is SPDX in tag-value form."""
    return _VERSION.search(data) is not None


def read_document(data: bytes, origin: Origin, limits: ReadLimits) -> tuple[SbomDocument, ...]:
    """Read one document. The limit on nesting does not matter: the form has none."""
    del limits
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        raise MalformedEvidence(
            "is not UTF-8",
            where=origin.location,
            found=f"byte 0x{data[error.start]:02x} at offset {error.start}",
            expected="SPDX in UTF-8",
        ) from None
    if not text.endswith("\n"):
        raise MalformedEvidence(
            "is cut off: the last line does not end",
            where=f"{origin.location} at byte {len(data)}",
            hint="write it again",
        )
    reader = _Reader(origin.location)
    for number, tag, value in _tags(text, origin.location):
        reader.take(number, tag, value)
    spdx = reader.document()
    document = read_spdx(spdx, origin, _NAME, pointers=reader.pointers, uncounted=reader.counts)
    refuse_cut(spdx, where=origin.location, known=reader.elements)
    return (document,)


def _tags(text: str, where: str) -> Iterator[tuple[int, str, str]]:
    """Yield line number, tag and value."""
    lines = enumerate(text.replace("\r\n", "\n").split("\n"), start=1)
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise MalformedEvidence(
                "is not a line of SPDX",
                where=f"{where} at line {number}",
                found=repr(line.strip()[:40]),
                expected="Tag: value",
            )
        tag, value = found.groups()
        if value.startswith(_OPEN):
            parts = [value.removeprefix(_OPEN)]
            while _CLOSE not in parts[-1]:
                more = next(lines, None)
                if more is None:
                    raise MalformedEvidence(
                        "is cut off: a text does not end",
                        where=f"{where} at line {number}",
                        expected=_CLOSE,
                    )
                parts.append(more[1])
            value = "\n".join(parts).partition(_CLOSE)[0]
        yield number, tag, value.strip()


class _Reader:
    """Puts tags together to the JSON's fields."""

    def __init__(self, where: str) -> None:
        self.counts: Counter[str] = Counter()
        self.pointers: list[str] = []
        self.elements: set[str] = set()
        self._where = where
        self._spdx: JsonObject = {}
        self._creation: JsonObject = {}
        self._creators: list[JsonValue] = []
        self._packages: list[JsonObject] = []
        self._relations: list[JsonValue] = []
        self._annotations: list[JsonObject] = []
        # The element that SPDXID and the package's tags belong to; None for one not read.
        self._current: JsonObject | None = self._spdx

    def document(self) -> JsonObject:
        """Return the document."""
        by_id = {item.get("SPDXID"): item for item in self._packages}
        for note in self._annotations:
            owner = by_id.get(note.pop("spdxref", None), self._spdx)
            notes = owner.setdefault("annotations", [])
            assert isinstance(notes, list)
            notes.append(note)
        if self._creation or self._creators:
            self._spdx["creationInfo"] = {**self._creation, "creators": self._creators}
        self._spdx["packages"] = [*self._packages]
        self._spdx["relationships"] = self._relations
        return self._spdx

    def take(self, number: int, tag: str, value: str) -> None:
        """Take one tag."""
        if tag == "PackageName":
            self._current = {"name": value}
            self._packages.append(self._current)
            self.pointers.append(f"/line/{number}")
        elif tag in _COUNTED:
            self.counts[_COUNTED[tag]] += 1
            self._current = None
            self.elements.add(value)
        elif tag == "SPDXID":
            self.elements.add(value)
            if self._current is not None:
                self._set(self._current, "SPDXID", value, number, tag)
        elif tag in _DOCUMENT:
            self._set(self._spdx, _DOCUMENT[tag], value, number, tag)
            if tag == "SPDXVersion":
                refuse_other_version(value, where=f"{self._where} at line {number}")
        elif tag in _CREATION:
            self._set(self._creation, _CREATION[tag], value, number, tag)
        elif tag == "Creator":
            self._creators.append(value)
        elif tag == "ExternalDocumentRef":
            self.counts["externalDocumentRefs"] += 1
        elif tag == "Relationship":
            self._relation(number, value)
        elif tag == "Annotator":
            self._annotations.append({"annotator": value})
        elif tag in {"AnnotationComment", "SPDXREF", "AnnotationDate", "AnnotationType"}:
            self._annotation(number, tag, value)
        elif not self._of_package(number, tag, value):
            self.counts["tags" if _COUNTED_TAGS.match(tag) else "unknown tags"] += 1

    def _of_package(self, number: int, tag: str, value: str) -> bool:
        """Take a tag of a package, and say whether it is one."""
        package = self._packages[-1] if self._packages else None
        if tag in _PACKAGE:
            # Read even after the files of a package, where some tools go on with it.
            self._set(self._needed(package, number, tag), _PACKAGE[tag], value, number, tag)
        elif tag == "FilesAnalyzed":
            analysed: JsonValue = {"true": True, "false": False}.get(value.lower(), value)
            self._set(self._needed(package, number, tag), "filesAnalyzed", analysed, number, tag)
        elif tag in _PACKAGE_LISTS:
            _add(self._needed(package, number, tag), _PACKAGE_LISTS[tag], value)
        elif tag == "PackageChecksum":
            algorithm, _, digest = self._parts(number, tag, value, ":", 1)
            entry: JsonObject = {"algorithm": algorithm, "checksumValue": digest.strip()}
            _add(self._needed(package, number, tag), "checksums", entry)
        elif tag == "ExternalRef":
            parts = value.split(None, 2)
            if len(parts) != 3:
                raise self._wrong(number, tag, value, "CATEGORY TYPE LOCATOR")
            names = ("referenceCategory", "referenceType", "referenceLocator")
            reference: JsonObject = dict(zip(names, parts, strict=True))
            _add(self._needed(package, number, tag), "externalRefs", reference)
        else:
            return False
        return True

    def _relation(self, number: int, value: str) -> None:
        parts = value.split()
        if len(parts) < 3:
            raise self._wrong(number, "Relationship", value, "ELEMENT TYPE ELEMENT")
        self._relations.append(
            {
                "spdxElementId": parts[0],
                "relationshipType": parts[1],
                "relatedSpdxElement": " ".join(parts[2:]),
            }
        )

    def _annotation(self, number: int, tag: str, value: str) -> None:
        if not self._annotations:
            raise self._wrong(number, tag, value, "Annotator before it")
        field = {"AnnotationComment": "comment", "SPDXREF": "spdxref"}.get(tag)
        self._set(self._annotations[-1], field or tag[0].lower() + tag[1:], value, number, tag)

    def _parts(
        self, number: int, tag: str, value: str, separator: str, least: int
    ) -> tuple[str, str, str]:
        parts = value.partition(separator)
        if len(parts[0]) < least or not parts[2]:
            raise self._wrong(number, tag, value, f"NAME{separator} VALUE")
        return parts

    def _needed(self, package: JsonObject | None, number: int, tag: str) -> JsonObject:
        if package is None:
            raise self._wrong(number, tag, "no package", "PackageName before it")
        return package

    def _set(self, obj: JsonObject, field: str, value: JsonValue, number: int, tag: str) -> None:
        if field in obj:
            raise self._wrong(number, tag, "a second value", "one")
        obj[field] = value

    def _wrong(self, number: int, tag: str, found: str, expected: str) -> MalformedEvidence:
        return MalformedEvidence(
            f"{tag} does not fit SPDX",
            where=f"{self._where} at line {number}",
            found=found[:60],
            expected=expected,
        )


def _add(obj: JsonObject, field: str, value: JsonValue) -> None:
    values = obj.setdefault(field, [])
    assert isinstance(values, list)
    values.append(value)


FORMAT = TextFormat(
    name=_NAME,
    kind=EvidenceKind.SBOM,
    media_type="text/spdx",
    recognises=recognises,
    read=read_document,
)

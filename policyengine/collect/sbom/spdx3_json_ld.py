"""SPDX 3.0 in JSON-LD: https://spdx.github.io/spdx-spec/v3.0.1/serializations/.

The specification fixes one context, so the graph is read as the JSON that it is: elements by
``spdxId`` or ``@id``, put into their places or named. No context is fetched. Names are compared
without case and underscores, as the first tools wrote those of SPDX 2 (``DEPENDS_ON``).
"""

from __future__ import annotations

from collections import Counter

from policyengine.collect.format import Origin, ReportFormat, in_order, optional_instant
from policyengine.collect.sbom.identifiers import hash_algorithm
from policyengine.collect.sbom.licenses import package_license
from policyengine.collect.sbom.spdx_document import NO_VALUE, actor_name
from policyengine.errors import MalformedEvidence, UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path, described
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.purl import canonical_purl, purl_digest, purl_type
from policyengine.model.reference import is_digest
from policyengine.model.sbom import Package, PackageHash, PackageLicense, SbomDocument
from policyengine.model.scan import ReportedSubject

_NAME = "spdx3-json-ld"
_LICENSES = {"hasconcludedlicense": True, "hasdeclaredlicense": False}
_DEPENDENCY = frozenset(
    {
        *("dependson", "contains", "hasdynamiclink", "hasstaticlink", "hasprerequisite"),
        *("hasoptionaldependency", "hasprovideddependency", "hasoptionalcomponent", "packages"),
    }
)
_PURL = frozenset({"packageurl", "purl"})
_CPE = frozenset({"cpe22", "cpe23"})
_PACKAGE = "software_Package"
_DOCUMENTS = frozenset({"SpdxDocument", "software_Sbom", "Bom"})
_RELATIONSHIPS = frozenset({"Relationship", "LifecycleScopedRelationship"})
# Read with the packages that they say something about.
_READ = frozenset(
    {
        *(_PACKAGE, *_DOCUMENTS, "CreationInfo", "Person", "Organization", "Agent"),
        *("SoftwareAgent", "Tool", "ExternalIdentifier", "Hash", "PackageVerificationCode"),
        *("simplelicensing_LicenseExpression", "AnyLicenseInfo", "expandedlicensing_ListedLicense"),
    }
)


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` is SPDX 3 in JSON-LD."""
    return (
        isinstance(document, dict)
        and "@context" in document
        and "spdx.org/rdf/3" in str(document["@context"])[:1000]
    )


def read_document(document: JsonValue, origin: Origin) -> tuple[SbomDocument, ...]:
    """Read one document."""
    read = FieldReader(origin.location)
    root = read.root(document)
    if "@graph" not in root:
        raise UnsupportedFormat(
            "is SPDX 3 of one element, and no SBOM",
            where=origin.location,
            found=str(root.get("type"))[:60],
            expected="a document with @graph",
        )
    return (_Graph(read, root).document(origin),)


class _Graph:
    """The elements of a document, by identifier."""

    def __init__(self, read: FieldReader, root: JsonObject) -> None:
        self._read = read
        self._elements = [
            (item, ("@graph", index)) for index, item in enumerate(read.objects(root, "@graph", ()))
        ]
        self._by_id: dict[str, tuple[JsonObject, Path]] = {}
        for item, path in self._elements:
            for field in ("spdxId", "@id"):
                name = read.optional_text(item, field, path)
                if name is not None and self._by_id.setdefault(name, (item, path))[0] is not item:
                    raise MalformedEvidence(
                        "has two elements of one identifier",
                        where=f"{read.where}{json_pointer((*path, field))}",
                        found=name[:100],
                        expected="one",
                    )
        self._licenses: dict[str, list[PackageLicense]] = {}
        self._described: set[str] = set()
        self._dependencies = 0
        self._unmapped: Counter[str] = Counter()

    def document(self, origin: Origin) -> SbomDocument:
        """Return the SBOM."""
        read = self._read
        if not any(self._type(item, path) in _DOCUMENTS for item, path in self._elements):
            raise MalformedEvidence(
                "has no document",
                where=f"{origin.location}/@graph",
                expected="an element of type SpdxDocument or software_Sbom",
            )
        creation, path = self._creation()
        version = read.text(creation, "specVersion", path)
        if not version.startswith("3.0"):
            raise UnsupportedFormat(
                "is SPDX of a version that is not read",
                where=f"{origin.location}{json_pointer((*path, 'specVersion'))}",
                found=version[:40],
                expected="3.0",
            )
        self._relate()
        packages = [
            (item, place) for item, place in self._elements if self._type(item, place) == _PACKAGE
        ]
        images = [item for item in packages if self._is_image(*item)]
        image = images[0] if len(images) == 1 else None
        tool, tool_version = self._tool(creation, path)
        return SbomDocument(
            source=origin.source(_NAME, version=version, tool=tool, tool_version=tool_version),
            subject=ReportedSubject() if image is None else self._subject(*image),
            created=optional_instant(read, creation, "created", path),
            serial=next(
                read.optional_text(item, "spdxId", place)
                for item, place in self._elements
                if self._type(item, place) in _DOCUMENTS
            ),
            packages=tuple(self._package(*item) for item in packages if item is not image),
            authors=self._names(creation, "createdBy", path),
            dependencies=self._dependencies,
            unmapped=in_order(self._unmapped),
        )

    def _type(self, item: JsonObject, path: Path) -> str:
        return self._read.text(item, "type" if "type" in item else "@type", path)

    def _creation(self) -> tuple[JsonObject, Path]:
        for item, path in self._elements:
            if self._type(item, path) in _DOCUMENTS and "creationInfo" in item:
                found = self._inner(item, "creationInfo", path)
                if found:
                    return found[0]
        raise MalformedEvidence(
            "has no creation information",
            where=f"{self._read.where}/@graph",
            expected="creationInfo of the document",
        )

    def _relate(self) -> None:
        """Go through what is said between elements."""
        for item, path in self._elements:
            kind = self._type(item, path)
            if kind in _DOCUMENTS:
                self._described.update(self._references(item, "rootElement", path))
            elif kind in _RELATIONSHIPS:
                self._relation(item, path)
            elif kind not in _READ:
                self._unmapped[kind[:60]] += 1

    def _relation(self, item: JsonObject, path: Path) -> None:
        word = self._read.optional_text(item, "relationshipType", path) or ""
        word = word.lower().replace("_", "")
        begin = self._read.text(item, "from", path)
        ends = self._references(item, "to", path)
        if word in _LICENSES:
            for end in ends:
                found = self._license(end, concluded=_LICENSES[word])
                if found is not None:
                    self._licenses.setdefault(begin, []).append(found)
        elif word == "describes":
            self._described.update(ends)
        elif word in _DEPENDENCY:
            self._dependencies += len(ends)
        else:
            self._unmapped["relationships"] += 1

    def _license(self, name: str, *, concluded: bool) -> PackageLicense | None:
        if name not in self._by_id:
            # A listed licence may be named by its address alone.
            text = name.removeprefix("https://spdx.org/licenses/")
            return None if text == name else package_license(text, "id", concluded=concluded)
        item, path = self._by_id[name]
        for field, kind in (
            ("simplelicensing_licenseExpression", "expression"),
            ("licenseExpression", "expression"),
            ("simplelicensing_licenseText", "name"),
            ("name", "name"),
        ):
            text = self._read.optional_text(item, field, path) or ""
            if text:
                return (
                    None if text in NO_VALUE else package_license(text, kind, concluded=concluded)
                )
        return None

    def _package(self, item: JsonObject, path: Path) -> Package:
        read = self._read
        purls, cpes = self._identifiers(item, path)
        purl, purl_problem = canonical_purl(purls[0] if purls else None)
        name = read.optional_text(item, "spdxId", path) or read.optional_text(item, "@id", path)
        suppliers = self._names(item, "suppliedBy", path)
        return Package(
            name=read.text(item, "name", path),
            version=read.optional_text(item, "software_packageVersion", path),
            purl=purl,
            purl_problem=purl_problem,
            cpes=tuple(cpes),
            type=purl_type(purl),
            supplier=", ".join(suppliers) or None,
            licenses=tuple(self._licenses.get(name or "", ())),
            hashes=self._hashes(item, path),
            pointer=json_pointer(path),
        )

    def _identifiers(self, item: JsonObject, path: Path) -> tuple[list[str], list[str]]:
        read = self._read
        url = read.optional_text(item, "software_packageUrl", path)
        purls, cpes = [] if url is None else [url], []
        for field in ("externalIdentifier", "externalIdentifiers"):
            for entry, place in self._inner(item, field, path):
                kind = read.optional_text(entry, "externalIdentifierType", place) or ""
                if kind.lower() in _PURL:
                    purls.append(read.text(entry, "identifier", place))
                elif kind.lower() in _CPE:
                    cpes.append(read.text(entry, "identifier", place))
        return purls, cpes

    def _hashes(self, item: JsonObject, path: Path) -> tuple[PackageHash, ...]:
        found = []
        for entry, place in self._inner(item, "verifiedUsing", path):
            # Some tools leave the type out, and some write another one with the same fields.
            if entry.get("type", "Hash") == "Hash":
                algorithm = self._read.text(entry, "algorithm", place)
                value = self._read.text(entry, "hashValue", place).lower()
                found.append(PackageHash(algorithm=hash_algorithm(algorithm), value=value))
        return tuple(found)

    def _is_image(self, item: JsonObject, path: Path) -> bool:
        name = self._read.optional_text(item, "spdxId", path)
        if name not in self._described:
            return False
        purls, _ = self._identifiers(item, path)
        return item.get("software_primaryPurpose") == "container" or any(
            purl.startswith(("pkg:oci/", "pkg:docker/")) for purl in purls
        )

    def _subject(self, item: JsonObject, path: Path) -> ReportedSubject:
        version = self._read.optional_text(item, "software_packageVersion", path) or ""
        name = self._read.optional_text(item, "name", path)
        purls, _ = self._identifiers(item, path)
        digests = {version, *(purl_digest(purl) or "" for purl in purls)}
        digests |= {
            f"sha256:{entry.value}"
            for entry in self._hashes(item, path)
            if entry.algorithm == "sha256"
        }
        return ReportedSubject(
            name=f"{name}:{version}" if name and version and not is_digest(version) else name,
            digests=tuple(sorted(digest for digest in digests if is_digest(digest))),
        )

    def _tool(self, creation: JsonObject, path: Path) -> tuple[str | None, str | None]:
        for text in self._names(creation, "createdUsing", path):
            name, dash, version = text.removeprefix("Tool:").strip().rpartition("-")
            if dash and version[:1].isdigit():
                return name, version
            return text, None
        return None, None

    def _names(self, item: JsonObject, field: str, path: Path) -> tuple[str, ...]:
        """Return the names of the agents in a field."""
        texts = (
            self._read.optional_text(agent, "name", place)
            for agent, place in self._inner(item, field, path)
        )
        names = (actor_name(text) or text for text in texts if text and text not in NO_VALUE)
        return tuple(dict.fromkeys(names))

    def _inner(self, item: JsonObject, field: str, path: Path) -> list[tuple[JsonObject, Path]]:
        """Return the elements in a field: one or several, in their places or named.

        One that is named and not in the document is an element of another: it is left out.
        """
        value = item.get(field)
        values = value if isinstance(value, list) else [] if value is None else [value]
        found: list[tuple[JsonObject, Path]] = []
        for index, entry in enumerate(values):
            place = (*path, field, index) if isinstance(value, list) else (*path, field)
            if isinstance(entry, dict):
                found.append((entry, place))
            elif isinstance(entry, str):
                if entry in self._by_id:
                    found.append(self._by_id[entry])
            else:
                raise self._read.wrong(place, described(entry), "an object or an identifier")
        return found

    def _references(self, item: JsonObject, field: str, path: Path) -> list[str]:
        value = item.get(field)
        if isinstance(value, str):
            return [value]
        return self._read.texts(item, field, path)


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SBOM, recognises=recognises, read=read_document)

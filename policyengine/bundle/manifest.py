"""The bundle manifest: OPA's ``.manifest``, and this program's part of its metadata.

OPA: ``revision``, ``roots``, ``rego_version``, ``file_rego_versions``, ``metadata`` (https://www.openpolicyagent.org/docs/management-bundles).
Ours, in ``metadata.policyengine``: ``name`` and ``version`` (a semantic version), ``view``,
``entrypoints`` (packages whose rules decide; none means all), ``include`` (files of the policy
library that belong to the bundle), ``collections`` (those of the library whose rules do),
``parameters`` (file with the schema of the parameters), ``evidence`` (kinds that must have been
gathered even where the METADATA of a rule that reads them can do without),
``builtin_errors`` (``incomplete``, or ``undefined`` as in OPA: what a failing function makes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from policyengine.bundle.nearest import did_you_mean
from policyengine.bundle.versions import is_version
from policyengine.errors import BundleFormatError
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject
from policyengine.model.views import DocumentView
from policyengine.rego.file_versions import FileVersions, read_file_versions

_KEYS = frozenset(
    {
        "name",
        "version",
        "view",
        "entrypoints",
        "include",
        "collections",
        "evidence",
        "parameters",
        "builtin_errors",
    }
)
_BUILTIN_ERRORS = ("incomplete", "undefined")
_OPA_KEYS = frozenset(
    {"revision", "roots", "rego_version", "file_rego_versions", "metadata", "wasm"}
)
# Keys of OPA that say what decides, and that nothing here acts on.
_NOT_READ = {"wasm": "policies in Rego"}
_PATH = ("metadata", "policyengine")
_NO_VERSION = "0.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleManifest:
    """A manifest that was checked. Paths are relative, with forward slashes."""

    name: str
    version: str
    revision: str
    roots: tuple[str, ...]
    rego_versions: FileVersions
    view: DocumentView
    entrypoints: tuple[tuple[str, ...], ...]
    include: tuple[str, ...]
    collections: tuple[str, ...]
    evidence: frozenset[EvidenceKind]
    parameters: str | None
    strict_builtin_errors: bool


def parse_manifest(data: bytes, *, where: str, plain_name: str | None = None) -> BundleManifest:
    """Read a manifest. Raises BundleFormatError with the JSON path.

    With ``plain_name`` it may be one that OPA wrote, without this program's part: that is then the
    bundle's name, and its version is the revision where that is one, else 0.0.0.
    """
    read = FieldReader(where, BundleFormatError)
    document = read.root(parse_json(data, where=where, error=BundleFormatError))
    _known_keys(read, document, _OPA_KEYS, ())
    for key, expected in _NOT_READ.items():
        if document.get(key):
            raise read.wrong((key,), "what is not supported", expected)
    own = _own_part(read, document, plain_name)
    _known_keys(read, own, _KEYS, _PATH)
    version = read.text(own, "version", _PATH)
    if not is_version(version):
        raise read.wrong((*_PATH, "version"), repr(version), "a semantic version, as in 1.4.2")
    view = read.optional_text(own, "view", _PATH) or DocumentView.UNIFIED.value
    if view not in {member.value for member in DocumentView}:
        raise read.wrong(
            (*_PATH, "view"), repr(view), " or ".join(member.value for member in DocumentView)
        )
    on_error = read.optional_text(own, "builtin_errors", _PATH) or _BUILTIN_ERRORS[0]
    if on_error not in _BUILTIN_ERRORS:
        expected = " or ".join(_BUILTIN_ERRORS)
        raise read.wrong((*_PATH, "builtin_errors"), repr(on_error), expected)
    return BundleManifest(
        strict_builtin_errors=on_error == _BUILTIN_ERRORS[0],
        name=_named(read, own),
        version=version,
        revision=read.optional_text(document, "revision", ()) or version,
        # As in OPA: no key is the root of everything, an empty array is no root at all.
        roots=tuple(read.texts(document, "roots", ()))
        if document.get("roots") is not None
        else ("",),
        rego_versions=read_file_versions(document, where=where),
        view=DocumentView(view),
        entrypoints=tuple(
            tuple(text.removeprefix("data.").split("."))
            for text in read.texts(own, "entrypoints", _PATH)
        ),
        include=tuple(read.texts(own, "include", _PATH)),
        collections=tuple(read.texts(own, "collections", _PATH)),
        evidence=_evidence(read, own),
        parameters=_schema_file(read, own),
    )


def _evidence(read: FieldReader, own: JsonObject) -> frozenset[EvidenceKind]:
    known = {kind.value: kind for kind in EvidenceKind}
    words = read.texts(own, "evidence", _PATH)
    for index, word in enumerate(words):
        if word not in known:
            raise read.wrong((*_PATH, "evidence", index), repr(word), " or ".join(known))
    return frozenset(known[word] for word in words)


def takes_from_library(manifest: BundleManifest) -> bool:
    """Say whether the bundle has files that do not lie in it."""
    return bool(manifest.include or manifest.collections)


def is_definition(data: bytes, *, where: str) -> bool:
    """Say whether a manifest has this program's part, and is not only OPA's."""
    read = FieldReader(where, BundleFormatError)
    document = read.root(parse_json(data, where=where, error=BundleFormatError))
    return "policyengine" in read.optional_object(document, "metadata", ())


def _own_part(read: FieldReader, document: JsonObject, plain_name: str | None) -> JsonObject:
    if plain_name is not None:
        metadata = read.optional_object(document, "metadata", ())
        if "policyengine" not in metadata:
            revision = read.optional_text(document, "revision", ()) or ""
            version = revision if is_version(revision) else _NO_VERSION
            return {"name": plain_name, "version": version}
    return read.object(read.object(document, "metadata", ()), "policyengine", ("metadata",))


def _schema_file(read: FieldReader, own: JsonObject) -> str | None:
    name = read.optional_text(own, "parameters", _PATH)
    # Any other file has a meaning of its own, and would be taken for that.
    if name is not None and (not name.endswith(".json") or name.rpartition("/")[2] == "data.json"):
        raise read.wrong(
            (*_PATH, "parameters"), repr(name), "a JSON file of its own, as parameters.schema.json"
        )
    return name


def _named(read: FieldReader, own: JsonObject) -> str:
    name = read.text(own, "name", _PATH)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", name):
        raise read.wrong(
            (*_PATH, "name"), repr(name), "letters, digits, dots, dashes and underscores"
        )
    return name


def _known_keys(read: FieldReader, obj: JsonObject, known: frozenset[str], path: Path) -> None:
    for key in obj:
        if key not in known:
            raise read.wrong((*path, key), "an unknown key", did_you_mean(key, known))

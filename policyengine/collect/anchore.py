"""What Grype and Syft write alike: the ``source`` that they looked at.

Source: anchore/syft, syft/format/syftjson/model/source.go. Grype calls the inner object
``target``, and so did Syft before schema 9; the very first versions had a bare ``image``.
"""

from __future__ import annotations

from policyengine.model.json_fields import FieldReader, described
from policyengine.model.json_value import JsonObject
from policyengine.model.scan import ReportedSubject

# What was looked at is an image, or the tool read an SBOM that does not say.
_MAY_BE_IMAGES = frozenset({"image", "unknown"})


def reported_subject(read: FieldReader, document: JsonObject) -> ReportedSubject:
    """Read which image ``document``, a whole report or SBOM, says it is about."""
    if "source" not in document:
        return _first_versions(read, document)
    source = read.optional_object(document, "source", ())
    field = "target" if "target" in source else "metadata"
    target = source.get(field)
    kind = read.optional_text(source, "type", ("source",))
    other = None if kind is None or kind in _MAY_BE_IMAGES else kind
    if target is None or isinstance(target, str):
        return ReportedSubject(name=target or None, other_than_image=other)
    if not isinstance(target, dict):
        raise read.wrong(("source", field), described(target), "an object or a string")
    path = ("source", field)
    image_id = read.optional_text(target, "imageID", path)
    digest = read.optional_text(target, "manifestDigest", path)
    return ReportedSubject(
        name=read.optional_text(target, "userInput", path),
        other_than_image=other,
        image_ids=(image_id,) if image_id else (),
        digests=(digest,) if digest else (),
        repo_tags=tuple(read.texts(target, "tags", path)),
        repo_digests=tuple(read.texts(target, "repoDigests", path)),
        diff_ids=tuple(
            read.text(layer, "digest", (*path, "layers", index))
            for index, layer in enumerate(read.objects(target, "layers", path))
        ),
    )


def _first_versions(read: FieldReader, document: JsonObject) -> ReportedSubject:
    image = read.optional_object(document, "image", ())
    digest = read.optional_text(image, "digest", ("image",))
    # The digests of its layers are of the blobs in some versions, so they are left alone.
    return ReportedSubject(
        digests=(digest,) if digest else (),
        repo_tags=tuple(read.texts(image, "tags", ("image",))),
    )

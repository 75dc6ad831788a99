"""The image configuration: OCI image specification, config.md, and Docker's additions to it."""

from __future__ import annotations

from policyengine.collect.image.content import digest_of
from policyengine.collect.image.user import user_of
from policyengine.errors import MalformedEvidence
from policyengine.model.image import HistoryEntry, Image
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path, described
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.platform import Platform
from policyengine.model.reference import is_digest

_NOT_SET = Instant.parse("0001-01-01T00:00:00Z")
_TEXTS = ("User", "WorkingDir", "StopSignal", "MacAddress")
_LISTS = ("Env", "Entrypoint", "Cmd", "OnBuild", "Shell")
_SETS = ("ExposedPorts", "Volumes")
_FLAGS = ("ArgsEscaped", "NetworkDisabled")
_HEALTH_NUMBERS = ("Interval", "Timeout", "StartPeriod", "StartInterval", "Retries")


def parse_configuration(data: bytes, *, where: str, image_id: str | None = None) -> Image:
    """Read an image configuration. ``image_id`` is its digest where that was computed already.

    Raises MalformedEvidence with the JSON path.
    """
    read = FieldReader(where)
    document = read.root(parse_json(data, where=where))
    config = configuration(read, read.optional_object(document, "config", ()), ("config",))
    layers = _layers(read, document)
    return Image(
        id=image_id or digest_of(data),
        platform=Platform(
            os=read.text(document, "os", ()),
            architecture=read.text(document, "architecture", ()),
            variant=read.optional_text(document, "variant", ()),
        ),
        created=instant(read, document, "created", ()),
        author=read.optional_text(document, "author", ()) or "",
        config=config,
        history=_history(read, document, layers),
        layers=layers,
        user=user_of(str(config.get("User", "")), passwd=None, group=None),
    )


def configuration(read: FieldReader, given: JsonObject, path: Path) -> JsonObject:
    """Return the fields of ``config`` that the specification or Docker knows, without empty ones.

    Builders and daemons differ in writing null, an empty value or nothing, and in the remains of
    the container that an image was committed from; none of these is a fact about the image.
    """
    config: JsonObject = {}
    for name in _TEXTS:
        _keep(config, name, read.optional_text(given, name, path))
    for name in _LISTS:
        _keep(config, name, list[JsonValue](read.texts(given, name, path)))
    for name in _SETS:
        members = read.optional_object(given, name, path)
        _keep(config, name, {key: {} for key in sorted(members)})
    labels = read.optional_object(given, "Labels", path)
    inner = (*path, "Labels")
    _keep(config, "Labels", {key: read.text(labels, key, inner) for key in sorted(labels)})
    for name in _FLAGS:
        value = given.get(name)
        if not (value is None or isinstance(value, bool)):
            raise read.wrong((*path, name), described(value), "a boolean")
        _keep(config, name, value or None)
    _keep(config, "StopTimeout", read.optional_integer(given, "StopTimeout", path))
    health = read.optional_object(given, "Healthcheck", path)
    inner = (*path, "Healthcheck")
    check: JsonObject = {}
    _keep(check, "Test", list[JsonValue](read.texts(health, "Test", inner)))
    for name in _HEALTH_NUMBERS:
        _keep(check, name, read.optional_integer(health, name, inner) or None)
    _keep(config, "Healthcheck", check)
    return config


def instant(read: FieldReader, obj: JsonObject, name: str, path: Path) -> Instant | None:
    """Return the time in field ``name``, or None where it is missing.

    The year 1 is how Go writes that no time was set; a daemon shows it for a missing one.
    """
    text = read.optional_text(obj, name, path)
    if text is None:
        return None
    try:
        found = Instant.parse(text)
    except ValueError:
        raise read.wrong((*path, name), repr(text), "an RFC 3339 time with an offset") from None
    return None if found == _NOT_SET else found


def with_layers(
    entries: list[tuple[Instant | None, str, str, bool]], layers: tuple[str, ...], where: str
) -> tuple[HistoryEntry, ...]:
    """Join history entries (created, command, comment, empty) with the layers that they made.

    History is optional; where there is one, it must account for every layer.
    """
    made = sum(not empty for *_, empty in entries)
    if entries and made != len(layers):
        raise MalformedEvidence(
            "the history does not account for the layers",
            where=where,
            found=f"{made} steps that made a layer",
            expected=f"{len(layers)}",
        )
    remaining = iter(layers)
    return tuple(
        HistoryEntry(
            created=created.whole_seconds() if created else None,
            created_by=command,
            comment=comment,
            empty_layer=empty,
            layer=None if empty else next(remaining),
        )
        for created, command, comment, empty in entries
    )


def _keep(into: JsonObject, name: str, value: JsonValue) -> None:
    if value not in (None, "", [], {}):
        into[name] = value


def _layers(read: FieldReader, document: JsonObject) -> tuple[str, ...]:
    rootfs = read.object(document, "rootfs", ())
    layers = read.texts(rootfs, "diff_ids", ("rootfs",))
    for index, layer in enumerate(layers):
        if not is_digest(layer):
            raise read.wrong(("rootfs", "diff_ids", index), repr(layer[:80]), "a digest")
    return tuple(layers)


def _history(
    read: FieldReader, document: JsonObject, layers: tuple[str, ...]
) -> tuple[HistoryEntry, ...]:
    entries = []
    for index, step in enumerate(read.objects(document, "history", ())):
        path = ("history", index)
        empty = step.get("empty_layer", False)
        if not isinstance(empty, bool):
            raise read.wrong((*path, "empty_layer"), described(empty), "a boolean")
        entries.append(
            (
                instant(read, step, "created", path),
                read.optional_text(step, "created_by", path) or "",
                read.optional_text(step, "comment", path) or "",
                empty,
            )
        )
    return with_layers(entries, layers, f"{read.where}/history")

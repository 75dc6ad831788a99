"""Typed access to the fields of parsed JSON, with errors that carry the path.

A path is a tuple of segments. It is only put together when something is wrong, so that reading
ten thousand findings costs little more than the look-ups.
"""

from __future__ import annotations

from policyengine.errors import MalformedEvidence, PolicyEngineError
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer

Path = tuple[str | int, ...]

_NAMES = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    type(None): "null",
}


class FieldReader:
    """Reads fields of one document; ``where`` names it in errors of class ``error``.

    Each method takes the object, the field's name and the object's path. The plain ones demand
    the field; those with ``optional_`` give None, and the plural ones nothing, where it is
    missing or null. Any other type is an error.
    """

    __slots__ = ("error", "where")

    def __init__(self, where: str, error: type[PolicyEngineError] = MalformedEvidence) -> None:
        self.where = where
        self.error = error

    def wrong(self, path: Path, found: str, expected: str) -> PolicyEngineError:
        """Return the error that at ``path`` there is ``found``, not ``expected``."""
        return self.error(
            "a value that does not fit its format",
            where=f"{self.where}{json_pointer(path) or '/'}",
            found=found,
            expected=expected,
        )

    def text(self, obj: JsonObject, name: str, path: Path) -> str:
        """Return a string."""
        value = obj.get(name)
        if isinstance(value, str):
            return value
        raise self._wrong_field(obj, name, path, "a string")

    def optional_text(self, obj: JsonObject, name: str, path: Path) -> str | None:
        """Return a string, or None; an empty one counts as missing."""
        value = obj.get(name)
        if value is None or isinstance(value, str):
            return value or None
        raise self._wrong_field(obj, name, path, "a string")

    def optional_texts(
        self, obj: JsonObject, names: tuple[str, ...], path: Path
    ) -> list[str | None]:
        """Return several fields as ``optional_text`` does, in a third of the time."""
        values: list[str | None] = []
        for name in names:
            value = obj.get(name)
            if value is None or isinstance(value, str):
                values.append(value or None)
            else:
                raise self._wrong_field(obj, name, path, "a string")
        return values

    def optional_integer(self, obj: JsonObject, name: str, path: Path) -> int | None:
        """Return an integer, or None. A boolean is none."""
        value = obj.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise self._wrong_field(obj, name, path, "an integer")

    def optional_number(self, obj: JsonObject, name: str, path: Path) -> float | None:
        """Return a number, or None."""
        value = obj.get(name)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        raise self._wrong_field(obj, name, path, "a number")

    def object(self, obj: JsonObject, name: str, path: Path) -> JsonObject:
        """Return an object."""
        value = obj.get(name)
        if isinstance(value, dict):
            return value
        raise self._wrong_field(obj, name, path, "an object")

    def optional_object(self, obj: JsonObject, name: str, path: Path) -> JsonObject:
        """Return an object; an empty one where it is missing or null."""
        value = obj.get(name)
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        raise self._wrong_field(obj, name, path, "an object")

    def array(self, obj: JsonObject, name: str, path: Path) -> list[JsonValue]:
        """Return an array."""
        value = obj.get(name)
        if isinstance(value, list):
            return value
        raise self._wrong_field(obj, name, path, "an array")

    def optional_array(self, obj: JsonObject, name: str, path: Path) -> list[JsonValue]:
        """Return an array; an empty one where it is missing or null."""
        value = obj.get(name)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        raise self._wrong_field(obj, name, path, "an array")

    def objects(self, obj: JsonObject, name: str, path: Path) -> list[JsonObject]:
        """Return an array of objects; an empty one where it is missing or null."""
        if name not in obj:
            return []
        items = self.optional_array(obj, name, path)
        for index, item in enumerate(items):
            if type(item) is not dict:
                raise self.wrong((*path, name, index), described(item), "an object")
        return items  # type: ignore[return-value]  # each was just checked

    def required_objects(self, obj: JsonObject, name: str, path: Path) -> list[JsonObject]:
        """Return an array of objects, which must be there, if only empty."""
        self.array(obj, name, path)
        return self.objects(obj, name, path)

    def texts(self, obj: JsonObject, name: str, path: Path) -> list[str]:
        """Return an array of strings; an empty one where it is missing or null."""
        items = self.optional_array(obj, name, path)
        for index, item in enumerate(items):
            if not isinstance(item, str):
                raise self.wrong((*path, name, index), described(item), "a string")
        return items  # type: ignore[return-value]  # each was just checked

    def root(self, value: JsonValue) -> JsonObject:
        """Return the document itself, which must be an object."""
        if isinstance(value, dict):
            return value
        raise self.wrong((), described(value), "an object")

    def _wrong_field(
        self, obj: JsonObject, name: str, path: Path, expected: str
    ) -> PolicyEngineError:
        found = described(obj[name]) if name in obj else "nothing"
        return self.wrong((*path, name), found, expected)


def described(value: JsonValue) -> str:
    """Name the type of ``value`` for an error."""
    return _NAMES[type(value)]

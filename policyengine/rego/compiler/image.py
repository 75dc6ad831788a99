"""A compiled policy apart from the trees that it came from: what is kept and sent to processes.

Constants become tuples with a tag, so that an image is made of the types of ``marshal`` alone and
reading one makes no object but these and the values of Rego.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import CodeType
from typing import TYPE_CHECKING, Any, Final

from policyengine.garbage import paused_collection
from policyengine.rego.compiler.builtin_mock import BuiltinMock
from policyengine.rego.compiler.owners import Definition, Owner
from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.runtime.evaluation import Node
from policyengine.rego.runtime.numbers import Number
from policyengine.rego.runtime.values import RegoObject, RegoSet, make_object

if TYPE_CHECKING:
    from policyengine.rego.compiler.core import Path

FORMAT: Final = 6
"""Counts the changes of what an image is made of."""

_PLAIN: Final = frozenset({type(None), bool, int, float, str})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place below ``data``: the function that makes its document, if one does."""

    path: Path
    function: str
    is_function: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """``names`` are the constants of the code; ``builtins`` those that are functions of Rego.

    ``places`` have each place after the one above it; ``owners`` the rule of each function;
    ``takes_whole`` is as of ``Parts``.
    """

    code: CodeType
    source: str
    names: Mapping[str, Any]
    builtins: Mapping[str, str]
    sites: tuple[tuple[str, int, int], ...]
    places: tuple[Place, ...]
    definitions: tuple[Definition, ...]
    owners: Mapping[str, Owner]
    documents: int
    takes_whole: bool


def image_bytes(image: Image) -> bytes | None:
    """The image as bytes; None for one that is nested too deep to be kept."""
    try:
        return marshal.dumps(_parts(image))
    except (ValueError, RecursionError):
        return None


def _parts(image: Image) -> tuple[Any, ...]:
    return (
        FORMAT,
        image.code,
        image.source,
        {name: _packed(value) for name, value in image.names.items()},
        dict(image.builtins),
        image.sites,
        [(place.path, place.function, place.is_function) for place in image.places],
        [(d.package, d.name, d.file, d.row, d.kind, d.function) for d in image.definitions],
        {name: (owner.rule, owner.file, owner.row) for name, owner in image.owners.items()},
        image.documents,
        image.takes_whole,
    )


def read_image(content: bytes) -> Image:
    """The image of ``image_bytes``. For bytes of this program alone: others may crash Python."""
    with paused_collection():
        return _image(marshal.loads(content))  # noqa: S302 # callers know where the bytes are from


def _image(parts: Any) -> Image:
    version, *rest = parts
    if version != FORMAT:
        raise ValueError(f"an image of format {version}")
    code, source, names, builtins, sites, places, definitions, owners, documents, takes_whole = rest
    return Image(
        code=code,
        source=source,
        names={name: _unpacked(value) for name, value in names.items()},
        builtins=builtins,
        sites=sites,
        places=tuple(
            [
                Place(path=path, function=function, is_function=is_function)
                for path, function, is_function in places
            ]
        ),
        definitions=tuple(
            [
                Definition(
                    package=package, name=name, file=file, row=row, kind=kind, function=function
                )
                for package, name, file, row, kind, function in definitions
            ]
        ),
        owners={
            name: Owner(rule=rule, file=file, row=row) for name, (rule, file, row) in owners.items()
        },
        documents=documents,
        takes_whole=takes_whole,
    )


def _packed(value: Any) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list or kind is frozenset:
        return (kind.__name__, [_packed(item) for item in value])
    if kind is dict:
        return ("dict", {key: _packed(item) for key, item in value.items()})
    if kind is RegoSet:
        return ("set", [_packed(item) for item in value.ordered()])
    if kind is RegoObject:
        return ("object", [(_packed(key), _packed(item)) for key, item in value.ordered()])
    if kind is Number:
        return ("number", value.text)
    if kind is Decimal:
        return ("decimal", str(value))
    if kind is Node:
        return ("node", value.path)
    if kind is BuiltinMock:
        return ("mock", value.name)
    raise TypeError(f"{kind.__name__} is no constant of an image")


def _unpacked(packed: Any) -> Any:
    if type(packed) is not tuple:
        return packed
    tag, content = packed
    match tag:
        case "tuple":
            return tuple([_unpacked(item) for item in content])
        case "list":
            return [_unpacked(item) for item in content]
        case "frozenset":
            return frozenset([_unpacked(item) for item in content])
        case "dict":
            return {key: _unpacked(item) for key, item in content.items()}
        case "set":
            return RegoSet.of([_unpacked(item) for item in content])
        case "object":
            pairs = [(_unpacked(key), _unpacked(item)) for key, item in content]
            return make_object(pairs)
        case "number":
            return Number(content)
        case "decimal":
            return Decimal(content)
        case "node":
            return Node(content)
        case _:
            return BuiltinMock(content)


def builtin_calls(image: Image) -> dict[str, Any]:
    """What the names of builtins stand for."""
    return {name: BUILTINS[builtin].call for name, builtin in image.builtins.items()}

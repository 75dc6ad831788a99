"""What a bundle takes from the policy library: modules, and the schemas of their parameters.

1. A module is taken if the manifest includes it by name, or if its rules are in one of the
   manifest's collections (METADATA ``custom.collections``).
2. So is what a module that is taken imports of the library.
3. The schema of each parameter that these modules read is in the library's ``parameters.json``.
   What the bundle's own schema says of it, such as another default, goes over that.

Collections are read from the text of the comments: to parse the whole library for each bundle would
take longer than to judge. So there they have one form, and another is an error, never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from policyengine.bundle.nearest import did_you_mean
from policyengine.errors import BundleFormatError
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject

Reader = Callable[[Path], bytes]

PARAMETERS = "parameters.json"
_SCHEMAS = "parameter_schemas"
_PACKAGE = "policyengine"
_RULE = re.compile(rb"^# METADATA$", re.MULTILINE)
_COLLECTIONS = re.compile(rb"^#   collections: \[([a-z0-9, -]*)\]$", re.MULTILINE)
_IMPORT = re.compile(rb"^import data\.policyengine\.(lib\.[a-z_]+)", re.MULTILINE)
_READ = re.compile(rb"\bdata\.parameters\.([A-Za-z_][A-Za-z0-9_]*)")


def modules_taken(
    include: Iterable[str], collections: Iterable[str], *, library: Path, read: Reader, where: str
) -> dict[str, bytes]:
    """Return the modules that a manifest takes from ``library``, by their path below it.

    ``where`` is the manifest. Raises BundleFormatError for a name or collection that there is not.
    """
    taken: dict[str, bytes] = {}
    for name in include:
        if name in taken:
            raise BundleFormatError(
                "is included twice from the policy library", where=where, found=repr(name)
            )
        taken[name] = read(_included(name, library, where=where))
    for name, content in _in_collections(tuple(collections), library, read, where).items():
        taken.setdefault(name, content)
    pending = list(taken.values())
    while pending:
        for imported in _IMPORT.findall(pending.pop()):
            name = f"{imported.decode().replace('.', '/')}.rego"
            if name not in taken and (library / name).is_file():
                taken[name] = read(library / name)
                pending.append(taken[name])
    return taken


def parameters_taken(
    modules: Iterable[bytes], own: JsonObject, *, name: str, library: Path, read: Reader
) -> JsonObject:
    """Return the schema of a bundle's parameters: ``own`` over what the library says of those that
    ``modules`` of it read."""
    names = sorted({word.decode() for content in modules for word in _READ.findall(content)})
    path = library / PARAMETERS
    known: JsonObject = {}
    if names and path.is_file():
        document = parse_json(read(path), where=str(path), error=BundleFormatError)
        schemas = document.get(_SCHEMAS) if isinstance(document, dict) else None
        if not isinstance(schemas, dict):
            raise BundleFormatError(f"is no object of {_SCHEMAS}", where=str(path))
        known = {each: schemas[each] for each in names if each in schemas}
    if not known:
        return own
    properties = own.get("properties", {})
    if not isinstance(properties, dict):
        return own
    merged: JsonObject = dict(known)
    for each, schema in properties.items():
        base = merged.get(each)
        merged[each] = (
            {**base, **schema} if isinstance(base, dict) and isinstance(schema, dict) else schema
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Parameters of the bundle {name}",
        "type": "object",
        **own,
        "properties": {each: merged[each] for each in sorted(merged)},
        "additionalProperties": False,
    }


def library_modules(library: Path) -> list[Path]:
    """Return the modules of ``library`` that have rules, in order."""
    return sorted(
        path
        for path in library.rglob("*.rego")
        if not path.name.endswith("_test.rego") and path.relative_to(library).parts[0] != "lib"
    )


def _in_collections(
    wanted: tuple[str, ...], library: Path, read: Reader, where: str
) -> dict[str, bytes]:
    if not wanted:
        return {}
    found: dict[str, bytes] = {}
    seen: set[str] = set()
    for path in library_modules(library):
        content = read(path)
        collections = _collections(content, str(path))
        seen |= collections
        if not collections.isdisjoint(wanted):
            found[path.relative_to(library).as_posix()] = content
    for name in wanted:
        if name not in seen:
            raise BundleFormatError(
                "names a collection that no rule of the policy library is in",
                where=where,
                found=repr(name),
                hint=did_you_mean(name, seen),
            )
    return found


def _collections(content: bytes, where: str) -> frozenset[str]:
    lists = _COLLECTIONS.findall(content)
    each = {
        frozenset(word.strip() for word in text.decode().split(",") if word.strip())
        for text in lists
    }
    # The module is what is taken: rules of several collections in one would come along unasked.
    if len(lists) != len(_RULE.findall(content)) or len(each) != 1:
        raise BundleFormatError(
            "has rules whose collections are not told, or not the same",
            where=where,
            expected="collections: [name, ...] in the METADATA of each rule, alike in one file",
        )
    return each.pop()


def _included(name: str, library: Path, *, where: str) -> Path:
    path = PurePosixPath(name)
    is_module = path.suffix == ".rego" and not name.endswith("_test.rego")
    if path.is_absolute() or ".." in path.parts or not is_module:
        raise BundleFormatError(
            "includes what is no module of the policy library",
            where=where,
            found=repr(name),
            expected="a path below it, as in image/root_user.rego",
        )
    file = library / name
    if not file.is_file():
        known = [item.relative_to(library).as_posix() for item in library.rglob("*.rego")]
        raise BundleFormatError(
            "includes a module that the policy library does not have",
            where=where,
            found=repr(name),
            hint=did_you_mean(name, known),
        )
    return file

"""Types, references and errors in OPA's words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from policyengine.errors import RegoFinding
from policyengine.rego.compiler import core
from policyengine.rego.compiler.core import Variable
from policyengine.rego.compiler.findings import TYPE_ERROR, finding_at
from policyengine.rego.compiler.types.lattice import Known, type_of_key
from policyengine.rego.runtime.printing import to_text
from policyengine.rego.runtime.types import (
    ArrayType,
    ObjectType,
    RecursiveType,
    RegoType,
    ScalarType,
    SetType,
    Signature,
    UnionType,
)
from policyengine.rego.runtime.values import Key, key_of
from policyengine.rego.syntax.cursor import is_keyword
from policyengine.rego.syntax.render import quoted
from policyengine.rego.syntax.source import Location

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LONGEST_TYPE: Final = 120
_ORDER: Final = (ScalarType, ArrayType, ObjectType, SetType, UnionType, RecursiveType, Signature)
_SCALARS: Final = ("null", "boolean", "number", "string")


Made: TypeAlias = Mapping[Variable, "core.CoreTerm | core.Call"]
"""What the compiler gave the variables that it made, for messages."""


def error(location: Location, message: str, *, hint: str | None = None) -> RegoFinding:
    return finding_at(location, TYPE_ERROR, message, hint=hint)


def function_name(function: core.Function) -> str:
    """A function as a message names it."""
    if isinstance(function, core.BuiltinFunction):
        return function.name
    return path_text("data", function.path)


def path_text(root: str, names: Iterable[str]) -> str:
    """A reference of names alone."""
    return root + "".join(map(_step, names))


def type_text(known: Known | None) -> str:
    """A type in OPA's notation; long ones are cut."""
    text = _text(known)
    return text if len(text) <= _LONGEST_TYPE else text[:_LONGEST_TYPE] + "..."


def _text(known: Known | None, depth: int = 0) -> str:
    if depth > 5:
        return "..."
    match known:
        case None:
            return "???"
        case ScalarType():
            return known.name
        case ArrayType():
            static = ", ".join([_text(one, depth + 1) for one in known.static[:20]])
            dynamic = "" if known.dynamic is None else f"[{_text(known.dynamic, depth + 1)}]"
            return "array" + (f"<{static}>" if static else "") + dynamic
        case ObjectType():
            return _object_text(known, depth + 1)
        case SetType():
            return "set" if known.of is None else f"set[{_text(known.of, depth + 1)}]"
        case RecursiveType():
            return f"recursive({known.name})"
        case Signature():
            args = ", ".join([_text(one, depth + 1) for one in known.args])
            return f"({args}) => {_text(known.result, depth + 1)}"
        case UnionType(of=()):
            return "any"
        case UnionType():
            options = sorted(known.of, key=_rank)
            return "any<" + ", ".join([_text(one, depth + 1) for one in options]) + ">"


def _object_text(thing: ObjectType, depth: int) -> str:
    static = ", ".join([f"{_key_text(k)}: {_text(one, depth)}" for k, one in _sorted(thing)[:20]])
    text = "object" + (f"<{static}>" if static else "")
    if thing.dynamic is None:
        return text
    key, value = thing.dynamic
    return f"{text}[{_text(key, depth)}: {_text(value, depth)}]"


def _sorted(thing: ObjectType) -> list[tuple[Key, RegoType | None]]:
    return sorted(thing.static, key=lambda pair: (type(pair[0]) is str, _key_text(pair[0])))


def _key_text(key: Key) -> str:
    if key is None:
        return "<nil>"
    if key == key_of(True) or key == key_of(False):
        return str(key[0])
    if isinstance(key, tuple | frozenset):
        return type_text(type_of_key(key))
    return str(key)


def _rank(known: RegoType) -> tuple[int, int, str]:
    scalar = _SCALARS.index(known.name) if isinstance(known, ScalarType) else 0
    return _ORDER.index(type(known)), scalar, _text(known)


def reference_text(reference: core.Reference, made: Made) -> str:
    """A reference as it was written, its names resolved.

    ``made`` has the terms that the compiler took out of the reference.
    """
    head = reference.head
    text = head.name if isinstance(head, core.Root) else term_text(head, made)
    for step in reference.path:
        if isinstance(step, core.Const) and type(step.value) is str:
            text += _step(step.value)
        else:
            text += f"[{term_text(step, made)}]"
    return text


def term_text(term: core.CoreTerm, made: Made) -> str:
    """A term as OPA prints it; what was computed for it as it stands in the source."""
    match term:
        case core.Const():
            return to_text(term.value)
        case core.Local():
            variable = term.variable
            found = made.get(variable)
            if isinstance(found, core.Call):
                args = ", ".join([term_text(arg, made) for arg in found.args])
                return f"{function_name(found.function)}({args})"
            if found is not None:
                return term_text(found, made)
            if variable.is_wildcard:
                return "_"
            return variable.name or term.location.text
        case core.Reference():
            return reference_text(term, made)
        case core.ArrayOf():
            return "[" + ", ".join([term_text(item, made) for item in term.items]) + "]"
        case core.SetOf():
            return "{" + ", ".join([term_text(item, made) for item in term.items]) + "}"
        case core.ObjectOf():
            pairs = [f"{term_text(key, made)}: {term_text(v, made)}" for key, v in term.pairs]
            return "{" + ", ".join(pairs) + "}"
        case core.Comprehension():
            return term.location.text


def _step(name: str) -> str:
    if _NAME.match(name) and not is_keyword(name, "v1"):
        return f".{name}"
    return f"[{quoted(name)}]"

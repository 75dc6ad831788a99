"""Whether values of two types can be equal, and what variables are then."""

from __future__ import annotations

from typing import TypeAlias

from policyengine.rego.compiler import core
from policyengine.rego.compiler.types.environment import TypeEnvironment
from policyengine.rego.compiler.types.lattice import (
    Known,
    is_any,
    is_unknown,
    item_type,
    property_at,
    type_of_value,
    union_of,
    unwrapped,
)
from policyengine.rego.runtime.types import (
    ANY,
    ArrayType,
    ObjectType,
    RecursiveType,
    RegoType,
    ScalarType,
    SetType,
    Signature,
    UnionType,
)
from policyengine.rego.runtime.values import RegoSet, Value, is_object, key_of, object_items

Seen: TypeAlias = set[tuple[int, int]]


def compatible(a: Known | None, b: Known | None, seen: Seen | None = None) -> bool:
    """Whether some value is of both types. Nothing is of a type that is not known.

    ``seen`` has the pairs with a recursive type that are being compared: they are taken to agree.
    """
    if isinstance(a, ScalarType) and isinstance(b, ScalarType):
        return a.name == b.name
    if isinstance(a, RecursiveType) or isinstance(b, RecursiveType):
        seen = set() if seen is None else seen
        if (id(a), id(b)) in seen:
            return True
        seen.add((id(a), id(b)))
        a, b = unwrapped(a), unwrapped(b)
    if a is None or b is None:
        return False
    if _is_option(a, b, seen) or _is_option(b, a, seen):
        return True
    match a, b:
        case ArrayType(), ArrayType():
            return _arrays(a, b, seen)
        case ObjectType(), ObjectType():
            return _objects(a, b, seen)
        case SetType(), SetType():
            # The empty set is a member of every set type.
            return a.of is None or b.of is None or compatible(a.of, b.of, seen)
        case Signature(), Signature():
            return len(a.args) == len(b.args) and all(map(compatible, a.args, b.args))
    return not isinstance(a, UnionType) and a == b


def _is_option(options: Known, one: Known, seen: Seen | None) -> bool:
    if not isinstance(options, UnionType) or isinstance(one, Signature):
        return False
    return not options.of or any(compatible(option, one, seen) for option in options.of)


def _arrays(a: ArrayType, b: ArrayType, seen: Seen | None) -> bool:
    for index in range(max(len(a.static), len(b.static))):
        if not compatible(item_type(a, index), item_type(b, index), seen):
            return False
    return a.dynamic is None or b.dynamic is None or compatible(a.dynamic, b.dynamic, seen)


def _objects(a: ObjectType, b: ObjectType, seen: Seen | None) -> bool:
    pairs = [(known, property_at(b, key)) for key, known in a.static]
    pairs += [(known, property_at(a, key)) for key, known in b.static if key not in a.by_key]
    values_a = None if a.dynamic is None else a.dynamic[1]
    values_b = None if b.dynamic is None else b.dynamic[1]
    for known, counterpart in pairs:
        if counterpart is None:
            # As in OPA, where the values of further keys are not known, there are no such keys.
            if values_a is None and values_b is None:
                return False
        elif not compatible(known, counterpart, seen):
            return False
    # And they stand in no way of any others.
    return values_a is None or values_b is None or compatible(values_a, values_b, seen)


def match(
    environment: TypeEnvironment,
    term: core.CoreTerm,
    known: RegoType | None,
    *,
    widen: bool = False,
) -> bool:
    """Whether a term can be of a type. Variables without a type get theirs from it.

    ``widen`` adds to the types of variables instead of comparing with them.
    """
    if isinstance(term, core.Local):
        return _match_variable(environment, term, known, widen=widen)
    match term:
        case core.ArrayOf() | core.ObjectOf() | core.SetOf():
            return _match_parts(environment, term, known, widen=widen)
        case core.Const():
            return _match_constant(term.value, known)
        case _:
            return compatible(environment.of(term), known)


def _match_variable(
    environment: TypeEnvironment, term: core.Local, known: RegoType | None, *, widen: bool
) -> bool:
    found = environment.variable(term.variable)
    if widen:
        environment.bind(term.variable, union_of((found, known)))
        return True
    if found is not None:
        return compatible(found, known)
    environment.bind(term.variable, known)
    return True


def _match_parts(
    environment: TypeEnvironment,
    term: core.ArrayOf | core.ObjectOf | core.SetOf,
    known: RegoType | None,
    *,
    widen: bool,
) -> bool:
    if isinstance(known, UnionType):
        if not known.of:
            for part in _parts(term):
                match(environment, part, ANY, widen=True)
            return True
        # Each option may tell the type of some variable: none is left out.
        fits = [match(environment, term, option, widen=True) for option in known.of]
        return True in fits
    match term, unwrapped(known):
        case core.ArrayOf(), ArrayType() as array:
            if len(term.items) != len(array.static) and array.dynamic is None:
                return False
            return all(
                match(environment, item, item_type(array, index), widen=widen)
                for index, item in enumerate(term.items)
            )
        case core.ObjectOf(), ObjectType() as thing:
            if len(term.pairs) != len(thing.static) and thing.dynamic is None:
                return False
            return all(
                _match_pair(environment, key, value, thing, widen=widen)
                for key, value in term.pairs
            )
        case core.SetOf(), SetType() as members:
            return all(match(environment, item, members.of, widen=widen) for item in term.items)
    return False


def _match_pair(
    environment: TypeEnvironment,
    key: core.Operand,
    value: core.Operand,
    thing: ObjectType,
    *,
    widen: bool,
) -> bool:
    if not isinstance(key, core.Const):
        match(environment, value, ANY, widen=widen)
        return True
    known = property_at(thing, key_of(key.value))
    return known is not None and match(environment, value, known, widen=widen)


def _parts(term: core.ArrayOf | core.ObjectOf | core.SetOf) -> list[core.Operand]:
    if isinstance(term, core.ObjectOf):
        return [part for pair in term.pairs for part in pair]
    return [*term.items]


def _match_constant(value: Value, known: RegoType | None) -> bool:
    known = unwrapped(known)  # type: ignore[assignment] # no function
    if is_any(known):
        return True
    if isinstance(known, UnionType):
        return any(_match_constant(value, option) for option in known.of)
    if type(value) is list:
        if not isinstance(known, ArrayType):
            return False
        if len(value) != len(known.static) and known.dynamic is None:
            return False
        return all(_match_constant(item, item_type(known, i)) for i, item in enumerate(value))
    if is_object(value):
        if not isinstance(known, ObjectType):
            return False
        if len(value) != len(known.static) and known.dynamic is None:
            return False
        return all(
            found is not None and _match_constant(item, found)
            for found, item in (
                (property_at(known, key_of(key)), item) for key, item in object_items(value)
            )
        )
    if isinstance(value, RegoSet):
        return isinstance(known, SetType) and all(
            _match_constant(item, known.of) for item in value.members.values()
        )
    return compatible(type_of_value(value), known)


def unify(environment: TypeEnvironment, a: core.CoreTerm, b: core.CoreTerm) -> bool:
    """Whether two terms can be equal. Variables without a type get theirs from the other side."""
    return unify_typed(environment, a, environment.of(a), b, environment.of(b))


def unify_typed(
    environment: TypeEnvironment,
    a: core.CoreTerm,
    known_a: Known | None,
    b: core.CoreTerm,
    known_b: Known | None,
) -> bool:
    """As ``unify``, of terms whose types in ``environment`` are at hand."""
    type_a = None if isinstance(known_a, Signature) else known_a
    type_b = None if isinstance(known_b, Signature) else known_b
    unknown_a, unknown_b = is_unknown(type_a), is_unknown(type_b)
    if unknown_a and not unknown_b:
        return match(environment, a, type_b)
    if unknown_b and not unknown_a:
        return match(environment, b, type_a)
    if not unknown_a:
        return compatible(type_a, type_b)
    for one, other in ((a, b), (b, a)):
        if isinstance(one, core.Local):
            return _unify_variable(environment, one, other)
    items_a, items_b = _items(a), _items(b)
    if items_a is not None and items_b is not None:
        return len(items_a) == len(items_b) and all(
            unify(environment, x, y) for x, y in zip(items_a, items_b, strict=True)
        )
    pairs_a, pairs_b = _pairs(a), _pairs(b)
    if pairs_a is None or pairs_b is None:
        return False
    return pairs_a.keys() == pairs_b.keys() and all(
        unify(environment, value, pairs_b[key]) for key, value in pairs_a.items()
    )


def _unify_variable(environment: TypeEnvironment, local: core.Local, other: core.CoreTerm) -> bool:
    if isinstance(other, core.Local):
        return match(environment, local, ANY) and match(
            environment, other, environment.document_type(local)
        )
    if isinstance(other, core.ArrayOf | core.ObjectOf):
        if not match(environment, other, ANY):
            return False
        known = environment.document_type(other)
    elif isinstance(other, core.Reference):
        known = ANY
    else:
        known = environment.document_type(other)
        if known is None or environment.variable(local.variable) is not None:
            return False
    return match(environment, local, known)


def _items(term: core.CoreTerm) -> list[core.Operand] | None:
    if isinstance(term, core.ArrayOf):
        return [*term.items]
    if isinstance(term, core.Const) and type(term.value) is list:
        return [core.Const(value=item, location=term.location) for item in term.value]
    return None


def _pairs(term: core.CoreTerm) -> dict[object, core.Operand] | None:
    if isinstance(term, core.ObjectOf):
        return {_identity(key): value for key, value in term.pairs}
    if isinstance(term, core.Const) and is_object(term.value):
        return {
            ("constant", key_of(key)): core.Const(value=value, location=term.location)
            for key, value in object_items(term.value)
        }
    return None


def _identity(key: core.Operand) -> object:
    if isinstance(key, core.Const):
        return ("constant", key_of(key.value))
    return key.variable if isinstance(key, core.Local) else key

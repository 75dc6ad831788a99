"""Bodies, statement by statement: calls, equations, references and what ``with`` replaces.

As in OPA, bodies inside of ``every``, ``not`` and logical expressions are looked at for their
references and comprehensions only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from policyengine.errors import RegoFinding
from policyengine.rego.compiler import core
from policyengine.rego.compiler.core import Path, Variable
from policyengine.rego.compiler.types.check_references import check_reference
from policyengine.rego.compiler.types.environment import TypeEnvironment
from policyengine.rego.compiler.types.lattice import (
    Known,
    bounded,
    is_any,
    is_scalar,
    is_unknown,
    keys_of,
    union,
    values_of,
)
from policyengine.rego.compiler.types.messages import error, function_name, type_text
from policyengine.rego.compiler.types.rule_types import TypeNode
from policyengine.rego.compiler.types.unify import compatible, match, unify_typed
from policyengine.rego.runtime.types import (
    ANY,
    ArrayType,
    ObjectType,
    RegoType,
    SetType,
    Signature,
)
from policyengine.rego.syntax.source import Location

_MEMBERSHIP: Final = {"internal.member_2": 2, "internal.member_3": 3}


class _Mismatch(Exception):
    """A statement that never holds. ``unknown``: a type is not known, maybe by another error."""

    def __init__(
        self, message: str, hint: str, *, unknown: bool, location: Location | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.unknown = unknown
        self.location = location


class BodyChecker:
    """Checks bodies of one policy.

    ``dependents`` gives a tree with the rules that depend on a place of ``data``, as ``any``.
    ``compares_any`` takes ``==`` between values of any types.
    """

    def __init__(
        self,
        dependents: Callable[[Path, bool], TypeNode | None],
        *,
        compares_any: bool = False,
    ) -> None:
        self._dependents = dependents
        self._compares_any = compares_any
        self._made: dict[Variable, core.CoreTerm | core.Call] = {}

    def check(
        self, outer: TypeEnvironment, body: core.Body
    ) -> tuple[TypeEnvironment, list[RegoFinding]]:
        """The types of the body's variables, and what is wrong in it."""
        environment = TypeEnvironment(outer)
        findings: list[RegoFinding] = []
        replacing = _replacing(body)
        for statement in body:
            if _is_untyped(environment, statement, replacing):
                self._remember(statement.action)
                continue
            if environment.comprehensions:
                environment.comprehensions = {}
            current = environment
            if statement.replacements:
                current = self._replaced(environment, statement)
            inside = [] if statement.is_flat else self._closures(current, statement.action)
            self._remember(statement.action)
            wrong = self._references(current, statement.action)
            findings += inside
            findings += wrong
            try:
                self._check(current, statement)
            except _Mismatch as mismatch:
                if not (mismatch.unknown and (inside or wrong)):
                    location = mismatch.location or statement.location
                    findings.append(error(location, mismatch.message, hint=mismatch.hint))
        return environment, findings

    def _remember(self, action: core.Action) -> None:
        """Keep what the compiler gave a variable of its own, for messages."""
        match action:
            case core.Equation(a=core.Local() as local, b=term, assigns=True):
                if not local.variable.name:
                    self._made[local.variable] = term
            case core.Call(output=core.Local() as local):
                if not local.variable.name:
                    self._made[local.variable] = action

    # ---- closures and references ---------------------------------------------------------------

    def _closures(self, environment: TypeEnvironment, action: core.Action) -> list[RegoFinding]:
        """Check the comprehensions of an action; the findings are those of the last wrong one."""
        found: list[RegoFinding] = []
        for comprehension in _comprehensions(action):
            inner, findings = self.check(environment, comprehension.body)
            environment.comprehensions[comprehension] = (
                None if findings else bounded(_comprehension_type(inner, comprehension))
            )
            found = findings or found
        return found

    def _references(self, environment: TypeEnvironment, action: core.Action) -> list[RegoFinding]:
        found: list[RegoFinding] = []
        for term in _terms(action):
            if isinstance(term, core.Reference):
                finding = check_reference(environment, term, self._made)
                if finding is not None:
                    found.append(finding)
        for body in _bodies(action):
            for statement in body:
                self._remember(statement.action)
                found += self._references(environment, statement.action)
        return found

    # ---- statements ----------------------------------------------------------------------------

    def _check(self, environment: TypeEnvironment, statement: core.Statement) -> None:
        """Raises _Mismatch."""
        for replacement in statement.replacements:
            _check_replacement(environment, replacement)
        action = statement.action
        match action:
            case core.Equation() if statement.compares and self._compares_any:
                match(environment, action.a, ANY)
                match(environment, action.b, ANY)
            case core.Equation():
                _check_equation(environment, action.a, action.b)
            case core.Call():
                _check_call(environment, action)

    # ---- with ----------------------------------------------------------------------------------

    def _replaced(self, environment: TypeEnvironment, statement: core.Statement) -> TypeEnvironment:
        """The environment under the statement's ``with``.

        What is replaced may have the type of what replaces it too, and the rules that depend on
        it may give anything.
        """
        current = environment
        replaced: list[tuple[core.Replacement, RegoType]] = []
        for item in statement.replacements:
            if not isinstance(item.target, str):
                if isinstance(item.target, core.RuleFunction):
                    current = self._widened(current, item.target.path, function=True)
                continue
            if item.target == "data":
                path = tuple([step for step in item.path if type(step) is str])
                if len(path) == len(item.path):
                    current = self._widened(current, path, function=False)
            replaced.append((item, _replacement_type(environment, item)))
        if not replaced:
            return current
        # Innermost: a replaced document keeps its type where another ``with`` makes it depend.
        current = current.replaced()
        for item, known in replaced:
            if isinstance(item.target, str):
                current.document(item.target).put(item.path, known)
        return current

    def _widened(
        self, environment: TypeEnvironment, path: Path, *, function: bool
    ) -> TypeEnvironment:
        tree = self._dependents(path, function)
        if tree is None:
            return environment
        inner = environment.replaced()
        inner.documents["data"] = tree
        return inner


def _replacing(body: core.Body) -> set[Variable]:
    """The variables that hold what ``with`` puts into ``data``."""
    return {
        replacement.value.variable
        for statement in body
        for replacement in statement.replacements
        if replacement.target == "data" and isinstance(replacement.value, core.Local)
    }


def _is_untyped(
    environment: TypeEnvironment, statement: core.Statement, replacing: set[Variable]
) -> bool:
    """Whether the compiler made a statement of what OPA knows no type of.

    That is the head of ``"abc"[i]``, a function that ``with`` puts into ``data``, and a
    reference that was taken out of an equation which binds what it needs: OPA looks at it before
    the equation, when nothing is known of it.
    """
    action = statement.action
    if (
        statement.source is not None
        or not isinstance(action, core.Equation)
        or not isinstance(action.a, core.Local)
    ):
        return False
    if isinstance(action.b, core.Const):
        return is_scalar(action.b.value)
    if not isinstance(action.b, core.Reference):
        return False
    if action.a.variable in replacing and isinstance(environment.of(action.b), Signature):
        return True
    return environment.variable(action.a.variable) is not None


def _replacement_type(environment: TypeEnvironment, item: core.Replacement) -> RegoType:
    assert isinstance(item.target, str)
    target = environment.at(item.target, item.path)
    if isinstance(item.value, core.BuiltinFunction | core.RuleFunction):
        value = environment.function(item.value)
    else:
        value = environment.of(item.value)
    if target is None or value is None:
        return ANY
    both = union(target, value)
    return ANY if both is None or isinstance(both, Signature) else both


def _check_replacement(environment: TypeEnvironment, item: core.Replacement) -> None:
    if isinstance(item.target, str) or not isinstance(
        item.value, core.BuiltinFunction | core.RuleFunction
    ):
        return
    target, value = environment.function(item.target), environment.function(item.value)
    if not isinstance(target, Signature) or not isinstance(value, Signature):
        return
    if not compatible(target, value):
        raise _Mismatch(
            f"{function_name(item.target)}: arity mismatch",
            _arguments_hint(list(value.args), target),
            unknown=any(known is None for known in value.args),
            location=item.location,
        )


def _check_equation(environment: TypeEnvironment, a: core.CoreTerm, b: core.CoreTerm) -> None:
    type_a, type_b = environment.of(a), environment.of(b)
    if not unify_typed(environment, a, type_a, b, type_b):
        raise _match_error(type_a, type_b)


def _match_error(a: Known | None, b: Known | None) -> _Mismatch:
    return _Mismatch(
        "match error",
        f"{type_text(a)} is never equal to {type_text(b)}",
        unknown=is_unknown(a) or is_unknown(b),
    )


def _check_call(environment: TypeEnvironment, call: core.Call) -> None:
    operands = [*call.args, *(() if call.output is None else (call.output,))]
    if isinstance(call.function, core.BuiltinFunction):
        arity = _MEMBERSHIP.get(call.function.name)
        if arity is not None and len(operands) >= arity:
            _check_membership(environment, operands, arity)
    name = function_name(call.function)
    signature = environment.function(call.function)
    if is_any(signature):
        if isinstance(call.function, core.RuleFunction):
            return
        signature = Signature((ANY,) * len(operands), None)
    elif not isinstance(signature, Signature):
        raise _Mismatch(f"undefined function {name}", "", unknown=False)
    wanted = list(signature.args)
    if signature.result is not None:
        wanted.append(signature.result)
    have = [environment.of(operand) for operand in operands]
    if len(operands) > len(wanted) and signature.variadic is None:
        raise _argument_error(name, "too many arguments", have, signature)
    if len(operands) < len(signature.args):
        raise _argument_error(name, "too few arguments", have, signature)
    for index, operand in enumerate(operands):
        known = wanted[index] if index < len(wanted) else signature.variadic
        if not is_unknown(have[index]):
            if not compatible(have[index], known):
                raise _argument_error(name, "invalid argument(s)", have, signature)
            if isinstance(operand, core.Local):
                continue
        if not match(environment, operand, known):
            now = [environment.of(operand) for operand in operands]
            raise _argument_error(name, "invalid argument(s)", now, signature)


def _check_membership(
    environment: TypeEnvironment, operands: list[core.Operand], arity: int
) -> None:
    """What ``in`` looks for must be one of the collection's values, and its key one of the keys."""
    collection = environment.of(operands[arity - 1])
    values = values_of(collection)
    if values is None:
        return
    wanted = [(operands[arity - 2], values)]
    if arity == 3:
        wanted.insert(0, (operands[0], keys_of(collection) or values))
    for operand, known in wanted:
        if is_unknown(known):
            continue
        have = environment.of(operand)
        if (not is_unknown(have) and not compatible(have, known)) or not match(
            environment, operand, known
        ):
            raise _match_error(have, known)


def _argument_error(
    name: str, message: str, have: list[Known | None], signature: Signature
) -> _Mismatch:
    return _Mismatch(
        f"{name}: {message}",
        _arguments_hint(have, signature),
        unknown=any(map(is_unknown, have)),
    )


def _arguments_hint(have: list[Known | None] | list[RegoType | None], signature: Signature) -> str:
    found = ", ".join([type_text(known) for known in have[: len(signature.args)]])
    wanted = ", ".join([type_text(known) for known in signature.args])
    return f"found ({found}), expected ({wanted})"


def _comprehension_type(
    environment: TypeEnvironment, comprehension: core.Comprehension
) -> RegoType:
    value = environment.document_type(comprehension.value)
    match comprehension.kind:
        case "array":
            return ArrayType((), value)
        case "set":
            return SetType(value)
        case "object":
            assert comprehension.key is not None
            return ObjectType((), (environment.document_type(comprehension.key), value))


def _terms(action: core.Action) -> tuple[core.CoreTerm, ...]:
    match action:
        case core.Equation():
            return (action.a, action.b)
        case core.Test():
            return (action.term,)
        case _:
            return ()


def _bodies(action: core.Action) -> tuple[core.Body, ...]:
    match action:
        case core.Equation() | core.Call():
            return ()
        case core.Negation() | core.Universal():
            return (action.body,)
        case core.Conjunction() | core.Disjunction():
            return (action.left, action.right)
        case _:
            return ()


def _comprehensions(action: core.Action) -> list[core.Comprehension]:
    found = [term for term in _terms(action) if isinstance(term, core.Comprehension)]
    for body in _bodies(action):
        for statement in body:
            found += _comprehensions(statement.action)
    return found

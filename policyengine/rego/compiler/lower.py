"""Syntax trees to the core tree: bodies, statement by statement.

The order of the statements that this makes is that of OPA's compiler, since it decides what is
undefined: ``not f(input.x)`` is undefined where ``input.x`` is, and ``not input.x == 1`` is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from policyengine.errors import RegoFinding
from policyengine.rego.compiler import core
from policyengine.rego.compiler.builtin_checks import check_target, no_target
from policyengine.rego.compiler.core_terms import operator_name, scalar
from policyengine.rego.compiler.environment import ROOTS
from policyengine.rego.compiler.findings import UNSAFE_VAR_ERROR
from policyengine.rego.compiler.lower_terms import TermLowering
from policyengine.rego.compiler.names import (
    declared_names,
    distinct_items,
    is_assignment,
    names_in,
    pattern_names,
)
from policyengine.rego.compiler.place import Place
from policyengine.rego.compiler.renamed import renamed
from policyengine.rego.compiler.scope import ScopeError
from policyengine.rego.compiler.stages import Stage
from policyengine.rego.compiler.strict_checks import assigned_root
from policyengine.rego.runtime.values import Value
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.visit import walk


class WrongTargets:
    """Targets of ``with`` that are wrong in one body, and ``within`` the bodies in it.

    OPA stops with a body at the first one, before it looks into what is nested.
    """

    __slots__ = ("own", "within")

    def __init__(self) -> None:
        self.own: list[RegoFinding] = []
        self.within: list[RegoFinding] = []

    def told(self) -> list[RegoFinding]:
        return self.own[:1] or self.within


class Lowering(TermLowering):
    """Takes one rule or query apart. ``scope`` holds the variables that nothing declares."""

    _targets: WrongTargets | None = None

    def body(self, exprs: Iterable[ast.Expr]) -> core.Body:
        """Lower a body in the current frame."""
        out: list[core.Statement] = []
        outside, self._targets = self._targets, WrongTargets()
        for expr in exprs:
            self._expr(expr, out)
        told = self._targets.told()
        self._targets = outside
        if not told:
            return tuple(out)
        if outside is None:
            self._environment.findings.add(Stage.REPLACEMENTS, told)
        else:
            outside.within += told
        return tuple(out)

    def nested(self, exprs: tuple[ast.Expr, ...]) -> core.Body:
        """Lower a body in a frame of its own."""
        with self.scope.frame(declared_names(exprs)):
            return self.body(exprs)

    def _inner(self, exprs: tuple[ast.Expr, ...], explicit: bool, where: str) -> core.Body:
        """Lower a body within an expression; only one in braces can have variables of its own."""
        if explicit:
            return self.nested(exprs)
        for expr in exprs:
            if isinstance(expr.terms, ast.Call) and is_assignment(expr.terms):
                self._report(expr.location, f"cannot assign vars {where}")
        return self.body(exprs)

    def _expr(self, expr: ast.Expr, out: list[core.Statement]) -> None:
        first = len(out)
        if expr.negated and isinstance(expr.terms, ast.Call) and is_assignment(expr.terms):
            # Nothing in it counts as used, nor in its ``with``.
            self._assign(expr.terms, Place(expr, out, ()))
            return
        place = Place(expr, out, self._replacements(expr, out))
        terms = expr.terms
        match terms:
            case ast.Call():
                self._call_statement(terms, place)
            case ast.SomeDecl():
                self._some(terms, place)
            case ast.Every():
                self._read_again(out, first, self._every(terms, place))
            case ast.Not(explicit_body=True):
                with self.scope.frame(declared_names(terms.body)):
                    body = self.body(terms.body)
                    names = self.scope.met_before_declared()
                place.add(core.Negation(body=body, explicit=True), terms.location)
                self._read_again(out, first, names)
            case ast.Not():
                with self.scope.read_again():
                    body = self._inner(terms.body, False, "inside negated expression")
                place.add(core.Negation(body=body, explicit=False), terms.location)
            case ast.LogicalAnd() | ast.LogicalOr():
                is_and = isinstance(terms, ast.LogicalAnd)
                kind = core.Conjunction if is_and else core.Disjunction
                where = f"inside implicit {'and' if is_and else 'or'} operand"
                with self.scope.read_again():
                    left = self._inner(terms.left, terms.explicit_left, where)
                    right = self._inner(terms.right, terms.explicit_right, where)
                logical = kind(
                    left=left,
                    right=right,
                    explicit_left=terms.explicit_left,
                    explicit_right=terms.explicit_right,
                )
                place.add(logical, terms.location)
            case _:
                place.add(core.Test(term=self._shallow(terms, place)), terms.location)

    def _read_again(
        self, out: list[core.Statement], first: int, names: Mapping[core.Variable, core.Variable]
    ) -> None:
        """Put what a body declared for what its closures, or what is before it, meant by it."""
        if names:
            out[first:] = renamed(out[first:], names)

    def _call_statement(self, call: ast.Call, place: Place) -> None:
        name = operator_name(call)
        if name == "assign" and len(call.args) == 2:
            self._assign(call, place)
            return
        if name == "eq" and len(call.args) == 2:
            a = self._shallow(call.args[0], place)
            b = self._shallow(call.args[1], place)
            place.add(core.new_equation(a=a, b=b), call.location)
            return
        if name == "equal" and len(call.args) == 2:
            a = self._shallow(call.args[0], place)
            b = self._shallow(call.args[1], place)
            place.add(core.new_equation(a=a, b=b), call.location, compares=True)
            return
        if self._is_print(call):
            self._print(call, place)
            return
        constant = self._metadata(name, call)
        if constant is not None:
            place.add(core.Test(term=constant), call.location)
            return
        function = self._function(call, place.expr.location, nested=False)
        args = [self._operand(arg, place) for arg in call.args]
        if function is None:
            return
        arity = self._arity(function)
        output = None
        if arity is not None and arity >= 0:
            if len(args) == arity + 1:
                output = args.pop()
            elif len(args) != arity:
                self._wrong_arity(call, function, place.expr.location)
        place.add(core.new_call(function=function, args=tuple(args), output=output), call.location)

    def _assign(self, call: ast.Call, place: Place) -> None:
        if self._environment.strict:
            self._environment.findings.add(Stage.SHADOWED_ROOTS, assigned_root(place.expr))
        if place.expr.negated:
            self._report(place.expr.location, "cannot assign vars inside negated expression")
            return
        right = self._shallow(call.args[1], place)
        left = self._assigned(call.args[0], place)
        if left is not None:
            place.add(core.new_equation(a=left, b=right, assigns=True), call.location)

    def _assigned(self, term: ast.Term, place: Place) -> core.Operand | None:
        match term:
            case ast.Var():
                return self._declare(term.name, "assigned", term.location, place.expr.location)
            case ast.Ref(terms=(ast.Var(name="input" | "data" as name),)):
                return self._declare(name, "assigned", term.location, place.expr.location)
            case ast.Array():
                items = [self._assigned(item, place) for item in term.items]
                if any(item is None for item in items):
                    return None
                return core.ArrayOf(
                    items=tuple(item for item in items if item), location=term.location
                )
            case ast.Object():
                pairs: list[tuple[core.Operand, core.Operand]] = []
                for key, value in distinct_items(term):
                    assigned = self._assigned(value, place)
                    if assigned is None:
                        return None
                    pairs.append((self._operand(key, place), assigned))
                return core.ObjectOf(pairs=tuple(pairs), location=term.location)
            case _:
                self._report(term.location, f"cannot assign to {_kind(term)}")
                return None

    def _declare(
        self,
        name: str,
        how: Literal["assigned", "declared"],
        location: Location,
        place: Location | None,
    ) -> core.Local | None:
        if name.startswith("$"):
            return core.new_local(variable=self.scope.implicit(name), location=location)
        return self._declare_symbol(name, location, place, how=how)

    def _declare_symbol(
        self,
        name: str,
        location: Location,
        place: Location | None,
        *,
        how: Literal["assigned", "declared"] = "declared",
    ) -> core.Local | None:
        """Declare a name, also a ``_``: ``some _`` declares what nothing can use."""
        try:
            return core.new_local(variable=self.scope.declare(name, how, place), location=location)
        except ScopeError as error:
            self._report(location, str(error))
            return None

    def _some(self, some: ast.SomeDecl, place: Place) -> None:
        for symbol in some.symbols:
            if isinstance(symbol, ast.Var):
                self._declare_symbol(symbol.name, some.location, place.expr.location)
            elif isinstance(symbol, ast.Call):
                self._some_in(symbol, some, place)

    def _some_in(self, call: ast.Call, some: ast.SomeDecl, place: Place) -> None:
        *pattern, container = call.args
        bound = {name for term in pattern for name in pattern_names(term) if name[0] != "$"}
        for name in sorted(bound & set(names_in(container))):
            self._report(some.location, f"var {name} assigned before")
            return
        apart = place.apart(container.location)
        whole = place if isinstance(container, ast.Ref | ast.Var) else apart
        domain = self._shallow(container, whole)
        if not isinstance(domain, core.Reference):
            domain = core.new_reference(
                head=domain
                if isinstance(domain, core.Local)
                else apart.bind(domain, container.location),
                path=(),
                location=container.location,
            )
        for name in sorted(bound):
            self._declare(name, "declared", some.location, None)
        operands = [self._operand(term, place) for term in pattern]
        key = operands[0] if len(operands) == 2 else self._fresh(call.location)
        reference = core.new_reference(
            head=domain.head, path=(*domain.path, key), location=container.location
        )
        place.add(core.new_equation(a=operands[-1], b=reference), call.location)

    def _every(self, every: ast.Every, place: Place) -> Mapping[core.Variable, core.Variable]:
        """Lower an ``every``. Returns the names that its body declares after their use."""
        location = every.domain.location
        apart = place.apart(location)
        domain = apart.bind(self._shallow(every.domain, apart), location)
        with self.scope.frame(declared_names(every.body)):
            first = every.body[0].location
            key = (
                None
                if every.key is None
                else self._declare(every.key.name, "declared", every.location, first)
            )
            value = self._declare(every.value.name, "declared", every.location, first)
            if value is None or (every.key is not None and key is None):
                return {}
            body = self.body(every.body)
            names = self.scope.met_before_declared()
        place.add(
            core.Universal(
                key=None if key is None else key.variable,
                value=value.variable,
                domain=domain,
                body=body,
            ),
            every.location,
        )
        return names

    def _print(self, call: ast.Call, place: Place) -> None:
        items = tuple([self._captured(arg, place) for arg in call.args])
        array = core.ArrayOf(items=items, location=call.location)
        function = core.BuiltinFunction(name="internal.print")
        place.add(core.Call(function=function, args=(array,), output=None), call.location)

    # ---- with --------------------------------------------------------------------------------

    def _replacements(
        self, expr: ast.Expr, out: list[core.Statement]
    ) -> tuple[core.Replacement, ...]:
        if not expr.with_:
            return ()
        place = Place(expr, out, ())
        found: list[core.Replacement] = []
        for modifier in expr.with_:
            replacement = self._replacement(modifier, place)
            if replacement is not None:
                found.append(replacement)
        return tuple(found)

    def _replacement(self, modifier: ast.With, place: Place) -> core.Replacement | None:
        location = modifier.location
        terms = (
            modifier.target.terms if isinstance(modifier.target, ast.Ref) else (modifier.target,)
        )
        head = terms[0]
        if not isinstance(head, ast.Var):
            self._misdirect(no_target(modifier.target.location))
            return None
        if self.scope.is_declared(head.name):
            # It is no target, but used.
            self.scope.find(head.name)
        path: list[Value] = []
        full = self._environment.resolve(head.name)
        if full is not None:
            root, path = full[0], [*full[1:]]
        else:
            root = head.name
        for term in terms[1:]:
            constant = scalar(term) or self._composite_constant(term, place)
            if constant is None and root not in ROOTS:
                self._misdirect(no_target(modifier.target.location))
                return None
            if constant is None:
                name = term.name if isinstance(term, ast.Var) else term.location.text
                text = f"var {name} is unsafe"
                self._report(
                    place.expr.location, text, code=UNSAFE_VAR_ERROR, stage=Stage.UNSAFE_BODIES
                )
                return None
            path.append(constant[0])
        self._misdirect(*check_target(root, path, modifier.target.location, self._environment))
        if root in ROOTS:
            names = tuple(p for p in path if isinstance(p, str))
            if root == "data" and len(names) == len(path) and self._environment.is_function(names):
                function: core.Function = core.RuleFunction(path=names)
                value = self._mock(modifier.value) or self._evaluated(modifier.value, place)
                return core.Replacement(target=function, path=(), value=value, location=location)
            return core.Replacement(
                target="input" if root == "input" else "data",
                path=tuple(path),
                value=self._evaluated(modifier.value, place),
                location=location,
            )
        name = ".".join([root, *[str(p) for p in path]])
        if self._environment.builtin_arity(name) is None:
            self._evaluated(modifier.value, place)
            return None
        return core.Replacement(
            target=core.BuiltinFunction(name=name),
            path=(),
            value=self._mock(modifier.value) or self._evaluated(modifier.value, place),
            location=location,
        )

    def _composite_constant(self, term: ast.Term, place: Place) -> tuple[Value] | None:
        """The value of a collection in which there are only constants, in a tuple."""
        if not isinstance(term, ast.Array | ast.Set | ast.Object):
            return None
        if any(isinstance(node, ast.Var | ast.Comprehension) for node in walk(term)):
            return None
        made = self._operand(term, place)
        return (made.value,) if isinstance(made, core.Const) else None

    def _misdirect(self, *found: RegoFinding) -> None:
        if self._targets is not None:
            self._targets.own += found

    def _mock(self, term: ast.Term) -> core.Function | None:
        """The function that a ``with`` value names, if it names one."""
        terms = term.terms if isinstance(term, ast.Ref) else (term,)
        if not isinstance(terms[0], ast.Var) or self.scope.is_local(terms[0].name):
            return None
        rest = [t.value for t in terms[1:] if isinstance(t, ast.String)]
        if len(rest) != len(terms) - 1:
            return None
        full = (*self._environment.globals.get(terms[0].name, (terms[0].name,)), *rest)
        if full[0] == "data" and self._environment.is_function(full[1:]):
            return core.RuleFunction(path=full[1:])
        if self._environment.builtin_arity(".".join(full)) is not None:
            return core.BuiltinFunction(name=".".join(full))
        return None

    def _evaluated(self, term: ast.Term, place: Place) -> core.Operand:
        return self._operand(term, place.apart(term.location))


def _kind(term: ast.Term) -> str:
    return type(term).__name__.lower()

"""Syntax trees to the core tree: names resolved, nested calls and references taken apart.

The order of the statements that this makes is that of OPA's compiler, since it decides what is
undefined: ``not f(input.x)`` is undefined where ``input.x`` is, and ``not input.x == 1`` is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from policyengine.errors import RegoFinding
from policyengine.rego.compiler import core
from policyengine.rego.compiler.findings import COMPILE_ERROR, TYPE_ERROR, finding_at
from policyengine.rego.compiler.names import declared_names, pattern_names
from policyengine.rego.compiler.scope import Scope, ScopeError
from policyengine.rego.runtime.numbers import number_from_text
from policyengine.rego.runtime.values import Value, make_object
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.source import Location

ROOTS = ("input", "data")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Environment:
    """What names mean in one module.

    ``globals`` maps a name to the reference it stands for; ``functions`` tells whether a path
    below ``data`` is that of a function, and ``builtins`` is asked for the arity of a builtin
    (None: there is none of that name; -1: any number).
    """

    globals: dict[str, tuple[str, ...]]
    is_function: Callable[[core.Path], bool]
    builtin_arity: Callable[[str], int | None]
    rule_arity: Callable[[core.Path], int | None]
    metadata: Callable[[ast.Rule, str], Value | None]
    findings: list[RegoFinding] = field(default_factory=list)


class Lowering:
    """Takes one rule or query apart. ``implicit`` holds the variables that nothing declares."""

    def __init__(self, environment: Environment, rule: ast.Rule | None = None) -> None:
        self._environment = environment
        self._rule = rule
        self.scope = Scope()
        self._computed: list[tuple[core.Local, ast.Term]] = []

    # ---- bodies ------------------------------------------------------------------------------

    def body(self, exprs: Iterable[ast.Expr]) -> core.Body:
        """Lower a body in the current frame."""
        out: list[core.Statement] = []
        for expr in exprs:
            self._expr(expr, out)
        return tuple(out)

    def nested(self, exprs: tuple[ast.Expr, ...]) -> core.Body:
        """Lower a body in a frame of its own."""
        with self.scope.frame(declared_names(exprs)):
            return self.body(exprs)

    def _expr(self, expr: ast.Expr, out: list[core.Statement]) -> None:
        place = _Place(expr, out, self._replacements(expr, out))
        terms = expr.terms
        match terms:
            case ast.SomeDecl():
                self._some(terms, place)
            case ast.Every():
                self._every(terms, place)
            case ast.Not():
                body = self.nested(terms.body) if terms.explicit_body else self.body(terms.body)
                place.add(core.Negation(body=body, explicit=terms.explicit_body), terms.location)
            case ast.LogicalAnd() | ast.LogicalOr():
                kind = core.Conjunction if isinstance(terms, ast.LogicalAnd) else core.Disjunction
                left = self.nested(terms.left) if terms.explicit_left else self.body(terms.left)
                right = self.nested(terms.right) if terms.explicit_right else self.body(terms.right)
                logical = kind(
                    left=left,
                    right=right,
                    explicit_left=terms.explicit_left,
                    explicit_right=terms.explicit_right,
                )
                place.add(logical, terms.location)
            case ast.Call():
                self._call_statement(terms, place)
            case _:
                place.add(core.Test(term=self._shallow(terms, place)), terms.location)

    def _call_statement(self, call: ast.Call, place: _Place) -> None:
        name = operator_name(call)
        if name == "assign" and len(call.args) == 2:
            self._assign(call, place)
            return
        if name == "eq" and len(call.args) == 2:
            a = self._shallow(call.args[0], place)
            b = self._shallow(call.args[1], place)
            place.add(core.Equation(a=a, b=b), call.location)
            return
        if name == "equal" and len(call.args) == 2:
            a = self._shallow(call.args[0], place)
            b = self._shallow(call.args[1], place)
            place.add(core.Equation(a=a, b=b), call.location, compares=True)
            return
        if name in {"print", "internal.print"}:
            self._print(call, place)
            return
        constant = self._metadata(name, call)
        if constant is not None:
            place.add(core.Test(term=constant), call.location)
            return
        function = self._function(call)
        if function is None:
            return
        args = [self._operand(arg, place) for arg in call.args]
        arity = self._arity(function)
        output = None
        if arity is not None and arity >= 0:
            if len(args) == arity + 1:
                output = args.pop()
            elif len(args) != arity:
                self._wrong_arity(call, function)
        place.add(core.Call(function=function, args=tuple(args), output=output), call.location)

    def _wrong_arity(self, call: ast.Call, function: core.Function) -> None:
        name = (
            function.name
            if isinstance(function, core.BuiltinFunction)
            else ("data." + ".".join(function.path))
        )
        self._report(call.location, f"{name}: arity mismatch", code=TYPE_ERROR)

    def _assign(self, call: ast.Call, place: _Place) -> None:
        if place.expr.negated:
            self._report(call.location, "cannot assign vars inside negated expression")
            return
        right = self._shallow(call.args[1], place)
        left = self._assigned(call.args[0], place)
        if left is not None:
            place.add(core.Equation(a=left, b=right, assigns=True), call.location)

    def _assigned(self, term: ast.Term, place: _Place) -> core.Operand | None:
        match term:
            case ast.Var():
                return self._declare(term.name, "assigned", term.location)
            case ast.Ref(terms=(ast.Var(name="input" | "data" as name),)):
                return self._declare(name, "assigned", term.location)
            case ast.Array():
                items = [self._assigned(item, place) for item in term.items]
                if any(item is None for item in items):
                    return None
                return core.ArrayOf(
                    items=tuple(item for item in items if item), location=term.location
                )
            case ast.Object():
                pairs: list[tuple[core.Operand, core.Operand]] = []
                for key, value in term.items:
                    assigned = self._assigned(value, place)
                    if assigned is None:
                        return None
                    pairs.append((self._operand(key, place), assigned))
                return core.ObjectOf(pairs=tuple(pairs), location=term.location)
            case _:
                self._report(term.location, f"cannot assign to {_kind(term)}")
                return None

    def _declare(
        self, name: str, how: Literal["assigned", "declared"], location: Location
    ) -> core.Local | None:
        if name.startswith("$"):
            return core.Local(variable=self.scope.implicit(name), location=location)
        try:
            return core.Local(variable=self.scope.declare(name, how), location=location)
        except ScopeError as error:
            self._report(location, str(error))
            return None

    def _some(self, some: ast.SomeDecl, place: _Place) -> None:
        for symbol in some.symbols:
            if isinstance(symbol, ast.Var):
                self._declare(symbol.name, "declared", some.location)
            elif isinstance(symbol, ast.Call):
                self._some_in(symbol, some, place)

    def _some_in(self, call: ast.Call, some: ast.SomeDecl, place: _Place) -> None:
        *pattern, container = call.args
        bound = [name for term in pattern for name in pattern_names(term) if name[0] != "$"]
        inside = set(pattern_names(container))
        for name in sorted(set(bound) & inside):
            self._report(some.location, f"var {name} assigned before")
            return
        domain = self._shallow(container, place)
        if not isinstance(domain, core.Reference):
            domain = core.Reference(
                head=place.bind(domain, container.location), path=(), location=container.location
            )
        new = {name for term in pattern for name in pattern_names(term)}
        for name in sorted(new):
            if not name.startswith("$"):
                self._declare(name, "declared", some.location)
        operands = [self._operand(term, place) for term in pattern]
        key = operands[0] if len(operands) == 2 else self._fresh(call.location)
        reference = core.Reference(
            head=domain.head, path=(*domain.path, key), location=container.location
        )
        place.add(core.Equation(a=operands[-1], b=reference), call.location)

    def _every(self, every: ast.Every, place: _Place) -> None:
        domain = place.bind(self._shallow(every.domain, place), every.domain.location)
        with self.scope.frame(declared_names(every.body)):
            key = (
                None
                if every.key is None
                else self._declare(every.key.name, "declared", every.location)
            )
            value = self._declare(every.value.name, "declared", every.location)
            if value is None or (every.key is not None and key is None):
                return
            body = self.body(every.body)
        place.add(
            core.Universal(
                key=None if key is None else key.variable,
                value=value.variable,
                domain=domain,
                body=body,
            ),
            every.location,
        )

    def _print(self, call: ast.Call, place: _Place) -> None:
        items = tuple(
            self._operand(
                ast.SetComprehension(
                    term=_wrapped, body=(_bind_expr(_wrapped, arg),), location=arg.location
                ),
                place,
            )
            for arg in call.args
            for _wrapped in (ast.Var(name=f"$print{id(arg)}", location=arg.location),)
        )
        array = core.ArrayOf(items=items, location=call.location)
        function = core.BuiltinFunction(name="internal.print")
        place.add(core.Call(function=function, args=(array,), output=None), call.location)

    # ---- with --------------------------------------------------------------------------------

    def _replacements(
        self, expr: ast.Expr, out: list[core.Statement]
    ) -> tuple[core.Replacement, ...]:
        if not expr.with_:
            return ()
        place = _Place(expr, out, ())
        found: list[core.Replacement] = []
        for modifier in expr.with_:
            replacement = self._replacement(modifier, place)
            if replacement is not None:
                found.append(replacement)
        return tuple(found)

    def _replacement(self, modifier: ast.With, place: _Place) -> core.Replacement | None:
        location = modifier.location
        terms = (
            modifier.target.terms if isinstance(modifier.target, ast.Ref) else (modifier.target,)
        )
        head = terms[0]
        if not isinstance(head, ast.Var):
            return None
        path: list[Value] = []
        if head.name not in ROOTS and head.name in self._environment.globals:
            full = self._environment.globals[head.name]
            root, path = full[0], [*full[1:]]
        else:
            root = head.name
        for term in terms[1:]:
            constant = _scalar(term)
            if constant is None:
                self._report(location, "with keyword target must be ground")
                return None
            path.append(constant[0])
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
            self._report(
                location,
                "with keyword target must reference existing input, data, or a function",
                code=TYPE_ERROR,
            )
            return None
        return core.Replacement(
            target=core.BuiltinFunction(name=name),
            path=(),
            value=self._mock(modifier.value) or self._evaluated(modifier.value, place),
            location=location,
        )

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

    def _evaluated(self, term: ast.Term, place: _Place) -> core.Operand:
        return self._operand(term, place)

    # ---- terms -------------------------------------------------------------------------------

    def head_operand(
        self, term: ast.Term, out: list[core.Statement], expr: ast.Expr
    ) -> core.Operand:
        """Lower a term of a rule's head; what it needs evaluated goes to the body's end."""
        return self._operand(term, _Place(expr, out, ()))

    def argument(self, term: ast.Term) -> core.Operand:
        """Lower a pattern among a function's arguments."""
        match term:
            case ast.Var():
                if term.is_wildcard:
                    return self._local(term)
                return core.Local(variable=self.scope.argument(term.name), location=term.location)
            case ast.Ref(terms=(ast.Var(name="input" | "data" as name),)):
                return core.Local(variable=self.scope.argument(name), location=term.location)
            case ast.Array():
                return core.ArrayOf(
                    items=tuple(self.argument(item) for item in term.items), location=term.location
                )
            case ast.Object():
                pairs = tuple((self.argument(k), self.argument(v)) for k, v in term.items)
                return core.ObjectOf(pairs=pairs, location=term.location)
            case ast.Set():
                return core.SetOf(
                    items=tuple(self.argument(item) for item in term.items), location=term.location
                )
        constant = _scalar(term)
        if constant is None:
            # The body computes it, and must find what the argument is.
            local = self._fresh(term.location)
            self._computed.append((local, term))
            return local
        return core.Const(value=constant[0], location=term.location)

    def computed_arguments(self, out: list[core.Statement], expr: ast.Expr) -> None:
        """Add to the body what arguments that are no patterns must be equal to."""
        place = _Place(expr, out, ())
        for local, term in self._computed:
            value = self._operand(term, place)
            place.add(core.Equation(a=local, b=value), term.location, made=True)

    def _shallow(self, term: ast.Term, place: _Place) -> core.CoreTerm:
        """A reference or comprehension as it is; anything else as an operand."""
        match term:
            case ast.Ref():
                return self._reference(term, place)
            case ast.ArrayComprehension() | ast.SetComprehension() | ast.ObjectComprehension():
                return self._comprehension(term)
            case ast.Var() if not self.scope.is_local(term.name):
                path = self._environment.globals.get(term.name)
                if path is not None:
                    return _global(path, (), term.location)
        return self._operand(term, place)

    def _operand(self, term: ast.Term, place: _Place) -> core.Operand:
        constant = _scalar(term)
        if constant is not None:
            return core.Const(value=constant[0], location=term.location)
        location = term.location
        match term:
            case ast.Var():
                resolved = (
                    self._shallow(term, place)
                    if not self.scope.is_local(term.name)
                    and (term.name in self._environment.globals)
                    else None
                )
                return self._local(term) if resolved is None else place.bind(resolved, location)
            case ast.Array():
                items = tuple([self._operand(item, place) for item in term.items])
                return _folded(core.ArrayOf(items=items, location=location))
            case ast.Set():
                items = tuple([self._operand(item, place) for item in term.items])
                return _folded(core.SetOf(items=items, location=location))
            case ast.Object():
                pairs = [
                    (self._operand(key, place), self._operand(value, place))
                    for key, value in term.items
                ]
                return _folded(core.ObjectOf(pairs=tuple(pairs), location=location))
            case ast.Call():
                return self._nested_call(term, place)
            case ast.TemplateString():
                return self._template(term, place)
            case _:
                shallow = self._shallow(term, place)
                if isinstance(shallow, core.Reference | core.Comprehension):
                    return place.bind(shallow, location)
                return shallow

    def _nested_call(self, call: ast.Call, place: _Place) -> core.Operand:
        name = operator_name(call)
        constant = self._metadata(name, call)
        if constant is not None:
            return constant
        function = self._function(call)
        output = self._fresh(call.location)
        if function is None:
            return output
        args = tuple([self._operand(arg, place) for arg in call.args])
        arity = self._arity(function)
        if arity is not None and arity >= 0 and len(args) != arity:
            self._wrong_arity(call, function)
        place.add(core.Call(function=function, args=args, output=output), call.location, made=True)
        return output

    def _template(self, term: ast.TemplateString, place: _Place) -> core.Operand:
        items: list[core.Operand] = []
        for index, part in enumerate(term.parts):
            if not isinstance(part, ast.Expr):
                items.append(self._operand(part, place))
                continue
            variable = ast.Var(name=f"$part{id(part)}_{index}", location=part.location)
            inner = part.terms
            if not isinstance(inner, ast.Term):
                continue
            comprehension = ast.SetComprehension(
                term=variable,
                body=(_bind_expr(variable, inner, part.with_),),
                location=part.location,
            )
            items.append(self._operand(comprehension, place))
        output = self._fresh(term.location)
        array = core.ArrayOf(items=tuple(items), location=term.location)
        function = core.BuiltinFunction(name="internal.template_string")
        place.add(
            core.Call(function=function, args=(array,), output=output), term.location, made=True
        )
        return output

    def _comprehension(self, term: ast.Comprehension) -> core.Comprehension:
        with self.scope.frame(declared_names(term.body)):
            out = list(self.body(term.body))
            last = term.body[-1]
            place = _Place(last, out, ())
            if isinstance(term, ast.ObjectComprehension):
                key: core.Operand | None = self._operand(term.key, place)
                value = self._operand(term.value, place)
                kind: Literal["array", "set", "object"] = "object"
            else:
                key = None
                value = self._operand(term.term, place)
                kind = "array" if isinstance(term, ast.ArrayComprehension) else "set"
        return core.Comprehension(
            kind=kind, key=key, value=value, body=tuple(out), location=term.location
        )

    def _reference(self, ref: ast.Ref, place: _Place) -> core.CoreTerm:
        head, rest = ref.terms[0], ref.terms[1:]
        location = ref.location
        if isinstance(head, ast.Var):
            if not self.scope.is_local(head.name):
                if head.name in ROOTS:
                    return core.Reference(
                        head=_root(head.name, head.location),
                        path=self._path(rest, place),
                        location=location,
                    )
                path = self._environment.globals.get(head.name)
                if path is not None:
                    return _global(path, self._path(rest, place), location)
            local = self._local(head)
            if not rest:
                return local
            return core.Reference(head=local, path=self._path(rest, place), location=location)
        subject = self._shallow(head, place)
        bound = subject if isinstance(subject, core.Local) else place.bind(subject, head.location)
        return core.Reference(head=bound, path=self._path(rest, place), location=location)

    def _path(self, terms: tuple[ast.Term, ...], place: _Place) -> tuple[core.Operand, ...]:
        return tuple([self._operand(term, place) for term in terms])

    def _local(self, term: ast.Var) -> core.Local:
        return core.Local(variable=self.scope.find(term.name), location=term.location)

    def _fresh(self, location: Location) -> core.Local:
        return core.Local(variable=core.Variable(""), location=location)

    # ---- functions ---------------------------------------------------------------------------

    def _function(self, call: ast.Call) -> core.Function | None:
        head = call.operator.terms[0]
        name = operator_name(call)
        if isinstance(head, ast.Var):
            if self.scope.is_declared(head.name):
                self._report(call.location, f"called function {name} shadowed")
                return None
            path = self._environment.globals.get(head.name)
            if path is None and head.name in ROOTS:
                path = (head.name,)
            if path is not None:
                full = (
                    *path,
                    *[t.value for t in call.operator.terms[1:] if isinstance(t, ast.String)],
                )
                if full[0] == "data" and self._environment.rule_arity(full[1:]) is not None:
                    return core.RuleFunction(path=full[1:])
                name = ".".join(full)
        if self._environment.builtin_arity(name) is not None:
            return core.BuiltinFunction(name=name)
        self._report(call.location, f"undefined function {name}", code=TYPE_ERROR)
        return None

    def _arity(self, function: core.Function) -> int | None:
        if isinstance(function, core.BuiltinFunction):
            return self._environment.builtin_arity(function.name)
        return self._environment.rule_arity(function.path)

    def _metadata(self, name: str, call: ast.Call) -> core.Const | None:
        if name not in {"rego.metadata.rule", "rego.metadata.chain"} or self._rule is None:
            return None
        value = self._environment.metadata(self._rule, name)
        return None if value is None else core.Const(value=value, location=call.location)

    def _report(self, location: Location, message: str, *, code: str = COMPILE_ERROR) -> None:
        self._environment.findings.append(finding_at(location, code, message))


class _Place:
    """Where statements go that one expression needs: before it, under its ``with``."""

    def __init__(
        self,
        expr: ast.Expr,
        out: list[core.Statement],
        replacements: tuple[core.Replacement, ...],
    ) -> None:
        self.expr = expr
        self._out = out
        self._replacements = replacements

    def bind(self, term: core.CoreTerm, location: Location) -> core.Local:
        """Bind ``term`` to a new variable, and return it."""
        local = core.Local(variable=core.Variable(""), location=location)
        self.add(core.Equation(a=local, b=term, assigns=True), location, made=True)
        return local

    def add(
        self,
        action: core.Action,
        location: Location,
        *,
        made: bool = False,
        compares: bool = False,
    ) -> None:
        if compares and isinstance(action, core.Equation):
            action = core.Equation(a=action.a, b=action.b)
        self._out.append(
            core.Statement(
                action=action,
                location=location if made else self.expr.location,
                negated=self.expr.negated and not made,
                replacements=self._replacements,
                source=None if made else self.expr,
                compares=compares,
            )
        )


def operator_name(call: ast.Call) -> str:
    """The dotted name of what is called."""
    return ".".join(
        term.name if isinstance(term, ast.Var) else term.value
        for term in call.operator.terms
        if isinstance(term, ast.Var | ast.String)
    )


def _bind_expr(variable: ast.Var, term: ast.Term, with_: tuple[ast.With, ...] = ()) -> ast.Expr:
    operator = ast.Ref(terms=(ast.Var(name="eq", location=term.location),), location=term.location)
    call = ast.Call(operator=operator, args=(variable, term), location=term.location)
    return ast.Expr(terms=call, location=term.location, with_=with_)


def _root(name: str, location: Location) -> core.Root:
    return core.Root(name="input" if name == "input" else "data", location=location)


def _global(
    path: tuple[str, ...], rest: tuple[core.Operand, ...], location: Location
) -> core.Reference:
    steps = tuple([core.Const(value=name, location=location) for name in path[1:]])
    return core.Reference(head=_root(path[0], location), path=(*steps, *rest), location=location)


def _scalar(term: ast.Node) -> tuple[Value] | None:
    """The value of a scalar, in a tuple; None for anything else."""
    match term:
        case ast.Null():
            return (None,)
        case ast.Boolean() | ast.String():
            return (term.value,)
        case ast.Number():
            return (number_from_text(term.text),)
        case _:
            return None


def _folded(term: core.ArrayOf | core.SetOf | core.ObjectOf) -> core.Operand:
    """A constant where all parts are."""
    from policyengine.rego.runtime.values import RegoSet

    if isinstance(term, core.ObjectOf):
        if all(isinstance(part, core.Const) for pair in term.pairs for part in pair):
            pairs = [
                (key.value, value.value)
                for key, value in term.pairs
                if isinstance(key, core.Const) and isinstance(value, core.Const)
            ]
            return core.Const(value=make_object(pairs), location=term.location)
        return term
    if all(isinstance(item, core.Const) for item in term.items):
        values = [item.value for item in term.items if isinstance(item, core.Const)]
        value = values if isinstance(term, core.ArrayOf) else RegoSet.of(values)
        return core.Const(value=value, location=term.location)
    return term


def _kind(term: ast.Term) -> str:
    return type(term).__name__.lower()

"""Terms to core terms: names resolved, nested calls and references taken apart."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Final, Literal

from policyengine.rego.compiler import core
from policyengine.rego.compiler.builtin_checks import check_call, is_relation
from policyengine.rego.compiler.core_terms import (
    bound_to,
    folded,
    global_reference,
    operator_name,
    path_terms,
    root,
    scalar,
)
from policyengine.rego.compiler.empty_bodies import drop_empty_body
from policyengine.rego.compiler.environment import ROOTS, Environment
from policyengine.rego.compiler.findings import (
    COMPILE_ERROR,
    TYPE_ERROR,
    UNSAFE_VAR_ERROR,
    finding_at,
)
from policyengine.rego.compiler.names import declared_names, distinct_items, names_of_rule_body
from policyengine.rego.compiler.nearest import suggestion
from policyengine.rego.compiler.place import Place
from policyengine.rego.compiler.renamed import renamed_term
from policyengine.rego.compiler.scope import Scope
from policyengine.rego.compiler.stages import Stage
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.render import reference_text
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.visit import walk

# Python takes brackets in brackets 200 deep: a literal of more levels is made in parts.
_NESTED: Final = 50


class TermLowering(ABC):
    """Takes terms apart in the frame that is current; bodies are the subclass's.

    ``shows`` is set by ``print`` and template strings, which are checked on their own.
    """

    def __init__(
        self, environment: Environment, rule: ast.Rule | None = None, *, strict: bool = False
    ) -> None:
        self._environment = environment
        self._rule = rule
        self.scope = Scope(strict=strict)
        self._computed: list[tuple[core.Local, ast.Term]] = []
        self._argument_heads: list[ast.Var] = []
        self.shows = False
        self._nesting = 0
        self._in_head = False
        self._in_body: frozenset[str] | None = None
        self._called: list[tuple[str, tuple[ast.Term, ...], Location, bool]] = []

    @abstractmethod
    def body(self, exprs: Iterable[ast.Expr]) -> core.Body:
        """Lower a body in the current frame."""

    def head_operand(
        self, term: ast.Term, out: list[core.Statement], expr: ast.Expr
    ) -> core.Operand:
        """Lower a term of a rule's head; what it needs evaluated goes to the body's end."""
        return self._operand(term, Place(expr, out, (), term.location))

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
                items = distinct_items(term)
                pairs = tuple((self.argument(k), self.argument(v)) for k, v in items)
                return core.ObjectOf(pairs=pairs, location=term.location)
            case ast.Set() if not any(_is_evaluated(item) for item in term.items):
                return core.SetOf(
                    items=tuple(self.argument(item) for item in term.items), location=term.location
                )
        constant = scalar(term)
        if constant is None:
            if isinstance(term, ast.Call):
                self._report(term.location, "rule arguments cannot contain calls")
                # What the body leaves unused is told all the same.
                self.scope.is_wrong = False
            if isinstance(term, ast.Ref) and isinstance(term.terms[0], ast.Var):
                self._argument_heads.append(term.terms[0])
                self.scope.refer_in_arguments(term.terms[0].name)
            # The body computes it, and must find what the argument is.
            local = self._fresh(term.location)
            self._computed.append((local, term))
            return local
        return core.new_const(value=constant[0], location=term.location)

    def enter_head(self) -> None:
        """What is lowered from now on stands in the rule's head."""
        self._in_head = True
        self.scope.enter_head()

    def computed_arguments(self, out: list[core.Statement], expr: ast.Expr) -> None:
        """Add to the body what arguments that are no patterns must be equal to.

        What a reference among them starts with is an argument too, which something must give.
        """
        for head in self._argument_heads:
            if not self.scope.is_argument(head.name):
                text = f"var {head.name} is unsafe"
                stage = Stage.UNSAFE_HEADS
                self._report(head.location, text, code=UNSAFE_VAR_ERROR, stage=stage)
        for local, term in self._computed:
            place = Place(expr, out, (), term.location)
            value = self._operand(term, place)
            place.add(core.Equation(a=local, b=value), term.location, made=True)

    def _shallow(self, term: ast.Term, place: Place) -> core.CoreTerm:
        """A reference or comprehension as it is; anything else as an operand."""
        match term:
            case ast.Ref():
                return self._reference(term, place)
            case ast.ArrayComprehension() | ast.SetComprehension() | ast.ObjectComprehension():
                return self._comprehension(term)
            case ast.Var() if not self.scope.is_local(term.name):
                path = self._environment.resolve(term.name)
                if path is not None:
                    return global_reference(path, (), term.location)
        return self._operand(term, place)

    def _operand(self, term: ast.Term, place: Place) -> core.Operand:
        location = term.location
        if isinstance(term, ast.Var):
            if term.name not in self._environment.globals or self.scope.is_local(term.name):
                return self._local(term)
            return place.bind(self._shallow(term, place), location)
        constant = scalar(term)
        if constant is not None:
            return core.new_const(value=constant[0], location=location)
        match term:
            case ast.Array() | ast.Set() | ast.Object():
                self._nesting += 1
                made = self._composite(term, place)
                self._nesting -= 1
                if isinstance(made, core.Const) or self._nesting % _NESTED or not self._nesting:
                    return made
                return place.bind(made, location)
            case ast.Call():
                return self._nested_call(term, place)
            case ast.TemplateString():
                return self._template(term, place)
            case _:
                shallow = self._shallow(term, place)
                if isinstance(shallow, core.Reference | core.Comprehension):
                    return place.bind(shallow, location)
                return shallow

    def _composite(self, term: ast.Array | ast.Set | ast.Object, place: Place) -> core.Operand:
        if isinstance(term, ast.Object):
            pairs = [
                (self._operand(key, place), self._operand(value, place))
                for key, value in distinct_items(term)
            ]
            return folded(core.ObjectOf(pairs=tuple(pairs), location=term.location))
        items = tuple([self._operand(item, place) for item in term.items])
        made = core.new_array if isinstance(term, ast.Array) else core.SetOf
        return folded(made(items=items, location=term.location))

    def _nested_call(self, call: ast.Call, place: Place) -> core.Operand:
        name = operator_name(call)
        constant = self._metadata(name, call)
        if constant is not None:
            return constant
        if self._is_print(call):
            text = f"{call.location.text} used as value"
            self._report(call.location, text, code=TYPE_ERROR, stage=Stage.VOID_CALLS)
        function = self._function(call, call.location, nested=True)
        output = self._fresh(call.location)
        inner = place.apart(call.location)
        args = tuple([self._operand(arg, inner) for arg in call.args])
        if function is None:
            return output
        arity = self._arity(function)
        if arity is not None and arity >= 0 and len(args) != arity:
            self._wrong_arity(call, function, call.location)
        inner.add(
            core.new_call(function=function, args=args, output=output), call.location, made=True
        )
        return output

    def _template(self, term: ast.TemplateString, place: Place) -> core.Operand:
        items: list[core.Operand] = []
        place = place.apart(term.location)
        for part in term.parts:
            if not isinstance(part, ast.Expr):
                items.append(self._operand(part, place))
                continue
            inner = part.terms
            if isinstance(inner, ast.Call) and is_relation(operator_name(inner)):
                text = (
                    f"illegal call to relation built-in '{operator_name(inner)}'"
                    " that may cause multiple outputs"
                )
                self._report(inner.location, text, stage=Stage.TEMPLATES)
            elif isinstance(inner, ast.Term):
                items.append(self._captured(inner, place, part.with_))
            else:
                kind = type(inner).__name__
                text = f"unexpected template-string expression type: *ast.{kind}"
                self._report(part.location, text, stage=Stage.TEMPLATES)
        output = self._fresh(term.location)
        array = core.ArrayOf(items=tuple(items), location=term.location)
        function = core.BuiltinFunction(name="internal.template_string")
        place.add(
            core.Call(function=function, args=(array,), output=output), term.location, made=True
        )
        return output

    def _captured(
        self, term: ast.Term, place: Place, with_: tuple[ast.With, ...] = ()
    ) -> core.Operand:
        """A set of the values that a term has: empty where it is undefined."""
        self.shows = True
        location = term.location
        if isinstance(term, ast.Var) and self._environment.globals.get(term.name) is None:
            return core.SetOf(items=(self._operand(term, place),), location=location)
        name = ast.Var(name=f"$captured{id(term)}", location=location)
        body = self.body((bound_to(name, term, with_),))
        value = core.Local(variable=self.scope.implicit(name.name), location=location)
        comprehension = core.Comprehension(
            kind="set", key=None, value=value, body=body, location=location
        )
        return place.bind(comprehension, location)

    def _comprehension(self, term: ast.Comprehension) -> core.Comprehension:
        with self.scope.frame(declared_names(term.body), is_closed=True):
            body = list(self.body(term.body))
            last = term.body[-1]
            head: list[core.Statement] = []
            if isinstance(term, ast.ObjectComprehension):
                key: core.Operand | None = self.head_operand(term.key, head, last)
                value = self.head_operand(term.value, head, last)
                kind: Literal["array", "set", "object"] = "object"
            else:
                key = None
                value = self.head_operand(term.term, head, last)
                kind = "array" if isinstance(term, ast.ArrayComprehension) else "set"
        drop_empty_body(term.body, body, head)
        made = core.Comprehension(
            kind=kind, key=key, value=value, body=(*body, *head), location=term.location
        )
        if self._in_head and self.scope.is_outermost:
            names = self.scope.met_before_declared()
            return renamed_term(made, names) if names else made
        return made

    def _reference(self, ref: ast.Ref, place: Place) -> core.CoreTerm:
        head, rest = ref.terms[0], ref.terms[1:]
        location = ref.location
        if isinstance(head, ast.Var):
            if not self.scope.is_local(head.name):
                path = self._environment.resolve(head.name)
                if path is not None:
                    self._refuse_builtin_steps((*path_terms(path, location), *rest), location)
                    return global_reference(path, self._path(rest, place), location)
                self._refuse_builtin_steps(ref.terms, location)
                if head.name in ROOTS:
                    return core.new_reference(
                        head=root(head.name, head.location),
                        path=self._path(rest, place),
                        location=location,
                    )
            local = self._local(head)
            if not rest:
                return local
            return core.new_reference(head=local, path=self._path(rest, place), location=location)
        # The head is a unit of its own with all that it is made of: this one needs its variable.
        self._refuse_builtin_steps(ref.terms, location)
        apart = place.apart(head.location)
        subject = self._shallow(head, apart)
        bound = subject if isinstance(subject, core.Local) else apart.bind(subject, head.location)
        return core.new_reference(head=bound, path=self._path(rest, place), location=location)

    def _refuse_builtin_steps(self, terms: tuple[ast.Term, ...], location: Location) -> None:
        """Refuse a step that is named as a builtin, unless the rule's body has such a variable.

        In OPA it is the builtin elsewhere, and no function is a key.
        """
        for step in terms[1:]:
            if (
                isinstance(step, ast.Var)
                and self._environment.builtin_arity(step.name) is not None
                and step.name not in self._environment.globals
                and not self.scope.is_local(step.name)
                and self._rule is not None
                and step.name not in self._body_names(self._rule)
            ):
                text = f"undefined ref: {reference_text(terms)}"
                self._report(location, text, code=TYPE_ERROR, stage=Stage.TYPES)
                return

    def _body_names(self, rule: ast.Rule) -> frozenset[str]:
        if self._in_body is None:
            self._in_body = names_of_rule_body(rule)
        return self._in_body

    def _path(self, terms: tuple[ast.Term, ...], place: Place) -> tuple[core.Operand, ...]:
        return tuple([self._operand(term, place) for term in terms])

    def _local(self, term: ast.Var) -> core.Local:
        return core.new_local(variable=self.scope.find(term.name), location=term.location)

    def _fresh(self, location: Location) -> core.Local:
        return core.new_local(variable=core.new_variable(""), location=location)

    # ---- functions ---------------------------------------------------------------------------

    def _function(
        self, call: ast.Call, location: Location, *, nested: bool
    ) -> core.Function | None:
        head, *steps = terms = call.operator.terms
        name = operator_name(call)
        is_computed = not all(isinstance(step, ast.String) for step in steps)
        if isinstance(head, ast.Var):
            if self.scope.is_declared(head.name):
                if nested and not self._in_head:
                    self._report(location, f"called function {name} shadowed")
                else:
                    # It is no function, but used.
                    self.scope.find(head.name)
                    self._undefined(name, call.operator.terms, location)
                return None
            path = self._environment.resolve(head.name)
            if path is None:
                self.scope.see(head.name)
                path = (head.name,) if head.name in ROOTS else None
            if path is not None:
                full = (*path, *[t.value for t in steps if isinstance(t, ast.String)])
                terms = (*path_terms(path, head.location), *steps)
                if is_computed:
                    self._undefined(reference_text(terms), terms, location)
                    return None
                if full[0] == "data" and self._environment.rule_arity(full[1:]) is not None:
                    return core.RuleFunction(path=full[1:])
                name = ".".join(full)
        if is_computed:
            self._undefined(reference_text(terms), terms, location)
            return None
        if self._environment.builtin_arity(name) is not None:
            env = self._environment
            self._called.append((name, terms, location, nested and not self._in_head))
            check_call(name, location, env.findings, strict=env.strict)
            return core.new_builtin(name=name)
        self._undefined(name, terms, location)
        return None

    def refuse_hidden_builtins(self) -> None:
        """Refuse calls of builtins by names that the rule's body has for variables of its own."""
        for name, terms, location, nested in self._called:
            if not self.scope.is_implicit(name) or self._rule is None:
                continue
            if name in self._body_names(self._rule):
                if nested:
                    self._report(location, f"called function {name} shadowed")
                else:
                    self._undefined(name, terms, location)

    def _is_print(self, call: ast.Call) -> bool:
        """Whether a call is that of the builtin, which no rule or variable hides."""
        name, head = operator_name(call), call.operator.terms[0]
        return (
            name in {"print", "internal.print"}
            and isinstance(head, ast.Var)
            and head.name not in self._environment.globals
            and not self.scope.is_declared(head.name)
        )

    def _undefined(self, name: str, terms: tuple[ast.Term, ...], location: Location) -> None:
        hint = suggestion(name, self._environment.function_names())
        text = f"undefined function {reference_text(terms)}"
        found = finding_at(location, TYPE_ERROR, text, hint=hint)
        self._environment.findings.add(Stage.FUNCTIONS, [found])

    def _arity(self, function: core.Function) -> int | None:
        if isinstance(function, core.BuiltinFunction):
            return self._environment.builtin_arity(function.name)
        return self._environment.rule_arity(function.path)

    def _wrong_arity(self, call: ast.Call, function: core.Function, location: Location) -> None:
        given = len(call.args)
        if isinstance(function, core.BuiltinFunction):
            text = f"{function.name}: arity mismatch"
        else:
            text = (
                f"function data.{'.'.join(function.path)} has arity {self._arity(function)},"
                f" got {given} argument{'' if given == 1 else 's'}"
            )
        self._report(location, text, code=TYPE_ERROR, stage=Stage.FUNCTIONS)

    def _metadata(self, name: str, call: ast.Call) -> core.Const | None:
        if name not in {"rego.metadata.rule", "rego.metadata.chain"} or self._rule is None:
            return None
        value = self._environment.metadata(self._rule, name)
        return None if value is None else core.Const(value=value, location=call.location)

    def _report(
        self,
        location: Location,
        message: str,
        *,
        code: str = COMPILE_ERROR,
        stage: Stage = Stage.LOCALS,
    ) -> None:
        self.scope.is_wrong |= stage is Stage.LOCALS
        self._environment.findings.add(stage, [finding_at(location, code, message)])


def _is_evaluated(term: ast.Term) -> bool:
    evaluated = ast.Ref | ast.Call | ast.Comprehension | ast.TemplateString
    return any(isinstance(node, evaluated) for node in walk(term))

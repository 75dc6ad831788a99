"""Random Rego programs, by a grammar: all statements, most builtins, and some mistakes.

A program is decided by its number alone. Expressions follow types loosely: what a builtin declares
is mostly given to it, and now and then anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.runtime.builtins.registry import Builtin
from policyengine.rego.runtime.types import (
    ArrayType,
    ObjectType,
    RegoType,
    ScalarType,
    SetType,
    UnionType,
)
from tests.differential import literals
from tests.differential.called import CALLED
from tests.differential.mistakes import spoil

_NUMBER, _STRING, _BOOLEAN = ScalarType("number"), ScalarType("string"), ScalarType("boolean")
_ARRAY, _SET, _OBJECT = ArrayType(dynamic=UnionType()), SetType(UnionType()), ObjectType()
_UNKNOWN = UnionType()
_COLLECTIONS: tuple[RegoType, ...] = (_ARRAY, _SET, _OBJECT)
_INFIX = {"plus": "+", "minus": "-", "mul": "*", "div": "/", "rem": "%", "and": "&", "or": "|"}
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One module of package ``t``, and the input that it is asked with."""

    number: int
    source: str
    document: dict[str, object]


def program(number: int) -> Program:
    """The program of this number."""
    chance = Random(number)
    source = _Writer(chance).module()
    if chance.random() < 0.15:
        source = spoil(chance, source)
    return Program(number=number, source=source, document=literals.document(chance))


class _Writer:
    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._names = 0
        self._rules: list[tuple[str, RegoType]] = []
        self._functions: list[tuple[str, int]] = []
        self._builtins = [BUILTINS[name] for name in CALLED]
        self._is_v2 = chance.random() < 0.15

    def module(self) -> str:
        rules = [self._rule() for _ in range(self._chance.randrange(1, 6))]
        if self._chance.random() < 0.4:
            rules.append(self._asking())
        imports = ["import rego.v2"] if self._is_v2 else []
        return "\n\n".join(["package t", *imports, *rules]) + "\n"

    # ---- rules -------------------------------------------------------------------------------

    def _rule(self) -> str:
        name = f"r{len(self._rules) + len(self._functions)}"
        kind = self._chance.choice(
            (
                "complete",
                "complete",
                "chain",
                "set",
                "object",
                "deep",
                "ground",
                "function",
                "default",
            )
        )
        write = {
            "complete": self._complete,
            "chain": self._chain,
            "set": self._set,
            "object": self._object,
            "deep": self._deep,
            "ground": self._ground,
            "function": self._function,
            "default": self._default,
        }[kind]
        return write(name)

    def _made(self, name: str, kind: RegoType, text: str) -> str:
        self._rules.append((name, kind))
        return text

    def _complete(self, name: str) -> str:
        kind = self._any_type()
        if self._chance.random() < 0.3:
            return self._made(name, kind, f"{name} := {self._expression(kind, [], 3)}")
        body, bound = self._body([])
        value = self._expression(kind, bound, 2)
        return self._made(name, kind, f"{name} := {value} if {body}")

    def _chain(self, name: str) -> str:
        branches = []
        for _ in range(self._chance.randrange(2, 4)):
            body, bound = self._body([])
            branches.append(f":= {self._expression(self._any_type(), bound, 2)} if {body}")
        return self._made(name, _UNKNOWN, f"{name} {' else '.join(branches)}")

    def _default(self, name: str) -> str:
        return f"default {name} := {literals.scalar(self._chance)}\n\n{self._complete(name)}"

    def _set(self, name: str) -> str:
        clauses = []
        for _ in range(self._chance.randrange(1, 3)):
            body, bound = self._body([])
            clauses.append(
                f"{name} contains {self._expression(self._any_type(), bound, 2)} if {body}"
            )
        return self._made(name, _SET, "\n\n".join(clauses))

    def _object(self, name: str) -> str:
        clauses = []
        for _ in range(self._chance.randrange(1, 3)):
            body, bound = self._body([])
            key = self._expression(self._chance.choice((_STRING, _NUMBER)), bound, 1)
            value = self._expression(self._any_type(), bound, 1)
            clauses.append(f"{name}[{key}] := {value} if {body}")
        return self._made(name, _OBJECT, "\n\n".join(clauses))

    def _deep(self, name: str) -> str:
        body, bound = self._body([])
        path = self._chance.choice((f"{name}.p", f"{name}.p.q", name))
        key = self._expression(_STRING, bound, 1)
        value = self._expression(self._any_type(), bound, 1)
        operator = self._chance.choice(("contains", ":="))
        if operator == ":=":
            return self._made(name, _OBJECT, f"{path}[{key}].z := {value} if {body}")
        return self._made(name, _OBJECT, f"{path}[{key}] contains {value} if {body}")

    def _ground(self, name: str) -> str:
        """Rules whose heads are places of their own, some of them numbers."""
        clauses = []
        keys = self._chance.sample(("[1]", ".p", "[true]", '["x y"]', "[2].q", "[1].q"), 3)
        for key in keys[: self._chance.randrange(1, 4)]:
            body, bound = self._body([])
            value = self._expression(self._any_type(), bound, 1)
            clauses.append(
                self._chance.choice(
                    (
                        f"{name}{key} contains {value} if {body}",
                        f"{name}{key} := {value} if {body}",
                        f"default {name}{key} := {literals.scalar(self._chance)}",
                    )
                )
            )
        return self._made(name, _OBJECT, "\n\n".join(clauses))

    def _asking(self) -> str:
        """A rule that asks others for keys, whatever goes wrong under other keys."""
        asked = [name for name, kind in self._rules if kind in {_SET, _OBJECT}]
        name = self._chance.choice(asked or ["input.names"])
        key = self._chance.choice(("k", literals.key(self._chance), literals.scalar(self._chance)))
        step = self._chance.choice(("", "", "[_]", ".z", f"[{literals.scalar(self._chance)}]"))
        keys = self._chance.choice(
            ('["a", "b", 1, "key"]', "input.items[_].id", "input.names", '{1.0, "c", true}')
        )
        asks = self._chance.choice((f"v := {name}[{key}]{step}", f"not {name}[{key}]; v := k"))
        return f"asking contains [k, v] if {{\n\tsome k in [x | x := {keys}]\n\t{asks}\n}}"

    def _function(self, name: str) -> str:
        arity = self._chance.randrange(1, 4)
        clauses = []
        if self._chance.random() < 0.2:
            args = ", ".join("_" * arity)
            clauses.append(f"default {name}({args}) := {literals.scalar(self._chance)}")
        for _ in range(self._chance.randrange(1, 4)):
            bound: list[tuple[str, RegoType]] = []
            args = ", ".join([self._argument(bound) for _ in range(arity)])
            body, inside = self._body(bound)
            value = self._expression(self._any_type(), inside, 2)
            clause = f"{name}({args}) := {value} if {body}"
            if self._chance.random() < 0.2:
                other, inner = self._body(bound)
                value = self._expression(self._any_type(), inner, 1)
                clause += f" else := {value} if {other}"
            clauses.append(clause)
        self._functions.append((name, arity))
        return "\n\n".join(clauses)

    def _argument(self, bound: list[tuple[str, RegoType]]) -> str:
        kind = self._chance.random()
        if kind < 0.7:
            return self._new(bound, _UNKNOWN)
        if kind < 0.85:
            return literals.scalar(self._chance)
        return f"[{self._new(bound, _UNKNOWN)}, {self._new(bound, _UNKNOWN)}]"

    # ---- bodies ------------------------------------------------------------------------------

    def _new(self, bound: list[tuple[str, RegoType]], kind: RegoType) -> str:
        self._names += 1
        name = f"v{self._names}"
        bound.append((name, kind))
        return name

    def _body(
        self, outer: list[tuple[str, RegoType]], depth: int = 2
    ) -> tuple[str, list[tuple[str, RegoType]]]:
        bound = list(outer)
        count = self._chance.randrange(1, 4 if depth > 1 else 3)
        statements = [self._statement(bound, depth) for _ in range(count)]
        if self._chance.random() < 0.07:
            self._chance.shuffle(statements)
        return "{\n\t" + "\n\t".join(statements) + "\n}", bound

    def _statement(self, bound: list[tuple[str, RegoType]], depth: int) -> str:
        kind = self._chance.randrange(16)
        if kind <= 2:
            of = self._any_type()
            value = self._expression(of, bound, depth)
            return f"{self._new(bound, of)} {self._chance.choice((':=', '='))} {value}"
        if kind <= 5:
            return self._iteration(bound, depth)
        if kind <= 7:
            of = self._any_type() if self._chance.random() < 0.5 else _NUMBER
            a, b = (self._expression(of, bound, depth) for _ in "ab")
            return f"{a} {self._chance.choice(_COMPARISONS)} {b}"
        if kind == 8:
            return f"not {self._condition(bound, depth)}"
        if kind == 9 and depth > 0:
            whole = self._collection(bound, depth)
            inner = list(bound)
            names = self._new(inner, _UNKNOWN)
            if self._chance.random() < 0.4:
                names += ", " + self._new(inner, _UNKNOWN)
            body, _ = self._body(inner, depth - 1)
            # A name that is declared and not used is an error.
            use = f"{{\n\t{self._new([], _UNKNOWN)} := [{names}]"
            return f"every {names} in {whole} {use}{body[1:]}"
        if kind == 10:
            return f"{self._condition(bound, depth)} {self._with(bound, depth)}"
        if kind == 11:
            of = self._any_type()
            value = self._expression(of, bound, depth)
            return f"{self._new(bound, of)} := {value} {self._with(bound, depth)}"
        if kind == 12:
            return self._pattern(bound, depth)
        if kind == 13:
            return f"{literals.scalar(self._chance)} in {self._collection(bound, depth)}"
        if self._is_v2 and self._chance.random() < 0.5:
            a, b = (self._condition(bound, depth - 1) for _ in "ab")
            return self._chance.choice((f"{a} or {b}", f"{a} and {b}", f"not {{\n\t{a}\n\t{b}\n}}"))
        return self._condition(bound, depth)

    def _iteration(self, bound: list[tuple[str, RegoType]], depth: int) -> str:
        whole = self._collection(bound, depth)
        kind = self._chance.randrange(6)
        if kind == 0:
            item = self._new(bound, _UNKNOWN)
            return f"some {item} in {whole}\n\t{self._new(bound, _UNKNOWN)} := {item}"
        if kind == 1:
            key, item = self._new(bound, _UNKNOWN), self._new(bound, _UNKNOWN)
            use = f"{self._new(bound, _UNKNOWN)} := [{key}, {item}]"
            return f"some {key}, {item} in {whole}\n\t{use}"
        path = self._chance.choice(
            ("input.items", "input.numbers", "input.names", "data.base.list")
        )
        if kind == 2:
            return f"{self._new(bound, _UNKNOWN)} := {path}[_]"
        if kind == 3:
            key = self._new(bound, _UNKNOWN)
            return f"some {key}\n\t{self._new(bound, _UNKNOWN)} := {path}[{key}]"
        if kind == 4 and bound:
            known, _ = self._chance.choice(bound)
            item = self._new(bound, _UNKNOWN)
            return f"some {item} in input.items\n\t{item}.id == {known}"
        value = self._expression(_NUMBER, bound, 0)
        return f"{path}[{self._new(bound, _UNKNOWN)}] == {value}"

    def _pattern(self, bound: list[tuple[str, RegoType]], depth: int) -> str:
        if self._chance.random() < 0.5:
            a, b = (self._expression(self._any_type(), bound, depth - 1) for _ in "ab")
            names = f"[{self._new(bound, _UNKNOWN)}, {self._new(bound, _UNKNOWN)}]"
            return f"{names} = [{a}, {b}]"
        value = self._expression(self._any_type(), bound, depth - 1)
        return f'{{"a": {self._new(bound, _UNKNOWN)}, "b": 1}} = {{"a": {value}, "b": 1}}'

    def _condition(self, bound: list[tuple[str, RegoType]], depth: int) -> str:
        return self._expression(
            _BOOLEAN if self._chance.random() < 0.6 else self._any_type(), bound, depth
        )

    def _with(self, bound: list[tuple[str, RegoType]], depth: int) -> str:
        value = self._expression(self._any_type(), bound, depth - 1)
        targets = ["input", "input.a", "input.names.a", "data.base.x", "data.base", "input.items"]
        targets += [f"data.t.{name}" for name, _ in self._rules[:2]]
        kind = self._chance.random()
        if kind < 0.15:
            return f"with count as {literals.number(self._chance)}"
        if kind < 0.3 and self._functions:
            name, arity = self._chance.choice(self._functions)
            others = [other for other, count in self._functions if count == arity and other != name]
            return f"with {name} as {self._chance.choice([*others, value])}"
        return f"with {self._chance.choice(targets)} as {value}"

    # ---- expressions -------------------------------------------------------------------------

    def _any_type(self) -> RegoType:
        return self._chance.choice(
            (
                _NUMBER,
                _NUMBER,
                _STRING,
                _STRING,
                _BOOLEAN,
                _ARRAY,
                _SET,
                _OBJECT,
                ScalarType("null"),
            )
        )

    def _collection(self, bound: list[tuple[str, RegoType]], depth: int) -> str:
        if self._chance.random() < 0.7:
            return self._chance.choice(("input.items", "input.numbers", "input.names", "input.b"))
        return self._expression(self._chance.choice(_COLLECTIONS), bound, depth - 1)

    def _expression(
        self, kind: RegoType | None, bound: list[tuple[str, RegoType]], depth: int
    ) -> str:
        chance = self._chance.random()
        if self._chance.random() < 0.01:
            kind = self._any_type()
        if bound and chance < 0.35:
            fitting = [name for name, of in bound if of == kind or of == UnionType()]
            if fitting:
                return self._chance.choice(fitting)
        if depth <= 0 or chance < 0.5:
            return self._leaf(kind)
        if chance < 0.85:
            return self._call(kind, bound, depth - 1)
        if chance < 0.92 and self._functions:
            name, arity = self._chance.choice(self._functions)
            args = [self._expression(self._any_type(), bound, depth - 1) for _ in range(arity)]
            return f"{name}({', '.join(args)})"
        return self._composed(kind, bound, depth - 1)

    def _leaf(self, kind: RegoType | None) -> str:
        chance = self._chance
        if chance.random() < 0.25:
            return chance.choice(
                (
                    "input.a",
                    "input.n",
                    "input.s",
                    "input.b",
                    "input.names",
                    "data.base.x",
                    "input.items[0].id",
                    "input.names.a",
                    "data.base.nested.a",
                    "input.missing",
                )
            )
        if chance.random() < 0.15 and self._rules:
            fitting = [name for name, of in self._rules if of == kind]
            if not fitting:
                return chance.choice(("input.a", "input.b", "data.base.x"))
            name = chance.choice(fitting)
            if chance.random() < 0.7 or kind not in {_SET, _OBJECT}:
                return name
            keys = [literals.scalar(chance), literals.key(chance), "1", "1.0"]
            return f"{name}[{chance.choice(keys)}]"
        match kind:
            case ScalarType(name="number"):
                return chance.choice((literals.number(chance), "input.n"))
            case ScalarType(name="string"):
                return literals.string(chance)
            case ScalarType(name="boolean"):
                return chance.choice(("true", "false"))
            case ScalarType():
                return "null"
            case ArrayType():
                return self._array(kind)
            case SetType():
                items = [self._leaf(kind.of) for _ in range(chance.randrange(4))]
                return "{" + ", ".join(items) + "}" if items else "set()"
            case ObjectType():
                return self._object_literal(kind)
            case UnionType() if kind.of:
                return self._leaf(chance.choice(kind.of))
            case _:
                return self._leaf(self._any_type())

    def _array(self, kind: ArrayType) -> str:
        items = [self._leaf(item) for item in kind.static]
        if kind.dynamic is not None:
            items += [self._leaf(kind.dynamic) for _ in range(self._chance.randrange(4))]
        return "[" + ", ".join(items) + "]"

    def _object_literal(self, kind: ObjectType) -> str:
        pairs = [f'"{key}": {self._leaf(value)}' for key, value in kind.static]
        if kind.dynamic is not None:
            pairs += [
                f"{self._leaf(kind.dynamic[0])}: {self._leaf(kind.dynamic[1])}"
                for _ in range(self._chance.randrange(3))
            ]
        elif not pairs:
            pairs = [
                f"{literals.key(self._chance)}: {literals.scalar(self._chance)}"
                for _ in range(self._chance.randrange(3))
            ]
        return "{" + ", ".join(pairs) + "}"

    def _call(self, kind: RegoType | None, bound: list[tuple[str, RegoType]], depth: int) -> str:
        fitting = [b for b in self._builtins if _gives(b, kind)] or self._builtins
        builtin = self._chance.choice(fitting)
        args = [
            literals.fitting(self._chance, builtin.name, index)
            if self._chance.random() < 0.6
            else None
            for index in range(len(builtin.signature.args))
        ]
        written = [
            given or self._expression(of, bound, depth)
            for given, of in zip(args, builtin.signature.args, strict=True)
        ]
        sign = _INFIX.get(builtin.name)
        if sign is not None and len(written) == 2:
            return f"({written[0]} {sign} {written[1]})"
        return f"{builtin.name}({', '.join(written)})"

    def _composed(
        self, kind: RegoType | None, bound: list[tuple[str, RegoType]], depth: int
    ) -> str:
        inner = list(bound)
        match kind:
            case ArrayType() | SetType() | ObjectType():
                body, inner = self._body(inner, depth)
                body = body[1:-1].strip().replace("\n\t", "; ") if depth <= 0 else body[1:-1]
                value = self._expression(self._any_type(), inner, depth)
                if isinstance(kind, ArrayType):
                    return f"[{value} |{body}]"
                if isinstance(kind, SetType):
                    return f"{{{value} |{body}}}"
                key = self._expression(_STRING, inner, depth)
                return f"{{{key}: {value} |{body}}}"
            case ScalarType(name="boolean"):
                of = self._any_type()
                a, b = (self._expression(of, bound, depth) for _ in "ab")
                return f"({a} {self._chance.choice(_COMPARISONS)} {b})"
            case ScalarType(name="string"):
                parts = [self._expression(self._any_type(), bound, 0) for _ in range(2)]
                if any('"' in part or "`" in part for part in parts):
                    return self._leaf(kind)
                return f'$"<{{{parts[0]}}}|{{{parts[1]}}}>"'
            case _:
                if self._chance.random() < 0.3:
                    return f"[{self._leaf(kind)}, {self._leaf(None)}][0]"
                whole = self._chance.choice(
                    ("input.b", "input.items", "input.numbers", "data.base.nested")
                )
                return f"{whole}[{literals.scalar(self._chance)}]"


def _gives(builtin: Builtin, kind: RegoType | None) -> bool:
    return type(builtin.signature.result) is type(kind) and (
        not isinstance(kind, ScalarType) or builtin.signature.result == kind
    )

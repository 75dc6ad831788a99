"""The syntax tree of Rego, as the parser makes it and later stages read it.

Every node is frozen, compares by identity (two equal terms at two places are two nodes, and a node
can be a dictionary key), and has a ``location``. The tree keeps what was written: sets and objects
in source order with their repetitions, numbers as text, wildcards numbered ``$0``, ``$1`` in the
order of reading.

Module
├── package, imports, comments, annotations
└── Rule
    ├── head: Head (ref, args, key, value)
    ├── body: Expr, ...
    │   ├── terms: Term | SomeDecl | Every | Not | LogicalAnd | LogicalOr
    │   └── with_: With, ...
    └── else_: Rule | None
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from policyengine.rego.syntax.constructors import constructor
from policyengine.rego.syntax.source import Location

RegoVersion: TypeAlias = Literal["v0", "v1", "v2"]

AnnotationScope: TypeAlias = Literal["package", "rule", "document", "subpackages"]

RuleKind: TypeAlias = Literal["complete", "partial_set", "partial_object", "function"]


# ---- terms ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Null:
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boolean:
    value: bool
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Number:
    """A number as it was written, sign included: ``-1.50``, ``1e400``, ``.5``."""

    text: str
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class String:
    value: str
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemplateString:
    """``$"a {x} b"``: constant parts are scalar terms, all others are expressions."""

    parts: tuple[String | Number | Boolean | Null | Expr, ...]
    multi_line: bool
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Var:
    """A variable, or a wildcard: ``_`` gets a name of its own that no source can spell."""

    name: str
    location: Location

    @property
    def is_wildcard(self) -> bool:
        return self.name.startswith("$")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ref:
    """``a.b[c]``: the head first, then one term a step; ``.b`` is a ``String``.

    ``input`` and ``data`` alone are references of one term. The head is a ``Var``, a call, or a
    composite term (``[1, 2][i]``).
    """

    terms: tuple[Term, ...]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Array:
    items: tuple[Term, ...]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Object:
    """Pairs as written; where a key is repeated, the last value holds."""

    items: tuple[tuple[Term, Term], ...]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Set:
    items: tuple[Term, ...]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayComprehension:
    term: Term
    body: Body
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SetComprehension:
    term: Term
    body: Body
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ObjectComprehension:
    key: Term
    value: Term
    body: Body
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call:
    """A function applied to arguments.

    Infix operators are calls of the builtins behind them: ``a + b`` of ``plus``, ``a == b`` of
    ``equal``, ``a = b`` of ``eq``, ``a := b`` of ``assign``, ``a in b`` of ``internal.member_2``.
    The operator's location is then that of the sign.
    """

    operator: Ref
    args: tuple[Term, ...]
    location: Location


Scalar: TypeAlias = Null | Boolean | Number | String
Comprehension: TypeAlias = ArrayComprehension | SetComprehension | ObjectComprehension
Term: TypeAlias = Scalar | TemplateString | Var | Ref | Array | Object | Set | Comprehension | Call


# ---- expressions ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SomeDecl:
    """``some x, y``: the variables; ``some x in xs``: one call of ``internal.member_2`` or 3."""

    symbols: tuple[Term, ...]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Every:
    """``every key, value in domain { body }``."""

    key: Var | None
    value: Var
    domain: Term
    body: Body
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Not:
    """``not`` over a body, where ``future.keywords.not`` or ``rego.v2`` is imported.

    Without that import a negation is ``Expr.negated``. ``explicit_body`` says that the body was
    written in braces.
    """

    body: Body
    explicit_body: bool
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogicalAnd:
    left: Body
    right: Body
    explicit_left: bool
    explicit_right: bool
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogicalOr:
    left: Body
    right: Body
    explicit_left: bool
    explicit_right: bool
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class With:
    """``with target as value``; the target is a ``Ref`` or a ``Var`` (a builtin's plain name)."""

    target: Ref | Var
    value: Term
    location: Location


Statement: TypeAlias = SomeDecl | Every | Not | LogicalAnd | LogicalOr


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expr:
    """One expression of a body.

    ``terms`` is a term (calls, comparisons and assignments are a ``Call``) or a statement.
    ``index`` is its place in its body, from 0. ``generated`` marks the ``true`` that stands for a
    body that was not written.
    """

    terms: Term | Statement
    location: Location
    index: int = 0
    negated: bool = False
    with_: tuple[With, ...] = ()
    generated: bool = False


Body: TypeAlias = tuple[Expr, ...]


# ---- annotations ----------------------------------------------------------------------------

YamlValue: TypeAlias = "bool | int | float | str | list[YamlValue] | dict[str, YamlValue] | None"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchemaAnnotation:
    """The schema of one document: a reference under ``schema``, or a definition in place."""

    path: Ref
    schema: Ref | None
    definition: dict[str, YamlValue] | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompileAnnotation:
    """What ``compile`` asks of OPA's partial evaluation; kept for tools, not acted upon."""

    unknowns: tuple[Ref, ...]
    mask_rule: Ref | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedResource:
    ref: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Annotations:
    """One ``# METADATA`` block, with its scope filled in.

    ``rule`` is the index in ``Module.rules`` of the rule that it stands above, ``None`` for the
    package. ``text`` is the block in a normal form (``# `` before each line), ``end_row`` the row
    of its last line. ``custom`` and ``labels`` hold what the YAML held.
    """

    scope: AnnotationScope
    rule: int | None
    title: str
    description: str
    entrypoint: bool
    organizations: tuple[str, ...]
    related_resources: tuple[RelatedResource, ...]
    authors: tuple[Author, ...]
    schemas: tuple[SchemaAnnotation, ...]
    compile: CompileAnnotation | None
    custom: dict[str, YamlValue]
    labels: dict[str, YamlValue]
    text: str
    end_row: int
    location: Location


# ---- rules and modules ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Head:
    """The head of a rule.

    ``ref`` is the whole reference that names what the rule defines, as a tuple of terms starting
    with a ``Var``; for ``p[x]`` in its old form of a partial set it is ``p`` alone and ``key`` is
    ``x``. ``name`` is OPA's name for heads of one or two terms, else empty.

    ``key`` is the element of ``contains``, or the last term of a reference of two terms that
    OPA keeps as a key. ``value`` is the term behind ``=`` or ``:=`` (``assign``), or a generated
    ``true`` (``generated_value``). ``args`` is empty for a rule that is no function, and a
    function without arguments cannot be written. ``has_if`` and ``has_contains`` say which keywords
    were written.
    """

    name: str
    ref: tuple[Term, ...]
    args: tuple[Term, ...]
    key: Term | None
    value: Term | None
    assign: bool
    generated_value: bool
    has_if: bool
    has_contains: bool
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One rule, or one ``else`` branch of a rule, or one further body of a v0 rule.

    ``generated_body`` says that no body was written, and ``body`` is a generated ``true``.
    ``annotations`` are those attached to this rule itself.
    """

    head: Head
    body: Body
    else_: Rule | None
    default: bool
    generated_body: bool
    location: Location
    annotations: tuple[Annotations, ...] = ()

    @property
    def kind(self) -> RuleKind:
        """What the rule defines; for a reference head with variables a partial object."""
        head = self.head
        if head.args:
            return "function"
        if head.value is None:
            return "partial_set"
        if any(not isinstance(term, Scalar) for term in head.ref[1:]):
            return "partial_object"
        return "complete"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Package:
    """``package a.b``: the path starts with the variable ``data``, then there are strings only."""

    path: Ref
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Import:
    """``import data.a.b as c``; ``alias`` is empty where none was written."""

    path: Ref
    alias: str
    alias_location: Location | None
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comment:
    """A comment; ``text`` is what stands behind the ``#``, without the line end."""

    text: str
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Module:
    """One source file.

    ``rego_version`` is the version it was read as; ``features`` the highest one that an import
    raised it to (``import rego.v1`` in a v0 module, ``import rego.v2``). ``depth`` is how deep its
    brackets are nested.
    """

    package: Package
    imports: tuple[Import, ...]
    rules: tuple[Rule, ...]
    annotations: tuple[Annotations, ...]
    comments: tuple[Comment, ...]
    rego_version: RegoVersion
    features: RegoVersion
    depth: int


Node: TypeAlias = Term | Statement | With | Expr | Head | Rule | Package | Import | Comment | Module

# ---- constructors of the nodes of which there are most ---------------------------------------

new_string = constructor(String)
new_var = constructor(Var)
new_ref = constructor(Ref)
new_call = constructor(Call)
new_expr = constructor(Expr)
new_number = constructor(Number)
new_array = constructor(Array)
new_some = constructor(SomeDecl)
new_head = constructor(Head)
new_rule = constructor(Rule)

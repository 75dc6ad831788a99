"""Which names a body declares, and which a pattern binds."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.visit import children, walk


def declared_names(body: tuple[ast.Expr, ...]) -> frozenset[str]:
    """The names that ``:=`` and ``some`` declare in ``body``: they hide globals in all of it.

    Those of bodies within count too, but for those of comprehensions.
    """
    names: set[str] = set()
    pending = [*body]
    while pending:
        terms = pending.pop().terms
        if isinstance(terms, ast.Every | ast.Not):
            pending += terms.body
        elif isinstance(terms, ast.LogicalAnd | ast.LogicalOr):
            pending += (*terms.left, *terms.right)
        elif isinstance(terms, ast.SomeDecl):
            for symbol in terms.symbols:
                if isinstance(symbol, ast.Var):
                    names.add(symbol.name)
                elif isinstance(symbol, ast.Call):
                    for term in symbol.args[:-1]:
                        names.update(pattern_names(term))
        elif isinstance(terms, ast.Call) and is_assignment(terms):
            names.update(_assigned_names(terms.args[0]))
    return frozenset(name for name in names if not name.startswith("$"))


def is_assignment(call: ast.Call) -> bool:
    operator = call.operator.terms
    return (
        len(operator) == 1
        and isinstance(operator[0], ast.Var)
        and operator[0].name == "assign"
        and len(call.args) == 2
    )


def _assigned_names(term: ast.Term) -> Iterator[str]:
    match term:
        case ast.Var():
            yield term.name
        case ast.Ref(terms=(ast.Var(name="input" | "data" as name),)):
            yield name
        case ast.Array():
            for item in term.items:
                yield from _assigned_names(item)
        case ast.Object():
            for _, value in distinct_items(term):
                yield from _assigned_names(value)


def pattern_names(term: ast.Node) -> Iterator[str]:
    """Names in a pattern, but for object keys, heads of references and closures."""
    match term:
        case ast.Var():
            yield term.name
        case ast.Ref():
            for part in term.terms[1:]:
                yield from pattern_names(part)
            if len(term.terms) == 1:
                yield from pattern_names(term.terms[0])
        case ast.Object():
            for _, value in distinct_items(term):
                yield from pattern_names(value)
        case ast.ArrayComprehension() | ast.SetComprehension() | ast.ObjectComprehension():
            return
        case ast.Call():
            for arg in term.args:
                yield from pattern_names(arg)
        case _:
            for child in children(term):
                yield from pattern_names(child)


def names_in(term: ast.Node) -> Iterator[str]:
    """All names in a term but for those in comprehensions: of functions and references too."""
    if isinstance(term, ast.Var):
        yield term.name
    elif not isinstance(term, ast.Comprehension):
        for child in children(term):
            yield from names_in(child)


def names_of_rule_body(rule: ast.Rule) -> frozenset[str]:
    """The variables that a rule's body has outside of closures, those of its reference included.

    What a ``with`` names may be a function, and is none of them.
    """
    found: set[str] = set()
    pending: list[ast.Node] = [*rule.body, *rule.head.ref[1:]]
    while pending:
        node = pending.pop()
        match node:
            case ast.Var():
                found.add(node.name)
            case ast.Call():
                pending += node.args
            case ast.Expr():
                pending.append(node.terms)
            case ast.ArrayComprehension() | ast.SetComprehension() | ast.ObjectComprehension():
                continue
            case ast.Every():
                continue
            case _:
                pending += children(node)
    for node in walk(rule):
        if isinstance(node, ast.With):
            found -= {*names_in(node.target), *names_in(node.value)}
    return frozenset(found)


def distinct_items(term: ast.Object) -> list[tuple[ast.Term, ast.Term]]:
    """The pairs of an object, of those with the same constant or variable as key the last."""
    found: dict[object, tuple[ast.Term, ast.Term]] = {}
    for pair in term.items:
        key = pair[0]
        match key:
            case ast.Var():
                found[ast.Var, key.name] = pair
            case ast.String() | ast.Boolean():
                found[type(key), key.value] = pair
            case ast.Number():
                found[ast.Number, key.text] = pair
            case _:
                found[key] = pair
    return [*found.values()]


def import_name(item: ast.Import) -> str:
    """The name that an import brings into its module."""
    last = item.path.terms[-1]
    if item.alias:
        return item.alias
    if isinstance(last, ast.String):
        return last.value
    return last.name if isinstance(last, ast.Var) else ""

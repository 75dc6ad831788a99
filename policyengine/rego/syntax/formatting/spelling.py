"""Terms in OPA's own plain spelling, as they stand in the brackets of a rule's name."""

from __future__ import annotations

from collections.abc import Iterable

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Term
from policyengine.rego.syntax.order import sorted_items, sorted_pairs
from policyengine.rego.syntax.render import dotted_name, quoted, reference_text


def plain_text(term: Term) -> str:
    """A term on one line, sets and objects in order.

    What cannot stand in a rule's name with a meaning is given as it was written.
    """
    match term:
        case ast.Null():
            return "null"
        case ast.Boolean():
            return "true" if term.value else "false"
        case ast.Number():
            return term.text
        case ast.String():
            return quoted(term.value)
        case ast.Var():
            return "_" if term.is_wildcard else term.name
        case ast.Array():
            return f"[{_list(term.items)}]"
        case ast.Set():
            return f"{{{_list(sorted_items(term))}}}" if term.items else "set()"
        case ast.Object():
            pairs = (f"{plain_text(k)}: {plain_text(v)}" for k, v in sorted_pairs(term))
            return f"{{{', '.join(pairs)}}}"
        case ast.Ref():
            return reference_text(term.terms)
        case ast.Call():
            return f"{dotted_name(term.operator)}({_list(term.args)})"
        case _:
            return term.location.text


def _list(terms: Iterable[Term]) -> str:
    return ", ".join(map(plain_text, terms))

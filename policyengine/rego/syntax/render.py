"""Terms as OPA's messages name and print them."""

from __future__ import annotations

import re
from typing import Final

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Term
from policyengine.rego.syntax.cursor import is_keyword

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_ESCAPES: Final = {
    '"': '\\"',
    "\\": "\\\\",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}


def value_name(node: ast.Term) -> str:
    """OPA's word for the type of a term: ``var``, ``arraycomprehension``."""
    return type(node).__name__.lower()


def quoted(text: str) -> str:
    """A string in quotes as Go's ``%q`` writes it."""
    return '"' + "".join(_ESCAPES.get(char) or _escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def reference_text(terms: tuple[Term, ...]) -> str:
    """A reference as OPA prints it.

    Steps that are no scalars or variables are given as they stand in the source.
    """
    head, *steps = terms
    text = head.value if isinstance(head, ast.String) else step_text(head)
    for step in steps:
        if (
            isinstance(step, ast.String)
            and _NAME.match(step.value)
            and (not is_keyword(step.value, "v1"))
        ):
            text += f".{step.value}"
        else:
            text += f"[{step_text(step)}]"
    return text


def step_text(term: Term) -> str:
    match term:
        case ast.Var():
            return "_" if term.is_wildcard else term.name
        case ast.String():
            if any(char == "\\" or not char.isprintable() for char in term.value):
                return quoted(term.value)
            return f'"{term.value}"'
        case _:
            return term.location.text


def dotted_name(ref: ast.Ref) -> str:
    """The name of a function as a call spells it: ``io.jwt.decode``."""
    head, *steps = ref.terms
    if not isinstance(head, ast.Var):
        return reference_text(ref.terms)
    if all(isinstance(step, ast.String) for step in steps):
        return ".".join(
            [head.name, *(step.value for step in steps if isinstance(step, ast.String))]
        )
    return reference_text(ref.terms)

"""Template strings: ``$"a {x} b"``, and ``$`...` `` over several lines."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_left
from typing import Final

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Expr, String, Term
from policyengine.rego.syntax.collection_parser import CollectionParser
from policyengine.rego.syntax.literals import string_value
from policyengine.rego.syntax.token_kinds import (
    RAW_TEMPLATE_END,
    RAW_TEMPLATE_PART,
    RIGHT_BRACE,
    TEMPLATE_END,
    TEMPLATE_PART,
)
from policyengine.rego.syntax.visit import is_call_of

_ENDS: Final = frozenset({TEMPLATE_END, RAW_TEMPLATE_END})
_RAW: Final = frozenset({RAW_TEMPLATE_PART, RAW_TEMPLATE_END})
TEMPLATE_TOKENS: Final = frozenset(
    {TEMPLATE_PART, TEMPLATE_END, RAW_TEMPLATE_PART, RAW_TEMPLATE_END}
)


class TemplateParser(CollectionParser):
    """Reads template strings."""

    @abstractmethod
    def literal(self, index: int = 0) -> Expr | None:
        """Read one expression of a body."""

    def template(self) -> Term | None:
        start = self.here()
        if self.version == "v0":
            self.error(start, "template strings are not supported by current capabilities")
            return None
        multi_line = self.kind in _RAW
        parts: list[String | ast.Number | ast.Boolean | ast.Null | Expr] = []
        opening = 2
        while True:
            constant = self._template_constant(opening)
            if constant is None:
                return None
            if constant.value:
                parts.append(constant)
            if self.kind in _ENDS:
                break
            opening = 0
            part = self._template_expression()
            if part is None:
                return None
            parts.append(part)
            if self.kind != RIGHT_BRACE:
                self.error(self.here(), "expected } to end template string expression")
                return None
            self.advance()
        location = self._to_here(start)
        return ast.TemplateString(parts=tuple(parts), multi_line=multi_line, location=location)

    def _template_constant(self, opening: int) -> String | None:
        """The constant at the current token; ``opening`` is the width of its opening sign."""
        here = self.here()
        if self.kind not in TEMPLATE_TOKENS:
            self.error(here, "expected template-string part")
            return None
        text = self.source.text
        cursor, end = here.start + opening, here.end - 1
        pieces = []
        for backslash in self.tokens.escaped_braces.get(self.index, ()):
            pieces.append(text[cursor:backslash])
            cursor = backslash + 1
        content = "".join(pieces) + text[cursor:end]
        if self.kind in _RAW:
            return String(value=content, location=here)
        part = text[here.start : here.end]
        # What the end of a template has taken of the character behind it spoils its escapes.
        behind = self.word.removeprefix(part)
        value = string_value(f'"{content}"{behind}')
        if value is None:
            self.error(here, f"illegal template-string part: {part}{behind}")
            return None
        return String(value=value, location=here)

    def _template_expression(self) -> Expr | String | ast.Number | ast.Boolean | ast.Null | None:
        before = self.ends[self.index]
        self.advance()
        has_comment = self._has_comment(before, self.starts[self.index])
        expr = self.literal()
        if expr is None:
            self.error(self.here(), "invalid template-string expression")
            return None
        unexpected = None
        terms = expr.terms
        if expr.negated:
            unexpected = "negation ('not')"
        elif is_call_of(terms, "eq"):
            unexpected = "unification ('=')"
        elif is_call_of(terms, "assign"):
            unexpected = "assignment (':=')"
        elif isinstance(terms, ast.Every):
            unexpected = "'every'"
        elif isinstance(terms, ast.SomeDecl):
            unexpected = "'some'"
        if unexpected is not None:
            self.error(expr.location, f"unexpected {unexpected} in template-string expression")
            return None
        if isinstance(terms, ast.Scalar) and not has_comment:
            return terms
        return expr

    def _has_comment(self, start: int, end: int) -> bool:
        comments = self.tokens.comments
        at = bisect_left(comments, (start, 0))
        return at < len(comments) and comments[at][0] < end

"""graphql-core's parser with the grammar of gqlparser 2.5, where the two take different texts.

gqlparser takes more names as values of enums, variables in more places, and more quotes at the end
of a block string, reads the indentation of its first line too, and knows neither control characters
nor ``\\u{...}`` nor descriptions of operations. What else it takes less is refused
by ``graphql_documents``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast

from graphql.error import GraphQLSyntaxError
from graphql.language import (
    ConstDirectiveNode,
    DefinitionNode,
    DocumentNode,
    FragmentDefinitionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    Lexer,
    NameNode,
    OperationDefinitionNode,
    SchemaDefinitionNode,
    Source,
    Token,
    TokenKind,
    VariableDefinitionNode,
)
from graphql.language.parser import Parser

_COMMENT: Final = re.compile(r"#[^\x00-\x08\x0a-\x1f]*+")
# What follows a number may touch it, but for what could have been a part of it.
_NUMBER: Final = re.compile(
    r"-?(?:0(?![0-9])|[1-9][0-9]*+)(\.[0-9]++|(?!\.))([eE][+-]?[0-9]++|(?![eE]))"
)
_STRING: Final = re.compile(r'"((?:[^"\\\x00-\x08\x0a-\x1f]|\\u[0-9a-fA-F]{4}|\\["\\/bfnrt])*+)"')
_ESCAPE: Final = re.compile(r"\\(?:u(....)|(.))")
_ESCAPED: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_BLOCK: Final = re.compile(
    r'"""((?:\\"""|[^"\x00-\x08\x0b\x0c\x0e-\x1f]|"{1,2}+(?!"))*+)("*)"""(?!")'
)
_TEXTS: Final = frozenset({TokenKind.STRING, TokenKind.BLOCK_STRING})
# Of these, gqlparser asks what they are and not whether they are names.
_KEYWORDS_IN_QUOTES: Final = frozenset({"on", "implements"})
_LINE_END: Final = re.compile(r"\r\n?|\n")


def parse_document(text: str) -> DocumentNode:
    """The tree of a text. Raises GraphQLError, or RecursionError for one nested too deep."""
    source = Source(text)
    parser = _Parser(source, allow_legacy_fragment_variables=True, lexer=_Lexer(source))
    return parser.parse_document()


class _Parser(Parser):
    _directives_are_const = True

    def parse_document(self) -> DocumentNode:
        start = self._lexer.token
        definitions = self.any(TokenKind.SOF, self.parse_definition, TokenKind.EOF)
        return DocumentNode(definitions=definitions, loc=self.loc(start))

    def parse_definition(self) -> DefinitionNode:
        token = self._lexer.token
        if token.kind in _TEXTS and not token.value and self._lexer.lookahead().value == "extend":
            self._lexer.advance()
        return super().parse_definition()

    def parse_schema_definition(self) -> SchemaDefinitionNode:
        start = self._lexer.token
        description = self.parse_description()
        self.expect_keyword("schema")
        return SchemaDefinitionNode(
            description=description,
            directives=self.parse_const_directives(),
            operation_types=self.optional_many(
                TokenKind.BRACE_L, self.parse_operation_type_definition, TokenKind.BRACE_R
            ),
            loc=self.loc(start),
        )

    def expect_optional_keyword(self, value: str) -> bool:
        token = self._lexer.token
        if value in _KEYWORDS_IN_QUOTES and token.kind in _TEXTS and token.value == value:
            self._lexer.advance()
            return True
        return super().expect_optional_keyword(value)

    def parse_operation_definition(self) -> OperationDefinitionNode:
        self._refuse_description()
        return super().parse_operation_definition()

    def parse_fragment_definition(self) -> FragmentDefinitionNode:
        self._refuse_description()
        return super().parse_fragment_definition()

    def _refuse_description(self) -> None:
        if self.peek_description():
            raise self.unexpected()

    def parse_variable_definition(self) -> VariableDefinitionNode:
        self._refuse_description()
        with self._variables_in_directives():
            return super().parse_variable_definition()

    def parse_input_object_type_extension(self) -> InputObjectTypeExtensionNode:
        with self._variables_in_directives():
            return super().parse_input_object_type_extension()

    def parse_input_fields_definition(self) -> list[InputValueDefinitionNode]:
        self._directives_are_const = True
        return super().parse_input_fields_definition()

    @contextmanager
    def _variables_in_directives(self) -> Iterator[None]:
        self._directives_are_const = False
        yield
        self._directives_are_const = True

    def parse_const_directives(self) -> list[ConstDirectiveNode]:
        return cast("list[ConstDirectiveNode]", self.parse_directives(self._directives_are_const))

    def parse_enum_value_name(self) -> NameNode:
        return self.parse_name()


class _Lexer(Lexer):
    def read_comment(self, start: int) -> Token:
        found = self._found(_COMMENT, start)
        return self.create_token(TokenKind.COMMENT, start, found.end(), found[0])

    def read_number(self, start: int, _first_char: str) -> Token:
        found = self._found(_NUMBER, start)
        kind = TokenKind.FLOAT if found[1] or found[2] else TokenKind.INT
        return self.create_token(kind, start, found.end(), found[0])

    def read_string(self, start: int) -> Token:
        found = self._found(_STRING, start)
        value = _ESCAPE.sub(_unescaped, found[1])
        return self.create_token(TokenKind.STRING, start, found.end(), value)

    def read_block_string(self, start: int) -> Token:
        found = self._found(_BLOCK, start)
        lines = _LINE_END.split(found[1].replace('\\"""', '"""') + found[2])
        value = "\n".join(_without_indentation(lines))
        token = self.create_token(TokenKind.BLOCK_STRING, start, found.end(), value)
        if len(lines) > 1:
            self.line += len(lines) - 1
            self.line_start = start + max(found[0].rfind("\n"), found[0].rfind("\r")) + 1
        return token

    def _found(self, pattern: re.Pattern[str], start: int) -> re.Match[str]:
        found = pattern.match(self.source.body, start)
        if found is None:
            shown = self.source.body[start : start + 20]
            raise GraphQLSyntaxError(self.source, start, f"Unexpected {shown!r}")
        return found


def _unescaped(escape: re.Match[str]) -> str:
    if escape[1] is None:
        return _ESCAPED.get(escape[2], escape[2])
    code = int(escape[1], 16)
    # Each half of a pair of surrogates is no character to gqlparser.
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)


def _without_indentation(lines: list[str]) -> list[str]:
    """Lines without what all begin with, the first one counted and left as it is."""
    blank = [not line.strip(" \t") for line in lines]
    if all(blank):
        return []
    common = min(
        len(line) - len(line.lstrip(" \t"))
        for line, is_blank in zip(lines, blank, strict=True)
        if not is_blank
    )
    first = blank.index(False)
    last = len(blank) - blank[::-1].index(False)
    return [lines[0], *[line[common:] for line in lines[1:]]][first:last]

"""The kinds of tokens, and the names that OPA's messages give them.

Plain integers: the parser compares one at every step.
"""

from __future__ import annotations

from typing import Final

# Brackets come first, so that nesting can be counted by comparing numbers.
LEFT_BRACKET: Final = 0
LEFT_BRACE: Final = 1
LEFT_PAREN: Final = 2
TEMPLATE_PART: Final = 3
RAW_TEMPLATE_PART: Final = 4
LAST_OPENING: Final = 4
RIGHT_BRACKET: Final = 5
RIGHT_BRACE: Final = 6
RIGHT_PAREN: Final = 7
LAST_BRACKET: Final = 7

ILLEGAL: Final = 8
EOF: Final = 9
WHITE_SPACE: Final = 10
IDENTIFIER: Final = 11
NUMBER: Final = 12
STRING: Final = 13
TEMPLATE_END: Final = 14
RAW_TEMPLATE_END: Final = 15

COMMA: Final = 16
COLON: Final = 17
DOT: Final = 18
SEMICOLON: Final = 19
ASSIGN: Final = 20
UNIFY: Final = 21
EQUAL: Final = 22
NOT_EQUAL: Final = 23
LESS: Final = 24
LESS_OR_EQUAL: Final = 25
GREATER: Final = 26
GREATER_OR_EQUAL: Final = 27
ADD: Final = 28
SUBTRACT: Final = 29
MULTIPLY: Final = 30
DIVIDE: Final = 31
REMAINDER: Final = 32
AND: Final = 33
OR: Final = 34

FIRST_KEYWORD: Final = 40
PACKAGE: Final = 40
IMPORT: Final = 41
AS: Final = 42
DEFAULT: Final = 43
ELSE: Final = 44
NOT: Final = 45
SOME: Final = 46
WITH: Final = 47
NULL: Final = 48
TRUE: Final = 49
FALSE: Final = 50
IN: Final = 51
EVERY: Final = 52
CONTAINS: Final = 53
IF: Final = 54
LOGICAL_AND: Final = 55
LOGICAL_OR: Final = 56

NAMES: Final[dict[int, str]] = {
    LEFT_BRACKET: "[",
    LEFT_BRACE: "{",
    LEFT_PAREN: "(",
    TEMPLATE_PART: "template-string-part",
    RAW_TEMPLATE_PART: "raw-template-string-part",
    RIGHT_BRACKET: "]",
    RIGHT_BRACE: "}",
    RIGHT_PAREN: ")",
    ILLEGAL: "illegal",
    EOF: "eof",
    WHITE_SPACE: "whitespace",
    IDENTIFIER: "identifier",
    NUMBER: "number",
    STRING: "string",
    TEMPLATE_END: "template-string-end",
    RAW_TEMPLATE_END: "raw-template-string-end",
    COMMA: ",",
    COLON: ":",
    DOT: ".",
    SEMICOLON: ";",
    ASSIGN: "assign",
    UNIFY: "eq",
    EQUAL: "equal",
    NOT_EQUAL: "neq",
    LESS: "lt",
    LESS_OR_EQUAL: "lte",
    GREATER: "gt",
    GREATER_OR_EQUAL: "gte",
    ADD: "plus",
    SUBTRACT: "minus",
    MULTIPLY: "mul",
    DIVIDE: "div",
    REMAINDER: "rem",
    AND: "and",
    OR: "or",
    PACKAGE: "package",
    IMPORT: "import",
    AS: "as",
    DEFAULT: "default",
    ELSE: "else",
    NOT: "not",
    SOME: "some",
    WITH: "with",
    NULL: "null",
    TRUE: "true",
    FALSE: "false",
    IN: "in",
    EVERY: "every",
    CONTAINS: "contains",
    IF: "if",
    LOGICAL_AND: "and",
    LOGICAL_OR: "or",
}

OPERATORS: Final[dict[str, int]] = {
    "[": LEFT_BRACKET,
    "]": RIGHT_BRACKET,
    "{": LEFT_BRACE,
    "}": RIGHT_BRACE,
    "(": LEFT_PAREN,
    ")": RIGHT_PAREN,
    ",": COMMA,
    ":": COLON,
    ".": DOT,
    ";": SEMICOLON,
    ":=": ASSIGN,
    "=": UNIFY,
    "==": EQUAL,
    "!=": NOT_EQUAL,
    "<": LESS,
    "<=": LESS_OR_EQUAL,
    ">": GREATER,
    ">=": GREATER_OR_EQUAL,
    "+": ADD,
    "-": SUBTRACT,
    "*": MULTIPLY,
    "/": DIVIDE,
    "%": REMAINDER,
    "&": AND,
    "|": OR,
}

KEYWORDS: Final[dict[str, int]] = {
    "package": PACKAGE,
    "import": IMPORT,
    "as": AS,
    "default": DEFAULT,
    "else": ELSE,
    "not": NOT,
    "some": SOME,
    "with": WITH,
    "null": NULL,
    "true": TRUE,
    "false": FALSE,
}
# Keywords that v0 has only by import, those that v1 has only by import, and both.
V1_KEYWORDS: Final[dict[str, int]] = {
    "in": IN,
    "every": EVERY,
    "contains": CONTAINS,
    "if": IF,
}
V2_KEYWORDS: Final[dict[str, int]] = {"not": NOT, "and": LOGICAL_AND, "or": LOGICAL_OR}
FUTURE_KEYWORDS: Final[dict[str, int]] = V1_KEYWORDS | V2_KEYWORDS

NAME_KINDS: Final = frozenset({IDENTIFIER, CONTAINS})
NUMBER_STARTS: Final = frozenset({NUMBER, DOT})
BOOLEANS: Final = frozenset({TRUE, FALSE})
BRACES: Final = frozenset({LEFT_BRACE, RIGHT_BRACE})
ASSIGNMENTS: Final = frozenset({ASSIGN, UNIFY})
LOGICAL_OPERATORS: Final = frozenset({LOGICAL_AND, LOGICAL_OR})
# What applies to a name or term that it follows without a space.
STEP_STARTS: Final = frozenset({DOT, LEFT_BRACKET})
REF_STARTS: Final = STEP_STARTS | {LEFT_PAREN}

# The kinds that a message calls a keyword rather than a token. OPA names the operators ``&`` and
# ``|`` like the keywords ``and`` and ``or``, and looks some of them up by name.
KEYWORD_KINDS: Final = frozenset(KEYWORDS.values()) | frozenset(FUTURE_KEYWORDS.values())

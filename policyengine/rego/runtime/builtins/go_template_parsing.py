"""Go's text/template read into nodes. Source: Go's documentation of package text/template."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from policyengine.rego.runtime.builtins.registry import BuiltinError

FUNCTIONS: Final = frozenset(
    {"and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf"}
    | {"println", "urlquery", "eq", "ge", "gt", "le", "lt", "ne"}
)
_SPACES: Final = " \t\r\n"
_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<raw>`[^`]*`)|(?P<char>'(?:[^'\\\n]|\\.[^']*)')
    |(?P<number>[+-]?(?:0[xXbBoO][0-9a-fA-F_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))
    |(?P<field>\.[^\W\d]\w*)|(?P<dot>\.)|(?P<variable>\$\w*)|(?P<word>[^\W\d]\w*)
    |(?P<mark>:=|=|\||\(|\)|,)""",
    re.VERBOSE,
)
_MOST_DEPTH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """A literal, the dot, a variable, a function or a pipeline, and the fields asked of it.

    ``kind`` is ``literal``, ``nil``, ``dot``, ``variable``, ``function`` or ``pipe``.
    """

    kind: str
    value: object = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipe:
    """Commands, each with its operands; ``names`` of variables take the last one's value."""

    names: tuple[str, ...]
    assigns: bool
    commands: tuple[tuple[Operand, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """``kind`` is ``text``, ``action``, ``if``, ``with``, ``range``, ``template``, ``break`` ..."""

    kind: str
    text: str = ""
    pipe: Pipe | None = None
    body: Body = ()
    otherwise: Body = ()


Body: TypeAlias = tuple[Node, ...]


@dataclass(slots=True)
class _Token:
    kind: str
    text: str
    spaced: bool


@dataclass(slots=True)
class _Parser:
    pieces: list[tuple[bool, str]]
    at: int = 0
    names: list[str] = field(default_factory=lambda: ["$"])
    loops: int = 0
    depth: int = 0
    templates: dict[str, Body] = field(default_factory=dict)


def parse_template(text: str) -> tuple[Body, dict[str, Body]]:
    """The template, and those that it defines by name. Raises BuiltinError."""
    parser = _Parser(_pieces(text))
    body, end = _body(parser, top=True)
    if end is not None:
        raise BuiltinError(f"template: unexpected {{{{{end}}}}}")
    return body, parser.templates


def _pieces(text: str) -> list[tuple[bool, str]]:
    """Texts, and the insides of actions (True), with white space trimmed where it is asked."""
    pieces: list[tuple[bool, str]] = []
    at, trims = 0, False
    while True:
        start = text.find("{{", at)
        plain = text[at:] if start < 0 else text[at:start]
        plain = plain.lstrip(_SPACES) if trims else plain
        if start < 0:
            return [*pieces, (False, plain)]
        at = start + 2
        if text.startswith("-", at) and text[at + 1 : at + 2] in tuple(_SPACES):
            plain = plain.rstrip(_SPACES)
            at += 2
        pieces.append((False, plain))
        inner, at, trims = _action(text, at)
        if inner is not None:
            pieces.append((True, inner))


def _action(text: str, at: int) -> tuple[str | None, int, bool]:
    """The inside of an action (None: a comment), what is behind it, and whether that is trimmed."""
    comment = re.compile(r"\s*/\*").match(text, at)
    if comment and text.startswith("/*", at + len(comment[0]) - 2):
        close = text.find("*/", comment.end())
        ending = re.compile(r"(?:[ \t\r\n]+(-))?\}\}").match(text, close + 2)
        if close < 0 or ending is None:
            raise BuiltinError("template: unclosed comment")
        return None, ending.end(), ending[1] is not None
    start = at
    while not text.startswith("}}", at):
        found = _TOKEN.match(text, at)
        if found is None:
            if text.startswith("-}}", at) and at > start and text[at - 1] in _SPACES:
                return text[start:at], at + 3, True
            raise BuiltinError("template: unexpected character or unclosed action")
        at = found.end()
    return text[start:at], at + 2, False


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    spaced = True
    for found in _TOKEN.finditer(text):
        if found.lastgroup == "space":
            spaced = True
            continue
        tokens.append(_Token(str(found.lastgroup), found[0], spaced))
        spaced = False
    return tokens


def _body(parser: _Parser, *, top: bool = False) -> tuple[Body, str | None]:
    """Nodes up to ``end`` or ``else``, and which of them it was, with what stands behind."""
    nodes: list[Node] = []
    while parser.at < len(parser.pieces):
        is_action, text = parser.pieces[parser.at]
        parser.at += 1
        if not is_action:
            if text:
                nodes.append(Node(kind="text", text=text))
            continue
        tokens = _tokens(text)
        word = tokens[0].text if tokens and tokens[0].kind == "word" else ""
        if word in {"end", "else"}:
            return tuple(nodes), " ".join([token.text for token in tokens])
        if word in {"if", "with", "range"}:
            nodes.append(_control(parser, word, tokens[1:]))
        elif word in {"break", "continue"} and len(tokens) == 1:
            if not parser.loops:
                raise BuiltinError(f"template: {{{{{word}}}}} outside {{{{range}}}}")
            nodes.append(Node(kind=word))
        elif word in {"template", "block", "define"}:
            nodes += _named(parser, word, tokens[1:], top=top)
        else:
            nodes.append(Node(kind="action", pipe=_whole_pipe(parser, tokens)))
    return tuple(nodes), None


def _control(parser: _Parser, kind: str, tokens: list[_Token]) -> Node:
    parser.depth += 1
    if parser.depth > _MOST_DEPTH:
        raise BuiltinError("template: nested too deep")
    known = len(parser.names)
    pipe = _whole_pipe(parser, tokens, kind=kind)
    parser.loops += kind == "range"
    body, end = _body(parser)
    parser.loops -= kind == "range"
    otherwise: Body = ()
    if end is not None and end.startswith("else "):
        # Another if or with behind an else ends with it.
        following = _tokens(parser.pieces[parser.at - 1][1])[1:]
        if following[0].text != kind or kind == "range":
            raise BuiltinError(f"template: unexpected {following[0].text} in else")
        otherwise = (_control(parser, kind, following[1:]),)
    elif end == "else":
        otherwise, end = _body(parser)
        if end != "end":
            raise BuiltinError("template: expected end")
    elif end != "end":
        raise BuiltinError("template: unexpected EOF")
    del parser.names[known:]
    parser.depth -= 1
    return Node(kind=kind, pipe=pipe, body=body, otherwise=otherwise)


def _named(parser: _Parser, kind: str, tokens: list[_Token], *, top: bool) -> list[Node]:
    if not tokens or tokens[0].kind not in {"string", "raw"}:
        raise BuiltinError(f"template: {kind} needs a name")
    name = _unquoted(tokens[0].text)
    rest = tokens[1:]
    if kind == "define" and (rest or not top):
        raise BuiltinError("template: unexpected define")
    pipe = _whole_pipe(parser, rest) if rest else None
    if kind == "block" and pipe is None:
        raise BuiltinError("template: missing value for block clause")
    if kind != "template":
        outside, parser.names = parser.names, ["$"]
        loops, parser.loops = parser.loops, 0
        body, end = _body(parser)
        parser.names, parser.loops = outside, loops
        if end != "end":
            raise BuiltinError(f"template: unexpected {end} in {kind}")
        if name in parser.templates:
            raise BuiltinError(f"template: multiple definition of template {name}")
        parser.templates[name] = body
    return [] if kind == "define" else [Node(kind="template", text=name, pipe=pipe)]


def _whole_pipe(parser: _Parser, tokens: list[_Token], *, kind: str = "") -> Pipe:
    reader = _PipeReader(tokens, parser)
    pipe = reader.pipe(declares=True, pairs=kind == "range")
    if reader.at != len(tokens):
        raise BuiltinError(f"template: unexpected {tokens[reader.at].text} in command")
    return pipe


@dataclass(slots=True)
class _PipeReader:
    tokens: list[_Token]
    parser: _Parser
    at: int = 0
    depth: int = 0

    def pipe(self, *, declares: bool = False, pairs: bool = False) -> Pipe:
        names, assigns = self._declared(pairs=pairs) if declares else ((), False)
        commands: list[tuple[Operand, ...]] = []
        while True:
            commands.append(self._command())
            # A bar with nothing behind it is taken as if it were not there.
            if not self._takes("|") or self.at == len(self.tokens):
                break
        if any(command[0].kind in {"literal", "nil"} for command in commands[1:]):
            raise BuiltinError("template: non executable command in pipeline")
        if assigns and any(name not in self.parser.names for name in names):
            raise BuiltinError(f"template: undefined variable {names[0]}")
        if not assigns:
            self.parser.names += names
        return Pipe(names=names, assigns=assigns, commands=tuple(commands))

    def _takes(self, mark: str) -> bool:
        if self.at >= len(self.tokens):
            return False
        token = self.tokens[self.at]
        taken = token.kind == "mark" and token.text == mark
        self.at += taken
        return taken

    def _declared(self, *, pairs: bool) -> tuple[tuple[str, ...], bool]:
        shape = [t.kind if t.kind == "variable" else t.text for t in self.tokens[:4]]
        for count, wanted in ((1, ["variable"]), (2, ["variable", ",", "variable"])):
            size = len(wanted)
            if shape[:size] == wanted and shape[size : size + 1] in ([":="], ["="]):
                if count == 2 and not pairs:
                    raise BuiltinError("template: too many declarations")
                self.at = size + 1
                names = tuple(t.text for t in self.tokens[:size:2])
                return names, shape[size] == "="
        return (), False

    def _command(self) -> tuple[Operand, ...]:
        operands: list[Operand] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind == "mark" and token.text != "(":
                break
            if operands and not token.spaced:
                raise BuiltinError(f"template: unexpected {token.text} in operand")
            operands.append(self._operand())
        if not operands:
            raise BuiltinError("template: missing value for command")
        return tuple(operands)

    def _operand(self) -> Operand:
        token = self.tokens[self.at]
        self.at += 1
        fields: list[str] = []
        if token.kind == "field":
            kind, value = "dot", None
            fields.append(token.text[1:])
        else:
            kind, value = self._term(token)
        while self.at < len(self.tokens):
            following = self.tokens[self.at]
            if following.kind != "field" or following.spaced:
                break
            if kind in {"literal", "nil"} or (kind == "dot" and not fields):
                raise BuiltinError("template: unexpected . after term")
            fields.append(following.text[1:])
            self.at += 1
        return Operand(kind=kind, value=value, fields=tuple(fields))

    def _term(self, token: _Token) -> tuple[str, object]:
        text = token.text
        if token.kind == "dot":
            return "dot", None
        if token.kind in {"string", "raw"}:
            return "literal", _unquoted(text)
        if token.kind == "char":
            char = _unquoted(f'"{text[1:-1]}"')
            if len(char) != 1:
                raise BuiltinError(f"template: malformed character constant: {text}")
            return "literal", ord(char)
        if token.kind == "number":
            return "literal", _number(text)
        if token.kind == "variable":
            if text not in self.parser.names:
                raise BuiltinError(f"template: undefined variable {text}")
            return "variable", text
        if token.kind == "mark":
            self.depth += 1
            if self.depth > _MOST_DEPTH:
                raise BuiltinError("template: nested too deep")
            pipe = self.pipe()
            if not self._takes(")"):
                raise BuiltinError("template: unclosed left paren")
            self.depth -= 1
            return "pipe", pipe
        if text in {"true", "false"}:
            return "literal", text == "true"
        if text == "nil":
            return "nil", None
        if text not in FUNCTIONS:
            raise BuiltinError(f'template: function "{text}" not defined')
        return "function", text


def _number(text: str) -> int | float:
    plain = text.lower()
    digits = plain.lstrip("+-")
    try:
        if not digits.startswith("0x") and any(char in digits for char in ".e"):
            return float(plain)
        octal = len(digits) > 1 and digits[0] == "0" and digits[1] in "01234567_"
        number = int(plain, 8 if octal else 0)
    except ValueError:
        raise BuiltinError(f"template: bad number syntax: {text}") from None
    if not -(2**63) <= number < 2**63:
        raise BuiltinError(f"template: integer overflow: {text}")
    return number


def _unquoted(text: str) -> str:
    if text.startswith("`"):
        return text[1:-1].replace("\r", "")
    escapes = re.sub(r"\\x([0-9a-fA-F]{2})", r"\\u00\1", text).replace("\\'", "'")
    escapes = escapes.replace("\\a", "\\u0007").replace("\\v", "\\u000b")
    try:
        found = json.loads(escapes, strict=False)
    except ValueError:
        raise BuiltinError(f"template: invalid syntax: {text}") from None
    return str(found)

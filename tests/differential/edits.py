"""Edits that may break a module: of its tokens, its lines, its characters.

A module is a list of pieces that together are its text: words, numbers, strings, signs, comments
and white space. Each edit changes the list in place, and does nothing where it finds nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

Pieces: TypeAlias = list[str]
Edit: TypeAlias = Callable[[Random, Pieces], None]

_PIECE: Final = re.compile(
    r'\s|#[^\n]*|\$?"(?:[^"\\\n]|\\.)*"|\$?`[^`]*`|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?'
    r"|\w+|:=|==|!=|<=|>=|."
)
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_FRAGMENTS: Final[dict[str, list[str]]] = json.loads(
    Path(__file__).with_name("fragments.json").read_text()
)
_KEYWORDS: Final = _FRAGMENTS["keywords"]
_NAMES: Final = _FRAGMENTS["names"]
_OPERATORS: Final = _FRAGMENTS["operators"]
_NUMBERS: Final = _FRAGMENTS["numbers"]
_STRINGS: Final = _FRAGMENTS["strings"]
_SPACES: Final = _FRAGMENTS["spaces"]
_TERMS: Final = _FRAGMENTS["terms"]
_LITERALS: Final = _FRAGMENTS["literals"]
_STATEMENTS: Final = _FRAGMENTS["statements"]
_METADATA: Final = _FRAGMENTS["metadata"]


def pieces(source: str) -> Pieces:
    """``source`` cut into its pieces."""
    return _PIECE.findall(source)


def _tokens(parts: Pieces) -> list[int]:
    return [i for i, part in enumerate(parts) if part.strip() and not part.startswith("#")]


def _spaces(parts: Pieces) -> list[int]:
    return [i for i, part in enumerate(parts) if part.isspace()]


def _where(parts: Pieces, wanted: Callable[[str], object]) -> list[int]:
    return [i for i, part in enumerate(parts) if wanted(part)]


def _at(chance: Random, places: list[int]) -> int | None:
    return chance.choice(places) if places else None


def _delete(chance: Random, parts: Pieces) -> None:
    at = _at(chance, _tokens(parts))
    if at is not None:
        del parts[at]


def _repeat(chance: Random, parts: Pieces) -> None:
    at = _at(chance, _tokens(parts))
    if at is not None:
        parts[at:at] = [parts[at], chance.choice(("", " "))]


def _swap_neighbours(chance: Random, parts: Pieces) -> None:
    places = _tokens(parts)
    if len(places) > 1:
        first = chance.randrange(len(places) - 1)
        a, b = places[first], places[first + 1]
        parts[a], parts[b] = parts[b], parts[a]


def _swap_any(chance: Random, parts: Pieces) -> None:
    places = _tokens(parts)
    if len(places) > 1:
        a, b = chance.sample(places, 2)
        parts[a], parts[b] = parts[b], parts[a]


def _rename(chance: Random, parts: Pieces) -> None:
    places = _where(parts, lambda part: _NAME.fullmatch(part) and part not in _KEYWORDS)
    at = _at(chance, places)
    if at is not None:
        others = [parts[i] for i in places]
        parts[at] = chance.choice((chance.choice(_NAMES), chance.choice(others)))


def _rename_to_keyword(chance: Random, parts: Pieces) -> None:
    at = _at(chance, _where(parts, _NAME.fullmatch))
    if at is not None:
        parts[at] = chance.choice(_KEYWORDS)


def _change_operator(chance: Random, parts: Pieces) -> None:
    at = _at(chance, _where(parts, lambda part: part in _OPERATORS))
    if at is not None:
        parts[at] = chance.choice(_OPERATORS)


def _change_assignment(chance: Random, parts: Pieces) -> None:
    at = _at(chance, _where(parts, lambda part: part in {":=", "=", "=="}))
    if at is not None:
        parts[at] = chance.choice((":=", "=", "==", " contains ", " if ", " in "))


def _insert(chance: Random, parts: Pieces) -> None:
    pool = chance.choice((_KEYWORDS, _OPERATORS, _NAMES, _NUMBERS, _STRINGS))
    parts.insert(
        chance.randrange(len(parts) + 1), chance.choice((" {} ", "{}")).format(chance.choice(pool))
    )


def _change_constant(chance: Random, parts: Pieces) -> None:
    at = _at(chance, _where(parts, lambda part: part[0] in '"`$' or part[0].isdigit()))
    if at is not None:
        parts[at] = chance.choice(chance.choice((_NUMBERS, _STRINGS)))


def _change_term(chance: Random, parts: Pieces) -> None:
    at = _at(chance, _where(parts, lambda part: part[0].isalnum() or part[0] in '"`_'))
    if at is not None:
        parts[at] = chance.choice(_TERMS)


def _change_space(chance: Random, parts: Pieces) -> None:
    at = _at(chance, _spaces(parts))
    if at is not None:
        parts[at] = chance.choice(_SPACES)


def _insert_space(chance: Random, parts: Pieces) -> None:
    at = _at(chance, _tokens(parts))
    if at is not None:
        parts.insert(at, chance.choice(_SPACES))


def _insert_line(lines: list[str]) -> Edit:
    def insert(chance: Random, parts: Pieces) -> None:
        ends = [0, *(i + 1 for i, part in enumerate(parts) if part == "\n")]
        parts.insert(
            chance.choice(ends), chance.choice(lines) + chance.choice(("\n", "\n", "", " "))
        )

    return insert


def _insert_literal(chance: Random, parts: Pieces) -> None:
    at = _at(chance, _where(parts, lambda part: part in "{;}"))
    if at is not None:
        parts.insert(at + (parts[at] != "}"), f" {chance.choice(_LITERALS)}{chance.choice('; ')}")


def _append_statement(chance: Random, parts: Pieces) -> None:
    parts.append(f"\n{chance.choice(_STATEMENTS)}\n")


def _negate(chance: Random, parts: Pieces) -> None:
    places = _where(parts, lambda part: part == "not")
    if places and chance.random() < 0.7:
        del parts[chance.choice(places)]
    parts.insert(chance.choice(_tokens(parts) or [0]), "not ")


def _prefix(chance: Random, parts: Pieces) -> None:
    at = _at(chance, _tokens(parts))
    if at is not None:
        words = (
            "some ",
            "every ",
            "default ",
            "else ",
            "if ",
            "not ",
            "import ",
            "package ",
            "-",
            "$",
            "_",
        )
        parts.insert(at, chance.choice(words))


def _replace(chance: Random, parts: Pieces) -> None:
    at = _at(chance, _where(parts, lambda part: part == "\n"))
    if at is not None:
        text = (
            " with input as {}", " with input.x as 1", " with data.t.p as 1", " with count as f",
            " with x as 1", " with input as", " with", " else := 1", " else := 1 if true", " else",
            " else { true }", " if true", " if { true }", " { true }", " as x", " := 1", ";", ",",
            " in [1]", " contains 1", "[_]", ".x", "[x]", "(1)", "()", " | true", " == 1",
        )  # fmt: skip
        parts.insert(at, chance.choice(text))


def _change_arity(chance: Random, parts: Pieces) -> None:
    at = _at(chance, _where(parts, lambda part: part in "(),"))
    if at is not None:
        parts[at] = {
            "(": chance.choice(("(x, ", "(1, ", "()", "(_, ", "([x], ", "(f(")),
            ")": chance.choice((", x)", ", 1)", ",)", "()", "))", ", input.x)", ").x", ")[0]")),
            ",": chance.choice((", x,", "", ",,", ";", ", _,", " |", ":")),
        }[parts[at]]


def _lines(parts: Pieces) -> list[str]:
    return "".join(parts).split("\n")


def _set_lines(parts: Pieces, lines: list[str]) -> None:
    parts[:] = pieces("\n".join(lines))


def _drop_line(chance: Random, parts: Pieces) -> None:
    lines = _lines(parts)
    imports = [i for i, line in enumerate(lines) if line.startswith("import")]
    del lines[
        chance.choice(imports)
        if imports and chance.random() < 0.4
        else chance.randrange(len(lines))
    ]
    _set_lines(parts, lines)


def _repeat_line(chance: Random, parts: Pieces) -> None:
    lines = _lines(parts)
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    _set_lines(parts, lines)


def _swap_lines(chance: Random, parts: Pieces) -> None:
    lines = _lines(parts)
    a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    _set_lines(parts, lines)


def _cut(chance: Random, parts: Pieces) -> None:
    del parts[chance.randrange(len(parts)) :]


def _cut_out(chance: Random, parts: Pieces) -> None:
    first = chance.randrange(len(parts))
    del parts[first : first + chance.randrange(2, 12)]


def _change_character(chance: Random, parts: Pieces) -> None:
    text = "".join(parts)
    at = chance.randrange(len(text))
    others = "{}[]()\",.:;=|_ \n$`#%\\'&<>!-+*/é\u00a0\u200b0aZ"
    text = text[:at] + chance.choice(("", chance.choice(others))) + text[at + chance.randrange(2) :]
    parts[:] = pieces(text)


_EDITS: Final[tuple[Edit, ...]] = (
    _delete,
    _delete,
    _repeat,
    _swap_neighbours,
    _swap_any,
    _rename,
    _rename,
    _rename_to_keyword,
    _change_operator,
    _change_assignment,
    _insert,
    _change_constant,
    _change_term,
    _change_term,
    _change_space,
    _insert_space,
    _insert_line(_STATEMENTS),
    _insert_line(_LITERALS),
    _insert_line(_METADATA),
    _insert_literal,
    _insert_literal,
    _append_statement,
    _append_statement,
    _negate,
    _prefix,
    _replace,
    _change_arity,
    _drop_line,
    _repeat_line,
    _swap_lines,
    _cut,
    _cut_out,
    _change_character,
)


def break_module(chance: Random, source: str) -> str:
    """``source`` after one edit, or a few."""
    text = source
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        parts = pieces(text)
        if parts:
            chance.choice(_EDITS)(chance, parts)
            text = "".join(parts)
    return text

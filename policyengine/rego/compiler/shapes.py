"""Generated functions to one code object; functions that differ in names and numbers are one work.

A policy with thousands of rules has but some hundred kinds of them, and Python's compiler takes as
long as a third of all that stands before it. Functions whose texts differ in nothing but the names
of constants and functions, and in numbers, have one *shape*:

1. Of each shape of several functions one text is compiled, with a number in place of each number
   by which it is found again among the constants of the code.
2. All is compiled together, with an empty function over as many lines for each function of such a
   shape.
3. Each empty function gets the code of its shape, with its own names and numbers.

Zero is part of the shape: Python decides branches by whether a constant is true, and every other
number is. A shape in whose code the numbers are not found as they were put in, since Python
computes with constants, is not used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Final

# Names of the table of constants and of generated functions, and numbers.
_VARYING: Final = re.compile(r"\b([bgkp]\d+|[a-z]_[\d_]+|[1-9]\d*)\b")
_FIRST_NUMBER: Final = 1 << 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Function:
    """``words`` are what may vary in ``text``, in order; the function's own name is the first.

    Functions of one shape have the same ``key``: all else, and which of the names are one.
    """

    text: str
    words: list[str]
    key: tuple[int, ...]

    def empty(self) -> str:
        """A function of this name over as many lines, under the same decorators."""
        before, head, body = self.text.partition("def ")
        signature, _, rest = body.partition("\n")
        return f"{before}{head}{signature} pass\n" + "\n" * rest.count("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """``names`` and ``numbers`` are which word stands where in ``co_names`` and ``co_consts``."""

    code: CodeType
    names: tuple[tuple[int, int], ...]
    numbers: tuple[tuple[int, int], ...]

    def of(self, words: Sequence[str], empty: CodeType) -> CodeType:
        """The code of the function that has ``words``, in place of ``empty``."""
        code = self.code
        names, constants = [*code.co_names], [*code.co_consts]
        for place, word in self.names:
            names[place] = words[word]
        for place, word in self.numbers:
            constants[place] = int(words[word])
        return code.replace(
            co_name=empty.co_name,
            co_qualname=empty.co_qualname,
            co_firstlineno=empty.co_firstlineno,
            co_names=tuple(names),
            co_consts=tuple(constants),
        )


def compiled(texts: Sequence[str], file: str) -> CodeType:
    """The code of a module of functions, as if ``joined(texts)`` were compiled.

    Only the columns in it are those of another function of the same shape.
    """
    functions = _functions(texts)
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, function in enumerate(functions):
        groups.setdefault(function.key, []).append(number)
    several = [group for group in groups.values() if len(group) > 1]
    shapes = _shapes([functions[group[0]] for group in several], file)
    used: dict[str, tuple[_Shape, _Function]] = {}
    short = [*texts]
    for group, shape in zip(several, shapes, strict=True):
        if shape is None:
            continue
        for number in group:
            function = functions[number]
            short[number] = function.empty()
            used[function.words[0]] = shape, function
    module = compile(joined(short), file, "exec")
    if not used:
        return module
    return module.replace(co_consts=tuple([_filled(item, used) for item in module.co_consts]))


def joined(texts: Sequence[str]) -> str:
    """The functions as one text."""
    return "\n\n\n".join(texts) + "\n"


def _filled(constant: object, used: dict[str, tuple[_Shape, _Function]]) -> object:
    if type(constant) is not CodeType or constant.co_name not in used:
        return constant
    shape, function = used[constant.co_name]
    return shape.of(function.words, constant)


def _functions(texts: Sequence[str]) -> list[_Function]:
    """The functions of texts, which have most of their lines in common."""
    forms: dict[tuple[str, ...], int] = {}
    lines: dict[str, tuple[int, list[str]]] = {}
    found: list[_Function] = []
    for text in texts:
        words: list[str] = []
        key: list[int] = []
        for line in text.split("\n"):
            known = lines.get(line)
            if known is None:
                # What does not vary and what does, in turn.
                pieces = _VARYING.split(line)
                form = forms.setdefault(tuple(pieces[::2]), len(forms))
                known = lines[line] = form, pieces[1::2]
            key.append(known[0])
            words += known[1]
        first: dict[str, int] = {}
        key += [first.setdefault(word, len(first)) if word > ":" else -1 for word in words]
        found.append(_Function(text=text, words=words, key=tuple(key)))
    return found


def _shapes(functions: Sequence[_Function], file: str) -> list[_Shape | None]:
    """The shape of each function; None for one that cannot stand for others."""
    module = compile(joined([_numbered(function) for function in functions]), file, "exec")
    codes = {item.co_name: item for item in module.co_consts if type(item) is CodeType}
    return [_shape(function.words, codes[function.words[0]]) for function in functions]


def _numbered(function: _Function) -> str:
    fixed = _VARYING.split(function.text)[::2]
    words = [
        word if word > ":" else str(_FIRST_NUMBER + index)
        for index, word in enumerate(function.words)
    ]
    return fixed[0] + "".join([a + b for a, b in zip(words, fixed[1:], strict=True)])


def _shape(words: Sequence[str], code: CodeType) -> _Shape | None:
    name_of = {word: index for index, word in enumerate(words) if word > ":"}
    names = [(place, name_of[name]) for place, name in enumerate(code.co_names) if name in name_of]
    numbers = [
        (place, item - _FIRST_NUMBER)
        for place, item in enumerate(code.co_consts)
        if type(item) is int and item >= _FIRST_NUMBER
    ]
    wanted = {index for index, word in enumerate(words) if word < ":"}
    known = {words[index] for _, index in names} | {words[0]}
    if {index for _, index in numbers} != wanted or not known >= name_of.keys():
        return None
    if any(type(item) is CodeType for item in code.co_consts):
        return None
    return _Shape(code=code, names=tuple(names), numbers=tuple(numbers))

"""``strings.render_template``: Go's text/template over Rego's values.

Numbers of the data are texts to a template (Go's ``json.Number``), as they are in OPA; numbers
written in the template are numbers. What would make output without bounds is charged.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus

from policyengine.rego.runtime.builtins.formatting import sprintf
from policyengine.rego.runtime.builtins.go_template_parsing import (
    Body,
    Node,
    Operand,
    Pipe,
    parse_template,
)
from policyengine.rego.runtime.builtins.go_verbs import Flags, format_float
from policyengine.rego.runtime.builtins.operands import rego_object, string
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.numbers import number_text
from policyengine.rego.runtime.printing import quote
from policyengine.rego.runtime.utf8 import encode_utf8, joined, keep_bytes
from policyengine.rego.runtime.values import RegoSet, Value, is_number, is_object

_MOST_DEPTH: Final = 100
_VERB: Final = re.compile(r"%[-+# 0]*\d*(?:\.\d*)?(.|\Z)", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.)")
_CHOOSES: Final = re.compile(r"%[-+# 0]*\d*\.?[*\[]")
_HTML: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "\0": "\ufffd"}
_SCRIPT: Final = {char: f"\\u{ord(char):04X}" for char in "<>&="} | {
    char: f"\\{char}" for char in "\\'\""
}


class _Number(str):
    """A number of the data, as it is written."""

    __slots__ = ()


class _Missing:
    """What a key that is not there gives: not null, which is there."""


_MISSING: Final = _Missing()


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


@builtin("strings.render_template", "string, object[string: any] -> string", context=True)
def render(session: Session, template: Value, variables: Value) -> Value:
    text = string(template, 1)
    data = _go_value(rego_object(variables, 2))
    session.budget.charge(len(text))
    body, templates = parse_template(text)
    run = _Run(session=session, templates=templates, variables=[("$", data)], out=[])
    run.walk(body, data)
    return joined("".join(run.out)).replace("<no value>", "<undefined>")


def _go_value(value: Value) -> Any:
    if is_number(value):
        return _Number(number_text(value))
    if type(value) is str:
        return _go_text(value)
    if type(value) is dict:
        return {_go_text(key): _go_value(item) for key, item in value.items()}
    if type(value) is list:
        return [_go_value(item) for item in value]
    if is_object(value) or isinstance(value, RegoSet):
        raise BuiltinError("template: the variables are no JSON")
    return value


def _go_text(text: str) -> str:
    """A string that OPA reads as JSON though it wrote it as Go: not all that Go escapes is JSON."""
    if not text.isprintable():
        for escape in _ESCAPE.findall(quote(text)):
            if escape in "avxU":
                raise BuiltinError(f"invalid character '{escape}' in string escape code")
    return text


@dataclass(slots=True, kw_only=True)
class _Run:
    session: Session
    templates: dict[str, Body]
    variables: list[tuple[str, Any]]
    out: list[str]
    size: int = 0
    depth: int = 0

    def walk(self, body: Body, dot: Any) -> None:
        for node in body:
            self.session.budget.charge(1)
            if node.kind == "text":
                self._write(node.text)
            elif node.kind == "action" and node.pipe is not None:
                value = self._pipe(node.pipe, dot)
                if not node.pipe.names:
                    self._write("<no value>" if value in (None, _MISSING) else _shown(value))
            elif node.kind == "template":
                self._template(node, dot)
            elif node.kind == "break":
                raise _Break
            elif node.kind == "continue":
                raise _Continue
            else:
                self._control(node, dot)

    def _write(self, text: str) -> None:
        self.size += len(text)
        self.session.budget.size(self.size)
        self.out.append(text)

    def _template(self, node: Node, dot: Any) -> None:
        body = self.templates.get(node.text)
        if body is None:
            raise BuiltinError(f'template: template "{node.text}" not defined')
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            raise BuiltinError("template: exceeded maximum template depth")
        value = None if node.pipe is None else self._pipe(node.pipe, dot)
        outside, self.variables = self.variables, [("$", value)]
        self.walk(body, value)
        self.variables = outside
        self.depth -= 1

    def _control(self, node: Node, dot: Any) -> None:
        known = len(self.variables)
        if node.pipe is None:
            raise BuiltinError(f"template: missing value for {node.kind}")
        if node.kind == "range":
            self._range(node, node.pipe, dot)
        else:
            value = self._pipe(node.pipe, dot)
            inner = value if node.kind == "with" else dot
            if _truth(value):
                self.walk(node.body, inner)
            else:
                self.walk(node.otherwise, dot)
        del self.variables[known:]

    def _range(self, node: Node, pipe: Pipe, dot: Any) -> None:
        value = self._commands(pipe, dot)
        pairs: Any
        if isinstance(value, dict):
            pairs = sorted(value.items())
        elif isinstance(value, list):
            pairs = enumerate(value)
        elif type(value) is int and len(pipe.names) < 2:
            pairs = ((None, item) for item in range(value))
        elif value is None or value is _MISSING:
            pairs = ()
        else:
            raise BuiltinError(f"template: range can't iterate over {_shown(value)}")
        known = len(self.variables)
        ran = False
        for key, item in pairs:
            ran = True
            self.session.budget.charge(1)
            del self.variables[known:]
            for name, part in zip(pipe.names, (key, item)[-len(pipe.names or " ") :], strict=False):
                self._set(name, part, assigns=pipe.assigns)
            try:
                self.walk(node.body, item)
            except _Continue:
                continue
            except _Break:
                break
        del self.variables[known:]
        if not ran:
            self.walk(node.otherwise, dot)

    def _set(self, name: str, value: Any, *, assigns: bool) -> None:
        if not assigns:
            self.variables.append((name, value))
            return
        for place in range(len(self.variables) - 1, -1, -1):
            if self.variables[place][0] == name:
                self.variables[place] = (name, value)
                return

    def _pipe(self, pipe: Pipe, dot: Any) -> Any:
        value = self._commands(pipe, dot)
        for name in pipe.names:
            self._set(name, value, assigns=pipe.assigns)
        return value

    def _commands(self, pipe: Pipe, dot: Any) -> Any:
        value: Any = None
        for place, command in enumerate(pipe.commands):
            value = self._command(command, dot, [value] if place else [])
        return value

    def _command(self, command: tuple[Operand, ...], dot: Any, final: list[Any]) -> Any:
        first, *rest = command
        if first.kind != "function" or first.fields:
            if rest or final:
                raise BuiltinError("template: can't give argument to non-function")
            if first.kind == "nil":
                raise BuiltinError("template: nil is not a command")
            return self._operand(first, dot)
        return self._call(str(first.value), rest, dot, final)

    def _call(self, name: str, rest: list[Operand], dot: Any, final: list[Any]) -> Any:
        if name in {"and", "or"}:
            value: Any = None
            if not rest and not final:
                raise BuiltinError(f"template: wrong number of args for {name}")
            for operand in rest:
                value = self._operand(operand, dot)
                if _truth(value) is (name == "or"):
                    return value
            return final[0] if final else value
        given = [self._operand(operand, dot) for operand in rest] + final
        function = _FUNCTIONS[name]
        return function(self.session, [None if item is _MISSING else item for item in given])

    def _operand(self, operand: Operand, dot: Any) -> Any:
        value: Any = operand.value
        if operand.kind == "dot":
            value = dot
        elif operand.kind == "variable":
            value = next(item for name, item in reversed(self.variables) if name == operand.value)
        elif operand.kind == "pipe" and isinstance(operand.value, Pipe):
            value = self._commands(operand.value, dot)
        elif operand.kind == "function":
            value = self._call(str(operand.value), [], dot, [])
        for name in operand.fields:
            if isinstance(value, dict):
                value = value.get(name, _MISSING)
            elif value is not _MISSING:
                raise BuiltinError(f"template: can't evaluate field {name}")
        return value


# ---- what values are --------------------------------------------------------------------------


def _truth(value: Any) -> bool:
    return value is not _MISSING and bool(value)


def _shown(value: Any) -> str:
    """A value as Go prints it."""
    if isinstance(value, str):
        return str(value)
    if value is None or value is _MISSING:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format_float(value, "v", Flags()) or ""
    if isinstance(value, list):
        return f"[{' '.join([_shown(item) for item in value])}]"
    if isinstance(value, dict):
        return f"map[{' '.join([f'{key}:{_shown(value[key])}' for key in sorted(value)])}]"
    return str(value)


def _go_type(value: Any) -> str:
    names = {bool: "bool", int: "int", float: "float64", str: "string", _Number: "json.Number"}
    if isinstance(value, list):
        return "[]interface {}"
    return "map[string]interface {}" if isinstance(value, dict) else names.get(type(value), "<nil>")


def _kind(value: Any) -> type:
    """What two values must share to be compared."""
    if isinstance(value, str):
        return str
    if type(value) in {bool, int, float}:
        return type(value)
    raise BuiltinError("template: error calling: incompatible types for comparison")


# ---- functions --------------------------------------------------------------------------------


def _only(given: list[Any], count: int) -> list[Any]:
    if len(given) != count:
        raise BuiltinError(f"template: wrong number of args: want {count} got {len(given)}")
    return given


def _equal(_: Session, given: list[Any]) -> bool:
    if len(given) < 2:
        raise BuiltinError("template: missing argument for comparison")
    return any(_same(given[0], other) for other in given[1:])


def _same(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is None and b is None
    if _kind(a) is not _kind(b):
        raise BuiltinError("template: error calling eq: incompatible types for comparison")
    return bool(a == b)


def _less(a: Any, b: Any) -> bool:
    if _kind(a) is not _kind(b) or isinstance(a, bool):
        raise BuiltinError("template: error calling lt: incompatible types for comparison")
    return bool(a < b)


def _ordering(test: Callable[[Any, Any], bool]) -> Callable[[Session, list[Any]], bool]:
    return lambda _, given: test(*_only(given, 2))


def _length(_: Session, given: list[Any]) -> int:
    (value,) = _only(given, 1)
    if isinstance(value, str):
        return len(encode_utf8(value))
    if isinstance(value, list | dict):
        return len(value)
    raise BuiltinError("template: error calling len: no length")


def _index(_: Session, given: list[Any]) -> Any:
    if not given or given[0] is None:
        raise BuiltinError("template: error calling index: index of untyped nil")
    value = given[0]
    for step in given[1:]:
        if isinstance(value, dict) and isinstance(step, str) and not isinstance(step, _Number):
            value = value.get(step, _MISSING)
        elif isinstance(value, list | str) and type(step) is int:
            items = encode_utf8(value) if isinstance(value, str) else value
            if not 0 <= step < len(items):
                raise BuiltinError(f"template: error calling index: index out of range: {step}")
            value = items[step]
        else:
            raise BuiltinError("template: error calling index: can't index item")
    return value


def _slice(_: Session, given: list[Any]) -> Any:
    value, *bounds = given or [None]
    is_text = isinstance(value, str)
    items = encode_utf8(value) if is_text else value
    if not isinstance(items, bytes | list) or len(bounds) > (2 if is_text else 3):
        raise BuiltinError("template: error calling slice: can't slice item")
    edges = [*bounds, *[0, len(items)][len(bounds) :]]
    if any(type(edge) is not int for edge in edges) or sorted([0, *edges, len(items)]) != [
        *[0, *edges],
        len(items),
    ]:
        raise BuiltinError("template: error calling slice: index out of range")
    found = items[edges[0] : edges[1]]
    return keep_bytes(found) if isinstance(found, bytes) else found


def _print(session: Session, given: list[Any]) -> str:
    parts: list[str] = []
    for place, value in enumerate(given):
        # A space stands between two of which none is a text.
        if place and not isinstance(value, str) and not isinstance(given[place - 1], str):
            parts.append(" ")
        parts.append(_shown(value))
    session.budget.size(sum(map(len, parts)))
    return "".join(parts)


def _print_line(session: Session, given: list[Any]) -> str:
    text = " ".join([_shown(value) for value in given]) + "\n"
    session.budget.size(len(text))
    return text


def _print_format(session: Session, given: list[Any]) -> str:
    if not given or not isinstance(given[0], str):
        raise BuiltinError("template: wrong type for the format of printf")
    if _CHOOSES.search(given[0]):
        # A width or an index among the operands: plain ones are printed as sprintf has it.
        if any(type(value) not in {int, str} for value in given[1:]):
            raise BuiltinError("template: printf with * or [n] takes integers and texts only")
        return _one(session, given[0], given[1:])
    values = iter(given[1:])
    used = 0

    def verb(found: re.Match[str]) -> str:
        nonlocal used
        if found[1] == "%":
            return "%"
        if not found[1]:
            return "%!(NOVERB)"
        used += 1
        if used > len(given) - 1:
            return f"%!{found[1]}(MISSING)"
        return _formatted(session, found[0], found[1], next(values))

    text = _VERB.sub(verb, given[0])
    extra = [f"{_go_type(value)}={_shown(value)}" for value in values]
    text += f"%!(EXTRA {', '.join(extra)})" if extra else ""
    session.budget.size(len(text))
    return text


def _formatted(session: Session, spec: str, verb: str, value: Any) -> str:
    if verb == "T":
        return _one(session, f"{spec[:-1]}s", [_go_type(value)])
    if isinstance(value, list) and verb != "v":
        return f"[{' '.join([_formatted(session, spec, verb, item) for item in value])}]"
    fits = isinstance(value, list | dict) and verb in "vs"
    if fits or (value is None and verb == "v") or (isinstance(value, bool) and verb in "tv"):
        return _one(session, f"{spec[:-1]}s", [_shown(value)])
    if type(value) in {int, str} or (isinstance(value, _Number) and verb in "vsqxX"):
        text = _one(session, spec, [str(value) if isinstance(value, str) else value])
        return text.replace(f"%!{verb}(int64=", f"%!{verb}(int=")
    if isinstance(value, float) and verb in "vbgGxXfFeE":
        whole = re.fullmatch(r"%([-+# 0]*)(\d*)(?:\.(\d*))?.", spec)
        marks, width, precision = whole.groups() if whole else ("", "", None)
        flags = Flags(
            minus="-" in marks,
            plus="+" in marks,
            sharp="#" in marks,
            space=" " in marks,
            zero="0" in marks,
            width=int(width or 0),
            precision=None if precision is None else int(precision or 0),
        )
        session.budget.size(int(width or 0) + int(precision or 0))
        return format_float(value, verb, flags) or ""
    shown = "<nil>" if value is None else f"{_go_type(value)}={_shown(value)}"
    return f"%!{verb}({shown})"


def _one(session: Session, spec: str, values: list[Value]) -> str:
    text: str = sprintf(session, spec, values)
    return text


def _html(session: Session, given: list[Any]) -> str:
    return "".join([_HTML.get(char, char) for char in _print(session, given)])


def _script(session: Session, given: list[Any]) -> str:
    return "".join(
        [
            _SCRIPT.get(char) or (char if char.isprintable() else f"\\u{ord(char):04X}")
            for char in _print(session, given)
        ]
    )


def _url_query(session: Session, given: list[Any]) -> str:
    return quote_plus(encode_utf8(_print(session, given)), safe="-_.~")


def _refuse_call(_: Session, given: list[Any]) -> Any:
    raise BuiltinError(f"template: error calling call: non-function of {len(given)} arguments")


_FUNCTIONS: Final[dict[str, Callable[[Session, list[Any]], Any]]] = {
    "call": _refuse_call,
    "eq": _equal,
    "ne": _ordering(lambda a, b: not _same(a, b)),
    "lt": _ordering(_less),
    "le": _ordering(lambda a, b: _less(a, b) or _same(a, b)),
    "gt": _ordering(lambda a, b: not _less(a, b) and not _same(a, b)),
    "ge": _ordering(lambda a, b: not _less(a, b)),
    "html": _html,
    "index": _index,
    "js": _script,
    "len": _length,
    "not": lambda _, given: not _truth(*_only(given, 1)),
    "print": _print,
    "printf": _print_format,
    "println": _print_line,
    "slice": _slice,
    "urlquery": _url_query,
}

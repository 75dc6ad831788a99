"""The names that generated code refers to: constants, builtins and places of the source.

Nothing of a policy becomes source text: a constant is a name in this table. Names here start with
``b``, ``g``, ``k`` or ``p``, and those of locals with none of these.
"""

from __future__ import annotations

from typing import Any, TypeVar

from policyengine.rego.runtime.builtins.registry import Builtin
from policyengine.rego.runtime.values import Value
from policyengine.rego.syntax.source import Location

_Scalar = TypeVar("_Scalar", str, int)


class Constants:
    """``names`` maps each name to what it stands for, ``builtins`` to the builtin that it is."""

    def __init__(self, prefix: str = "") -> None:
        self.names: dict[str, Any] = {}
        self.builtins: dict[str, str] = {}
        self.sites: list[tuple[str, int, int]] = []
        self.spans: list[Location] = []
        self._prefix = prefix
        self._texts: dict[str, str] = {}
        self._integers: dict[int, str] = {}
        self._paths: dict[tuple[str, ...], str] = {}
        self._builtins: dict[str, str] = {}
        self._counter = 0

    def constant(self, value: Value) -> str:
        """A name, or the literal for a value that is as short."""
        if type(value) is str:
            return self._texts.get(value) or self._kept(self._texts, value)
        if value is None or value is True or value is False:
            return repr(value)
        if type(value) is int:
            if -1000 < value < 1000:
                return f"({value})" if value < 0 else str(value)
            return self._integers.get(value) or self._kept(self._integers, value)
        return self._new("k", value)

    def thing(self, letter: str, value: Any) -> str:
        return self._new(letter, value)

    def path(self, keys: tuple[str, ...]) -> str:
        """The name of a path of strings."""
        name = self._paths.get(keys)
        if name is None:
            name = self._paths[keys] = self._new("p", keys)
        return name

    def builtin(self, builtin: Builtin) -> str:
        name = self._builtins.get(builtin.name)
        if name is None:
            name = self._builtins[builtin.name] = f"b{self._prefix}{self._counter}"
            self._counter += 1
            self.builtins[name] = builtin.name
        return name

    def site(self, location: Location) -> int:
        """The number of a place that an error at run time can name."""
        self.sites.append((location.file, *location.position))
        return len(self.sites) - 1

    def span(self, location: Location) -> int:
        """The number of what code of the covered make notes."""
        self.spans.append(location)
        return len(self.spans) - 1

    def _kept(self, names: dict[_Scalar, str], value: _Scalar) -> str:
        name = names[value] = self._new("k", value)
        return name

    def _new(self, letter: str, value: Any) -> str:
        name = f"{letter}{self._prefix}{self._counter}"
        self._counter += 1
        self.names[name] = value
        return name

"""Faster constructors for the frozen dataclasses of which a large policy has a million.

``__init__`` of a frozen dataclass sets each field through ``object.__setattr__``, and is called
through the class with a dictionary of its arguments. A constructor made here is a function that
fills a plain object with the same slots, which then becomes one of the class: a third of the time,
and what comes of it is as frozen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, ParamSpec, TypeVar

_Fields = ParamSpec("_Fields")
_Node = TypeVar("_Node")


def constructor(cls: Callable[_Fields, _Node]) -> Callable[_Fields, _Node]:
    """A function that makes objects of a frozen dataclass with slots, as calling it does.

    Raises TypeError for a class that is none, or does more than to keep what it is given.
    """
    if not isinstance(cls, type) or "__slots__" not in vars(cls) or hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls} does more than to keep its fields in slots")
    # Not the class's own name: what is seen in the making is not of the class.
    made = type(f"_Open{cls.__name__}", (), {"__slots__": vars(cls)["__slots__"]})
    known: dict[str, Any] = {"new": object.__new__, "made": made, "cls": cls}
    arguments: list[str] = []
    lines = ["self = new(made)"]
    for field in fields(cls):
        if not field.init or field.default_factory is not MISSING:
            raise TypeError(f"{cls}.{field.name} is made by the class")
        if field.kw_only and "*" not in arguments:
            arguments.append("*")
        default = ""
        if field.default is not MISSING:
            known[f"default_{field.name}"] = field.default
            default = f"=default_{field.name}"
        arguments.append(f"{field.name}{default}")
        lines.append(f"self.{field.name} = {field.name}")
    lines += ["self.__class__ = cls", "return self"]
    name = f"new_{cls.__name__.lower()}"
    body = "".join(f"\n    {line}" for line in lines)
    exec(f"def {name}({', '.join(arguments)}):{body}", known)  # noqa: S102 # of names of fields
    function: Callable[_Fields, _Node] = known[name]
    return function

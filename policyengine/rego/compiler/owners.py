"""The rules behind generated functions: what errors name, and what is asked for by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from policyengine.rego.compiler.core import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The rule that a function was made for, as an error names it, and its place."""

    rule: str
    file: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One definition of a rule, and the Python function that gives what it alone makes.

    ``kind`` says how to call ``function``: a ``value`` is returned, a ``set`` and an ``object``
    are put into the collection that is handed over.
    """

    package: Path
    name: str
    file: str
    row: int
    kind: Literal["value", "set", "object"]
    function: str

    @property
    def owner(self) -> Owner:
        """The rule as errors name it."""
        rule = ".".join(("data", *self.package, self.name))
        return Owner(rule=rule, file=self.file, row=self.row)


QUERY_OWNER: Final = Owner(rule="the query", file="<query>", row=1)

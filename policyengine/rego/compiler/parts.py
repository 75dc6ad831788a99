"""What all generated functions of one program share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from policyengine.rego.compiler.constants import Constants
from policyengine.rego.compiler.core import Path
from policyengine.rego.compiler.emitter import Emitter
from policyengine.rego.compiler.tree import TreeNode


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


@dataclass(slots=True, kw_only=True, eq=False)
class Parts:
    """``mockable`` are the functions that some ``with`` replaces."""

    constants: Constants
    tree: TreeNode
    mockable: frozenset[str]
    node_name: Callable[[TreeNode], str]
    functions: list[Emitter] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    prefix: str = ""
    _counter: int = 0

    def function_name(self, letter: str) -> str:
        self._counter += 1
        return f"{letter}{self.prefix}_{self._counter}"

    def has_rules(self, path: Path) -> bool:
        """Whether rules may make what is at ``path`` below ``data``, or above or below it."""
        node: TreeNode | None = self.tree
        for name in path:
            if node is None or node.clauses:
                return node is not None
            node = node.children.get(name)
        return node is not None

    def find(self, path: Path) -> TreeNode | None:
        node: TreeNode | None = self.tree
        for name in path:
            if node is None:
                return None
            node = node.children.get(name)
        return node

"""What all generated functions of one program share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from policyengine.rego.compiler.constants import Constants
from policyengine.rego.compiler.core import Path
from policyengine.rego.compiler.emitter import Emitter
from policyengine.rego.compiler.tree import TreeNode


@dataclass(slots=True, kw_only=True, eq=False)
class Parts:
    """``mockable`` are the functions that some ``with`` replaces."""

    constants: Constants
    tree: TreeNode
    mockable: frozenset[str]
    node_name: Callable[[TreeNode], str]
    functions: list[Emitter] = field(default_factory=list)
    prefix: str = ""
    _counter: int = 0

    def function_name(self, letter: str) -> str:
        self._counter += 1
        return f"{letter}{self.prefix}_{self._counter}"

    def find(self, path: Path) -> TreeNode | None:
        node: TreeNode | None = self.tree
        for name in path:
            if node is None:
                return None
            node = node.children.get(name)
        return node

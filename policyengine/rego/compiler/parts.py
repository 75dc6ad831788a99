"""What all generated functions of one program share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from policyengine.rego.compiler.constants import Constants
from policyengine.rego.compiler.core import Clause, Path
from policyengine.rego.compiler.core_texts import CoreTexts
from policyengine.rego.compiler.emitter import Emitter
from policyengine.rego.compiler.make import Make
from policyengine.rego.compiler.owners import Definition, Owner
from policyengine.rego.compiler.tree import TreeNode


@dataclass(slots=True, kw_only=True, eq=False)
class Parts:
    """``mockable`` are the functions that some ``with`` replaces.

    ``by_keys``: every partial rule that is asked for keys makes what is under these alone.
    ``takes_whole``: one of them that is asked so makes all that it has.

    ``owner`` is the rule that is being written, and ``owners`` that of each function so far.
    """

    constants: Constants
    tree: TreeNode
    mockable: frozenset[str]
    node_name: Callable[[TreeNode], str]
    functions: list[Emitter] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    prefix: str = ""
    make: Make = Make.PLAIN
    by_keys: bool = False
    takes_whole: bool = False
    owner: Owner | None = None
    owners: dict[str, Owner] = field(default_factory=dict)
    texts: CoreTexts = field(default_factory=CoreTexts)
    _counter: int = 0

    @property
    def is_followed(self) -> bool:
        return self.make is Make.FOLLOWED

    def own(self, clause: Clause) -> None:
        """Say that what is written from now on is of this clause."""
        rule = ".".join(("data", *clause.path))
        location = clause.rule.location
        self.owner = Owner(rule=rule, file=location.file, row=location.row)

    def function_name(self, letter: str) -> str:
        self._counter += 1
        name = f"{letter}{self.prefix}_{self._counter}"
        if self.owner is not None:
            self.owners[name] = self.owner
        return name

    def sources(self) -> list[str]:
        """The Python of each function."""
        return ["\n".join(emitter.lines) for emitter in self.functions]

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

"""The rules of all modules, placed under ``data``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from policyengine.rego.compiler.core import Clause, Path


@dataclass(slots=True, eq=False)
class TreeNode:
    """A place below ``data``, while the tree is made.

    ``clauses`` are those of the rules that are exactly here; ``general`` that one of them, or of
    those below, has a head that goes on with a variable: then all of them make one document.
    ``function`` makes the document; ``by_keys``, where there are such, what it has under one key,
    under two keys and so on.
    """

    path: Path
    children: dict[str, TreeNode] = field(default_factory=dict)
    clauses: list[Clause] = field(default_factory=list)
    function: str = ""
    by_keys: list[str] = field(default_factory=list)

    @property
    def is_function(self) -> bool:
        return any(clause.is_function for clause in self.clauses)

    @property
    def is_general(self) -> bool:
        return any(clause.suffix for clause in self.clauses)

    def child(self, name: str) -> TreeNode:
        found = self.children.get(name)
        if found is None:
            found = self.children[name] = TreeNode((*self.path, name))
        return found

    def copy(self) -> TreeNode:
        """The tree without the names of functions, for another program to be made from."""
        return TreeNode(
            self.path,
            children={name: child.copy() for name, child in self.children.items()},
            clauses=self.clauses,
        )

    def all_clauses(self) -> list[Clause]:
        """The clauses here and below."""
        found = [*self.clauses]
        for child in self.children.values():
            found += child.all_clauses()
        return found


def build_tree(clauses: Iterable[Clause], packages: Iterable[Path]) -> TreeNode:
    """The tree of all rules. Packages without rules are there, and empty."""
    root = TreeNode(())
    for package in packages:
        node = root
        for name in package:
            node = node.child(name)
    for clause in clauses:
        node = root
        for name in clause.path:
            node = node.child(name)
        node.clauses.append(clause)
    return root

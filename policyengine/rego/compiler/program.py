"""Modules to a program: code objects, and what they refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from policyengine.rego.compiler.check import Checked
from policyengine.rego.compiler.constants import Constants
from policyengine.rego.compiler.image import Image, Place
from policyengine.rego.compiler.make import Make
from policyengine.rego.compiler.parts import Parts
from policyengine.rego.compiler.rule_writer import write_rules
from policyengine.rego.compiler.running import GENERATED, Program, start
from policyengine.rego.compiler.shapes import compiled, joined
from policyengine.rego.compiler.tree import TreeNode
from policyengine.rego.runtime.evaluation import Node
from policyengine.rego.runtime.follow import Spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A program with the trees that it came from, over which queries are compiled."""

    checked: Checked
    parts: Parts
    program: Program

    def spots(self) -> list[Spot]:
        """The places that code of the followed make tells of."""
        return [item for item in self.parts.constants.names.values() if type(item) is Spot]


def link(
    checked: Checked,
    mocked: frozenset[str] = frozenset(),
    make: Make = Make.PLAIN,
    *,
    by_keys: bool = False,
) -> Linked:
    """Generate and compile the Python of checked modules. ``by_keys`` as of ``Parts``."""
    tree = checked.tree.copy()
    constants = Constants()
    names: dict[int, str] = {}

    def node_name(node: TreeNode) -> str:
        name = names.get(id(node))
        if name is None:
            name = names[id(node)] = constants.thing("g", Node(node.path))
        return name

    parts = Parts(
        constants=constants,
        tree=tree,
        mockable=checked.mocked | mocked,
        node_name=node_name,
        make=make,
        by_keys=by_keys,
    )
    documents = write_rules(parts)
    places = tuple(_places(tree, node_name))
    sources = parts.sources()
    image = Image(
        code=compiled(sources, GENERATED),
        source=joined(sources),
        names=constants.names,
        builtins=constants.builtins,
        sites=tuple(constants.sites),
        places=places,
        definitions=tuple(parts.definitions),
        owners=parts.owners,
        documents=documents,
        takes_whole=parts.takes_whole,
    )
    return Linked(checked=checked, parts=parts, program=start(image))


def _places(node: TreeNode, node_name: Callable[[TreeNode], str]) -> Iterator[Place]:
    node_name(node)
    yield Place(path=node.path, function=node.function, is_function=node.is_function)
    # OPA makes the documents of a package in the order of their names.
    for _, child in sorted(node.children.items()):
        yield from _places(child, node_name)

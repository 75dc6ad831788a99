"""Which paths of ``input`` a rule reads, by itself and through all that it refers to.

The answer errs towards more: a path ends at its first part that is not constant, a value that is
passed on counts as read whole, and a name that could be a rule is taken for it. A path too many
asks for evidence that was not needed; one too few could let an image pass unjudged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.visit import walk

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A reference to ``input`` or ``data``: the constant parts behind it, and the node.

    ``certain`` is False for a bare name, which may be a rule of the package, but also a local
    variable or a builtin.
    """

    root: str
    path: Path
    node: ast.Ref | ast.Var
    certain: bool


class PathIndex:
    """Paths, of which those at, above and below another are found without a look at all others."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = frozenset(paths)
        self._below: dict[Path, list[Path]] = {}
        for path in self._paths:
            for length in range(len(path) + 1):
                self._below.setdefault(path[:length], []).append(path)

    def meant_by(self, path: Path) -> Iterator[Path]:
        """Yield the paths that begin with ``path``, itself too, and those that it begins with."""
        yield from self._below.get(path, ())
        for length in range(len(path)):
            if path[:length] in self._paths:
                yield path[:length]

    def __contains__(self, path: Path) -> bool:
        return any(True for _ in self.meant_by(path))


class InputReader:
    """Answers for the rules of the modules that it was made from."""

    def __init__(self, trees: Mapping[str, ast.Module]) -> None:
        self._units: dict[Path, list[tuple[ast.Rule, ast.Module]]] = {}
        for tree in trees.values():
            for rule in tree.rules:
                name = _head_name(rule)
                self._units.setdefault((*_constants(tree.package.path.terms[1:]), name), []).append(
                    (rule, tree)
                )
        self._index = PathIndex(self._units)
        # By identity: equal rules in two modules may mean different things.
        self._references: dict[int, tuple[ast.Rule, tuple[Reference, ...]]] = {}

    @property
    def names(self) -> frozenset[Path]:
        """The full paths of all rules and functions, without ``data``."""
        return frozenset(self._units)

    def paths_read_by(self, rule: ast.Rule, tree: ast.Module) -> frozenset[Path]:
        """Return the paths of ``input`` that ``rule`` and all that it refers to read."""
        # A path that begins with another that is read is told by it, but is kept: it is shown.
        return frozenset(item.path for item in self._reached(rule, tree) if item.root == "input")

    def parameters_read_by(self, rule: ast.Rule, tree: ast.Module) -> frozenset[str]:
        """Return the parameters that ``rule`` and all that it refers to read by name."""
        return frozenset(
            item.path[1]
            for item in self._reached(rule, tree)
            if item.root == "data" and item.path[:1] == ("parameters",) and len(item.path) > 1
        )

    def rules_read_by(
        self, rule: ast.Rule, tree: ast.Module
    ) -> tuple[tuple[ast.Rule, ast.Module], ...]:
        """Return all that ``rule`` refers to, with the module of each, in no order that matters."""
        units = {
            unit
            for item in self._reached(rule, tree)
            if item.root == "data"
            for unit in self._index.meant_by(item.path)
        }
        return tuple(pair for unit in sorted(units) for pair in self._units[unit])

    def _references_in(self, rule: ast.Rule, tree: ast.Module) -> tuple[Reference, ...]:
        known = self._references.get(id(rule))
        if known is None:
            # The rule is kept, so that no other has its identity.
            known = self._references[id(rule)] = (rule, tuple(references(rule, tree)))
        return known[1]

    def _reached(self, rule: ast.Rule, tree: ast.Module) -> Iterator[Reference]:
        """Yield the references in ``rule`` and in all that it refers to."""
        seen: set[Path] = set()
        pending = [(rule, tree)]
        while pending:
            current, module = pending.pop()
            for reference in self._references_in(current, module):
                yield reference
                if reference.root == "input":
                    continue
                for unit in self._index.meant_by(reference.path):
                    if unit not in seen:
                        seen.add(unit)
                        pending.extend(self._units[unit])


def references(rule: ast.Rule, module: ast.Module) -> Iterator[Reference]:
    """Yield every reference to ``input`` and ``data`` in ``rule``, imports and the package's own
    rules resolved."""
    aliases = _aliases(module)
    package = _constants(module.package.path.terms[1:])
    # What a definition is called is no reading of the others of that name.
    inner: set[int] = {id(term) for term in rule.head.ref[:1]}
    for node in walk(rule):
        if isinstance(node, ast.Ref):
            head = node.terms[0]
            if isinstance(head, ast.Var):
                inner.add(id(head))
                yield _resolved(head.name, _constants(node.terms[1:]), node, aliases, package)
        elif isinstance(node, ast.Var) and id(node) not in inner:
            yield _resolved(node.name, (), node, aliases, package)


def _resolved(
    name: str, rest: Path, node: ast.Ref | ast.Var, aliases: Mapping[str, Path], package: Path
) -> Reference:
    path = aliases.get(name)
    if path is None and name in {"input", "data"}:
        path = (name,)
    certain = path is not None
    if path is None:
        # A rule of the package, a local variable, or a builtin: only the first is in the table.
        path = ("data", *package, name)
    return Reference(root=path[0], path=(*path[1:], *rest), node=node, certain=certain)


def _aliases(module: ast.Module) -> dict[str, Path]:
    aliases: dict[str, Path] = {}
    for imported in module.imports:
        head = imported.path.terms[0]
        if isinstance(head, ast.Var) and head.name in {"input", "data"}:
            path = (head.name, *_constants(imported.path.terms[1:]))
            aliases[imported.alias or path[-1]] = path
    return aliases


def _constants(terms: tuple[ast.Term, ...]) -> Path:
    """Return the leading terms that are strings."""
    parts: list[str] = []
    for term in terms:
        if not isinstance(term, ast.String):
            break
        parts.append(term.value)
    return tuple(parts)


def _head_name(rule: ast.Rule) -> str:
    first = rule.head.ref[0] if rule.head.ref else None
    return first.name if isinstance(first, ast.Var) else rule.head.name

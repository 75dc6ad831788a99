"""The imports a written module needs, and their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Import, Module, Ref, String, Term, Var
from policyengine.rego.syntax.expression_parser import is_membership
from policyengine.rego.syntax.formatting.style import (
    Target,
    is_future,
    is_version,
)
from policyengine.rego.syntax.source import Location, Source
from policyengine.rego.syntax.token_kinds import V2_KEYWORDS
from policyengine.rego.syntax.visit import walk

# The place of what no source has.
_NOWHERE: Final = Location(Source("", ""), 0, 0, 0)
_KEYWORDS: Final = ("in", "every", "not", "and", "or")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedImport:
    """An import and the row it is to be sorted by. ``added`` says that no source has it."""

    path: Ref
    alias: str
    row: int
    col: int
    added: bool


def imports_for(module: Module, target: Target, *, drop: bool = False) -> list[PlacedImport]:
    """The imports of a module, with those of the language that the target needs.

    ``drop`` leaves out those that v1 does not need.
    """
    written = list(module.imports)
    has_v2 = any(is_version(item, "v2") for item in written)
    drops = drop and target == "v1"
    if has_v2 or drops:
        written = [item for item in written if not is_version(item, "v1")]
    has_v1 = has_v2 or any(is_version(item, "v1") for item in written)
    found = [_placed(item) for item in written]
    if target == "v0-v1" and not has_v1:
        found.append(_added(found, "rego", "v1"))
        has_v1 = True
    if target == "v0" and not has_v1:
        for word in _used_keywords(module):
            _ensure(found, word)
        return found
    # Without a version's import the keywords stay imported as they were.
    if (has_v1 or drop) and any(map(is_future, written)):
        found = [item for item in found if not _is_future(item)]
        if not has_v2:
            for word in _used_keywords(module):
                if word in V2_KEYWORDS:
                    _ensure(found, word)
    return found


def import_order(item: PlacedImport) -> tuple[tuple[str, ...], str]:
    """What imports that stand together are sorted by."""
    return tuple(_word(term) for term in item.path.terms), item.alias


def _word(term: Term) -> str:
    if isinstance(term, Var):
        return term.name
    return term.value if isinstance(term, String) else ""


def _placed(item: Import) -> PlacedImport:
    row, col = item.location.source.position(item.location.offset)
    return PlacedImport(path=item.path, alias=item.alias, row=row, col=col, added=False)


def _is_future(item: PlacedImport) -> bool:
    return _word(item.path.terms[0]) == "future"


def _used_keywords(module: Module) -> list[str]:
    """The keywords of a module's expressions that a version may need an import for."""
    found: set[str] = set()
    for node in walk(module):
        if isinstance(node, ast.Expr):
            terms = node.terms
            match terms:
                case ast.Every():
                    found.add("every")
                case ast.Not():
                    found.add("not")
                case ast.LogicalAnd():
                    found.add("and")
                case ast.LogicalOr():
                    found.add("or")
                case ast.Call() if is_membership(terms):
                    found.add("in")
                case _:
                    pass
    return [word for word in _KEYWORDS if word in found]


def _ensure(found: list[PlacedImport], word: str) -> None:
    for item in found:
        path = import_order(item)[0]
        if path == ("future", "keywords") or (
            len(path) == 3
            and path[:2] == ("future", "keywords")
            and (path[2] == word or (path[2] == "every" and word == "in"))
        ):
            return
    found.append(_added(found, "future", "keywords", word))


def _added(found: list[PlacedImport], root: str, *steps: str) -> PlacedImport:
    """An import behind the last one of the language, at the top if there is none."""
    rows = [
        item.row for item in found if _is_future(item) or import_order(item)[0] == ("rego", "v1")
    ]
    place = _NOWHERE
    terms: tuple[Term, ...] = (
        Var(name=root, location=place),
        *(String(value=s, location=place) for s in steps),
    )
    path = Ref(terms=terms, location=place)
    return PlacedImport(path=path, alias="", row=max(rows, default=0) + 1, col=1, added=True)

"""The METADATA of several modules together: what applies to a rule, from the nearest outwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policyengine.errors import RegoCompileError, RegoFinding
from policyengine.rego.syntax.annotations import rule_path
from policyengine.rego.syntax.ast import Annotations, Module, String, Term
from policyengine.rego.syntax.order import term_key
from policyengine.rego.syntax.render import reference_text
from policyengine.rego.syntax.source import Location

REDECLARED = "rego_type_error"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnnotationsRef:
    """Annotations and the document they speak of.

    ``path`` starts with ``data``; ``annotations`` is ``None`` for a rule that has none of its own;
    ``location`` is that of the rule or package.
    """

    path: tuple[Term, ...]
    annotations: Annotations | None
    location: Location


class AnnotationSet:
    """All annotations of a policy. Not changed after it is built."""

    def __init__(self, modules: Iterable[Module]) -> None:
        """Raises ``RegoCompileError`` where a package or document is annotated twice."""
        self._rules: dict[tuple[int, int], list[AnnotationsRef]] = {}
        self._packages: dict[str, AnnotationsRef] = {}
        # Documents and subpackages share one tree of paths, as OPA has it.
        self._paths: dict[str, AnnotationsRef] = {}
        errors: list[RegoFinding] = []
        # Keeps the modules alive, whose identities are keys.
        self._modules = tuple(modules)
        for module in self._modules:
            for item in module.annotations:
                error = self._add(module, item)
                if error is not None:
                    errors.append(error)
        if errors:
            raise RegoCompileError(tuple(errors))

    def _add(self, module: Module, item: Annotations) -> RegoFinding | None:
        if item.rule is None:
            ref = AnnotationsRef(
                path=module.package.path.terms,
                annotations=item,
                location=module.package.location,
            )
        else:
            rule = module.rules[item.rule]
            path = rule_path(rule, module.package)
            ref = AnnotationsRef(path=path, annotations=item, location=rule.location)
            if item.scope == "rule":
                self._rules.setdefault((id(module), item.rule), []).append(ref)
                return None
        known = self._packages if item.scope == "package" else self._paths
        key = reference_text(ref.path)
        earlier = known.setdefault(key, ref).annotations
        if earlier is item or earlier is None:
            return None
        at, place = item.location, earlier.location
        return RegoFinding(
            code=REDECLARED,
            message=f"{item.scope} annotation redeclared: {place.file}:{place.row}",
            file=at.file,
            row=at.row,
            col=at.col,
            line=at.source.line(at.row),
        )

    def chain(self, module: Module, rule: int) -> list[AnnotationsRef]:
        """What applies to the rule at index ``rule`` of ``module``, nearest first.

        1. the blocks of the rule itself, from the nearest above it; one without annotations if it
           has none,
        2. that of its document, 3. that of its package,
        4. those of scope ``subpackages``, from its package outwards.
        """
        definition = module.rules[rule]
        path = rule_path(definition, module.package)
        own = self._rules.get((id(module), rule))
        if own:
            refs = sorted(own, key=_row, reverse=True)
        else:
            refs = [AnnotationsRef(path=path, annotations=None, location=definition.location)]
        found = [self._paths.get(reference_text(path))]
        package = module.package.path.terms
        found.append(self._packages.get(reference_text(package)))
        found += [
            self._paths.get(reference_text(package[:size])) for size in range(len(package), 0, -1)
        ]
        return [*refs, *(ref for ref in found if ref is not None)]

    def flatten(self) -> list[AnnotationsRef]:
        """Every block, in order of path and then of place."""
        refs = [*self._paths.values(), *self._packages.values()]
        for own in self._rules.values():
            refs += own
        refs.sort(key=_place)
        return refs


def path_strings(path: tuple[Term, ...]) -> list[str]:
    """A path's steps as text, the root ``data`` left out."""
    return [step.value for step in path if isinstance(step, String)]


def _row(ref: AnnotationsRef) -> int:
    return ref.location.row if ref.annotations is None else ref.annotations.location.row


def _place(ref: AnnotationsRef) -> tuple[tuple[object, ...], str, int]:
    location = ref.location if ref.annotations is None else ref.annotations.location
    return tuple(term_key(term) for term in ref.path), location.file, location.row

"""Where the statements go that one expression is taken apart into."""

from __future__ import annotations

from policyengine.rego.compiler import core
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.source import Location


class Place:
    """Where statements go that one expression needs: before it, under its ``with``."""

    def __init__(
        self,
        expr: ast.Expr,
        out: list[core.Statement],
        replacements: tuple[core.Replacement, ...],
        location: Location | None = None,
    ) -> None:
        self.expr = expr
        self._out = out
        self._replacements = replacements
        self._unit = core.new_unit(location=location or expr.location)

    def apart(self, location: Location) -> Place:
        """A place for what is a unit of its own, before this one's."""
        return Place(self.expr, self._out, self._replacements, location)

    def bind(self, term: core.CoreTerm, location: Location) -> core.Local:
        """Bind ``term`` to a new variable, and return it."""
        local = core.new_local(variable=core.new_variable(""), location=location)
        self.add(core.new_equation(a=local, b=term, assigns=True), location, made=True)
        return local

    def add(
        self,
        action: core.Action,
        location: Location,
        *,
        made: bool = False,
        compares: bool = False,
    ) -> None:
        if compares and isinstance(action, core.Equation):
            action = core.new_equation(a=action.a, b=action.b)
        self._out.append(
            core.new_statement(
                action=action,
                location=location if made else self.expr.location,
                unit=self._unit,
                negated=self.expr.negated and not made,
                replacements=self._replacements,
                source=None if made else self.expr,
                compares=compares,
                is_flat=core.is_flat(action),
            )
        )

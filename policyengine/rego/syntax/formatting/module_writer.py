"""Modules as text: package, then imports and rules in the order of their places."""

from __future__ import annotations

from policyengine.rego.syntax.ast import Module, Rule, Var
from policyengine.rego.syntax.formatting.imports import (
    PlacedImport,
    import_order,
)
from policyengine.rego.syntax.formatting.lines import PlacedComment
from policyengine.rego.syntax.formatting.rule_writer import RuleWriter
from policyengine.rego.syntax.formatting.style import Target, style_of


def written(module: Module, target: Target, imports: list[PlacedImport]) -> str:
    """The module as OPA's formatter writes it. Raises ``FormatError``."""
    comments = sorted(
        PlacedComment(
            row=comment.location.row,
            col=comment.location.col,
            text=f"#{comment.text.rstrip()}",
            written=comment.location.text,
        )
        for comment in module.comments
    )
    writer = _ModuleWriter(style_of(module, target), tuple(comments))
    writer.module(module, imports)
    text = "".join(writer.parts)
    return text.rstrip("\n") + "\n" if text.endswith("\n") else text


class _ModuleWriter(RuleWriter):
    def module(self, module: Module, imports: list[PlacedImport]) -> None:
        self._package(module)
        rules = sorted(module.rules, key=_place)
        first = rules[0].location.row if rules else None
        # An import behind a rule would have no effect.
        if first is not None and any(item.added and item.row >= first for item in imports):
            self._imports([item for item in imports if item.added])
            imports = [item for item in imports if not item.added]
        self._statements(imports, rules)
        for comment in self.comments:
            self.write_line(comment.text)
        if self.comments:
            self.write("\n")

    def _package(self, module: Module) -> None:
        package = module.package
        self.insert_comments(package.location.row)
        self.start_line()
        self.write("package ")
        _, first, *steps = package.path.terms
        name = getattr(first, "value", "")
        comments, self.comments = self.comments, ()
        self.reference((Var(name=name, location=first.location), *steps))
        self.comments = comments
        self.blank_line()

    def _statements(self, imports: list[PlacedImport], rules: list[Rule]) -> None:
        """Write imports and rules, in turns where they stand so."""
        ordered: list[tuple[tuple[int, int], PlacedImport | Rule]] = sorted(
            [*((_import_place(i), i) for i in imports), *((_place(r), r) for r in rules)],
            key=lambda placed: placed[0],
        )
        group: list[PlacedImport] = []
        followers: list[Rule] = []
        for _, statement in ordered:
            if isinstance(statement, Rule):
                if group:
                    self._imports(group)
                    group = []
                followers.append(statement)
            else:
                if followers:
                    self.rules(followers)
                    followers = []
                group.append(statement)
        if group:
            self._imports(group)
        if followers:
            self.rules(followers)

    def _imports(self, imports: list[PlacedImport]) -> None:
        """Write imports, sorted within each group that no empty line parts."""
        beside: dict[int, PlacedComment] = {}
        rows = {item.row: item for item in reversed(imports)}
        rest = []
        for comment in self.comments:
            if comment.row in rows:
                beside[id(rows[comment.row])] = comment
            else:
                rest.append(comment)
        self.comments = tuple(rest)
        for group in _groups(imports):
            self.insert_comments(group[0].row)
            for item in sorted(group, key=import_order):
                self.start_line()
                self._import(item)
                if id(item) in beside:
                    self.write(f" {beside[id(item)].text}")
                self.end_line()
            self.blank_line()

    def _import(self, item: PlacedImport) -> None:
        self.write("import ")
        comments, self.comments = self.comments, ()
        self.reference(item.path.terms)
        self.comments = comments
        if item.alias:
            self.write(f" as {item.alias}")


def _groups(imports: list[PlacedImport]) -> list[list[PlacedImport]]:
    groups: list[list[PlacedImport]] = []
    for item in imports:
        if groups and item.row - groups[-1][-1].row <= 1:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def _place(rule: Rule) -> tuple[int, int]:
    return rule.location.source.position(rule.location.offset)


def _import_place(item: PlacedImport) -> tuple[int, int]:
    return item.row, item.col

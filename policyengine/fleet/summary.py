"""What an audit found, counted by outcome, by rule and by repository."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from policyengine.model.json_value import JsonObject
from policyengine.model.verdict import Outcome

_NAMELESS = "(not known)"


class AuditSummary:
    """Counts rows as they come; holds no row."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.repositories: dict[str, Counter[str]] = {}

    def note(self, row: JsonObject) -> None:
        """Count one row of the results. An image counts once for each rule that denied it."""
        outcome = str(row["outcome"])
        self.outcomes[outcome] += 1
        reasons = row["reasons"]
        if isinstance(reasons, list):
            self.rules.update({_rule_id(reason) for reason in reasons})
        repository = str(row["repository"] or _NAMELESS)
        self.repositories.setdefault(repository, Counter())[outcome] += 1

    def lines(self) -> list[str]:
        """Return the summary for people."""
        lines = []
        if self.rules:
            lines += ["by rule:", *_table((name, [count]) for name, count in _worst(self.rules))]
        named = sorted(
            self.repositories.items(),
            key=lambda item: (-item[1][Outcome.DENIED.value], item[0]),
        )
        header: tuple[str, list[object]] = ("", [outcome.value for outcome in Outcome])
        rows: list[tuple[str, list[object]]] = [
            (name, [counts[outcome.value] for outcome in Outcome]) for name, counts in named
        ]
        lines += ["by repository:", *_table([header, *rows])]
        total = sum(self.outcomes.values())
        parts = [f"{self.outcomes[o.value]} {o.value}" for o in Outcome if self.outcomes[o.value]]
        lines.append(f"{total} image{'' if total == 1 else 's'}: {', '.join(parts)}")
        return lines


def _worst(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _table(rows: Iterable[tuple[str, Sequence[object]]]) -> list[str]:
    listed = [(name, [str(cell) for cell in cells]) for name, cells in rows]
    width = max(len(name) for name, _ in listed)
    columns = [max(len(cells[i]) for _, cells in listed) for i in range(len(listed[0][1]))]
    return [
        f"  {name:<{width}}"
        + "".join(f"  {cell:>{size}}" for cell, size in zip(cells, columns, strict=True))
        for name, cells in listed
    ]


def _rule_id(reason: object) -> str:
    rule = reason.get("rule") if isinstance(reason, dict) else None
    return str(rule["id"]) if isinstance(rule, dict) else ""

"""Two rules with one id."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.rego.lint.calls import name_of
from policyengine.rego.lint.finding import Found, LintModule, LintRule


def _check(module: LintModule) -> Iterator[Found]:
    seen: dict[str, tuple[str, str]] = {}
    for file, tree in sorted(module.all_modules.items()):
        for rule in tree.rules:
            for annotation in rule.annotations[:1]:
                identifier = annotation.custom.get("id")
                if not isinstance(identifier, str):
                    continue
                owner = (str(name_of(tree.package.path)), rule.head.name)
                first = seen.setdefault(identifier, owner)
                if first != owner and file == module.file:
                    yield Found(
                        at=annotation.location,
                        message=f"the id {identifier} is that of {'.'.join(first)} too",
                    )


RULE = LintRule(
    id="duplicate-rule-id",
    category="bug",
    explanation="Waivers, baselines and people know a rule by its id.",
    bad=(
        "package a\n\n# METADATA\n# title: A\n# custom:\n#   id: x\n"
        'deny contains "a" if input.x\n\n# METADATA\n# title: B\n# custom:\n#   id: x\n'
        'warn contains "b" if input.y\n'
    ),
    good=(
        "package a\n\n# METADATA\n# title: A\n# custom:\n#   id: x\n"
        'deny contains "a" if input.x\n\n# METADATA\n# title: B\n# custom:\n#   id: y\n'
        'warn contains "b" if input.y\n'
    ),
    check=_check,
)

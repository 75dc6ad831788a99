"""Every rule of the linter finds its bad example and lets the good one be."""

from __future__ import annotations

import pytest

from policyengine.errors import RegoCompileError
from policyengine.rego.lint import RULES, LintRule, fixed, lint
from policyengine.rego.policy import Policy


def found(source: str, **options: object) -> list[tuple[str, int]]:
    return [(item.rule, item.row) for item in lint({"m.rego": source}, **options)]  # type: ignore[arg-type] # options of lint


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_what_it_is_there_for_and_nothing_else(rule: LintRule) -> None:
    schemas = None if rule.schema is None else {"schema": rule.schema}
    assert {name for name, _ in found(rule.bad, schemas=schemas)} == {rule.id}
    assert found(rule.good, schemas=schemas) == []
    assert rule.explanation.endswith(".")


def test_every_rule_has_an_id_of_its_own() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


MORE = [
    ("p if not {1}", "always-defined-not"),
    ('p if not sprintf("%s", [input.x])', "always-defined-not"),
    ("p if not [x | some x in input.xs]", "always-defined-not"),
    ("p if not startswith(input.x, input.y)", None),
    ("p if not input.x", None),
    ("p if true", "constant-condition"),
    ('p if {\n\tinput.x\n\t"a" != "b"\n}', "constant-condition"),
    ("default p := false", None),
    ("p := true if input.x", None),
    ("p if regex.match(`[`, input.x)", "invalid-regex"),
    ("p if regex.match(`(?=a)`, input.x)", "invalid-regex"),
    ("p if regex.match(`(a*)*b`, input.x)", "invalid-regex"),
    ("p if regex.match(`(a|b)+`, input.x)", None),
    ("p := regex.replace(input.x, `(`, `a`)", "invalid-regex"),
    ("p if regex.is_valid(`(`)", None),
    ('p := sprintf("%d%%", [1])', None),
    ('p := sprintf("%[1]s %[1]s", [input.x])', None),
    ('p := sprintf("%*d", [1, 2])', None),
    ('p := sprintf("%s", [1, 2])', "sprintf-arguments"),
    ('p := sprintf("%5.2f and %v", [1])', "sprintf-arguments"),
    ("p := sprintf(input.x, [1])", None),
    ("p := time.now_ns()", None),
    ('p := uuid.rfc4122("a")', "nondeterministic-builtin"),
    ('p if "a" == input.xs[_]', "prefer-in"),
    ('p if input.xs[_].name == "a"', None),
    ("p if input.xs[_] == input.y", None),
]


@pytest.mark.parametrize(("text", "rule"), MORE, ids=[text for text, _ in MORE])
def test_what_looks_alike_is_told_apart(text: str, rule: str | None) -> None:
    names = {name for name, _ in found(f"package a\n\n{text}\n", disabled={"not-formatted"})}
    assert names == (set() if rule is None else {rule})


REASONS = [
    ("deny contains 1 if input.x", True),
    ("deny contains [1] if input.x", True),
    ('deny contains " " if input.x', True),
    ('deny contains {"message": "a"} if input.x', True),
    ('deny contains {"msg": ""} if input.x', True),
    ('deny contains {input.k: "a"} if input.x', False),
    ("deny contains reason if {\n\tsome reason in input.reasons\n}", False),
    ('violation_x contains {"msg": input.m} if input.x', False),
]


@pytest.mark.parametrize(("text", "wrong"), REASONS)
def test_a_reason_has_a_message(text: str, wrong: bool) -> None:
    source = f"package a\n\n# METADATA\n# title: A\n{text}\n"
    assert ("missing-message" in dict(found(source))) is wrong


def test_what_does_not_compile_is_found_by_the_compiler() -> None:
    assert found("package a\n\np if x\n") == [("compile", 3)]
    assert found("package a\n\np if {\n") == [("compile", 4)]
    assert found("package a\n\nimport data.b\n\np := 1\n") == [("compile", 3)]


def test_a_comparison_that_can_never_hold_is_found_by_the_schema() -> None:
    schema = {"type": "object", "properties": {"x": {"type": "string"}}}
    names = found("package a\n\np if input.x == 1\n", schemas={"schema": schema})
    assert names == [("compile", 3)]
    assert found("package a\n\np if input.x == 1\n") == []


@pytest.mark.parametrize(
    "comment",
    ["# lint:ignore prefer-in", "# regal ignore:prefer-in", "# lint:ignore line-length, prefer-in"],
)
def test_a_comment_leaves_out_what_it_names(comment: str) -> None:
    line = 'p if input.xs[_] == "a"'
    assert found(f"package a\n\n{comment}\n{line}\n") == []
    assert found(f"package a\n\n{line} {comment}\n") == []
    assert found(f"package a\n\n{comment.replace('prefer-in', 'raw-regex')}\n{line}\n") != []
    assert found(f"package a\n\nq := 1 {comment}\n\n{line}\n") != []


def test_a_rule_that_is_disabled_is_not_run() -> None:
    assert found('package a\n\np if input.xs[_] == "a"\n', disabled={"prefer-in"}) == []


def test_ids_are_compared_over_all_modules() -> None:
    text = '# METADATA\n# title: A\n# custom:\n#   id: x\ndeny contains "a" if input.x\n'
    both = {"a.rego": f"package a\n\n{text}", "b.rego": f"package b\n\n{text}"}
    assert [(item.file, item.rule) for item in lint(both)] == [("b.rego", "duplicate-rule-id")]


MENDED = [
    ('p if regex.match("^\\\\d+$", input.x)', "p if regex.match(`^\\d+$`, input.x)"),
    ("p  if input.x", "p if input.x"),
    ('p if regex.match("\\\\d`", input.x)', 'p if regex.match("\\\\d`", input.x)'),
    ('p if regex.match("a\\n\\\\d", input.x)', 'p if regex.match("a\\n\\\\d", input.x)'),
]


@pytest.mark.parametrize(("before", "after"), MENDED)
def test_what_is_mended_means_the_same_and_stays_as_it_is(before: str, after: str) -> None:
    text = fixed(f"package a\n\n{before}\n", file="m.rego")
    assert text == f"package a\n\n{after}\n"
    assert fixed(text, file="m.rego") == text
    for given in ("123", "a\n1", "1`", "x"):
        answers = [
            Policy.compile({"m.rego": source}).evaluate("data.a.p", input={"x": given})
            for source in (f"package a\n\n{before}\n", text)
        ]
        assert answers[0] == answers[1]


def test_what_does_not_parse_is_not_mended() -> None:
    with pytest.raises(RegoCompileError):
        fixed("package a\n\np if {\n", file="m.rego")

"""Tests among the rules of modules, found as ``opa test`` 1.22.2 finds them.

A rule is a test if a name in its reference begins with ``test_``, and one that is put off if it
begins with ``todo_test_``. Each definition is a test by itself: the second of one name is
``name#01``. A test whose reference goes on behind that name, with a variable or a key, is a table:
every entry of its object is a case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from policyengine.errors import UsageError
from policyengine.rego.compiler.core import Path
from policyengine.rego.compiler.modules import package_path
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.parser import parse_modules
from policyengine.rego.syntax.render import reference_text

TEST: Final = "test_"
PUT_OFF: Final = "todo_test_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Modules by file name, the data that they are tested over, and how they are read."""

    modules: Mapping[str, str]
    data: Mapping[str, Any] = field(default_factory=dict)
    rego_version: ast.RegoVersion = "v1"
    file_rego_versions: Mapping[str, ast.RegoVersion] = field(default_factory=dict)
    schemas: Mapping[str, Any] | None = None

    def parsed(self) -> dict[str, ast.Module]:
        """The modules as trees, with a name of its own for each test.

        Raises RegoCompileError.
        """
        return with_own_names(
            parse_modules(
                self.modules,
                rego_version=self.rego_version,
                file_rego_versions=self.file_rego_versions,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """One test. ``package`` and ``name`` are as OPA writes them: ``data.a.b`` and ``test_c``.

    ``path`` is where its document is, below ``data``. ``is_table``: its value is an object of
    cases.
    """

    package: str
    name: str
    path: Path
    file: str
    row: int
    col: int
    is_put_off: bool
    is_table: bool

    @property
    def full_name(self) -> str:
        return f"{self.package}.{self.name}"


def with_own_names(modules: Mapping[str, ast.Module]) -> dict[str, ast.Module]:
    """Modules in which no two definitions of a test have one name."""
    count: dict[tuple[str, str], int] = {}
    return {file: _renamed(module, count) for file, module in modules.items()}


def find_tests(modules: Mapping[str, ast.Module]) -> list[RuleTest]:
    """The tests of modules that ``with_own_names`` gave, by file and row."""
    found: list[RuleTest] = []
    for module in modules.values():
        package = package_path(module)
        for rule in module.rules:
            length = name_length(rule.head)
            if length is None:
                continue
            terms = rule.head.ref[:length]
            names = tuple([_text(term) or "" for term in terms])
            found.append(
                RuleTest(
                    package=reference_text(module.package.path.terms),
                    name=reference_text(terms),
                    path=(*package, *names),
                    file=rule.location.file,
                    row=rule.location.row,
                    col=rule.location.col,
                    is_put_off=names[-1].startswith(PUT_OFF),
                    is_table=is_table(rule.head),
                )
            )
    return sorted(found, key=lambda test: (test.file, test.row, test.col))


def choose_tests(tests: Sequence[RuleTest], pattern: str | None) -> list[RuleTest]:
    """Those whose full names match ``pattern``. Raises UsageError where there are none."""
    chosen = [*tests]
    if pattern is not None:
        import re2

        options = re2.Options()
        # It would write to the user's terminal by itself.
        options.log_errors = False
        try:
            expression = re2.compile(pattern, options)
        except (re2.error, UnicodeEncodeError) as error:
            reason = error.args[0] if error.args else ""
            text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
            raise UsageError("is no regular expression", found=repr(pattern), hint=text) from None
        chosen = [test for test in tests if expression.search(test.full_name)]
    if not chosen:
        raise UsageError(
            "there is no test to run" if pattern is None else f"no test matches {pattern!r}",
            expected="a rule whose name begins with test_",
        )
    return chosen


def name_length(head: ast.Head) -> int | None:
    """How many terms of a rule's reference name the test; None for a rule that is none."""
    for index, term in enumerate(head.ref):
        text = _text(term)
        if text is None:
            return None
        if text.startswith((TEST, PUT_OFF)):
            return index + 1
    return None


def is_table(head: ast.Head) -> bool:
    """Whether a rule makes an object, as OPA tells: by a key, or a reference with a variable."""
    if head.args or head.value is None:
        return False
    return head.key is not None or any(not isinstance(term, ast.Scalar) for term in head.ref[1:])


def _text(term: ast.Term) -> str | None:
    match term:
        case ast.Var():
            return term.name
        case ast.String():
            return term.value
        case _:
            return None


def _renamed(module: ast.Module, count: dict[tuple[str, str], int]) -> ast.Module:
    package = reference_text(module.package.path.terms)
    rules: list[ast.Rule] = []
    for rule in module.rules:
        length = name_length(rule.head)
        if length is None or not (_text(rule.head.ref[length - 1]) or "").startswith(TEST):
            rules.append(rule)
            continue
        key = (package, reference_text(rule.head.ref[:length]))
        number = count[key] = count.get(key, -1) + 1
        rules.append(_numbered(rule, length - 1, number) if number else rule)
    return replace(module, rules=tuple(rules))


def _numbered(rule: ast.Rule, index: int, number: int) -> ast.Rule:
    head = rule.head
    term = head.ref[index]
    name = f"{_text(term)}#{number:02}"
    named: ast.Term = (
        ast.Var(name=name, location=term.location)
        if isinstance(term, ast.Var)
        else ast.String(value=name, location=term.location)
    )
    ref = (*head.ref[:index], named, *head.ref[index + 1 :])
    is_name = index == 0 and bool(head.name)
    return replace(rule, head=replace(head, ref=ref, name=name if is_name else head.name))

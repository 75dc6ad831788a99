"""The documentation names everything there is."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from policyengine.bundle import open_bundle
from policyengine.cli import cli
from policyengine.cli.lint import NAMES as LINT_NAMES
from policyengine.collect.recognise import FORMATS, TEXT_FORMATS
from policyengine.errors import ExitCode
from policyengine.rego.lint import RULES as LINT_RULES
from policyengine.rego.lint import LintRule
from policyengine.report import FORMATS as REPORTS
from policyengine.settings import KEYS

DOCS = Path(__file__).resolve().parents[2] / "docs"
BASELINE = open_bundle("baseline", parameters={})


def page(name: str) -> str:
    return (DOCS / name).read_text()


def commands() -> list[tuple[str, click.Command]]:
    context = click.Context(cli)
    found: list[tuple[str, click.Command]] = []
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found += [(f"{name} {inner}", command.commands[inner]) for inner in command.commands]
        else:
            found.append((name, command))
    return found


@pytest.mark.parametrize(("name", "command"), commands(), ids=lambda item: str(item)[:20])
def test_every_command_has_help_and_an_example(name: str, command: click.Command) -> None:
    assert command.help
    assert command.epilog
    assert "Example" in command.epilog
    assert f"policyengine {name}" in command.epilog
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_setting_is_documented_with_its_default(key: object) -> None:
    name = getattr(key, "name", "")
    assert f"| `{name}` |" in page("settings.md")


@pytest.mark.parametrize("rule", sorted({rule.id for rule in BASELINE.rules}))
def test_every_rule_is_documented(rule: str) -> None:
    assert f"### `{rule}`" in page("policies.md")


@pytest.mark.parametrize("name", BASELINE.parameters)
def test_every_parameter_is_documented(name: str) -> None:
    assert f"| `{name}` |" in page("bundles.md")


@pytest.mark.parametrize(
    "name", [*(item.name for item in FORMATS), *(item.name for item in TEXT_FORMATS)]
)
def test_every_format_is_documented(name: str) -> None:
    assert f"`{name}`" in page("evidence.md")


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_documented(name: str) -> None:
    assert f"| `{name}` |" in page("reports.md")


@pytest.mark.parametrize("rule", LINT_RULES, ids=lambda rule: rule.id)
def test_every_rule_of_the_linter_is_documented_with_its_examples(rule: LintRule) -> None:
    _, found, section = page("lint.md").partition(f"### `{rule.id}`\n")
    assert found
    section = section.partition("\n### ")[0]
    assert f"{rule.category}. {rule.explanation}" in section
    assert rule.bad in section
    assert rule.good in section


@pytest.mark.parametrize("name", LINT_NAMES)
def test_every_name_of_the_linter_is_in_its_page(name: str) -> None:
    assert f"`{name}`" in page("lint.md")


@pytest.mark.parametrize("code", list(ExitCode))
def test_every_exit_code_is_documented(code: ExitCode) -> None:
    assert f"| {int(code)} |" in page("exit-codes.md")


@pytest.mark.parametrize("path", sorted(DOCS.parent.glob("*.md")) + sorted(DOCS.glob("*.md")))
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target

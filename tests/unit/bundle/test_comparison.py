"""What differs between two versions of a bundle, told by rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policyengine.bundle import open_bundle
from policyengine.bundle.comparison import BundleDifference, compare_bundles
from tests.bundle_files import parameter, write_bundle

HELPER = "package acme.names\n\nforbidden(name) if name in data.parameters.names\n"
RULE = """package acme.user

import data.acme.names

# METADATA
# title: No forbidden user
# custom:
#   id: user.forbidden
#   severity: high
deny contains msg if {
	names.forbidden(input.image.user.name)
	msg := sprintf("the user is %s", [input.image.user.name])
}

# METADATA
# custom:
#   id: user.root
warn contains {"msg": "runs as root", "path": "user"} if input.image.user.is_root
"""
EFFECTIVE = "#   effective_on: 2027-01-01T00:00:00Z"
PARAMETERS = {"names": parameter(["root"], "array")}


def difference(folder: Path, **changes: Any) -> BundleDifference:
    names = ("rule", "helper", "parameters", "files", "own")
    assert changes.keys() <= set(names)
    found = []
    for name, applied in (("old", {}), ("new", changes)):
        root = write_bundle(
            folder / name,
            {"names.rego": applied.get("helper", HELPER), "user.rego": applied.get("rule", RULE)},
            parameters=applied.get("parameters", PARAMETERS),
            files=applied.get("files"),
            **applied.get("own", {}),
        )
        found.append(open_bundle(str(root), parameters={}))
    return compare_bundles(*found)


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        pytest.param(
            {"rule": RULE.replace("high", "low")}, {"user.forbidden": ["severity"]}, id="severity"
        ),
        pytest.param(
            {"rule": RULE.replace("the user is %s", "it runs as %s")},
            {"user.forbidden": ["message"]},
            id="the format of a message",
        ),
        pytest.param(
            {"rule": RULE.replace('"runs as root"', '"is root"')},
            {"user.root": ["message"]},
            id="the message of an object",
        ),
        pytest.param(
            {"rule": RULE.replace('"path": "user"', '"path": "name"')},
            {"user.root": ["logic"]},
            id="another field of an object",
        ),
        pytest.param(
            {
                "rule": RULE.replace(
                    "if input.image.user.is_root", "if not input.image.user.is_root"
                )
            },
            {"user.root": ["logic"]},
            id="a condition",
        ),
        pytest.param(
            {"helper": HELPER.replace("name in", 'name == "x"\n\nforbidden(name) if name in')},
            {"user.forbidden": ["logic"]},
            id="what the rule refers to",
        ),
        pytest.param(
            {"rule": RULE.replace("No forbidden user", "The user may be")},
            {"user.forbidden": ["title"]},
            id="the title",
        ),
        pytest.param(
            {
                "rule": RULE.replace(
                    "severity: high", "severity: high\n#   effective_on: 2027-01-01T00:00:00Z"
                )
            },
            {"user.forbidden": ["effective_on"]},
            id="when it begins",
        ),
        pytest.param(
            {
                "rule": RULE.replace("warn contains", "deny contains").replace(
                    "user.root", "user.root"
                )
            },
            {"user.root": ["kind", "logic"]},
            id="a warning that denies",
        ),
        pytest.param(
            {"rule": "# a comment\n\n" + RULE.replace("\t", "    ")}, {}, id="only the layout"
        ),
    ],
)
def test_what_changed_in_a_rule_is_named(
    change: dict[str, Any], changed: dict[str, list[str]], tmp_path: Path
) -> None:
    found = difference(tmp_path, **change)
    assert {item.rule: list(item.changed) for item in found.changed} == changed
    assert (found.added, found.removed) == ((), ())
    assert found.is_nothing is not bool(changed)


def test_rules_are_added_and_removed_by_id(tmp_path: Path) -> None:
    found = difference(tmp_path, rule=RULE.replace("user.root", "user.zero"))
    assert [rule.id for rule in found.added] == ["user.zero"]
    assert [rule.id for rule in found.removed] == ["user.root"]
    assert found.changed == ()


def test_parameters_data_and_view_are_told(tmp_path: Path) -> None:
    parameters = {"names": parameter(["root", "admin"], "array"), "more": parameter(1, "integer")}
    found = difference(tmp_path, parameters=parameters, files={"acme/x/data.json": b'{"y": 1}'})
    assert [(item.name, item.before is None) for item in found.parameters] == [
        ("more", True),
        ("names", False),
    ]
    assert (found.data, found.view, found.is_nothing) == (True, False, False)


def test_a_bundle_is_the_same_as_itself(tmp_path: Path) -> None:
    assert difference(tmp_path).is_nothing

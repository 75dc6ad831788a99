"""A trust policy on the command line and in the settings: what it needs and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bundle_files import write_bundle
from tests.unit.cli.conftest import Command
from tests.unit.cli.trust.attached import NAMED, attach, collected, signed


def test_a_bundle_without_a_rule_for_it_cannot_be_held_to_a_trust_policy(
    command: Command, folder: Path, key: Path
) -> None:
    rule = (
        'package acme\n\ndeny contains msg if {\n\tinput.image.user.is_root\n\tmsg := "root"\n}\n'
    )
    path = write_bundle(folder / "acme", {"acme.rego": rule}, entrypoints=["acme"])
    done = command("check", "image.tar", "--bundle", path, "--key", key)
    assert done.code == 2
    assert "no rule of the bundle reads input.trust.policy" in done.err
    assert command("check", "image.tar", "--bundle", path).code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--key", "gone.pub"), "gone.pub: cannot be opened"),
        (("--key", "image.tar"), "is no public key"),
        (("--certificate-identity", "a@b"), "found neither"),
        (("--certificate-oidc-issuer", "https://a"), "found neither"),
        (("--trusted-root", "trivy.json"), "nothing says who they are"),
        (("--trust-policy", "trivy.json"), "unknown field 'SchemaVersion'"),
        (("--trust-policy", "trivy.json", "--key", "release.pub"), "write them into the policy"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    command: Command, folder: Path, key: Path, options: tuple[str, ...], message: str
) -> None:
    done = command("check", "image.tar", *options)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_an_audit_holds_its_images_to_the_trust_policy(
    command: Command, folder: Path, key: Path
) -> None:
    (folder / "images.txt").write_text(f"{NAMED}\n")
    line = ("audit", "run", "images.txt", "--key", key, "--jobs", "1")
    command(*line, "-o", "before.jsonl")
    attach(folder / "layout", signed(), kind="dev.cosignproject.cosign/sigs")
    command(*line, "-o", "after.jsonl")
    found = [
        "trust.policy" in (folder / name).read_text().partition('"judged"')[0]
        for name in ("before.jsonl", "after.jsonl")
    ]
    assert found == [True, False]


def test_the_policy_of_the_settings_is_in_force(command: Command, folder: Path, key: Path) -> None:
    (folder / "trust.toml").write_text('[signers.release]\nkeys = ["release.pub"]\n')
    (folder / "policyengine.toml").write_text('[trust]\npolicy = "trust.toml"\n')
    document = collected(command, folder, NAMED)
    assert [item["name"] for item in document["trust"]["policy"]["signers"]] == ["release"]

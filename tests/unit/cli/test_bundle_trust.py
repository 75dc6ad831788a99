"""Whose signatures bundles must have holds in every command that reads one."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

import policyengine
from policyengine.bundle.archive import read_archive, write_archive
from tests.bundle_files import RULE, write_bundle
from tests.unit.bundle.test_build import CHANGES, TEST
from tests.unit.cli.conftest import NOW, Command

KEYS = 'keys = ["acme.pub"]\n'
SETTINGS = '[bundles.trust."acme*"]\nkeys = ["acme.pub"]\nscope = "release"\n'

# Each command that reads a bundle, over b.tar.gz.
READERS = [
    pytest.param(("check", "image.tar", "--now", NOW, "-b", "b.tar.gz"), id="check"),
    pytest.param(("gate", "image.json", "-b", "b.tar.gz"), id="gate"),
    pytest.param(
        ("audit", "run", "images.txt", "--now", NOW, "-b", "b.tar.gz", "-o", "rows.jsonl"),
        id="audit",
    ),
    pytest.param(("eval", "-b", "b.tar.gz", "data.acme"), id="eval"),
    pytest.param(("repl", "-b", "b.tar.gz"), id="repl"),
    pytest.param(
        ("explain", "image.json", "-b", "b.tar.gz", "--rule", "acme.user.deny"), id="explain"
    ),
    pytest.param(
        ("explain", "result.json", "--input", "image.json", "-b", "b.tar.gz"),
        id="explain a result",
    ),
    pytest.param(("docs", "--bundle", "b.tar.gz"), id="docs"),
    pytest.param(("bundle", "verify", "b.tar.gz"), id="bundle verify"),
    pytest.param(("bundle", "inspect", "b.tar.gz"), id="bundle inspect"),
    pytest.param(("bundle", "diff", "b.tar.gz", "b.tar.gz"), id="bundle diff"),
    pytest.param(("bundle", "lock", "b.tar.gz"), id="bundle lock"),
    pytest.param(
        ("bundle", "build", "acme", "--previous", "b.tar.gz", "-o", "new.tar.gz"), id="bundle build"
    ),
]


# Those that need more than the bundle where it is right: a registry, a lock, programs that build.
MORE_READERS = [
    pytest.param(
        ("bundle", "push", "b.tar.gz", "oci://127.0.0.1:9/policies:1.2.3"), id="bundle push"
    ),
    pytest.param(("bundle", "outdated"), id="bundle outdated"),
    pytest.param(("bundle", "update"), id="bundle update"),
    pytest.param(
        ("pipeline", "127.0.0.1:9/app:1", "-b", "b.tar.gz", "--no-push"),
        id="pipeline",
    ),
]


def write_keys(folder: Path, name: str) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / f"{name}.key").write_bytes(private)
    (folder / f"{name}.pub").write_bytes(public)


@pytest.fixture
def trusting(command: Command, folder: Path) -> Path:
    """``b.tar.gz`` is signed as the settings ask; ``acme`` is its definition."""
    assert command("collect", "image.tar", "--now", NOW, "-o", "image.json").code == 0
    (folder / "images.txt").write_text("docker-archive:image.tar\n")
    for name in ("acme", "other"):
        write_keys(folder, name)
    write_bundle(
        folder / "acme",
        {"user.rego": RULE, "user_test.rego": TEST},
        files={"CHANGELOG.md": CHANGES},
        entrypoints=["acme"],
    )
    assert command("bundle", "build", "acme", "-o", "b.tar.gz").code == 0
    sign(command, "acme")
    done = command("gate", "image.json", "-b", "b.tar.gz", "-f", "json")
    assert done.code == 0, done.err
    (folder / "result.json").write_text(done.out)
    (folder / "policyengine.toml").write_text(SETTINGS)
    return folder


def sign(command: Command, key: str, *options: str) -> None:
    chosen = options or ("--scope", "release")
    done = command("bundle", "sign", "b.tar.gz", "--key", f"{key}.key", *chosen)
    assert done.code == 0, done.err


def repacked(change: Callable[[dict[str, bytes]], object]) -> Callable[[Command, Path], None]:
    def spoil(_: Command, folder: Path) -> None:
        path = folder / "b.tar.gz"
        contents = read_archive(path.read_bytes(), where="b.tar.gz")
        change(contents)
        path.write_bytes(write_archive(contents))

    return spoil


SPOILS = [
    pytest.param(repacked(lambda c: c.pop(".signatures.json")), id="unsigned"),
    pytest.param(lambda command, _: sign(command, "other"), id="wrong key"),
    pytest.param(lambda command, _: sign(command, "acme", "--scope", "test"), id="wrong scope"),
    pytest.param(lambda command, _: sign(command, "acme", "--keyid", "x"), id="no scope"),
    pytest.param(repacked(lambda c: c.update({"x.rego": b"package acme.x\n"})), id="file added"),
    pytest.param(repacked(lambda c: c.pop("CHANGELOG.md")), id="file removed"),
    pytest.param(
        repacked(lambda c: c.update({"user.rego": RULE.replace("root", "rooot").encode()})),
        id="file altered",
    ),
    pytest.param(
        repacked(
            lambda c: c.update(
                {".manifest": c[".manifest"].replace(b'"name": "acme"', b'"name": "free"')}
            )
        ),
        id="renamed, so that no entry fits",
    ),
]


@pytest.mark.parametrize("reader", READERS)
def test_a_bundle_signed_as_asked_is_read(
    command: Command, trusting: Path, reader: tuple[str, ...]
) -> None:
    done = command(*reader)
    assert done.code == 0, done.err


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("spoil", SPOILS)
def test_any_other_is_rejected_by_every_command(
    command: Command,
    trusting: Path,
    reader: tuple[str, ...],
    spoil: Callable[[Command, Path], None],
) -> None:
    spoil(command, trusting)
    done = command(*reader)
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("policyengine: ")


@pytest.mark.parametrize("reader", MORE_READERS)
@pytest.mark.parametrize("spoil", SPOILS)
def test_nor_is_it_passed_on_locked_or_built_with(
    command: Command,
    trusting: Path,
    reader: tuple[str, ...],
    spoil: Callable[[Command, Path], None],
) -> None:
    if reader[0:2] in {("bundle", "outdated"), ("bundle", "update")}:
        assert command("bundle", "lock", "b.tar.gz").code == 0
    locked = sorted(trusting.glob("policyengine.lock"))
    before = [file.read_bytes() for file in locked]
    spoil(command, trusting)
    done = command(*reader)
    assert done.code == 4, (done.out, done.err)
    assert "sign" in done.out + done.err or "[bundles.trust]" in done.out + done.err
    assert [file.read_bytes() for file in locked] == before
    assert not (trusting / "policyengine-evidence").exists()


@pytest.mark.parametrize(
    ("work", "code"),
    [
        pytest.param(("test", "acme"), 0, id="test"),
        pytest.param(("lint", "acme"), 1, id="lint"),
        pytest.param(("fmt", "--check", "acme"), 0, id="fmt"),
        pytest.param(("new", "bundle", "acme-new"), 0, id="new"),
        pytest.param(("bundle", "build", "acme", "-o", "new.tar.gz"), 0, id="bundle build"),
    ],
)
def test_work_on_sources_asks_for_no_signature_and_the_outcome_is_held_to_it(
    command: Command, trusting: Path, work: tuple[str, ...], code: int
) -> None:
    done = command(*work)
    assert done.code == code, done.err
    assert "sign" not in done.err
    if (trusting / "new.tar.gz").exists():
        assert command("gate", "image.json", "-b", "new.tar.gz").code == 4


@pytest.mark.parametrize(
    ("entries", "bundle", "code"),
    [
        pytest.param('[bundles.trust."x*"]\nunsigned = true\n', "b.tar.gz", 4, id="no entry fits"),
        pytest.param(
            '[bundles.trust."acme"]\nunsigned = true\n',
            "b.tar.gz",
            4,
            id="unsigned, by its own name",
        ),
        pytest.param(
            '[bundles.trust."b.tar.gz"]\nunsigned = true\n',
            "b.tar.gz",
            0,
            id="unsigned, by its place",
        ),
        pytest.param(
            f'[bundles.trust."b.tar.gz"]\nunsigned = true\n[bundles.trust.acme]\n{KEYS}',
            "b.tar.gz",
            4,
            id="unsigned by place, and not by name",
        ),
        pytest.param(
            f'[bundles.trust."*.gz"]\nkeys = ["other.pub"]\n[bundles.trust.acme]\n{KEYS}'
            'scope = "release"\n',
            "b.tar.gz",
            4,
            id="every entry that fits must hold",
        ),
        pytest.param(
            '[bundles.trust.acme]\ncosign = "policy.json"\n', "b.tar.gz", 4, id="cosign, of a file"
        ),
        pytest.param(
            f'[bundles.trust.acme]\ncosign = "policy.json"\nscope = "release"\n{KEYS}',
            "b.tar.gz",
            4,
            id="a key, and cosign too",
        ),
        pytest.param(SETTINGS, "baseline", 1, id="what ships, by its name"),
        pytest.param(f'[bundles.trust."*"]\n{KEYS}', "baseline", 4, id="all means all"),
        pytest.param(SETTINGS, "acme", 4, id="a directory that is not signed"),
    ],
)
def test_an_entry_fits_by_name_or_place(
    command: Command, trusting: Path, entries: str, bundle: str, code: int
) -> None:
    (trusting / "policyengine.toml").write_text(entries)
    done = command("gate", "image.json", "-b", bundle if bundle != "acme" else "./acme")
    assert done.code == code, done.err


def test_a_directory_may_be_signed_where_it_lies(command: Command, trusting: Path) -> None:
    signed = command("bundle", "sign", "acme", "--key", "acme.key", "--scope", "release")
    assert signed.code == 0
    assert command("gate", "image.json", "-b", "./acme").code == 0
    (trusting / "acme" / "more.rego").write_text("package acme.more\n")
    assert command("gate", "image.json", "-b", "./acme").code == 4


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ('[bundles.trust.a]\nkeys = ["acme.key"]\n', "no public key"),
        ('[bundles.trust.a]\nkeys = ["none.pub"]\n', "cannot be opened"),
        ("[bundles.trust.a]\nkeys = []\n", "names no key"),
        ('[bundles.trust.a]\nsecret = "acme.pub"\n', "no secret"),
        ('[bundles.trust.a]\nkeys = ["acme.pub"]\nalgorithms = ["none"]\n', "no algorithm"),
        ('[bundles.trust.a]\nunsigned = true\nscope = "x"\n', "says how it is signed"),
        ("[bundles.trust.a]\nunsigned = false\n", "wrong type or value"),
        ('[bundles.trust.a]\nkey = "acme.pub"\n', "wrong type or value"),
        ("[bundles.trust.a]\n", "wrong type or value"),
        ("[bundles]\ntrust = true\n", "wrong type or value"),
    ],
)
def test_a_policy_that_says_nothing_clear_is_an_error(
    command: Command, trusting: Path, entries: str, said: str
) -> None:
    (trusting / "policyengine.toml").write_text(entries)
    done = command("gate", "image.json", "-b", "b.tar.gz")
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_verify_asks_for_something_to_verify_by(command: Command, trusting: Path) -> None:
    (trusting / "policyengine.toml").write_text("")
    assert command("bundle", "verify", "b.tar.gz").code == 2
    given = ("--key", "acme.pub", "--scope", "release")
    assert "signed by sha256:" in command("bundle", "verify", "b.tar.gz", *given).out
    assert command("bundle", "verify", "b.tar.gz", "--key", "other.pub").code == 4
    (trusting / "secret").write_bytes(b"a secret of some length")
    assert command("bundle", "sign", "b.tar.gz", "--secret", "secret").code == 0
    assert command("bundle", "verify", "b.tar.gz", "--secret", "secret").code == 0


@pytest.mark.parametrize("options", [(), ("--key", "acme.key", "--secret", "acme.key")])
def test_signing_takes_one_key(command: Command, trusting: Path, options: tuple[str, ...]) -> None:
    assert command("bundle", "sign", "b.tar.gz", *options).code == 2


def test_a_definition_that_takes_rules_from_the_library_is_built_before_it_is_signed(
    command: Command, trusting: Path
) -> None:
    write_bundle(trusting / "taking", include=["image/root_user.rego"], name="taking")
    done = command("bundle", "sign", "taking", "--key", "acme.key")
    assert (done.code, "bundle build" in done.err) == (4, True)


def test_no_command_reads_a_bundle_without_trust_and_lock() -> None:
    package = Path(policyengine.__file__).parent
    for path in sorted(package.rglob("*.py")):
        if path.relative_to(package).parts[0] == "bundle":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in {"open_bundle", "open_bundles"}:
                words = {keyword.arg for keyword in node.keywords}
                assert "access" in words, f"{path}:{node.lineno} opens whatever is there"

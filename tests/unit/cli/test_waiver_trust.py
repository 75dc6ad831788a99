"""A waiver file is what turns denied into allowed: whose signatures it must have, everywhere."""

from __future__ import annotations

import ast
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

import policyengine
from policyengine.rego.json_web_signatures import decoded_part, encoded_part, signature
from tests.bundle_files import write_bundle
from tests.image_files import tar
from tests.unit.cli.conftest import IMAGE, NOW, Command, Done
from tests.unit.cli.test_bundle_trust import write_keys
from tests.unit.cli.test_waivers import RULE, WAIVER

SETTINGS = """\
bundle = "./bundle"

[waivers]
files = ["waivers.yaml"]

[waivers.trust."waivers.yaml"]
keys = ["security.pub"]
scope = "production"
"""
SIGNED = "waivers.yaml.signatures.json"
SIGNING = ("--key", "security.key", "--scope", "production", "--now", NOW)
HEAD = "version: 1\nwaivers:\n"
ENTRY = WAIVER.format(rule="acme.user", package="base", created="2026-01-01", expires="2026-02-28")
ENDED = WAIVER.format(rule="acme.old", package="base", created="2025-01-01", expires="2025-02-28")
TERMS = ("--owner", "o", "--approver", "p", "--now", NOW, "--expires", "2026-03-01")

# Each command that reads waivers, over waivers.yaml, and how it ends where that may be used.
READERS = [
    pytest.param(("check", "root.tar", "--now", NOW), 0, id="check"),
    pytest.param(("gate", "root.json"), 0, id="gate"),
    pytest.param(
        ("audit", "run", "images.txt", "--now", NOW, "-j", "1", "-o", "rows.jsonl"), 0, id="audit"
    ),
    pytest.param(("waivers", "list", "waivers.yaml", "--now", NOW), 0, id="list"),
    pytest.param(("waivers", "check", "waivers.yaml", "--now", NOW), 2, id="waivers check"),
    pytest.param(("waivers", "verify", "waivers.yaml", "--now", NOW), 0, id="verify"),
    pytest.param(("waivers", "prune", "waivers.yaml", "--now", NOW), 0, id="prune"),
    pytest.param(
        ("waivers", "add", "waivers.yaml", "--rule", "a.b", "--reason", "r", *TERMS), 0, id="add"
    ),
    pytest.param(
        ("waivers", "import", ".trivyignore", "--rule", "a.b", *TERMS, "-o", "waivers.yaml"),
        0,
        id="import",
    ),
]


@pytest.fixture
def trusting(command: Command, folder: Path) -> Path:
    """``root.tar`` is denied but for ``waivers.yaml``, which is signed as the settings ask."""
    (folder / "root.tar").write_bytes(tar(replace(IMAGE, config={}).docker_files()))
    write_bundle(folder / "bundle", {"acme.rego": RULE}, entrypoints=["acme"])
    assert command("collect", "root.tar", "--now", NOW, "-o", "root.json").code == 0
    (folder / "images.txt").write_text("root.tar\n")
    (folder / ".trivyignore").write_text("CVE-2026-1\n")
    for name in ("security", "other"):
        write_keys(folder, name)
    (folder / "waivers.yaml").write_text(HEAD + ENDED + ENTRY)
    sign(command)
    (folder / "policyengine.toml").write_text(SETTINGS)
    return folder


def sign(command: Command, *options: str, file: str = "waivers.yaml") -> None:
    done = command("waivers", "sign", file, *(options or SIGNING))
    assert done.code == 0, done.err


def judged(command: Command, *options: str) -> Done:
    return command("check", "root.tar", "--now", NOW, *options)


# --- The attacks


def unsigned(_: Command, folder: Path) -> None:
    (folder / SIGNED).unlink()


def signed_otherwise(*options: str) -> Callable[[Command, Path], None]:
    return lambda command, _: sign(command, *options, "--now", NOW)


def altered(change: Callable[[str], str]) -> Callable[[Command, Path], None]:
    def attack(_: Command, folder: Path) -> None:
        path = folder / "waivers.yaml"
        path.write_text(change(path.read_text()))

    return attack


def token(change: Callable[[str], str]) -> Callable[[Command, Path], None]:
    """The token of the signature changed."""

    def attack(_: Command, folder: Path) -> None:
        held = json.loads((folder / SIGNED).read_text())["signatures"][0]
        (folder / SIGNED).write_text(json.dumps({"signatures": [change(held)]}))

    return attack


def alg_none(held: str) -> str:
    header = encoded_part(b'{"alg":"none"}')
    return f"{header}.{held.split('.')[1]}."


def alg_hmac(held: str) -> str:
    """The public key, which everybody has, as the secret."""
    header = encoded_part(b'{"alg":"HS256"}')
    text = f"{header}.{held.split('.')[1]}"
    code = hmac.new(Path("security.pub").read_bytes(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{encoded_part(code)}"


def other_digest(held: str) -> str:
    """The digest of what is there put into the payload, and the signature kept."""
    header, payload, kept = held.split(".")
    content = json.loads(decoded_part(payload))
    content["files"][0]["hash"] = "0" * 64
    return f"{header}.{encoded_part(json.dumps(content).encode())}.{kept}"


def resigned(change: Callable[[dict[str, Any]], object]) -> Callable[[Command, Path], None]:
    """What only the holder of the key could write, and yet is no signature of this file."""

    def attack(_: Command, folder: Path) -> None:
        key = load_pem_private_key((folder / "security.key").read_bytes(), None)
        assert isinstance(key, ed25519.Ed25519PrivateKey)
        held = json.loads((folder / SIGNED).read_text())["signatures"][0]
        content = json.loads(decoded_part(held.split(".")[1]))
        change(content)
        text = f"{held.split('.')[0]}.{encoded_part(json.dumps(content).encode())}"
        made = f"{text}.{encoded_part(signature('EdDSA', key, text.encode()))}"
        (folder / SIGNED).write_text(json.dumps({"signatures": [made]}))

    return attack


def swapped(command: Command, folder: Path) -> None:
    """The signature of another file that the same key signed."""
    (folder / "free.yaml").write_text(HEAD.replace("\n", " []\n").replace("1 []", "1"))
    sign(command, *SIGNING, file="free.yaml")
    (folder / "free.yaml.signatures.json").replace(folder / SIGNED)


def same_content_by_another_name(command: Command, folder: Path) -> None:
    (folder / "test-waivers.yaml").write_bytes((folder / "waivers.yaml").read_bytes())
    sign(command, *SIGNING, file="test-waivers.yaml")
    (folder / "test-waivers.yaml.signatures.json").replace(folder / SIGNED)


def replayed(command: Command, folder: Path) -> None:
    """An old version with its true signature, after the settings withdrew what was signed then."""
    settings = SETTINGS + 'signed_since = "2026-01-31T12:00:01Z"\n'
    (folder / "policyengine.toml").write_text(settings)


def of_an_ended_key(command: Command, folder: Path) -> None:
    key = load_pem_private_key((folder / "security.key").read_bytes(), None)
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "security")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2026, 1, 30, tzinfo=UTC))
        .sign(key, None)
    )
    (folder / "security.pub").write_bytes(made.public_bytes(Encoding.PEM))


def linked_to_an_unsigned_place(_: Command, folder: Path) -> None:
    (folder / "free").mkdir()
    (folder / "waivers.yaml").rename(folder / "free" / "w.yaml")
    (folder / "waivers.yaml").symlink_to("free/w.yaml")
    (folder / SIGNED).unlink()
    settings = SETTINGS + '[waivers.trust."free/*"]\nunsigned = true\n'
    (folder / "policyengine.toml").write_text(settings)


def written(content: bytes) -> Callable[[Command, Path], None]:
    def attack(_: Command, folder: Path) -> None:
        (folder / SIGNED).write_bytes(content)

    return attack


def a_folder(_: Command, folder: Path) -> None:
    (folder / SIGNED).unlink()
    (folder / SIGNED).mkdir()


def an_ignore_file(_: Command, folder: Path) -> None:
    (folder / ".trivyignore").replace(folder / "waivers.yaml")
    (folder / ".trivyignore").write_text("CVE-2026-1\n")


ATTACKS = [
    pytest.param(unsigned, "is missing", id="unsigned"),
    pytest.param(
        signed_otherwise("--key", "other.key", "--scope", "production"),
        "not signed by a trusted key",
        id="wrong key",
    ),
    pytest.param(
        signed_otherwise("--key", "security.key", "--scope", "test"),
        "another scope",
        id="wrong scope",
    ),
    pytest.param(signed_otherwise("--key", "security.key"), "another scope", id="no scope"),
    pytest.param(
        altered(lambda text: text.replace("package: base\n", "")), "changed", id="widened"
    ),
    pytest.param(altered(lambda text: text + "# a word\n"), "changed", id="a comment added"),
    pytest.param(altered(lambda text: text + " \n"), "changed", id="a space added"),
    pytest.param(altered(lambda text: text.replace("\n", "\r\n")), "changed", id="line ends"),
    pytest.param(altered(lambda _: "{"), "changed", id="what is not even YAML"),
    pytest.param(an_ignore_file, "changed", id="an ignore file in its place"),
    pytest.param(token(alg_none), "algorithm", id="alg none"),
    pytest.param(token(alg_hmac), "algorithm", id="HS256 with the public key"),
    pytest.param(token(other_digest), "not signed by a trusted key", id="payload altered"),
    pytest.param(token(lambda held: held[:-6]), "not signed", id="signature cut"),
    pytest.param(token(lambda held: held + "="), "no JSON Web Token", id="padding"),
    pytest.param(swapped, "another file", id="the signature of another file"),
    pytest.param(
        same_content_by_another_name, "another file", id="the same content by another name"
    ),
    pytest.param(resigned(lambda c: c.update(files=[])), "no file in it", id="of nothing"),
    pytest.param(
        resigned(lambda c: c["files"].append({**c["files"][0], "name": "b.yaml"})),
        "another file",
        id="of two files",
    ),
    pytest.param(
        resigned(lambda c: c["files"][0].update(name="x/waivers.yaml")),
        "another file",
        id="of a file elsewhere",
    ),
    pytest.param(
        resigned(lambda c: c["files"][0].update(algorithm="MD5")), "SHA-256", id="a digest by MD5"
    ),
    pytest.param(resigned(lambda c: c.update(exp=1)), "has ended", id="a signature that ended"),
    pytest.param(
        resigned(lambda c: c.update(nbf=9_999_999_999)), "not valid yet", id="a signature to come"
    ),
    pytest.param(of_an_ended_key, "has ended", id="the certificate has ended"),
    pytest.param(replayed, "older signature", id="an old version replayed"),
    pytest.param(linked_to_an_unsigned_place, "is missing", id="a link to an unsigned place"),
    pytest.param(written(b""), "is empty", id="nothing in the signature"),
    pytest.param(written(b'{"signatures": []}'), "exactly one", id="no token"),
    pytest.param(written(b'{"signatures": ["a.b.c", "a.b.c"]}'), "exactly one", id="two tokens"),
    pytest.param(written(b" " * (1024 * 1024 + 1)), "too large", id="a large signature"),
    pytest.param(a_folder, "not a file", id="a folder for a signature"),
]


@pytest.mark.parametrize(("reader", "code"), READERS)
def test_a_file_signed_as_asked_is_read(
    command: Command, trusting: Path, reader: tuple[str, ...], code: int
) -> None:
    done = command(*reader)
    assert done.code == code, done.err


@pytest.mark.parametrize(("reader", "_"), READERS)
@pytest.mark.parametrize(("attack", "said"), ATTACKS)
def test_any_other_is_refused_by_every_command(
    command: Command,
    trusting: Path,
    reader: tuple[str, ...],
    _: int,
    attack: Callable[[Command, Path], None],
    said: str,
) -> None:
    attack(command, trusting)
    before = (trusting / "waivers.yaml").read_bytes()
    done = command(*reader)
    assert (done.code, done.out, done.err.count("\n")) == (4, "", 1), done.err
    assert said in done.err
    assert not (trusting / "rows.jsonl").exists()
    assert (trusting / "waivers.yaml").read_bytes() == before


def test_a_refusal_says_what_to_do(command: Command, trusting: Path) -> None:
    (trusting / SIGNED).unlink()
    assert judged(command, "--waivers", "waivers.yaml").err == (
        f"policyengine: {SIGNED}: is missing, and the settings ask for a signature (read what it "
        "lets pass, then: policyengine waivers sign waivers.yaml --key KEY)\n"
    )


@pytest.mark.parametrize("order", [("waivers.yaml", "more.yaml"), ("more.yaml", "waivers.yaml")])
def test_one_unsigned_file_of_several_refuses_all(
    command: Command, trusting: Path, order: tuple[str, str]
) -> None:
    (trusting / "more.yaml").write_text("version: 1\nwaivers: []\n")
    options = [word for path in order for word in ("--waivers", path)]
    done = judged(command, *options)
    assert (done.code, done.out) == (4, "")
    assert "no entry of [waivers.trust] lets it be used" in done.err
    settings = SETTINGS + '[waivers.trust."more.yaml"]\nunsigned = true\n'
    (trusting / "policyengine.toml").write_text(settings)
    assert judged(command, *options).code == 0


def test_an_ignore_file_is_no_way_around(command: Command, trusting: Path) -> None:
    assert judged(command, "--waivers", ".trivyignore").code == 4
    imported = command(
        *("waivers", "import", ".trivyignore", "--rule", "acme.user", *TERMS, "-o", "waivers.yaml")
    )
    assert imported.code == 0
    assert "not of this file any more" in imported.err
    assert judged(command).code == 4
    elsewhere = command(
        *("waivers", "import", ".trivyignore", "--rule", "acme.user", *TERMS, "-o", "w.yaml")
    )
    assert "w.yaml is not signed" in elsewhere.err
    assert judged(command, "--waivers", "w.yaml").code == 4


KEYS = 'keys = ["security.pub"]\nscope = "production"\n'
FREE = "unsigned = true\n"
PLACES = [
    pytest.param(f'[waivers.trust."*"]\n{KEYS}', "waivers.yaml", 0, id="all"),
    pytest.param(f'[waivers.trust."./waivers.yaml"]\n{KEYS}', "waivers.yaml", 0, id="with a dot"),
    pytest.param(f'[waivers.trust."*.yml"]\n{KEYS}', "waivers.yaml", 4, id="none fits"),
    pytest.param(f'[waivers.trust."WAIVERS.yaml"]\n{KEYS}', "waivers.yaml", 4, id="other letters"),
    pytest.param(f'[waivers.trust."waivers.y"]\n{KEYS}', "waivers.yaml", 4, id="a beginning"),
    pytest.param(f'[waivers.trust."waivers.yaml"]\n{FREE}', "waivers.yaml", 0, id="unsigned"),
    pytest.param(
        f'[waivers.trust."*"]\n{KEYS}[waivers.trust."free/*"]\n{FREE}',
        "free/w.yaml",
        4,
        id="unsigned does not take from what asks",
    ),
    pytest.param(
        f'[waivers.trust."w*"]\n{KEYS}[waivers.trust."free/*"]\n{FREE}',
        "free/w.yaml",
        0,
        id="an unsigned place",
    ),
    pytest.param(
        f'[waivers.trust."w*"]\n{KEYS}[waivers.trust."free/*"]\n{FREE}',
        "free/../more/w.yaml",
        4,
        id="out of an unsigned place by dots",
    ),
    pytest.param(
        f'[waivers.trust."w*"]\n{KEYS}[waivers.trust."free/*"]\n{FREE}',
        "free/link.yaml",
        4,
        id="out of an unsigned place by a link",
    ),
    pytest.param(
        f'[waivers.trust."w*"]\n{KEYS}[waivers.trust."free/*"]\n{FREE}',
        "linked/w.yaml",
        0,
        id="into an unsigned place by a link",
    ),
    pytest.param(
        f'[waivers.trust."*"]\n{KEYS}[waivers.trust."waivers.*"]\nkeys = ["other.pub"]\n',
        "waivers.yaml",
        4,
        id="every entry that fits must hold",
    ),
]


@pytest.mark.parametrize(("entries", "path", "code"), PLACES)
def test_an_entry_fits_by_place(
    command: Command, trusting: Path, entries: str, path: str, code: int
) -> None:
    for name in ("free", "more"):
        (trusting / name).mkdir()
        (trusting / name / "w.yaml").write_text(HEAD + ENTRY)
    (trusting / "free" / "link.yaml").symlink_to("../more/w.yaml")
    (trusting / "linked").symlink_to("free")
    (trusting / "policyengine.toml").write_text(f'bundle = "./bundle"\n{entries}')
    for typed in (path, f"./{path}", str(trusting / path)):
        done = judged(command, "--waivers", typed)
        assert done.code == code, done.err


def test_a_place_is_the_same_from_any_folder(
    command: Command, trusting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (trusting / "below").mkdir()
    monkeypatch.chdir(trusting / "below")
    assert command("waivers", "verify", "../waivers.yaml", "--now", NOW).code == 0
    (trusting / SIGNED).unlink()
    assert command("check", "../root.tar", "--now", NOW).code == 4


def test_a_file_that_comes_through_a_pipe_has_no_signature(
    command: Command, trusting: Path
) -> None:
    import os

    read, write = os.pipe()
    os.write(write, (trusting / "waivers.yaml").read_bytes())
    os.close(write)
    settings = SETTINGS.replace('"waivers.yaml"]\nkeys', '"*"]\nkeys')
    (trusting / "policyengine.toml").write_text(settings)
    done = judged(command, "--waivers", f"/dev/fd/{read}")
    os.close(read)
    assert (done.code, "is missing" in done.err) == (4, True)


def test_a_signature_that_is_asked_for_by_nobody_changes_nothing(
    command: Command, trusting: Path
) -> None:
    (trusting / "policyengine.toml").write_text(SETTINGS.partition("[waivers.trust")[0])
    (trusting / SIGNED).write_text("no signature")
    assert judged(command).code == 0


@pytest.mark.parametrize(("at", "code"), [("2026-02-10T23:59:59Z", 0), ("2026-02-11T00:00:00Z", 4)])
def test_a_signature_holds_until_its_end_by_the_clock_that_is_judged_by(
    command: Command, trusting: Path, at: str, code: int
) -> None:
    sign(command, *SIGNING, "--expires", "2026-02-10")
    assert command("check", "root.tar", "--now", at).code == code
    assert command("gate", "root.json", "--now", at).code == code
    assert command("gate", "root.json").code == 0
    assert command("waivers", "verify", "waivers.yaml", "--now", at).code == code


def test_what_is_waived_is_traced_to_who_signed(command: Command, trusting: Path) -> None:
    sign(command, *SIGNING, "--keyid", "security-2026")
    done = judged(command, "--format", "json")
    (item,) = json.loads(done.out)["verdicts"][0]["waived"]
    verified = command("waivers", "verify", "waivers.yaml", "--now", NOW, "--format", "json")
    said = json.loads(verified.out)
    content = (trusting / "waivers.yaml").read_bytes()
    assert item["waiver"]["file_sha256"] == hashlib.sha256(content).hexdigest() == said["sha256"]
    assert item["waiver"]["signer"] == said["signer"]
    assert item["waiver"]["keyid"] == said["keyid"] == "security-2026"
    assert item["waiver"]["signed_at"] == said["signed_at"] == NOW
    shown = judged(command, "--show", "waived").out
    assert f"signed by security-2026, {said['signer'][:19]}]" in " ".join(shown.split())
    (trusting / "r.json").write_text(done.out)
    assert command("report", "convert", "r.json", "--format", "json").out == done.out


def test_rows_of_an_audit_say_who_signed_and_another_signer_is_another_run(
    command: Command, trusting: Path
) -> None:
    run = ("audit", "run", "images.txt", "--now", NOW, "-j", "1", "-o", "rows.jsonl")
    assert command(*run).code == 0
    head, row = map(json.loads, (trusting / "rows.jsonl").read_text().splitlines())
    (signer,) = head["run"]["waivers_signers"]
    assert row["waived"][0]["waiver"]["signer"] == signer
    settings = SETTINGS.replace("security.pub", "other.pub")
    (trusting / "policyengine.toml").write_text(settings)
    sign(command, "--key", "other.key", "--scope", "production", "--now", NOW)
    again = command(*run)
    assert (again.code, "waivers_signers differs" in again.err) == (2, True)


NEW = ("--rule", "a.b", "--package", "p", "--reason", "r", *TERMS)
ADD = ("waivers", "add", "waivers.yaml", *NEW)
EDITS = [
    pytest.param(ADD, id="add"),
    pytest.param(("waivers", "prune", "waivers.yaml", "--now", NOW), id="prune"),
]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_says_that_the_signature_is_stale_or_signs_again(
    command: Command, trusting: Path, edit: tuple[str, ...]
) -> None:
    options = ("--key", "security.key", "--scope", "production")
    again = command(*edit, *options)
    assert again.code == 0, again.err
    assert again.err == ""
    assert f"signed: {SIGNED}" in again.out
    assert judged(command).code == 0
    (trusting / "waivers.yaml").write_text(HEAD + ENDED + ENTRY)
    sign(command)
    done = command(*edit)
    assert done.code == 0
    assert done.err.endswith(
        f"note: {SIGNED} is not of this file any more: "
        "policyengine waivers sign waivers.yaml --key KEY\n"
    )
    assert judged(command).code == 4
    assert command(*ADD, *options).code == 4  # nobody's signature goes over what was not read
    sign(command)
    assert judged(command).code == 0


@pytest.mark.parametrize("edit", EDITS)
def test_a_key_that_cannot_sign_changes_nothing(
    command: Command, trusting: Path, edit: tuple[str, ...]
) -> None:
    before = (trusting / "waivers.yaml").read_bytes()
    for options in (("--key", "security.pub"), ("--key", "a", "--secret", "b")):
        assert command(*edit, *options).code == 2
    assert command(*edit, "--key", "security.key", "--algorithm", "RS256").code == 2
    assert (trusting / "waivers.yaml").read_bytes() == before


def test_a_dry_run_leaves_the_signature(command: Command, trusting: Path) -> None:
    assert command("waivers", "prune", "waivers.yaml", "--now", NOW, "--dry-run").code == 0
    assert judged(command).code == 0


def test_a_signature_that_the_settings_do_not_accept_is_told(
    command: Command, trusting: Path
) -> None:
    done = command("waivers", "sign", "waivers.yaml", "--key", "other.key", "--now", NOW)
    assert done.code == 0
    assert "note: the settings do not accept the signature" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(("waivers.yaml",), 2, "one key to sign by", id="no key"),
        pytest.param(("none.yaml", "--key", "security.key"), 2, "cannot be opened", id="no file"),
        pytest.param((".trivyignore", "--key", "security.key"), 2, "no valid", id="no waivers"),
        pytest.param(
            ("waivers.yaml", "--key", "security.key", "--expires", "2026-01-30", "--now", NOW),
            2,
            "has ended already",
            id="an end that is past",
        ),
        pytest.param(
            ("waivers.yaml", "--key", "security.key", "--expires", "soon"),
            2,
            "is no time",
            id="an end that is none",
        ),
    ],
)
def test_only_waivers_are_signed(
    command: Command, trusting: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    before = (trusting / SIGNED).read_bytes()
    done = command("waivers", "sign", *arguments)
    assert (done.code, said in done.err) == (code, True), done.err
    assert (trusting / SIGNED).read_bytes() == before


def test_verify_takes_keys_in_place_of_the_settings(command: Command, trusting: Path) -> None:
    (trusting / "policyengine.toml").write_text("")
    verify = ("waivers", "verify", "waivers.yaml", "--now", NOW)
    assert command(*verify).code == 2
    assert command(*verify, "--key", "security.pub").code == 4
    done = command(*verify, "--key", "security.pub", "--scope", "production")
    assert done.code == 0
    assert done.out.startswith("waivers.yaml: 2 waivers, signed by sha256:")
    assert done.out.endswith(f" at {NOW}\n")
    (trusting / "secret").write_bytes(b"a secret of some length")
    sign(command, "--secret", "secret", "--now", NOW)
    assert "shared secret" in command(*verify, "--secret", "secret").out
    (trusting / "policyengine.toml").write_text(f'[waivers.trust."waivers.yaml"]\n{FREE}')
    assert command(*verify).out == "waivers.yaml: needs no signature\n"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ('[waivers.trust.a]\nkeys = ["security.key"]\n', "no public key"),
        ('[waivers.trust.a]\nkeys = ["none.pub"]\n', "cannot be opened"),
        ("[waivers.trust.a]\nkeys = []\n", "names no key"),
        ('[waivers.trust.a]\nsecret = "security.pub"\n', "no secret"),
        ('[waivers.trust.a]\nunsigned = true\nscope = "x"\n', "says how it is signed"),
        ("[waivers.trust.a]\nunsigned = false\n", "wrong type or value"),
        ('[waivers.trust.a]\nkey = "security.pub"\n', "wrong type or value"),
        ('[waivers.trust.a]\ncosign = "policy.json"\n', "wrong type or value"),
        ('[waivers.trust.a]\nsigned_since = "2026-01-01"\n', "wrong type or value"),
        ("[waivers.trust.a]\nsigned_since = 2026-01-01T00:00:00\n", "wrong type or value"),
        ("[waivers.trust.a]\n", "wrong type or value"),
        ("[waivers]\ntrust = true\n", "wrong type or value"),
    ],
)
def test_a_policy_that_says_nothing_clear_is_an_error(
    command: Command, trusting: Path, entries: str, said: str
) -> None:
    (trusting / "policyengine.toml").write_text(f'bundle = "./bundle"\n{entries}')
    done = judged(command, "--waivers", "waivers.yaml")
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_time_may_be_one_of_toml(command: Command, trusting: Path) -> None:
    (trusting / "policyengine.toml").write_text(SETTINGS + "signed_since = 2026-01-31T12:00:00Z\n")
    assert judged(command).code == 0
    assert "2026-01-31T12:00:00" in command("config", "show").out


def test_no_command_reads_waivers_without_trust() -> None:
    package = Path(policyengine.__file__).parent
    readers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "read_waivers"
    }
    # The first holds files to the settings, the others read what they are about to write or sign.
    assert readers == {"cli/waiver_options.py", "cli/waivers.py", "cli/waiver_signing.py"}

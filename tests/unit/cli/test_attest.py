"""``attest`` on the command line: who signs what, and what is refused before it is written."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from policyengine.cli import Session
from policyengine.cli.attest import command
from policyengine.errors import PolicyEngineError, ResultError, UsageError
from policyengine.model.verdict import Verdict
from tests.unit.report.verdicts import ALLOWED, DENIED, UNCOLLECTED, Case

KEY = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "key.pem").write_bytes(KEY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def attest(folder: Path, verdicts: tuple[Verdict, ...], *options: str) -> str:
    (folder / "result.json").write_text(Case(verdicts=verdicts, format="json").report)
    done = CliRunner().invoke(
        command, ["result.json", *options], obj=Session(), catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.stdout


def test_an_envelope_is_written_with_the_verdict_in_it(folder: Path) -> None:
    envelope = json.loads(attest(folder, (ALLOWED,), "--key", "key.pem"))
    statement = json.loads(base64.b64decode(envelope["payload"]))
    assert statement["predicate"]["verificationResult"] == "PASSED"
    assert attest(folder, (ALLOWED,), "--key", "key.pem", "-o", "out.json") == ""
    assert json.loads((folder / "out.json").read_bytes())["payload"] == envelope["payload"]


@pytest.mark.parametrize("name", [DENIED.image, ""])
def test_one_verdict_of_several_is_chosen(folder: Path, name: str) -> None:
    chosen = attest(
        folder, (DENIED, UNCOLLECTED), "--key", "key.pem", "--image", name or str(DENIED.digest)
    )
    statement = json.loads(base64.b64decode(json.loads(chosen)["payload"]))
    assert statement["predicate"]["verificationResult"] == "FAILED"


@pytest.mark.parametrize(
    ("verdicts", "options", "error", "message"),
    [
        pytest.param((ALLOWED,), (), UsageError, "who signs", id="nobody"),
        pytest.param((ALLOWED,), ("--key", "key.pem", "--keyless"), UsageError, "who", id="both"),
        pytest.param(
            (ALLOWED,),
            ("--key", "key.pem", "--identity-token", "t"),
            UsageError,
            "--keyless",
            id="t",
        ),
        pytest.param((), ("--key", "key.pem"), UsageError, "0 verdicts", id="no verdict"),
        pytest.param(
            (ALLOWED, DENIED), ("--key", "key.pem"), UsageError, "2 verdicts", id="several"
        ),
        pytest.param(
            (ALLOWED,), ("--key", "key.pem", "--image", "x"), UsageError, "0 verdicts", id="other"
        ),
        pytest.param((UNCOLLECTED,), ("--key", "key.pem"), UsageError, "no digest", id="no digest"),
        pytest.param((ALLOWED,), ("--key", "none.pem"), UsageError, "none.pem", id="no key"),
        pytest.param((ALLOWED,), ("--key", "result.json"), UsageError, "no private", id="PEM"),
        pytest.param(
            (ALLOWED,), ("--key", "key.pem", "--attach", "A:B"), UsageError, "reference", id="name"
        ),
    ],
)
def test_what_cannot_be_attested_is_told(
    folder: Path,
    verdicts: tuple[Verdict, ...],
    options: tuple[str, ...],
    error: type[PolicyEngineError],
    message: str,
) -> None:
    with pytest.raises(error) as raised:
        attest(folder, verdicts, *options)
    assert message in str(raised.value)


def test_a_file_that_is_no_result_is_told(folder: Path) -> None:
    with pytest.raises(ResultError):
        CliRunner().invoke(
            command, ["key.pem", "--key", "key.pem"], obj=Session(), catch_exceptions=False
        )


def test_an_identity_that_is_none_is_told_without_its_text(folder: Path) -> None:
    (folder / "token").write_text("hunter2")
    with pytest.raises(UsageError) as raised:
        attest(folder, (ALLOWED,), "--keyless", "--identity-token", "token")
    assert "identity" in str(raised.value)
    assert "hunter2" not in str(raised.value)

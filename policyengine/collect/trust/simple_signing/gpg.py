"""Signatures of OpenPGP, verified by the ``gpg`` program.

It runs with a home of its own, made for the one signature and thrown away: nobody's keys but the
requirement's are known, no agent and no network are used, and its clock is the evaluation's. What
it says is read from its status lines (GnuPG ``doc/DETAILS``); a signature counts only if there is
exactly one, it is good, and nothing else was said of it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from policyengine.errors import SourceUnavailable, TrustPolicyError
from policyengine.model.instant import Instant

_SECONDS = 30
_STATUS = "[GNUPG:] "
_PAYLOAD_BYTES = 1024 * 1024
_FINGERPRINT = re.compile(r"[0-9A-F]{40,64}")
# What is said of signatures that are not simply good.
_BAD = {
    "BADSIG": "the signature does not fit: it or what was signed has been altered",
    "EXPSIG": "the signature has expired",
    "EXPKEYSIG": "the key has expired",
    "REVKEYSIG": "the key was revoked",
    "ERRSIG": "the signature is by none of the keys, or of a kind that gpg does not check",
    "NODATA": "there is no OpenPGP signature in it",
}


class BadGpgSignature(ValueError):
    """A signature that does not hold; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpgSignature:
    """A good signature. ``fingerprint`` is of the primary key, in capital hexadecimal."""

    payload: bytes
    fingerprint: str


def verify_gpg(
    signature: bytes, keys: Sequence[bytes], *, where: str, now: Instant
) -> GpgSignature:
    """Verify a signed message by one of ``keys``.

    Raises BadGpgSignature; SourceUnavailable where there is no ``gpg``, TrustPolicyError for keys
    that it does not read.
    """
    program = shutil.which("gpg")
    if program is None:
        raise SourceUnavailable(
            "the program gpg, which verifies OpenPGP signatures, is not on the PATH",
            where=where,
            hint="install GnuPG",
        )
    # The path of a socket in it is short enough only under the system's own folder.
    with tempfile.TemporaryDirectory(prefix="pe-gpg-") as name:
        home = Path(name)
        base = [
            program, "--homedir", name, "--batch", "--no-tty", "--no-options", "--quiet",
            "--no-autostart", "--disable-dirmngr", "--no-auto-key-retrieve",
            "--no-auto-key-locate", "--trust-model", "always", "--status-fd", "1",
            "--faked-system-time", f"{now.ns // 1_000_000_000}!",
        ]  # fmt: skip
        for index, key in enumerate(keys):
            path = home / f"{index}.key"
            path.write_bytes(key)
            if "IMPORT_OK" not in _words(_run([*base, "--import", str(path)], where)):
                raise TrustPolicyError(
                    "holds no public key that gpg reads", where=where, expected="OpenPGP keys"
                )
        given, output = home / "signature", home / "payload"
        given.write_bytes(signature)
        status = _run([*base, "--output", str(output), "--verify", str(given)], where)
        fingerprint = _fingerprint(status)
        if not output.exists():
            raise BadGpgSignature("the signature is detached from what it signs")
        with output.open("rb") as stream:
            payload = stream.read(_PAYLOAD_BYTES + 1)
    if len(payload) > _PAYLOAD_BYTES:
        raise BadGpgSignature(f"more than {_PAYLOAD_BYTES} bytes are signed")
    return GpgSignature(payload=payload, fingerprint=fingerprint)


def _run(command: list[str], where: str) -> list[list[str]]:
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, none of them from outside
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        )
    except (OSError, subprocess.TimeoutExpired):
        raise SourceUnavailable(
            "the program gpg gave no answer",
            where=where,
            found=f"nothing within {_SECONDS} seconds",
        ) from None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return [
        line.removeprefix(_STATUS).split()
        for line in lines
        if line.startswith(_STATUS) and len(line) > len(_STATUS)
    ]


def _words(status: list[list[str]]) -> list[str]:
    return [words[0] for words in status if words]


def _fingerprint(status: list[list[str]]) -> str:
    said = _words(status)
    for word, problem in _BAD.items():
        if word in said:
            raise BadGpgSignature(problem)
    if (said.count("NEWSIG"), said.count("GOODSIG"), said.count("VALIDSIG")) != (1, 1, 1):
        raise BadGpgSignature("there is not exactly one good signature in it")
    (valid,) = (words for words in status if words[:1] == ["VALIDSIG"])
    # The last field is the primary key's fingerprint; the first, the signing subkey's.
    fingerprint = valid[-1]
    if _FINGERPRINT.fullmatch(fingerprint) is None:
        raise BadGpgSignature("gpg does not name the key")
    return fingerprint

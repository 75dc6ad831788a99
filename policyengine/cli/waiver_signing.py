"""``policyengine waivers sign`` and ``verify``, and what editing does to a signature."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from policyengine.cli.bundle_options import instant
from policyengine.cli.bundle_result import form_option, say, write
from policyengine.cli.signing_options import (
    signing_options,
    trusted_by_options,
    verifying_options,
)
from policyengine.cli.waiver_options import (
    beside,
    hold_file,
    tell,
    waiver_file_place,
    waiver_trust,
)
from policyengine.errors import UsageError, WaiverError, WaiverNotAuthentic
from policyengine.evaluate import problems_of
from policyengine.given_file import read_given
from policyengine.model.instant import Instant
from policyengine.report.escape import terminal_text
from policyengine.settings import Settings, load_settings

if TYPE_CHECKING:
    from policyengine.signed_files import SigningTerms

_NOW = click.option("--now", metavar="TIME", help="As at this RFC 3339 time, not at the present.")


@click.command(
    epilog="Example: policyengine waivers sign waivers.yaml --key private.pem --keyid security-2026"
)
@click.argument("file", metavar="FILE")
@signing_options
@click.option("--expires", metavar="DAY", help="Until when the signature holds.  [always]")
@_NOW
def sign(*, file: str, expires: str | None, now: str | None, **options: Any) -> None:
    """Sign the waivers in FILE: all that they let pass, from now on, in your name.

    The signature is written beside it, as FILE.signatures.json. It is for a file of this name, and
    any change of FILE ends it. Where [waivers.trust] asks for signatures, no other file counts.
    """
    from policyengine.waivers import read_waivers

    settings, at = load_settings(), instant(now)
    signer = Signer.of(options, at=at, expires=expires)
    if signer is None:
        raise UsageError("there must be one key to sign by", expected="--key FILE or --secret FILE")
    data = read_given(file, error=WaiverError)
    waivers = read_waivers(data, where=file)
    rules = settings.waiver_rules()
    tell([p for waiver in waivers for p in problems_of(waiver, rules, at)], quiet=False)
    signer.write(file, data, signer.signature_of(file, data), settings)
    click.echo(f"{_counted(len(waivers))}, sha256:{hashlib.sha256(data).hexdigest()}")


@click.command(
    epilog="Example: policyengine waivers verify waivers.yaml --key public.pem --scope production"
)
@click.argument("file", metavar="FILE")
@verifying_options
@_NOW
@form_option
def verify(*, file: str, form: str, now: str | None, **options: Any) -> None:
    """Verify the signature of FILE: by the keys given here, else by the settings.

    Keys are public keys or certificates in PEM, or a JWK set. Without --key and --secret, the
    entries of [waivers.trust] decide, and a file that none of them fits is refused. A certificate
    that has ended verifies nothing, nor does a signature that has.
    """
    from policyengine.waivers import read_waivers
    from policyengine.waivers.trust import verified

    settings, at = load_settings(), [instant(now)]
    trusted = trusted_by_options(options)
    if trusted is not None:
        data = read_given(file, error=WaiverError)
        signature = verified(data, beside(file), trusted, path=file, at=at)
    else:
        if not settings.get("waivers.trust"):
            raise UsageError(
                "there is nothing to verify by", expected="--key, --secret or [waivers.trust]"
            )
        held = hold_file(file, settings, at=at)
        if held.signature is None:
            sha256 = hashlib.sha256(held.data).hexdigest()
            say(
                form,
                {"file": file, "sha256": sha256, "signer": None},
                f"{file}: needs no signature",
            )
            return
        data, signature = held.data, held.signature
    found = read_waivers(data, where=file, signature=signature)
    signed_at = None if signature.issued_at is None else str(signature.issued_at)
    facts: dict[str, Any] = {
        "file": file,
        "sha256": hashlib.sha256(data).hexdigest(),
        "waivers": len(found),
        "signer": signature.signer,
        "keyid": signature.keyid,
        "scope": signature.scope,
        "algorithm": signature.algorithm,
        "signed_at": signed_at,
    }
    named = f" ({signature.keyid})" if signature.keyid else ""
    when = "" if signed_at is None else f" at {signed_at}"
    say(form, facts, f"{file}: {_counted(len(found))}, signed by {signature.signer}{named}{when}")


class Signer:
    """A key that was read, and what its signatures say."""

    def __init__(self, material: Any, terms: SigningTerms, at: Instant) -> None:
        self._material = material
        self._terms = terms
        self._at = at

    @classmethod
    def of(
        cls, options: Mapping[str, Any], *, at: Instant, expires: str | None = None
    ) -> Signer | None:
        """Return who signs by the options, None where they name no key. Raises UsageError."""
        from policyengine.signed_files import SigningTerms, signing_material
        from policyengine.waivers.file import read_time

        if options["key"] is None and options["secret"] is None:
            return None
        ends = None
        if expires is not None:
            ends = read_time(expires, "--expires", end_of_day=True)
            if ends <= at:
                raise UsageError("a signature that has ended already", found=f"--expires {expires}")
        terms = SigningTerms(
            algorithm=options["algorithm"],
            keyid=options["keyid"],
            scope=options["scope"],
            issued_at=at,
            expires=ends,
        )
        return cls(signing_material(options["key"], options["secret"]), terms, at)

    def signature_of(self, file: str, data: bytes) -> bytes:
        """Return the signature of ``data``, the content of ``file``. Raises UsageError."""
        from policyengine.waivers.trust import signed_waivers

        return signed_waivers(data, self._material, self._terms, path=file)

    def write(self, file: str, data: bytes, signature: bytes, settings: Settings) -> None:
        """Write ``signature`` beside ``file``. It is said where the settings do not accept it."""
        from policyengine.waivers.trust import SIGNATURES

        write(f"{file}{SIGNATURES}", signature)
        click.echo(f"signed: {terminal_text(file + SIGNATURES)}")
        trust, place = waiver_trust(settings), waiver_file_place(file, settings.folder)
        try:
            trust.hold(data, signature, place=place, at=[self._at])
        except WaiverNotAuthentic as refusal:
            _note(f"the settings do not accept the signature: {refusal}")


def write_waivers(file: str, text: str, signer: Signer | None, settings: Settings) -> None:
    """Write a waiver file, and sign it, or say that somebody must: where a signature is asked for,
    and where one lies that is none of what the file is now.

    Nothing is written where ``signer`` cannot sign. Raises UsageError.
    """
    from policyengine.waivers.trust import SIGNATURES

    data = text.encode()
    signature = None if signer is None else signer.signature_of(file, data)
    write(file, data)
    how = f"policyengine waivers sign {file} --key KEY"
    if signer is not None and signature is not None:
        signer.write(file, data, signature, settings)
    elif beside(file) is not None:
        _note(f"{file}{SIGNATURES} is not of this file any more: {how}")
    elif waiver_trust(settings).asks(waiver_file_place(file, settings.folder)):
        _note(f"{file} is not signed, and the settings ask for a signature: {how}")


def _note(text: str) -> None:
    click.echo(terminal_text(f"note: {text}"), err=True)


def _counted(number: int) -> str:
    return f"{number} {'waiver' if number == 1 else 'waivers'}"

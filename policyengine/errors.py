"""Every error of the program, and the exit code each one means.

PolicyEngineError                 70   never raised itself: a bug if seen
├── UsageError                     2   options, settings or references that cannot be acted on
│   ├── SettingsError              2   a settings file or environment variable
│   ├── InvalidReference           2   an image reference that does not parse
│   ├── TrustPolicyError           2   a trust policy, key or trusted root that cannot be used
│   ├── ParameterError             2   a bundle parameter: unknown, missing or of the wrong type
│   ├── ResultError                2   a file that is given as an earlier result and is none
│   └── WaiverError                2   a waiver file that cannot be read as one
├── EvidenceError                  3   evidence that is missing, unreadable or not authentic
│   ├── SourceUnavailable          3   cannot be opened: file, daemon, registry, time-out, TLS
│   │   └── NotInRegistry          3   a registry answers that it has no such thing
│   ├── MalformedEvidence          3   bytes that are not what their format says
│   ├── UnsupportedFormat          3   a format, or a version of one, that is not read
│   ├── IntegrityError             3   a digest or size that differs from what was promised
│   ├── NotAuthentic               3   signed data whose signatures, versions or dates do not hold
│   ├── LimitExceeded              3   more bytes, files or depth than the limits allow
│   ├── ScanFailed                 3   a report whose scanner says that it failed or has not ended
│   ├── PlatformNotFound           3   an image index without the platform asked for
│   └── SubjectMismatch            3   evidence about another image
├── BundleError                    4   a policy bundle that cannot be used
│   ├── BundleFormatError          4   manifest, layout or data of the bundle
│   ├── BundleNotAuthentic         4   not signed as the settings ask, or changed since
│   ├── BundleNotLocked            4   another bundle than the lock file has
│   ├── SourcesNotLoaded           4   files or folders of Rego and data, or 2
│   ├── BundleUnavailable          4   in no registry and no cache that was reached
│   └── RegoError                  4   the Rego in it
│       └── RegoCompileError       4   .errors has every finding with its place
├── WaiverNotAuthentic             4   a waiver file that is not signed as the settings ask
├── EvaluationError                3   an evaluation that gave no verdict
│   ├── EngineFailed               3   crash, undefined entrypoint, unreadable answer
│   ├── EvaluationLimitExceeded    3   deadline, memory, steps or depth
│   └── RegoEvaluationError        3   a run-time error of the policy, with its place
├── StepFailed                     3   a program that a pipeline runs failed
├── EnginesDisagree               70   two engines gave different answers: one has a bug
└── OutputError                    2   a report that cannot be written

The exit codes are those of ``docs/exit-codes.md``; 0 and 1 are verdicts, not errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller."""

    ALLOWED = 0
    DENIED = 1
    USAGE = 2
    INCOMPLETE = 3
    BUNDLE_REJECTED = 4
    INTERNAL = 70


class PolicyEngineError(Exception):
    """An error that a person can act on.

    ``what`` says what is wrong in one sentence; ``where`` is a file, URL, JSON path or byte
    offset; ``found`` and ``expected`` are the two sides of a comparison; ``hint`` is what to do.
    """

    exit_code: ExitCode = ExitCode.INTERNAL

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        found: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.found = found
        self.expected = expected
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.found is not None:
            text += f"; found {self.found}"
        if self.expected is not None:
            text += f"; expected {self.expected}"
        if self.hint is not None:
            text += f" ({self.hint})"
        return text

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions cross process borders in an audit; keyword-only state is not kept by default.
        return (_restore, (type(self), self.args, self.__dict__.copy()))


def _restore(
    kind: type[PolicyEngineError], args: tuple[object, ...], state: dict[str, object]
) -> PolicyEngineError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class UsageError(PolicyEngineError):
    """Options, settings or references that cannot be acted on."""

    exit_code = ExitCode.USAGE


class SettingsError(UsageError):
    """A settings file with an unknown key, a wrong type, or a value out of range."""


class InvalidReference(UsageError):
    """An image reference that the distribution grammar does not allow."""


class TrustPolicyError(UsageError):
    """A trust policy, a key or a trusted root that is not what its format says."""


class ParameterError(UsageError):
    """A bundle parameter that the bundle does not have, or whose value its schema refuses."""


class ResultError(UsageError):
    """A file that is given as an earlier result, and cannot be read as one."""


class WaiverError(UsageError):
    """A waiver file that cannot be read as one."""


class WaiverNotAuthentic(PolicyEngineError):
    """A waiver file that is not signed as the settings ask, or was changed after it was signed.

    It is no WaiverError: what it says was not even read.
    """

    exit_code = ExitCode.BUNDLE_REJECTED


class EvidenceError(PolicyEngineError):
    """Evidence that is missing, unreadable or not authentic."""

    exit_code = ExitCode.INCOMPLETE


class SourceUnavailable(EvidenceError):
    """A source that cannot be opened: no such file, daemon, registry, permission or time."""


class NotInRegistry(SourceUnavailable):
    """A registry that was reached and answers that it has no such manifest, tag or repository."""


class MalformedEvidence(EvidenceError):
    """Bytes that are not what their format says."""


class UnsupportedFormat(EvidenceError):
    """A format, or a version of one, that is not read."""


class IntegrityError(EvidenceError):
    """A digest or a size that differs from what was promised."""


class NotAuthentic(EvidenceError):
    """Signed data whose signatures, versions or dates do not hold."""


class LimitExceeded(EvidenceError):
    """More bytes, files or nesting than the limits allow."""


class ScanFailed(EvidenceError):
    """A report whose scanner says itself that the scan failed or has not ended."""


class PlatformNotFound(EvidenceError):
    """An image index that has no image for the platform asked for."""


class SubjectMismatch(EvidenceError):
    """Evidence that speaks of another image."""


class BundleError(PolicyEngineError):
    """A policy bundle that cannot be used."""

    exit_code = ExitCode.BUNDLE_REJECTED


class BundleFormatError(BundleError):
    """A bundle whose manifest, layout or data is wrong."""


class BundleNotAuthentic(BundleError):
    """A bundle that is not signed as the settings ask, or was changed after it was signed."""


class BundleNotLocked(BundleError):
    """A bundle that is not the one in the lock file."""


class BundleUnavailable(BundleError):
    """A bundle that neither a registry nor the cache has."""


class RegoError(BundleError):
    """Rego source that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegoFinding:
    """One thing that is wrong in a module, with OPA's error code.

    ``row`` and ``col`` count from 1, ``col`` in characters as OPA counts them. ``line`` is the
    text of the source line, without its newline, for a caret below it. ``excerpt`` is the line
    that OPA's JSON names, and the byte in it, where it names one.
    """

    code: str
    message: str
    file: str
    row: int
    col: int
    line: str = ""
    hint: str | None = None
    excerpt: tuple[str, int] | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.row}: {self.code}: {self.message}"


class RegoCompileError(RegoError):
    """Modules that do not parse or do not compile; ``errors`` has each finding by position."""

    def __init__(self, errors: tuple[RegoFinding, ...]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


class SourcesNotLoaded(BundleError):
    """Files or folders of Rego and data that cannot be loaded; ``errors`` has each.

    ``exit_code`` is theirs, where they have one in common.
    """

    def __init__(self, errors: tuple[PolicyEngineError, ...]) -> None:
        self.errors = errors
        super().__init__("\n".join(map(str, errors)))
        codes = {error.exit_code for error in errors}
        self.exit_code = codes.pop() if len(codes) == 1 else self.exit_code


class EvaluationError(PolicyEngineError):
    """An evaluation that gave no verdict."""

    exit_code = ExitCode.INCOMPLETE


class EngineFailed(EvaluationError):
    """The evaluator crashed, or answered with something that is no result."""


class EvaluationLimitExceeded(EvaluationError):
    """The evaluation reached a limit.

    ``limit`` is ``deadline``, ``steps``, ``depth``, ``size`` or ``memory``; ``where`` is the file
    and row of the rule that was evaluated, where the engine can tell.
    """

    def __init__(
        self,
        what: str,
        *,
        limit: str,
        where: str | None = None,
        found: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(what, where=where, found=found, expected=expected, hint=hint)
        self.limit = limit


class StepFailed(PolicyEngineError):
    """A program that a pipeline runs could not be run, or failed."""

    exit_code = ExitCode.INCOMPLETE


class EnginesDisagree(PolicyEngineError):
    """Two engines gave different answers to the same question: at least one has a bug."""

    exit_code = ExitCode.INTERNAL


class RegoEvaluationError(EvaluationError):
    """A run-time error of the policy: a conflict, or a builtin error where these are strict."""

    def __init__(
        self, code: str, message: str, *, file: str = "", row: int = 0, col: int = 0
    ) -> None:
        super().__init__(f"{code}: {message}", where=f"{file}:{row}" if file else None)
        self.code = code
        self.message = message
        self.file = file
        self.row = row
        self.col = col


class OutputError(PolicyEngineError):
    """A report or document that cannot be written where it was asked for."""

    exit_code = ExitCode.USAGE

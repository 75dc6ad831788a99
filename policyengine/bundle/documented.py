"""What the reference can be written of: the policy library, a bundle, and a folder of policies."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final

from policyengine.bundle.files import directory_contents
from policyengine.bundle.library import parameters_taken
from policyengine.bundle.open import open_library
from policyengine.bundle.reference import (
    CONTROLS,
    INTRODUCTION,
    TITLE,
    Framework,
    Subject,
    read_examples,
    read_frameworks,
)
from policyengine.bundle.rules import find_rules
from policyengine.errors import BundleFormatError, UsageError
from policyengine.given_file import read_given
from policyengine.model.policy import PolicyBundle
from policyengine.model.views import DocumentView
from policyengine.rego.syntax.parser import parse_modules

_BYTES: Final = 64 * 1024 * 1024
_TEST: Final = "_test.rego"


def library_subject(library: Path) -> Subject:
    """Return all rules of the policy library."""
    bundle = open_library(library=library)
    return Subject(
        title=TITLE,
        introduction=INTRODUCTION,
        rules=bundle.rules,
        parameter_schema=bundle.parameter_schema,
        frameworks=read_frameworks(library),
        examples=read_examples(library, bundle.rules),
        every_control=True,
    )


def bundle_subject(bundle: PolicyBundle, *, folder: Path | None, library: Path) -> Subject:
    """Return the rules of a bundle; ``folder`` is where its tests and controls lie, if anywhere.

    What it takes of the library is held to the library's controls, and so are its own rules.
    """
    identity = bundle.identity
    examples = read_examples(library, bundle.rules)
    if folder is not None:
        own = [rule for rule in bundle.rules if (folder / rule.location.file).is_file()]
        files = {rule.location.file for rule in own}
        examples = {file: texts for file, texts in examples.items() if file not in files}
        examples |= read_examples(folder, own)
    return Subject(
        title=f"The bundle {identity.name} {identity.version}",
        introduction=f"Revision `{identity.revision}`, sha256 `{identity.digest}`, "
        f"view `{bundle.view.value}`. {INTRODUCTION}",
        rules=bundle.rules,
        parameter_schema=bundle.parameter_schema,
        frameworks=_frameworks(folder, library),
        examples=examples,
    )


def policies_subject(path: Path, *, view: DocumentView, library: Path) -> Subject:
    """Return the rules in a file, or in the files below a folder without a manifest.

    ``parameters.json`` and ``controls.json`` in the folder are read as the library's are. Raises
    UsageError where there is no Rego, BundleFormatError where no rule decides or METADATA does not
    fit, and RegoCompileError.
    """
    folder = path if path.is_dir() else path.parent
    contents = (
        directory_contents(path)
        if path.is_dir()
        else {path.name: read_given(path, error=BundleFormatError, limit=_BYTES)}
    )
    own = {
        name: content
        for name, content in contents.items()
        if PurePosixPath(name).suffix == ".rego" and not name.endswith(_TEST)
    }
    sources = {name: _text(content, f"{folder}/{name}") for name, content in own.items()}
    trees = dict(parse_modules(sources))
    # What own rules call of the library says which evidence they need.
    beside = {
        str(file): file.read_text(encoding="utf-8")
        for file in sorted((library / "lib").glob("*.rego"))
        if not file.name.endswith(_TEST)
    }
    trees |= parse_modules(beside)
    if not sources:
        raise UsageError("there is no Rego to document", where=str(path), expected="*.rego")
    try:
        found = find_rules(trees, view=view, entrypoints=())
    except BundleFormatError as error:
        if error.where is not None:
            raise
        raise BundleFormatError(
            error.what, where=str(path), found=error.found, expected=error.expected
        ) from None
    rules = tuple(rule for rule in found if rule.location.file in sources)
    return Subject(
        title=f"The policies in {path.name or path}",
        introduction=INTRODUCTION,
        rules=rules,
        parameter_schema=parameters_taken(
            own.values(), {}, name=path.name, library=folder, read=Path.read_bytes
        ),
        frameworks=_frameworks(folder, library),
        examples=read_examples(folder, rules),
    )


def _frameworks(folder: Path | None, library: Path) -> tuple[Framework, ...]:
    has_own = folder is not None and (folder / CONTROLS).is_file()
    own = read_frameworks(folder) if has_own and folder is not None else ()
    return (*own, *read_frameworks(library))


def _text(content: bytes, where: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise BundleFormatError("is not UTF-8", where=where) from None

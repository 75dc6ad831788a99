"""The protocol: what an editor asks, and what ``analysis`` answers, over standard input and output.

pygls is imported here alone: it is an extra.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from policyengine import __version__
from policyengine.errors import PolicyEngineError, RegoCompileError
from policyengine.lsp.analysis import Modules, Place
from policyengine.model.views import DocumentView
from policyengine.rego.lint import LintFinding
from policyengine.rego.sources import rego_files
from policyengine.rego.syntax.formatting import format_source
from policyengine.rego.syntax.source import decode
from policyengine.rego.testing import RunOptions, Status, Suite, run_suite

RUN_TEST = "policyengine.runTest"
_KINDS = {
    "field": lsp.CompletionItemKind.Field,
    "rule": lsp.CompletionItemKind.Function,
    "builtin": lsp.CompletionItemKind.Method,
    "keyword": lsp.CompletionItemKind.Keyword,
}


def make_server(view: DocumentView) -> LanguageServer:
    """Return a server for modules that read the input document in ``view``."""
    server = LanguageServer("policyengine", __version__)
    modules = Modules(view)
    _documents(server, modules)
    _questions(server, modules)
    _tests(server, modules)
    return server


def _documents(server: LanguageServer, modules: Modules) -> None:
    def publish(uri: str) -> None:
        found = [_diagnostic(finding, modules) for finding in modules.findings(_path(uri))]
        server.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(uri=uri, diagnostics=found)
        )

    @server.feature(lsp.INITIALIZED)
    def initialized(_: lsp.InitializedParams) -> None:
        folders = [folder.uri for folder in server.workspace.folders.values()]
        roots = [_path(uri) for uri in folders or [server.workspace.root_uri] if uri]
        for root in roots:
            try:
                files = rego_files([root])
            except PolicyEngineError:
                continue
            for file in files:
                modules.put(str(file), decode(file.read_bytes()))

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: lsp.DidOpenTextDocumentParams) -> None:
        modules.put(_path(params.text_document.uri), params.text_document.text)
        publish(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: lsp.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        modules.put(_path(uri), server.workspace.get_text_document(uri).source)
        publish(uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def did_save(_: lsp.DidSaveTextDocumentParams) -> None:
        # What is changed in one module may be wrong in those that use it.
        for uri in list(server.workspace.text_documents):
            publish(uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: lsp.DidCloseTextDocumentParams) -> None:
        path = Path(_path(params.text_document.uri))
        # What is on the disk counts again.
        if path.is_file():
            modules.put(str(path), decode(path.read_bytes()))
        else:
            modules.remove(str(path))


def _questions(server: LanguageServer, modules: Modules) -> None:
    def asked(params: Any) -> tuple[str, int, int]:
        file, position = _path(params.text_document.uri), params.position
        encoded = modules.line(file, position.line).encode("utf-16-le")
        before = encoded[: 2 * position.character].decode("utf-16-le", "ignore")
        return file, position.line, len(before)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        text = modules.hover(*asked(params))
        if text is None:
            return None
        return lsp.Hover(contents=lsp.MarkupContent(kind=lsp.MarkupKind.Markdown, value=text))

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(params: lsp.DefinitionParams) -> list[lsp.Location]:
        return [_location(place, modules) for place in modules.definitions(*asked(params))]

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def references(params: lsp.ReferenceParams) -> list[lsp.Location]:
        wanted = params.context.include_declaration
        places = modules.references(*asked(params), with_definitions=wanted)
        return [_location(place, modules) for place in places]

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=["."]))
    def completion(params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
        return [
            lsp.CompletionItem(
                label=item.word,
                kind=_KINDS[item.kind],
                detail=item.detail,
                # An editor's own idea of a word ends at a dot.
                filter_text=item.word,
                text_edit=lsp.TextEdit(
                    range=lsp.Range(
                        start=lsp.Position(
                            line=params.position.line,
                            character=_units(modules, *asked(params)[:2], item.start),
                        ),
                        end=params.position,
                    ),
                    new_text=item.word,
                ),
            )
            for item in modules.completions(*asked(params))
        ]

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def formatting(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
        file = _path(params.text_document.uri)
        source = modules.sources.get(file, "")
        try:
            text = format_source(source, file=file)
        except RegoCompileError:
            # What is wrong is told as a diagnostic; the text stays as it is.
            return []
        if text == source:
            return []
        end = lsp.Position(line=source.count("\n") + 1, character=0)
        whole = lsp.Range(start=lsp.Position(line=0, character=0), end=end)
        return [lsp.TextEdit(range=whole, new_text=text)]


def _tests(server: LanguageServer, modules: Modules) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_CODE_LENS)
    def code_lens(params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
        return [
            lsp.CodeLens(
                range=_range(place, modules),
                command=lsp.Command(title="run test", command=RUN_TEST, arguments=[name]),
            )
            for name, place in modules.tests(_path(params.text_document.uri))
        ]

    @server.command(RUN_TEST)
    def run_test(name: str) -> dict[str, Any]:
        """Run one test over all modules of the workspace; ``passed`` and what was wrong."""
        pattern = f"^{name.replace('.', '[.]')}(#[0-9]+)?$"
        try:
            ran = run_suite(Suite(modules=dict(modules.sources)), RunOptions(pattern=pattern))
        except PolicyEngineError as error:
            return {"test": name, "passed": False, "problem": str(error)}
        failed = [item for item in ran.results if item.status is not Status.PASSED]
        problem = "; ".join(f"{item.test.name}: {item.status.value}" for item in failed)
        return {"test": name, "passed": not failed, "problem": problem or None}


def _asked(params: Any) -> tuple[str, int, int]:
    position = params.position
    return _path(params.text_document.uri), position.line, position.character


def _path(uri: str) -> str:
    return unquote(urlsplit(uri).path) if uri.startswith("file:") else uri


def _uri(path: str) -> str:
    return Path(path).resolve().as_uri() if path.startswith("/") else path


def _units(modules: Modules, file: str, row: int, col: int) -> int:
    """Return a column as the protocol counts, in units of UTF-16."""
    return len(modules.line(file, row)[:col].encode("utf-16-le")) // 2


def _range(place: Place, modules: Modules) -> lsp.Range:
    start, end = (_units(modules, place.file, place.row, col) for col in (place.col, place.end))
    return lsp.Range(
        start=lsp.Position(line=place.row, character=start),
        end=lsp.Position(line=place.row, character=end),
    )


def _location(place: Place, modules: Modules) -> lsp.Location:
    return lsp.Location(uri=_uri(place.file), range=_range(place, modules))


def _diagnostic(finding: LintFinding, modules: Modules) -> lsp.Diagnostic:
    row, col = max(finding.row - 1, 0), max(finding.col - 1, 0)
    end = max(len(finding.line), col + 1)
    severity = lsp.DiagnosticSeverity
    return lsp.Diagnostic(
        range=_range(Place(file=finding.file, row=row, col=col, end=end), modules),
        message=finding.message + (f"\n{finding.hint}" if finding.hint else ""),
        severity=severity.Error if finding.category == "bug" else severity.Information,
        code=finding.rule,
        source="policyengine",
    )

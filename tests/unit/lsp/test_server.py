"""The language server through a real client, over its standard input and output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="pygls is not installed: it is the extra lsp")

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

RULES = """package acme.user

import data.acme.lib

# METADATA
# title: The image does not run as root
# description: Root in a container is root on the host.
# custom:
#   id: acme.root
deny contains "root" if {
\tinput.image.user.is_root
\tlib.shut(input.environment)
}
"""
LIB = 'package acme.lib\n\nshut(name) if name == "live"\n'
TEST = """package acme.lib_test

import data.acme.lib

test_live_is_shut if lib.shut("live")

test_test_is_shut if lib.shut("test")
"""

Session = Callable[[LanguageClient, dict[str, str]], Awaitable[Any]]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "user.rego").write_text(RULES)
    (tmp_path / "lib.rego").write_text(LIB)
    (tmp_path / "lib_test.rego").write_text(TEST)
    return tmp_path


def talk(workspace: Path, session: Session) -> Any:
    async def run() -> Any:
        client = LanguageClient("test", "1")
        client.diagnostics = {}  # type: ignore[attr-defined] # kept for the session

        @client.feature(  # type: ignore[untyped-decorator] # pygls does not type it
            lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS
        )
        def published(params: lsp.PublishDiagnosticsParams) -> None:
            client.diagnostics[params.uri] = params.diagnostics  # type: ignore[attr-defined]

        await client.start_io(sys.executable, "-m", "policyengine.cli", "lsp")
        try:
            await client.initialize_async(
                lsp.InitializeParams(
                    capabilities=lsp.ClientCapabilities(),
                    root_uri=workspace.as_uri(),
                    workspace_folders=[lsp.WorkspaceFolder(uri=workspace.as_uri(), name="w")],
                )
            )
            client.initialized(lsp.InitializedParams())
            uris = {path.stem: path.as_uri() for path in workspace.glob("*.rego")}
            for path in sorted(workspace.glob("*.rego")):
                client.text_document_did_open(
                    lsp.DidOpenTextDocumentParams(
                        text_document=lsp.TextDocumentItem(
                            uri=path.as_uri(), language_id="rego", version=1, text=path.read_text()
                        )
                    )
                )
            answer = await session(client, uris)
            await client.shutdown_async(None)
            client.exit(None)
            return answer
        finally:
            await client.stop()  # type: ignore[no-untyped-call] # pygls does not type it

    return asyncio.run(asyncio.wait_for(run(), timeout=120))


def at(uri: str, line: int, character: int) -> dict[str, Any]:
    return {
        "text_document": lsp.TextDocumentIdentifier(uri=uri),
        "position": lsp.Position(line=line, character=character),
    }


async def diagnostics(client: LanguageClient, uri: str) -> list[lsp.Diagnostic]:
    for _ in range(600):
        if uri in client.diagnostics:  # type: ignore[attr-defined]
            found: list[lsp.Diagnostic] = client.diagnostics[uri]  # type: ignore[attr-defined]
            return found
        await asyncio.sleep(0.1)
    pytest.fail("no diagnostics")


def change(client: LanguageClient, uri: str, text: str) -> None:
    client.diagnostics.pop(uri, None)  # type: ignore[attr-defined]
    client.text_document_did_change(
        lsp.DidChangeTextDocumentParams(
            text_document=lsp.VersionedTextDocumentIdentifier(uri=uri, version=2),
            content_changes=[lsp.TextDocumentContentChangeWholeDocument(text=text)],
        )
    )


def test_what_compiler_and_linter_find_is_shown_while_one_writes(workspace: Path) -> None:
    async def session(client: LanguageClient, uris: dict[str, str]) -> list[list[tuple[Any, int]]]:
        seen = []
        for text in (None, RULES.replace("lib.shut", "lib.shot"), RULES.replace("if {", "if ["),
                     RULES.replace("is_root\n", "is_root == 1 == 2\n")):  # fmt: skip
            if text is not None:
                change(client, uris["user"], text)
            found = await diagnostics(client, uris["user"])
            seen.append([(item.code, item.range.start.line) for item in found])
        return seen

    right, function, brace, _ = talk(workspace, session)
    assert right == []
    assert function == [("compile", 11)]
    assert [code for code, _ in brace] == ["compile"]


def test_an_editor_is_told_of_facts_rules_and_builtins(workspace: Path) -> None:
    async def session(client: LanguageClient, uris: dict[str, str]) -> list[str | None]:
        told: list[str | None] = []
        for line, character in ((10, 20), (9, 2), (11, 6), (0, 2)):
            hover = await client.text_document_hover_async(
                lsp.HoverParams(**at(uris["user"], line, character))
            )
            contents = None if hover is None else hover.contents
            told.append(contents.value if isinstance(contents, lsp.MarkupContent) else None)
        return told

    fact, rule, function, nothing = talk(workspace, session)
    assert "input.image.user.is_root: boolean or null" in fact
    assert "**The image does not run as root**" in rule
    assert "Root in a container is root on the host." in rule
    assert "lib.rego:3" in function
    assert nothing is None


def test_definitions_and_uses_are_found_over_files(workspace: Path) -> None:
    async def session(client: LanguageClient, uris: dict[str, str]) -> Any:
        defined = await client.text_document_definition_async(
            lsp.DefinitionParams(**at(uris["user"], 11, 6))
        )
        used = await client.text_document_references_async(
            lsp.ReferenceParams(
                **at(uris["user"], 11, 6),
                context=lsp.ReferenceContext(include_declaration=True),
            )
        )
        return defined, used

    defined, used = talk(workspace, session)
    assert [(item.uri[-8:], item.range.start.line) for item in defined] == [("lib.rego", 2)]
    places = {(item.uri.rpartition("/")[2], item.range.start.line) for item in used}
    assert places == {
        ("lib.rego", 2), ("user.rego", 11), ("lib_test.rego", 4), ("lib_test.rego", 6),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "wanted", "unwanted"),
    [
        ("input.image.user.", {"is_root", "uid", "name"}, {"config"}),
        ("input.image.us", {"user"}, {"created"}),
        ("input.scan.vulnerabilities[_].", {"severity", "fix_state"}, set()),
        ("lib.s", {"lib.shut"}, set()),
        ("regex.ma", {"regex.match"}, {"regex.split"}),
        ("ev", {"every"}, {"some"}),
        ("data.acme.l", {"data.acme.lib.shut"}, {"data.acme.user.deny"}),
        ("{\n\tsome v in input.scan.vulnerabilities\n\tv.fix", {"fix_state"}, {"severity"}),
        ("{\n\tu := input.image.user\n\tn := u\n\tn.", {"is_root", "uid"}, {"config"}),
        ("{\n\tevery _, v in input.scan.vulnerabilities { v.package.", {"purl"}, {"epss"}),
        ("{\n\tu := lower(input.environment)\n\tu.", set(), {"is_root", "image", "user"}),
        ("{\n\tu := input.image.user\n}\n\nq if {\n\tu.", set(), {"is_root"}),
    ],
)
def test_what_may_follow_is_offered(
    written: str, wanted: set[str], unwanted: set[str], workspace: Path
) -> None:
    async def session(client: LanguageClient, uris: dict[str, str]) -> set[str]:
        text = RULES + f"\np if {written}"
        change(client, uris["user"], text)
        row, col = text.count("\n"), len(text.rpartition("\n")[2])
        items = await client.text_document_completion_async(
            lsp.CompletionParams(**at(uris["user"], row, col))
        )
        assert isinstance(items, list)
        for item in items:
            # What is taken stands in the place of what is begun, and nothing is said twice.
            assert isinstance(item.text_edit, lsp.TextEdit)
            begun = text.rpartition("\n")[2][item.text_edit.range.start.character :]
            assert item.text_edit.new_text.startswith(begun)
            assert item.text_edit.range.end == lsp.Position(line=row, character=col)
        return {item.label for item in items}

    labels = talk(workspace, session)
    assert wanted <= labels
    assert not unwanted & labels


def test_an_import_leads_to_its_package(workspace: Path) -> None:
    async def session(client: LanguageClient, uris: dict[str, str]) -> Any:
        return [
            await client.text_document_definition_async(
                lsp.DefinitionParams(**at(uris["user"], row, col))
            )
            for row, col in ((2, 18), (11, 2))
        ]

    for found in talk(workspace, session):
        assert [(item.uri[-9:], item.range.start.line) for item in found] == [("/lib.rego", 0)]


def test_uses_are_told_without_the_definition_where_it_is_not_wanted(workspace: Path) -> None:
    async def session(client: LanguageClient, uris: dict[str, str]) -> Any:
        return await client.text_document_references_async(
            lsp.ReferenceParams(
                **at(uris["user"], 11, 6),
                context=lsp.ReferenceContext(include_declaration=False),
            )
        )

    places = {
        (item.uri.rpartition("/")[2], item.range.start.line) for item in talk(workspace, session)
    }
    assert places == {("user.rego", 11), ("lib_test.rego", 4), ("lib_test.rego", 6)}


def test_columns_are_counted_as_the_protocol_does(workspace: Path) -> None:
    """A character beyond the basic plane has two of its units."""
    text = RULES.replace("\tlib.shut(", '\t"\U0001f600\U0001f600" != lib.shot(')
    (workspace / "user.rego").write_text(text)

    async def session(client: LanguageClient, uris: dict[str, str]) -> Any:
        found = await diagnostics(client, uris["user"])
        change(client, uris["user"], text.replace("shot", "shut"))
        hover = await client.text_document_hover_async(lsp.HoverParams(**at(uris["user"], 11, 16)))
        used = await client.text_document_references_async(
            lsp.ReferenceParams(
                **at(uris["user"], 11, 16),
                context=lsp.ReferenceContext(include_declaration=False),
            )
        )
        return found, hover, used

    found, hover, used = talk(workspace, session)
    assert [item.range.start.character for item in found if item.code == "compile"] == [11]
    assert "lib.rego:3" in hover.contents.value
    own = [item.range for item in used if item.uri.endswith("/user.rego")]
    assert [(place.start.character, place.end.character) for place in own] == [(11, 19)]


def test_what_a_saved_module_spoils_is_shown_where_it_is_used(workspace: Path) -> None:
    async def session(client: LanguageClient, uris: dict[str, str]) -> list[Any]:
        assert not await diagnostics(client, uris["user"])
        change(client, uris["lib"], LIB.replace("shut", "closed"))
        await diagnostics(client, uris["lib"])
        client.diagnostics.clear()  # type: ignore[attr-defined]
        client.text_document_did_save(
            lsp.DidSaveTextDocumentParams(text_document=lsp.TextDocumentIdentifier(uri=uris["lib"]))
        )
        return [
            (item.code, item.range.start.line) for item in await diagnostics(client, uris["user"])
        ]

    assert talk(workspace, session) == [("compile", 11)]


def test_a_module_is_laid_out(workspace: Path) -> None:
    (workspace / "user.rego").write_text(RULES.replace("\tinput", "  input"))

    async def session(client: LanguageClient, uris: dict[str, str]) -> Any:
        return await client.text_document_formatting_async(
            lsp.DocumentFormattingParams(
                text_document=lsp.TextDocumentIdentifier(uri=uris["user"]),
                options=lsp.FormattingOptions(tab_size=4, insert_spaces=False),
            )
        )

    (edit,) = talk(workspace, session)
    assert edit.new_text == RULES


def test_each_test_can_be_run(workspace: Path) -> None:
    async def session(client: LanguageClient, uris: dict[str, str]) -> list[Any]:
        lenses = await client.text_document_code_lens_async(
            lsp.CodeLensParams(text_document=lsp.TextDocumentIdentifier(uri=uris["lib_test"]))
        )
        ran = []
        for lens in lenses or []:
            assert lens.command is not None
            ran.append(
                await client.workspace_execute_command_async(
                    lsp.ExecuteCommandParams(
                        command=lens.command.command, arguments=lens.command.arguments
                    )
                )
            )
        return ran

    passed, failed = talk(workspace, session)
    assert dict(passed) == {
        "test": "data.acme.lib_test.test_live_is_shut",
        "passed": True,
        "problem": None,
    }
    assert failed["passed"] is False
    assert "FAIL" in failed["problem"].upper()

"""A Dockerfile as conftest and Trivy give it to policies."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from policyengine.document import InputDocument, secret_values, view_of
from policyengine.model.evidence import EvidenceKind
from policyengine.model.views import DocumentView
from policyengine.resources import read_schema
from tests.policy_values import document
from tests.unit.collect.offered import read_bytes

TEXT = """\
# first
ARG V=1
FROM --platform=linux/amd64 alpine:$V AS base
# why
run echo \\
  a
ONBUILD Copy --from=x ["a", "b"]
ENV A=1 B="2 3"
ENV C 4
CMD
FROM base
RUN <<-EOF
\techo 1
\techo 2
EOF
RUN cat <<A > x
1
A
"""


def judged(text: str = TEXT) -> InputDocument:
    return document(read_bytes(text.encode(), EvidenceKind.DOCKERFILE))


def conftest() -> list[Any]:
    view = view_of(judged(), DocumentView.DOCKERFILE)
    assert isinstance(view, list)
    return view


def trivy() -> list[Any]:
    view: Any = view_of(judged(), DocumentView.TRIVY_DOCKERFILE)
    return list(view["Stages"])


def command(cmd: str, stage: int, value: list[str] | None, **other: Any) -> dict[str, Any]:
    given = {"SubCmd": "", "JSON": False, "Flags": [], **other}
    return {"Cmd": cmd, "Stage": stage, "Value": value, **given}


def test_the_view_of_conftest_is_one_array_with_comments() -> None:
    # As `conftest parse` 0.71 prints it.
    assert conftest() == [
        command("comment", 0, ["first"], Flags=None),
        command("arg", 0, ["V=1"]),
        command("from", 0, ["alpine:$V", "AS", "base"], Flags=["--platform=linux/amd64"]),
        command("comment", 0, ["why"], Flags=None),
        command("run", 0, ["echo   a"]),
        command("onbuild", 0, ["a", "b"], SubCmd="Copy", JSON=True),
        command("env", 0, ["A", "1", "=", "B", '"2 3"', "="]),
        command("env", 0, ["C", "4", ""]),
        command("cmd", 0, None, Flags=None),
        command("from", 1, ["base"]),
        command("run", 1, ["<<-EOF"]),
        command("run", 1, ["cat <<A > x"]),
    ]


def test_the_view_of_trivy_has_stages_with_lines() -> None:
    arguments, base, final = trivy()
    assert [arguments["Name"], base["Name"], final["Name"]] == [
        "",
        "--platform=linux/amd64 alpine:$V AS base",
        "base",
    ]
    assert [(item["StartLine"], item["EndLine"]) for item in base["Commands"]] == [
        (3, 3),
        (5, 6),
        (7, 7),
        (8, 8),
        (9, 9),
        (10, 10),
    ]
    assert {item["Path"] for item in base["Commands"]} == {"-"}
    assert [item["Stage"] for item in (arguments["Commands"] + final["Commands"])] == [0, 1, 1, 1]


def test_the_view_of_trivy_runs_a_script_of_a_here_document() -> None:
    _, script, piped = trivy()[-1]["Commands"]
    assert script["Value"] == ["echo 1 ; echo 2"]
    assert script["Original"] == "RUN <<-EOF\n\techo 1\n\techo 2\nEOF"
    assert piped["Value"] == ["cat <<A > x\n1\nA"]


def test_the_views_are_what_their_schemas_say() -> None:
    for view in (DocumentView.DOCKERFILE, DocumentView.TRIVY_DOCKERFILE):
        schema = read_schema(f"view-{view}-v1")
        jsonschema_rs.validator_for(schema).validate(view_of(judged(), view))


def test_without_a_dockerfile_the_views_are_nothing() -> None:
    for view in (DocumentView.DOCKERFILE, DocumentView.TRIVY_DOCKERFILE):
        assert view_of(document(), view) is None


def test_secrets_of_a_dockerfile_are_known_as_such() -> None:
    found = secret_values(
        judged(
            "ARG API_TOKEN=tok-12345678\n"
            "FROM a\n"
            "ENV DB_PASSWORD hunter2hunter2\n"
            "RUN curl --password geheim1234 x\n"
            "RUN <<E\nexport SECRET_KEY=abcdefgh12\nE\n"
            "ONBUILD ENV MY_SECRET=zyxwvu987\n"
        )
    )
    assert {
        "tok-12345678",
        "hunter2hunter2",
        "geheim1234",
        "abcdefgh12",
        "zyxwvu987",
    } <= set(found)

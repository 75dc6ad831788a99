"""Dockerfiles: what each line says, and what Docker refuses."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policyengine.errors import EvidenceError, LimitExceeded, MalformedEvidence
from policyengine.model.dockerfile import Dockerfile, Instruction
from policyengine.model.evidence import EvidenceKind
from tests.unit.collect.offered import read_bytes


def read(text: str | bytes) -> Dockerfile:
    data = text if isinstance(text, bytes) else text.encode()
    (dockerfile,) = read_bytes(data, EvidenceKind.DOCKERFILE).dockerfiles
    return dockerfile


def last(text: str) -> Instruction:
    """Return the last instruction of a stage on ``scratch`` that begins with ``text``."""
    return read(f"FROM scratch\n{text}").stages[-1].instructions[-1]


def values(text: str) -> dict[str, str | None]:
    return {variable.name: variable.value for variable in last(text).variables}


@pytest.mark.parametrize(
    ("text", "lines", "arguments"),
    [
        pytest.param("RUN a \\\n  b", (2, 3), ("a   b",), id="continued"),
        pytest.param("RUN a \\ \t\n b", (2, 3), ("a  b",), id="spaces behind the escape"),
        pytest.param("RUN a \\\n# no\n b", (2, 4), ("a  b",), id="comment within"),
        pytest.param("RUN a \\\n\n\n b", (2, 5), ("a  b",), id="empty lines within"),
        pytest.param("RUN a \\\\\nCMD b", (3, 3), ("b",), id="escape that is escaped"),
        pytest.param("RUN echo # not a comment", (2, 2), ("echo # not a comment",), id="hash"),
        pytest.param("RUN a \\", (2, 2), ("a",), id="continued by the end"),
        pytest.param("   run a", (2, 2), ("a",), id="indented, lower case"),
        pytest.param("RUN a\r\n", (2, 2), ("a",), id="carriage return"),
        pytest.param("RUN <<E\nx\n\n# y\nE\n", (2, 6), ("<<E",), id="here-document"),
        pytest.param('CMD ["a", "b c"]', (2, 2), ("a", "b c"), id="JSON"),
        pytest.param('CMD ["a", "b" c]', (2, 2), ('["a", "b" c]',), id="not quite JSON"),
        pytest.param("CMD ['a']", (2, 2), ("['a']",), id="single quotes are no JSON"),
        pytest.param('COPY ["a b", "/c"]', (2, 2), ("a b", "/c"), id="JSON of COPY"),
        pytest.param("COPY a  b /c", (2, 2), ("a", "b", "/c"), id="words"),
        pytest.param("HEALTHCHECK --retries=2 CMD x y", (2, 2), ("CMD", "x y"), id="health"),
        pytest.param('ENV a=1 b="2 3" c=4\\ 5', (2, 2), ("a=1", 'b="2 3"', "c=4\\ 5"), id="pairs"),
        pytest.param("ENV a 1 2 3", (2, 2), ("a", "1 2 3"), id="older form of ENV"),
        pytest.param("EXPOSE 80 443/udp", (2, 2), ("80", "443/udp"), id="ports"),
    ],
)
def test_an_instruction_has_its_lines_and_arguments(
    text: str, lines: tuple[int, int], arguments: tuple[str, ...]
) -> None:
    found = last(text)
    assert (found.line, found.end_line) == lines
    assert found.arguments == arguments


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("RUN a", "shell"),
        ('RUN ["a"]', "json"),
        ("CMD []", "json"),
        ("COPY a b", "shell"),
        ('ENTRYPOINT ["a"', "shell"),
        ('HEALTHCHECK CMD ["a"]', "json"),
        ("USER a", None),
        ("ENV a=1", None),
    ],
)
def test_the_form_is_told_where_there_are_two(text: str, form: str | None) -> None:
    assert last(text).form == form


def test_directives_hold_until_the_first_line_that_is_none() -> None:
    found = read("# Syntax = docker/dockerfile:1.7 \n#escape=`\nFROM a\nRUN b `\n  c\n# check=x\n")
    assert (found.syntax, found.escape, found.check) == ("docker/dockerfile:1.7", "`", None)
    assert found.stages[0].instructions[1].arguments == ("b   c",)
    late = read("# a comment\n# escape=`\nFROM a\n")
    assert late.escape == "\\"


def test_flags_have_their_quotes_taken_and_mounts_their_options() -> None:
    found = last('RUN --mount=type=secret,id=x,"target=/a,b",required --network="none" -- --x')
    assert [(flag.name, flag.value) for flag in found.flags] == [
        ("mount", "type=secret,id=x,target=/a,b,required"),
        ("network", "none"),
    ]
    assert found.arguments == ("--x",)
    (mount,) = last("RUN --mount=type=secret,id=x,required a").mounts
    assert (mount.type, mount.options) == ("secret", (("id", "x"), ("required", None)))
    (bind,) = last("RUN --mount=target=/src a").mounts
    assert bind.type == "bind"


def test_here_documents_end_each_at_its_word() -> None:
    found = last("COPY <<A <<-'B' 3<<C /x\n$1\nA\n\t2\n\tB\nC\n")
    assert [(doc.name, doc.content, doc.expand, doc.chomp) for doc in found.heredocs] == [
        ("A", "$1\n", True, False),
        ("B", "\t2\n", False, True),
        ("C", "", True, False),
    ]
    assert found.end_line == 7


def test_a_less_than_sign_in_quotes_begins_no_here_document() -> None:
    assert last("RUN echo 'a <<E' && cat <<< x").heredocs == ()
    assert last("CMD cat <<E").heredocs == ()


def test_onbuild_has_the_instruction_that_it_triggers() -> None:
    found = last('ONBUILD COPY --from=x ["a", "b"]')
    assert found.trigger is not None
    assert (found.trigger.instruction, found.trigger.arguments) == ("COPY", ("a", "b"))
    assert found.trigger.form == "json"
    assert last("ONBUILD RUN <<E\nx\nE\n").trigger is not None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ARG A=1\nENV X=$A", "1"),
        ("ARG A=1\nENV X=${A}2", "12"),
        ("ENV X=$NOT_SET", ""),
        ("ENV X=${NOT_SET:-d}", "d"),
        ("ENV X=${NOT_SET:+d}", ""),
        ("ENV A=\nENV X=${A:-d}", "d"),
        ("ENV A=\nENV X=${A-d}", ""),
        ("ENV A=b\nENV X=${A:+d}", "d"),
        ("ENV A=a.b.c\nENV X=${A#*.}", "b.c"),
        ("ENV A=a.b.c\nENV X=${A##*.}", "c"),
        ("ENV A=a.b.c\nENV X=${A%.*}", "a.b"),
        ("ENV A=a.b.c\nENV X=${A%%.*}", "a"),
        ("ENV A=a.b.c\nENV X=${A/./-}", "a-b.c"),
        ("ENV A=a.b.c\nENV X=${A//./-}", "a-b-c"),
        ("ENV A=abc\nENV X=${A#?}", "bc"),
        ("ENV A=1\nENV X='$A'", "$A"),
        ('ENV A=1\nENV X="$A b"', "1 b"),
        ("ENV A=1\nENV X=\\$A", "$A"),
        ("ENV A=1\nENV A=2 X=$A", "1"),
        ("ENV A=1\nARG A=2\nENV X=$A", "1"),
        ("ENV A=1\nENV X=${B:-${A}}", "1"),
        ("ENV A=1\nENV X $A b", "1 b"),
        ("ARG A\nENV X=$A", None),
        ("ARG TARGETARCH\nENV X=$TARGETARCH", None),
        ("ENV X=${A", None),
        ("ENV X=${A:?message}", None),
        ("ENV X=" + "${A:-" * 50 + "}" * 50, None),
    ],
)
def test_variables_are_put_in_where_the_file_decides_them(text: str, value: str | None) -> None:
    assert values(text)["X"] == value


def test_the_environment_of_an_image_is_not_known() -> None:
    stage = read("FROM alpine\nENV PATH=$PATH:/a B=1\nUSER $B\nRUN $B\n").stages[0]
    assert [item.value for item in stage.instructions[1].variables] == [None, "1"]
    assert stage.instructions[2].expanded == ("1",)
    assert stage.instructions[3].expanded is None


def test_an_argument_before_from_is_known_in_from_and_where_it_is_declared() -> None:
    found = read("ARG V=1.2\nFROM alpine:$V AS a\nENV X=$V\nARG V\nENV Y=$V\nFROM a\nENV Z=$V\n")
    first, second = found.stages
    assert (first.base.name, first.base.repository, first.base.tag) == (
        "alpine",
        "library/alpine",
        "1.2",
    )
    by_name = {
        variable.name: variable.value
        for stage in found.stages
        for item in stage.instructions
        for variable in item.variables
    }
    assert by_name == {"X": None, "V": "1.2", "Y": "1.2", "Z": "1.2"}
    assert second.base.stage == 0


@pytest.mark.parametrize(
    ("base", "name", "tag", "digest"),
    [
        ("alpine", "alpine", None, None),
        (
            "r.example:5000/a/b:1@sha256:" + "a" * 64,
            "r.example:5000/a/b",
            "1",
            "sha256:" + "a" * 64,
        ),
        ("$UNKNOWN_ARG_DECLARED", None, None, None),
        ("Not/Valid", "Not/Valid", None, None),
    ],
)
def test_a_base_has_its_parts(
    base: str, name: str | None, tag: str | None, digest: str | None
) -> None:
    found = read(f"ARG UNKNOWN_ARG_DECLARED\nFROM {base}\n").stages[0].base
    assert (found.name, found.tag, found.digest) == (name, tag, digest)
    assert found.written == base


def test_a_stage_is_found_by_name_whatever_its_case_and_only_if_it_is_earlier() -> None:
    found = read("FROM b AS Build\nFROM build\nFROM scratch AS b\nFROM B\n")
    assert [stage.base.stage for stage in found.stages] == [None, 0, None, 2]
    assert [stage.name for stage in found.stages] == ["build", None, "b", None]
    assert found.stages[2].base.is_scratch


def test_comments_before_an_instruction_are_its_own() -> None:
    found = read("# syntax=x\n# one\n# two\n\nFROM a\n#\nRUN b\n").stages[0].instructions
    assert [item.comments for item in found] == [("one", "two"), ()]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("", 1, "without instructions", id="empty"),
        pytest.param("# only\n", 1, "without instructions", id="only a comment"),
        pytest.param("RUN a\n", 1, "before the first FROM", id="no stage"),
        pytest.param("ARG A\n", 1, "no FROM", id="arguments alone"),
        pytest.param("FROM a\nRUNN b\n", 2, "unknown instruction", id="misspelt"),
        pytest.param("FROM a\n\nFROM\n", 3, "FROM takes an image", id="FROM alone"),
        pytest.param("FROM a AS 1\n", 1, "name of a stage", id="stage with a digit"),
        pytest.param("FROM a b\n", 1, "FROM takes an image", id="two words"),
        pytest.param("FROM a AS b c\n", 1, "FROM takes an image", id="four words"),
        pytest.param("FROM $X\n", 1, "empty name", id="base that is not set"),
        pytest.param("FROM a\nRUN <<E\nb\n", 2, "does not end", id="here-document cut off"),
        pytest.param("FROM a\nRUN [1]\n", 2, "something else than strings", id="number in JSON"),
        pytest.param("FROM a\nSHELL sh\n", 2, "only a JSON array", id="SHELL in shell form"),
        pytest.param("FROM a\nENV a\n", 2, "a name alone", id="ENV without a value"),
        pytest.param("FROM a\nENV a=1 b\n", 2, "no name=value", id="ENV with a word"),
        pytest.param("FROM a\nENV =1\n", 2, "no name=value", id="ENV without a name"),
        pytest.param("FROM a\nARG =1\n", 2, "without a name", id="ARG without a name"),
        pytest.param("FROM a\nCOPY b\n", 2, "enough arguments", id="COPY without a destination"),
        pytest.param("FROM a\nCOPY a <<E\nE\n", 2, "here-document", id="here-document as target"),
        pytest.param("FROM a\nEXPOSE\n", 2, "enough arguments", id="EXPOSE alone"),
        pytest.param("FROM a\nUSER\n", 2, "without an argument", id="USER alone"),
        pytest.param("FROM a\nONBUILD FROM b\n", 2, "can be triggered", id="ONBUILD FROM"),
        pytest.param("FROM a\nONBUILD ONBUILD RUN b\n", 2, "can be triggered", id="chain"),
        pytest.param("FROM a\nONBUILD nope\n", 2, "unknown instruction", id="ONBUILD nonsense"),
        pytest.param("FROM a\nHEALTHCHECK CMD\n", 2, "HEALTHCHECK takes", id="no command"),
        pytest.param("FROM a\nHEALTHCHECK NONE b\n", 2, "HEALTHCHECK takes", id="NONE and more"),
        pytest.param("FROM a\nHEALTHCHECK b\n", 2, "HEALTHCHECK takes", id="no CMD"),
        pytest.param('FROM a\nVOLUME [""]\n', 2, "empty path", id="empty volume"),
        pytest.param("# escape=x\nFROM a\n", 1, "escape directive", id="other escape"),
        pytest.param("# syntax=a\n# syntax=b\nFROM a\n", 2, "second syntax", id="directive twice"),
        pytest.param("FROM a\nRUN b\0\n", 2, "not text", id="NUL"),
        pytest.param("FROM a\nRUN " + "b" * 70000, 2, "too long", id="long line"),
    ],
)
def test_what_docker_refuses_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(MalformedEvidence) as refused:
        read(text)
    assert refused.value.where == f"-:{line}"
    assert message in str(refused.value)


def test_variables_that_double_with_each_line_end_at_a_limit() -> None:
    lines = ["FROM scratch", "ENV A0=" + "x" * 100]
    lines += [f"ENV A{n}=$A{n - 1}$A{n - 1}" for n in range(1, 60)]
    with pytest.raises(MalformedEvidence, match="grow too long"):
        read("\n".join(lines))


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(LimitExceeded, match="too large for a Dockerfile"):
        read("FROM a\n" + "# x\n" * 300_000)


def test_bytes_that_are_not_utf_8_do_not_hide_an_instruction() -> None:
    assert read(b"FROM a\nRUN \xff b\nUSER root\n").stages[0].instructions[-1].instruction == "USER"
    assert read(b"\xef\xbb\xbfFROM a\n").stages[0].base.name == "a"


@pytest.mark.parametrize(
    "text",
    ["FROM a\n", "# c\n\narg A=1\nFROM $A\n", "\ufeff# syntax=x\nfrom a\n", "\r\n FROM a"],
)
def test_a_dockerfile_is_known_by_how_it_begins(text: str) -> None:
    assert len(read_bytes(text.encode()).dockerfiles) == 1


@pytest.mark.parametrize("text", ["RUN a\nFROM b\n", "from: a\n", "FROM", "fromage a\n"])
def test_what_begins_otherwise_is_no_dockerfile(text: str) -> None:
    with pytest.raises(EvidenceError):
        read_bytes(text.encode())


_PARTS = st.lists(
    st.sampled_from(
        [
            *("FROM a", "RUN ", "ENV ", "ARG ", "ONBUILD ", "# escape=`\n", "--x=", "<<E", "E"),
            *("\n", "\\", "\\\n", "$A", "${A", "}", '"', "'", "[", "]", ",", "=", " ", "#"),
            *("\r", "\t", "\x85"),
        ]
    ),
    max_size=40,
)


@given(_PARTS)
def test_any_text_is_read_or_refused_with_a_line(parts: list[str]) -> None:
    text = "".join(["FROM a\n", *parts])
    try:
        found = read(text)
    except MalformedEvidence as error:
        problem = error
    else:
        lines = [item.line for stage in found.stages for item in stage.instructions]
        assert lines == sorted(set(lines))
        return
    assert problem.where is not None
    assert 1 <= int(problem.where.rpartition(":")[2]) <= text.count("\n") + 1


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(EvidenceError):
        assert read(data).stages

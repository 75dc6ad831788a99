"""A misspelt path is undefined in Rego, and its rule never applies: it is found beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest

from policyengine.bundle import open_bundle
from policyengine.errors import RegoCompileError
from tests.bundle_files import parameter, write_bundle

LIBRARY = "package acme.lib\n\nis_bad(x) if x == 1\n\nlist := [1]\n"


def opened(folder: Path, body: str, view: str = "unified", imports: str = "") -> None:
    module = f'package acme.a\n\n{imports}\nhelper if true\n\ndeny contains "a" if {{ {body} }}\n'
    write_bundle(
        folder,
        {"a.rego": module, "lib.rego": LIBRARY},
        parameters={"max_age": parameter(1, "integer")},
        files={"acme/lists/data.json": b'{"names": ["x"], "deep": {"er": {"n": 1}}}'},
        view=view,
    )
    open_bundle(str(folder), parameters={})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("input.imgae.user", "did you mean input.image?"),
        ("input.image.usr", "did you mean input.image.user?"),
        ("input.image.user.isroot", "did you mean input.image.user.is_root?"),
        ('input["image"]["usr"]', "input.image.usr"),
        ("not input.image.signd", "input.image.signd"),
        ("input.image.user.name.first", "input.image.user.name.first"),
        ("input.scan.vulnerabilitys[_].id", "did you mean input.scan.vulnerabilities?"),
        ("x := input.sbom.package; x", "did you mean input.sbom.packages?"),
        ("[v | v := input.trsut][_]", "input.trsut"),
        ("every v in input.scan.vulns { v }", "input.scan.vulns"),
        ("data.parameters.max_agee > 1", "did you mean max_age?"),
        ('data.parameters["max_agee"] > 1', "did you mean max_age?"),
        ("data.parameter.max_age > 1", "data.parameter.max_age is not in the bundle"),
        ("data.acme.lib.isbad(1)", "data.acme.lib.isbad"),
        ("data.acme.lbi.list", "data.acme.lbi.list"),
        ("data.acme.lists.nmaes[_]", "data.acme.lists.nmaes"),
        ("data.acme.lists.deep.err", "data.acme.lists.deep.err"),
        ("data.nothing", "data.nothing"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(body: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(RegoCompileError) as caught:
        opened(tmp_path, body)
    assert said in str(caught.value)
    (finding,) = caught.value.errors
    assert (finding.file, finding.row) == ("a.rego", 6)
    assert finding.line[finding.col - 1 :].startswith(("input", "data"))


@pytest.mark.parametrize(
    ("imports", "body"),
    [
        ("import input.image as pic", "pic.usr"),
        ("import data.parameters as p", "p.max_agee"),
        ("import data.parameters", "parameters.max_agee"),
        ("import data.acme.lists", "lists.nmaes"),
        ("import input.imgae", "imgae.user"),
        ("import data.acme.lists.nmaes", "nmaes[_]"),
    ],
)
def test_a_reference_through_an_import_is_followed(imports: str, body: str, tmp_path: Path) -> None:
    with pytest.raises(RegoCompileError):
        opened(tmp_path, body, imports=imports)


@pytest.mark.parametrize(
    "body",
    [
        "input.image.config.Labels.anything.goes",
        "input.image.config.Env[_]",
        "input.image[input.environment]",
        "input.base.name",
        "input.docker_inspect.Whatever",
        "input.scan.vulnerabilities[0].cvss[_].score > 7",
        "input.evidence.scan.status",
        "data.parameters.max_age > 1",
        "data.parameters[input.environment] > 1",
        "data.acme.lists.names[_]",
        "data.acme.lists.deep.er.n",
        "data.acme.lists[input.environment]",
        "data.acme.lib.is_bad(1)",
        "data.acme.lib.list[0]",
        "data.acme.a.helper",
        "helper",
        "data.acme",
    ],
)
def test_a_reference_that_leads_somewhere_is_accepted(body: str, tmp_path: Path) -> None:
    opened(tmp_path, body)


@pytest.mark.parametrize(
    ("view", "right", "wrong"),
    [
        ("docker-inspect", "input.Config.User", "input.image.user"),
        ("registry", "input.image.scan_status", "input.scan.vulnerabilities"),
        ("unified", "input.scan.vulnerabilities", "input.Config.User"),
    ],
)
def test_the_view_decides_which_paths_there_are(
    view: str, right: str, wrong: str, tmp_path: Path
) -> None:
    opened(tmp_path / "right", right, view)
    with pytest.raises(RegoCompileError):
        opened(tmp_path / "wrong", wrong, view)


def test_all_dead_references_are_told_in_order_of_row(tmp_path: Path) -> None:
    with pytest.raises(RegoCompileError) as caught:
        opened(tmp_path, "input.one\n  input.two\n  data.parameters.three")
    assert [finding.row for finding in caught.value.errors] == [6, 7, 8]

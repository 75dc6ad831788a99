"""Images that are not at hand, judged by what other programs wrote down of them."""

from __future__ import annotations

import gzip
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.bundle_files import write_bundle
from tests.image_files import BuiltImage, digest
from tests.unit.cli.conftest import Command, assert_refused

NAME = "registry.example/team/app:1.4"
BUILT = BuiltImage(config={"User": "0", "Env": ["MODE=production"]})
ID = digest(BUILT.configuration())
LAYERS = json.loads(BUILT.configuration())["rootfs"]["diff_ids"]
INSPECT: dict[str, Any] = {
    "Id": ID,
    "RepoTags": [NAME, "<none>:<none>"],
    "RepoDigests": ["registry.example/team/app@sha256:" + "a" * 64],
    "Created": "2026-01-01T10:20:30.123456789Z",
    "Config": {"User": "0", "Env": ["MODE=production"]},
    "Architecture": "amd64",
    "Os": "linux",
    "RootFS": {"Type": "layers", "Layers": LAYERS},
}
STEP = {"CreatedAt": "2026-01-01T10:20:30Z", "CreatedSince": "1 day ago", "Comment": ""}
HISTORY: list[dict[str, Any]] = [
    {**STEP, "ID": ID, "CreatedBy": "ENV MODE=production", "Size": "0B"},
    {**STEP, "ID": "<missing>", "CreatedBy": "ENV MODE=production", "Size": "0B"},
    {**STEP, "ID": "<missing>", "CreatedBy": "COPY app / # buildkit", "Size": "1.5kB"},
]
SKOPEO: dict[str, Any] = {
    "Name": "registry.example/team/app",
    "Digest": "sha256:" + "b" * 64,
    "RepoTags": ["1.4"],
    "Created": "2026-01-01T10:20:30.123456789Z",
    "Labels": None,
    "Architecture": "amd64",
    "Os": "linux",
    "Layers": ["sha256:" + "c" * 64],
}


def write_lines(path: str, lines: list[dict[str, Any]]) -> None:
    Path(path).write_text("".join(f"{json.dumps(line)}\n" for line in lines))


@pytest.fixture
def documents(folder: Path) -> Path:
    """Documents about an image that is nowhere, and a bundle that wants it not to be root."""
    Path("inspect.json").write_text(json.dumps([INSPECT]))
    write_lines("history.json", HISTORY)
    Path("config.json").write_bytes(BUILT.configuration())
    Path("skopeo.json").write_text(json.dumps(SKOPEO))
    write_bundle(folder / "bundle")
    return folder


@pytest.mark.usefixtures("documents")
@pytest.mark.parametrize(
    ("name", "files", "code"),
    [
        pytest.param(NAME, ["inspect.json", "history.json"], 1, id="docker"),
        pytest.param(ID, ["inspect.json", "history.json"], 1, id="docker, by ID"),
        pytest.param(ID[7:19], ["inspect.json", "history.json"], 1, id="docker, by short ID"),
        pytest.param(NAME, ["config.json"], 1, id="configuration"),
        pytest.param(NAME, ["config.json", "skopeo.json"], 1, id="skopeo"),
        pytest.param(NAME, ["inspect.json"], 3, id="no history"),
        pytest.param(NAME, ["history.json"], 3, id="history alone"),
        pytest.param(NAME, ["skopeo.json"], 3, id="no configuration"),
        pytest.param(NAME, ["config.json", "history.json"], 3, id="history of a configuration"),
        pytest.param(NAME, ["inspect.json", "history.json", "config.json"], 3, id="twice told"),
        pytest.param(
            "registry.example/team/app:1.5", ["inspect.json", "history.json"], 3, id="tag"
        ),
        pytest.param("other:1.4", ["config.json", "skopeo.json"], 3, id="other name"),
    ],
)
def test_only_documents_that_tell_all_of_the_image_asked_for_are_judged(
    command: Command, name: str, files: list[str], code: int
) -> None:
    given = [part for file in files for part in ("-e", file)]
    done = command("check", name, *given, "-b", "bundle")
    assert done.code == code, done.err


@pytest.mark.usefixtures("documents")
def test_the_document_is_that_of_the_image(command: Command) -> None:
    done = command("collect", NAME, "-e", "inspect.json", "-e", "history.json")
    found = json.loads(done.out)
    assert (found["subject"]["transport"], found["subject"]["tag"]) == ("documents", "1.4")
    assert [step["created_by"] for step in found["image"]["history"]] == [
        "COPY app / # buildkit",
        "ENV MODE=production",
        "ENV MODE=production",
    ]
    assert [step["layer"] for step in found["image"]["history"]] == [LAYERS[0], None, None]
    assert found["docker_inspect"] == INSPECT
    formats = [item["format"] for item in found["evidence"]["image"]["sources"]]
    assert formats == ["docker-inspect", "docker-history"]


@pytest.mark.usefixtures("documents")
def test_skopeo_tells_the_digest_of_a_configuration(command: Command) -> None:
    done = command("collect", NAME, "-e", "config.json", "-e", "skopeo.json")
    found = json.loads(done.out)
    assert found["subject"]["digest"] == SKOPEO["Digest"]
    assert (found["image"]["id"], found["image"]["config"]["User"]) == (ID, "0")


def changed(document: Any, *path: Any, value: Any) -> Any:
    copy = deepcopy(document)
    place = copy
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return copy


@pytest.mark.usefixtures("documents")
@pytest.mark.parametrize(
    ("inspect", "history", "message"),
    [
        pytest.param(
            changed(INSPECT, "Id", value="sha256:" + "d" * 64),
            HISTORY,
            "is the history of another image",
            id="other history",
        ),
        pytest.param(
            INSPECT,
            changed(HISTORY, 0, "CreatedBy", value="ENV MODE=prod…"),
            "cut short",
            id="commands cut short",
        ),
        pytest.param(
            INSPECT, changed(HISTORY, 0, "Size", value="?"), "expected a size", id="no size"
        ),
        pytest.param(
            INSPECT, changed(HISTORY, 0, "CreatedAt", value="today"), "RFC 3339", id="no time"
        ),
        pytest.param(INSPECT, HISTORY[:2], "which steps of the history", id="a step is missing"),
        pytest.param(
            changed(INSPECT, "RootFS", "Layers", value=LAYERS * 2),
            HISTORY,
            "which steps of the history",
            id="more layers",
        ),
        pytest.param(changed(INSPECT, "Id", value="x"), HISTORY, "expected a digest", id="no ID"),
        pytest.param(
            changed(INSPECT, "Descriptor", value={"digest": ID}),
            HISTORY,
            "names no configuration",
            id="the manifest's digest",
        ),
    ],
)
def test_documents_that_do_not_fit_are_refused(
    command: Command, folder: Path, inspect: Any, history: Any, message: str
) -> None:
    inspect.setdefault("Descriptor", None)
    Path("inspect.json").write_text(json.dumps([inspect]))
    write_lines("history.json", history)
    done = command("collect", NAME, "-e", "inspect.json", "-e", "history.json", "-o", "out.json")
    assert_refused(done, folder, message)


@pytest.mark.usefixtures("documents")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Name", "registry.example/team/other"),
        ("Created", "2026-01-02T00:00:00Z"),
        ("Architecture", "arm64"),
        ("Os", "windows"),
        ("Layers", []),
    ],
)
def test_skopeo_must_speak_of_the_same_image(
    command: Command, folder: Path, field: str, value: Any
) -> None:
    Path("skopeo.json").write_text(json.dumps({**SKOPEO, field: value}))
    done = command("collect", NAME, "-e", "config.json", "-e", "skopeo.json", "-o", "out.json")
    assert_refused(done, folder, "skopeo.json: is about another image")


@pytest.mark.usefixtures("documents")
def test_layers_and_platforms_are_not_made_up(command: Command, folder: Path) -> None:
    rule = 'package acme.l\n\ndeny contains "a" if input.layers.shells[_]\n'
    write_bundle(folder / "layers", {"l.rego": rule})
    given = ("-e", "config.json", "-b", "layers")
    assert command("check", NAME, *given, "--layers").code == 3
    assert command("check", NAME, *given, "--platform", "linux/arm64").code == 3


@pytest.mark.usefixtures("documents")
def test_a_document_is_of_none_of_several_images(command: Command, folder: Path) -> None:
    done = command("check", "image.tar", "oci:layout", "-e", "config.json")
    assert_refused(done, folder, "config.json: is about none of the images")


@pytest.mark.usefixtures("documents")
def test_a_packed_configuration_has_no_digest_of_its_own(command: Command, folder: Path) -> None:
    Path("config.json.gz").write_bytes(gzip.compress(BUILT.configuration()))
    done = command("collect", NAME, "-e", "config.json.gz", "-o", "out.json")
    assert_refused(done, folder, "whose own digest is not at hand")

"""The same image, however it is reached."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest

from policyengine.collect.files import EvidenceOffer, read_evidence
from policyengine.collect.image import ImageRequest, read_image
from policyengine.collect.image.from_documents import image_of_documents
from policyengine.errors import EvidenceError, PlatformNotFound, SourceUnavailable
from policyengine.model.access import DaemonAccess, RegistryAccess
from policyengine.model.image import Image, ImageEvidence, Transport
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.platform import Platform
from tests.integration.components import run
from tests.integration.images import Layout, copy, load, make_with_crane
from tests.integration.registries import Registry

# Those that hold an image; the others are by the word of others, or of no image.
PLACES = [
    transport
    for transport in Transport
    if transport not in {Transport.DOCUMENTS, Transport.DOCKERFILE}
]
NO_DAEMON = DaemonAccess(host="unix:///nonexistent/docker.sock")


def read(
    text: str,
    *,
    registry: RegistryAccess | None = None,
    daemon: DaemonAccess = NO_DAEMON,
    platform: str | None = None,
    layers: bool = False,
) -> ImageEvidence:
    return read_image(
        ImageRequest(
            text=text, platform=Platform.parse(platform) if platform else None, layers=layers
        ),
        limits=DEFAULT_LIMITS,
        registry=registry or RegistryAccess(),
        daemon=daemon,
    )


def section(image: Image) -> str:
    """Write all that is known of an image, in a form that shows a difference."""
    return json.dumps(asdict(image), indent=1, sort_keys=True, default=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Everywhere:
    """One image in all places that the tools can put it. ``places`` are by transport."""

    places: dict[Transport, str]
    registry: RegistryAccess
    daemon: DaemonAccess

    def read(self, transport: Transport, *, layers: bool = False) -> ImageEvidence:
        return read(
            self.places[transport], registry=self.registry, daemon=self.daemon, layers=layers
        )


@pytest.fixture(scope="module")
def umoci_everywhere(
    umoci_image: Layout,
    registry: Registry,
    docker_host: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Everywhere:
    """The OCI image by umoci, in the five places."""
    folder = tmp_path_factory.mktemp("everywhere")
    copy(umoci_image.skopeo, f"docker-archive:{folder}/docker.tar:team/umoci:1.4")
    copy(umoci_image.skopeo, f"oci-archive:{folder}/oci.tar:1.4")
    copy(umoci_image.skopeo, f"docker://{registry.host}/team/umoci:1.4", registry=registry)
    load(folder / "docker.tar", docker_host)
    return Everywhere(
        places={
            Transport.OCI: umoci_image.skopeo,
            Transport.OCI_ARCHIVE: f"oci-archive:{folder}/oci.tar",
            Transport.DOCKER_ARCHIVE: f"docker-archive:{folder}/docker.tar",
            Transport.DOCKER_DAEMON: "docker-daemon:team/umoci:1.4",
            Transport.REGISTRY: f"registry:{registry.host}/team/umoci:1.4",
        },
        registry=registry.access,
        daemon=DaemonAccess(host=docker_host),
    )


@pytest.fixture(scope="module")
def buildah_everywhere(buildah_image: Path, registry: Registry, docker_host: str) -> Everywhere:
    """The Docker image by buildah, in the places that keep Docker's format."""
    copy(
        f"docker-archive:{buildah_image}",
        f"docker://{registry.host}/team/buildah:1.4",
        registry=registry,
    )
    load(buildah_image, docker_host)
    return Everywhere(
        places={
            Transport.DOCKER_ARCHIVE: f"docker-archive:{buildah_image}",
            Transport.DOCKER_DAEMON: "docker-daemon:example:1.4",
            Transport.REGISTRY: f"docker://{registry.host}/team/buildah:1.4",
        },
        registry=registry.access,
        daemon=DaemonAccess(host=docker_host),
    )


@pytest.mark.parametrize("layers", [False, True], ids=["config only", "with layers"])
@pytest.mark.parametrize("transport", [place for place in PLACES if place is not Transport.OCI])
def test_every_transport_tells_the_same_of_an_oci_image(
    umoci_everywhere: Everywhere, transport: Transport, layers: bool
) -> None:
    expected = umoci_everywhere.read(Transport.OCI, layers=layers).image
    found = umoci_everywhere.read(transport, layers=layers)
    assert section(found.image) == section(expected)
    assert found.subject.transport is transport


@pytest.mark.parametrize("layers", [False, True], ids=["config only", "with layers"])
@pytest.mark.parametrize("transport", [Transport.DOCKER_DAEMON, Transport.REGISTRY])
def test_every_transport_tells_the_same_of_a_docker_image(
    buildah_everywhere: Everywhere, transport: Transport, layers: bool
) -> None:
    expected = buildah_everywhere.read(Transport.DOCKER_ARCHIVE, layers=layers).image
    found = buildah_everywhere.read(transport, layers=layers)
    assert section(found.image) == section(expected)


def told(name: str, *files: Path) -> ImageEvidence:
    offers = [EvidenceOffer(path=str(path)) for path in files]
    documents = read_evidence(offers, limits=DEFAULT_LIMITS).documents
    return image_of_documents(name, documents)


def test_docker_tells_the_same_of_an_image_in_its_documents(
    umoci_everywhere: Everywhere, docker_host: str, tmp_path: Path
) -> None:
    inspect, history = tmp_path / "inspect.json", tmp_path / "history.json"
    name, docker = "team/umoci:1.4", ("docker", "--host", docker_host)
    inspect.write_text(run(*docker, "image", "inspect", name))
    line = "{{json .}}"
    history.write_text(run(*docker, "history", "--no-trunc", "--format", line, name))
    found = told(name, inspect, history)
    expected = umoci_everywhere.read(Transport.OCI)
    assert section(found.image) == section(expected.image)
    assert (found.subject.repository, found.subject.tag) == ("team/umoci", "1.4")


def test_skopeo_tells_the_same_of_an_image_in_its_documents(
    umoci_everywhere: Everywhere, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    place = umoci_everywhere.places[Transport.OCI]
    config.write_text(run("skopeo", "inspect", "--config", "--raw", place))
    found = told("registry.example/team/umoci:1.4", config)
    assert section(found.image) == section(umoci_everywhere.read(Transport.OCI).image)


def test_the_configuration_is_what_was_built(
    umoci_everywhere: Everywhere, buildah_everywhere: Everywhere
) -> None:
    umoci = umoci_everywhere.read(Transport.REGISTRY).image
    assert umoci.config["User"] == "app"
    assert umoci.config["Env"] == ["MODE=production", "GREETING=a b=c"]
    assert umoci.config["ExposedPorts"] == {"8080/tcp": {}}
    assert umoci.author == "Ann Example"
    assert [entry.empty_layer for entry in umoci.history].count(False) == len(umoci.layers) == 3
    buildah = buildah_everywhere.read(Transport.REGISTRY).image
    health = buildah.config["Healthcheck"]
    assert isinstance(health, dict)
    assert health["Test"] == ["CMD", "/bin/true"]


@pytest.mark.parametrize("transport", PLACES)
def test_the_user_is_found_in_the_passwd_file_of_the_layers(
    umoci_everywhere: Everywhere, transport: Transport
) -> None:
    without = umoci_everywhere.read(transport).image.user
    assert (without.uid, without.is_root) == (None, None)
    user = umoci_everywhere.read(transport, layers=True).image.user
    assert (user.name, user.uid, user.gid, user.is_root) == ("app", 1001, 1002, False)
    assert user.resolved_by == "passwd"


@pytest.mark.parametrize("prefix", ["registry:", "docker://"])
def test_a_registry_gives_the_manifest_and_where_it_came_from(
    umoci_everywhere: Everywhere, umoci_image: Layout, registry: Registry, prefix: str
) -> None:
    found = read(f"{prefix}{registry.host}/team/umoci:1.4", registry=registry.access)
    index = json.loads((umoci_image.path / "index.json").read_text())
    digest = index["manifests"][0]["digest"]
    assert found.subject.digest == digest
    assert found.subject.origin == f"http://{registry.host}/v2/team/umoci/manifests/1.4"
    assert found.manifest is not None
    assert found.manifest.digest == digest
    assert [layer.media_type for layer in found.manifest.layers] == [
        "application/vnd.oci.image.layer.v1.tar+gzip"
    ] * 3


def test_a_mirror_is_recorded_as_the_origin(
    umoci_everywhere: Everywhere, registry: Registry, cache: Registry
) -> None:
    access = replace(
        registry.access,
        insecure_hosts=frozenset({registry.host, cache.host}),
        mirrors=((registry.host, (cache.host,)),),
    )
    found = read(umoci_everywhere.places[Transport.REGISTRY], registry=access)
    assert found.subject.origin == f"http://{cache.host}/v2/team/umoci/manifests/1.4"
    assert found.subject.registry == registry.host
    assert found.sources[0].location == found.subject.origin


# --- a bare reference --------------------------------------------------------------------------


def test_a_bare_reference_is_the_daemons_image_where_it_has_one(
    buildah_everywhere: Everywhere,
) -> None:
    found = read("example:1.4", daemon=buildah_everywhere.daemon)
    assert found.subject.transport is Transport.DOCKER_DAEMON
    assert found.docker_inspect is not None
    assert found.docker_inspect["Id"] == found.image.id


def test_a_bare_reference_that_the_daemon_lacks_is_the_registrys(
    umoci_everywhere: Everywhere, registry: Registry
) -> None:
    found = read(
        f"{registry.host}/team/umoci:1.4",
        registry=registry.access,
        daemon=umoci_everywhere.daemon,
    )
    assert found.subject.transport is Transport.REGISTRY


def test_a_bare_reference_without_a_daemon_is_the_registrys(
    umoci_everywhere: Everywhere, registry: Registry
) -> None:
    found = read(f"{registry.host}/team/umoci:1.4", registry=registry.access)
    assert found.subject.transport is Transport.REGISTRY


# --- platforms ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def index(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An index of two platforms by crane."""
    amd64 = make_with_crane(tmp_path_factory.mktemp("crane"), registry, "team/crane")
    arm64, both = amd64.replace("1.4", "1.4-arm64"), amd64.replace("1.4", "1.4-all")
    run("crane", "mutate", "--insecure", amd64, "--set-platform", "linux/amd64", "--tag", amd64)
    run("crane", "mutate", "--insecure", amd64, "--set-platform", "linux/arm64", "--tag", arm64)
    run(
        "crane", "index", "append", "--insecure", "--manifest", amd64, "--manifest", arm64,
        "--tag", both,
    )  # fmt: skip
    return both


@pytest.mark.parametrize(
    ("platform", "architecture"),
    [
        (None, "amd64"),
        ("linux/amd64", "amd64"),
        ("linux/arm64", "arm64"),
        ("linux/arm64/v8", "arm64"),
    ],
)
def test_the_image_for_the_platform_is_chosen(
    index: str, registry: Registry, platform: str | None, architecture: str
) -> None:
    found = read(f"registry:{index}", registry=registry.access, platform=platform)
    digest = run("crane", "digest", "--insecure", "--platform", f"linux/{architecture}", index)
    assert found.image.platform.architecture == architecture
    assert found.subject.digest == digest.strip()
    assert found.subject.index_digest == run("crane", "digest", "--insecure", index).strip()


def test_a_platform_that_is_not_there_lists_those_that_are(index: str, registry: Registry) -> None:
    with pytest.raises(PlatformNotFound) as caught:
        read(f"registry:{index}", registry=registry.access, platform="linux/s390x")
    assert "linux/amd64" in str(caught.value)
    assert "linux/arm64" in str(caught.value)


# --- what is not there, or not what it should be -----------------------------------------------


def test_an_image_that_the_daemon_lacks_is_named(docker_host: str) -> None:
    with pytest.raises(SourceUnavailable, match="has no such image"):
        read("docker-daemon:team/none:1", daemon=DaemonAccess(host=docker_host))


def test_a_daemon_that_does_not_run_is_named() -> None:
    with pytest.raises(SourceUnavailable, match=r"no Docker daemon is running"):
        read("docker-daemon:team/none:1")


@pytest.mark.parametrize("which", ["config", "layers"])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("changed", "is not what its digest says|is not whole gzip data"),
        ("cut", "is shorter than promised|is not whole gzip data"),
        ("gone", "is missing"),
    ],
)
def test_a_damaged_layout_is_not_believed(
    umoci_image: Layout, tmp_path: Path, which: str, damage: str, message: str
) -> None:
    copied = tmp_path / "layout"
    copy(umoci_image.skopeo, f"oci:{copied}:1.4")
    index = json.loads((copied / "index.json").read_text())
    digest = index["manifests"][0]["digest"]
    manifest = json.loads((copied / "blobs" / digest.replace(":", "/")).read_text())
    descriptor = manifest["config"] if which == "config" else manifest["layers"][0]
    blob = copied / "blobs" / descriptor["digest"].replace(":", "/")
    data = blob.read_bytes()
    blob.unlink()
    if damage != "gone":
        blob.write_bytes(data[:-1] if damage == "cut" else data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(EvidenceError, match=message):
        read(f"oci:{copied}:1.4", layers=True)

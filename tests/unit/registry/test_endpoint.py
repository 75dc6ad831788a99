"""Which servers are asked, in which order, and over what."""

from __future__ import annotations

import httpx
import pytest

from policyengine.errors import InvalidReference, SettingsError
from policyengine.model.access import RegistryAccess
from policyengine.model.reference import ImageReference
from policyengine.registry.endpoint import (
    endpoints_for,
    host_names,
    is_insecure,
    shown,
)


def urls(text: str, access: RegistryAccess) -> list[str]:
    return [str(endpoint.url) for endpoint in endpoints_for(ImageReference.parse(text), access)]


@pytest.mark.parametrize(
    ("reference", "insecure", "url"),
    [
        ("alpine", set(), "https://registry-1.docker.io/v2/library/alpine"),
        ("index.docker.io/a/b", set(), "https://registry-1.docker.io/v2/a/b"),
        ("reg.example/a", set(), "https://reg.example/v2/a"),
        ("reg.example:5000/a", set(), "https://reg.example:5000/v2/a"),
        ("[::1]:5000/a", set(), "https://[::1]:5000/v2/a"),
        ("localhost/a", set(), "https://localhost/v2/a"),
        ("localhost:5000/a", set(), "https://localhost:5000/v2/a"),
        ("127.0.0.1:5000/a", set(), "https://127.0.0.1:5000/v2/a"),
        ("localhost:5000/a", {"localhost:5000"}, "http://localhost:5000/v2/a"),
        ("localhost:5000/a", {"LOCALHOST:5000"}, "http://localhost:5000/v2/a"),
        ("localhost:5000/a", {"localhost"}, "https://localhost:5000/v2/a"),
        ("localhost:5000/a", {"localhost:5001"}, "https://localhost:5000/v2/a"),
        ("localhost:5000/a", {"evil.localhost:5000"}, "https://localhost:5000/v2/a"),
        ("reg.example/a", {"reg.example:80"}, "http://reg.example/v2/a"),
        ("reg.example:80/a", {"reg.example"}, "http://reg.example/v2/a"),
        ("reg.example/a", {"example"}, "https://reg.example/v2/a"),
    ],
)
def test_plain_http_is_for_hosts_that_were_named(
    reference: str, insecure: set[str], url: str
) -> None:
    assert urls(reference, RegistryAccess(insecure_hosts=frozenset(insecure))) == [url]


def test_mirrors_come_first_in_their_order_and_only_for_their_registry() -> None:
    access = RegistryAccess(
        mirrors=(
            ("docker.io", ("cache.example:5000", "harbor.example/hub")),
            ("quay.io", ("other.example",)),
        ),
        insecure_hosts=frozenset({"cache.example:5000"}),
    )
    assert urls("alpine:3.19", access) == [
        "http://cache.example:5000/v2/library/alpine",
        "https://harbor.example/v2/hub/library/alpine",
        "https://registry-1.docker.io/v2/library/alpine",
    ]
    assert urls("reg.example/a", access) == ["https://reg.example/v2/a"]


@pytest.mark.parametrize(
    "mirror",
    ["https://cache.example", "cache", "cache.example:5000/", "cache.example/a b", "", "/",
     "cache.example/../x", "cache.example\r\nX: y", "user@cache.example"],
)  # fmt: skip
def test_a_mirror_that_is_no_host_is_a_settings_error(mirror: str) -> None:
    access = RegistryAccess(mirrors=(("docker.io", (mirror,)),))
    with pytest.raises(SettingsError, match=r"not a mirror of docker\.io"):
        urls("alpine", access)


@pytest.mark.parametrize(
    "reference",
    [
        ImageReference(registry="reg.example", repository="a/../../../admin"),
        ImageReference(registry="reg.example", repository="a?b=c"),
        ImageReference(registry="reg.example", repository="a HTTP/1.1\r\nX-Evil: 1\r\n"),
        ImageReference(registry="reg.example/x", repository="a"),
        ImageReference(registry="user:password@reg.example", repository="a"),
        ImageReference(registry="reg.example", repository="a", tag="x/../../y"),
        ImageReference(registry="reg.example:99999", repository="a"),
        ImageReference(registry="reg.example:0", repository="a"),
    ],
    ids=lambda reference: repr(str(reference)),
)
def test_a_reference_that_would_leave_its_place_in_a_url_is_refused(
    reference: ImageReference,
) -> None:
    with pytest.raises(InvalidReference):
        endpoints_for(reference, RegistryAccess())


def test_the_default_port_may_be_written_or_left_out() -> None:
    assert host_names(httpx.URL("https://Reg.example:443/v2")) == {"reg.example", "reg.example:443"}
    assert host_names(httpx.URL("http://[::1]/v2")) == {"[::1]", "[::1]:80"}
    assert host_names(httpx.URL("https://reg.example:80")) == {"reg.example:80"}


def test_a_host_is_not_insecure_because_its_neighbour_is() -> None:
    access = RegistryAccess(insecure_hosts=frozenset({"reg.example"}))
    assert is_insecure(httpx.URL("http://reg.example/token"), access)
    assert not is_insecure(httpx.URL("http://reg.example:8080/token"), access)
    assert not is_insecure(httpx.URL("http://reg.example.evil/token"), access)


def test_a_url_is_shown_without_what_may_be_secret() -> None:
    url = httpx.URL("https://user:hunter2@cdn.example:8443/blob/x?signature=hunter2#hunter2")
    assert shown(url) == "https://cdn.example:8443/blob/x"

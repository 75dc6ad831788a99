"""Reading the WWW-Authenticate header."""

from __future__ import annotations

import pytest

from policyengine.registry.challenge import parse_challenges

HUB = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="a:b:pull"'
HUB_PARAMETERS = {
    "realm": "https://auth.docker.io/token",
    "service": "registry.docker.io",
    "scope": "a:b:pull",
}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([""], [], id="empty"),
        pytest.param([HUB], [("bearer", HUB_PARAMETERS)], id="bearer"),
        pytest.param(['Basic realm="x"'], [("basic", {"realm": "x"})], id="basic"),
        pytest.param(["Negotiate"], [("negotiate", {})], id="no parameters"),
        pytest.param(["NTLM TlRMTVNTUAAB=="], [("ntlm", {})], id="token68"),
        pytest.param(
            ['BEARER Realm="https://a"'], [("bearer", {"realm": "https://a"})], id="any case"
        ),
        pytest.param(
            [f'{HUB}, Basic realm="x"'],
            [("bearer", HUB_PARAMETERS), ("basic", {"realm": "x"})],
            id="two in one header",
        ),
        pytest.param(
            ["Negotiate, Basic realm=x"],
            [("negotiate", {}), ("basic", {"realm": "x"})],
            id="bare scheme before another",
        ),
        pytest.param(
            ['Basic realm="x"', HUB],
            [("basic", {"realm": "x"}), ("bearer", HUB_PARAMETERS)],
            id="two headers",
        ),
        pytest.param(
            ['Bearer realm = "https://a" , service=b'],
            [("bearer", {"realm": "https://a", "service": "b"})],
            id="spaces",
        ),
        pytest.param(
            [r'Basic realm="a \"quoted\", one=two"'],
            [("basic", {"realm": 'a "quoted", one=two'})],
            id="escapes and separators inside quotes",
        ),
        pytest.param(
            ['Bearer realm="https://good",realm="https://evil"'],
            [("bearer", {"realm": "https://good"})],
            id="a repeated parameter does not replace the first",
        ),
        pytest.param(['Bearer realm="https://a'], [("bearer", {})], id="quote never closed"),
        pytest.param(["=,=,"], [], id="nothing of the grammar"),
    ],
)
def test_a_challenge_is_read_by_the_grammar(
    headers: list[str], expected: list[tuple[str, dict[str, str]]]
) -> None:
    found = [
        (challenge.scheme, dict(challenge.parameters)) for challenge in parse_challenges(headers)
    ]
    assert found == expected

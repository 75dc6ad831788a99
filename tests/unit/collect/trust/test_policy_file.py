"""The trust policy file: what it may say, and that what it cannot mean is an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from policyengine.collect.trust.policy_file import policy_of_options, read_trust_policy
from policyengine.errors import TrustPolicyError, UsageError
from policyengine.model.trust_policy import CertificateIdentity, Requirement
from policyengine.resources import read_schema
from tests.unit.collect.trust.signing import pem_of, private_pem_of

P256 = ec.generate_private_key(ec.SECP256R1())
PEM = pem_of(P256)
OTHER = pem_of(ec.generate_private_key(ec.SECP384R1()))
KEYID = "ab" * 32
IDENTITY = {"subject": "release@example.com", "issuer": "https://issuer.example.com"}
PROBLEM = {
    "subject": "release@example.com",
    "issuer_regexp": "https://(unclosed",
}


def written(folder: Path, document: Any, name: str = "trust.json") -> Path:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def signer(**fields: Any) -> dict[str, Any]:
    return {"signers": {"release": {"keys": [PEM], **fields}}}


def test_the_form_that_users_have_is_read(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "release.pub").write_text(PEM)
    policy = read_trust_policy(
        written(
            tmp_path,
            {
                "signers": {
                    "release-team": {
                        "keys": ["keys/release.pub", OTHER, KEYID],
                        "repos": ["myregistry/prod-*"],
                    }
                }
            },
        )
    )
    (team,) = policy.signers
    assert [key.origin for key in team.keys] == [
        str(keys / "release.pub"),
        f"{tmp_path}/trust.json/signers/release-team/keys/1",
    ]
    assert team.keyids == (KEYID,)
    assert team.may_sign("myregistry/prod-web")
    assert not team.may_sign("myregistry/test-web")
    assert policy.requirements == (
        Requirement(repositories=("myregistry/prod-*",), signers=("release-team",)),
    )


def test_without_requirements_the_repositories_of_all_signers_must_be_signed(
    tmp_path: Path,
) -> None:
    document = {
        "signers": {
            "a": {"keys": [PEM], "repos": ["r/a", "r/x"]},
            "b": {"keys": [OTHER], "repos": ["r/x", "r/b"]},
        }
    }
    (only,) = read_trust_policy(written(tmp_path, document)).requirements
    assert only == Requirement(repositories=("r/a", "r/x", "r/b"), signers=("a", "b"))
    document["signers"]["c"] = {"keys": [pem_of(ed25519.Ed25519PrivateKey.generate())]}
    (all_of_them,) = read_trust_policy(written(tmp_path, document)).requirements
    assert all_of_them.repositories == ()


def test_toml_says_the_same_as_json(tmp_path: Path) -> None:
    toml = f"""
    version = 1
    [signers.release]
    keys = ['''{PEM}''']
    repos = ["r/a"]
    build_level = 3
    identities = [{{ subject = "release@example.com", issuer = "https://issuer.example.com" }}]
    [[require]]
    repos = ["r/**"]
    signers = ["release"]
    attestations = ["https://slsa.dev/provenance/v1"]
    """
    document = {
        "version": 1,
        "signers": {
            "release": {
                "keys": [PEM],
                "repos": ["r/a"],
                "build_level": 3,
                "identities": [IDENTITY],
            }
        },
        "require": [
            {
                "repos": ["r/**"],
                "signers": ["release"],
                "attestations": ["https://slsa.dev/provenance/v1"],
            }
        ],
    }
    jsonschema.validate(document, read_schema("trust-policy-v1"))
    one = read_trust_policy(written(tmp_path, toml, "trust"))
    other = read_trust_policy(written(tmp_path, document, "trust"))
    assert (one.signers, one.requirements) == (other.signers, other.requirements)
    assert one.signers[0].identities == (CertificateIdentity(**IDENTITY),)


BAD: list[Any] = [
    pytest.param("", "is empty", id="empty"),
    pytest.param("{", "cut off", id="cut"),
    pytest.param("signers = [", "neither JSON nor TOML", id="broken TOML"),
    pytest.param("[]", "neither JSON nor TOML", id="an array"),
    pytest.param({"signers": []}, "expected an object", id="signers as an array"),
    pytest.param({}, "/signers: a value", id="no signers"),
    pytest.param({"signers": {}}, "an empty policy trusts nobody", id="empty signers"),
    pytest.param({"signers": {" ": {"keys": [PEM]}}}, "without a name", id="a blank name"),
    pytest.param({"signers": {"a": {}}}, "without keys or identities", id="no keys"),
    pytest.param(
        {"signers": {"a": {"keys": []}}}, "without keys or identities", id="an empty list of keys"
    ),
    pytest.param(signer(repo=["r/a"]), "did you mean repos?", id="a misspelt field"),
    pytest.param({**signer(), "requires": []}, "did you mean require?", id="a misspelt section"),
    pytest.param({**signer(), "version": 2}, "expected 1", id="another version"),
    pytest.param(signer(repos=[]), "without repos all are meant", id="no repositories"),
    pytest.param(signer(repos=["r/[ab]"]), "with * ** and ? only", id="a class in a pattern"),
    pytest.param(signer(repos=["r/a\n"]), "with * ** and ? only", id="a newline in a pattern"),
    pytest.param(signer(repos="r/a"), "expected an array", id="repositories as text"),
    pytest.param(signer(keyids=["AB" * 32]), "64 hexadecimal", id="an upper-case key id"),
    pytest.param(signer(build_level=5), "1 to 4", id="a level that is none"),
    pytest.param(signer(keys=["no/such.pub"]), "cannot be opened", id="no such key"),
    pytest.param(signer(keys=[""]), "an empty string", id="an empty key"),
    pytest.param(signer(keys=[private_pem_of(P256)]), "is a private key", id="a private key"),
    pytest.param(signer(keys=[PEM + OTHER]), "PUBLIC KEY, PUBLIC KEY", id="two keys in one"),
    pytest.param(signer(keys=[PEM[:60]]), "is no public key", id="half a key"),
    pytest.param(
        signer(keys=["-----BEGIN CERTIFICATE-----\n"]), "found CERTIFICATE", id="a certificate"
    ),
    pytest.param(
        signer(keys=[pem_of(rsa.generate_private_key(65537, 1024))]), "RSA of 1024", id="weak RSA"
    ),
    pytest.param(
        signer(keys=[pem_of(ec.generate_private_key(ec.SECP256K1()))]), "secp256k1", id="a curve"
    ),
    pytest.param(signer(keys=[pem_of(dsa.generate_private_key(1024))]), "DSA", id="DSA"),
    pytest.param(
        {"signers": {"a": {"keys": [PEM]}, "b": {"keys": [PEM]}}},
        "one key belongs to two signers",
        id="a shared key",
    ),
    pytest.param(
        signer(identities=[{"subject": "a@b"}]), "found neither", id="an identity without issuer"
    ),
    pytest.param(
        signer(identities=[{**IDENTITY, "subject_regexp": ".*"}]), "found both", id="two subjects"
    ),
    pytest.param(
        signer(identities=[{**IDENTITY, "Issuer": "x"}]), "did you mean issuer?", id="a capital"
    ),
    pytest.param(signer(identities=[PROBLEM]), "regular expression", id="a broken pattern"),
    pytest.param(
        {**signer(), "require": [{"signers": ["relaese"]}]},
        "did you mean release?",
        id="a signer that is not named",
    ),
    pytest.param(
        {**signer(), "require": [{"signers": []}]}, "1 to 0", id="a requirement of nobody"
    ),
    pytest.param({**signer(), "require": [{}]}, "/require/0/signers", id="an empty requirement"),
    pytest.param(
        {**signer(), "require": [{"signers": ["release", "release"], "threshold": 2}]},
        "1 to 1",
        id="a threshold that cannot be met",
    ),
    pytest.param(
        {**signer(), "require": [{"signers": ["release"], "threshold": 0}]},
        "1 to 1",
        id="a threshold of none",
    ),
    pytest.param({**signer(), "require": {}}, "expected an array", id="requirements as an object"),
    pytest.param({**signer(), "trusted_root": "no.json"}, "cannot be opened", id="no such root"),
]


@pytest.mark.parametrize(("document", "problem"), BAD)
def test_what_a_policy_cannot_mean_is_an_error_with_its_place(
    tmp_path: Path, document: Any, problem: str
) -> None:
    path = written(tmp_path, document)
    with pytest.raises(TrustPolicyError) as caught:
        read_trust_policy(path)
    assert problem in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_trusted_root_that_is_none_is_refused(tmp_path: Path) -> None:
    root = written(tmp_path, {"mediaType": "application/json"}, "root.json")
    with pytest.raises(TrustPolicyError, match="trustedroot"):
        read_trust_policy(written(tmp_path, signer()), trusted_root=root)


def test_keys_of_the_command_line_are_signers_named_as_their_files(tmp_path: Path) -> None:
    one, other = written(tmp_path, PEM, "release.pub"), written(tmp_path, OTHER, "qa.pub")
    policy = policy_of_options(keys=(one, other))
    assert [item.name for item in policy.signers] == ["release", "qa"]
    assert policy.requirements == (Requirement(repositories=(), signers=("release", "qa")),)
    assert policy.source.location == f"--key {one} --key {other}"


def test_keys_of_the_command_line_cannot_be_confused(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    one, twin = written(tmp_path, PEM, "a.pub"), written(folder, OTHER, "a.pem")
    copy = written(tmp_path, PEM, "b.pub")
    with pytest.raises(UsageError, match="same signer's name"):
        policy_of_options(keys=(one, twin))
    with pytest.raises(UsageError, match="two signers"):
        policy_of_options(keys=(one, copy))
    with pytest.raises(UsageError, match="nothing says who they are"):
        policy_of_options(trusted_root=one)

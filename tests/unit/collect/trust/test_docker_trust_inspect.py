"""docker trust inspect: one signature for each signer of each tag."""

from __future__ import annotations

import pytest

from policyengine.errors import EvidenceError, MalformedEvidence
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.trust import Signature, SignatureKind
from tests.unit.collect.offered import read_trust

HEX = "ab" * 32


def entry(*tags: JsonValue, **fields: JsonValue) -> JsonObject:
    return {
        "Name": "registry.example/team/app",
        "SignedTags": list(tags),
        "Signers": [
            {"Name": "release", "Keys": [{"ID": "key1"}, {"ID": "key2"}]},
            {"Name": "idle", "Keys": []},
        ],
        "AdministrativeKeys": [
            {"Name": "Root", "Keys": [{"ID": "root1"}]},
            {"Name": "Repository", "Keys": [{"ID": "repo1"}]},
        ],
        **fields,
    }


def tag(**fields: JsonValue) -> JsonObject:
    return {"SignedTag": "1.0", "Digest": HEX, "Signers": ["release"], **fields}


def test_each_signer_of_each_tag_is_a_signature() -> None:
    (record,) = read_trust([entry(tag(Signers=["Repo Admin"]), tag(Signers=["release", "x"]))])
    assert [(s.signer, s.keyids, s.pointer) for s in record.signatures] == [
        ("Repo Admin", (), "/0/SignedTags/0"),
        ("release", ("key1", "key2"), "/0/SignedTags/1"),
        ("x", (), "/0/SignedTags/1"),
    ]
    assert record.signatures[1] == Signature(
        kind=SignatureKind.NOTARY,
        signer="release",
        repository="registry.example/team/app",
        tag="1.0",
        signed_digest=f"sha256:{HEX}",
        verifier="docker trust inspect",
        pointer="/0/SignedTags/1",
        keyids=("key1", "key2"),
    )


def test_signers_and_keys_are_known_without_a_signature() -> None:
    (record,) = read_trust([entry()])
    assert record.signatures == ()
    assert record.signers == (("idle", ()), ("release", ("key1", "key2")))
    assert (record.root_keyids, record.repository_keyids) == (("root1",), ("repo1",))


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("registry.example:5000/team/app:1.0", "registry.example:5000/team/app"),
        ("registry.example:5000/team/app", "registry.example:5000/team/app"),
        ("alpine:3.20", "alpine"),
        ("alpine", "alpine"),
        ("", None),
    ],
)
def test_the_repository_is_named_without_the_tag_that_was_asked_about(
    name: str, repository: str | None
) -> None:
    (record,) = read_trust([entry(tag(), Name=name)])
    assert record.repository == repository
    assert record.signatures[0].repository == repository


def test_several_repositories_are_several_records_of_one_source() -> None:
    first, second = read_trust([entry(), entry(tag(), Name="other")])
    assert first.source == second.source
    assert second.signatures[0].pointer == "/1/SignedTags/0"


def test_a_tag_that_nobody_signed_is_no_signature() -> None:
    (record,) = read_trust([entry(tag(Signers=[]), tag(Signers=None))])
    assert record.signatures == ()


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ([entry(tag(Digest=None))], "/0/SignedTags/0/Digest: "),
        ([entry(tag(Digest=""))], "/0/SignedTags/0/Digest: "),
        ([entry(tag(Digest="latest"))], "expected hexadecimal digits"),
        ([entry(tag(Digest=f"sha256:{HEX}"))], "expected hexadecimal digits"),
        ([entry(tag(Digest=HEX.upper()))], "expected hexadecimal digits"),
        ([entry(tag(SignedTag=1.0))], "/0/SignedTags/0/SignedTag: "),
        ([entry(tag(Signers="release"))], "/0/SignedTags/0/Signers: "),
        ([entry(tag(Signers=[{}]))], "/0/SignedTags/0/Signers/0: "),
        ([entry("1.0")], "/0/SignedTags/0: "),
        ([entry(Signers=[{"Keys": []}])], "/0/Signers/0/Name: "),
        ([entry(Signers=[{"Name": "x", "Keys": [{}]}])], "/0/Signers/0/Keys/0/ID: "),
        ([entry(AdministrativeKeys={})], "/0/AdministrativeKeys: "),
        ([entry(), entry(Name=7)], "/1/Name: "),
    ],
)
def test_a_wrong_type_is_refused_with_its_place(document: JsonValue, place: str) -> None:
    with pytest.raises(MalformedEvidence) as caught:
        read_trust(document)
    assert place in str(caught.value)


@pytest.mark.parametrize("document", [[], [entry(), 1], [entry(), {}], entry(tag())])
def test_a_document_that_only_resembles_one_is_refused(document: JsonValue) -> None:
    with pytest.raises(EvidenceError):
        read_trust(document)

"""Every trust record among the samples, and that nothing else passes for evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from policyengine.errors import EvidenceError
from tests.corpus.sample_files import at_pointer, by_name, folders_of, raw_json, read_file, samples

TRUST = ("trust/docker-trust-inspect",)
# What test_attestation_samples.py has a table of.
ATTESTED = (
    *("buildkit", "cosign", "dsse", "in-toto", "intoto", "rekor", "sigstore", "slsa"),
    "trusted-root",
)
# These list components beside what is known of their vulnerabilities, so they are BOMs too.
BOMS_WITH_COMPONENTS = {
    "valid-vulnerability.json": 1,
    "valid-vulnerability-1.4.json": 1,
    "valid-vulnerability-1.4.xml": 1,
    "valid-vulnerability-1.6.xml": 1,
    "valid-vulnerability-1.7.xml": 1,
    "cyclonedx__log4j.json": 1,
}


@pytest.mark.parametrize("path", samples(*TRUST))
def test_a_trust_record_is_read_whole(path: Path) -> None:
    raw = raw_json(path)
    records = read_file(path).trusts
    assert len(records) == len(raw)
    for record, entry in zip(records, raw, strict=True):
        signed = [
            (tag["SignedTag"], signer) for tag in entry["SignedTags"] for signer in tag["Signers"]
        ]
        assert [(item.tag, item.signer) for item in record.signatures] == signed
        for item in record.signatures:
            place = at_pointer(raw, item.pointer)
            assert item.signed_digest == f"sha256:{place['Digest']}"
        keys = {key["Name"]: [k["ID"] for k in key["Keys"]] for key in entry["AdministrativeKeys"]}
        assert list(record.root_keyids) == keys["Root"]
        assert list(record.repository_keyids) == keys["Repository"]


@pytest.mark.parametrize(
    "path",
    samples(
        *(
            folder
            for folder in folders_of("trust", "image")
            if folder not in TRUST and not folder.removeprefix("trust/").startswith(ATTESTED)
        )
    ),
)
def test_what_is_no_report_never_passes_for_one(path: Path) -> None:
    count = by_name(path, BOMS_WITH_COMPONENTS)
    if count is not None:
        (document,) = read_file(path).sboms
        assert len(document.packages) == count
        assert "vulnerabilities" in dict(document.unmapped)
        return
    with pytest.raises(EvidenceError) as caught:
        read_file(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)

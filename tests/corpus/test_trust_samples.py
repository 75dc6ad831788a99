"""Every record of docker trust inspect among the samples is read whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.sample_files import at_pointer, raw_json, read_file, samples

TRUST = ("trust/docker-trust-inspect",)
# What test_attestation_samples.py has a table of.
ATTESTED = (
    *("buildkit", "cosign", "dsse", "in-toto", "intoto", "rekor", "sigstore", "slsa"),
    "trusted-root",
)


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
